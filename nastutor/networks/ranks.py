"""Ranks: what a score is worth among those known so far, the targets of surrogates."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

Scores = Sequence[float] | Sequence[tuple[float, ...]] | np.ndarray


def ranks(scores: Scores) -> np.ndarray:
    """Return the rank of each score, 0 for the lowest; equal ones share their mean rank. Tuples compare as in Python.

    Parameters
    ----------
    scores : n numbers, or n tuples of equal length.

    Returns
    -------
    (n,) floats, 0…n−1.

    Raises
    ------
    ValueError : no scores, or one is NaN.
    """
    if len(scores) == 0:
        raise ValueError("no scores to rank: give at least one")
    table = np.asarray(scores, dtype=float).reshape(len(scores), -1)
    if np.isnan(table).any():
        raise ValueError(f"score {int(np.isnan(table).any(axis=1).argmax())} is NaN, which has no rank: leave it out")
    _, places, counts = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[places.reshape(-1)]


def normal_scores(scores: Scores) -> np.ndarray:
    """Return the quantiles of the standard normal distribution that ranks stand for: what Gaussian processes predict.

    A Gaussian process takes its targets to be normal, which accuracies, with their long tail, are far from.
    """
    quantile = NormalDist().inv_cdf
    return np.array([quantile((rank + 0.5) / len(scores)) for rank in ranks(scores).tolist()])
