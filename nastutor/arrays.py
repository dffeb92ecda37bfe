"""Files of named arrays: what studies, scores and tables are stored in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np


@cache
def read_arrays(path: str) -> dict[str, np.ndarray]:
    """Read all arrays of a file; it is read once, until `write_arrays` replaces a file."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace the file at once: whoever interrupts leaves the old one or the new one."""
    draft = path.with_suffix(".partial")
    with draft.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    os.replace(draft, path)
    read_arrays.cache_clear()


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
