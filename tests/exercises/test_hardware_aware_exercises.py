"""Lesson 13: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest

from nastutor.exercises import hardware_aware as ex


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (0.0704, "needs a negative exponent"),
        (-math.log(1.05), "divide by its logarithm"),
        (-0.025, "not a multiple"),
        (-0.05, "the gain itself"),
        (-math.log(2) / math.log(1.05), "Upside down"),
        (-0.2, "too small"),
    ],
)
def test_exponents(answer, text):
    says(ex.q1.check(answer), text)


def test_the_exponent_of_mnasnet():
    assert ex.q1.official_answer() == pytest.approx(-0.0704, abs=1e-4)
    assert ex.q1.check(-0.07) and ex.q1.check(math.log2(0.95)), "five percent off is meant as well as five percent on"
    w = ex.exponent(3, 8)
    assert 1.08 * 3**w == pytest.approx(1)


def softmax(alpha, axis=1):
    return np.exp(alpha) / np.exp(alpha).sum(axis=axis, keepdims=True)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda a, c: -ex.gradient(a, c), "The sign is wrong"),
        (lambda a, c: c, "the derivative by p"),
        (lambda a, c: softmax(a) * c, "Subtract the mean of the edge"),
        (lambda a, c: softmax(a) * (1 - softmax(a)) * c, "the share of the operation itself"),
        (lambda a, c: softmax(a) * (c - c.mean(axis=1, keepdims=True)), "weighed by p"),
        (lambda a, c: c - (softmax(a) * c).sum(axis=1, keepdims=True), "Multiply by p"),
        (lambda a, c: softmax(a, None) * (c - (softmax(a, None) * c).sum()), "over the whole matrix"),
        (lambda a, c: ex.gradient(a, c) + 0.1, "finite differences"),
        (lambda a, c: ex.gradient(a, c).sum(axis=1), "the shape of α"),
        (lambda a, c: "later", "An array of numbers"),
    ],
)
def test_gradients(answer, text):
    says(ex.q2.check(answer), text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (("B", "C"), "The other way round"),
        (("A", "B"), "Soft: A is the most accurate"),
        (("D", "B"), "Soft: D is the fastest"),
        (("C", "A"), "Hard: A is above the target"),
        (("C", "D"), "Hard: D is the fastest"),
        (("C", "C"), "The hard one is not right"),
        (("C", "E"), "Answer with one of"),
        ("CB", "a pair of letters"),
    ],
)
def test_soft_and_hard(answer, text):
    says(ex.q3.check(answer), text)


def test_the_soft_winner_does_not_depend_on_the_target():
    cells = ex.q3.given["cells"]
    assert {ex.best_by(cells, target, -0.07, -0.07) for target in (1, 5, 16, 100)} == {"C"}
    assert [ex.best_by(cells, target, 0, -1) for target in (4, 9, 16, 24)] == ["D", "C", "B", "A"]


def test_the_front_with_and_without():
    without, with_term = ex.q4.official_answer()
    values, spans = ex.derived("gdas")
    assert len(values) == len(spans) == 20 and without + with_term >= 1
    says(ex.q4.check((5, 15)), "Those are all runs")
    if without != with_term:
        says(ex.q4.check((with_term, without)), "The other way round")
    says(ex.q4.check((without + 40, with_term)), "is not right")


def test_one_cell_for_all():
    says(ex.q5.check((0, 0, 0, 1, 0, 0)), "the best 5 % have at least 90.13 %")
    says(ex.q5.check((3, 3, 3, 3, 3, 3)), "Its ratios are")
    says(ex.q5.check((3, 3, 3, 3, 3, 9)), "is no cell")
    bench = ex.table("cifar10")
    accuracy = bench.values("val_accuracy", "search")
    fastest = np.where(accuracy >= np.quantile(accuracy, 0.95), bench.values("latency_ms", "search"), np.inf).argmin()
    says(ex.q5.check(bench.genotypes[fastest]), "It is the cheapest by latency_ms")
    assert ex.q5.check(bench.space.to_string(ex.q5.official_answer()))
