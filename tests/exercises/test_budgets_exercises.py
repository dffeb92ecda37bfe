"""Lesson 06: known facts, and the message that each typical mistake gets."""

import numpy as np
import pytest

from nastutor.exercises import budgets as ex
from nastutor.searchers import Hyperband, RandomSearch, SuccessiveHalving
from nastutor.searchers.hyperband import hyperband_brackets
from nastutor.studies.table_quality import noise_near


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


RIGHT = [(12, 3), (4, 9), (1, 27)]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((RIGHT[::-1], 78), "From the first rung to the last"),
        (([(3, 12), (9, 4), (27, 1)], 78), "In each pair the number of architectures comes first"),
        ((RIGHT[:2], 78), "has 3 rungs: got 2"),
        (([(12, 3), (4, 6), (1, 18)], 78), "Give the epochs in all"),
        (([(12, 1), (4, 3), (1, 9)], 78), "Only the bracket with s = s_max starts with 1 epoch"),
        (([(12, 2), (4, 9), (1, 27)], 78), "each one before for 1/3"),
        (([(9, 3), (3, 9), (1, 27)], 78), "Without the factor"),
        (([(16, 3), (5, 9), (1, 27)], 78), "16 is not that"),
        (([(12, 3), (6, 9), (3, 27)], 78), "keeps 1/3 of the one before"),
        ((RIGHT, 99), "again from the start"),
        ((RIGHT, 324), "all of them to the end"),
        ((RIGHT, 36), "the first rung alone"),
        ((RIGHT, 39), "Count every architecture"),
        ((RIGHT, 80), "80 is too large"),
        ((RIGHT, 78, 1), "a pair (rungs, epochs)"),
        (78, "a pair (rungs, epochs)"),
        (([12, 4, 1], 78), "a list of pairs"),
    ],
)
def test_rungs(answer, text):
    says(ex.q1.check(answer), text)


def test_the_rungs_are_those_of_the_package_and_arrays_will_do():
    assert ex.q1.check((np.array(RIGHT), 78.0))
    for max_epochs, eta in ex.SHAPES:
        for bracket in hyperband_brackets(max_epochs, eta):
            assert ex.rungs_of(max_epochs, eta, len(bracket) - 1)[0] == [tuple(rung) for rung in bracket]


def halve(train, rungs, keep=None, epochs_of=None, pick=max):
    """Write halving with one thing to do otherwise: whom to keep, how long to train, whom to return."""
    keep = keep or (lambda accuracy, count: sorted(accuracy, key=accuracy.get, reverse=True)[:count])
    left = list(range(rungs[0][0]))
    for count, epochs in rungs:
        accuracy = {i: train(i, epochs_of(epochs) if epochs_of else epochs) for i in left[:count]}
        left = keep(accuracy, count)
    return pick(accuracy, key=accuracy.get)


def reenter(train, rungs):
    first = {i: train(i, 1) for i in range(27)}
    second = {i: train(i, 4) for i in sorted(first, key=first.get)[-9:]}
    outsiders = [i for i in first if i not in second][:3]
    return max(outsiders, key=lambda i: train(i, 12))


def full(train, rungs):
    return max(range(27), key=lambda i: train(i, 12))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda t, r: halve(t, r, keep=lambda a, n: sorted(a, key=a.get)), "has the worst of the rung before"),
        (lambda t, r: halve(t, r, keep=lambda a, n: list(a)), "has not the best of the rung before"),
        (lambda t, r: halve(t, r, epochs_of=lambda e: min(12, 2 * e)), "trains for 2 epochs, which is no rung"),
        (lambda t, r: halve(t, r, pick=min), "one of the last rung that is not its best"),
        (lambda t, r: halve(t, [(27, 1), (5, 4), (3, 12)]), "Rung 2 has 9 architectures: your function trains 5"),
        (lambda t, r: halve(t, r) and halve(t, r), "more than once"),
        (lambda t, r: (halve(t, r) + 1) % 27, "Your function returns"),
        (lambda t, r: 3, "trains nothing"),
        (lambda t, r: str(halve(t, r)), "is a whole number"),
        (lambda t, r: t(27, 1), "architectures 0…26, epochs 1…12"),
        (lambda t, r: t(0, 13), "architectures 0…26, epochs 1…12"),
        (lambda t, r: t([0, 1], 1), "give one number"),
        (full, "Rung 1 has 27 architectures: your function trains 0 there"),
        (reenter, "only survivors are promoted"),
        ([(27, 1)], "Give the function itself"),
    ],
)
def test_halvings(answer, text):
    says(ex.q2.check(answer), text)


