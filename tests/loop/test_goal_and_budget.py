"""Laws of what a search is after, and of what it may spend."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.loop.budget import FREE_IN_A_ROW, Budget
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


@pytest.mark.parametrize("bad", [10**400, "much", None, (1,), {"a": 1}])
def test_a_bound_is_a_number_or_none(bad):
    with pytest.raises(
        ValueError, match=r"constraint b: give \(lowest, highest\), None for no bound|allows everything"
    ):
        Goal("a", {"b": (None, bad)})


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_constrained_metric_that_is_not_finite_is_a_failure(bad):
    value, _, error = Goal("a", {"b": (None, 1)}).judge({"a": 1.0, "b": bad}, PROPOSAL)
    assert value is None
    assert error == f"b is {bad}"


def test_metrics_that_are_not_used_need_not_be_finite():
    assert Goal("a", None).judge({"a": 1.0, "b": math.nan}, PROPOSAL) == (1.0, 0.0, None)


@pytest.mark.parametrize("name", ["error", "top-1", "val/accuracy", "F1 score", "ε"])
def test_any_metric_can_be_an_objective(name):
    assert Goal(name, None).judge({name: 2.0}, PROPOSAL) == (2.0, 0.0, None)
    assert Goal(f"-{name}", None).judge({name: 2.0}, PROPOSAL) == (-2.0, 0.0, None)


@pytest.mark.parametrize("name", ["id", "genotype", "epochs", "parents", "violation", "failure", "value_of_a"])
def test_the_names_of_a_historys_own_columns_are_refused_with_their_list(name):
    listed = "as id, genotype, epochs, parents, violation, failure, value_of_…; choose another"
    for wrong in [
        lambda: Goal(name, None),
        lambda: Goal(("a", f"-{name}"), None),
        lambda: Goal("a", {name: (0, 1)}),
        lambda: Goal("a", None).judge({"a": 1.0, name: 2.0}, PROPOSAL),
    ]:
        with pytest.raises(ValueError, match=f"metric '{name}': .*{listed}"):
            wrong()


@pytest.mark.parametrize("name", ["", "-a", 3, None, ("a", "b")])
def test_a_metric_needs_a_name_that_an_objective_can_say(name):
    with pytest.raises(ValueError, match="give a name"):
        Goal("a", None).judge({"a": 1.0, name: 2.0}, PROPOSAL)


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


def test_a_failed_evaluation_is_charged_the_seconds_that_it_tells_of_and_none_otherwise():
    budget = Budget(None, 100, None)
    budget.charge(PROPOSAL, {"val_accuracy": math.nan, "train_seconds": 7.0}, has_failed=True)
    budget.charge(PROPOSAL, {"val_accuracy": math.nan}, has_failed=True)
    budget.charge(PROPOSAL, {"val_accuracy": math.nan, "train_seconds": math.nan}, has_failed=True)
    assert budget.seconds == 7


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -1.0])
def test_seconds_that_would_never_add_up_are_refused(seconds):
    with pytest.raises(ValueError, match="max_seconds needs train_seconds, finite and not negative; evaluate returned"):
        Budget(None, 100, None).charge(PROPOSAL, {"val_accuracy": 1.0, "train_seconds": seconds})


def test_a_promotion_that_took_less_than_its_parent_costs_nothing_and_gives_nothing_back():
    budget = Budget(None, 100, None)
    budget.charge(Proposal(0, (0, 0), 3), {"train_seconds": 30.0})
    budget.charge(Proposal(1, (0, 0), 9, (0,)), {"train_seconds": 20.0})
    assert budget.seconds == 30


def test_evaluations_that_cost_nothing_end_a_search_that_only_seconds_could_end():
    only, also = Budget(None, 100, None), Budget(10**6, 100, None)
    for budget in (only, also):
        for _ in range(FREE_IN_A_ROW - 1):
            budget.charge(PROPOSAL, {"train_seconds": 0.0})
        budget.charge(PROPOSAL, {"train_seconds": 1.0})
        for _ in range(FREE_IN_A_ROW - 1):
            budget.charge(PROPOSAL, {"train_seconds": 0.0})
        assert not budget.is_spent(0)
        budget.charge(PROPOSAL, {"train_seconds": 1e-300})
    assert only.is_spent(0), "a second plus next to nothing is a second"
    assert not also.is_spent(0)


def test_whichever_limit_comes_first_ends_the_search():
    budget = Budget(3, 100, None)
    assert not budget.is_spent(2)
    assert budget.is_spent(3)
    budget.charge(PROPOSAL, {"train_seconds": 100.0})
    assert budget.is_spent(1)
