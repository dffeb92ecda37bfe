"""Lesson 13: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.exercises import latency as ex
from nastutor.studies.latencies import MARKED, load_latencies


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def timed(run, clock, warmup=20, passes=100):
    """Return the seconds of each pass after a warm-up."""
    for _ in range(warmup):
        run()
    times = []
    for _ in range(passes):
        start = clock()
        run()
        times.append(clock() - start)
    return np.array(times)


def all_at_once(run, clock):
    start = clock()
    for _ in range(50):
        run()
    return 1000 * (clock() - start)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (ex.naive_latency, "a mean, with the warm-up in it"),
        (lambda run, clock: 1000 * timed(run, clock, warmup=0, passes=1)[0], "the first pass, the slowest"),
        (lambda run, clock: 1000 * timed(run, clock, warmup=5).mean(), "the interruptions are in it"),
        (lambda run, clock: 1000 * timed(run, clock).min(), "the luckiest pass"),
        (lambda run, clock: 1000 * np.quantile(timed(run, clock), 0.25), "That is the lower quartile"),
        (lambda run, clock: np.median(timed(run, clock)), "in seconds"),
        (lambda run, clock: 1000 * np.median(timed(run, clock, warmup=0, passes=7)), "of few passes, or with the slow"),
        (all_at_once, "the time of all passes together"),
        (lambda run, clock: 3.0, "never calls run()"),
        (lambda run, clock: 1000 * timed(run, clock, passes=20_000).min(), "10,000 passes are enough"),
        (lambda run, clock: "fast", "A number is asked for"),
    ],
)
def test_timing_loops(answer, text):
    says(ex.q1.check(answer), text)


def test_a_median_of_many_warm_passes_is_right_whatever_the_machine():
    for variant in range(6):
        assert ex.q1.variant(variant).check(lambda run, clock: 1000 * np.median(timed(run, clock)))


@pytest.fixture(scope="module")
def stored():
    return load_latencies("nasbench201")


def test_cells_that_are_not_the_worst(stored):
    predicted = stored.table.predict(stored.genotypes)
    errors = predicted / stored.milliseconds - 1
    worst = int(np.argmax(np.abs(errors)))
    assert stored.genotypes[worst] == ex.q2.official_answer()
    near = int(np.argmin(np.abs(errors)))
    says(ex.q2.check(stored.genotypes[near]), "399 cells are further off")
    says(ex.q2.check(MARKED["all 3×3"]), "ms predicted. That is the")
    says(ex.q2.check((3, 0, 0, 1, 0, 3)), "not one of the 400 measured cells")
    says(ex.q2.check((3, 0, 0, 1, 0, 9)), "is no cell")
    assert ex.q2.check(ex.SPACE.to_string(stored.genotypes[worst]))


@pytest.mark.parametrize(("answer", "text"), [(400, "all of them"), (200, "predicted"), (3, "too small")])
def test_numbers_of_measurements(answer, text):
    says(ex.q3.check(answer), text)


def test_other_counts_are_answered_with_their_error():
    truth = ex.q3.official_answer()
    for count in ex.COUNTS:
        if count != truth:
            says(ex.q3.check(count), f"After {count} networks it is ")
    assert ex.q3.check(truth)


def breaks_the_limit(times, accuracy, limit):
    ex.choose(times, accuracy, limit)
    return int(np.argmax(accuracy))


def returns_the_fastest(times, accuracy, limit):
    try:
        return ex.choose(times, accuracy, limit)
    except ValueError:
        return int(np.argmin(times))


def says_nothing(times, accuracy, limit):
    try:
        return ex.choose(times, accuracy, limit)
    except ValueError:
        raise ValueError("impossible") from None


def fails_otherwise(times, accuracy, limit):
    fits = sorted((a, row) for row, (t, a) in enumerate(zip(times, accuracy)) if t <= limit)
    return fits[-1][1]


def takes_the_fastest(times, accuracy, limit):
    ex.choose(times, accuracy, limit)
    return int(np.argmin(times))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (breaks_the_limit, "breaks the limit"),
        (returns_the_fastest, "a caller would never notice"),
        (says_nothing, "does not state the closest latency"),
        (fails_otherwise, "a ValueError is asked for: got IndexError"),
        (takes_the_fastest, "can be had within the limit"),
        (lambda times, accuracy, limit: 17, "A row is asked for"),
    ],
)
def test_choices_under_limits(answer, text):
    says(ex.q4.check(answer), text)


def test_pairs_whose_macs_mislead(stored):
    slow, fast = ex.q5.official_answer()
    verdict = ex.q5.check((slow, fast))
    assert verdict and "million MACs" in verdict.message
    says(ex.q5.check((fast, slow)), "Swap the two")
    says(ex.q5.check((MARKED["all skip"], MARKED["all 3×3"])), "and 2 is asked for")
    says(ex.q5.check((MARKED["all 3×3"], MARKED["all skip"])), "the first must have fewer MACs")
    says(ex.q5.check([slow]), "two cells, slow and fast")


def test_the_machine_of_the_first_exercise_is_the_same_each_time():
    first, second = (ex.Machine(5, 8, 3) for _ in range(2))
    assert first.script == second.script and first.steady == second.steady
    assert np.median(first.script[5:]) == pytest.approx(first.steady, rel=0.01)
    assert np.mean(first.script) > 1.3 * first.steady and math.isclose(first.script[0], 20 * first.steady)