def test_halving_may_be_written_otherwise():
    assert ex.q2.check(halve)
    assert ex.q2.check(lambda train, rungs: np.int64(halve(train, rungs)))
    assert ex.q2.variant(3).check(halve)


def test_crossings():
    bench, rows = ex._glyphs(), np.random.default_rng(0).choice(5260, 27, replace=False)
    early, end = bench.curves["val_accuracy"][rows, 0, 0], bench.values("val_accuracy", "search")[rows]
    order = np.argsort(-early, kind="stable")
    stopped, kept = ex.q3.official_answer()
    assert ex.q3.check((stopped, kept)) and ex.q3.check(np.array([stopped, kept]))
    clear = [i for i in order[9:] if early[i] < early[order[8]]]
    worst = int(rows[min(clear, key=lambda i: end[i])])
    best = int(rows[max(order[:9], key=lambda i: end[i])])
    says(ex.q3.check((kept, stopped)), "The other way round")
    says(ex.q3.check((best, kept)), f"Row {best} is kept")
    says(ex.q3.check((stopped, worst)), f"Row {worst} is stopped")
    says(ex.q3.check((worst, best)), "On seed 0 the stopped one ends at")
    outside = next(row for row in range(5260) if row not in rows)
    says(ex.q3.check((outside, kept)), f"Row {outside} is not in the sample")
    says(ex.q3.check((stopped + 0.5, kept)), "A row is a whole number")
    says(ex.q3.check(stopped), "a pair of rows")


def test_a_crossing_by_luck_of_the_seed_is_told(monkeypatch):
    bench = ex._glyphs()
    stopped, kept = ex.q3.official_answer()
    values = bench.values("val_accuracy")
    values[[stopped, kept]] = 80.0, 90.0
    monkeypatch.setattr(bench, "values", lambda *arguments: values)
    says(ex.q3.check((stopped, kept)), "that was luck of seed 0")


def test_retrainings():
    bench = ex._glyphs()
    table = bench.metrics["val_accuracy"]
    known = table[bench.genotypes.index((0, 3, 0, 1, 0, 3))]
    noise, difference = noise_near(table, known.mean()), 86.0 - known.mean()
    z, word = ex.q4.official_answer()
    other = {"within": "outside", "outside": "within"}[word]
    assert ex.q4.check((round(z, 2), word)) and ex.q4.check([z, word.upper()])
    assert z == pytest.approx(difference / noise / np.sqrt(4 / 3))
    says(ex.q4.check((z, other)), "The number is right")
    says(ex.q4.check((-z, word)), "The sign")
    says(ex.q4.check((difference / noise, word)), "takes the mean of the three as exact")
    says(ex.q4.check((difference / noise * np.sqrt(3), word)), "the new training is one")
    says(ex.q4.check((difference / known.std(ddof=1), word)), "three numbers alone")
    says(ex.q4.check((z + 30, word)), "too large")
    says(ex.q4.check((z, "maybe")), "Answer with one of 'within', 'outside'")
    says(ex.q4.check(z), "a pair")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (RandomSearch, "leaves the epochs open"),
        (lambda space, seed: Hyperband(space, 0, max_epochs=12, sweeps=None), "All runs find the same cell"),
        (lambda space, seed: SuccessiveHalving(space, seed, configurations=1, max_epochs=1), "Worse than random"),
        (lambda space, seed: Hyperband(space, seed, max_epochs=13, sweeps=None), "epochs 13: choose a whole number"),
        (lambda space, seed: "Hyperband", "must return a searcher"),
        (lambda space, seed: ex.make_hyperband(space, seed).ask(), "must return a searcher"),
        (lambda space: Hyperband(space), "TypeError"),
    ],
)
def test_searchers(answer, text):
    says(ex.q5.check(answer), text)


def test_a_searcher_that_has_asked_is_not_fresh():
    def make(space, seed):
        searcher = Hyperband(space, seed, max_epochs=12)
        searcher.ask()
        return searcher

    says(ex.q5.check(make), "the one for seed 0 has asked before")


def test_halving_saves_epochs_too_and_the_message_says_how_many():
    verdict = ex.q5.check(lambda space, seed: SuccessiveHalving(space, seed, configurations=40, max_epochs=12))
    assert verdict and "you save" in verdict.message


def test_the_question_states_what_the_check_does():
    assert f"{ex.RUNS} times" in ex.q5.question
    assert ex._glyphs().epochs == ex.FULL
