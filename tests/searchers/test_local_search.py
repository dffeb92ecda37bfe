import pytest

from nastutor import search
from nastutor.searchers import LocalSearch
from nastutor.spaces import SearchSpace, Variable

both = pytest.mark.parametrize("steepest", [False, True])


@both
def test_it_visits_a_small_space_once_and_its_optima_are_true_ones(chains, landscape, steepest):
    for seed in range(10):
        searcher = LocalSearch(chains, seed=seed, steepest=steepest)
        history = search(searcher, landscape, budget=1000)
        assert sorted(record.genotype for record in history) == list(chains)
        assert searcher.ask() is None
        values = {record.genotype: record.value for record in history}
        optima = {g for g in chains if all(values[g] >= values[other] for other in chains.neighbors(g))}
        assert set(searcher.optima) <= optima
        assert max(chains, key=values.get) in searcher.optima


@both
def test_it_never_evaluates_twice_and_finds_true_optima_of_the_cells(cells, open_table, steepest):
    table = open_table("cifar10")
    searcher = LocalSearch(cells, seed=0, steepest=steepest)
    history = search(searcher, table.evaluate, budget=2000)
    assert len({record.genotype for record in history}) == 2000
    assert len(searcher.optima) >= 5
    starts = sum(not record.proposal.parents for record in history)
    assert len(searcher.optima) in (starts - 1, starts), "each climb ends in one, several may in the same"
    for optimum in searcher.optima:
        around = max(table.evaluate(other)["val_accuracy"] for other in cells.neighbors(optimum))
        assert table.evaluate(optimum)["val_accuracy"] >= around


def climb(space, evaluate, searcher, budget):
    """Return the genotypes whose neighbours were asked for, in order of the asks."""
    history = search(searcher, evaluate, budget)
    by_id = {record.proposal.id: record.genotype for record in history}
    return list(dict.fromkeys(by_id[r.proposal.parents[0]] for r in history if r.proposal.parents)), history


def test_steepest_ascent_sees_all_24_neighbors_and_goes_to_the_best(cells, landscape):
    centres, history = climb(cells, landscape, LocalSearch(cells, seed=0, steepest=True), 120)
    values = {record.genotype: record.value for record in history}
    assert set(cells.neighbors(centres[0])) <= set(values)
    assert values[centres[1]] == max(values[other] for other in cells.neighbors(centres[0]))


def test_first_improvement_moves_as_soon_as_a_neighbor_is_better(cells, landscape):
    searcher = LocalSearch(cells, seed=0)
    current = searcher.ask()
    searcher.tell(current, 0.0)
    for value in (-1.0, -2.0, 5.0):  # the third neighbour is better
        neighbor = searcher.ask()
        assert neighbor.parents == (current.id,)
        searcher.tell(neighbor, value)
    assert searcher.ask().parents == (neighbor.id,)


@both
def test_on_a_slope_it_climbs_to_the_top_without_a_restart(cells, steepest):
    """The sum of the genotype has one local optimum, the top; at most 24 neighbours at each of at most 24 steps."""
    searcher = LocalSearch(cells, seed=1, steepest=steepest)
    history = search(searcher, lambda genotype: {"val_accuracy": sum(genotype)}, budget=24 * 25)
    starts = [record for record in history if not record.proposal.parents]
    assert searcher.optima[0] == (4,) * 6
    assert starts[0].proposal.id == 0
    top = next(i for i, record in enumerate(history) if record.genotype == (4,) * 6)
    assert all(record.proposal.id > top for record in starts[1:])


def test_on_a_plateau_every_start_is_an_optimum_and_it_still_ends(chains):
    searcher = LocalSearch(chains, seed=0)
    history = search(searcher, lambda genotype: {"val_accuracy": 1.0}, budget=1000)
    assert len(history) == chains.size
    starts = [record.genotype for record in history if not record.proposal.parents]
    assert searcher.optima == starts


def test_an_infeasible_start_is_left_for_a_feasible_neighbor_that_is_worse(cells):
    searcher = LocalSearch(cells, seed=0)
    start = searcher.ask()
    searcher.tell(start, 100.0, violation=1.0)
    neighbor = searcher.ask()
    searcher.tell(neighbor, 1.0, violation=0.0)
    assert searcher.ask().parents == (neighbor.id,)


@both
def test_architectures_without_neighbors_are_optima(landscape, steepest):
    single = SearchSpace([Variable("a", ("only",))])
    searcher = LocalSearch(single, seed=0, steepest=steepest)
    assert len(search(searcher, landscape, budget=10)) == 1
    assert searcher.optima == [(0,)]
