"""Keep or revert."""

import itertools

from nastutor import load_benchmark, search
from nastutor.searchers import Ratchet
from nastutor.spaces import SearchSpace, Variable
from nastutor.statistics import difference_band

LINE = SearchSpace([Variable("x", tuple(range(10))), Variable("y", tuple(range(10)))])


def test_each_proposal_is_one_change_to_the_best_so_far(landscape):
    ratchet = Ratchet(LINE, seed=7)
    history = search(ratchet, landscape, budget=60, progress=False)
    bests = history.incumbent()
    for record, best in zip(history.records[1:], bests):
        assert record.proposal.parents == (best.proposal.id,)
        assert sum(a != b for a, b in zip(record.genotype, best.genotype)) == 1
    changes = [(a.proposal, b.proposal) for a, b in itertools.pairwise(bests) if a is not b]
    assert ratchet.kept == changes and len(changes) > 3


def test_an_equal_result_and_a_failure_are_reverted():
    ratchet = Ratchet(LINE, seed=0)
    first = ratchet.ask()
    ratchet.tell(first, None)
    assert ratchet.ask().parents == (), "a start that failed is drawn again"
    ratchet = Ratchet(LINE, seed=0)
    ratchet.tell(ratchet.ask(), 1.0)
    for value in (1.0, None, 0.5):
        ratchet.tell(ratchet.ask(), value)
    assert ratchet.kept == [] and ratchet.ask().parents == (0,)


def test_it_climbs_higher_than_random_search_on_networks_with_recipes():
    """60 runs of 60 evaluations on FCNet's slices: what it found, by the other seeds."""
    from nastutor.searchers import RandomSearch

    bench = load_benchmark("fcnet", task="slice")
    found = {
        method: [
            -bench.report(
                search(method(bench.space, seed=s), bench.evaluate, 60, "-val_log_mse", progress=False).best().genotype
            )["val_log_mse"]
            for s in range(60)
        ]
        for method in (Ratchet, RandomSearch)
    }
    assert difference_band(found[Ratchet], found[RandomSearch]).low > 0.1
