"""Laws of what a search is after, and of what it may spend."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.loop.budget import Budget
from nastutor.loop.goal import Goal
from nastutor.searchers import Proposal

PROPOSAL = Proposal(0, (0, 0))
numbers = st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-6)
bounds = st.tuples(st.none() | numbers, st.none() | numbers).filter(
    lambda b: b != (None, None) and (None in b or b[0] <= b[1])
)


@given(numbers, bounds)
def test_the_violation_is_zero_exactly_within_the_bounds(value, limits):
    lowest, highest = limits
    _, violation, error = Goal("a", {"b": limits}).judge({"a": 1.0, "b": value}, PROPOSAL)
    within = (lowest is None or value >= lowest) and (highest is None or value <= highest)
    assert error is None
    assert violation >= 0
    assert (violation == 0) == within


@given(bounds, st.floats(0.01, 100), st.floats(1.01, 3))
def test_the_violation_grows_with_the_distance(limits, distance, factor):
    lowest, highest = limits
    edge, direction = (highest, 1.0) if highest is not None else (lowest, -1.0)

    def violation(far):
        return Goal("a", {"b": limits}).judge({"a": 1.0, "b": edge + direction * far}, PROPOSAL)[1]

    assert violation(distance) < violation(distance * factor)


def test_the_violation_does_not_depend_on_the_unit():
    """2 million of at most 1 million parameters weigh as much as 20 ms of at most 10 ms."""

    def violation(value, limit):
        return Goal("a", {"b": (None, limit)}).judge({"a": 1.0, "b": value}, PROPOSAL)[1]

    assert violation(2e6, 1e6) == violation(20, 10) == violation(0.02, 0.01) == 1.0


def test_a_bound_of_zero_is_a_bound():
    _, violation, _ = Goal("a", {"b": (None, 0)}).judge({"a": 1.0, "b": 0.5}, PROPOSAL)
    assert violation == 0.5


def test_bounds_given_as_text_are_numbers():
    """Bounds from a command line or a form: what is accepted must work."""
    goal = Goal("a", {"b": (None, "10")})
    assert goal.judge({"a": 1.0, "b": 20.0}, PROPOSAL)[1] == 1.0
    assert goal.header() == Goal("a", {"b": (None, 10)}).header()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_constrained_metric_that_is_not_finite_is_a_failure(bad):
    value, _, error = Goal("a", {"b": (None, 1)}).judge({"a": 1.0, "b": bad}, PROPOSAL)
    assert value is None
    assert error == f"b is {bad}"


def test_metrics_that_are_not_used_may_be_anything():
    assert Goal("a", None).judge({"a": 1.0, "note": "fine", "b": math.nan}, PROPOSAL) == (1.0, 0.0, None)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True).map(sorted))
def test_a_ladder_of_promotions_costs_what_its_last_rung_costs_alone(rungs):
    """Training to 3, 9 and then 27 epochs by going on costs 27 epochs, however many rungs there are."""
    ladder, straight = Budget(None, 1e9, 10**9), Budget(None, 1e9, 10**9)
    for i, epochs in enumerate(rungs):
        parents = (i - 1,) if i else ()
        ladder.charge(Proposal(i, (0, 0), epochs, parents), {"train_seconds": 2.0 * epochs})
    straight.charge(Proposal(0, (0, 0), rungs[-1]), {"train_seconds": 2.0 * rungs[-1]})
    assert ladder.epochs == straight.epochs == rungs[-1]
    assert ladder.seconds == pytest.approx(straight.seconds)


def test_a_failed_evaluation_is_charged_its_epochs_and_no_seconds():
    budget = Budget(None, 100, 100)
    budget.charge(Proposal(0, (0, 0), 9), {})
    assert (budget.epochs, budget.seconds) == (9, 0)


def test_whichever_limit_comes_first_ends_the_search():
    budget = Budget(3, 100, None)
    assert not budget.is_spent(2)
    assert budget.is_spent(3)
    budget.charge(PROPOSAL, {"train_seconds": 100.0})
    assert budget.is_spent(1)
