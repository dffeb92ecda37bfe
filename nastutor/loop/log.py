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
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from nastutor.loop.lock import close, lock
from nastutor.loop.log_lines import FORMAT, SIGNATURE, Entry, Lines, LogError, outcome_of, plain
from nastutor.loop.outcome import Outcome
from nastutor.searchers.searcher import Proposal


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
        self._told: set[int] = set()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: FileIO = self.path.open("a+b", buffering=0)
        try:
            self._lock()
            self._open(header)
        except BaseException:
            self.close()
            raise

    @property
    def entries(self) -> list[Entry]:
        """What the file held when it was opened, a line each."""
        return self._lines.entries

    def ask(self, proposal: Proposal) -> None:
        """Write a proposal, or compare it with the log where the log knows it."""
        content = {"ask": proposal.id, "genotype": list(proposal.genotype)}
        content |= {"epochs": proposal.epochs} if proposal.epochs is not None else {}
        content |= {"parents": list(proposal.parents)} if proposal.parents else {}
        known = self._lines.asks.get(proposal.id)
        if known is None:
            self._write(content)
        elif known.content != content:
            other = "it was written by other code" + ("" if self._lines.has_checksums else ", or is damaged")
            raise LogError(
                f"{self.path}, line {known.line}: the log has {json.dumps(known.content)}, but this search asks "
                f"{json.dumps(content, default=plain)}: {other}; choose another file, or go on with that code"
            )

    def tell(self, proposal: Proposal, outcome: Outcome, error: str | None) -> None:
        """Write a result, if the log does not have it yet."""
        if proposal.id not in self._told:
            content: dict[str, Any] = {"tell": proposal.id} | ({"error": error} if error else {})
            self._write(content | ({"metrics": outcome.metrics} if outcome.metrics or not error else {}))
            self._told.add(proposal.id)

    def result(self, proposal: Proposal) -> Outcome | None:
        """Return what the log knows of a proposal's evaluation."""
        entry = self._lines.tells.get(proposal.id)
        return None if entry is None else outcome_of(entry.content)

    def line_of_result(self, proposal: Proposal) -> int:
        """Return the number of the line that holds what `result` returns."""
        return self._lines.tells[proposal.id].line

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
        start = self._file.read(len(SIGNATURE)) or b""  # no more, if it is a large file of something else
        self._lines = Lines(self.path, start + (self._file.readall() if start == SIGNATURE else b""))
        if self.entries:
            self._check_header(json.loads(json.dumps(dict(header), default=plain)))
            self._lines.index()
            self._told = set(self._lines.tells)
        if rest := self._lines.rest:
            warnings.warn(
                f"{self.path}: the last line is cut off ({rest[:40]!r}…) and is removed; that evaluation is repeated",
                stacklevel=5,
            )
            self._file.truncate(self._lines.size)
        if not self.entries:
            self._write({"nastutor_log": FORMAT} | dict(header))

    def _write(self, content: Mapping[str, Any]) -> None:
        """Append a line, handed to the system at once, so that a killed process loses nothing; whole or not at all."""
        sealed, checksum = self._lines.sealed(content)
        line, end = memoryview(sealed), self._file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError:  # a full disk
            self._file.truncate(end)
            raise
        self._lines.checksum = checksum

    def _check_header(self, expected: Mapping[str, Any]) -> None:
        found = self.entries[0].content
        for where, a, b in _differences(found, {"nastutor_log": FORMAT} | dict(expected)):
            raise LogError(
                f"{self.path}, line 1: the log was written with {where} = {json.dumps(a)}, this search has "
                f"{json.dumps(b)}; choose another file, or the same settings"
            )


def _differences(a: Any, b: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    """List the places in which two JSON values differ, as (path, left, right)."""
    if isinstance(a, dict) and isinstance(b, dict):
        keys = list(dict.fromkeys([*b, *a]))
        inner = [_differences(a.get(key), b.get(key), f"{where}.{key}" if where else key) for key in keys]
        return [difference for differences in inner for difference in differences]
    return [] if a == b else [(where, a, b)]
