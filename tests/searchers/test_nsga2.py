"""NSGA-II: its sorting and crowding by definition and beside pymoo, its generations, and what it finds."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymoo.operators.survival.rank_and_crowding.metrics import calc_crowding_distance
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from nastutor import search
from nastutor.objectives.pareto import crowding_distance, is_nondominated, nondominated_sort
from nastutor.searchers import NSGA2
from nastutor.spaces import CellSpace, LayerwiseSpace

CELLS = CellSpace()
every_space = pytest.mark.parametrize("space", [CELLS, LayerwiseSpace.small()], ids=["cells", "layers"])


def with_ties(objectives):
    shape = st.tuples(st.integers(1, 25), st.just(objectives))
    return arrays(float, shape, elements=st.integers(-3, 6).map(float))


def generation(searcher):
    return list(iter(searcher.ask, None))


def conflict(genotype, epochs=None):
    """Two objectives that no genotype maximises together: how many are 1, how many are 2."""
    return {"ones": float(sum(v == 1 for v in genotype)), "twos": float(sum(v == 2 for v in genotype))}


# Sorting and crowding


@pytest.mark.parametrize("objectives", [2, 3])
def test_fronts_are_pymoos_with_ties_and_duplicates(objectives):
    @given(with_ties(objectives))
    def check(values):
        fronts = nondominated_sort(values)
        for number, front in enumerate(NonDominatedSorting().do(-values)):
            assert sorted(front) == np.flatnonzero(fronts == number).tolist()
        assert ((fronts == 0) == is_nondominated(values)).all()

    check()


def test_a_smaller_violation_dominates_whatever_the_objectives_say():
    values = np.array([[9.0, 9.0], [1.0, 1.0], [5.0, 5.0], [0.0, 0.0]])
    assert nondominated_sort(values, np.array([2.0, 0.0, 1.0, 0.0])).tolist() == [3, 0, 2, 1]
    assert nondominated_sort(values, np.array([1.0, 1.0, 1.0, 1.0])).tolist() == [0, 0, 0, 0]


def test_a_sort_may_end_when_enough_have_a_front():
    values = np.random.default_rng(0).random((40, 2))
    fronts = nondominated_sort(values)
    some = nondominated_sort(values, enough=12)
    last = np.sort(fronts)[11]
    assert (some == np.minimum(fronts, last + 1)).all() and last + 1 < fronts.max()


def test_crowding_of_several_fronts_is_that_of_each():
    values = np.random.default_rng(1).integers(0, 6, (50, 2)).astype(float)
    fronts = nondominated_sort(values)
    distance = crowding_distance(values, fronts)
    for number in range(fronts.max() + 1):
        assert distance[fronts == number].tolist() == crowding_distance(values[fronts == number]).tolist()


def test_crowding_by_hand():
    """Ends are infinitely lonely; in the middle (3 − 0)/4 + (6 − 2)/6 and (4 − 1)/4 + (5 − 0)/6."""
    front = np.array([[0.0, 6.0], [1.0, 5.0], [3.0, 2.0], [4.0, 0.0]])
    assert crowding_distance(front).tolist() == pytest.approx([np.inf, 3 / 4 + 4 / 6, 3 / 4 + 5 / 6, np.inf])


@pytest.mark.parametrize("objectives", [2, 3])
def test_crowding_is_pymoos_where_all_values_differ(objectives):
    values = np.random.default_rng(objectives).random((40, objectives))
    front = values[is_nondominated(values)]
    # pymoo divides the sum by the number of objectives
    expected = calc_crowding_distance(-front) * objectives
    np.testing.assert_allclose(crowding_distance(front), expected)


def test_an_objective_in_which_all_are_equal_adds_nothing():
    assert crowding_distance(np.array([[1.0, 5.0]] * 4)).tolist() == [0, 0, 0, 0]


# The method


def test_the_first_generation_is_random_and_the_next_are_children_of_survivors():
    searcher = NSGA2(CELLS, seed=0, population_size=10)
    first = generation(searcher)
    assert len(first) == 10 and all(proposal.parents == () for proposal in first)
    for proposal in first:
        searcher.tell(proposal, (float(proposal.id), -(float(proposal.id) ** 2)))
    second = generation(searcher)
    assert len(second) == 10 and all(proposal.parents for proposal in second)
    assert {parent for child in second for parent in child.parents} <= set(range(10))


def test_a_population_keeps_the_first_fronts_and_of_the_last_the_lonely():
    searcher = NSGA2(CELLS, seed=1, population_size=4)
    values = iter([(0, 9), (9, 0), (4, 4), (5, 3), (1, 1), (4.5, 3.5), (0, 0), (3, 6)])
    for _ in range(2):
        for proposal in generation(searcher):
            searcher.tell(proposal, tuple(map(float, next(values))))
    searcher.ask()
    kept = {value for value, _, _ in searcher.population}
    assert kept == {(0, 9), (9, 0), (3, 6), (5, 3)}, "front 0 has six; (4, 4) and (4.5, 3.5) are crowded"


def test_what_was_evaluated_is_not_evaluated_again(open_table):
    table = open_table("cifar10")
    run = search(NSGA2(table.space, 2), table.evaluate, 600, ("val_accuracy", "-params"), progress=False)
    assert len({record.genotype for record in run}) == 600


def test_a_search_has_finished_when_everything_was_evaluated(chains, landscape):
    objectives = ("val_accuracy", "-latency_ms")
    searcher = NSGA2(chains, seed=0, population_size=6)
    run = search(searcher, landscape, 1000, objectives, progress=False)
    assert sorted(record.genotype for record in run) == list(chains)
    assert searcher.ask() is None and searcher.ask() is None


def test_equal_points_make_room_for_others():
    """Sixteen have one of two points, four are dominated by both: without the rule the four would go."""
    searcher = NSGA2(CELLS, seed=0, population_size=10)
    for generation_values in ([(1.0, 2.0)] * 5 + [(2.0, 1.0)] * 5, [(1.0, 2.0)] * 3 + [(2.0, 1.0)] * 3):
        proposals = generation(searcher)
        worse = [(1.0, 0.5 - i / 10) for i in range(len(proposals) - len(generation_values))]
        for proposal, value in zip(proposals, generation_values + worse, strict=True):
            searcher.tell(proposal, value)
    searcher.ask()
    values = [value for value, _, _ in searcher.population]
    assert len(values) == 10 and set(worse) < set(values)
    assert values[:6] == [(1.0, 2.0), (2.0, 1.0), *sorted(worse, reverse=True)], "and the copies come last"


@every_space
def test_the_run_depends_neither_on_the_order_nor_on_the_number_of_workers(space):
    options = {"objective": ("ones", "twos"), "progress": False}
    serial = search(NSGA2(space, 3), conflict, 100, **options)
    with ThreadPoolExecutor(3) as pool:
        free = search(NSGA2(space, 3), conflict, 100, executor=pool, **options)
    assert sorted(r.proposal for r in free) == [r.proposal for r in serial]


def test_a_search_goes_on_from_its_log(tmp_path):
    options = {"objective": ("ones", "-twos"), "progress": False}
    whole = search(NSGA2(CELLS, 4), conflict, 90, **options)
    search(NSGA2(CELLS, 4), conflict, 50, log=tmp_path / "run.jsonl", **options)
    continued = search(NSGA2(CELLS, 4), conflict, 90, log=tmp_path / "run.jsonl", **options)
    assert [r.proposal for r in continued] == [r.proposal for r in whole]


def test_failures_never_become_parents_and_a_run_of_failures_ends():
    def evaluate(genotype, epochs=None):
        if genotype[0] != 1:
            raise MemoryError("does not fit")
        return conflict(genotype)

    history = search(NSGA2(CELLS, 5), evaluate, 200, objective=("ones", "twos"), on_error="record", progress=False)
    failed = {record.proposal.id for record in history if record.value is None}
    assert failed and not failed & {parent for record in history for parent in record.proposal.parents}

    nothing = search(
        NSGA2(CELLS, 5), lambda genotype: 1 / 0, 60, objective=("ones", "twos"), on_error="record", progress=False
    )
    assert len(nothing) == 60


def test_constraints_are_met_first():
    history = search(
        NSGA2(CELLS, 6), conflict, 300, objective=("ones", "twos"), constraints={"ones": (3, None)}, progress=False
    )
    assert all(record.metrics["ones"] >= 3 for record in history.pareto())
    assert {record.value for record in history.pareto()} == {(3.0, 3.0), (4.0, 2.0), (5.0, 1.0), (6.0, 0.0)}


def test_limits_that_nothing_meets_end_with_the_closest():
    history = search(
        NSGA2(CELLS, 7), conflict, 200, objective=("ones", "twos"), constraints={"ones": (9, None)}, progress=False
    )
    with pytest.raises(ValueError, match=r"meets ones in \[9, ∞\]; the closest is \(1, 1, 1, 1, 1, 1\) with ones = 6"):
        history.pareto()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population_size": 1}, "population_size 1: give a whole number, at least 2"),
        ({"crossover_rate": 1.5}, "crossover_rate 1.5"),
        ({"mutation_rate": -0.1}, "mutation_rate -0.1"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        NSGA2(CELLS, **options)


def test_one_objective_is_refused():
    searcher = NSGA2(CELLS)
    with pytest.raises(ValueError, match="needs several objectives, got one"):
        searcher.tell(searcher.ask(), 1.0)
