"""Architecture parameters α: one row of logits for each edge, what they mean, and what a search over them returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nastutor.networks.supernet import Supernet
from nastutor.oneshot.core import SupernetRun
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS
from nastutor.spaces.space import Genotype

Relaxation = Callable[[torch.Generator, float], Callable[[Tensor], Tensor]]
"""(generator, done) → (α (6, 5) → weights (6, 5)): first what is random at this step, then the weights of a mixture.

`done` is the part of the schedule that is behind, 0…1; at 1 nothing is random.
"""


Penalty = Callable[[Tensor, Tensor, float], Tensor]
"""(validation loss, α (6, 5), `done` as above) → what α descends by, for instance with a cost: see `proxyless`."""


def softmax(generator: torch.Generator, done: float) -> Callable[[Tensor], Tensor]:
    """Weigh the operations of an edge by the softmax of its row of α: the relaxation of DARTS, its equation 2."""
    return partial(torch.softmax, dim=1)


def derive(alpha: Tensor | np.ndarray, with_none: bool = False) -> Genotype:
    """Return the cell of the largest α of each edge, the first of equals.

    Parameters
    ----------
    alpha : (6, 5).
    with_none : whether `none` may win, as in NAS-Bench-201's DARTS. The DARTS paper leaves it out, and those after it
        do so too. (The paper then keeps the two strongest edges into a node; a cell of this space keeps all six.)
    """
    rows = torch.as_tensor(alpha)
    if not with_none:
        rows = rows.clone()
        rows[:, NONE] = -torch.inf
    return tuple(rows.argmax(dim=1).tolist())


@dataclass(frozen=True, eq=False)
class DifferentiableSearch:
    """What a search over α brought; E epochs were run.

    Attributes
    ----------
    network : the supernet after the last epoch.
    genotype : the answer: the derived cell of the last epoch, or of the one that early stopping chose.
    genotypes : E derived cells, one after each epoch.
    alphas : (E + 1, 6, 5), before the first epoch and after each.
    train_losses, val_losses : (E,) nats: means over the steps of the weights and of α, there with its penalty if any;
        NaN where α took no step.
    val_accuracies : (E,) percent, of the supernet: the mixture in DARTS, the derived path in GDAS.
    derived_accuracies : (E,) percent, of the derived cell with the supernet's weights. Both with batch statistics, on
        the validation images that α has learned from.
    eigenvalues : (E,) the largest eigenvalue of ∂²L_val/∂α², NaN where it was not asked for.
    seconds : (E,) processor seconds of each epoch, without the two accuracies.
    stopped_early : whether a criterion ended the search.
    """

    network: Supernet
    genotype: Genotype
    genotypes: list[Genotype]
    alphas: np.ndarray
    train_losses: np.ndarray
    val_losses: np.ndarray
    val_accuracies: np.ndarray
    derived_accuracies: np.ndarray
    eigenvalues: np.ndarray
    seconds: np.ndarray
    stopped_early: bool


class Architecture:
    """α as a part of a run, with the optimizer of DARTS and GDAS: Adam with momenta 0.5 and 0.999.

    Parameters
    ----------
    run : α begins at 10⁻³ times standard normal numbers from its generator.
    learning_rate, weight_decay : of Adam, > 0 and ≥ 0.
    """

    def __init__(self, run: SupernetRun, learning_rate: float, weight_decay: float) -> None:
        if not learning_rate > 0 or not weight_decay >= 0:
            raise ValueError(
                f"alpha_learning_rate {learning_rate} and alpha_weight_decay {weight_decay}: give a positive number "
                "and one of at least 0"
            )
        start = 1e-3 * torch.randn(len(EDGES), len(OPERATIONS), generator=run.generator, dtype=torch.float64)
        self.run, self.start = run, start.numpy().copy()
        self.alpha = nn.Parameter(start.to(run.network.classifier.weight))
        self.optimizer = torch.optim.Adam([self.alpha], learning_rate, (0.5, 0.999), weight_decay=weight_decay)
        run.parts.update(alpha=nn.ParameterList([self.alpha]), alpha_optimizer=self.optimizer)
        self.losses: list[float] = []

    def descend(self, gradient: Tensor, loss: Tensor) -> None:
        """Take a step of α."""
        self.losses.append(self.run.check(loss))
        self.alpha.grad = gradient
        self.optimizer.step()

    def record(self, with_none: bool, logits: Callable[[Tensor, Tensor], Tensor], eigenvalue: float = np.nan) -> None:
        """End an epoch of the run; `logits` maps images and the derived cell, one-hot (6, 5), to the supernet's."""
        genotype = derive(self.alpha, with_none)
        one_hot = nn.functional.one_hot(torch.tensor(genotype), len(OPERATIONS)).to(self.alpha)
        self.run.record(
            genotype=genotype,
            alpha=self.alpha.detach().double().cpu().clone(),
            val_loss=float(np.mean(self.losses)) if self.losses else np.nan,
            val_accuracy=self.run.accuracy(lambda x: logits(x, one_hot)),
            derived_accuracy=self.run.accuracy(lambda x: self.run.network(x, one_hot)),
            eigenvalue=eigenvalue,
        )
        self.losses = []

    def result(self) -> DifferentiableSearch:
        """Gather the records of the run."""
        records, column = self.run.records, self.run.column
        chosen: dict[str, Any] = records[-1 if self.run.chosen is None else self.run.chosen]
        return DifferentiableSearch(
            network=self.run.network,
            genotype=chosen["genotype"],
            genotypes=[record["genotype"] for record in records],
            alphas=np.concatenate([self.start[None], column("alpha")]),
            train_losses=column("train_loss"),
            val_losses=column("val_loss"),
            val_accuracies=column("val_accuracy"),
            derived_accuracies=column("derived_accuracy"),
            eigenvalues=column("eigenvalue"),
            seconds=column("seconds"),
            stopped_early=self.run.chosen is not None,
        )
