"""Lesson 03: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest

from nastutor.exercises import evolution as ex
from nastutor.searchers import LocalSearch
from nastutor.spaces import CellSpace

SPACE = CellSpace()


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def replaced(genotype, position, value):
    return (*genotype[:position], int(value), *genotype[position + 1 :])


def in_place(genotype, rng):
    genotype[rng.integers(6)] = 1
    return genotype


def uneven(genotype, rng):
    position = int(rng.integers(6))
    value = (genotype[position] + min(4, 1 + int(rng.integers(5)))) % 5
    return replaced(genotype, position, value)


NEW = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (in_place, "cannot be changed, so no parent is damaged"),
        (lambda g, rng: replaced(g, rng.integers(6), rng.integers(5)), "children equal their parent"),
        (lambda g, rng: ex.mutate(ex.mutate(g, rng), rng), "equal their parent"),
        (lambda g, rng: max(ex.mutate(ex.mutate(g, rng), rng), replaced(g, 0, 4)), "in more than one place"),
        (lambda g, rng: replaced(g, i := int(rng.integers(6)), (g[i] + 1) % 5), "Only 6 of the 24"),
        (lambda g, rng: ex.mutate(g, np.random.default_rng(0)), "All children are the same"),
        (lambda g, rng: ex.mutate(g, NEW), "Equal seeds give different children"),
        (uneven, "but not equally"),
        (lambda g, rng: list(ex.mutate(g, rng)), "A child is a tuple"),
        (lambda g, rng: (*g, 1), "6 values here, got 7"),
        (lambda g, rng: replaced(g, 0, 5), "operation 5 on edge (0, 1)"),
        (lambda g: g, "TypeError"),
    ],
)
def test_mutations(answer, text):
    says(ex.q1.check(answer), text)


def test_the_space_mutates_as_asked():
    assert ex.q1.check(SPACE.mutate)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (1 - 0.99**25, "with replacement"),
        (0.75, "is left out"),
        (25, "between 0 and 1"),
        (0.04, "winning"),
        (0.01, "in one draw"),
        (0.3, "too large"),
    ],
)
def test_tournaments(answer, text):
    says(ex.q2.check(answer), text)


def test_the_chance_is_what_drawing_gives():
    other = ex.q2.variant(5)
    size, drawn = other.given["population_size"], other.given["sample_size"]
    rng = np.random.default_rng(0)
    found = np.mean([0 in rng.choice(size, drawn, replace=False) for _ in range(4000)])
    assert abs(found - other.official_answer()) < 4 * math.sqrt(0.25 / 4000)


def literal(genotypes, canonical):
    trained = list(dict.fromkeys(genotypes))
    return trained, 1 - len(trained) / len(genotypes)


def changed(how):
    def skip(genotypes, canonical):
        return how(*ex.skip_equivalents(genotypes, canonical), genotypes, canonical)

    return skip


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (literal, "others compute the same function and look different"),
        (lambda genotypes, canonical: (genotypes, 0.0), "others compute the same function and look different"),
        (changed(lambda t, s, g, c: ([c(x) for x in t], s)), "return the genotypes as the search proposed them"),
        (changed(lambda t, s, g, c: (set(t), s)), "a set forgets the order"),
        (lambda g, c: ex.skip_equivalents(g[::-1], c), "You keep the last of each"),
        (changed(lambda t, s, g, c: (t[:-1], s)), "fewer or others than needed"),
        (changed(lambda t, s, g, c: ([*t, t[0]], s)), "more than needed"),
        (changed(lambda t, s, g, c: (t, 100 * s)), "in percent"),
        (changed(lambda t, s, g, c: (t, 1 - s)), "the share that is trained"),
        (changed(lambda t, s, g, c: (t, round(s * len(g)))), "which share of the run"),
        (changed(lambda t, s, g, c: (t, len(g) / len(t) - 1)), "the share of the whole run"),
        (changed(lambda t, s, g, c: (t, 0.9)), "too large"),
        (changed(lambda t, s, g, c: t), "a pair (trained, saved)"),
        (changed(lambda t, s, g, c: s), "a pair (trained, saved)"),
    ],
)
def test_equivalents(answer, text):
    says(ex.q3.check(answer), text)


def test_the_climb_is_the_one_of_local_search(open_table):
    """Steepest ascent of `LocalSearch` ends where the check says, from whatever cell it starts."""
    bench = open_table("ImageNet16-120")
    _, ends = ex._climbs("ImageNet16-120")
    rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    for seed in range(30):
        searcher = LocalSearch(SPACE, seed=seed, steepest=True)
        start = None
        while not searcher.optima:
            proposal = searcher.ask()
            if proposal is not None:
                start = start or proposal.genotype
                searcher.tell(proposal, bench.evaluate(proposal.genotype)["val_accuracy"])
        assert rows[searcher.optima[0]] == ends[rows[start]]


def test_restarts():
    accuracies, ends = ex._climbs("ImageNet16-120")
    best = accuracies.max()
    share = (accuracies[ends] == best).mean()
    truth = ex.q4.official_answer()
    says(ex.q4.check(1 / share), "the mean number of starts")
    says(ex.q4.check(math.ceil(1 / share)), "the mean number of starts")
    optima = np.unique(ends)
    says(ex.q4.check(math.ceil(math.log(0.05) / math.log(1 - (accuracies[optima] == best).mean()))), "optima alike")
    says(ex.q4.check(math.ceil(math.log(0.05) / math.log(1 - (accuracies == best).mean()))), "without any climb")
    says(ex.q4.check(share), "the share of starts")
    says(ex.q4.check(2 * truth), "too large")
    assert ex.q4.check(truth + 2)


def test_explanations_of_aging():
    setting = {"noise": 0.5, "population_size": 5, "sample_size": 5}
    says(ex.q5.check("a"), "No advantage to explain")
    says(ex.q5.check("B"), "No advantage to explain")
    says(ex.q5.check("d"), "Choose 'a', 'b' or 'c'")
    says(ex.q5.check(setting), "Choose 'a', 'b' or 'c'")
    assert ex.q5.check("c") and ex.q5.check(" C ") and ex.q5.check({"choice": "c"})
    truth = ex.surviving_explanation(**(ex.q5.given | setting))
    assert truth in "ab", "a greedy tournament in a small population gains from aging"
    assert ex.q5.check(setting | {"choice": truth})
    says(ex.q5.check(setting | {"choice": "c"}), "There is an advantage under noise here")
    says(ex.q5.check(setting | {"choice": "b" if truth == "a" else "a"}), "Look at the runs without noise")


def test_an_advantage_that_does_not_come_again_is_luck(monkeypatch):
    bands = iter([1.0, -1.0] * 9)

    def once(*args, **setting):
        sign = next(bands)
        return ex.Band(*np.array([0.5, 0.2, 0.8]) * sign if sign > 0 else np.array([0.1, -0.2, 0.4]))

    monkeypatch.setattr(ex, "aging_experiment", once)
    says(ex.q5.check("a"), "Found once and not again")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"noise": 0}, "noise 0: choose a number from 0.1"),
        ({"budget": 1000}, "budget 1000: choose a whole number from 30 to 120"),
        ({"population_size": 7.5}, "choose a whole number"),
        ({"sample_size": 30}, "The sizes must rise"),
        ({"dataset": "MNIST"}, "choose one of cifar10"),
        ({"temperature": 1}, "'temperature' is no part of the setting"),
        ({"noise": "much"}, "A number is asked for"),
    ],
)
def test_settings_are_read_with_care(change, text):
    says(ex.q5.check({"choice": "c"} | change), text)
