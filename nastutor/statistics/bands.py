"""Means over runs with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nastutor.arguments import as_numbers, probability, whole_number


class Band(NamedTuple):
    """A mean with a confidence interval; numbers, or arrays over the steps of a curve."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def less(self, margin: float) -> Band:
        """Return the band with a number taken off: is what it measures above that number?"""
        return Band(self.mean - margin, self.low - margin, self.high - margin)

    def verdict(self) -> str:
        """Say of "this is above zero": ``"holds"``, ``"does not hold"``, or, with zero inside, ``"cannot be told"``."""
        return "holds" if self.low > 0 else "does not hold" if self.high < 0 else "cannot be told"


def bootstrap_band(
    values: np.ndarray | Sequence[float], level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Band:
    """Return the mean over runs with its percentile bootstrap interval (Efron 1979).

    Parameters
    ----------
    values : (runs,) or (runs, steps); runs are resampled whole.
    level : the interval's coverage, 0…1.
    resamples, seed : of the bootstrap.
    """
    data = _runs(values)
    (shares,) = _shares_of_runs(*checked_resampling(seed, resamples), len(data))
    return Band(data.mean(axis=0), *interval(shares @ data, level))


def difference_band(
    a: np.ndarray | Sequence[float],
    b: np.ndarray | Sequence[float],
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Band:
    """Return mean(a) − mean(b) of two independent sets of runs, with its percentile bootstrap interval.

    Parameters
    ----------
    a, b : (runs,) or (runs, steps); the numbers of runs may differ.
    """
    first, second = _runs(a), _runs(b)
    if first.shape[1:] != second.shape[1:]:
        raise ValueError(f"a of shape {first.shape} and b of shape {second.shape}: give both as many steps")
    of_first, of_second = _shares_of_runs(*checked_resampling(seed, resamples), len(first), len(second))
    replicates = of_first @ first - of_second @ second
    return Band(first.mean(axis=0) - second.mean(axis=0), *interval(replicates, level))


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
    data = _few_runs(values)
    half = _student_quantile(level, len(data) - 1) * data.std(ddof=1) / np.sqrt(len(data))
    mean = data.mean()
    return Band(mean, mean - half, mean + half)


def student_difference_band(
    a: np.ndarray | Sequence[float], b: np.ndarray | Sequence[float], level: float = 0.95
) -> Band:
    """Return mean(a) − mean(b) of two independent sets of a few runs, with the t interval of Welch (1947).

    For runs that have nothing in common, where `student_band` would be for differences of pairs. Their spreads may
    differ.

    Parameters
    ----------
    a, b : (runs,) at least two each; the numbers of runs may differ.
    level : the interval's coverage, 0…1.

    Raises
    ------
    ValueError : fewer than two runs, or another shape.
    """
    sets = [_few_runs(values) for values in (a, b)]
    squares = np.array([values.var(ddof=1) / len(values) for values in sets])  # of the errors of both means
    difference = sets[0].mean() - sets[1].mean()
    if not squares.any():
        return Band(difference, difference, difference)
    freedom = squares.sum() ** 2 / sum(square**2 / (len(values) - 1) for square, values in zip(squares, sets))
    half = _student_quantile(level, freedom) * np.sqrt(squares.sum())
    return Band(difference, difference - half, difference + half)


def _student_quantile(level: float, freedom: float) -> float:
    """Return how many standard errors an interval of Student's t reaches to either side."""
    from scipy.special import stdtrit  # as `scipy.stats.t.ppf`, which takes half a second to import

    return float(stdtrit(freedom, (1 + probability("level", level)) / 2))


def _few_runs(values: np.ndarray | Sequence[float]) -> np.ndarray:
    data = as_numbers("runs", values)
    if data.ndim != 1 or len(data) < 2:
        raise ValueError(f"an interval needs (runs,) with at least two runs, got shape {data.shape}")
    return data


def _runs(values: np.ndarray | Sequence[float]) -> np.ndarray:
    data = as_numbers("runs", values)
    if data.ndim not in (1, 2) or len(data) < 2:
        raise ValueError(f"an interval needs (runs,) or (runs, steps) with at least two runs, got shape {data.shape}")
    return data


def checked_resampling(seed: int, resamples: int) -> tuple[int, int]:
    """Return the arguments that all bootstraps have.

    Raises
    ------
    ValueError : a seed below 0 or no resample, or no whole numbers.
    """
    return whole_number("seed", seed, 0), whole_number("resamples", resamples, 1)


def interval(replicates: np.ndarray | Sequence[float], level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the percentile interval over resamples: (resamples,) or (resamples, steps).

    Raises
    ------
    ValueError : a level outside 0…1.
    """
    level = probability("level", level)
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


@lru_cache(maxsize=2)  # a lesson draws many bands over as many runs
def _shares_of_runs(seed: int, resamples: int, *runs: int) -> tuple[np.ndarray, ...]:
    """Draw how often each run of each set is in each resample, as shares (resamples, runs)."""
    rng = np.random.default_rng(seed)
    return tuple(resampling_shares(count, resamples, rng) for count in runs)


def resampling_shares(count: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Draw how often each of so many is in each resample, as shares (resamples, count)."""
    shares, even = np.empty((resamples, count)), np.full(count, 1 / count)
    for row in shares:  # one by one: whole numbers for all of them would take as much memory again
        row[:] = rng.multinomial(count, even)
    shares /= count
    return shares
