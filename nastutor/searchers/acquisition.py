"""Acquisition functions: how much one wants to evaluate candidates, from what is predicted of them.

All take the mean and the standard deviation (n,) of the predictions, the best target so far, and a generator; larger is
wanted more.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nastutor.objectives.pareto import is_nondominated


def thompson(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """Independent Thompson sampling: for each candidate one draw from the normal distribution (White et al. 2021)."""
    return rng.normal(mean, std)


def upper_confidence_bound(
    mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator, beta: float = 0.5
) -> np.ndarray:
    """The mean plus β standard deviations (Srinivas et al. 2010, arXiv 0912.3995); β = 0.5 as in BANANAS's code."""
    return mean + beta * std


def expected_improvement(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """E[max(f − best, 0)] for a normal f (Močkus 1975): (mean − best)·Φ(z) + std·φ(z), z = (mean − best)/std."""
    gain = mean - best
    z = np.divide(gain, std, out=np.zeros_like(gain), where=std > 0)
    cumulative = 0.5 * (1 + np.array([math.erf(value) for value in z / math.sqrt(2)]))
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.where(std > 0, gain * cumulative + std * density, np.maximum(gain, 0))


def predicted_mean(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """The mean alone: exploitation."""
    return mean


ACQUISITIONS: dict[str, Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "its": thompson,
    "ucb": upper_confidence_bound,
    "ei": expected_improvement,
    "mean": predicted_mean,
}


_GRID = np.linspace(-9, 9, 1_801)
_GAINS = np.array(
    [z / 2 * (1 + math.erf(z / math.sqrt(2))) + math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) for z in _GRID]
)
"""E[max(f, 0)] for a normal f of mean z and standard deviation 1, on a grid: in between it is right to 5e-6."""


def expected_hypervolume_improvement(
    mean: np.ndarray, std: np.ndarray, front: np.ndarray, reference: np.ndarray
) -> np.ndarray:
    """Return by how much each candidate is expected to raise the hypervolume of a front, in two objectives, exactly.

    (Emmerich, Deutz & Klinkenberg 2011, doi:10.1109/CEC.2011.5949880.) Over the strip of the first objective from one
    point of the front to the next, what is dominated already has one height. A candidate (f, g) adds to the strip what
    it covers of its width times what it exceeds of its height, and f and g are independent, so that

        EHVI = Σ over strips (E[max(f − left, 0)] − E[max(f − right, 0)]) · E[max(g − height, 0)]

    Parameters
    ----------
    mean, std : (n, 2) of normal predictions, both to be maximised.
    front : (k, 2) what is known already; dominated points and those below the reference change nothing.
    reference : (2,) from where the hypervolume is measured.

    Returns
    -------
    (n,) floats, at least 0.
    """
    known = front[(front > reference).all(axis=1)]
    known = known[is_nondominated(known)] if len(known) else known
    known = np.unique(known, axis=0)  # from left to right, so from high to low
    left, height = np.append(reference[0], known[:, 0]), np.append(known[:, 1], reference[1])
    beyond = _expected_excess(mean[:, :1], std[:, :1], left)
    widths = beyond - np.pad(beyond[:, 1:], ((0, 0), (0, 1)))  # the last strip has no end
    return (widths * _expected_excess(mean[:, 1:], std[:, 1:], height)).sum(axis=1)


def _expected_excess(mean: np.ndarray, std: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return E[max(f − level, 0)], (n, levels), for normal f of mean and standard deviation (n, 1)."""
    gain, std = mean - level, np.maximum(std, 1e-9)
    return np.where(gain > 9 * std, gain, std * np.interp(gain / std, _GRID, _GAINS))
