"""Latency in the loss: ProxylessNAS (Cai et al. 2019, arXiv 1812.00332) and FBNet (Wu et al. 2019, arXiv 1812.03443).

A network's latency is no function of α that has a gradient, but its expectation is, if the network is drawn operation
by operation and a lookup table adds up:

    E[LAT](α) = fixed + Σ over edges Σ over operations  p(edge, operation) · table[edge, operation],   p = softmax(α)

It joins the validation loss by which α descends, one argument of `run_darts` and `run_gdas`:

    run_darts(..., relax=without_none, with_none=False, penalty=AddedLatency(table, weight=0.05, with_none=False))

Deviations
----------
ProxylessNAS trains one or two sampled paths at a time by binary gates, FBNet samples by Gumbel-softmax; `run_darts`
trains the whole mixture and `run_gdas` one sampled path. What is added to the loss is the same. Both papers choose one
block for each layer of a chain, we operations for the edges of a cell that repeats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nastutor.spaces.cell import EDGES, NONE, OPERATIONS


def without_none(generator: torch.Generator, done: float) -> Callable[[Tensor], Tensor]:
    """Weigh the operations of an edge by a softmax over all but `none`, which has weight 0: a `Relaxation` of DARTS.

    In the mixture of all five, `none` takes whatever weight the others do not need, whatever they are worth.
    """

    def mix(alpha: Tensor) -> Tensor:
        return torch.cat([torch.zeros_like(alpha[:, : NONE + 1]), alpha[:, NONE + 1 :].softmax(1)], dim=1)

    return mix


@dataclass(frozen=True, eq=False)
class ExpectedLatency:
    """The expected latency of a cell whose operations are drawn by the softmax of α; a function of α.

    Parameters
    ----------
    table : (6, 5) finite costs ≥ 0, by edge and operation, in any unit: milliseconds, MACs, …
    fixed : the cost of the rest of the network, ≥ 0.
    with_none : whether `none` may be drawn; as in `derive`.

    Raises
    ------
    ValueError : a table of another shape, or with costs that are negative or not finite.
    """

    table: np.ndarray
    fixed: float = 0.0
    with_none: bool = True

    def __post_init__(self) -> None:
        table = np.asarray(self.table, dtype=float)
        if table.shape != (len(EDGES), len(OPERATIONS)) or not np.isfinite(table).all() or table.min() < 0:
            raise ValueError(
                f"a table of shape {table.shape}: give ({len(EDGES)}, {len(OPERATIONS)}) finite costs of at least 0"
            )
        if not 0 <= self.fixed < np.inf:
            raise ValueError(f"fixed {self.fixed}: give a finite cost of at least 0")
        object.__setattr__(self, "table", table)

    def __call__(self, alpha: Tensor) -> Tensor:
        """Return E[LAT] for α (6, 5), in the table's unit.

        Its gradient is p(edge, op) · (table[edge, op] − the edge's mean): what costs more than its edge does on average
        goes down.
        """
        first = NONE if self.with_none else NONE + 1
        costs = torch.from_numpy(self.table[:, first:]).to(alpha)
        return self.fixed + (alpha[:, first:].softmax(1) * costs).sum()

    def bounds(self) -> tuple[float, float]:
        """Return the cost of the cheapest and of the most expensive cell."""
        table = self.table if self.with_none else np.delete(self.table, NONE, axis=1)
        return float(self.fixed + table.min(1).sum()), float(self.fixed + table.max(1).sum())


@dataclass(frozen=True, eq=False)
class AddedLatency:
    """L = cross entropy + weight · E[LAT], ProxylessNAS.

    Parameters
    ----------
    expected : E[LAT].
    weight : λ₂ of the paper, nats per unit of the table, ≥ 0.
    warmup : the part of the schedule, 0…1, in which the weight is 0, so that operations are not given up before their
        weights are trained. (FBNet trains no α at all in its first epochs.)
    """

    expected: ExpectedLatency
    weight: float
    warmup: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.weight < np.inf or not 0 <= self.warmup < 1:
            raise ValueError(
                f"weight {self.weight} and warmup {self.warmup}: give a finite number of at least 0, and one of 0 or "
                "more and less than 1"
            )

    def __call__(self, loss: Tensor, alpha: Tensor, done: float = 1.0) -> Tensor:
        return loss + (self.weight if done >= self.warmup else 0.0) * self.expected(alpha)


@dataclass(frozen=True, eq=False)
class MultipliedLatency:
    """L = cross entropy · scale · log(E[LAT])^exponent, FBNet.

    Parameters
    ----------
    expected : E[LAT]; the unit matters, as the logarithm must be positive.
    scale, exponent : α and β of the paper, 0.2 and 0.6 there; exponent ≥ 0, a larger one weighs latency more.

    Raises
    ------
    ValueError : a scale that is not positive, a negative exponent, or a table whose cheapest cell costs 1 or less.
    """

    expected: ExpectedLatency
    scale: float = 0.2
    exponent: float = 0.6

    def __post_init__(self) -> None:
        if not (self.scale > 0 and self.exponent >= 0):
            raise ValueError(f"scale {self.scale} and exponent {self.exponent}: give more than 0, and at least 0")
        if self.expected.bounds()[0] <= 1:
            raise ValueError(
                f"the cheapest cell costs {self.expected.bounds()[0]:g}, and the logarithm must be positive: give the "
                "table in a smaller unit, such as microseconds"
            )

    def __call__(self, loss: Tensor, alpha: Tensor, done: float = 1.0) -> Tensor:
        return loss * self.scale * self.expected(alpha).log() ** self.exponent
