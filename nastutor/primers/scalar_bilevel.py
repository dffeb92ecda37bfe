"""A bilevel problem with one weight and one architecture parameter, solved by hand: the primer of lesson 09.

The example of the DARTS paper (Liu et al. 2019, arXiv 1806.09055, figure 2):

    minimise L_val(w*(α), α) = α w* − 2α + 1   over α,   where w*(α) minimises L_train(w, α) = (w − α)²

So w*(α) = α, the true objective is (α − 1)², and the solution is α = w = 1. Losses take numbers, arrays and tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

START = (2.0, -2.0)
"""α and w at the beginning, as in the paper."""


def train_loss(w: Any, alpha: Any) -> Any:
    """Return L_train = w² − 2αw + α²."""
    return (w - alpha) ** 2


def val_loss(w: Any, alpha: Any) -> Any:
    """Return L_val = αw − 2α + 1."""
    return alpha * w - 2 * alpha + 1


def gradient(w: Any, alpha: Any, xi: float) -> Any:
    """Return the derivative by α of L_val(w', α) with w' = w − ξ ∂L_train/∂w: ∂L_val/∂α + ∂L_val/∂w' · ∂w'/∂α."""
    unrolled = w - xi * 2 * (w - alpha)
    return (unrolled - 2) + alpha * 2 * xi


def resting_point(xi: float) -> float:
    """Return the α = w at which descent by `gradient` comes to rest, 2 / (1 + 2ξ): the solution for ξ = 1/2 only."""
    return 2 / (1 + 2 * xi)


def descend(xi: float, weight_rate: float = 0.1, alpha_rate: float = 0.1, steps: int = 200) -> np.ndarray:
    """Alternate a step of α along `gradient` and a step of w along ∂L_train/∂w, from `START`.

    Parameters
    ----------
    xi : ξ ≥ 0, the step by which the gradient looks ahead; 0 is the first order.
    weight_rate, alpha_rate : the learning rates.

    Returns
    -------
    (steps + 1, 2) : α and w.

    Raises
    ------
    ValueError : a negative ξ, or a rate outside (0, 1].
    """
    if xi < 0 or not 0 < weight_rate <= 1 or not 0 < alpha_rate <= 1:
        raise ValueError(f"xi {xi}, rates {weight_rate} and {alpha_rate}: give ξ ≥ 0 and rates above 0, up to 1")
    points = [START]
    for _ in range(steps):
        alpha, w = points[-1]
        alpha = alpha - alpha_rate * gradient(w, alpha, xi)
        points.append((alpha, w - weight_rate * 2 * (w - alpha)))
    return np.array(points)
