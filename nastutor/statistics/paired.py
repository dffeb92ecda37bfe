"""Differences between two things that share runs or architectures, and the interval of few runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nastutor.statistics.runs import Band, rank_correlation, resampled_correlation


def student_band(values: np.ndarray | Sequence[float], level: float = 0.95) -> Band:
    """Return the mean of a few runs with Student's t interval (1908), which knows that their spread is a guess.

    A bootstrap of fewer than about ten numbers gives intervals that are too narrow. This one assumes that runs, or the
    differences between paired runs, are roughly normal.

    Parameters
    ----------
    values : (runs,) at least two, for instance what one method has more than another, seed by seed.
    level : the interval's coverage, 0…1.

    Raises
    ------
    ValueError : fewer than two runs, or another shape.
    """
    from scipy import stats

    data = np.asarray(values, dtype=float)
    if data.ndim != 1 or len(data) < 2:
        raise ValueError(f"an interval needs (runs,) with at least two runs, got shape {data.shape}")
    half = stats.t.ppf((1 + level) / 2, len(data) - 1) * data.std(ddof=1) / np.sqrt(len(data))
    mean = data.mean()
    return Band(mean, mean - half, mean + half)


def rank_correlation_difference_band(
    a: np.ndarray | Sequence[float],
    b: np.ndarray | Sequence[float],
    truth: np.ndarray | Sequence[float],
    top: float | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Band:
    """Return how much better a ranks the architectures than b: Spearman(a, truth) − Spearman(b, truth), with its band.

    Both are resampled on the same architectures, so what is hard to rank for both does not widen the band, as it does
    when two bands of `rank_correlation_band` are laid side by side.

    Parameters
    ----------
    a, b : (n,) two scores of the same architectures.
    truth, top : as in `rank_correlation`.
    level, resamples, seed : as in `rank_correlation_band`.
    """
    from scipy import stats

    columns = [np.asarray(values, dtype=float) for values in (a, b, truth)]
    mean = rank_correlation(columns[0], columns[2], top) - rank_correlation(columns[1], columns[2], top)
    if top is not None:
        best = np.argsort(-columns[2], kind="stable")[: max(2, round(top * len(columns[2])))]
        columns = [values[best] for values in columns]
    first, second, true = (stats.zscore(stats.rankdata(values)) for values in columns)
    count = len(true)
    shares = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples) / count
    found = resampled_correlation(shares, first, true) - resampled_correlation(shares, second, true)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Band(np.array(mean), low, high)
