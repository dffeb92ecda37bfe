"""Lesson 09: known facts, and the message that each typical mistake gets."""

import numpy as np
import pytest

from nastutor.exercises import darts as ex
from nastutor.studies.oneshot import load_oneshot_study


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def softmax(alpha, axis):
    powers = np.exp(alpha - alpha.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def mixing(weigh):
    return lambda outputs, alpha: np.einsum("eo,eon->en", weigh(alpha), outputs)


@pytest.mark.parametrize(
    ("weigh", "text"),
    [
        (lambda a: a, "not α itself"),
        (np.exp, "do not add up to 1"),
        (lambda a: softmax(a, 0), "runs over the edges"),
        (lambda a: softmax(a, None), "runs over everything"),
        (lambda a: np.eye(5)[a.argmax(1)], "the largest α alone"),
        (lambda a: np.full_like(a, 0.2), "the plain mean"),
        (lambda a: np.exp(a) / np.exp(a).sum(1, keepdims=True), "not for an α of 1000"),
        (lambda a: softmax(2 * a, 1), "On edge 0"),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_mixtures(weigh, text, which):
    says(ex.q1.variant(which).check(mixing(weigh)), text)


def test_a_mixture_may_be_computed_by_torch_and_in_float32():
    torch = pytest.importorskip("torch")

    def mixed(outputs, alpha, dtype=torch.float32):
        outputs = torch.tensor(outputs, dtype=dtype)
        return torch.einsum("eo,eon->en", torch.tensor(alpha, dtype=dtype, requires_grad=True).softmax(1), outputs)

    for which in range(4):
        assert ex.q1.variant(which).check(mixed)
        assert ex.q1.variant(which).check(lambda *arrays: mixed(*arrays, dtype=torch.float64))
        assert ex.q1.variant(which).check(lambda *arrays: mixed(*arrays).tolist())


def test_numbers_and_cells_may_be_tensors():
    torch = pytest.importorskip("torch")
    gradients, cells = ex.q2.official_answer(), ex.q4.official_answer()
    for kind in (torch.tensor, np.float32, lambda values: torch.tensor(values, requires_grad=True)):
        assert ex.q2.check(kind(gradients)) and ex.q2.check([kind(value) for value in gradients])
    for kind in (torch.tensor, np.array, lambda values: torch.tensor(values, dtype=torch.float32)):
        assert ex.q4.check(kind(cells)) and ex.q4.check([kind(cell) for cell in cells])


def test_a_mixture_has_one_row_an_edge():
    assert ex.q1.check(mixing(lambda a: softmax(a, 1)))
    says(ex.q1.check(lambda outputs, alpha: outputs.sum(axis=0)), "of the shape (6, 7)")
    says(ex.q1.check(lambda outputs, alpha: [[1, 2], [3]]), "an array, one row of numbers")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((6, 3.28, 4), "First order: w does not depend on α here"),
        ((1, 3.28, 4), "First order: the derivative of α² is 2α"),
        ((0, 3.28, 4), "First order: α stands in L_val"),
        ((2, 1.28, 4), "Second order: the first-order part is missing"),
        ((2, 0.72, 4), "Second order: the sign"),
        ((2, 3.6, 4), "Second order: ∂L_val/∂w is to be taken at w'"),
        ((2, 14.8, 4), "Second order: ∂w'/∂α has a factor ξ"),
        ((2, 3.28, 2), "Exact: α stands in L_val"),
        ((2, 3.28, 6), "Exact: put w*(α) = kα"),
        ((2, 3.28, 3.28), "Exact: that is one step"),
        ((2, 3.28, 5), "Exact: 5 is too large"),
        ((2, 3.28), "a list of three numbers"),
    ],
)
def test_three_gradients(answer, text):
    says(ex.q2.check(answer), text)


@pytest.mark.parametrize("which", range(6))
def test_the_three_gradients_are_derivatives(which):
    exercise = ex.q2.variant(which)
    c, k, t, p, w, alpha, xi = exercise.given.values()

    def derivative(of):
        return (of(alpha + 1e-5) - of(alpha - 1e-5)) / 2e-5

    def val(w, a):
        return (w - t) ** 2 + p * a**2

    numeric = (
        derivative(lambda a: val(w, a)),
        derivative(lambda a: val(w - xi * 2 * c * (w - k * a), a)),
        derivative(lambda a: val(k * a, a)),
    )
    assert np.allclose(numeric, exercise.official_answer(), atol=1e-6)


def difference(combine):
    def product(slope, w, v, epsilon):
        r = epsilon / np.linalg.norm(v)
        return combine(slope(w + r * v), slope(w - r * v), r)

    return product


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda s, w, v, e: (s(w + e / np.linalg.norm(v) * v) - s(w)) / (e / np.linalg.norm(v)), "take w − r v"),
        (lambda s, w, v, e: (s(w) - s(w - e / np.linalg.norm(v) * v)) / (e / np.linalg.norm(v)), "take w + r v"),
        (difference(lambda plus, minus, r: (plus - minus) / r), "2 r apart"),
        (difference(lambda plus, minus, r: (minus - plus) / (2 * r)), "The sign"),
        (difference(lambda plus, minus, r: (plus - minus) / 0.02), "not by 2 ε"),
        (difference(lambda plus, minus, r: plus - minus), "Divide the difference"),
        (lambda s, w, v, e: (s(w + e * v) - s(w - e * v)) / (2 * e), "as long as v times ε"),
        (difference(lambda plus, minus, r: (plus + minus) / (2 * r)), "the error is"),
        (difference(lambda plus, minus, r: (plus - minus)[:-1]), "got the shape (7,)"),
        (lambda s, w, v: v, "TypeError"),
    ],
)
def test_finite_differences(answer, text):
    says(ex.q3.check(answer), text)


