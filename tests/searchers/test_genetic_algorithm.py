"""The genetic algorithm: its generations, its laws, and what it finds."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nastutor import load_benchmark, repeat, search
from nastutor.loop.search import EvaluationError
from nastutor.searchers import GeneticAlgorithm, RandomSearch
from nastutor.spaces import CellSpace, LayerwiseSpace, SearchSpace, Variable

CELLS = CellSpace()
LAYERS = LayerwiseSpace.small()
PLANTED = SearchSpace(Variable(f"v{i}", tuple("abcd")) for i in range(12))

every_space = pytest.mark.parametrize("space", [CELLS, LAYERS, PLANTED], ids=["cells", "layers", "planted"])


def count_ones(genotype, epochs=None):
    """Score a genotype by how many of its values are 1: one of the 4¹² of `PLANTED` has all twelve."""
    return {"val_accuracy": float(sum(value == 1 for value in genotype))}


def proposals(history):
    return [record.proposal for record in history]


def generation(searcher):
    return list(iter(searcher.ask, None))


def state_of(searcher):
    return (searcher.rng.bit_generator.state, searcher.asked, list(searcher.population), searcher.to_ask)


# What it finds


def test_it_solves_a_planted_problem_that_random_search_does_not():
    options = {"evaluate": count_ones, "budget": 800, "seeds": range(20), "progress": False}
    found = [run.best().value for run in repeat(lambda seed: GeneticAlgorithm(PLANTED, seed), **options)]
    by_chance = [run.best().value for run in repeat(lambda seed: RandomSearch(PLANTED, seed), **options)]
    assert min(found) == 12
    assert max(by_chance) < 11


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "ImageNet16-120"])
def test_it_beats_random_search_on_nas_bench_201(dataset):
    bench = load_benchmark("nasbench201", dataset=dataset)

    def reported(make_searcher):
        runs = repeat(make_searcher, bench.evaluate, 200, seeds=range(50), progress=False)
        return np.array([bench.report(run.best().genotype)["val_accuracy"] for run in runs])

    gain = reported(lambda seed: GeneticAlgorithm(bench.space, seed)) - reported(
        lambda seed: RandomSearch(bench.space, seed)
    )
    means = np.random.default_rng(0).choice(gain, (10_000, len(gain))).mean(axis=1)
    assert np.quantile(means, 0.025) > {"cifar10": 0.2, "cifar100": 0.9, "ImageNet16-120": 0.3}[dataset]


# Laws


@every_space
def test_the_same_seed_is_the_same_run_and_another_seed_another(space):
    runs = [search(GeneticAlgorithm(space, seed), count_ones, 90, progress=False) for seed in (1, 1, 2)]
    assert proposals(runs[0]) == proposals(runs[1]) != proposals(runs[2])


@every_space
@pytest.mark.parametrize("crossover", ["uniform", "one_point"])
def test_it_never_leaves_the_space_and_names_the_parents(space, crossover):
    asked = proposals(search(GeneticAlgorithm(space, 3, crossover=crossover), count_ones, 120, progress=False))
    for proposal in asked:
        assert space.validate(proposal.genotype) == proposal.genotype
        assert space.encode(space.decode(proposal.genotype)) == proposal.genotype
        assert all(parent < proposal.id for parent in proposal.parents)
    assert {len(proposal.parents) for proposal in asked[20:]} == {1, 2}


def test_parents_are_not_changed_by_their_children():
    searcher = GeneticAlgorithm(CELLS, 4)
    before = {}
    for _ in range(10):
        for proposal in generation(searcher):
            before[proposal.id] = proposal.genotype
            searcher.tell(proposal, sum(proposal.genotype))
    assert all(before[member.id] == member.genotype for _, member in searcher.population + searcher.selected)


def test_without_mutation_every_value_comes_from_one_of_the_parents():
    history = search(GeneticAlgorithm(PLANTED, 5, mutation_rate=0, crossover_rate=1), count_ones, 100, progress=False)
    for proposal in proposals(history)[20:]:
        a, b = (history[parent].genotype for parent in proposal.parents)
        assert all(value in pair for value, pair in zip(proposal.genotype, zip(a, b)))


def test_without_crossover_a_child_is_its_parent_but_for_one_variable():
    history = search(GeneticAlgorithm(PLANTED, 6, crossover_rate=0), count_ones, 100, progress=False)
    for proposal in proposals(history)[20:]:
        (parent,) = proposal.parents
        assert sum(x != y for x, y in zip(proposal.genotype, history[parent].genotype)) == 1


# Generations


def test_a_generation_is_asked_completely_then_waits_for_its_last_result():
    searcher = GeneticAlgorithm(CELLS, 7, population_size=6, parents=3, elite=2)
    for size in (6, 4, 4):
        asked = generation(searcher)
        assert len(asked) == size
        for proposal in asked:
            before = state_of(searcher)
            assert searcher.ask() is None and searcher.ask() is None
            assert state_of(searcher) == before
            searcher.tell(proposal, float(sum(proposal.genotype)))


def test_only_the_best_of_a_generation_and_its_elite_become_parents():
    searcher = GeneticAlgorithm(CELLS, 8, population_size=10, parents=3, elite=2)
    members, elite = [], []
    for _ in range(15):
        asked = generation(searcher)
        allowed = {member.id for member in sorted(members, key=by_value)[:3]}
        assert {parent for proposal in asked for parent in proposal.parents} <= allowed
        elite = sorted(members, key=by_value)[:2]
        for proposal in asked:
            searcher.tell(proposal, float(sum(proposal.genotype)))
        members = elite + asked


def by_value(proposal):
    return (-sum(proposal.genotype), proposal.genotype, proposal.id)


def test_the_elite_keeps_the_best_and_without_it_the_best_may_be_lost():
    for elite, is_kept in [(1, True), (0, False)]:
        searcher = GeneticAlgorithm(PLANTED, 9, population_size=8, parents=4, elite=elite)
        best = []
        for _ in range(30):
            for proposal in generation(searcher):
                searcher.tell(proposal, count_ones(proposal.genotype)["val_accuracy"])
            best.append(max(value for (_, value), _ in searcher.population))
        assert all(a <= b for a, b in itertools.pairwise(best)) == is_kept


def test_failed_evaluations_never_become_parents():
    searcher = GeneticAlgorithm(PLANTED, 10)
    failed = set()
    for _ in range(10):
        for proposal in generation(searcher):
            assert not failed & set(proposal.parents)
            is_failure = proposal.id % 3 == 0
            failed |= {proposal.id} if is_failure else set()
            searcher.tell(proposal, None if is_failure else 1.0)


def test_where_all_have_failed_the_next_generation_is_random():
    searcher = GeneticAlgorithm(PLANTED, 11)
    for _ in range(3):
        asked = generation(searcher)
        assert len(asked) == 20 and not any(proposal.parents for proposal in asked)
        for proposal in asked:
            searcher.tell(proposal, None)


def test_a_single_survivor_is_the_parent_of_all():
    searcher = GeneticAlgorithm(PLANTED, 12)
    for proposal in generation(searcher):
        searcher.tell(proposal, 1.0 if proposal.id == 5 else None)
    assert {proposal.parents for proposal in generation(searcher)} == {(5,)}


def test_the_feasible_are_selected_before_the_infeasible():
    searcher = GeneticAlgorithm(CELLS, 13, population_size=10, parents=3)
    for proposal in generation(searcher):
        searcher.tell(proposal, 1.0, violation=0.0 if proposal.id < 3 else 1.0)
    assert {parent for child in generation(searcher) for parent in child.parents} == {0, 1, 2}


def test_one_objective_only():
    searcher = GeneticAlgorithm(CELLS)
    with pytest.raises(ValueError, match="maximises one objective, got 2"):
        searcher.tell(searcher.ask(), (1.0, 2.0))


# Without repeats


def test_a_converged_population_asks_again_and_again_what_it_knows_unless_it_refuses_to():
    told = {repeats: search(GeneticAlgorithm(CELLS, 16, repeats=repeats), count_ones, 300, progress=False)
            for repeats in (True, False)}  # fmt: skip
    different = {repeats: len({record.genotype for record in history}) for repeats, history in told.items()}
    assert different[True] < 200 and different[False] == 300


def test_without_repeats_children_are_still_bred_from_the_best():
    searcher = GeneticAlgorithm(CELLS, 17, population_size=10, parents=3, repeats=False)
    for proposal in generation(searcher):
        searcher.tell(proposal, float(sum(proposal.genotype)))
    assert all(child.parents for child in generation(searcher))


@pytest.mark.parametrize("workers", [1, 4])
def test_without_repeats_it_ends_when_all_have_been_asked_each_once(workers):
    space = SearchSpace([Variable("a", (1, 2, 3)), Variable("b", (1, 2)), Variable("c", (1, 2, 3))])
    with ThreadPoolExecutor(workers) as pool:
        history = search(GeneticAlgorithm(space, 18, repeats=False), count_ones, 100, executor=pool, progress=False)
    assert sorted(record.genotype for record in history) == sorted(space)


def test_without_repeats_an_exhausted_search_does_not_draw_on():
    space = SearchSpace([Variable("a", (1, 2, 3))])
    searcher = GeneticAlgorithm(space, 19, population_size=2, parents=2, repeats=False)
    for proposal in generation(searcher):
        searcher.tell(proposal, 1.0)
    assert len(generation(searcher)) == 1  # all that is left
    before = state_of(searcher)
    assert searcher.ask() is None and state_of(searcher) == before


def test_without_repeats_a_first_design_that_is_given_twice_is_asked_once():
    searcher = GeneticAlgorithm(CELLS, 20, repeats=False).start_from([(1,) * 6, (2,) * 6, (1,) * 6])
    asked = [proposal.genotype for proposal in generation(searcher)]
    assert asked[:2] == [(1,) * 6, (2,) * 6] and len(set(asked)) == len(asked)


# In parallel, and from a log


def test_the_run_depends_neither_on_the_order_nor_on_the_number_of_workers():
    serial = search(GeneticAlgorithm(CELLS, 14), count_ones, 100, progress=False)
    with ThreadPoolExecutor(3) as pool:
        free = search(GeneticAlgorithm(CELLS, 14), count_ones, 100, executor=pool, progress=False)
        ordered = search(GeneticAlgorithm(CELLS, 14), count_ones, 100, executor=pool, ordered=True, progress=False)
    assert proposals(ordered) == proposals(serial) == sorted(proposals(free))


@pytest.mark.parametrize("workers", [None, 3])
@pytest.mark.parametrize("stop", [7, 20, 33, 58])
def test_a_resumed_run_equals_the_uninterrupted_one(tmp_path, workers, stop):
    calls = []

    def run(evaluate, log):
        searcher = GeneticAlgorithm(CELLS, 15, population_size=10, parents=4, elite=2)
        if workers is None:
            return search(searcher, evaluate, 60, log=log, progress=False)
        with ThreadPoolExecutor(workers) as pool:
            return search(searcher, evaluate, 60, log=log, executor=pool, ordered=True, progress=False)

    def breaks(genotype):
        calls.append(genotype)
        if len(calls) > stop:
            raise RuntimeError("the machine went down")
        return count_ones(genotype)

    whole = run(count_ones, None)
    with pytest.raises(EvaluationError, match="the machine went down"):
        run(breaks, tmp_path / "run.jsonl")
    calls.clear()
    resumed = run(lambda genotype: calls.append(genotype) or count_ones(genotype), tmp_path / "run.jsonl")
    assert list(resumed) == list(whole)
    assert len(calls) <= 60 - stop + (workers or 0)  # what the log holds is not computed again


# Errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"population_size": 1}, "population_size 1: give a whole number, at least 2"),
        ({"parents": 0}, "parents 0: give a whole number, 1…20 (population_size)"),
        ({"parents": 21}, "parents 21: give a whole number, 1…20"),
        ({"elite": -1}, "elite -1: give a whole number, 0…5"),
        ({"elite": 6}, "elite 6: give a whole number, 0…5"),
        ({"population_size": 4, "parents": 4, "elite": 4}, "elite 4: give a whole number, 0…3"),
        ({"crossover": "two_point"}, "crossover 'two_point': choose one of uniform, one_point"),
        ({"crossover_rate": 1.5}, "crossover_rate 1.5: give a probability, 0…1"),
        ({"mutation_rate": float("nan")}, "mutation_rate nan: give a probability"),
        ({"repeats": 1}, "repeats 1: give True or False"),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        GeneticAlgorithm(CELLS, **arguments)


def test_its_settings_name_every_argument():
    assert GeneticAlgorithm(CELLS, 3, elite=2).settings() == {
        "class": "GeneticAlgorithm",
        "seed": 3,
        "population_size": 20,
        "parents": 5,
        "elite": 2,
        "crossover": "uniform",
        "crossover_rate": 0.5,
        "mutation_rate": 1.0,
        "repeats": True,
    }
