"""DARTS: differentiable architecture search (Liu, Simonyan & Yang 2019, arXiv 1806.09055)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from nastutor.networks.batch_norm import batch_statistics
from nastutor.networks.supernet import Supernet
from nastutor.oneshot.alpha import Architecture, DifferentiableSearch, Penalty, Relaxation, softmax
from nastutor.oneshot.core import DEFAULT_SUPERNET_RECIPE, Batch, SupernetRecipe, SupernetRun
from nastutor.oneshot.cures import largest_eigenvalue
from nastutor.training.datasets import Dataset

Loss = Callable[[Sequence[Tensor], Tensor], Tensor]
"""(weights w, architecture α) → a number: any bilevel problem, not only a network's. It need not use all of them."""


def grad(loss: Tensor, variables: Sequence[Tensor], create_graph: bool = False) -> tuple[Tensor, ...]:
    """Return ∂loss/∂variables; zeros for those that the loss does not use."""
    if not loss.requires_grad:
        return tuple(torch.zeros_like(variable) for variable in variables)
    return torch.autograd.grad(loss, variables, create_graph=create_graph, allow_unused=True, materialize_grads=True)


def unrolled_gradient(
    train_loss: Loss, val_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, xi: float, epsilon: float = 0.01
) -> tuple[Tensor, Tensor]:
    """Approximate ∇_α L_val(w − ξ ∇_w L_train(w, α), α), equations 6 to 8 of the paper.

        w' = w − ξ ∇_w L_train(w, α)
        ∇_α L_val(w', α) − ξ ∇²_{α,w} L_train(w, α) v    with v = ∇_{w'} L_val(w', α)

    Parameters
    ----------
    weights, alpha : where; all require gradients.
    xi : ξ, the step of the weights; with 0 this is the first-order gradient, of one backward pass.
    epsilon : the length of the steps by which the second term is differenced; 0.01 in the paper (see `mixed_product`).

    Returns
    -------
    The gradient, of the shape of α, and L_val(w', α).
    """
    if xi == 0:
        loss = val_loss(weights, alpha)
        return grad(loss, [alpha])[0], loss.detach()
    unrolled = step_of_weights(train_loss, weights, alpha, xi)
    loss = val_loss(unrolled, alpha)
    direct, *v = grad(loss, [alpha, *unrolled])
    return direct - xi * mixed_product(train_loss, weights, alpha, v, epsilon), loss.detach()


def step_of_weights(train_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, xi: float) -> list[Tensor]:
    """Return w' = w − ξ ∇_w L_train(w, α) as new weights, which require gradients and do not remember α."""
    slopes = grad(train_loss(weights, alpha), weights)
    return [(w - xi * slope).detach().requires_grad_() for w, slope in zip(weights, slopes)]


def mixed_product(
    train_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, v: Sequence[Tensor], epsilon: float = 0.01
) -> Tensor:
    """Approximate ∇²_{α,w} L_train(w, α) v by the central difference of ∇_α L_train(w ± r v, α), r = ε/‖v‖.

    The step has length ε in any case; where v is zero there is none, and the product is zero. On its way it may cross
    kinks of the loss: a network with ReLU has one wherever an activation changes its sign, and the closer, the more
    units and images there are. What that means is told by `nastutor.oneshot.felt_gradient`.
    """
    length = torch.cat([part.flatten() for part in v]).norm()
    if length == 0:
        return torch.zeros_like(alpha)
    r = epsilon / length
    plus, minus = (
        grad(train_loss([w + sign * r * part for w, part in zip(weights, v)], alpha), [alpha])[0] for sign in (1, -1)
    )
    return (plus - minus) / (2 * r)


def exact_unrolled_gradient(
    train_loss: Loss, val_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, xi: float
) -> Tensor:
    """Return ∇_α L_val(w − ξ ∇_w L_train(w, α), α) by differentiating through the step: exact, at a price in memory.

    Exact is meant as automatic differentiation means it: the slope of the piece, between two kinks, on which α is.
    """
    slopes = grad(train_loss(weights, alpha), weights, create_graph=True)
    return grad(val_loss([w - xi * slope for w, slope in zip(weights, slopes)], alpha), [alpha])[0]


class UnrolledError(NamedTuple):
    """How far the finite difference is off.

    gradient : ‖error‖ / ‖exact gradient‖.
    second_term : ‖error‖ / ‖what the exact gradient adds to ∇_α L_val(w', α)‖.
    """

    gradient: float
    second_term: float


def unrolled_errors(
    train_loss: Loss, val_loss: Loss, weights: Sequence[Tensor], alpha: Tensor, xi: float, epsilons: Sequence[float]
) -> list[UnrolledError]:
    """Compare `unrolled_gradient` with the exact one, for each ε; `supernet_losses` gives the losses of a supernet."""
    exact = exact_unrolled_gradient(train_loss, val_loss, weights, alpha, xi)
    unrolled = step_of_weights(train_loss, weights, alpha, xi)
    direct, *v = grad(val_loss(unrolled, alpha), [alpha, *unrolled])
    errors = []
    for epsilon in epsilons:  # all but the differences is the same for each
        off = (direct - xi * mixed_product(train_loss, weights, alpha, v, epsilon) - exact).norm()
        errors.append(UnrolledError((off / exact.norm()).item(), (off / (exact - direct).norm()).item()))
    return errors


