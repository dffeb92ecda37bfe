"""A latency predictor: learned from some measured networks, for all others.

Predictors of this kind, from linear regression to networks, are compared on many devices by Dudziak et al. 2020
(BRP-NAS, arXiv 2007.08668) and White et al. 2021 (arXiv 2104.01177). This one is ridge regression: whole networks are
measured and the cost of each operation on each edge is inferred from them, where a lookup table measures the
operations and adds them up. So it learns what surrounds an operation in a real network too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nastutor.hardware.checks import as_list, as_milliseconds, is_whole, whole
from nastutor.hardware.lookup_table import without_dead_edges
from nastutor.spaces import encodings
from nastutor.spaces.cell import OPERATIONS, CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import rank_correlation

Features = Callable[[Sequence[Genotype]], np.ndarray]
"""Describes n cells by numbers, (n, D)."""
PENALTIES = tuple(10.0**power for power in range(-6, 3))


def latency_features(genotypes: Sequence[Genotype]) -> np.ndarray:
    """Describe cells: how many there are of each operation, and which is on which edge.

    Dead edges count as `none`. The counts come first: few measurements say much of them, and little of the edges.

    Returns
    -------
    (n, 5 + 30) floats: counts in the order of `OPERATIONS`, then the one-hot encoding.
    """
    cells = [without_dead_edges(genotype) for genotype in genotypes]
    one_hot = encodings.one_hot(CellSpace(), cells)
    counts = one_hot.reshape(len(cells), -1, len(OPERATIONS)).sum(axis=1)
    return np.hstack([counts, one_hot])


class LatencyPredictor:
    """Ridge regression on features of cells, for relative errors.

    With rows x and latencies y it minimises Σ ((w·x + b − y) / y)² + λ (|w|² + b²), so that a fast network counts as
    much as a slow one. λ is the one of `PENALTIES` with the smallest error when each measurement is predicted from all
    others (leave one out, in closed form).

    Parameters
    ----------
    features : describes n cells by an array (n, D). One column, such as the MACs or what a lookup table says, makes it
        a straight line through the measurements.

    Attributes
    ----------
    weights : (D + 1,) milliseconds for each feature, b last; penalty : λ. Both exist after `fit`.
    """

    weights: np.ndarray
    penalty: float

    def __init__(self, features: Features = latency_features) -> None:
        self.features = features

    def fit(self, genotypes: Sequence[Genotype], milliseconds: Sequence[float] | np.ndarray) -> LatencyPredictor:
        """Learn from measured networks, and return self.

        Parameters
        ----------
        genotypes : n of them, at least 2.
        milliseconds : (n,), above 0.

        Raises
        ------
        ValueError : fewer than two measurements, lists of unequal length, or a latency that is not above 0.
        """
        genotypes = as_list("genotypes", genotypes)
        if len(genotypes) < 2:
            raise ValueError(f"{len(genotypes)} genotypes: give a latency for each of 2 or more")
        y = as_milliseconds(milliseconds, len(genotypes))
        x = np.hstack([self._rows(genotypes), np.ones((len(y), 1))]) / y[:, None]
        # Targets are all 1 now: relative errors. With x = U S Vᵀ, ridge shrinks direction k by s_k² / (s_k² + λ).
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        target = u.T @ np.ones(len(y))
        errors = []
        for penalty in PENALTIES:
            shrink = s**2 / (s**2 + penalty)
            leverage = (u**2) @ shrink
            left_out = (1 - u @ (shrink * target)) / np.maximum(1 - leverage, 1e-12)
            errors.append(float(np.mean(left_out**2)))
        self.penalty = PENALTIES[int(np.argmin(errors))]
        self.weights = vt.T @ (s / (s**2 + self.penalty) * target)
        return self

    def predict(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return the latencies of cells, (n,) milliseconds.

        Raises
        ------
        ValueError : nothing was learnt yet, a genotype outside the space, or features that are not (n, D).
        """
        if not hasattr(self, "weights"):
            raise ValueError("nothing was learnt yet: call fit first")
        rows = self._rows(as_list("genotypes", genotypes))
        if rows.shape[1] != len(self.weights) - 1:
            raise ValueError(
                f"{rows.shape[1]} features, but {len(self.weights) - 1} when it learnt: give the same ones"
            )
        return rows @ self.weights[:-1] + self.weights[-1]

    def _rows(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        rows = np.asarray(self.features(genotypes))
        if rows.ndim != 2 or len(rows) != len(genotypes):
            raise ValueError(
                f"features of shape {rows.shape} of {len(genotypes)} genotypes: return (genotypes, features)"
            )
        return rows


def learning_curve(
    genotypes: Sequence[Genotype],
    milliseconds: np.ndarray,
    counts: Sequence[int],
    subsets: int = 20,
    tests: int = 200,
    seed: int = 0,
    features: Features = latency_features,
) -> tuple[np.ndarray, np.ndarray]:
    """Return how good a predictor is on cells that it has not seen, after learning from as many measurements.

    Parameters
    ----------
    genotypes, milliseconds : all that was measured; the last ones are predicted, the others are learnt from.
    counts : numbers of measurements to learn from.
    subsets : random ones, of which the smaller counts are the first.
    tests : how many are predicted.
    seed : of the subsets.
    features : see `LatencyPredictor`.

    Returns
    -------
    errors : (subsets, counts) the median over the tests of |predicted / measured − 1|, percent.
    correlations : (subsets, counts) Spearman's rank correlation over the tests, −1…1.

    Raises
    ------
    ValueError : a count that the measurements do not allow, or lists of unequal length.
    """
    whole(1, subsets=subsets, tests=tests)
    genotypes, counts = as_list("genotypes", genotypes), as_list("counts", counts)
    latencies = as_milliseconds(milliseconds, len(genotypes))
    pool = len(genotypes) - tests
    if not counts or not all(is_whole(count) and 2 <= count <= pool for count in counts):
        raise ValueError(f"counts {counts}: choose from 2…{pool}; {tests} of {len(genotypes)} are predicted")
    rng = np.random.default_rng(seed)
    truth = latencies[pool:]
    # Described once: below, a cell is the number of its row.
    described, cells = LatencyPredictor(features)._rows(genotypes), list[Any](range(len(genotypes)))
    errors, correlations = np.empty((2, subsets, len(counts)))
    for subset in range(subsets):
        order = rng.permutation(pool)
        for place, count in enumerate(counts):
            rows = order[:count]
            predictor = LatencyPredictor(lambda cells: described[cells]).fit(rows.tolist(), latencies[rows])
            predicted = predictor.predict(cells[pool:])
            errors[subset, place] = 100 * np.median(np.abs(predicted / truth - 1))
            correlations[subset, place] = rank_correlation(predicted, truth)
    return errors, correlations
