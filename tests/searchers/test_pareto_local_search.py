"""Pareto local search: whose neighbours it looks at, what its archive holds, and what it finds."""

import numpy as np
import pytest

from nastutor import search
from nastutor.objectives.pareto import is_nondominated
from nastutor.searchers import ParetoLocalSearch

OBJECTIVES = ("val_accuracy", "-latency_ms")


def test_after_the_start_it_looks_at_neighbours_of_what_is_best_so_far(cells, landscape):
    run = list(search(ParetoLocalSearch(cells, seed=0, initial=10), landscape, 120, OBJECTIVES, progress=False))
    assert not any(record.proposal.parents for record in run[:10])
    for place, record in enumerate(run[10:], 10):
        (parent,) = record.proposal.parents
        assert record.genotype in cells.neighbors(run[parent].genotype)
        before = np.array([earlier.value for earlier in run[:place]])
        assert is_nondominated(before)[parent]


def test_the_archive_is_the_front_and_each_point_is_there_once(open_table):
    table = open_table("cifar10")
    searcher = ParetoLocalSearch(table.space, seed=1)
    run = search(searcher, table.evaluate, 300, ("val_accuracy", "-params"), progress=False)
    front = {record.value for record in run.pareto()}
    assert sorted(values for values, _, _ in searcher.archive) == sorted(front)
    assert len({record.genotype for record in run}) == 300


def test_once_no_neighbour_is_left_it_goes_farther_and_has_finished_when_all_is_seen(chains, landscape):
    def one_peak(genotype):
        return {"val_accuracy": -float(sum(genotype)), "latency_ms": float(sum(genotype))}

    for evaluate in (one_peak, landscape):
        searcher = ParetoLocalSearch(chains, seed=2, initial=2)
        run = search(searcher, evaluate, 1000, OBJECTIVES, progress=False)
        assert sorted(record.genotype for record in run) == list(chains)
        assert searcher.ask() is None and searcher.ask() is None


def test_the_lonely_are_preferred(cells):
    """Of a front of five with three close together in the middle, the two ends are asked more often."""
    points = [(0.0, 10.0), (4.9, 5.2), (5.0, 5.1), (5.1, 5.0), (10.0, 0.0)]

    def share(tournament):
        searcher = ParetoLocalSearch(cells, seed=0, initial=5, tournament=tournament)
        for point in points:
            searcher.tell(searcher.ask(), point)
        proposals = [searcher.ask() for _ in range(60)]
        return np.mean([proposal.parents[0] in (0, 4) for proposal in proposals])

    assert share(1) < 0.5 and share(4) > 0.65


def test_constraints_come_first(cells, landscape):
    limits = {"latency_ms": (None, 5.0)}
    run = search(ParetoLocalSearch(cells, seed=3), landscape, 200, OBJECTIVES, constraints=limits, progress=False)
    late = [record for record in run][100:]
    assert np.mean([record.violation == 0 for record in late]) > 0.4 > np.mean([sum(g) <= 5 for g in cells])


def test_a_search_goes_on_from_its_log(cells, landscape, tmp_path):
    def run(budget, **options):
        return search(ParetoLocalSearch(cells, 4), landscape, budget, OBJECTIVES, progress=False, **options)

    run(50, log=tmp_path / "run.jsonl")
    continued = run(90, log=tmp_path / "run.jsonl")
    assert [record.proposal for record in continued] == [record.proposal for record in run(90)]


def test_a_run_of_failures_ends(cells):
    run = search(ParetoLocalSearch(cells, 5), lambda genotype: 1 / 0, 60, OBJECTIVES, on_error="record", progress=False)
    assert len(run) == 60


@pytest.mark.parametrize(
    ("options", "message"),
    [({"initial": 0}, "initial 0: give a whole"), ({"tournament": 0}, "tournament 0: give a whole")],
)
def test_bad_arguments_are_refused(cells, options, message):
    with pytest.raises(ValueError, match=message):
        ParetoLocalSearch(cells, **options)


def test_one_objective_is_refused(cells):
    searcher = ParetoLocalSearch(cells)
    with pytest.raises(ValueError, match="ParetoLocalSearch needs several objectives, got one"):
        searcher.tell(searcher.ask(), 1.0)
