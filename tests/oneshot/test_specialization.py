"""Limits are kept, or refused at once with what comes closest; and the break-even point is where it is."""

import math
from functools import cache

import numpy as np
import pytest

from nastutor.oneshot.specialization import LimitedSpace, break_even, specialize
from nastutor.spaces import ElasticSpace

SPACE = ElasticSpace.small()


@cache
def evaluate(genotype):
    """Accuracy grows with the choices, and so do the costs."""
    layers = [(width, kernel) for width, kernels in SPACE.stages_of(genotype) for kernel in kernels]
    macs = sum(width * kernel**2 for width, kernel in layers)
    return {
        "val_accuracy": 50 + 5 * math.log(macs) + 0.1 * len(layers),
        "macs": float(macs),
        "layers": float(len(layers)),
    }


@pytest.mark.parametrize("limits", [{"macs": 900}, {"layers": 3}, {"macs": 700, "layers": 4}])
def test_the_best_within_limits_is_nearly_the_best_there_is(limits):
    everything = [evaluate(genotype) for genotype in SPACE]
    fits = [metrics for metrics in everything if all(metrics[name] <= limit for name, limit in limits.items())]
    values = np.array([metrics["val_accuracy"] for metrics in fits])
    better = []
    for seed in range(4):
        history = specialize(evaluate, evaluate, SPACE, limits, budget=100, seed=seed)
        assert all(record.metrics[name] <= limit for record in history for name, limit in limits.items())
        better.append(np.mean(values > history.best().value))
    assert np.mean(better) < 0.04  # one random architecture within the limits: 0.5 on average


def test_what_is_drawn_in_a_limited_space_keeps_the_limits_and_reaches_all_of_it():
    space = LimitedSpace(SPACE, evaluate, {"macs": 400})
    inside = {genotype for genotype in SPACE if evaluate(genotype)["macs"] <= 400}
    rng, drawn, mutated = np.random.default_rng(0), set(), {SPACE.smallest}
    for _ in range(600):
        drawn.add(space.sample(rng))
    child = SPACE.smallest
    for _ in range(600):
        child = space.mutate(child, rng)
        mutated.add(child)
    assert drawn == inside and mutated <= inside and len(mutated) > 0.9 * len(inside)
    assert space.size == SPACE.size and space.smallest == SPACE.smallest


def test_a_limit_that_only_the_smallest_keeps_ends_with_it():
    smallest = evaluate(SPACE.smallest)["macs"]
    history = specialize(evaluate, evaluate, SPACE, {"macs": smallest}, budget=5)
    assert {record.genotype for record in history} == {SPACE.smallest} and len(history) == 5


def test_limits_that_cannot_be_met_are_refused_before_anything_is_evaluated():
    def never(genotype):
        raise AssertionError("evaluated")

    with pytest.raises(ValueError, match=r"macs ≤ 100 cannot be met: the closest is 162, of the smallest sub-network"):
        specialize(never, evaluate, SPACE, {"macs": 100, "layers": 5}, budget=10**9)
    for limits, message in [
        ({"macs": 1, "layers": 1}, r"macs ≤ 1 .* 162; layers ≤ 1 cannot be met: the closest is 2"),
        ({"watts": 1}, "limit on 'watts': choose among val_accuracy, macs, layers"),
        ({"macs": math.nan}, "macs ≤ nan cannot be met"),
    ]:
        with pytest.raises(ValueError, match=message):
            LimitedSpace(SPACE, evaluate, limits)


def test_the_break_even_point_is_the_first_from_which_one_is_cheaper():
    rng = np.random.default_rng(0)
    for _ in range(300):
        one, other = (tuple(rng.integers(0, 12, 2).tolist()) for _ in range(2))
        cheaper = [one[0] + one[1] * n < other[0] + other[1] * n for n in range(1, 200)]
        stays = [n for n in range(1, 190) if all(cheaper[n - 1 :])]
        assert break_even(one, other) == (stays[0] if stays else math.inf), (one, other)