def supernet_losses(
    network: Supernet, batches: Sequence[Batch], mix: Callable[[Tensor], Tensor]
) -> tuple[list[Tensor], list[Loss]]:
    """Return the weights of a supernet and, for each batch, its cross entropy (nats) as a function of weights and α.

    Parameters
    ----------
    mix : α (6, 5) → the weights of the mixture (6, 5).
    """
    names, weights = zip(*network.named_parameters())

    def loss_of(images: Tensor, labels: Tensor) -> Loss:
        return lambda w, alpha: cross_entropy(
            functional_call(network, dict(zip(names, w)), (images, mix(alpha))), labels
        )

    return list(weights), [loss_of(*batch) for batch in batches]


def _penalised(loss: Loss, penalty: Penalty, done: float, weights: Sequence[Tensor], alpha: Tensor) -> Tensor:
    return penalty(loss(weights, alpha), alpha, done)


def run_darts(
    build: Callable[[], Supernet],
    dataset: Dataset,
    recipe: SupernetRecipe = DEFAULT_SUPERNET_RECIPE,
    seed: int = 0,
    order: int = 1,
    alpha_learning_rate: float = 0.01,
    alpha_weight_decay: float = 1e-3,
    relax: Relaxation = softmax,
    stop: Callable[[list[dict[str, Any]]], int | None] | None = None,
    eigenvalue_images: int = 0,
    with_none: bool = False,
    warm_up: int = 0,
    penalty: Penalty | None = None,
    epochs: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> DifferentiableSearch:
    """Search by DARTS, algorithm 1 of the paper.

        repeat: step of α along ∇_α L_val(w − ξ ∇_w L_train(w, α), α)
                step of w along ∇_w L_train(w, α)
        derive: the operation of the largest α on every edge

    Parameters
    ----------
    build, dataset, recipe, seed : see `SupernetRun`.
    order : 1 takes ξ = 0, 2 takes ξ = the learning rate of w.
    alpha_learning_rate, alpha_weight_decay : of Adam on α. The paper has 3·10⁻⁴ and 10⁻³ for 50 epochs of 390 steps.
    relax : how α becomes weights; others are in `nastutor.oneshot.cures`.
    stop : called after every epoch with the records so far; returns the index of the record whose cell is the answer,
        or None to go on; see `nastutor.oneshot.cures`.
    eigenvalue_images : measure the largest eigenvalue of ∂²L_val/∂α² after each epoch, on so many validation images.
    with_none : see `derive`; the mixture has `none` in any case, as in the paper.
    warm_up : so many epochs α rests while the weights learn; 15 of 50 in PC-DARTS's code, for instance.
    penalty : joins L_val, for instance the latency of `nastutor.oneshot.proxyless`.
    epochs, checkpoint, progress : see `SupernetRun.epochs`.

    Raises
    ------
    ValueError : an order other than 1 and 2, a negative warm-up, what `SupernetRun` refuses; a training that diverges.

    Notes
    -----
    Deviations. Weights and α learn from the dataset's training and validation images; the paper halves the training
    images. All six edges stay, as in NAS-Bench-201. ξ-step without momentum and weight decay, as in the paper's
    equations (its code has them). The learning rate of α is higher, for fewer steps. The accuracies that are recorded
    use the statistics of each batch; its code calls ``eval()`` there (`infer`), so batch norm uses running statistics
    of the mixture.
    """
    if order not in (1, 2):
        raise ValueError(f"order {order}: choose 1 or 2")
    if warm_up < 0:
        raise ValueError(f"warm_up {warm_up}: give 0 or more epochs")
    settings = {
        "method": f"darts of order {order}",
        "alpha": [alpha_learning_rate, alpha_weight_decay, with_none, warm_up],
        "relaxation": relax,
        "stop": stop,
        "eigenvalue_images": eigenvalue_images,
        "penalty": penalty,
    }
    run = SupernetRun(build, dataset, recipe, seed, settings)
    architecture = Architecture(run, alpha_learning_rate, alpha_weight_decay)
    alpha = architecture.alpha
    for epoch in run.epochs(epochs, checkpoint, progress):
        for train, validation in zip(run.weight_batches(), run.architecture_batches()):
            mix = relax(run.generator, run.done)
            weights, (train_loss, val_loss) = supernet_losses(run.network, [train, validation], mix)
            if penalty is not None:
                val_loss = partial(_penalised, val_loss, penalty, run.done)
            if epoch >= warm_up:
                xi = run.learning_rate if order == 2 else 0.0
                with batch_statistics(run.network):
                    architecture.descend(*unrolled_gradient(train_loss, val_loss, weights, alpha, xi))
            images, labels = train
            run.descend(cross_entropy(run.network(images, mix(alpha.detach())), labels))
        mix = relax(run.generator, 1.0)
        eigenvalue = float("nan")
        if eigenvalue_images:
            batch = run.images["validation"][:eigenvalue_images], run.labels["validation"][:eigenvalue_images]
            _, (loss,) = supernet_losses(run.network, [batch], mix)
            with batch_statistics(run.network):
                eigenvalue = largest_eigenvalue(partial(loss, weights), alpha)
        architecture.record(with_none, lambda x, _: run.network(x, mix(alpha)), eigenvalue)  # noqa: B023
        if stop is not None:
            run.chosen = stop(run.records)
    return architecture.result()
