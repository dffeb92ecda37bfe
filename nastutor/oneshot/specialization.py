"""Choose a sub-network for a device: a search under limits, and the number of devices from which that pays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from nastutor.loop.history import History
from nastutor.loop.search import search
from nastutor.searchers.evolution import RegularizedEvolution
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.space import Genotype

Metrics = Callable[[Genotype], Mapping[str, float]]
TRIES = 1000
"""Draws before a limited space gives up looking for an architecture within its limits."""


class LimitedSpace(ElasticSpace):
    """The sub-networks within limits: what is sampled, or mutated from one of them, keeps the limits.

    Costs are counted, not trained, so what breaks a limit is thrown away and drawn again, as Cai et al. 2020 do
    (arXiv 1908.09791, section 3.4). After `TRIES` draws `sample` returns the smallest, and `mutate` samples.

    Parameters
    ----------
    space : of the sub-networks.
    costs : returns the costs of a sub-network by name; they must not fall when a choice grows.
    limits : the largest value allowed, by cost.

    Raises
    ------
    ValueError : not even the smallest sub-network keeps the limits, so none does: the message says what it costs; or a
        limit is on a cost that is not there.
    """

    def __init__(self, space: ElasticSpace, costs: Metrics, limits: Mapping[str, float]) -> None:
        super().__init__(space.depths, space.widths, space.kernels)
        self.costs, self.limits = costs, dict(limits)
        least = costs(self.smallest)
        unknown = [name for name in limits if name not in least]
        if unknown:
            raise ValueError(f"limit on {unknown[0]!r}: choose among {', '.join(least)}")
        missed = [
            f"{name} ≤ {limit:g} cannot be met: the closest is {least[name]:g}"
            for name, limit in limits.items()
            if not least[name] <= limit
        ]
        if missed:
            raise ValueError("; ".join(missed) + ", of the smallest sub-network")

    def keeps_limits(self, genotype: Genotype) -> bool:
        """Say whether a sub-network keeps all limits."""
        spent = self.costs(genotype)
        return all(spent[name] <= limit for name, limit in self.limits.items())

    def sample(self, rng: np.random.Generator) -> Genotype:
        """Draw as `SearchSpace.sample` until the limits are kept."""
        draws = (super(LimitedSpace, self).sample(rng) for _ in range(TRIES))
        return next(filter(self.keeps_limits, draws), self.smallest)

    def mutate(self, genotype: Genotype, rng: np.random.Generator) -> Genotype:
        """Mutate as `SearchSpace.mutate` until the limits are kept."""
        draws = (super(LimitedSpace, self).mutate(genotype, rng) for _ in range(TRIES))
        child = next(filter(self.keeps_limits, draws), None)
        return self.sample(rng) if child is None else child


def specialize(
    evaluate: Metrics,
    costs: Metrics,
    space: ElasticSpace,
    limits: Mapping[str, float],
    budget: int = 100,
    seed: int | np.random.Generator = 0,
) -> History:
    """Search the sub-network of the highest validation accuracy within limits, by regularized evolution.

    Parameters
    ----------
    evaluate : returns val_accuracy and the costs that `limits` name, as `nastutor.oneshot.OnceForAllAccuracy` does.
    costs : returns the costs alone, which takes no training and no images.
    space, limits : see `LimitedSpace`.
    budget : number of evaluations, all within the limits.
    seed : of the search.

    Returns
    -------
    The history; `best()` is the answer.

    Raises
    ------
    ValueError : no sub-network keeps the limits, see `LimitedSpace`.

    Notes
    -----
    Deviations from Cai et al. 2020: accuracies are measured, where they learn a predictor from 16,000 sub-networks;
    aging evolution with mutation alone, where theirs has crossover too.
    """
    searcher = RegularizedEvolution(LimitedSpace(space, costs, limits), seed)
    return search(searcher, evaluate, budget, constraints={name: (None, limit) for name, limit in limits.items()})


def break_even(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the smallest number of devices from which `one` costs less than `other`, for good.

    Parameters
    ----------
    one, other : what is paid once, and what each device costs.

    Returns
    -------
    A whole number from 1, or infinity.
    """
    (fixed, each), (other_fixed, other_each) = one, other
    if fixed < other_fixed and each <= other_each:
        return 1
    if each >= other_each:
        return math.inf
    return max(1, math.floor((fixed - other_fixed) / (other_each - each)) + 1)
