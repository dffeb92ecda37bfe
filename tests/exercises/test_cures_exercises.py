"""Lesson 11: known facts, and the message that each typical mistake gets."""

import itertools

import numpy as np
import pytest

from nastutor.exercises import cures as ex
from nastutor.studies.oneshot import load_oneshot_study

STUDY = load_oneshot_study()


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


ALPHA, NOISE = (np.array(ex.q1.given[name]) for name in ("alpha", "noise"))
TAU = ex.q1.official_answer()


def test_the_temperature_gives_the_weight_of_the_sampler():
    total = ALPHA - np.log(np.exp(ALPHA).sum()) + NOISE
    weights = np.exp(total / TAU) / np.exp(total / TAU).sum()
    assert weights.max() == pytest.approx(0.9) and weights.argmax() == total.argmax() != ALPHA.argmax()


def test_cold_is_sharp_and_hot_is_flat():
    warm, hot = (ex.temperature(tuple(ALPHA), tuple(NOISE), share) for share in (0.6, 0.21))
    assert 0.1 < TAU < warm < 10 < hot
    assert np.isnan(ex.temperature((1.0, 1.0, 0.0, 0.0, 0.0), (0.0,) * 5, 0.6)), "two are level"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (1 / TAU, "That is 1/τ"),
        (ex.temperature(tuple(ALPHA), (0,) * 5, 0.9), "without the noise"),
        (ex.temperature(tuple(ALPHA), tuple(-NOISE), 0.9), "not subtracted"),
        (ex.temperature((0,) * 5, tuple(NOISE), 0.9), "the noise alone"),
        (np.log(TAU), "the logarithm"),
        (TAU * 0.95, "A colder softmax is sharper"),
        (TAU * 1.05, "A hotter softmax is flatter"),
        ("warm", "A number is asked for"),
    ],
)
def test_temperatures(answer, text):
    says(ex.q1.check(answer), text)


def rule(values, window, ratio, back=True, single=False, upside_down=False):
    for now in range(2 * window, len(values) + 1):
        late, early = values[now - window : now].mean(), values[now - 2 * window : now - window].mean()
        if single:
            late, early = values[now - 1], values[now - 1 - window]
        if (late / early if upside_down else early / late) < ratio:
            return now - window if back else now
    return len(values)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda v, w, r: rule(v, w, r) - 1, "counted from 1"),
        (lambda v, w, r: rule(v, w, r, back=False), "go back by `window`"),
        (lambda v, w, r: rule(v, w, r, upside_down=True), "upside down"),
        (lambda v, w, r: rule(v, w, r) % len(v), "return the last epoch"),
        (lambda v, w, r: rule(v, w, r, single=True), "compares single epochs"),
        (lambda v, w, r: rule(v[:-1], w, r) if rule(v, w, r) < len(v) - w else len(v), "at the last epoch too"),
        (lambda v, w, r: 99, "returns 99 where it should be"),
        (lambda v, w, r: "early", "a whole number"),
        (lambda v: 1, "TypeError"),
    ],
)
def test_stopping_by_curvature(answer, text):
    says(ex.q2.check(answer), text)


def test_the_rule_is_that_of_the_package():
    pytest.importorskip("torch")
    from nastutor.oneshot import StopAtEigenvalue

    stop = StopAtEigenvalue()
    for values in STUDY("DARTS, eigenvalues", "eigenvalues"):
        records = [{"eigenvalue": float(value)} for value in values]
        chosen = (stop(records[:now]) for now in range(1, len(records) + 1))
        expected = next((index + 1 for index in chosen if index is not None), len(records))
        assert ex.stop_by_curvature(values.astype(float), 5, 0.75) == expected


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (["DARTS"], "The names are"),
        (["nothing", "GDAS"], "alone"),
        ([], "Name the cures that survive"),
        ("GDAS", "a list of names"),
    ],
)
def test_cures_that_cannot_be_read(answer, text):
    says(ex.q3.check(answer), text)


def test_one_set_of_cures_is_right_and_each_other_is_told_how_many_are_too_many_or_missing():
    for which in range(6):
        exercise = ex.q3.variant(which)
        right = set(ex.surviving(**exercise.given))
        for count in range(1, len(ex.CURED) + 1):
            for names in itertools.combinations(ex.CURED, count):
                verdict = exercise.check(list(names))
                assert bool(verdict) == (set(names) == right), (exercise.given, names)
                many, few = len(set(names) - right), len(right - set(names) - {ex.NOTHING})
                assert not many or f"you name {many} whose interval does not" in verdict.message.lower()
                assert not few or f"you leave out {few} whose interval lies" in verdict.message.lower()


def test_a_gain_is_a_difference_of_means_over_runs_of_different_days():
    band = ex.gains(90, False)["GDAS"]
    with_cure, without = (
        study.test_accuracy(study.derived(method, False)[:, -1])
        for study, method in ((ex.load_collapse_study(), "GDAS"), (STUDY, "DARTS, eight cells"))
    )
    assert band.mean == pytest.approx(with_cure.mean() - without.mean())
    assert band.high - band.low < np.ptp(ex.gains(99, False)["GDAS"][1:])


def test_random_search_by_formula_is_random_search():
    pytest.importorskip("pandas")
    from nastutor import load_benchmark, repeat, statistics
    from nastutor.searchers import RandomSearch

    bench = load_benchmark("glyphs", search_seed=0)
    runs = repeat(lambda seed: RandomSearch(bench.space, seed), bench.evaluate, 20, range(200), progress=False)
    found = statistics.incumbent_curves(runs, lambda genotype: bench.report(genotype)["test_accuracy"])[:, -1]
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - ex.found_by_random(20)) < 4 * error < 1


def test_a_plan_costs_its_runs_and_their_trainings_and_finds_the_best_of_them():
    study = ex.load_collapse_study()
    one, seconds = study("training from scratch", "seconds").mean(), study("GDAS", "seconds").sum(axis=1).mean()
    assert ex.price({"GDAS": 2, "weight decay": 0}) == pytest.approx(2 * (seconds / one + 1))
    assert ex.found_by({"GDAS": 1}) == pytest.approx(study.best_of(study("GDAS", "genotype"), 1).mean())
    assert ex.found_by({"GDAS": 2}) > ex.found_by({"GDAS": 1})


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ([("GDAS", 1)], "Give a dictionary"),
        ({"GDAS": 1.5}, "a whole number"),
        ({"GDAS": -1, "stop by curvature": 3}, "are stored"),
        ({"weight decay": 1}, "That is not above it"),
    ],
)
def test_plans_that_are_refused(plan, text):
    says(ex.q4.check(plan), text)
