"""A surrogate and its acquisition in one dimension, where both can be drawn: the primer of lesson 05."""

from __future__ import annotations

import numpy as np

GRID = np.linspace(0, 1, 201)
"""Where the hidden function may be observed."""
START = (0.1, 0.3, 0.5)
"""What is observed before there is a surrogate."""


def hidden_function(x: np.ndarray) -> np.ndarray:
    """Return a made-up function with a hill at 0.27, near the start, and a higher one at 0.8; any shape."""
    return 0.6 * np.exp(-(((x - 0.27) / 0.11) ** 2)) + np.exp(-(((x - 0.8) / 0.08) ** 2))


def gaussian_process(
    x: np.ndarray, y: np.ndarray, at: np.ndarray, length: float = 0.08, deviation: float = 0.4
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a Gaussian process believes after some observations (Rasmussen & Williams 2006, equation 2.19).

    Its belief is the mean of y with `deviation` where it knows nothing; values at distance d have the correlation
    exp(−d²/(2·length²)).

    Parameters
    ----------
    x, y : (n,) observations, without noise; x all different.
    at : (m,) where to predict.

    Returns
    -------
    mean, standard deviation : (m,) each.
    """

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-((a[:, None] - b[None, :]) ** 2) / (2 * length**2))

    known = kernel(x, x) + 1e-8 * np.eye(len(x))  # the small number keeps it invertible
    weights = np.linalg.solve(known, kernel(x, at))  # (n, m)
    mean = y.mean() + (y - y.mean()) @ weights
    variance = 1 - (kernel(x, at) * weights).sum(axis=0)
    return mean, deviation * np.sqrt(np.maximum(variance, 0))


def acquire(x: np.ndarray, acquisition: str, beta: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return how much one wants to observe each point of the grid; −∞ where one has.

    Parameters
    ----------
    x : (n,) what was observed.
    acquisition : a name in `nastutor.searchers.predictor.ACQUISITIONS`.
    beta : weight of the standard deviation, for ``"ucb"`` alone.
    seed : of the draws, for ``"its"`` alone.
    """
    from nastutor.searchers.predictor import ACQUISITIONS

    if acquisition not in ACQUISITIONS:
        raise ValueError(f"acquisition {acquisition!r}: choose one of {', '.join(ACQUISITIONS)}")
    y = hidden_function(x)
    options = {"beta": beta} if acquisition == "ucb" else {}
    rng = np.random.default_rng((seed, len(x)))
    values = ACQUISITIONS[acquisition](*gaussian_process(x, y, GRID), y.max(), rng, **options)
    return np.where(np.isin(GRID, x), -np.inf, values)


def observe(observations: int, acquisition: str, beta: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return the points of the grid that a search observes, in order: the start, then the best by `acquire` each time.

    Parameters
    ----------
    observations : how many in all, 3…201.
    acquisition, beta, seed : see `acquire`.
    """
    if not len(START) <= observations <= len(GRID):
        raise ValueError(f"observations {observations}: choose {len(START)}…{len(GRID)}")
    x = GRID[np.searchsorted(GRID, START)]
    while len(x) < observations:
        x = np.append(x, GRID[acquire(x, acquisition, beta, seed).argmax()])
    return x
