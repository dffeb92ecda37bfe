"""Latency in the loss: the expectation by enumeration, its gradient by autograd, and what it does to a search."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from small_supernets import BUILD, RECIPE, SPACE, small_data  # noqa: E402

from nastutor.oneshot import run_darts, run_gdas  # noqa: E402
from nastutor.oneshot.proxyless import (  # noqa: E402
    AddedLatency,
    ExpectedLatency,
    MultipliedLatency,
    without_none,
)

TABLE = np.random.default_rng(0).uniform(1, 5, (6, 5))
ALPHA = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def additive(genotype):
    return sum(TABLE[edge, operation] for edge, operation in enumerate(genotype))


@pytest.mark.parametrize("with_none", [True, False])
def test_the_expectation_is_the_mean_over_all_cells(with_none):
    first = 0 if with_none else 1
    p = ALPHA[:, first:].softmax(1).numpy()
    mean = sum(
        np.prod([p[edge, operation - first] for edge, operation in enumerate(genotype)]) * additive(genotype)
        for genotype in itertools.product(range(first, 5), repeat=6)
    )
    found = ExpectedLatency(TABLE, fixed=2.0, with_none=with_none)(ALPHA)
    assert found.item() == pytest.approx(2 + mean)


def test_its_gradient_is_that_of_its_docstring():
    alpha = ALPHA.clone().requires_grad_()
    ExpectedLatency(TABLE)(alpha).backward()
    p = ALPHA.softmax(1).numpy()
    expected = p * (TABLE - (p * TABLE).sum(1, keepdims=True))
    assert np.allclose(alpha.grad.numpy(), expected)
    assert np.allclose(alpha.grad.sum(1), 0)  # a softmax does not see a shift of its row


def test_a_decided_alpha_costs_what_its_cell_costs():
    genotype = SPACE.sample(np.random.default_rng(1))
    alpha = 100 * torch.nn.functional.one_hot(torch.tensor(genotype), 5).double()
    assert ExpectedLatency(TABLE, 2.0)(alpha).item() == pytest.approx(2 + additive(genotype))


def test_bounds_are_the_cheapest_and_the_dearest_cell():
    costs = [additive(genotype) for genotype in itertools.product(range(1, 5), repeat=6)]
    assert ExpectedLatency(TABLE, 1.0, with_none=False).bounds() == pytest.approx((1 + min(costs), 1 + max(costs)))


def test_the_two_losses():
    expected, loss = ExpectedLatency(TABLE), torch.tensor(1.5, dtype=torch.float64)
    cost = expected(ALPHA).item()
    assert AddedLatency(expected, 0.1)(loss, ALPHA).item() == pytest.approx(1.5 + 0.1 * cost)
    late = AddedLatency(expected, 0.1, warmup=0.5)
    assert late(loss, ALPHA, 0.4).item() == 1.5 and late(loss, ALPHA, 0.5).item() == pytest.approx(1.5 + 0.1 * cost)
    assert MultipliedLatency(expected)(loss, ALPHA).item() == pytest.approx(1.5 * 0.2 * np.log(cost) ** 0.6)
    assert MultipliedLatency(expected, 1, 0)(loss, ALPHA).item() == pytest.approx(1.5)


def test_the_mixture_without_none_is_a_softmax_over_the_others():
    weights = without_none(torch.Generator(), 0.0)(ALPHA)
    assert (weights[:, 0] == 0).all() and np.allclose(weights.sum(1), 1)
    assert torch.allclose(weights[:, 1:], ALPHA[:, 1:].softmax(1))


@pytest.mark.parametrize("method", ["darts of order 1", "darts of order 2", "gdas"])
def test_a_weight_of_zero_changes_nothing_and_a_large_one_finds_the_cheapest_cell(method):
    def run(penalty):
        options = {"epochs": 2, "alpha_learning_rate": 0.1, "with_none": False, "penalty": penalty, "progress": False}
        if method == "gdas":
            return run_gdas(BUILD, small_data(), RECIPE, **options)
        return run_darts(BUILD, small_data(), RECIPE, relax=without_none, order=int(method[-1]), **options)

    expected = ExpectedLatency(TABLE, with_none=False)
    plain, zero, much = run(None), run(AddedLatency(expected, 0.0)), run(AddedLatency(expected, 100.0))
    assert np.allclose(plain.alphas, zero.alphas, rtol=0, atol=1e-12)
    assert much.genotype == tuple((1 + TABLE[:, 1:].argmin(axis=1)).tolist()) != plain.genotype
    assert much.val_losses[0] > 100 * expected.bounds()[0]


def test_a_checkpoint_of_another_table_is_refused(tmp_path):
    path = tmp_path / "run.pt"

    def run(table, epochs):
        penalty = AddedLatency(ExpectedLatency(table), 0.1)
        return run_gdas(BUILD, small_data(), RECIPE, penalty=penalty, epochs=epochs, checkpoint=path, progress=False)

    run(TABLE, 1)
    assert len(run(TABLE, 2).genotypes) == 2
    with pytest.raises(ValueError, match="its penalty is AddedLatency"):
        run(2 * TABLE, 2)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ExpectedLatency(np.ones((5, 6))), r"shape \(5, 6\): give \(6, 5\)"),
        (lambda: ExpectedLatency(-TABLE), "at least 0"),
        (lambda: ExpectedLatency(TABLE * np.nan), "finite costs"),
        (lambda: ExpectedLatency(TABLE, -1.0), "fixed -1.0"),
        (lambda: AddedLatency(ExpectedLatency(TABLE), -0.1), "weight -0.1 and warmup 0"),
        (lambda: MultipliedLatency(ExpectedLatency(TABLE), scale=0), "scale 0"),
        (lambda: MultipliedLatency(ExpectedLatency(TABLE / 100)), "give the table in a smaller unit"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
