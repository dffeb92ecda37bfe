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

from nastutor.arguments import truth
from nastutor.hardware.checks import as_list, as_milliseconds, is_whole, whole
from nastutor.hardware.lookup_table import without_dead_edges
from nastutor.searchers.gaussian_process import GaussianProcess
from nastutor.spaces import encodings
from nastutor.spaces.cell import EDGES, OPERATIONS, POOL, CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import rank_correlation

Features = Callable[[Sequence[Genotype]], np.ndarray]
"""Describes n cells by numbers, (n, D)."""
PENALTIES = tuple(10.0**power for power in range(-6, 3))


def features_of_all_edges(genotypes: Sequence[Genotype]) -> np.ndarray:
    """Describe cells by how many there are of each operation, and which is on which edge, dead edges included.

    The counts come first: few measurements say much of them, and little of the edges.

    Returns
    -------
    (n, 5 + 30) floats: counts in the order of `OPERATIONS`, then the one-hot encoding.
    """
    one_hot = encodings.one_hot(CellSpace(), genotypes)
    counts = one_hot.reshape(len(genotypes), -1, len(OPERATIONS)).sum(axis=1)
    return np.hstack([counts, one_hot])


def latency_features(genotypes: Sequence[Genotype]) -> np.ndarray:
    """Describe cells as `features_of_all_edges` does, by what reaches their output: dead edges count as `none`.

    Returns
    -------
    (n, 5 + 30) floats.
    """
    return features_of_all_edges([without_dead_edges(genotype) for genotype in genotypes])


def counts_of_all_edges(genotypes: Sequence[Genotype]) -> np.ndarray:
    """Count each operation, in the order of `OPERATIONS`, dead edges included: (n, 5) floats."""
    return features_of_all_edges(genotypes)[:, : len(OPERATIONS)]


def counts_of_live_edges(genotypes: Sequence[Genotype]) -> np.ndarray:
    """Count each operation that reaches the output: (n, 5) floats."""
    return latency_features(genotypes)[:, : len(OPERATIONS)]


def counts_without_repeats(genotypes: Sequence[Genotype]) -> np.ndarray:
    """Count as `counts_of_live_edges` does, but poolings of one node once: a runtime that sees they are equal does so.

    Returns
    -------
    (n, 5) floats. Convolutions have weights of their own, so they are never equal.
    """
    alive = np.array([without_dead_edges(genotype) for genotype in genotypes], dtype=int).reshape(-1, len(EDGES))
    sources = np.array([source for source, _ in EDGES])
    counts = counts_of_live_edges(genotypes)
    counts[:, POOL] = sum((alive[:, sources == node] == POOL).any(axis=1) for node in np.unique(sources))
    return counts


DESCRIPTIONS: tuple[Features, ...] = (
    counts_of_live_edges, counts_without_repeats, latency_features, counts_of_all_edges, features_of_all_edges,
)  # fmt: skip
"""What a predictor chooses from: does the edge matter, do dead edges cost, are equal poolings computed once?"""


