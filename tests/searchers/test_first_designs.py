"""First designs: any searcher that begins with random architectures begins with given ones instead, or says why not."""

from functools import partial

import numpy as np
import pytest
from test_protocol import drive

from nastutor import repeat, search
from nastutor.loop.log_lines import LogError
from nastutor.searchers import (
    NSGA2,
    GeneticAlgorithm,
    Hyperband,
    LargestFirst,
    LocalSearch,
    RandomSearch,
    RegularizedEvolution,
    Searcher,
)
from nastutor.spaces import CellSpace
from nastutor.statistics import difference_band, incumbent_curves

CELLS = CellSpace()
DESIGNS = [CELLS.canonical(CELLS.sample(np.random.default_rng(seed))) for seed in range(12)]


def started(searcher, designs=DESIGNS):
    """Give designs to a searcher that takes some."""
    if not searcher.takes_designs:
        pytest.skip("refuses designs, see below")
    return searcher.start_from(designs)


def genotypes(proposals):
    return [proposal.genotype for proposal in proposals]


def test_designs_come_first_and_in_order(make_searcher, cells, landscape):
    """Also in brackets and in local search, which do other things in between: what has no parents is drawn."""
    designs = [cells.canonical(genotype) for genotype in [(3,) * 6, (0, 1, 4, 2, 2, 0), (1, 3, 0, 1, 4, 2)]]
    searcher = started(make_searcher(cells, seed=0), designs)
    proposals = drive(searcher, landscape, 250, workers=4)
    assert [proposal.genotype for proposal in proposals if not proposal.parents][:3] == designs
    assert len(set(genotypes(proposals))) > 40, "and the search goes on"


def test_an_empty_list_changes_nothing(make_searcher, any_space, landscape):
    with_none = started(make_searcher(any_space, seed=3), [])
    assert drive(with_none, landscape, 80) == drive(make_searcher(any_space, seed=3), landscape, 80)
    assert with_none.settings() == make_searcher(any_space, seed=3).settings()


@pytest.mark.parametrize("method", [partial(RegularizedEvolution, sample_size=8), GeneticAlgorithm, NSGA2])
@pytest.mark.parametrize("count", [3, 30])
def test_a_population_is_filled_up_or_grows_to_hold_them(cells, method, count):
    designs = LargestFirst(cells, seed=1).order[:count]
    searcher = method(cells, seed=2, population_size=8).start_from(designs)
    value = (1.0, 2.0) if method is NSGA2 else 1.0
    proposals = []
    for _ in range(max(count, 8) + 1):
        proposals.append(searcher.ask())
        searcher.tell(proposals[-1], value)
    assert genotypes(proposals)[:count] == designs
    assert not any(proposal.parents for proposal in proposals[:-1]) and proposals[-1].parents


def test_local_search_climbs_from_each_design(cells, landscape):
    designs = DESIGNS[:3]
    searcher = LocalSearch(cells, seed=0).start_from(designs)
    history = search(searcher, landscape, 400)
    starts = [record.genotype for record in history if not record.proposal.parents]
    assert starts[:3] == designs and len(starts) > 3


def test_a_bracket_begins_with_them_and_draws_the_rest(cells):
    searcher = Hyperband(cells, seed=0, max_epochs=9).start_from([*DESIGNS, DESIGNS[0]])
    first = [searcher.ask().genotype for _ in range(searcher.brackets[0][0].configurations)]
    assert first == DESIGNS[: len(first)] and len(first) == 9
    for number, genotype in enumerate(first):
        searcher.tell(searcher.pending[number], float(sum(genotype)))
    asked = {searcher.ask().genotype for _ in range(3)}
    assert asked <= set(first), "promotions, not designs"


def test_what_repeats_nothing_takes_each_design_once(cells, landscape):
    searcher = RandomSearch(cells, seed=0, replace=False).start_from(DESIGNS[:2] * 3)
    asked = genotypes(drive(searcher, landscape, 50))
    assert asked[:2] == DESIGNS[:2] and len(set(asked)) == 50


