"""Choose a sub-network for a device: a search under limits, and the number of devices from which that pays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from nastutor.arguments import listed, real_number, shown
from nastutor.loop.history import History
from nastutor.loop.search import search
from nastutor.searchers.evolution import RegularizedEvolution
from nastutor.spaces.limited import LimitedSpace
from nastutor.spaces.space import Genotype, SearchSpace

Metrics = Callable[[Genotype], Mapping[str, float]]


def specialize(
    evaluate: Metrics,
    costs: Metrics,
    space: SearchSpace,
    limits: Mapping[str, float],
    budget: int = 100,
    seed: int | np.random.Generator = 0,
) -> History:
    """Search the architecture of the highest validation accuracy within limits, by regularized evolution.

    Parameters
    ----------
    evaluate : returns val_accuracy and the costs that `limits` name, as `nastutor.oneshot.OnceForAllAccuracy` does.
    costs : returns the costs alone, which takes no training and no images.
    space, limits : see `LimitedSpace`; for an elastic network, the space of its sub-networks.
    budget : number of evaluations, all within the limits.
    seed : of the search.

    Returns
    -------
    The history; `best()` is the answer.

    Raises
    ------
    ValueError : no architecture keeps the limits, see `LimitedSpace`.

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
    one, other : what is paid once, and what each device costs; finite numbers.

    Returns
    -------
    A whole number from 1, or infinity.

    Raises
    ------
    ValueError : something else than two pairs of numbers.
    """
    (fixed, each), (other_fixed, other_each) = _pair("one", one), _pair("other", other)
    if fixed < other_fixed and each <= other_each:
        return 1
    if each >= other_each:
        return math.inf
    return max(1, math.floor((fixed - other_fixed) / (other_each - each)) + 1)


def _pair(name: str, value: tuple[float, float]) -> list[float]:
    pair = listed(name, value)
    if len(pair) != 2:
        raise ValueError(f"{name} {shown(value)}: give two numbers, what is paid once and what each device costs")
    return [real_number(name, number, "two finite numbers") for number in pair]
