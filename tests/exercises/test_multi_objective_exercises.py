"""Lesson 12: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest

from nastutor.exercises import multi_objective as ex
from nastutor.objectives.pareto import crowding_distance, hypervolume


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def strict(points):
    return [not any(all(x > y for x, y in zip(other, point)) for other in points) for point in points]


def weak(points):
    return [sum(all(x >= y for x, y in zip(other, point)) for other in points) == 1 for point in points]


def once(points):
    return [kept and points.index(point) == i for i, (point, kept) in enumerate(zip(points, ex.on_front(points)))]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (strict, "another equals in one objective and beats in the other"),
        (weak, "equal points do not dominate each other"),
        (once, "only the first of equal points"),
        (lambda points: ex.on_front([tuple(-x for x in point) for point in points]), "the front of the worst points"),
        (lambda points: [not kept for kept in ex.on_front(points)], "True is for points that nothing dominates"),
        (lambda points: [False] * len(points), "every set has a front"),
        (lambda points: [True] * len(points), "some are dominated"),
        (lambda points: ex.on_front([point[:2] for point in points]), "and you say otherwise"),
        (lambda points: [int(kept) for kept in ex.on_front(points)], "True or False: got 1"),
        (lambda points: [p for p, kept in zip(points, ex.on_front(points)) if kept], "one True or False for each of 6"),
    ],
)
def test_dominance(answer, text):
    says(ex.q1.check(answer), text)


def test_arrays_of_truth_are_read():
    assert ex.q1.check(lambda points: np.array(ex.on_front(points)))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (34, "measured from (0, 0)"),
        (39, "the area counts once"),
        (33, "the area counts once"),
        (16, "the largest box alone"),
        (35, "the box around all"),
        (3, "how many points"),
        (22, "too large"),
    ],
)
def test_hypervolumes(answer, text):
    says(ex.q2.check(answer), text)


def test_the_area_is_the_packages_hypervolume():
    for exercise in [ex.q2, *(ex.q2.variant(i) for i in range(1, 6))]:
        given = exercise.given
        assert exercise.official_answer() == hypervolume(np.array(given["points"]), given["reference"])
    assert ex.q2.official_answer() == 21


INF = math.inf


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ([0.9, 0, INF, 1.1, 0.6], "One end is infinitely lonely"),
        ([0.9, 0, 0, 1.1, 0.6], "only they, get infinity"),
        ([INF, 0.9, 0.6, 1.1, INF], "wherever they stand in the list"),
        ([24, INF, INF, 26, 18], "divide by the range"),
        ([0.45, INF, INF, 0.55, 0.3], "the mean over the objectives"),
        ([0.4, INF, INF, 0.6, 0.2], "the first objective alone"),
        ([0.5, INF, INF, 0.5, 0.4], "the second objective alone"),
        ([0.3, INF, INF, 0.3, 0.3], "the nearer neighbour"),
        ([0.6, INF, INF, 0.3, 0.3], "the way to one neighbour"),
        ([0.2, INF, INF, 0.3, 0.08], "You multiply"),
        ([0.9, INF, INF, 1.1, 0.7], "Look again at (5, 30)"),
        ([0.9, INF, INF, 1.1], "a list of 5 distances"),
    ],
)
def test_crowding(answer, text):
    says(ex.q3.check(answer), text)


def test_the_crowding_is_the_packages():
    assert ex.q3.check([0.9, INF, INF, 1.1, 0.6]).message == "The most crowded is (5, 30), with 0.60: it goes."
    for exercise in [ex.q3, *(ex.q3.variant(i) for i in range(1, 6))]:
        assert exercise.official_answer() == pytest.approx(crowding_distance(np.array(exercise.given["points"])))


def test_dents(open_table):
    bench = open_table("cifar10")
    is_on_front, depths = ex._dents("cifar10", "latency_ms")
    dents = np.flatnonzero(is_on_front & (depths > 1e-9))
    assert (is_on_front.sum(), len(dents)) == (21, 11)
    deepest = dents[depths[dents].argmax()]
    verdict = ex.q4.check(bench.genotypes[deepest])
    assert verdict and "of 11 such points, the deepest." in verdict.message
    other = next(i for i in dents if i != deepest)
    verdict = ex.q4.check(bench.space.to_string(bench.genotypes[other]))
    assert verdict and "the deepest is" in verdict.message
    corner = bench.genotypes[np.flatnonzero(is_on_front & (depths < 1e-9))[0]]
    says(ex.q4.check(corner), "some weights make it the best")
    says(ex.q4.check((3,) * 6), "cells dominate it")
    says(ex.q4.check("|skip|"), "is no cell")
    says(ex.q4.check((9,) * 6), "is no cell: operation 9")


def test_winners_under_limits(open_table):
    bench, limits = open_table("cifar10"), (15.0, 400_000)
    accuracy, latency, params = (bench.values(name, "search") for name in ("val_accuracy", "latency_ms", "params"))
    fits = (latency <= limits[0]) & (params <= limits[1])

    def cell(scores):
        return bench.genotypes[int(np.argmax(scores))]

    says(ex.q5.check(cell(accuracy)), "the most accurate cell of all. A limit is broken: latency_ms is")
    says(ex.q5.check(cell(np.where(latency <= limits[0], accuracy, 0))), "broken: params is")
    says(ex.q5.check(cell(np.where(params <= limits[1], accuracy, 0))), "broken: latency_ms is")
    says(ex.q5.check(cell(np.where(fits, -latency, -INF))), "the fastest cell")
    says(ex.q5.check(cell(np.where(fits, bench.values("val_accuracy", "all"), 0))), "the mean of all seeds")
    says(ex.q5.check(cell(np.where(fits & (accuracy < 85), accuracy, 0))), "cells that fit are more accurate")
    best = ex.q5.official_answer()
    assert ex.q5.check(best) and ex.q5.check(np.array(best)) and ex.q5.check(bench.space.to_string(best))
