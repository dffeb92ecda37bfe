"""The gradient that α feels: how the unrolled validation loss really changes when α takes a step of some length.

    U(α) = L_val(w − ξ ∇_w L_train(w, α), α)

A network with ReLU has a kink wherever an activation changes its sign. Between two kinks ∇_w L_train is smooth in α; at
a kink it jumps, and U with it. Automatic differentiation gives the slope of U between the jumps and does not see them.
A step of α crosses many, so what it gains or loses is another number: the difference of U over that step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from nastutor.oneshot.darts import Loss, exact_unrolled_gradient, grad, step_of_weights, unrolled_gradient


def felt_gradient(
    train_loss: Loss, val_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, xi: float, step: float
) -> Tensor:
    """Return the slope of U along every entry of α by central differences: (U(α + step) − U(α − step)) / (2 · step).

    Parameters
    ----------
    train_loss, val_loss, weights, alpha, xi : see `unrolled_gradient`.
    step : > 0; what Adam moves an entry by is near its learning rate.

    Returns
    -------
    Of the shape of α. It takes two steps of the weights for each entry.

    Raises
    ------
    ValueError : a step that is not positive.
    """
    if not step > 0:
        raise ValueError(f"step {step}: give a positive number, for instance the learning rate of α")

    def unrolled_loss(moved: Tensor) -> Tensor:
        ahead = step_of_weights(train_loss, weights, moved, xi)
        with torch.no_grad():
            return val_loss(ahead, moved)

    here = alpha.detach()
    found = torch.empty(here.numel()).to(here)
    for entry in range(here.numel()):
        move = torch.zeros(here.numel()).to(here)
        move[entry] = step
        ahead, behind = (unrolled_loss(here + sign * move.view_as(here)) for sign in (1, -1))
        found[entry] = (ahead - behind) / (2 * step)
    return found.view_as(here)


class FeltErrors(NamedTuple):
    """How far gradients are from the one that α feels, ‖difference‖ / ‖felt gradient‖.

    first_order : ∇_α L_val(w, α).
    without_second_term : ∇_α L_val(w', α): what the finite difference would add is left out.
    paper : with the finite difference, ε = 0.01.
    autograd : through the step of the weights.
    """

    first_order: float
    without_second_term: float
    paper: float
    autograd: float


def felt_errors(
    train_loss: Loss, val_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, xi: float, steps: Sequence[float]
) -> list[FeltErrors]:
    """Compare four gradients with the one that α feels, for each length of its step."""
    problem = train_loss, val_loss, weights, alpha
    (direct,) = grad(val_loss(step_of_weights(train_loss, weights, alpha, xi), alpha), [alpha])
    gradients = (
        unrolled_gradient(*problem, xi=0.0)[0],
        direct,
        unrolled_gradient(*problem, xi=xi)[0],
        exact_unrolled_gradient(*problem, xi=xi),
    )
    errors = []
    for step in steps:
        felt = felt_gradient(*problem, xi=xi, step=step)
        errors.append(FeltErrors(*(((gradient - felt).norm() / felt.norm()).item() for gradient in gradients)))
    return errors
