"""Lesson 15: known facts, and the message that each typical mistake gets."""

import numpy as np
import pytest

from nastutor.exercises import once_for_all as ex
from nastutor.oneshot.specialization import break_even
from nastutor.spaces import ElasticSpace
from nastutor.studies.once_for_all import load_once_for_all

SPACE = ElasticSpace.small()


def says(verdict, text):
    assert verdict.state == "wrong" and text in verdict.message, verdict


def test_the_number_in_the_paper():
    assert ex.q1.official_answer() == 7371**5 == ((3 * 3) ** 2 + (3 * 3) ** 3 + (3 * 3) ** 4) ** 5
    verdict = ex.q1.check(7371**5)
    assert verdict and "about 2e+19" in verdict.message
    assert ex.q1.check(float(7371**5))
    assert not ex.q1.check(7371**5 + 1) and not ex.q1.check(7371**5 - 10**9) and not ex.q1.check(7371**5 + 1e9)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (2e19, "looks rounded"),
        (7371, "one unit"),
        (5 * 7371, "independent choices multiply"),
        (9**20, "deepest networks alone"),
        ((9**9) ** 5, "add them"),
        ((6**2 + 6**3 + 6**4) ** 5, "these multiply"),
        (27**5, "d kernels and d widths"),
        (12, "too small"),
    ],
)
def test_sizes(answer, text):
    says(ex.q1.check(answer), text)


def test_the_formula_counts_what_is_there():
    for units, depths, kernels, widths in [(1, (1, 2), 2, 2), (2, (1, 2), 1, 3), (2, (1,), 2, 1)]:
        block = [(k, w) for k in range(kernels) for w in range(widths)]
        unit = sum(len(block) ** depth for depth in depths)
        assert ex.count_architectures(units, depths, kernels, widths) == unit**units


def corner(weight, c_out, c_in, size):
    return weight[:c_out, :c_in, :size, :size]


def last(weight, c_out, c_in, size):
    return ex.small_kernel(weight[-c_out:, -c_in:], c_out, c_in, size)


def zeroed(weight, c_out, c_in, size):
    border = (weight.shape[-1] - size) // 2
    return np.pad(ex.small_kernel(weight, c_out, c_in, size), ((0, 0), (0, 0), (border,) * 2, (border,) * 2))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (corner, "That is the corner"),
        (last, "the last channels"),
        (zeroed, "a small kernel is wanted"),
        (lambda weight, c_out, c_in, size: ex.small_kernel(weight, len(weight), 5, size), "All channels are still"),
        (lambda weight, c_out, c_in, size: ex.small_kernel(weight, c_out, 5, size), "All channels that come in"),
        (lambda weight, c_out, c_in, size: ex.small_kernel(weight, len(weight), c_in, size), "The shape is (4, 3,"),
        (lambda weight, c_out, c_in, size: weight[:c_out, :c_in, :1, :1], "The shape is (2, 3, 1, 1)"),
        (lambda weight, c_out, c_in, size: 2 * ex.small_kernel(weight, c_out, c_in, size), "not those of the centre"),
        (lambda weight, c_out, c_in, size: ex.small_kernel(weight, c_out, c_in, size).tolist(), "Return an array"),
    ],
)
def test_kernels(answer, text):
    says(ex.q2.check(answer), text)


def test_the_convolution_of_the_check_is_torchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for size in (1, 3, 5):
        image, weight = rng.normal(size=(3, 7, 5)), rng.normal(size=(4, 3, size, size))
        expected = torch.conv2d(torch.from_numpy(image)[None], torch.from_numpy(weight), padding=size // 2)[0]
        assert np.allclose(ex.convolve(image, weight), expected.numpy(), rtol=0, atol=1e-12)


def test_batch_norm_before_and_after():
    measured = load_once_for_all().shared["sandwich"]
    gains = measured.val_accuracy[0] - measured.before[0]
    assert ex.q3.check(gains.mean()) and ex.q3.check(round(gains.mean(), 1))
    for answer, text in [
        (-gains.mean(), "The sign"),
        (gains[1], "the largest sub-network alone"),
        (gains[0], "the smallest sub-network alone"),
        (measured.val_accuracy[0].mean(), "the accuracy afterwards"),
        (100 * gains.mean() / measured.before[0].mean(), "not a ratio"),
    ]:
        says(ex.q3.check(answer), text)


def sampled(space, rng, count):
    return [space.largest, space.smallest, *(space.sample(rng) for _ in range(count))]


def same_each_time(space, rng, count):
    return sampled(space, np.random.default_rng(0), count)


def one_draw(space, rng, count):
    return [space.largest, space.smallest, *[space.sample(rng)] * count]


def unconditional(space, rng, count):
    return [
        *sampled(space, rng, 0),
        *(tuple(int(rng.integers(len(v.choices))) for v in space.variables) for _ in range(count)),
    ]


def biased(space, rng, count):
    return [*sampled(space, rng, 0), *(space.mutate(space.largest, rng) for _ in range(count))]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda space, rng, count: sampled(space, rng, count)[1:], "A step has 4 sub-networks"),
        (lambda space, rng, count: sampled(space, rng, count)[::-1], "in another order"),
        (lambda space, rng, count: [space.sample(rng) for _ in range(count + 2)], "The largest comes first"),
        (same_each_time, "the same in every step"),
        (one_draw, "all the same: draw each"),
        (unconditional, "not zero where it is inactive"),
        (biased, "is not drawn uniformly"),
        (lambda space, rng, count: [*sampled(space, rng, 0), *["x"] * count], "no genotype"),
    ],
)
def test_sandwiches(answer, text):
    says(ex.q4.check(answer), text)


def test_plans_that_break_even():
    train, evaluation, alone, devices = (ex.q5.given[name] for name in ("train", "evaluation", "alone", "devices"))
    for plan in [(5, 100), (5, 1), ex.q5.official_answer()]:
        is_right = break_even((train, plan[1] * evaluation), (0, plan[0] * alone)) == devices
        assert bool(ex.q5.check(plan)) == is_right
    says(ex.q5.check((1, 1000)), "never pays")
    says(ex.q5.check((1000, 1)), "it pays from 1 devices on")
    says(ex.q5.check((2.5, 1)), "candidates must be a whole number")
    says(ex.q5.check((5, 0)), "evaluations must be a whole number")
    says(ex.q5.check(5), "a pair (candidates, evaluations)")
