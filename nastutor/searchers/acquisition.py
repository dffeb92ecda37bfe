"""Acquisition functions: how much one wants to evaluate candidates, from what is predicted of them.

All take the mean and the standard deviation (n,) of the predictions, the best target so far, and a generator; larger is
wanted more.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np


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
