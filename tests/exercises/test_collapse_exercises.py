"""Lesson 10: known facts, and the message that each typical mistake gets."""

import numpy as np
import pytest

from nastutor.exercises import collapse as ex
from nastutor.studies.oneshot import load_oneshot_study

STUDY = load_oneshot_study()


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def counts(alphas, free=(0, 1, 4)):
    return np.isin(alphas.argmax(axis=2), free).sum(axis=1)


def lasting(is_so):
    """Written another way: go back from the end as long as it holds."""
    start = 0
    for epoch in range(len(is_so), 0, -1):
        if not is_so[epoch - 1]:
            break
        start = epoch
    return start


def ever(alphas, count):
    hits = np.flatnonzero(counts(alphas) >= count)
    return int(hits[0]) + 1 if len(hits) else 0


def in_place(alphas, count):
    alphas += 0.1
    return lasting(counts(alphas) >= count)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda a, n: lasting(counts(a) >= n) - 1, "counted from 1"),
        (ever, "the first such epoch"),
        (lambda a, n: lasting(counts(a) > n), "`count` itself is enough"),
        (lambda a, n: lasting(counts(a, (1,)) >= n), "skips alone"),
        (lambda a, n: lasting(counts(a, (1, 4)) >= n), "none has no parameters"),
        (lambda a, n: lasting(counts(a, (0, 1)) >= n), "Pooling has no parameters"),
        (lambda a, n: lasting(counts(a, (0, 1, 2, 4)) >= n), "1×1 convolution has parameters"),
        (in_place, "changes the array"),
        (lambda a, n: 77, "Your function returns 77 where it should be"),
        (lambda a, n: 1.0, "a whole number"),
        (lambda a: 1, "TypeError"),
    ],
)
def test_collapse(answer, text):
    says(ex.q1.check(answer), text)


def test_a_collapse_lasts_to_the_end():
    alphas = np.zeros((5, 6, 5))
    alphas[[0, 1, 3, 4], :, 3] = 1  # 3×3 but for the third epoch
    alphas[4, :4, 1] = 2  # four skips at the end
    assert ex.collapse_epoch(alphas, 4) == 5 and ex.collapse_epoch(alphas, 5) == 0
    assert ex.collapse_epoch(alphas[:3], 6) == 3 and ex.collapse_epoch(np.zeros((3, 6, 5)), 6) == 1
    assert ex.q1.check(lambda a, n: np.int64(lasting(counts(a) >= n)))


ALPHA, NOISE = (np.array(ex.q2.given[name]) for name in ("alpha", "noise"))
TAU = ex.q2.official_answer()


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
    says(ex.q2.check(answer), text)


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
        (lambda v, w, r: 99, "returns 99 where it should be"),
        (lambda v, w, r: "early", "a whole number"),
        (lambda v: 1, "TypeError"),
    ],
)
def test_stopping_by_curvature(answer, text):
    says(ex.q3.check(answer), text)


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
    says(ex.q4.check(answer), text)


def test_naming_too_many_or_too_few_is_wrong_where_the_band_is_sure():
    for which in range(12):
        exercise = ex.q4.variant(which)
        bands, right = ex.gains(**exercise.given), ex.surviving(**exercise.given)
        for name, band in bands.items():
            if abs(band.low) >= (band.high - band.low) / 10:
                other = [n for n in ex.CURED if (n in right) != (n == name)] or [ex.NOTHING]
                assert not exercise.check(other)
        assert exercise.check(right[::-1]), exercise.given


@pytest.mark.parametrize("names", [["GDAS"], ["DARTS, partial channels"], list(ex.CURED)])
def test_a_gain_whose_band_contains_zero_does_not_survive(names):
    says(ex.q4.check(names), "does not lie above zero")


def test_a_gain_is_a_difference_of_the_same_seeds():
    band = ex.gains("DARTS, second order", 5, False)["GDAS"]
    pairs = zip(*(STUDY.derived(name, False)[:5, -1] for name in ("GDAS", "DARTS, second order")))
    differences = [np.subtract(*STUDY.test_accuracy(np.array(pair))) for pair in pairs]
    assert band.mean == pytest.approx(np.mean(differences))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda h: False, "never stops"),
        (lambda h: len(h["alphas"]) == 1, "Stopped after 1, 1"),
        (lambda h: 1, "True or False"),
        (lambda h: h["accuracy"], "KeyError"),
    ],
)
def test_stopping_rules(answer, text):
    says(ex.q5.check(answer), text)


def test_a_rule_sees_the_past_alone_and_cannot_change_it():
    lengths = []

    def watch(history):
        lengths.append({name: len(values) for name, values in history.items()})
        history["alphas"][:] = 0
        return len(lengths) % 7 == 0

    before = STUDY("DARTS, eigenvalues", "alphas").copy()
    assert (ex.stops_of(watch, 50) == 7).all()
    assert all(set(seen.values()) == {number % 7 + 1} for number, seen in enumerate(lengths))
    assert np.array_equal(STUDY("DARTS, eigenvalues", "alphas"), before)
