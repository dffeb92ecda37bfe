"""Lesson 14: known facts, and the message that each typical mistake gets."""

import math

import numpy as np
import pytest

from nastutor.exercises import hardware_aware as ex


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (0.1272, "needs a negative exponent"),
        (-math.log(1.15), "divide by its logarithm"),
        (-0.05, "not a multiple"),
        (-0.15, "the gain itself"),
        (-math.log(3) / math.log(1.15), "Upside down"),
        (-0.07, "MnasNet's own w"),
        (-0.2, "too small"),
    ],
)
def test_exponents(answer, text):
    says(ex.q1.check(answer), text)


def test_the_exponent_of_mnasnet():
    assert ex.exponent(2, 5) == pytest.approx(-0.0704, abs=1e-4)
    assert ex.q1.check(-0.127) and ex.q1.check(math.log(0.85, 3)), "15 % off is meant as well as 15 % on"
    w = ex.exponent(3, 8)
    assert 1.08 * 3**w == pytest.approx(1)


def parts(alpha, costs):
    """Return p, the mean cost of each edge (edges, 1), and E."""
    p = np.exp(alpha) / np.exp(alpha).sum(axis=1, keepdims=True)
    means = (p * costs).sum(axis=1, keepdims=True)
    return p, means, means.sum()


def of_latency(alpha, costs):
    p, means, _ = parts(alpha, costs)
    return p * (costs - means)


def weight(alpha, costs, ce):
    latency = parts(alpha, costs)[2]
    return ce * 0.12 * np.log(latency) ** -0.4 / latency


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda a, c, ce: -ex.gradient(a, c, ce), "The sign is wrong"),
        (lambda a, c, ce: of_latency(a, c), "the gradient of E"),
        (lambda a, c, ce: ce * 0.2 * np.log(parts(a, c)[2]) ** 0.6 * of_latency(a, c), "by L itself"),
        (lambda a, c, ce: ex.gradient(a, c, ce) * parts(a, c)[2], "divide by E"),
        (lambda a, c, ce: ex.gradient(a, c, 1.0), "a factor of L"),
        (lambda a, c, ce: ex.gradient(a, c, ce) / 0.6, "The power has a derivative"),
        (lambda a, c, ce: weight(a, c, ce) * parts(a, c)[0] * c, "Subtract the mean of the edge"),
        (lambda a, c, ce: weight(a, c, ce) * (c - parts(a, c)[1]), "Multiply by p"),
        (lambda a, c, ce: ex.gradient(a, c, ce) + 0.1, "finite differences"),
        (lambda a, c, ce: ex.gradient(a, c, ce).sum(axis=1), "the shape of α"),
        (lambda a, c, ce: "later", "An array of numbers"),
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
    values, spans = ex.derived(11)
    assert len(values) == len(spans) == 30 and without + with_term >= 1
    says(ex.q4.check((without + 40, with_term)), "is not right")


def test_one_cell_for_all():
    cells, accuracy, times = ex._measured("cifar10")
    says(ex.q5.check((1, 1, 1, 1, 1, 1)), "the best 60 % have at least")
    says(ex.q5.check((3, 3, 3, 3, 3, 3)), "Its ratios are")
    says(ex.q5.check((3, 3, 3, 3, 3, 9)), "is no cell")
    says(ex.q5.check((4, 4, 4, 4, 3, 3)), "is not one of the 300 measured cells")
    fastest = np.where(accuracy >= np.quantile(accuracy, 0.4), times[:, 0], np.inf).argmin()
    says(ex.q5.check(cells[fastest]), "It is the fastest in eager PyTorch")
    assert ex.q5.check(ex.SPACE.to_string(ex.q5.official_answer()))
