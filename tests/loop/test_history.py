"""The record of a search, on hand-made records."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.loop.history import History, Record
from nastutor.searchers import Proposal


def history_of(values, epochs=None, violations=None, objective=("val_accuracy",)):
    history = History(objective)
    for i, value in enumerate(values):
        proposal = Proposal(i, (i % 3, i), epochs[i] if epochs else None)
        violation = violations[i] if violations else 0.0
        history.records.append(Record(proposal, {}, value, violation, "failed" if value is None else None))
    return history


values = st.lists(st.none() | st.integers(0, 5).map(float), min_size=1, max_size=12)


@given(values)
def test_the_incumbent_never_gets_worse_and_ends_as_good_as_the_best(found):
    history = history_of(found)
    incumbents = history.incumbent()
    assert len(incumbents) == len(found)
    known = [-math.inf if record is None else record.value for record in incumbents]
    assert known == sorted(known)
    if any(value is not None for value in found):
        assert incumbents[-1].value == history.best().value == max(v for v in found if v is not None)
    else:
        with pytest.raises(ValueError, match="none succeeded"):
            history.best()


def test_ties_for_the_best_go_to_the_smaller_genotype():
    assert history_of([5.0, 1.0, 5.0, 5.0, 2.0]).best().genotype == (0, 0)
    assert history_of([1.0, 5.0, 5.0, 5.0, 2.0]).best().genotype == (0, 3)


def test_more_epochs_outweigh_a_larger_value_and_failures_do_not_count():
    history = history_of([90.0, 70.0, None, 60.0], epochs=[1, 9, 27, 9])
    assert history.best().proposal.id == 1
    assert [record.proposal.id for record in history.incumbent()] == [0, 1, 1, 1]


def test_infeasible_records_are_never_best_nor_on_the_front():
    history = history_of([9.0, 5.0, 7.0], violations=[0.1, 0.0, 0.0])
    assert history.best().value == 7.0
    assert [record.value for record in history.incumbent() if record] == [5.0, 7.0]
    assert history.incumbent()[0] is None
    assert [record.value for record in history.pareto()] == [7.0]


points = st.lists(st.tuples(st.integers(0, 4).map(float), st.integers(0, 4).map(float)), min_size=1, max_size=15)


@given(points)
def test_the_front_is_what_nothing_dominates_and_dominates_all_else(found):
    history = history_of(found, objective=("val_accuracy", "-latency_ms"))
    front = history.pareto()
    chosen = {record.proposal.id for record in front}
    assert [record.proposal.id for record in front] == sorted(chosen), "in order"

    def dominates(a, b):
        return a[0] >= b[0] and a[1] >= b[1] and a != b

    for record in history:
        is_dominated = any(dominates(other, record.value) for other in found)
        assert (record.proposal.id in chosen) == (not is_dominated)


def test_equal_points_are_all_on_the_front():
    assert len(history_of([(1.0, 2.0), (1.0, 2.0), (0.0, 2.0)], objective=("a", "b")).pareto()) == 2


def test_an_empty_history_says_so():
    with pytest.raises(ValueError, match="nothing to choose from: 0 evaluations"):
        History().best()
    assert History().incumbent() == []


@pytest.mark.parametrize("method", ["best", "incumbent"])
def test_several_objectives_have_a_front_but_no_best(method):
    with pytest.raises(ValueError, match="have no best: use pareto"):
        getattr(history_of([(1.0, 2.0)], objective=("a", "b")), method)()


def test_a_history_reads_like_a_sequence():
    history = history_of([1.0, 2.0, 3.0])
    assert [record.value for record in history] == [1.0, 2.0, 3.0]
    assert history[-1].value == 3.0
    assert [record.value for record in history[1:]] == [2.0, 3.0]
    with pytest.raises(IndexError):
        history[3]


def test_the_frame_has_a_row_a_record_with_metrics_values_and_errors():
    history = History(("val_accuracy", "-latency_ms"))
    good = {"val_accuracy": 90.0, "latency_ms": 4.0, "params": 7.0}
    history.records.append(Record(Proposal(0, (1, 2)), good, (90.0, -4.0)))
    history.records.append(Record(Proposal(1, (1, 3), parents=(0,)), {}, None, error="ValueError: diverged"))
    frame = history.to_frame()
    assert len(frame) == 2
    first, second = frame.to_dict("records")
    assert first["genotype"] == (1, 2)
    assert (first["params"], first["value_of_-latency_ms"], first["violation"]) == (7.0, -4.0, 0.0)
    assert second["failure"] == "ValueError: diverged"
    assert math.isnan(second["params"])
    assert second["parents"] == (0,)


def test_the_best_by_something_else_is_among_what_may_be_best():
    """Feasible, successful, at the most epochs; of equals the larger objective, then the smaller genotype."""
    history = history_of([9.0, 5.0, None, 7.0, 7.0], epochs=[3, 9, 9, 9, 9])
    seen = []

    def by(genotypes, values):
        seen.append((genotypes, values))
        return [-value for value in values]

    assert history.best(by=by).value == 5.0
    assert seen == [([(1, 1), (0, 3), (1, 4)], [5.0, 7.0, 7.0])]
    assert history.best(by=lambda genotypes, values: [0] * len(values)) == history.best()
    assert history_of([9.0, 5.0], violations=[1.0, 0.0]).best(by=lambda genotypes, values: values).value == 5.0


@pytest.mark.parametrize("returned", [[1.0], [1.0, math.nan], 3.0, [[1.0, 2.0]]])
def test_what_returns_no_number_for_each_is_refused(returned):
    with pytest.raises(ValueError, match="for 2 genotypes: return one number for each"):
        history_of([1.0, 2.0]).best(by=lambda genotypes, values: returned)
