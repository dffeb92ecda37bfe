"""Cures for the collapse of DARTS to skip connections: each is one argument of `run_darts`, and they can be combined.

run_darts(..., relax=DroppedSkips(0.3))                            dropout on skips
run_darts(..., stop=StopAtSkips(3))                                early stopping by counting skips
run_darts(..., stop=StopAtEigenvalue(), eigenvalue_images=250)     early stopping by the curvature in α
run_darts(partial(Supernet, ..., partial_channels=4), ..., relax=normalized_edges, warm_up=15)     PC-DARTS
run_darts(..., recipe=SupernetRecipe(weight_decay=27e-4))          stronger weight decay (RobustDARTS)

RobustDARTS tries weight decays of 3, 9, 27 and 81 · 10⁻⁴; PC-DARTS mixes a quarter of the channels, and in its code α
rests for 15 of 50 epochs. After any of them, a cell can be chosen by `nastutor.oneshot.perturbation` instead of α.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nastutor.oneshot.alpha import Relaxation, softmax
from nastutor.spaces.cell import EDGES, NODES, SKIP


@dataclass(frozen=True)
class DroppedSkips:
    """Dropout on skips, from P-DARTS (Chen et al. 2019, arXiv 1904.12760): no easy way past the others.

    At each step the skip of each edge has weight 0 with probability p, else its weight divided by 1 − p. The
    probability falls from `rate` to 0 along the schedule.

    Parameters
    ----------
    rate : p at the first step, 0 ≤ rate < 1.
    relax : the relaxation whose weights these are.

    Notes
    -----
    Deviations: the paper drops single numbers of a skip's output, this the whole skip of an edge for a batch; the paper
    also bounds the number of skips in the derived cell, this does not.
    """

    rate: float
    relax: Relaxation = softmax

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"rate {self.rate}: choose 0 or more and less than 1")

    def __call__(self, generator: torch.Generator, done: float) -> Callable[[Tensor], Tensor]:
        mix, rate = self.relax(generator, done), self.rate * (1 - done)
        if rate <= 0:
            return mix
        factors = torch.ones(len(EDGES), SKIP + 1, dtype=torch.float64)
        factors[:, SKIP] = (torch.rand(len(EDGES), generator=generator, dtype=torch.float64) >= rate) / (1 - rate)

        def dropped(alpha: Tensor) -> Tensor:
            weights = mix(alpha)
            return torch.cat([weights[:, : SKIP + 1] * factors.to(weights), weights[:, SKIP + 1 :]], dim=1)

        return dropped


def normalized_edges(generator: torch.Generator, done: float) -> Callable[[Tensor], Tensor]:
    """Weigh all operations on all edges into a node by one softmax: the edge normalization of PC-DARTS.

    Xu et al. 2020 (arXiv 1907.05737, equation 3) multiply the softmax of an edge's α by the softmax of parameters β
    over the edges into a node. That is this softmax with β_edge = log Σ exp α_edge: the same weights can be reached,
    with fewer parameters. An edge's weights add up to its share, and the edges into a node to 1.
    """

    def mix(alpha: Tensor) -> Tensor:
        parts: list[Tensor] = []
        for node in NODES[1:]:  # the edges into a node are neighbours in EDGES
            rows = alpha[[edge for edge, (_, target) in enumerate(EDGES) if target == node]]
            parts.append(rows.flatten().softmax(0).view_as(rows))
        return torch.cat(parts)

    return mix


@dataclass(frozen=True)
class StopAtSkips:
    """Stop when the derived cell has so many skips: DARTS+ (Liang et al. 2019, arXiv 1909.06035), criterion 1.

    Here the answer is the cell of the epoch before. The paper stops at two skips in a normal cell of eight edges.

    Parameters
    ----------
    count : 1…6.
    """

    count: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.count <= len(EDGES):
            raise ValueError(f"count {self.count}: a cell has 1…{len(EDGES)} skips to stop at")

    def __call__(self, records: list[dict[str, Any]]) -> int | None:
        if records[-1]["genotype"].count(SKIP) < self.count:
            return None
        return max(len(records) - 2, 0)


@dataclass(frozen=True)
class StopAtEigenvalue:
    """Stop when the largest eigenvalue of ∂²L_val/∂α² has risen: RobustDARTS (Zela et al. 2020, arXiv 1909.09656).

    With λ̄(i) the mean of the last `window` epochs, stop at the first i with λ̄(i − window) / λ̄(i) < `ratio`; the
    answer is the cell of epoch i − window. Needs `eigenvalue_images`.

    Parameters
    ----------
    window : epochs, at least 1; 5 in the paper, for 50 epochs.
    ratio : 0…1; 0.75 in the paper.
    """

    window: int = 5
    ratio: float = 0.75

    def __post_init__(self) -> None:
        if self.window < 1 or not 0 < self.ratio < 1:
            raise ValueError(f"window {self.window} and ratio {self.ratio}: give at least 1, and a number in 0…1")

    def __call__(self, records: list[dict[str, Any]]) -> int | None:
        values = np.array([record["eigenvalue"] for record in records])
        if np.isnan(values).any():
            raise ValueError("no eigenvalues were measured: give run_darts eigenvalue_images, for instance 250")
        if len(values) < 2 * self.window:
            return None
        now, before = values[-self.window :].mean(), values[-2 * self.window : -self.window].mean()
        return len(records) - 1 - self.window if before < self.ratio * now else None


def largest_eigenvalue(loss: Callable[[Tensor], Tensor], alpha: Tensor) -> float:
    """Return the largest eigenvalue of ∂²L/∂α², from the exact matrix (30, 30 for a cell).

    Parameters
    ----------
    loss : of α, for instance on a validation batch as Zela et al. have it.
    alpha : where, of any shape.
    """
    hessian = torch.autograd.functional.hessian(loss, alpha.detach())
    return float(torch.linalg.eigvalsh(hessian.reshape(alpha.numel(), -1))[-1])
