from collections import Counter

import pytest

from nastutor import search
from nastutor.searchers import RegularizedEvolution
from nastutor.searchers.searcher import rank

P, S = 10, 4


def step(searcher, landscape):
    proposal = searcher.ask()
    searcher.tell(proposal, landscape(proposal.genotype)["val_accuracy"])
    return proposal


def members(searcher):
    return [proposal for _, proposal in searcher.population]


def test_the_population_is_exactly_the_last_p_architectures(cells, landscape):
    searcher = RegularizedEvolution(cells, seed=0, population_size=P, sample_size=S)
    told = []
    for _ in range(100):
        told.append(step(searcher, landscape))
        assert members(searcher) == told[-P:]


def test_without_aging_the_population_is_the_best_p_so_far(cells, landscape):
    searcher = RegularizedEvolution(cells, seed=0, population_size=P, sample_size=S, aging=False)
    told = []
    for _ in range(100):
        told.append(step(searcher, landscape))
        ranked = sorted(told, key=lambda p: (-landscape(p.genotype)["val_accuracy"], p.genotype, p.id))
        assert set(members(searcher)) == set(ranked[:P])


def test_the_first_p_are_random_and_every_later_one_differs_from_its_parent_in_one_edge(cells, landscape):
    searcher = RegularizedEvolution(cells, seed=0, population_size=P, sample_size=S)
    history = search(searcher, landscape, budget=150)
    proposals = [record.proposal for record in history]
    assert all(not proposal.parents for proposal in proposals[:P])
    for proposal in proposals[P:]:
        (parent,) = proposal.parents
        assert proposal.id - P <= parent < proposal.id, "a parent is among the last P"
        assert sum(a != b for a, b in zip(proposal.genotype, proposals[parent].genotype)) == 1


def test_with_a_sample_of_all_the_parent_is_the_best_and_with_one_any(cells, landscape):
    def ranks_of_parents(sample_size):
        searcher = RegularizedEvolution(cells, seed=0, population_size=P, sample_size=sample_size)
        for _ in range(P):
            step(searcher, landscape)
        ranks = Counter()
        for _ in range(300):
            ranked = sorted(members(searcher), key=lambda p: (-landscape(p.genotype)["val_accuracy"], p.genotype, p.id))
            child = step(searcher, landscape)
            ranks[[proposal.id for proposal in ranked].index(child.parents[0])] += 1
        return ranks

    assert set(ranks_of_parents(P)) == {0}
    assert set(ranks_of_parents(1)) == set(range(P))


def test_a_failure_never_enters_the_population(cells, landscape):
    def evaluate(genotype):
        if sum(genotype) % 3 == 0:
            raise ValueError("diverged")
        return landscape(genotype)

    searcher = RegularizedEvolution(cells, seed=0, population_size=P, sample_size=S)
    history = search(searcher, evaluate, budget=150, on_error="record")
    assert members(searcher) == [record.proposal for record in history if record.value is not None][-P:]
    failed = {record.proposal.id for record in history if record.value is None}
    assert len(failed) > 20
    assert not failed & {parent for record in history for parent in record.proposal.parents}


@pytest.mark.parametrize("aging", [True, False])
def test_a_feasible_member_is_preferred_to_every_infeasible_one(cells, aging):
    """Deb's rule: feasible first, then the smaller violation, then the larger value."""
    searcher = RegularizedEvolution(cells, seed=0, population_size=4, sample_size=4, aging=aging)
    results = [(99.0, 2.0), (50.0, 0.5), (98.0, 0.5), (1.0, 0.0)]
    asked = [searcher.ask() for _ in results]
    for proposal, (value, violation) in zip(asked, results):
        searcher.tell(proposal, value, violation)
    assert min(searcher.population, key=rank)[1] == asked[3]
    assert max(searcher.population, key=rank)[1] == asked[0]
    assert searcher.ask().parents == (3,)
    ranked = sorted(searcher.population, key=lambda member: member[0], reverse=True)
    assert [proposal.id for _, proposal in ranked] == [3, 2, 1, 0]


def test_a_constrained_search_ends_up_feasible(open_table):
    table = open_table("cifar10")
    searcher = RegularizedEvolution(table.space, seed=0)
    history = search(searcher, table.evaluate, budget=200, constraints={"params": (None, 0.2e6)})
    early = sum(record.is_feasible for record in history[:20])
    late = sum(record.is_feasible for record in history[-50:])
    assert early < 10, "a random cell rarely meets the bound"
    assert late > 20
    assert history.best().metrics["params"] <= 0.2e6


def test_ties_go_to_the_smaller_genotype(cells):
    searcher = RegularizedEvolution(cells, seed=0, population_size=6, sample_size=6)
    asked = [searcher.ask() for _ in range(6)]
    for proposal in asked:
        searcher.tell(proposal, 1.0)
    smallest = min(asked, key=lambda proposal: proposal.genotype)
    assert searcher.ask().parents == (smallest.id,)


@pytest.mark.parametrize("sample_size", [0, 6])
def test_a_sample_that_the_population_cannot_give_is_refused(cells, sample_size):
    with pytest.raises(ValueError, match=rf"sample_size {sample_size}: give a whole number, 1…5 \(population_size\)"):
        RegularizedEvolution(cells, population_size=5, sample_size=sample_size)
