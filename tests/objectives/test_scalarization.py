"""Rewards: values by hand, what they find and miss on a known front, and bad input."""

import math

import numpy as np
import pytest

from nastutor import search
from nastutor.objectives.pareto import is_nondominated
from nastutor.objectives.scalarization import chebyshev, mnasnet_reward, weighted_sum, with_reward
from nastutor.searchers import RegularizedEvolution


def test_the_soft_reward_gives_five_percent_for_twice_the_latency():
    soft = mnasnet_reward(target=2.0)
    at, twice = ({"val_accuracy": 80.0, "latency_ms": cost} for cost in (2.0, 4.0))
    assert soft(at) == 80
    assert soft(twice) / soft(at) == pytest.approx(2**-0.07)
    assert 0.95 < soft(twice) / soft(at) < 0.953
    assert soft({"val_accuracy": 80.0, "latency_ms": 1.0}) > 80


def test_the_hard_reward_is_the_accuracy_up_to_the_target_and_falls_beyond():
    hard = mnasnet_reward(target=2.0, below=0, above=-1)
    assert [hard({"val_accuracy": 80.0, "latency_ms": cost}) for cost in (0.5, 2.0, 4.0)] == [80, 80, 40]


def test_weighted_sums_find_the_hull_of_a_front_and_nothing_in_a_dent():
    front = np.array([[0.0, 1.0], [0.4, 0.5], [1.0, 0.0]])  # the middle lies below the line between the ends
    assert is_nondominated(front).all()
    winners = set()
    for weight in np.linspace(0, 1, 201):
        reward = weighted_sum({"a": weight, "b": 1 - weight})
        winners.add(max(range(3), key=lambda i: reward({"a": front[i, 0], "b": front[i, 1]})))
    assert winners == {0, 2}


def test_chebyshev_by_hand():
    reward = chebyshev({"a": 2.0, "cost": -1.0}, {"a": 10.0, "cost": 1.0}, augmentation=0.1)
    assert reward({"a": 9.0, "cost": 6.0}) == pytest.approx(-(5 + 0.1 * 7)), "distances 2 · 1 and 1 · 5"
    assert reward({"a": 10.0, "cost": 1.0}) == 0


def test_chebyshev_finds_every_point_of_a_front_and_nothing_that_is_dominated():
    """On fronts with dents, with the weights that its docstring names; weighted sums leave some of them out."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        points = rng.integers(0, 12, (30, 2)).astype(float)
        ideal = points.max(axis=0) + 1
        winners, on_hull = set(), set()
        for target in points[is_nondominated(points)]:
            weights = dict(zip("ab", (1 / (ideal - target)).tolist()))
            reward = chebyshev(weights, dict(zip("ab", ideal.tolist())), augmentation=1e-4)
            winners.add(max(map(tuple, points.tolist()), key=lambda p, r=reward: r(dict(zip("ab", p)))))
        for weight in np.linspace(0.001, 0.999, 999):
            on_hull.add(tuple(points[np.argmax(points @ (weight, 1 - weight))].tolist()))
        assert winners == set(map(tuple, points[is_nondominated(points)].tolist()))
        assert on_hull <= winners


def test_a_large_augmentation_makes_it_a_weighted_sum():
    front = {"corner": (1.0, 0.0), "dent": (0.45, 0.45), "other": (0.0, 1.0)}

    def best(augmentation):
        reward = chebyshev({"a": 1.0, "b": 0.9}, {"a": 1.0, "b": 1.0}, augmentation)
        return max(front, key=lambda name: reward(dict(zip("ab", front[name]))))

    assert best(0.05) == "dent" and best(20.0) == "corner"


def test_a_searcher_with_one_objective_maximises_a_reward(cells, landscape):
    reward = weighted_sum({"val_accuracy": 1.0, "latency_ms": -2.0})
    history = search(RegularizedEvolution(cells, seed=0), with_reward(landscape, reward), 30, objective="reward")
    best = history.best()
    assert best.value == best.metrics["val_accuracy"] - 2 * best.metrics["latency_ms"]
    assert best.value == max(record.value for record in history)


def test_a_reward_passes_epochs_on(landscape):
    evaluate = with_reward(landscape, weighted_sum({"val_accuracy": 0.5}))
    metrics = evaluate((0, 1), epochs=3)
    assert metrics["reward"] == metrics["val_accuracy"] / 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mnasnet_reward(target=0), "target 0: give a number above 0"),
        (lambda: mnasnet_reward(target=math.nan), "target nan"),
        (lambda: mnasnet_reward(target=1, above=0.07), "no gain"),
        (lambda: weighted_sum({}), "at least one metric"),
        (lambda: weighted_sum({"a": math.inf}), "finite"),
        (lambda: chebyshev({"a": 1.0}, {"b": 1.0}), "a finite number for each of a"),
        (lambda: chebyshev({"a": 1.0}, {"a": math.nan}), "a finite number for each of a"),
        (lambda: chebyshev({}, {}), "at least one metric"),
        (lambda: chebyshev({"a": 1.0}, {"a": 1.0}, -0.1), "augmentation -0.1: give a number of at least 0"),
        (lambda: chebyshev({"a": 1.0}, {"a": 1.0})({"b": 2.0}), "needs 'a'; the evaluation returned b"),
        (lambda: weighted_sum({"a": 1.0})({"b": 2.0}), "needs 'a'; the evaluation returned b"),
        (lambda: with_reward(lambda g: {"reward": 1.0}, lambda m: 0.0)((0,)), "a metric 'reward' already"),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
