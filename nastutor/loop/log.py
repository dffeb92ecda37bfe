"""The log of a search: one JSON line per ask and per tell, written as it happens, read back to go on.

A resumed search does not restore any state. It replays: a fresh searcher is asked again, each answer is compared with
the log, and results that the log holds are not computed again.

Each line ends with a checksum of itself and all lines before it, which tells a damaged file from a program that has
changed. (Logs of earlier versions have none; they are read, and continued with checksums.)
"""

from __future__ import annotations

import json
import os
import warnings
import zlib
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from nastutor.loop.lock import close, lock
from nastutor.loop.outcome import Outcome, plain_metrics
from nastutor.searchers.searcher import Proposal

FORMAT = 1
SIGNATURE = b'{"nastutor_log": '
CHECKSUM = "crc32"


class LogError(ValueError):
    """A log that is damaged, in use, or belongs to another search; or a file that is no log."""


class Entry(NamedTuple):
    """A line of the log: its number in the file, and what it says."""

    line: int
    content: dict[str, Any]


class Log:
    """An append-only JSON-lines file, locked until it is closed.

    Parameters
    ----------
    path : the file; it and its folder are made if they do not exist.
    header : what identifies the search. A file with another header is refused.

    Raises
    ------
    LogError : a file that is no log, or that another search is writing; a damaged line (other than a last one without
        its end, which is cut off with a warning); another header. The message names the line and what to do, and the
        file is left as it is.
    """

    def __init__(self, path: str | os.PathLike[str], header: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self.asks: dict[int, Entry] = {}
        self.tells: dict[int, Entry] = {}
        self._told: set[int] = set()
        self._checksum = 0
        self._has_checksums = False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: FileIO = self.path.open("a+b", buffering=0)
        try:
            self._lock()
            self._open(header)
        except BaseException:
            self.close()
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
            other = "it was written by other code" + ("" if self._has_checksums else ", or is damaged")
            raise LogError(
                f"{self.path}, line {known.line}: the log has {json.dumps(known.content)}, but this search asks "
                f"{json.dumps(content, default=_plain)}: {other}; choose another file, or go on with that code"
            )

    def tell(self, proposal: Proposal, outcome: Outcome, error: str | None) -> None:
        """Write a result, if the log does not have it yet."""
        if proposal.id not in self._told:
            content: dict[str, Any] = {"tell": proposal.id} | ({"error": error} if error else {})
            self._write(content | ({"metrics": outcome.metrics} if outcome.metrics or not error else {}))
            self._told.add(proposal.id)

    def result(self, proposal: Proposal) -> Outcome | None:
        """Return what the log knows of a proposal's evaluation."""
        entry = self.tells.get(proposal.id)
        return None if entry is None else _outcome(entry.content)

    def wait(self) -> None:
        """Write that the searcher had nothing to ask: where results come in any order, such a call is repeated too."""
        self._write({"wait": True})

    def close(self) -> None:
        """Close the file, and let others write to it."""
        close(self._file)

    def _lock(self) -> None:
        try:
            if not lock(self._file):
                raise LogError(
                    f"{self.path}: another search is writing this log; wait until it has ended, or choose another file"
                )
        except OSError as error:
            warnings.warn(
                f"{self.path}: its file system cannot lock it ({error}); see to it that no other search writes to it",
                stacklevel=5,
            )

    def _open(self, header: Mapping[str, Any]) -> None:
        """Read what is there and check it; only then repair the end, or begin a new log."""
        self._file.seek(0)
        start = self._file.read(len(SIGNATURE)) or b""
        if start not in (b"", SIGNATURE):
            raise LogError(
                f"{self.path}, line 1: not a log of this version: {start!r}…; "
                "choose another file for the log, this one is left as it is"
            )
        complete, newline, rest = (start + self._file.readall()).rpartition(b"\n")
        lines = complete.split(b"\n") if newline else []
        self.entries = [self._entry(number, line) for number, line in enumerate(lines, start=1)]
        if self.entries:
            self._check_header(json.loads(json.dumps(dict(header), default=_plain)))
            self._index()
        if rest:
            warnings.warn(
                f"{self.path}: the last line is cut off ({rest[:40]!r}…) and is removed; that evaluation is repeated",
                stacklevel=5,
            )
            self._file.truncate(len(complete) + len(newline))
        if not self.entries:
            self._write({"nastutor_log": FORMAT} | dict(header))

    def _write(self, content: Mapping[str, Any]) -> None:
        """Append a line, handed to the system at once, so that a killed process loses nothing; whole or not at all."""
        body = json.dumps(content, ensure_ascii=False, default=_plain).encode("utf-8", "backslashreplace")
        checksum = zlib.crc32(body, self._checksum)
        line = memoryview(body[:-1] + _seal(checksum) + b"\n")
        end = self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError:  # a full disk
            self._file.truncate(end)
            raise
        self._checksum = checksum

    def _entry(self, number: int, line: bytes) -> Entry:
        line = line.removesuffix(b"\r")
        try:
            content = json.loads(line.decode())
        except (ValueError, RecursionError):
            raise self._damaged(number, f"{line[:60]!r} is not JSON") from None
        if not isinstance(content, dict):
            raise self._damaged(number, f"not a log entry: {line[:60]!r}")
        if number == 1 and content.get("nastutor_log") != FORMAT:
            raise LogError(f"{self.path}, line 1: not a log of this version: {line[:60]!r}; choose another file")
        if content.pop(CHECKSUM, None) is None:
            if self._has_checksums:
                raise self._damaged(number, f"unexpected {line[:60]!r}, without a checksum")
            self._checksum = zlib.crc32(line, self._checksum)
            return Entry(number, content)
        self._has_checksums = True
        self._checksum = zlib.crc32(line[: -len(_seal(0))] + b"}", self._checksum)
        if not line.endswith(_seal(self._checksum)):
            raise self._damaged(number, "its checksum does not fit, or lines before it are missing or moved")
        return Entry(number, content)

    def _damaged(self, number: int, why: str) -> LogError:
        cure = "choose another file" if number == 1 else f"delete line {number} and all after it, to go on from there"
        return LogError(f"{self.path}, line {number} is damaged: {why}; restore the file from a copy, or {cure}")

    def _check_header(self, expected: Mapping[str, Any]) -> None:
        found = self.entries[0].content
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
            elif self._is_expected(content.get("tell")) and _outcome(content) is not None:
                self.tells[content["tell"]] = entry
                self._told.add(content["tell"])
            else:
                raise self._damaged(entry.line, f"unexpected {json.dumps(content)[:80]}")

    def _is_expected(self, tell: Any) -> bool:
        return isinstance(tell, int) and tell in self.asks and tell not in self.tells


def _seal(checksum: int) -> bytes:
    """Return what stands in place of the last brace of a line: its checksum."""
    return f', "{CHECKSUM}": "{checksum:08x}"}}'.encode()


def _outcome(content: Mapping[str, Any]) -> Outcome | None:
    """Read the result of a tell; None if it is none."""
    metrics, error = content.get("metrics", {}), content.get("error")
    if not {"metrics", "error"} & set(content) or not isinstance(metrics, dict) or not isinstance(error, str | None):
        return None
    plain, useless = plain_metrics(metrics)
    return None if useless else Outcome(plain, error)


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
