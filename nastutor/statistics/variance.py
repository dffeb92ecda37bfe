"""How much of a complete grid's variance is due to its rows, its columns, both together, and noise (Fisher 1925)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nastutor.arguments import as_numbers
from nastutor.statistics.bands import Band, student_band


class CrossedVariance(NamedTuple):
    """The variance of a grid, in parts that add up to that of all its trainings.

    Attributes
    ----------
    rows, columns : of the means of the rows, and of the columns: what one of the two decides alone.
    interaction : what is left between the cells: a row is better with some columns than with others.
    noise : within a cell, between its trainings.
    """

    rows: float
    columns: float
    interaction: float
    noise: float

    @property
    def total(self) -> float:
        """The variance between the cells, without noise."""
        return self.rows + self.columns + self.interaction

    def shares(self) -> tuple[float, float, float]:
        """Return rows, columns and interaction in percent of the variance between the cells.

        Raises
        ------
        ValueError : all cells are equal.
        """
        if not self.total:
            raise ValueError("all cells are equal: there is no variance to take shares of")
        return (100 * self.rows / self.total, 100 * self.columns / self.total, 100 * self.interaction / self.total)


def crossed_variance(values: np.ndarray) -> CrossedVariance:
    """Take the variance of a complete grid apart.

    With ȳ the mean of a cell over its seeds, its effects are α (a row's mean less that of all), ρ (a column's) and the
    rest, ȳ − mean − α − ρ. Their mean squares are variances. Each is too large by its share of the noise of ȳ, which is
    σ²/seeds: (rows − 1)/cells of it, (columns − 1)/cells, and the product of the two over cells; that is taken off. So
    the parts are right on average, also where some cells are noisier than others, and may be a little below zero.

    Parameters
    ----------
    values : (rows, columns, seeds), at least two of each, all finite.

    Raises
    ------
    ValueError : another shape, or values that are not finite.
    """
    data = as_numbers("values", values)
    if data.ndim != 3 or min(data.shape) < 2 or not np.isfinite(data).all():
        raise ValueError(f"give finite values (rows, columns, seeds), at least two of each: got shape {data.shape}")
    rows, columns, seeds = data.shape
    cells = data.mean(axis=2)
    of_rows = cells.mean(axis=1, keepdims=True) - cells.mean()
    of_columns = cells.mean(axis=0, keepdims=True) - cells.mean()
    rest = cells - cells.mean() - of_rows - of_columns
    noise = float(data.var(axis=2, ddof=1).mean())
    of_a_mean = noise / seeds / (rows * columns)
    return CrossedVariance(
        rows=float((of_rows**2).mean()) - (rows - 1) * of_a_mean,
        columns=float((of_columns**2).mean()) - (columns - 1) * of_a_mean,
        interaction=float((rest**2).mean()) - (rows - 1) * (columns - 1) * of_a_mean,
        noise=noise,
    )


def share_bands(values: np.ndarray) -> tuple[Band, Band, Band]:
    """Return the shares of rows, columns and interaction in percent, with Student's t intervals over the seeds.

    Every cell of the grid is there, so the noise of training is all that is uncertain. The jackknife (Tukey 1958)
    leaves out one seed after another: with s seeds, s times the share of all less s − 1 times that without a seed are s
    nearly independent estimates.

    Parameters
    ----------
    values : as in `crossed_variance`, of at least three seeds.

    Raises
    ------
    ValueError : fewer seeds.
    """
    data = as_numbers("values", values)
    parts, seeds = crossed_variance(data), data.shape[-1]
    if seeds < 3:
        raise ValueError(f"{seeds} seeds: an interval of shares needs at least three")
    whole = np.array(parts.shares())
    without = np.array([crossed_variance(np.delete(data, seed, axis=2)).shares() for seed in range(seeds)])
    estimates = seeds * whole - (seeds - 1) * without
    rows, columns, interaction = (student_band(column) for column in estimates.T)
    return rows, columns, interaction
