"""Lesson 02: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest
from scipy import stats

from nastutor.exercises import evaluation as ex
from nastutor.statistics import bootstrap_band


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def chances(count, n):
    return np.diff((np.arange(count + 1) / count) ** n)


def without_replacement(values, n):
    ordered, count = np.sort(values), len(values)
    below = [math.comb(i, n) / math.comb(count, n) for i in range(count + 1)]
    return float(ordered @ np.diff(below))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda values, n: n * np.mean(values), "n times the mean"),
        (lambda values, n: values @ chances(len(values), n), "sort the values first"),
        (lambda values, n: np.sort(values)[::-1] @ chances(len(values), n), "sort from the largest"),
        (lambda values, n: max(values), "the largest of all"),
        (lambda values, n: np.mean(values), "it should grow with n"),
        (without_replacement, "without replacement"),
        (
            lambda values, n: np.sort(values) @ (np.arange(1, len(values) + 1) / len(values)) ** n,
            "how likely is exactly it",
        ),
        (
            lambda values, n: np.random.default_rng(0).choice(values, (20_000, n)).max(axis=1).mean(),
            "near, as a simulation is",
        ),
        (lambda values, n: 0.0, "With n = 1 it must be the mean"),
        (lambda values, n: values, "A number is asked for"),
    ],
)
def test_the_best_of_n(answer, text):
    says(ex.q1.check(answer), text)


def beating_the_resnet_cell(dataset):
    exercise = type(ex.q2)("q", {})
    exercise.given["dataset"] = dataset
    return exercise


def test_the_draws_that_beat_the_resnet_cell():
    for dataset, draws in (("cifar10", 195), ("cifar100", 124), ("ImageNet16-120", 74)):
        exercise = beating_the_resnet_cell(dataset)
        assert exercise.official_answer() == draws and exercise.check(draws)


def test_draws_with_and_without_replacement_are_two_numbers():
    says(
        ex.q2.check(194), "With 194 draws the chance is 94.973 %, just below. That would do if no cell were drawn twice"
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (194.95, "Draws are whole"),
        (66, "how many draws it takes on average"),
        (65.4, "how many draws it takes on average"),
        (63, "the expected number of better cells"),
        (4, "That many fail"),
        (124, "the number for cifar100"),
        (1.53, "the share of better cells"),
        (0.0153, "the share of better cells"),
        (190, "less often"),
        (300, "Fewer draws"),
    ],
)
def test_draws(answer, text):
    if answer == 194.95:
        share = 239 / 15625
        answer = math.log(0.05) / math.log(1 - share)
    says(ex.q2.check(answer), text)


def test_one_draw_less_is_just_below():
    says(beating_the_resnet_cell("cifar100").check(123), "With 123 draws the chance is 94.9")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda bench, history: history.best().value, "selected by"),
        (
            lambda bench, history: bench.values("val_accuracy", "all")[bench.genotypes.index(history.best().genotype)],
            "still includes the seed",
        ),
        (
            lambda bench, history: max(bench.report(record.genotype)["val_accuracy"] for record in history),
            "You select a second time",
        ),
        (lambda bench, history: bench.report(history[-1].genotype)["val_accuracy"], "the last architecture"),
        (
            lambda bench, history: np.mean([bench.report(record.genotype)["val_accuracy"] for record in history]),
            "the mean of all evaluated",
        ),
        (lambda bench, history: bench.report(history.best().genotype), "Return one number"),
        (lambda bench, history: 45.0, "which architecture and which seeds"),
        (lambda bench: 45.0, "TypeError"),
    ],
)
def test_leaks(answer, text):
    says(ex.q3.check(answer), text)


def student(values, level):
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    return np.mean(values) - half, np.mean(values) + half


def basic_bootstrap(values, level):
    low, high = bootstrap_band(values, level)[1:]
    return 2 * np.mean(values) - high, 2 * np.mean(values) - low


def slow_bootstrap(values, level):
    rng = np.random.default_rng(1)
    means = sorted(np.mean(rng.choice(values, len(values))) for _ in range(1000))
    return means[int(1000 * (1 - level) / 2)], means[int(1000 * (1 + level) / 2)]


@pytest.mark.parametrize("method", [student, basic_bootstrap, slow_bootstrap, bootstrap_band])
def test_every_sound_method_is_accepted(method):
    assert ex.q4.check(method)
    if method is not slow_bootstrap:  # the tails of 99 % need more resamples
        for which in range(1, 4):
            assert ex.q4.variant(which).check(method)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda values, level: tuple(np.quantile(values, [0.025, 0.975])), "where single runs lie"),
        (
            lambda values, level: (np.mean(values) - 1.96 * np.std(values), np.mean(values) + 1.96 * np.std(values)),
            "where single runs lie",
        ),
        (
            lambda values, level: (np.mean(values) - stats.sem(values), np.mean(values) + stats.sem(values)),
            "one standard error",
        ),
        (
            lambda values, level: (
                np.mean(values) - 1.96 * np.std(values) / len(values),
                np.mean(values) + 1.96 * np.std(values) / len(values),
            ),
            "not by its square root",
        ),
        (lambda values, level: (np.mean(values) - np.std(values), np.mean(values) + np.std(values)), "single runs lie"),
        (lambda values, level: student(values, 0.96 * level), "Too narrow"),
        (lambda values, level: student(values, 1 - (1 - level) / 4), "Too wide"),
        (lambda values, level: student(values, 0.95), "use `level`"),
        (lambda values, level: student(values, level if level == 0.95 else 0.3), "Right for the level 0.95, but not"),
        (lambda values, level: (student(values, level)[0], math.inf), "a bound on one side"),
        (lambda values, level: (student(values, 2 * level - 1)[0], max(values)), "on one side"),
        (lambda values, level: (np.mean(values), np.mean(values)), "has no width"),
        (lambda values, level: student(values, level)[::-1], "the smaller end first"),
        (lambda values, level: (np.mean(values), 0.4), "the smaller end first"),
        (lambda values, level: (0.0, 1.0), "leaves out the mean"),
        (lambda values, level: np.mean(values), "an interval (low, high)"),
    ],
)
def test_intervals(answer, text):
    says(ex.q4.check(answer), text)


def test_plans():
    plan = ex.q5.official_answer()
    truth = ex.separations("cifar100", (25, 50, 100), 0.8)
    assert ex.q5.check(list(plan.values())) and ex.q5.check({step: part.runs for step, part in truth.items()})
    says(ex.q5.check({step: round(part.half) for step, part in truth.items()}), "half of the studies only")
    says(ex.q5.check({step: part.unsquared for step, part in truth.items()}), "square the ratio")
    many, few = ex.q5.check(plan | {100: 60}), ex.q5.check(plan | {50: 3})
    says(many, "After 100 evaluations: 60 runs are too many. Drawn from 200 runs of each, 100 % of such")
    says(few, "After 50 evaluations: 3 runs are too few. Drawn from 200 runs of each, 12 % of such")
    says(ex.q5.check(plan | {100: math.inf}), "too many")
    says(ex.q5.check({25: 1, 50: 1, 100: 1}), "One run has no spread")
    says(ex.q5.check({25: 100}), "a dictionary with the keys 25, 50, 100")
    says(ex.q5.check(7), "a dictionary with the keys 25, 50, 100")


@pytest.mark.parametrize("step", [25, 50])
def test_the_measured_power_is_the_planned_one(step):
    """For some tens of runs; for fewer the t interval is wider than 1.96 errors."""
    runs = round(ex.separations("cifar100", (25, 50, 100), 0.8)[step].runs)
    assert abs(ex._power("cifar100", step, runs) - 0.8) < 0.06


def test_where_the_pilot_cannot_tell_the_methods_apart_no_number_is_an_answer():
    """Nor where it would be thousands."""
    for dataset, budget in (("cifar10", 20), ("cifar10", 25), ("cifar100", 25)):
        other = type(ex.q5)("q", {})
        other.given |= {"dataset": dataset, "budgets": (budget, 50, 100)}
        assert math.isinf(ex.separations(dataset, other.given["budgets"], 0.8)[budget].high)
        assert other.check(other.official_answer() | {budget: math.inf})


def test_a_report_may_be_rounded_and_numbers_may_be_of_any_kind():
    for which in range(6):
        assert ex.q3.variant(which).check(lambda bench, history: round(ex.honest_report(bench, history), 2))
    assert ex.q1.check(lambda values, n: np.array([ex.expected_best(values, n)]))
    assert ex.q5.check({step: np.float32(runs) for step, runs in ex.q5.official_answer().items()})
    assert ex.q4.check(lambda values, level: np.array(ex.interval(values, level)))