def test_the_random_draws_after_the_designs_are_those_of_the_seed(cells, landscape):
    plain = genotypes(drive(RandomSearch(cells, seed=4), landscape, 10))
    after = genotypes(drive(RandomSearch(cells, seed=4).start_from(DESIGNS), landscape, 22))
    assert after == DESIGNS + plain


def test_they_take_part_in_the_evolution(cells, landscape):
    def prefers_the_start(genotype):
        return {"val_accuracy": 100.0 if genotype in DESIGNS else landscape(genotype)["val_accuracy"] / 2}

    searcher = RegularizedEvolution(cells, seed=0, population_size=3, sample_size=3).start_from(DESIGNS[:3])
    child = list(search(searcher, prefers_the_start, budget=4))[3]
    assert child.proposal.parents and child.proposal.parents[0] < 3


def test_the_best_of_a_pool_by_parameters_are_ahead_after_the_first_population(open_table):
    bench = open_table("cifar100")
    params = dict(zip(bench.genotypes, bench.values("params")))

    def run(order):
        def make(seed):
            rng = np.random.default_rng(seed)
            pool = [bench.space.sample(rng) for _ in range(200)]
            return RegularizedEvolution(bench.space, seed).start_from(order(pool)[:20])

        histories = repeat(make, bench.evaluate, 30, range(80))
        return incumbent_curves(histories, lambda genotype: bench.report(genotype)["val_accuracy"])[:, -1]

    by_params = run(lambda pool: sorted(pool, key=params.get, reverse=True))
    assert difference_band(by_params, run(list)).low > 0.2


def test_designs_are_in_the_settings_and_a_log_of_others_is_refused(tmp_path, cells, landscape):
    def run(designs, budget=20):
        searcher = RegularizedEvolution(cells, seed=0).start_from(designs)
        return search(searcher, landscape, budget, log=tmp_path / "log.jsonl")

    first = run(DESIGNS)
    assert genotypes(record.proposal for record in run(DESIGNS, 30))[:20] == genotypes(r.proposal for r in first)
    with pytest.raises(LogError, match=r"searcher\.start"):
        run(DESIGNS[1:])


def test_designs_may_be_arrays_and_are_zero_where_inactive(chains):
    searcher = RandomSearch(chains).start_from(np.array([[0, 1, 2, 2], [2, 0, 1, 1]]))
    assert [searcher.ask().genotype for _ in range(2)] == [(0, 1, 0, 0), (2, 0, 1, 1)]


def test_what_cannot_be_is_refused(cells, landscape):
    with pytest.raises(ValueError, match=r"operation 7 on edge \(0, 2\)"):
        RandomSearch(cells).start_from([(0, 7, 0, 0, 0, 0)])
    with pytest.raises(ValueError, match="designs 3: give a list"):
        RandomSearch(cells).start_from(3)
    begun = RandomSearch(cells)
    begun.ask()
    for late in (begun, RandomSearch(cells).start_from(DESIGNS)):
        with pytest.raises(ValueError, match="first designs come first"):
            late.start_from(DESIGNS)

    class Mine(Searcher):
        """A method of one's own that does not say that it takes designs would never ask for them."""

    for searcher in (LargestFirst(cells), Mine(cells)):
        with pytest.raises(ValueError, match="takes no first designs: it does not begin with random architectures"):
            searcher.start_from(DESIGNS)


@pytest.mark.parametrize("method", ["Reinforce", "PPO", "ProgressiveSearch"])
def test_what_draws_its_first_architectures_from_what_it_learns_refuses_designs(cells, method):
    pytest.importorskip("torch")
    from nastutor import searchers

    with pytest.raises(ValueError, match=f"{method} takes no first designs"):
        getattr(searchers, method)(cells).start_from(DESIGNS)
