"""GDAS: search by a differentiable sampler (Dong & Yang 2019, arXiv 1910.04465)."""

from __future__ import annotations

import os
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from nastutor.networks.batch_norm import batch_statistics
from nastutor.networks.supernet import Supernet
from nastutor.oneshot.alpha import Architecture, DifferentiableSearch, Penalty
from nastutor.oneshot.core import DEFAULT_SUPERNET_RECIPE, SupernetRecipe, SupernetRun
from nastutor.spaces.cell import NONE
from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset


def hard_gumbel_softmax(alpha: Tensor, tau: float, generator: torch.Generator) -> tuple[Genotype, Tensor]:
    """Draw an operation for every edge with probability softmax(α), and let gradients through.

        h̃ = softmax((log softmax(α) + Gumbel noise) / τ),  the operation is argmax h̃

    Parameters
    ----------
    alpha : (edges, operations).
    tau : the temperature, > 0; it changes the gradients only.

    Returns
    -------
    The genotype, and gates (edges,) that are 1 and have the gradient of h̃ at the operation drawn.
    """
    noise = -torch.empty(alpha.shape, dtype=torch.float64).exponential_(generator=generator).log().to(alpha)
    soft = ((alpha.log_softmax(1) + noise) / tau).softmax(1)
    chosen = soft.argmax(1)
    picked = soft.gather(1, chosen[:, None])[:, 0]
    return tuple(chosen.tolist()), 1 - picked.detach() + picked


def run_gdas(
    build: Callable[[], Supernet],
    dataset: Dataset,
    recipe: SupernetRecipe = DEFAULT_SUPERNET_RECIPE,
    seed: int = 0,
    alpha_learning_rate: float = 0.01,
    alpha_weight_decay: float = 1e-3,
    tau: tuple[float, float] = (10.0, 0.1),
    with_none: bool = False,
    sample_none: bool = True,
    penalty: Penalty | None = None,
    epochs: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> DifferentiableSearch:
    """Search by GDAS, algorithm 1 of the paper.

        repeat: draw a cell by the Gumbel-softmax of α; step of w along ∇_w L_train of that path
                draw another; step of α along ∇_α L_val of that path
        derive: the operation of the largest α on every edge

    Parameters
    ----------
    build, dataset, recipe, seed : see `SupernetRun`.
    alpha_learning_rate, alpha_weight_decay : of Adam on α; 3·10⁻⁴ and 10⁻³ in the paper, for 250 epochs.
    tau : the temperature at the first and the last step, linear between, > 0.
    with_none : see `derive`.
    sample_none : whether `none` is drawn; without, α learns as if it were no operation (leave with_none as it is).
    penalty : joins L_val, for instance the latency of `nastutor.oneshot.proxyless`.
    epochs, checkpoint, progress : see `SupernetRun.epochs`.

    Raises
    ------
    ValueError : a temperature that is not positive, and what `SupernetRun` refuses; a training that diverges.

    Notes
    -----
    Only the drawn operation is computed, forward and backward, as in the paper: the gradient of h̃ is kept at the
    operation drawn and taken as zero at the others. NAS-Bench-201's code adds a term for the others that the paper
    does not have. An edge that drew `none` gives no gradient to its row of α. Further deviations: see `run_darts`.
    """
    if not min(tau) > 0:
        raise ValueError(f"tau {tau}: give two positive temperatures")
    settings = {
        "method": "gdas",
        "alpha": [alpha_learning_rate, alpha_weight_decay, with_none, sample_none],
        "tau": list(tau),
        "penalty": penalty,
    }
    run = SupernetRun(build, dataset, recipe, seed, settings)
    architecture = Architecture(run, alpha_learning_rate, alpha_weight_decay)
    alpha = architecture.alpha
    barred = torch.zeros_like(alpha.detach())
    barred[:, NONE] = 0 if sample_none else -torch.inf
    for _ in run.epochs(epochs, checkpoint, progress):
        for (x, y), (x_val, y_val) in zip(run.weight_batches(), run.architecture_batches()):
            temperature = tau[0] + (tau[1] - tau[0]) * run.done
            genotype, _ = hard_gumbel_softmax(alpha.detach() + barred, temperature, run.generator)
            run.descend(cross_entropy(run.network.path(x, genotype), y))
            genotype, gates = hard_gumbel_softmax(alpha + barred, temperature, run.generator)
            with batch_statistics(run.network):
                loss = cross_entropy(run.network.path(x_val, genotype, gates), y_val)
                loss = loss if penalty is None else penalty(loss, alpha, run.done)
                gradient = torch.autograd.grad(loss, alpha, allow_unused=True)[0]
            architecture.descend(torch.zeros_like(alpha) if gradient is None else gradient, loss)
        architecture.record(with_none, run.network)
    return architecture.result()
