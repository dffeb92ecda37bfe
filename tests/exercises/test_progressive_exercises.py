"""Lesson 05: known facts, and the message that each typical mistake gets."""

import itertools

import numpy as np
import pytest
from scipy import stats

from nastutor.exercises import progressive as ex
from nastutor.spaces import CellSpace
from nastutor.statistics import Band


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


@pytest.mark.parametrize(("dataset", "rank"), [("cifar10", 685), ("cifar100", 261), ("ImageNet16-120", 3193)])
def test_a_linear_surrogate_that_has_seen_everything_likes_six_convolutions(dataset, rank):
    verdict = ex.q1.variant(dataset).check(rank)
    assert verdict and "The favourite (3, 3, 3, 3, 3, 3)" in verdict.message


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (684, "Count from 1"),
        (11718, "the row of the favourite"),
        (90.2, "its accuracy"),
        (101.79, "That is the prediction"),
        (600, "too good a rank"),
        (2000, "too bad a rank"),
        (685.5, "a whole number from 1"),
        (0, "a whole number from 1"),
        ("685", "A number is asked for"),
    ],
)
def test_ranks(answer, text):
    says(ex.q1.check(answer), text)


def test_typical_errors_with_a_sample(open_table):
    exercise = ex.q1.variant(1)
    dataset, cells, seed = (exercise.given[name] for name in ("dataset", "cells", "seed"))
    bench = open_table(dataset)
    seen, means = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy", seeds="all")
    sample = np.random.default_rng(seed).choice(15625, cells, replace=False)
    x = ex.one_hot(bench.space, bench.genotypes)
    predicted = x @ np.linalg.lstsq(x[sample], seen[sample], rcond=None)[0]

    def rank(row, values=means):
        return int((values > values[row] + 1e-9).sum()) + 1

    assert exercise.check(rank(predicted.argmax()))
    says(exercise.check(rank(sample[seen[sample].argmax()])), "the best cell measured")
    says(exercise.check(rank(sample[predicted[sample].argmax()])), "predict all 15,625")
    says(exercise.check(rank(predicted.argmin())), "the lowest prediction")
    says(exercise.check(rank(predicted.argmax(), seen)), "by the search seed")


UCB, EI = map(np.array, ex.q2.official_answer())
MEAN, DEVIATION = np.array(ex.q2.given["means"]), np.array(ex.q2.given["deviations"])
GAIN = MEAN - 91.0
Z = GAIN / DEVIATION
PHI, DENSITY = stats.norm.cdf(Z), stats.norm.pdf(Z)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((EI, UCB), "The other way round"),
        (np.transpose([UCB, EI]), "for each candidate"),
        ((MEAN - 2 * DEVIATION, EI), "the lower confidence bound"),
        ((MEAN + 2 * DEVIATION**2, EI), "has the variance"),
        ((MEAN + DEVIATION, EI), "lacks β"),
        ((MEAN, EI), "the mean alone"),
        ((UCB - 91, EI), "needs no best"),
        ((UCB, GAIN * PHI), "lacks the term with φ"),
        ((UCB, GAIN * PHI + DENSITY), "lacks the standard deviation before φ"),
        ((UCB, PHI), "the probability of an improvement"),
        ((UCB, np.maximum(GAIN, 0)), "the improvement of the mean"),
        ((UCB, EI - GAIN), "has the wrong sign"),
        ((UCB, EI + 91), "how far that rises"),
        ((UCB, GAIN * DENSITY + DEVIATION * PHI), "Φ and φ exchanged"),
        ((UCB, EI + np.array([0, 0.1])), "Your EI of candidate 2 is too large"),
        ((UCB - np.array([0.1, 0]), EI), "Your UCB of candidate 1 is too small"),
        ((UCB, EI, 1), "a pair (ucb, ei)"),
        ((92.2, 0.2), "two lists of two numbers"),
    ],
)
def test_acquisition(answer, text):
    says(ex.q2.check(answer), text)


def test_rounded_by_hand_is_right_and_ei_is_the_mean_improvement():
    assert ex.q2.check(([91.6, 92.2], [0.217, 0.158]))
    draws = np.random.default_rng(0).normal(MEAN, DEVIATION, (400_000, 2))
    assert np.allclose(np.maximum(draws - 91, 0).mean(axis=0), EI, atol=0.002)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((2625, 45), "The other way round"),
        ((60, 2625), "stage 1 has only 5 cells"),
        ((40, 2625), "you leave out stage 1"),
        ((25, 2625), "in each later stage"),
        ((20, 2625), "add up the stages"),
        ((15625, 2625), "all cells of the last stage"),
        ((45, 2630), "no surrogate yet"),
        ((45, 15755), "what the beam grows into"),
        ((45, 15750), "only the beam grows"),
        ((45, 125), "a new node has one edge from each node"),
        ((45, 2500), "the last stage alone"),
        ((45, 2585), "those that are evaluated are scored before"),
        ((45, 3000), "stage 2 grows from the 5 cells of stage 1"),
        ((45, 2700), "`scored` is too large: got 2,700"),
        ((46, 2625), "`evaluated` is too large: got 46"),
        ((45, 2625, 1), "a pair (evaluated, scored)"),
        (45, "a pair (evaluated, scored)"),
    ],
)
def test_counts(answer, text):
    says(ex.q3.check(answer), text)


