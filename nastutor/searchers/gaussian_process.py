"""A Gaussian process over architectures: those that differ in few variables are likely to be about as good."""

from __future__ import annotations

import itertools
import math

import numpy as np

LENGTHS = (0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Over how far architectures are alike: what is tried. A distance is √(number of variables that differ)."""
NOISES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Variance of the noise of an evaluation, as a share of that of the process: what is tried."""
_DECIMALS = 9
"""Results are rounded to this, so that what is equal by symmetry is equal whatever the order of a sum."""


class GaussianProcess:
    """Gaussian process regression (Rasmussen & Williams 2006, chapter 2), with length and noise chosen by likelihood.

        K = Matérn-5/2 kernel of the distances + noise · identity = L·Lᵀ
        mean(x) = k(x)ᵀ K⁻¹ targets,   variance(x) = s² · (1 − k(x)ᵀ K⁻¹ k(x)),   s² = targetsᵀ K⁻¹ targets / n

    Of the grid `LENGTHS` × `NOISES` those with the largest marginal likelihood are taken, the variance of the process,
    s², at its most likely value for each (their equation 2.30 with s² maximised out).

    Parameters
    ----------
    features : (n, D) one-hot encodings of the evaluated architectures, see `encodings.one_hot`.
    targets : (n,) of mean about 0, such as `normal_scores`.

    Attributes
    ----------
    length, noise : chosen from `LENGTHS` and `NOISES`.
    variance : s².
    """

    def __init__(self, features: np.ndarray, targets: np.ndarray) -> None:
        self.features = features
        doubled = _doubled_distances(features, features)
        distances = np.sqrt(np.arange(2 * features.shape[1] + 1) / 2)  # all that there can be
        highest = -math.inf
        for length, noise in itertools.product(LENGTHS, NOISES):
            table = matern(distances, length)
            factor = np.linalg.cholesky(table[doubled] + noise * np.eye(len(targets)))  # L
            whitened = np.linalg.solve(factor, targets)  # L⁻¹ · targets
            variance = float(whitened @ whitened) / len(targets)
            likelihood = -0.5 * len(targets) * math.log(max(variance, 1e-12)) - float(np.log(np.diag(factor)).sum())
            if likelihood > highest + 1e-6:  # so that equal ones are equal on every processor
                highest, best = likelihood, factor
                self.length, self.noise, self._table, self._targets = length, noise, table, whitened
                self.variance = variance or 1.0  # where all targets are equal, that of normal scores
        self._whiten = np.linalg.inv(best)

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation, (m,) each, of the process at architectures (m, D), without the noise."""
        inner = self._whiten @ self._table[_doubled_distances(self.features, features)]
        left = np.maximum(1 - np.einsum("ij,ij->j", inner, inner), 0)
        return np.round(self._targets @ inner, _DECIMALS), np.round(np.sqrt(self.variance * left), _DECIMALS)


def matern(distances: np.ndarray, length: float) -> np.ndarray:
    """Return Matérn's kernel of smoothness 5/2 (Rasmussen & Williams 2006, equation 4.17), of any shape."""
    r = math.sqrt(5) * distances / length
    return (1 + r + r**2 / 3) * np.exp(-r)


def _doubled_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return twice the number of variables that differ, (len(a), len(b)); 1 for one that is active on one side only."""
    squared = a @ (-2 * b.T)  # ‖a − b‖² = ‖a‖² − 2·a·b + ‖b‖², whole numbers, so exact
    squared += (a**2).sum(axis=1)[:, None]
    squared += (b**2).sum(axis=1)
    return squared.astype(np.intp)
