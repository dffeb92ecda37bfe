"""The lines of a search's log: one JSON object each, with a checksum of itself and all lines before it."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from nastutor.loop.outcome import Outcome, plain_metrics

FORMAT = 1
SIGNATURE = b'{"nastutor_log": '
CHECKSUM = "crc32"


class LogError(ValueError):
    """A log that is damaged, in use, or belongs to another search; or a file that is no log."""


class Entry(NamedTuple):
    """A line of the log: its number in the file, and what it says."""

    line: int
    content: dict[str, Any]


class Lines:
    """What a log says.

    Attributes
    ----------
    entries : one a line, the header first.
    asks, tells : the entries of proposals and of their results, by the proposal's id.
    rest : what follows the last line's end: a line that was being written when its program was stopped.
    size : bytes before `rest`.
    checksum, has_checksums : of all lines; logs of earlier versions have none in them.

    Parameters
    ----------
    path : for messages.
    content : of the whole file.

    Raises
    ------
    LogError : no log, or a damaged line; the message names the line and what to do.
    """

    def __init__(self, path: str | os.PathLike[str], content: bytes) -> None:
        self.path = path
        self.asks: dict[int, Entry] = {}
        self.tells: dict[int, Entry] = {}
        self.checksum, self.has_checksums = 0, False
        start = content[: len(SIGNATURE)]
        if start not in (b"", SIGNATURE):
            raise LogError(
                f"{self.path}, line 1: not a log of this version: {start!r}…; "
                "choose another file for the log, this one is left as it is"
            )
        complete, newline, self.rest = content.rpartition(b"\n")
        self.size = len(complete) + len(newline)
        self.entries = [self._entry(*line) for line in enumerate(complete.split(b"\n") if newline else [], start=1)]

    def index(self) -> None:
        """Find all asks and tells; raise LogError for a line that does not follow from those before it."""
        for entry in self.entries[1:]:
            content = entry.content
            if "wait" in content:
                continue
            if "ask" in content and "genotype" in content and content["ask"] == len(self.asks):
                self.asks[content["ask"]] = entry
            elif self._is_expected(content.get("tell")) and outcome_of(content) is not None:
                self.tells[content["tell"]] = entry
            else:
                raise self._damaged(entry.line, f"unexpected {json.dumps(content)[:80]}")

    def sealed(self, content: Mapping[str, Any]) -> tuple[bytes, int]:
        """Return the line that would come next, and the checksum of all lines with it."""
        body = json.dumps(content, ensure_ascii=False, default=plain).encode("utf-8", "backslashreplace")
        checksum = zlib.crc32(body, self.checksum)
        return body[:-1] + _seal(checksum) + b"\n", checksum

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
            if self.has_checksums:
                raise self._damaged(number, f"unexpected {line[:60]!r}, without a checksum")
            self.checksum = zlib.crc32(line, self.checksum)
            return Entry(number, content)
        self.has_checksums = True
        self.checksum = zlib.crc32(line[: -len(_seal(0))] + b"}", self.checksum)
        if not line.endswith(_seal(self.checksum)):
            raise self._damaged(number, "its checksum does not fit, or lines before it are missing or moved")
        return Entry(number, content)

    def _damaged(self, number: int, why: str) -> LogError:
        cure = "choose another file" if number == 1 else f"delete line {number} and all after it, to go on from there"
        return LogError(f"{self.path}, line {number} is damaged: {why}; restore the file from a copy, or {cure}")

    def _is_expected(self, tell: Any) -> bool:
        return isinstance(tell, int) and tell in self.asks and tell not in self.tells


def outcome_of(content: Mapping[str, Any]) -> Outcome | None:
    """Read the result of a tell; None if it is none."""
    metrics, error = content.get("metrics", {}), content.get("error")
    if not {"metrics", "error"} & set(content) or not isinstance(metrics, dict) or not isinstance(error, str | None):
        return None
    numbers, useless = plain_metrics(metrics)
    return None if useless else Outcome(numbers, error)


def plain(value: Any) -> Any:
    """Turn what JSON does not know into what it knows: numpy numbers into floats, anything else into its text."""
    return value.item() if hasattr(value, "item") else str(value)


def _seal(checksum: int) -> bytes:
    """Return what stands in place of the last brace of a line: its checksum."""
    return f', "{CHECKSUM}": "{checksum:08x}"}}'.encode()
