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
        (in_place, "changes what it is given"),
        (lambda a, n: 77, "Your function returns 77 where it should be"),
        (lambda a, n: 1.5, "a whole number"),
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


def by_hand(accuracy_of, weights, order):
    """Written another way: the loss of a removal, edge after edge."""
    weights, cell = np.array(weights), {}
    for edge in order:
        lost = {}
        for operation in (1, 2, 3, 4):
            kept = weights[edge, operation]
            weights[edge, operation] = 0
            lost[operation] = -accuracy_of(weights)
            weights[edge, operation] = kept
        cell[edge] = max(lost, key=lost.get)
        weights[edge] = [float(operation == cell[edge]) for operation in range(5)]
    return [cell[edge] for edge in range(6)]


def test_what_is_missed_most_may_be_found_in_another_way():
    assert ex.q2.check(by_hand)


def test_a_mixture_that_adds_up_misses_what_gives_most():
    worth = np.random.default_rng(0).normal(size=(6, 5))
    weights = np.full((6, 5), 0.2)
    expected = 1 + worth[:, 1:].argmax(axis=1)
    assert ex.keep_what_is_missed(lambda w: float((worth * w).sum()), weights, range(6)) == tuple(expected)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda judge, weights, order: [3, 3, 3], "six operations"),
        (lambda judge, weights, order: [3.5] * 6, "a whole number"),
        (lambda judge, weights, order: [3] * 6, "where it should be"),
        (lambda judge, weights, order: weights.sort() or [3] * 6, "changes what it is given"),
        (lambda judge, weights: [3] * 6, "TypeError"),
    ],
)
def test_selections_that_are_refused(answer, text):
    says(ex.q2.check(answer), text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda h: False, "never stops"),
        (lambda h: len(h["alphas"]) == 59, "Stopped after 59, 59"),
        (lambda h: 1, "True or False"),
        (lambda h: h["accuracy"], "KeyError"),
    ],
)
def test_stopping_rules(answer, text):
    says(ex.q3.check(answer), text)


def test_a_rule_sees_the_past_alone_and_cannot_change_it():
    lengths = []

    def watch(history):
        lengths.append({name: len(values) for name, values in history.items()})
        history["alphas"][:] = 0
        return len(lengths) % 7 == 0

    before = STUDY("DARTS, eight cells", "alphas").copy()
    assert (ex.stops_of(watch, 50) == 7).all()
    assert all(set(seen.values()) == {number % 7 + 1} for number, seen in enumerate(lengths))
    assert np.array_equal(STUDY("DARTS, eight cells", "alphas"), before)
