"""The gradient that α feels: the true slope where all is smooth, and where it jumps the one over the step."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from small_supernets import BUILD, small_data  # noqa: E402

from nastutor.networks.batch_norm import batch_statistics  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.oneshot.darts import exact_unrolled_gradient, supernet_losses  # noqa: E402
from nastutor.oneshot.felt_gradient import FeltErrors, felt_errors, felt_gradient  # noqa: E402


def draw(*shape, seed):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def bilevel_problem(activation):
    """Hidden units that α weighs, as two losses, weights and α."""

    def loss(x, y, weights, alpha):
        return (activation(x @ weights[0]) * alpha.softmax(0) @ weights[1] - y).square().mean()

    train, val = (partial(loss, draw(20, 3, seed=seed), draw(20, 2, seed=seed + 1)) for seed in (0, 2))
    weights = [draw(3, 6, seed=4).requires_grad_(), draw(6, 2, seed=5).requires_grad_()]
    return train, val, weights, draw(6, seed=6).requires_grad_()


def test_on_a_smooth_network_alpha_feels_what_autograd_says():
    problem = bilevel_problem(torch.tanh)
    felt = felt_gradient(*problem, xi=0.5, step=1e-4)
    assert torch.allclose(felt, exact_unrolled_gradient(*problem, xi=0.5), rtol=1e-6)


def test_a_jump_is_felt_in_proportion_to_its_height_and_the_length_of_the_step():
    """The slope of L_train in w jumps from 0 to 1 at α = 0, so w' falls by ξ there, and L_val = 3 w' + α by 3 ξ."""
    weights, alpha = [torch.ones(1, dtype=torch.float64, requires_grad=True)], draw(1, seed=0).mul(0).requires_grad_()

    def train(w, a):
        return (w[0] * (a > 0)).sum()

    def val(w, a):
        return 3 * w[0].sum() + a.sum()

    for step in (0.1, 0.01):
        felt = felt_gradient(train, val, weights, alpha, xi=0.5, step=step)
        assert felt.item() == pytest.approx(1 - 3 * 0.5 / (2 * step))
    assert exact_unrolled_gradient(train, val, weights, alpha, xi=0.5).item() == 1  # blind to the jump


def test_errors_are_relative_to_what_is_felt_at_each_step():
    problem = bilevel_problem(torch.relu)
    short, long = felt_errors(*problem, xi=0.5, steps=(1e-5, 0.3))
    felt, exact = felt_gradient(*problem, xi=0.5, step=0.3), exact_unrolled_gradient(*problem, xi=0.5)
    assert long.autograd == pytest.approx(((exact - felt).norm() / felt.norm()).item())
    assert short.autograd < 1e-4 < long.autograd
    assert short.first_order > short.without_second_term > short.autograd


def test_it_is_measured_on_a_supernet_and_leaves_the_supernet_as_it_was():
    with seeded(0, torch.float64):
        network = BUILD().double()
    data = small_data()
    batches = [
        (torch.from_numpy(data.images[split][:16]).double(), torch.from_numpy(data.labels[split][:16]))
        for split in ("train", "validation")
    ]
    weights, losses = supernet_losses(network, batches, lambda alpha: alpha.softmax(1))
    before = [w.clone() for w in weights]
    alpha = draw(6, 5, seed=0).mul(0.1).requires_grad_()
    with batch_statistics(network):
        (errors,) = felt_errors(*losses, weights, alpha, xi=0.1, steps=(0.01,))
    assert isinstance(errors, FeltErrors) and all(0 < error < 10 for error in errors)
    assert all(torch.equal(a, b) for a, b in zip(before, weights))
    assert alpha.grad is None and all(w.grad is None for w in weights)


@pytest.mark.parametrize("step", [0, -0.1, float("nan")])
def test_a_step_without_length_is_refused(step):
    with pytest.raises(ValueError, match="give a positive number, for instance the learning rate"):
        felt_gradient(*bilevel_problem(torch.tanh), xi=0.5, step=step)
