"""Lesson 01: known facts, and the message that each typical mistake gets."""

import copy

import numpy as np
import pytest

from nastutor.exercises import encoding as ex
from nastutor.exercises.naive_genetic_algorithm import estimate, naive_genetic_algorithm
from nastutor.searchers import RegularizedEvolution
from nastutor.spaces import CellSpace

SPACE = CellSpace()
CELL = SPACE.encode(ex.q1.given["cell"])
TEXT = SPACE.to_string(CELL)


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


BY_SOURCE = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|skip_connect~2|"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (CELL, "The answer is a string"),
        (TEXT.replace("~0", "").replace("~1", "").replace("~2", ""), "followed by ~"),
        (TEXT.replace("|none~0", ""), "A cell has six edges"),
        (TEXT.replace("nor_conv_3x3", "conv3x3"), "'conv3x3' is no operation"),
        (BY_SOURCE, "by the node they come from"),
        (TEXT.replace("~2", "~3").replace("~1", "~2").replace("~0", "~1"), "the node that an edge comes from"),
        (TEXT.replace("+", ""), "look at the marks"),
        (SPACE.to_string((*CELL[:3], 1, 1, 3)), "look at edge (1, 3)"),
        ("", "A cell has six edges"),
    ],
)
def test_strings(answer, text):
    says(ex.q1.check(answer), text)


def test_an_equivalent_cell_is_not_the_cell():
    other = next(genotype for genotype in SPACE.equivalents(CELL) if genotype != CELL)
    says(ex.q1.check(SPACE.to_string(other)), "computes the same function, but it is another one")
    assert ex.q1.check(f" {TEXT}\n")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (15 * 4**4, "cells with none too"),
        (81, "in how many ways can they be chosen"),
        (15, "what is on the others"),
        (882, "different functions"),
        (4096 - 729 - 6 * 243, None),
        (100 * 1215 / 15625, "a percentage"),
        (1216, "too large"),
        ("1215", "A number is asked for"),
    ],
)
def test_counts(answer, text):
    verdict = ex.q2.check(answer)
    says(verdict, text or "exactly 2 are asked for")


def test_the_count_is_1215():
    assert ex.q2.check(1215) and ex.q2.official_answer() == 1215


def replaced(genotype, position, value):
    return (*genotype[:position], value, *genotype[position + 1 :])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda g, n: [replaced(g, i, v) for i in range(len(g)) for v in range(n)], "include the genotype itself"),
        (lambda g, n: [replaced(g, i, (g[i] + 1) % n) for i in range(len(g))], "more neighbours than the 6"),
        (lambda g, n: [replaced(g, i, v) for i in range(len(g)) for v in range(n + 1) if v != g[i]], "5 is not among"),
        (lambda g, n: [list(h) for h in SPACE.neighbors(g)], "is a tuple, which can be kept in a set"),
        (lambda g, n: [np.array(h) for h in SPACE.neighbors(g)], "is a tuple, which can be kept in a set"),
        (lambda g, n: SPACE.neighbors(g) * 2, "more than once"),
        (lambda g, n: [h for near in SPACE.neighbors(g) for h in SPACE.neighbors(near) if h != g], "change one only"),
        (lambda g, n: [h[:5] for h in SPACE.neighbors(g)], "has 6 values"),
        (lambda g, n: 24, "a list of genotypes"),
        (lambda g: [], "TypeError"),
    ],
)
def test_neighbors(answer, text):
    says(ex.q3.check(answer), text)


def test_neighbors_may_come_as_any_collection():
    assert ex.q3.check(lambda g, n: set(ex.neighbors(g, n))) and ex.q3.check(lambda g, n: iter(ex.neighbors(g, n)))


def test_cells_without_dead_edges_may_come_as_arrays():
    assert ex.q4.check(lambda genotype, output: np.array(ex.remove_dead(genotype, output)))


def forwards_only(genotype, output):
    reached = {0}
    for (source, target), operation in zip(SPACE.edges, genotype):
        if operation and source in reached:
            reached.add(target)
    return tuple(op if source in reached else 0 for (source, _), op in zip(SPACE.edges, genotype))


def backwards_only(genotype, output):
    useful = {output}
    for (source, target), operation in reversed(list(zip(SPACE.edges, genotype))):
        if operation and target in useful:
            useful.add(source)
    return tuple(op if target in useful else 0 for (_, target), op in zip(SPACE.edges, genotype))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (forwards_only, "never gets to the output"),
        (backwards_only, "but nothing arrives at node"),
        (lambda g, output: g, "stays, but"),
        (lambda g, output: (0,) * 6, "which lies on a path from input to output"),
        (lambda g, output: SPACE.canonical(g), "only remove"),
        (lambda g, output: g[:5], "got 5 values"),
        (lambda g, output: "no", "'no' is no cell"),
    ],
)
def test_dead_edges(answer, text):
    says(ex.q4.check(answer), text)


def test_without_its_dead_edges_a_cell_computes_the_same():
    assert all(SPACE.canonical(ex.remove_dead(genotype, 3)) == SPACE.canonical(genotype) for genotype in SPACE)


