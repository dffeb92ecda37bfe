"""Bands for runs that end on the same architectures, whose training noise they share."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from nastutor.arguments import as_numbers, listed
from nastutor.statistics.bands import Band, checked_resampling, interval, resampling_shares

Seeds = np.ndarray | Sequence[Sequence[float]] | Sequence[np.ndarray]
"""(n, seeds) values of n architectures, by training seed; NaN where one was not trained."""


def crossed_band(
    values: Seeds,
    cells: Sequence[Hashable],
    pool: Seeds | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Band:
    """Return the mean over runs with its interval, where runs *and* the training seeds of their cells are resampled.

    `bootstrap_band` resamples runs alone. If all runs end on one cell it gives no width at all, as if that cell's
    accuracy were known exactly, though it is the mean of two or three noisy trainings. Here each replicate also draws
    that noise again: once for each cell, and the same for all runs that end on it. Runs and seeds are crossed (Owen
    2007, arXiv 0712.1111).

    What changes: the fewer cells the runs end on, the wider the band is than that of `bootstrap_band`. Where all end on
    different ones, it counts the noise twice and is somewhat too wide, as crossed bootstraps are.

    Parameters
    ----------
    values : (runs, seeds) the values of the cell that each run ends on, see `Benchmark.report_seeds`; NaN where a seed
        was not trained.
    cells : (runs,) which cell that is: equal ones have equal rows.
    pool : (cells, seeds) more cells whose noise is like theirs, such as the best hundred of the table. Two seeds of one
        cell say little about its noise, and the band is then too narrow. None: only the cells that the runs end on.
    level, resamples, seed : of the bootstrap.

    Raises
    ------
    ValueError : fewer than two runs, other shapes, a cell with no value, rows that differ for one cell, or no cell with
        two seeds, so that nothing is known of the noise.
    """
    return _band([(values, cells)], pool, level, resamples, seed)


def crossed_difference_band(
    a: Seeds,
    cells_a: Sequence[Hashable],
    b: Seeds,
    cells_b: Sequence[Hashable],
    pool: Seeds | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Band:
    """Return mean(a) − mean(b) of two sets of runs; a cell on which runs of both end has the same noise in both.

    Parameters
    ----------
    a, cells_a, b, cells_b : as `values` and `cells` of `crossed_band`; the numbers of runs may differ.
    pool, level, resamples, seed : see `crossed_band`.
    """
    return _band([(a, cells_a), (b, cells_b)], pool, level, resamples, seed)


def _band(
    groups: Sequence[tuple[Seeds, Sequence[Hashable]]], pool: Seeds | None, level: float, resamples: int, seed: int
) -> Band:
    """Return the band of the first group's mean, less the second's where there is one."""
    seed, resamples = checked_resampling(seed, resamples)
    rng = np.random.default_rng(seed)
    groups = [(_checked(values, cells), cells) for values, cells in groups]
    rows: dict[Hashable, np.ndarray] = {}
    for values, cells in groups:
        for row, cell in zip(values, cells):
            if not np.array_equal(rows.setdefault(cell, row), row, equal_nan=True):
                raise ValueError(
                    f"cell {cell!r} has the values {rows[cell]} and {row}: give equal rows for equal cells"
                )
    place = {cell: column for column, cell in enumerate(rows)}
    known = [row[~np.isnan(row)] for row in rows.values()]
    means = np.array([row.mean() for row in known])
    more = np.empty((0, 0)) if pool is None else as_numbers("pool", pool)
    if more.ndim != 2:
        raise ValueError(f"pool of shape {more.shape}: give (cells, seeds)")
    noise = _noise([*known, *(row[~np.isnan(row)] for row in more)])
    drawn = np.stack([means[i] + rng.choice(noise, (resamples, len(row))).mean(axis=1) for i, row in enumerate(known)])
    mean, replicates = 0.0, np.zeros(resamples)
    for sign, (_, cells) in zip((1, -1), groups):
        ends = np.array([place[cell] for cell in cells])
        mean += sign * means[ends].mean()
        shares = resampling_shares(len(ends), resamples, rng)
        replicates += sign * (shares * drawn[ends].T).sum(axis=1)
    return Band(np.array(mean), *interval(replicates, level))


def _checked(values: Seeds, cells: Sequence[Hashable]) -> np.ndarray:
    data, count = as_numbers("values", values), len(listed("cells", cells))
    if data.ndim != 2 or len(data) < 2 or count != len(data):
        raise ValueError(
            f"a crossed band needs (runs, seeds) of at least two runs, and a cell for each: got shape {data.shape} and "
            f"{count} cells"
        )
    if np.isnan(data).all(axis=1).any():
        raise ValueError(f"run {int(np.isnan(data).all(axis=1).argmax())} ends on a cell that no seed was trained of")
    return data


def _noise(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return the deviations of trainings from their cell's mean, scaled up by what the mean has taken of them."""
    parts = [(row - row.mean()) * np.sqrt(len(row) / (len(row) - 1)) for row in rows if len(row) > 1]
    if not parts:
        raise ValueError("every cell has one training seed, so nothing is known of the noise: give a pool of cells")
    return np.concatenate(parts)
