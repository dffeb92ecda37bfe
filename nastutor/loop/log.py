"""The log of a search: one JSON line per ask and per tell, written as it happens, read back to go on.

A resumed search does not restore any state. It replays: a fresh searcher is asked again, each answer is compared with
the log, and results that the log holds are not computed again.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nastutor.searchers.searcher import Proposal

FORMAT = 1


class LogError(ValueError):
    """A log that is damaged, or belongs to another search."""


class Entry(NamedTuple):
    """A line of the log: its number in the file, and what it says."""

    line: int
    content: dict[str, Any]


class Log:
    """An append-only JSON-lines file.

    Parameters
    ----------
    path : the file; it and its folder are made if they do not exist.
    header : what identifies the search. A file with another header is refused.

    Raises
    ------
    LogError : a line that is not JSON (other than a truncated last one, which is cut off with a warning), a line of
        another form, or another header; the message names the line and the first difference.
    """

    def __init__(self, path: str | os.PathLike[str], header: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.entries = self._read() if self.path.exists() else []
        self.asks: dict[int, Entry] = {}
        self.tells: dict[int, Entry] = {}
        self._told: set[int] = set()
        self._file = self.path.open("a", encoding="utf-8")
        if not self.entries:
            self._write({"nastutor_log": FORMAT} | dict(header))
            return
        try:
            self._check_header(json.loads(json.dumps(dict(header), default=_plain)))
            self._index()
        except BaseException:
            self._file.close()
            raise

    def ask(self, proposal: Proposal) -> None:
        """Write a proposal, or compare it with the log where the log knows it."""
        content = {"ask": proposal.id, "genotype": list(proposal.genotype)}
        content |= {"epochs": proposal.epochs} if proposal.epochs is not None else {}
        content |= {"parents": list(proposal.parents)} if proposal.parents else {}
        known = self.asks.get(proposal.id)
        if known is None:
            self._write(content)
        elif known.content != content:
            raise LogError(
                f"{self.path}, line {known.line}: the log has {json.dumps(known.content)}, but this search asks "
                f"{json.dumps(content)}: it was written by other code; choose another file, or delete it"
            )

    def tell(self, proposal: Proposal, metrics: Mapping[str, float], error: str | None) -> None:
        """Write a result, if the log does not have it yet."""
        if proposal.id not in self._told:
            self._told.add(proposal.id)
            failure = {"error": error} if error else {}
            self._write({"tell": proposal.id} | failure | ({"metrics": dict(metrics)} if metrics or not error else {}))

    def wait(self) -> None:
        """Write that the searcher had nothing to ask: where results come in any order, such a call is repeated too."""
        self._write({"wait": True})

    def close(self) -> None:
        self._file.close()

    def _write(self, content: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(content, ensure_ascii=False, default=_plain) + "\n")
        self._file.flush()  # handed to the system at once, so a killed process loses nothing

    def _read(self) -> list[Entry]:
        text = self.path.read_bytes()
        complete, newline, rest = text.rpartition(b"\n")
        if rest:
            warnings.warn(
                f"{self.path}: the last line is cut off ({rest[:40]!r}…) and is removed; that evaluation is repeated",
                stacklevel=4,
            )
            os.truncate(self.path, len(complete) + len(newline))
        entries = []
        for number, line in enumerate(complete.split(b"\n") if newline else [], start=1):
            try:
                content = json.loads(line)
            except ValueError:
                raise LogError(f"{self.path}, line {number} is damaged: {line[:60]!r} is not JSON") from None
            if not isinstance(content, dict):
                raise LogError(f"{self.path}, line {number} is damaged: not a log entry: {line[:60]!r}")
            entries.append(Entry(number, content))
        return entries

    def _check_header(self, expected: Mapping[str, Any]) -> None:
        found = self.entries[0].content
        if found.get("nastutor_log") != FORMAT:
            raise LogError(f"{self.path}, line 1: not a log of this version: {json.dumps(found)[:80]}")
        for where, a, b in _differences(found, {"nastutor_log": FORMAT} | dict(expected)):
            raise LogError(
                f"{self.path}, line 1: the log was written with {where} = {json.dumps(a)}, this search has "
                f"{json.dumps(b)}; choose another file, or the same settings"
            )

    def _index(self) -> None:
        for entry in self.entries[1:]:
            content = entry.content
            if "wait" in content:
                continue
            if "ask" in content and "genotype" in content and content["ask"] == len(self.asks):
                self.asks[content["ask"]] = entry
            elif self._is_expected(content.get("tell")) and {"metrics", "error"} & set(content):
                self.tells[content["tell"]] = entry
                self._told.add(content["tell"])
            else:
                raise LogError(f"{self.path}, line {entry.line} is damaged: unexpected {json.dumps(content)[:80]}")

    def _is_expected(self, tell: Any) -> bool:
        return isinstance(tell, int) and tell in self.asks and tell not in self.tells


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it knows: numpy numbers into floats, anything else into its text."""
    return value.item() if hasattr(value, "item") else str(value)


def _differences(a: Any, b: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    """List the places in which two JSON values differ, as (path, left, right)."""
    if isinstance(a, dict) and isinstance(b, dict):
        keys = list(dict.fromkeys([*b, *a]))
        inner = [_differences(a.get(key), b.get(key), f"{where}.{key}" if where else key) for key in keys]
        return [difference for differences in inner for difference in differences]
    return [] if a == b else [(where, a, b)]