def test_what_makes_an_edge_dead_depends_on_the_output():
    assert ex.q4.variant(1).given == {"output": 2}
    assert not ex.q4.variant(1).check(lambda genotype, output: ex.remove_dead(genotype, 3))


def test_the_naive_algorithm_damages_its_parents_and_its_estimate_likes_a_silly_network():
    faults = ex.naive_faults()
    assert faults.damaged > 0.5 * faults.individuals and faults.individuals == 200
    assert faults.favourite == (3,) * 6
    assert max(estimate(list(genotype)) for genotype in SPACE) == estimate([3] * 6)


def half_repaired(copies, measures):
    """The naive algorithm with one fault or the other."""

    def algorithm(evaluate, seed, population_size, generations):
        rng = np.random.default_rng(seed)

        def judge(genes):
            return evaluate(tuple(genes)) if measures else estimate(genes)

        population = []
        for _ in range(population_size):
            genes = rng.integers(5, size=6).tolist()
            population.append({"genes": genes, "fitness": judge(genes)})
        history = [population]
        for _ in range(generations - 1):
            parents = sorted(population, key=lambda individual: -individual["fitness"])[: population_size // 2]
            population = []
            for _ in range(population_size):
                parent = parents[rng.integers(len(parents))]
                child = {"deep": copy.deepcopy, "shallow": copy.copy, "none": lambda same: same}[copies](parent)
                child["genes"][rng.integers(6)] = int(rng.integers(5))
                child["fitness"] = judge(child["genes"])
                population.append(child)
            history.append(population)
        return history

    return algorithm


def test_the_bug_hunt():
    assert ex.q5.check(half_repaired("deep", measures=True))
    says(ex.q5.check(naive_genetic_algorithm), "`evaluate` is never called")
    says(ex.q5.check(half_repaired("deep", measures=False)), "`evaluate` is never called")
    says(ex.q5.check(half_repaired("shallow", measures=True)), "they were changed after it was judged")
    says(ex.q5.check(half_repaired("none", measures=True)), "changes when it has children")


def rebuilt(change):
    def algorithm(evaluate, seed, population_size, generations):
        return change(ex.repaired_genetic_algorithm(evaluate, seed, population_size, generations), evaluate)

    return algorithm


def unseeded(evaluate, seed, population_size, generations):
    return ex.repaired_genetic_algorithm(evaluate, np.random.default_rng(), population_size, generations)


def estimated(history, evaluate):
    return [[part | {"fitness": estimate(part["genes"])} for part in generation] for generation in history]


def overspent(history, evaluate):
    evaluate((0,) * 6)
    return history


def one_seed(evaluate, seed, population_size, generations):
    return ex.repaired_genetic_algorithm(evaluate, 0, population_size, generations)


def random_only(evaluate, seed, population_size, generations):
    return ex.repaired_genetic_algorithm(evaluate, seed, 2, 1)


def last_generation_only(evaluate, seed, population_size, generations):
    return ex.repaired_genetic_algorithm(evaluate, seed, population_size, generations)[-1:]


def survivors(evaluate, seed, population_size, generations):
    """Parents and children compete, so that the best cells pass on, as they are, from generation to generation."""
    rng = np.random.default_rng(seed)

    def individual(genes):
        return {"genes": genes, "fitness": evaluate(tuple(genes))}

    history = [[individual(rng.integers(5, size=6).tolist()) for _ in range(population_size)]]
    while len(history) < generations:
        parents = sorted(history[-1], key=lambda part: -part["fitness"])[: population_size // 2]
        drawn = [parents[rng.integers(len(parents))]["genes"] for _ in range(population_size)]
        children = [individual(list(SPACE.mutate(tuple(genes), rng))) for genes in drawn]
        history.append(sorted(history[-1] + children, key=lambda part: -part["fitness"])[:population_size])
    return history


def one_list(evaluate, seed, population_size, generations):
    """Regularized evolution, which has no generations."""
    searcher = RegularizedEvolution(SPACE, seed, population_size=population_size, sample_size=10)
    found = []
    for _ in range(population_size * generations):
        proposal = searcher.ask()
        found.append({"genes": list(proposal.genotype), "fitness": evaluate(proposal.genotype)})
        searcher.tell(proposal, found[-1]["fitness"])
    return [found]


@pytest.mark.parametrize("algorithm", [survivors, one_list])
def test_other_sound_repairs_are_accepted(algorithm):
    assert ex.q5.check(algorithm)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (unseeded, "Two runs with one seed start differently"),
        (rebuilt(estimated), "is the estimate; `evaluate` measures"),
        (rebuilt(overspent), "the budget is 20 × 1"),
        (rebuilt(lambda history, evaluate: history[0][0]), "got"),
        (rebuilt(lambda history, evaluate: []), "yours are empty"),
        (rebuilt(lambda history, evaluate: [[(1, 2, 3)]]), "Each individual is"),
        (rebuilt(lambda history, evaluate: [[{"genes": [9] * 6, "fitness": 1.0}]]), "operation 9 on edge (0, 1)"),
        (one_seed, "All runs are the same"),
        (random_only, "Worse than random search"),
        (last_generation_only, "or you return the last generation only"),
    ],
)
def test_other_repairs_that_do_not_work(answer, text):
    says(ex.q5.check(answer), text)