def test_the_counts_are_those_of_growing_cells():
    space = CellSpace()
    beam = [(operation,) for operation in range(5)]
    evaluated, scored = len(beam), 0
    for edges in (2, 3):
        grown = [(*cell, *more) for cell in beam for more in itertools.product(range(5), repeat=edges)]
        scored += len(grown)
        beam = grown[:20]
        evaluated += len(beam)
    assert all(space.validate(cell) for cell in beam)
    assert ex.q3.check((evaluated, scored)) and ex.models_per_stage(5, 4, 20) == (evaluated, scored)
    assert ex.models_per_stage(5, 4, 200) == (5 + 125 + 200, 125 + 125 * 125)


def test_paths_rank_all_cells_better_and_one_hot_the_best_ones():
    everything, best = ex.encoding_bands(**ex.q4.given)
    assert everything.low > 0.03 and best.high < -0.08
    assert ex.q4.check(["path", "one-hot"]) and ex.q4.official_answer() == ["path", "one_hot"]
    says(ex.q4.check(["path", "path"]), "1 of 2 are right. Over the best tenth: The mean over the draws says")
    says(ex.q4.check(["one_hot", "cannot be told"]), "0 of 2 are right. Over all unseen cells: The mean")
    says(ex.q4.check(["cannot be told", "one_hot"]), "It can be told")


def test_the_bands_decide(monkeypatch):
    monkeypatch.setattr(ex, "encoding_bands", lambda **given: (Band(0.1, 0.05, 0.15), Band(0.1, -0.3, 0.5)))
    assert ex.q4.check(("path", "cannot be told"))
    says(ex.q4.check(["path", "path"]), "Its mean is higher, but the band holds zero")
    says(ex.q4.check(["path", "ordinal"]), "Answer with one of 'path', 'one_hot', 'cannot be told'")
    says(ex.q4.check("path"), "a list of two of the words")


def size(x):
    return x[:, 3:30:5].sum(axis=1)


def on_accuracies(train_x, train_y, x):
    weights = np.linalg.lstsq(train_x[:, :30], train_y, rcond=None)[0]
    return x[:, :30] @ weights


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda tx, ty, x: -ex.ridge_on_ranks(tx, ty, x), "Worse than random search"),
        (lambda tx, ty, x: np.random.default_rng(len(ty)).random(len(x)), "do not depend on train_y"),
        (lambda tx, ty, x: size(x) + 0.01 * np.random.default_rng().random(len(x)), "do not depend on train_y"),
        (lambda tx, ty, x: size(x) + 0.01 * np.sin(1000 * ty.mean() * np.arange(len(x))), "do not depend on train_y"),
        (lambda tx, ty, x: size(x) + 1e-6 * ex.ridge_on_ranks(tx, ty, x), "do not depend on train_y"),
        (on_accuracies, "Not told apart"),
        (lambda tx, ty, x: ty, "one score for each of the 15,605 rows"),
        (lambda tx, ty, x: 0.5, "one score for each of the 15,605 rows"),
        (lambda tx, ty, x: np.full(len(x), np.nan), "are not finite"),
        (lambda tx, ty, x: ["good"] * len(x), "an array of numbers"),
        (lambda tx, ty: ty, "TypeError"),
    ],
)
def test_surrogates(answer, text):
    says(ex.q5.check(answer), text)


def test_a_surrogate_may_draw_random_numbers():
    rng = np.random.default_rng(0)

    def bagged(train_x, train_y, x):
        rows = rng.choice(len(train_y), len(train_y))
        return ex.ridge_on_ranks(train_x[rows], train_y[rows], x)

    assert ex.q5.check(bagged)


def test_neighbours_can_do_it_too():
    def nearest(train_x, train_y, x):
        agree = (x[:, :30] @ train_x[:, :30].T).astype(np.int8)  # 0…6: bytes are sorted fast
        return train_y[np.argsort(-agree, axis=1, kind="stable")[:, :3]].mean(axis=1)[:, None]

    assert ex.q5.check(nearest)


def test_nothing_can_be_overwritten():
    def overwrites(train_x, train_y, x):
        x[:] = 0
        return x[:, 0]

    before = ex._columns().copy()
    says(ex.q5.check(overwrites), "Your function changes what it is given")
    assert (ex._columns() == before).all()


def test_the_question_states_what_the_check_does():
    for text in (f"from {ex.START} random cells", f"the {ex.BATCH} highest", f"{ex.RUNS} runs"):
        assert text in ex.q5.question