class LatencyPredictor:
    """Ridge regression on features of cells, for relative errors, which learns what a device pays for.

    With rows x and latencies y it minimises Σ ((w·x + b − y) / max(y, m))² + λ (|w|² + b²), m half the median of y, so
    that a fast network counts as much as a slow one. Without m one that is nearly empty could count a thousand times as
    much, and the fit would be of nothing else. λ, one of `PENALTIES`, and the description of the cells, one of
    `DESCRIPTIONS`, are those with the smallest error when each measurement is predicted from all others (leave one out,
    in closed form).

    Parameters
    ----------
    features : describes n cells by an array (n, D), or several of these to choose from; of equally good ones the first.
        One column, such as the MACs or what a lookup table says, makes it a straight line through the measurements.
    relative : False minimises errors in milliseconds, so without max(y, m): plain ridge regression.

    Attributes
    ----------
    weights : (D + 1,) milliseconds for each feature, b last; penalty : λ; described_by : the features that were chosen.
        They exist after `fit`.
    """

    weights: np.ndarray
    penalty: float
    described_by: Features

    def __init__(self, features: Features | Sequence[Features] = DESCRIPTIONS, relative: bool = True) -> None:
        self.relative = truth("relative", relative)
        self.features = (features,) if callable(features) else tuple(as_list("features", features))
        if not self.features or not all(map(callable, self.features)):
            raise TypeError(f"features {features!r}: give a function of genotypes, or several to choose from")

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
        scale = np.maximum(y, np.median(y) / 2) if self.relative else np.ones(len(y))
        least = np.inf
        for features in self.features:
            x = np.hstack([_rows(features, genotypes), np.ones((len(y), 1))]) / scale[:, None]
            # With x = U S Vᵀ, ridge shrinks direction k by s_k² / (s_k² + λ).
            u, s, vt = np.linalg.svd(x, full_matrices=False)
            target = u.T @ (y / scale)
            for penalty in PENALTIES:
                shrink = s**2 / (s**2 + penalty)
                leverage = (u**2) @ shrink
                left_out = (y / scale - u @ (shrink * target)) / np.maximum(1 - leverage, 1e-12)
                error = float(np.mean(left_out**2))
                if error < least:
                    least, self.penalty, self.described_by = error, penalty, features
                    self.weights = vt.T @ (s / (s**2 + penalty) * target)
        return self

    def predict(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return the latencies of cells, (n,) milliseconds.

        Raises
        ------
        ValueError : nothing was learnt yet, a genotype outside the space, or features that are not (n, D).
        """
        if not hasattr(self, "weights"):
            raise ValueError("nothing was learnt yet: call fit first")
        rows = _rows(self.described_by, as_list("genotypes", genotypes))
        if rows.shape[1] != len(self.weights) - 1:
            raise ValueError(
                f"{rows.shape[1]} features, but {len(self.weights) - 1} when it learnt: give the same ones"
            )
        return rows @ self.weights[:-1] + self.weights[-1]


class ProcessPredictor:
    """A Gaussian process in the place of ridge regression: cells that differ on few edges take about as long.

    Parameters
    ----------
    features : describes n cells by a one-hot encoding, (n, D); see `GaussianProcess`.
    """

    def __init__(self, features: Features) -> None:
        self.features = features

    def fit(self, genotypes: Sequence[Genotype], milliseconds: Sequence[float] | np.ndarray) -> ProcessPredictor:
        """Learn from measured networks, and return self; see `LatencyPredictor.fit`."""
        y = as_milliseconds(milliseconds, len(genotypes))
        self.mean = float(y.mean())
        self.process = GaussianProcess(_rows(self.features, genotypes), y - self.mean)
        return self

    def predict(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return the latencies of cells, (n,) milliseconds."""
        return self.process.predict(_rows(self.features, genotypes))[0] + self.mean


def _rows(features: Features, genotypes: Sequence[Genotype]) -> np.ndarray:
    rows = np.asarray(features(genotypes))
    if rows.ndim != 2 or len(rows) != len(genotypes):
        raise ValueError(f"features of shape {rows.shape} of {len(genotypes)} genotypes: return (genotypes, features)")
    return rows


def learning_curve(
    genotypes: Sequence[Genotype],
    milliseconds: np.ndarray,
    counts: Sequence[int],
    subsets: int = 20,
    tests: int = 200,
    seed: int = 0,
    features: Features | Sequence[Features] = DESCRIPTIONS,
    kind: Callable[..., Any] = LatencyPredictor,
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
    kind : of predictor, called with the features: `LatencyPredictor`, `ProcessPredictor`, or one of your own.

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
    cells = list[Any](range(len(genotypes)))
    by_row: Any = [_rows(each, genotypes).__getitem__ for each in LatencyPredictor(features).features]
    if callable(features):
        (by_row,) = by_row
    errors, correlations = np.empty((2, subsets, len(counts)))
    for subset in range(subsets):
        order = rng.permutation(pool)
        for place, count in enumerate(counts):
            rows = order[:count]
            predictor = kind(by_row).fit(rows.tolist(), latencies[rows])
            predicted = predictor.predict(cells[pool:])
            errors[subset, place] = 100 * np.median(np.abs(predicted / truth - 1))
            correlations[subset, place] = rank_correlation(predicted, truth)
    return errors, correlations
