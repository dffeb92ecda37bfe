"""Checks of what is given: numbers, shapes, and cells in an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from nastutor.arguments import as_numbers
from nastutor.spaces.cell import EDGES, OPERATIONS

Shape = tuple[int, ...]
"""Of an input, the batch first: (batch, channels, height, width) of images, (batch, steps, features) of sequences."""


def whole(least: int, **numbers: Any) -> None:
    """Check that numbers, by name, are whole and not too small.

    Raises
    ------
    ValueError : one is not.
    """
    for name, number in numbers.items():
        if not is_whole(number) or number < least:
            raise ValueError(f"{name} {number!r}: give a whole number, at least {least}")


def as_shape(shape: Any) -> Shape:
    """Return a shape as a tuple of Python's integers.

    Raises
    ------
    ValueError : it is not made of whole numbers from 1.
    """
    sizes = tuple(shape) if isinstance(shape, list | tuple | np.ndarray) else ()
    if not sizes or not all(is_whole(size) and size >= 1 for size in sizes):
        raise ValueError(f"input shape {shape!r}: give whole numbers from 1, the batch first, such as (1, 3, 32, 32)")
    return tuple(int(size) for size in sizes)


def as_image_shape(shape: Any) -> tuple[int, int, int, int]:
    """Return the shape of a batch of images as a tuple of Python's integers.

    Raises
    ------
    ValueError : it is not (batch, channels, height, width).
    """
    sizes = as_shape(shape)
    if len(sizes) != 4:
        raise ValueError(f"input shape {sizes}: give (batch, channels, height, width), the network is one of images")
    batch, channels, height, width = sizes
    return batch, channels, height, width


def as_cells(genotypes: Any) -> np.ndarray:
    """Return cells as an array (n, 6) of operations.

    Raises
    ------
    ValueError : it has another shape, or holds something else.
    """
    try:
        cells = np.asarray(genotypes)
    except ValueError:  # rows of unequal length
        cells = np.empty(0)
    if cells.ndim != 2 or cells.shape[1] != len(EDGES) or not np.issubdtype(cells.dtype, np.integer):
        raise ValueError(
            f"genotypes of shape {cells.shape} and type {cells.dtype}: give integers of shape (n, {len(EDGES)}), "
            "an operation for each edge of each cell"
        )
    if cells.size and not 0 <= cells.min() <= cells.max() < len(OPERATIONS):
        raise ValueError(
            f"operations {cells.min()}…{cells.max()}: choose 0…{len(OPERATIONS) - 1} ({', '.join(OPERATIONS)})"
        )
    return cells


def as_list(name: str, given: Any) -> list[Any]:
    """Return a list of what is given.

    Raises
    ------
    TypeError : it is no collection; the message calls it by the name.
    """
    try:
        return list(given)
    except TypeError:
        raise TypeError(f"{name} {given!r}: give a list of them") from None


def as_milliseconds(given: Any, count: int) -> np.ndarray:
    """Return latencies of so many networks as an array (count,).

    Raises
    ------
    ValueError : there are more or fewer, or not all are finite numbers above 0.
    """
    latencies = as_numbers("latencies", given)
    if latencies.shape != (count,):
        raise ValueError(f"{count} genotypes, {latencies.size} latencies: give a latency for each")
    if not (latencies > 0).all() or not np.isfinite(latencies).all():
        raise ValueError("latencies must be finite and above 0 ms")
    return latencies


def is_number(value: Any) -> bool:
    """Say whether something is a finite number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def is_whole(number: Any) -> bool:
    """Say whether something is an integer, of Python or numpy; True and False are none."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)
