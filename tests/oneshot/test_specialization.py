"""Limits are kept, or refused at once with what comes closest; and the break-even point is where it is."""

import math
import re
from functools import cache

import numpy as np
import pytest
from garbage import GARBAGE, outcome

from nastutor import search
from nastutor.oneshot.specialization import LimitedSpace, break_even, specialize
from nastutor.searchers import RandomSearch
from nastutor.spaces import CellSpace, ElasticSpace

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


def test_a_limit_that_only_the_smallest_keeps_ends_with_it():
    smallest = evaluate(SPACE.smallest)["macs"]
    history = specialize(evaluate, evaluate, SPACE, {"macs": smallest}, budget=5)
    assert {record.genotype for record in history} == {SPACE.smallest} and len(history) == 5


def test_limits_that_cannot_be_met_are_refused_before_anything_is_evaluated():
    def never(genotype):
        raise AssertionError("evaluated")

    smallest = re.escape(SPACE.to_string(SPACE.smallest))
    message = rf"macs ≤ 100 and layers ≤ 5 cannot be met: the closest is {smallest}, with macs 162, layers 2"
    with pytest.raises(ValueError, match=message):
        specialize(never, evaluate, SPACE, {"macs": 100, "layers": 5}, budget=10**9)


def test_a_log_of_other_limits_is_refused(tmp_path):
    def run(limits):
        searcher = RandomSearch(LimitedSpace(SPACE, evaluate, limits), seed=0)
        return [record.genotype for record in search(searcher, evaluate, 5, log=tmp_path / "run.jsonl")]

    assert run({"macs": 900}) == run({"macs": 900.0})
    for other in ({"macs": 901}, {"macs": 900, "layers": 5}):
        with pytest.raises(ValueError, match="limits"):
            run(other)


def test_any_space_is_specialised():
    """The cell with the most convolutions of which at most three are 3×3, and which pools at least once."""

    def count(cell):
        return {"val_accuracy": float(cell.count(2) + cell.count(3)), "large": cell.count(3), "no pool": 4 not in cell}

    best = specialize(count, count, CellSpace(), {"large": 3, "no pool": 0}, budget=150, seed=0).best()
    assert best.value == 5 and best.metrics["large"] <= 3 and best.genotype.count(4) == 1


def test_the_break_even_point_is_the_first_from_which_one_is_cheaper():
    rng = np.random.default_rng(0)
    for _ in range(300):
        one, other = (tuple(rng.integers(0, 12, 2).tolist()) for _ in range(2))
        cheaper = [one[0] + one[1] * n < other[0] + other[1] * n for n in range(1, 200)]
        stays = [n for n in range(1, 190) if all(cheaper[n - 1 :])]
        assert break_even(one, other) == (stays[0] if stays else math.inf), (one, other)


def test_what_is_no_cost_is_refused():
    for value in GARBAGE:
        for call in (lambda value=value: break_even(value, (1, 2)), lambda value=value: break_even((1, 2), (value, 2))):
            found, error = outcome(call)
            assert error is not None or found >= 1
