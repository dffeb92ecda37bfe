"""Files of named arrays (npz): what data, studies and tables are stored in, and the one place that reads them."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nastutor.resources import data_path


class Arrays(dict[str, np.ndarray]):
    """The arrays of a file, by name; to ask for one that the file lacks is an error that names the file.

    Parameters
    ----------
    path : of the file.
    remedy : what to do about a file that is not as it should be.
    """

    def __init__(self, path: Path, remedy: str) -> None:
        super().__init__()
        self.path, self.remedy = path, remedy

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)  # so that what is made of a file can be kept by a cache

    def __eq__(self, other: object) -> bool:
        return self is other

    def __missing__(self, name: str) -> np.ndarray:
        raise ValueError(f"{self.path} has no array {name!r}, so it is damaged or of another version: {self.remedy}")


def read_arrays(path: str | os.PathLike[str], remedy: str = "write it again") -> Arrays:
    """Read all arrays of a file. Nothing in it is run: it may hold numbers and text only.

    Parameters
    ----------
    path : of an npz file.
    remedy : what the message advises where the file is damaged.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it is damaged, or no file of arrays.
    """
    path = Path(path)
    content = path.read_bytes()
    arrays = Arrays(path, remedy)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays.update({name: archive[name] for name in archive.files})
        # One changed bit in the directory at the end can hide the entries after it: the end says how many there were.
        end = content.rindex(b"PK\x05\x06")
        if not arrays or len(arrays) != int.from_bytes(content[end + 10 : end + 12], "little"):
            raise ValueError(f"{len(arrays)} arrays")
    except Exception:  # a damaged archive fails in many ways: zlib.error, KeyError, NotImplementedError, …
        raise ValueError(f"{path} is damaged, or no file of arrays (npz): {remedy}") from None
    return arrays


def read_unfinished(path: Path) -> dict[str, np.ndarray]:
    """Read what an earlier build wrote, to go on from there; without a file there is nothing yet.

    Raises
    ------
    ValueError : the file is damaged.
    """
    return read_arrays(path, "move it away, and all of it is made again") if path.exists() else {}


def read_data(name: str, target: str) -> Arrays:
    """Read a file that ships, once: it is kept until `write_arrays` replaces a file.

    Parameters
    ----------
    name : of a file in ``data/``.
    target : of the Makefile, makes it again.

    Raises
    ------
    FileNotFoundError : the file is missing.
    ValueError : it is damaged.
    """
    return _read_shipped(data_path(name), target)


@cache
def _read_shipped(path: Path, target: str) -> Arrays:
    return read_arrays(
        path, f"restore it with `git checkout data`, install nastutor again, or make it again with `make {target}`"
    )


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace the file at once: whoever interrupts leaves the old one or the new one."""
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    _read_shipped.cache_clear()


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a draft that takes the file's place when it is finished; a folder that is missing is made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".partial")
    with draft.open("wb") as file:
        yield file
    os.replace(draft, path)


def require(stored: Mapping[str, np.ndarray], name: str, part: str, what: str) -> None:
    """Check that a file has something by this name, whose arrays are called ``name/part``.

    Raises
    ------
    ValueError : it has not; the message says which names there are.
    """
    if f"{name}/{part}" not in stored:
        known = ", ".join(key.removesuffix(f"/{part}") for key in stored if key.endswith(f"/{part}"))
        raise ValueError(f"no {what} {name!r}: there are {known}")


def append(stored: dict[str, np.ndarray], name: str, run: Mapping[str, np.ndarray]) -> None:
    """Add what one more run brought, by part, to the arrays ``name/part``, whose first axis is the runs."""
    for part, values in run.items():
        before = stored.get(f"{name}/{part}", np.empty((0, *values.shape), values.dtype))
        stored[f"{name}/{part}"] = np.concatenate([before, values[None]])