@pytest.mark.parametrize("length", [1e-3, 0.3, 0.9, 1.1, 2])
def test_a_finite_difference_has_the_length_that_was_asked_for(length):
    """The network is smooth, so that other lengths have small errors as well."""
    right = difference(lambda plus, minus, r: (plus - minus) / (2 * r))
    for which in range(3):
        says(ex.q3.variant(which).check(lambda s, w, v, e: right(s, w, v, length * e)), "from w: ε is 0.01")


def test_a_finite_difference_may_be_taken_by_torch_and_in_float32():
    torch = pytest.importorskip("torch")

    def product(slope, w, v, epsilon, dtype=torch.float32):
        w, v = (torch.tensor(part, dtype=dtype, requires_grad=True) for part in (w, v))
        r = epsilon / v.norm()
        plus, minus = (torch.tensor(slope(w + sign * r * v)) for sign in (1, -1))
        return (plus - minus) / (2 * r)

    assert ex.q3.check(product)
    assert ex.q3.check(lambda *given: product(*given, dtype=torch.float64))


def test_two_gradients_are_enough():
    right = difference(lambda plus, minus, r: (plus - minus) / (2 * r))
    assert ex.q3.check(right)

    def wasteful(slope, w, v, epsilon):
        slope(w)
        return right(slope, w, v, epsilon)

    says(ex.q3.check(wasteful), "called 3 times")


def test_deriving_cells():
    with_none, without = ex.q4.official_answer()
    assert 0 in with_none and 0 not in without
    assert ex.q4.check([list(with_none), np.array(without)])
    says(ex.q4.check([without, with_none]), "The other way round")
    says(ex.q4.check([with_none, with_none]), "leave out `none`")
    says(ex.q4.check([with_none, [operation - 1 for operation in without]]), "the numbers are shifted")
    other = ((with_none[0] + 1) % 5, *with_none[1:])
    says(ex.q4.check([other, without]), "edge (0, 1) has another operation")
    says(ex.q4.check([with_none, other if 0 in other else (0, *other[1:])]), "There is a `none`")
    says(ex.q4.check([with_none, (without[0] % 4 + 1, *without[1:])]), "not that of the largest α")
    says(ex.q4.check([with_none, (5,) * 6]), "an integer, 0…4")
    says(ex.q4.check([with_none, (1, 2)]), "six integers")
    says(ex.q4.check(with_none), "a list of two cells")


def test_what_a_plan_costs():
    cost = ex.costs()
    assert cost["second"] > 2 * cost["first"] > 4 * cost["random"]
    assert ex.seconds_of({"random": 3}) == pytest.approx(3 * cost["random"])
    assert ex.seconds_of({"first": 2, "epochs": 10}) == pytest.approx(2 * (cost["first"] / 5 + cost["random"]))


def test_a_plan_is_described_by_the_runs_that_there_are_and_has_no_band():
    verdict = ex.q5.check(ex.q5.official_answer())
    assert verdict and "of the pairs" in verdict.message and "[" not in verdict.message
    six = ex.carry_out({"first": 6})
    assert len(set(six)) == 1, "all six runs answer alike, in whatever order they are drawn"
    assert len(set(ex.carry_out({"first": 5}))) <= 6


def test_a_plan_of_one_run_answers_with_its_cell():
    study = load_oneshot_study()
    cells = study.derived("DARTS, second order", with_none=False)[:, -1].tolist()
    truth = [study.table.report(tuple(cell))["test_accuracy"] for cell in cells]
    assert set(ex.carry_out({"second": 1})) == set(truth) == set(ex.one_second_order_run())


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"random": 2000}, "Your plan costs"),
        ({"second": 1}, "Not better than one second-order run"),
        ({"first": 0, "second": 0}, "no cell to choose from"),
        ({"first": 7}, "first 7: choose a whole number, 0…6"),
        ({"first": 1, "epochs": 51}, "epochs 51"),
        ({"first": 1.5}, "first 1.5"),
        ({"third": 1}, "got 'third'"),
        ([1, 2], "A plan is a dictionary"),
    ],
)
def test_plans(answer, text):
    says(ex.q5.check(answer), text)


def test_a_plan_that_is_not_filled_in_is_not_attempted():
    assert ex.q5.check({"first": ..., "random": 3}).state == "not attempted"
