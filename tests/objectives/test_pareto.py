"""Dominance and hypervolume: by hand, by brute force, and beside pymoo and moocore."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymoo.indicators.hv import HV
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from nastutor.objectives.pareto import (
    hypervolume,
    hypervolume_curve,
    is_best_for_weights,
    is_nondominated,
)


def with_ties(objectives):
    """Small whole numbers: many ties and duplicates."""
    shape = st.tuples(st.integers(1, 25), st.just(objectives))
    return arrays(float, shape, elements=st.integers(-3, 6).map(float))


@pytest.mark.parametrize("objectives", [2, 3])
def test_the_front_is_that_of_the_definition(objectives):
    @given(with_ties(objectives))
    def check(values):
        expected = [not any((other >= point).all() and (other > point).any() for other in values) for point in values]
        assert is_nondominated(values).tolist() == expected
        front = NonDominatedSorting().do(-values, only_non_dominated_front=True)
        assert np.flatnonzero(expected).tolist() == sorted(front)

    check()


def test_a_duplicate_of_a_point_of_the_front_belongs_to_the_front():
    assert is_nondominated(np.array([[1, 2], [2, 1], [1, 2], [1, 1]])).tolist() == [True, True, True, False]


@pytest.mark.parametrize("objectives", [2, 3])
def test_the_hypervolume_is_pymoos(objectives):
    @given(with_ties(objectives))
    def check(values):
        assert hypervolume(values, (-1.0,) * objectives) == pytest.approx(HV(ref_point=np.ones(objectives))(-values))

    check()


@pytest.mark.parametrize("objectives", [2, 3])
def test_the_hypervolume_of_many_points_is_pymoos(objectives):
    values = np.random.default_rng(objectives).random((400, objectives))
    expected = HV(ref_point=np.full(objectives, -0.1))(-values)
    assert hypervolume(values, (0.1,) * objectives) == pytest.approx(expected, rel=1e-12)


def test_hypervolume_by_hand():
    """Four points over (0, 0): 1·4 + 1·3 + 2·1; (2, 2) adds nothing, and neither does what is below the reference."""
    assert hypervolume(np.array([[1, 4], [2, 3], [4, 1], [2, 2], [-1, 9]]), (0, 0)) == 9
    assert hypervolume(np.array([[1, 2, 3]]), (0, 0, 0)) == 6
    assert hypervolume(np.array([[1.0, 1.0]]), (2, 2)) == 0


@pytest.mark.parametrize("objectives", [2, 3])
def test_the_curve_is_the_hypervolume_of_what_was_found_so_far(objectives):
    @given(with_ties(objectives))
    def check(values):
        reference = (-1.0,) * objectives
        expected = [hypervolume(values[: n + 1], reference) for n in range(len(values))]
        assert hypervolume_curve(values, reference).tolist() == pytest.approx(expected)

    check()


def test_weights_reach_the_corners_of_the_hull_and_ties_on_its_edges_but_no_dent():
    dent, edge = [0.4, 0.5], [0.5, 0.5]
    assert is_best_for_weights(np.array([[0, 1], dent, [1, 0]])).tolist() == [True, False, True]
    assert is_best_for_weights(np.array([[0, 1], edge, [1, 0], edge])).tolist() == [True] * 4
    dominated = [[0, 0.9], [0.5, 0.4]]
    assert is_best_for_weights(np.array([[0, 1], [0.6, 0.6], [1, 0], *dominated])).tolist() == [True] * 3 + [False] * 2
    assert is_best_for_weights(np.array([[2.0, 3.0]])).tolist() == [True]


def test_what_weights_reach_is_what_trying_many_weights_finds():
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.random((40, 2))
        angles = np.linspace(1e-4, np.pi / 2 - 1e-4, 20_001)
        found = np.unique(np.argmax(values @ np.stack([np.sin(angles), np.cos(angles)]), axis=0))
        assert np.flatnonzero(is_best_for_weights(values)).tolist() == found.tolist()


@pytest.mark.parametrize(
    ("values", "reference", "message"),
    [
        ([[1.0]], (0.0,), "give 2 or 3 objectives"),
        ([[1.0, 2.0]], (0.0, 0.0, 0.0), "2 objectives and a reference of shape"),
        ([[1.0, np.nan]], (0.0, 0.0), "finite"),
        ([[1.0, 2.0]], (-np.inf, 0.0), "finite"),
        (np.empty((0, 2)), (0.0, 0.0), r"shape \(0, 2\): give at least one point"),
        ([1.0, 2.0], (0.0, 0.0), r"shape \(2,\)"),
    ],
)
def test_bad_input_is_refused(values, reference, message):
    for measure in (hypervolume, hypervolume_curve):
        with pytest.raises(ValueError, match=message):
            measure(np.array(values), reference)


def test_another_number_of_objectives_is_refused():
    with pytest.raises(ValueError, match="3 objectives: give 2"):
        is_best_for_weights(np.ones((1, 3)))
