"""Lesson 03: known facts, and the message that each typical mistake gets."""

import itertools
import math
import re

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
        (lambda g, rng: SPACE.sample(rng), "in more than one place"),
        (lambda g, rng: ex.mutate(ex.mutate(g, rng), rng), "in more than one place"),
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
    best = np.sort(accuracies)[-5]
    share = (accuracies[ends] >= best).mean()
    truth = ex.q4.official_answer()
    says(ex.q4.check(1 / share), "the mean number of starts")
    says(ex.q4.check(math.ceil(1 / share)), "the mean number of starts")
    optima = np.unique(ends)
    says(ex.q4.check(math.ceil(math.log(0.05) / math.log(1 - (accuracies[optima] >= best).mean()))), "optima alike")
    says(ex.q4.check(math.ceil(math.log(0.05) / math.log(1 - (accuracies >= best).mean()))), "without any climb")
    for answer in (share, 100 * share):
        says(ex.q4.check(answer), "the share of starts")
    says(ex.q4.check(2 * truth), "Fewer starts reach that chance")
    says(ex.q4.check(truth // 2), "succeed less often")
    assert ex.q4.check(truth + 1)


def test_runs_and_cells_may_come_as_arrays():
    def as_arrays(genotypes, canonical):
        trained, saved = ex.skip_equivalents(genotypes, canonical)
        return np.array(trained), np.float32(saved)

    assert ex.q3.check(as_arrays)
    assert ex.q5.check({"holds": (value for value in RIGHT)})


RIGHT = [True, True, False]


def test_aging_gains_with_and_without_noise_and_noise_is_not_the_reason():
    """With a greedy tournament on ImageNet16-120."""
    clean, noisy, change = ex.aging_bands(**ex.q5.given)
    assert clean.low > 0.2 and noisy.low > 0.1 and change.mean < 0
    assert ex.q5.official_answer() == RIGHT
    assert ex.q5.check(RIGHT) and ex.q5.check(tuple(RIGHT)) and ex.q5.check({"holds": np.array(RIGHT)})
    assert "noise is not shown to be a reason" in ex.q5.check(RIGHT).message


def test_on_cifar10_noise_is_a_reason():
    setting = {"dataset": "cifar10", "noise": 1.0}
    verdict = ex.q5.check({"holds": [False, True, True]} | setting)
    assert verdict and "noise is a reason" in verdict.message
    says(ex.q5.check({"holds": [False, True, False]} | setting), "2 of 3 are right")


def test_wrong_lists_name_no_statement():
    messages = {ex.q5.check(list(holds)).message for holds in itertools.product((True, False), repeat=3)}
    # One when right, one for each number of right statements, one for nothing shown, and one for signs reversed.
    assert len(messages) == 5 and not any(re.search(r"statement|\b(first|second|third)\b", text) for text in messages)


@pytest.mark.parametrize("question", ex.QUESTIONS)
def test_the_questions_on_aging_show_something(question):
    """In each a statement holds, and not by little."""
    bands = ex.aging_bands(**ex.q5.given | dict(zip(("dataset", "noise"), question)))
    assert any(band.low > (band.high - band.low) / 4 for band in bands)


def test_the_example_of_the_question_is_a_setting_that_may_be_chosen(monkeypatch):
    example = re.search(r"`(\{.*\})`", ex.q5.question).group(1)
    bands = (ex.Band(-0.1, -0.2, 0.0),) * 3
    monkeypatch.setattr(ex, "aging_bands", lambda **setting: bands)
    assert ex.q5.check(eval(example))


def test_where_a_band_ends_near_zero_both_are_right(monkeypatch):
    bands = ex.Band(0.5, 0.3, 0.7), ex.Band(0.2, 0.02, 0.4), ex.Band(-0.3, -0.5, -0.1)
    monkeypatch.setattr(ex, "aging_bands", lambda **setting: bands)
    assert ex.q5.check([True, True, False]) and ex.q5.check([True, False, False])
    assert "decide otherwise on 2" in ex.q5.check([True, True, False]).message
    says(ex.q5.check([False, True, False]), "2 of 3 are right")


def test_the_question_states_the_limits():
    for name, (low, high) in ex.LIMITS.items():
        assert f"{name} ({low}…{high})" in ex.q5.question
    assert f"{ex.RUNS} runs of each kind" in " ".join(ex.q5.question.split())


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("c", "a list of three"),
        ([True, True], "a list of three"),
        ([1, 1, 0], "Each of the three is True or False: got 1"),
        ({"noise": 1.0}, "a list of three"),
        ({"noise": 0}, "noise 0: choose a number from 0.1 to 20"),
        ({"budget": 1000}, "budget 1000: choose a whole number from 30 to 500"),
        ({"population_size": 7.5}, "choose a whole number"),
        ({"sample_size": 30}, "sample_size ≤ population_size ≤ budget"),
        ({"dataset": "MNIST"}, "choose one of cifar10"),
        ({"choice": "a"}, "'choice' is no part of the setting"),
        ({"noise": "much"}, "A number is asked for"),
    ],
)
def test_answers_and_settings_are_read_with_care(answer, text):
    says(ex.q5.check(answer), text)
