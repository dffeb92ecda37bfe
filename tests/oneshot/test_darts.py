"""DARTS: the second order against exact differentiation, the relaxation, what is derived, and the cures."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from small_supernets import BUILD, RECIPE, SMALL, SPACE, small_data  # noqa: E402

from nastutor.networks import Supernet  # noqa: E402
from nastutor.networks.batch_norm import batch_statistics  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.oneshot import (  # noqa: E402
    DroppedSkips,
    StopAtEigenvalue,
    StopAtSkips,
    SupernetRecipe,
    derive,
    normalized_edges,
    run_darts,
    run_gdas,
)
from nastutor.oneshot.alpha import softmax  # noqa: E402
from nastutor.oneshot.cures import largest_eigenvalue  # noqa: E402
from nastutor.oneshot.darts import (  # noqa: E402
    exact_unrolled_gradient,
    mixed_product,
    supernet_losses,
    unrolled_errors,
    unrolled_gradient,
)
from nastutor.spaces.cell import NONE  # noqa: E402

DONE = partial(softmax, torch.Generator(), 1.0)
XI = 0.05


def draw(*shape, seed):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def supernet_problem():
    """Weights, α and the two losses of a small ReLU supernet on glyphs, after some steps of training."""
    from nastutor.training import load_dataset

    glyphs = load_dataset("glyphs")
    with seeded(0):
        network = Supernet(SPACE, channels=4, cells_per_stage=1, stages=1, in_channels=1).double()
    batches = [
        (torch.from_numpy(glyphs.images[split][:32]).double(), torch.from_numpy(glyphs.labels[split][:32]))
        for split in ("train", "validation")
    ]
    alpha = draw(6, 5, seed=1).mul(0.1).requires_grad_()
    optimizer = torch.optim.SGD(network.parameters(), 0.1)
    weights, losses = supernet_losses(network, batches, DONE())
    for _ in range(20):
        optimizer.zero_grad()
        losses[0](weights, alpha.detach()).backward()
        optimizer.step()
    with batch_statistics(network):
        yield *losses, weights, alpha


def smooth_problem():
    """A network with tanh whose hidden units α mixes."""
    x, y, x_val, y_val = draw(20, 3, seed=0), draw(20, 2, seed=1), draw(20, 3, seed=2), draw(20, 2, seed=3)

    def loss(x, y, weights, alpha):
        return ((x @ weights[0]).tanh() * alpha.softmax(0) @ weights[1] - y).square().mean()

    weights = [draw(3, 6, seed=4).requires_grad_(), draw(6, 2, seed=5).requires_grad_()]
    return partial(loss, x, y), partial(loss, x_val, y_val), weights, draw(6, seed=6).requires_grad_()


def test_the_scalar_bilevel_problem_has_its_known_gradient():
    """min_a (w* − 1)², w* = a: one step of ξ = 1/2 on (w − a)² reaches w*, so the gradient is 2 (a − 1)."""
    weights, alpha = [torch.tensor(3.0, dtype=torch.float64, requires_grad=True)], torch.tensor(0.25).double()
    alpha.requires_grad_()
    train, val = (lambda w, a: (w[0] - a) ** 2), (lambda w, a: (w[0] - 1) ** 2 + 0 * a)
    gradient, loss = unrolled_gradient(train, val, weights, alpha, xi=0.5)
    assert gradient.item() == pytest.approx(-1.5) and loss.item() == pytest.approx(0.5625)
    assert unrolled_gradient(train, val, weights, alpha, xi=0)[0].item() == 0  # the first order sees nothing of it


@pytest.mark.parametrize("xi", [0.0, 0.5])
def test_losses_need_not_use_every_weight(xi):
    """Each loss has a weight that the other lacks, and neither needs α: a gradient is zero where there is no way."""
    weights, alpha = [draw(3, seed=seed).requires_grad_() for seed in range(3)], draw(3, seed=3).requires_grad_()
    losses = {
        "all of α": (lambda w, a: (w[0] * a + w[1]).square().sum(), lambda w, a: (w[0] * w[2] - a).square().sum()),
        "α in training only": (lambda w, a: (w[0] * a).square().sum(), lambda w, a: (w[0] - w[1]).square().sum()),
        "α in validation only": (lambda w, a: w[0].square().sum(), lambda w, a: (w[1] * a).square().sum()),
        "α in neither": (lambda w, a: w[0].square().sum(), lambda w, a: w[0].square().sum()),
    }
    for name, (train, val) in losses.items():
        found, _ = unrolled_gradient(train, val, weights, alpha, xi, epsilon=1e-5)
        exact = exact_unrolled_gradient(train, val, weights, alpha, xi)
        assert torch.allclose(found, exact, rtol=1e-6, atol=1e-9), name
    assert not found.any()


def test_where_the_validation_loss_rests_the_second_term_is_zero():
    """At w' = 0 the slope of L_val = w'² + α² in w is zero: what is left is 2 α, and no 0 / 0."""
    weights, alpha = [torch.zeros(4, dtype=torch.float64, requires_grad=True)], draw(4, seed=0).requires_grad_()
    train, val = (lambda w, a: (w[0] * a).square().sum()), (lambda w, a: w[0].square().sum() + a.square().sum())
    found, _ = unrolled_gradient(train, val, weights, alpha, xi=0.5)
    assert torch.equal(found, 2 * alpha)
    errors = unrolled_errors(train, val, weights, alpha, xi=0.5, epsilons=[0.01])
    assert errors[0].gradient == 0


def test_on_a_smooth_network_the_papers_step_is_fine():
    (error,) = unrolled_errors(*smooth_problem(), xi=0.5, epsilons=[0.01])
    assert error.gradient < 1e-4 and error.second_term < 1e-4


def test_on_a_relu_supernet_the_papers_step_is_too_long_and_a_short_one_is_fine(supernet_problem):
    paper, short = unrolled_errors(*supernet_problem, xi=XI, epsilons=[0.01, 1e-6])
    assert short.gradient < 1e-4 and short.second_term < 1e-4
    assert paper.gradient > 1e-2 and paper.second_term > 1e-2


def test_the_errors_are_those_of_the_gradient():
    epsilons = [0.1, 0.001]
    exact = exact_unrolled_gradient(*smooth_problem(), xi=0.5)
    for epsilon, error in zip(epsilons, unrolled_errors(*smooth_problem(), xi=0.5, epsilons=epsilons)):
        found, _ = unrolled_gradient(*smooth_problem(), xi=0.5, epsilon=epsilon)
        assert error.gradient == pytest.approx(((found - exact).norm() / exact.norm()).item(), rel=1e-6)


def test_the_mixed_product_is_the_second_derivative():
    train, _, weights, alpha = smooth_problem()
    v = [draw(*w.shape, seed=7) for w in weights]
    slopes = torch.autograd.grad(train(weights, alpha), weights, create_graph=True)
    (exact,) = torch.autograd.grad(sum((s * part).sum() for s, part in zip(slopes, v)), alpha)
    assert torch.allclose(mixed_product(train, weights, alpha, v, epsilon=1e-4), exact, rtol=1e-6)


def test_without_a_step_of_the_weights_second_order_is_first_order(supernet_problem):
    first, _ = unrolled_gradient(*supernet_problem, xi=0)
    assert torch.allclose(exact_unrolled_gradient(*supernet_problem, xi=0), first, rtol=0, atol=1e-14)
    nearly, _ = unrolled_gradient(*supernet_problem, xi=1e-9)
    assert torch.allclose(nearly, first, rtol=0, atol=1e-7)
    assert not torch.allclose(unrolled_gradient(*supernet_problem, xi=XI)[0], first, rtol=0.01)


def test_the_largest_eigenvalue_of_a_quadratic_form():
    matrix = draw(4, 4, seed=0)
    matrix = matrix + matrix.T
    found = largest_eigenvalue(lambda a: 0.5 * a.flatten() @ matrix @ a.flatten(), draw(2, 2, seed=1))
    assert found == pytest.approx(torch.linalg.eigvalsh(matrix)[-1].item())


def test_a_run_has_a_full_trajectory_and_learns():
    recipe = SupernetRecipe(epochs=6, batch_size=16, learning_rate=0.5, dtype="float64")
    found = run_darts(BUILD, small_data(), recipe, eigenvalue_images=20, progress=False)
    assert found.alphas.shape == (7, 6, 5) and np.abs(found.alphas[0]).max() < 0.01
    assert found.genotypes == [derive(alpha) for alpha in found.alphas[1:]] and found.genotype == found.genotypes[-1]
    for values in (found.train_losses, found.val_losses, found.val_accuracies, found.derived_accuracies, found.seconds):
        assert values.shape == (6,) and np.isfinite(values).all()
    assert found.train_losses[-1] < found.train_losses[0] - 0.1 and found.val_accuracies[-1] > 60
    assert np.isfinite(found.eigenvalues).all() and not found.stopped_early
    assert np.abs(found.alphas[-1]).max() > 0.02


def test_orders_differ_and_a_seed_fixes_everything():
    first, second = (run_darts(BUILD, small_data(), RECIPE, order=order, epochs=2, progress=False) for order in (1, 2))
    again = run_darts(BUILD, small_data(), RECIPE, order=2, epochs=2, progress=False)
    other = run_darts(BUILD, small_data(), RECIPE, seed=1, order=2, epochs=2, progress=False)
    assert np.array_equal(second.alphas, again.alphas) and np.array_equal(second.train_losses, again.train_losses)
    assert np.array_equal(first.alphas[0], second.alphas[0]) and not np.allclose(first.alphas, second.alphas, atol=1e-6)
    assert not np.allclose(second.alphas[0], other.alphas[0], atol=1e-6)


def test_none_is_left_out_of_what_is_derived_unless_it_is_asked_for():
    alpha = np.zeros((6, 5))
    alpha[:, 0], alpha[:, 3] = 2, 1
    alpha[2] = 0
    assert derive(alpha) == (3, 3, 1, 3, 3, 3) and derive(alpha, with_none=True) == (0,) * 6
    assert derive(torch.tensor(alpha)) == (3, 3, 1, 3, 3, 3) and alpha[0, 0] == 2


@pytest.mark.parametrize("run", [run_darts, run_gdas])
def test_both_readings_are_of_one_search(run):
    """`none` takes part in the search in either case: α is the same, and either cell can be had from it."""
    without, with_none = (run(BUILD, small_data(), RECIPE, with_none=may, progress=False) for may in (False, True))
    assert np.array_equal(without.alphas, with_none.alphas)
    assert without.genotypes == [derive(alpha) for alpha in with_none.alphas[1:]]
    assert with_none.genotypes == [derive(alpha, with_none=True) for alpha in without.alphas[1:]]
    assert NONE not in np.array(without.genotypes)


def test_dropped_skips_fade_and_keep_the_mean():
    alpha, generator = draw(6, 5, seed=0), torch.Generator().manual_seed(0)
    plain = alpha.softmax(1)
    draws = torch.stack([DroppedSkips(0.4)(generator, 0.0)(alpha) for _ in range(2000)])
    others = [0, 2, 3, 4]
    assert torch.equal(draws[0][:, others], plain[:, others])
    assert ((draws[:, :, 1] == 0).double().mean(0) - 0.4).abs().max() < 0.05  # 4.6 standard deviations
    assert torch.allclose(draws.mean(0), plain, atol=0.05)
    half = torch.stack([DroppedSkips(0.4)(generator, 0.5)(alpha) for _ in range(2000)])
    assert ((half[:, :, 1] == 0).double().mean(0) - 0.2).abs().max() < 0.05
    assert torch.equal(DroppedSkips(0.4)(generator, 1.0)(alpha), plain)
    mix = DroppedSkips(0.4)(generator, 0.0)
    assert torch.equal(mix(alpha), mix(alpha))  # one draw for all evaluations of a step


def test_in_the_warm_up_alpha_rests_and_the_weights_learn():
    found = run_darts(BUILD, small_data(), RECIPE, warm_up=2, progress=False)
    assert np.array_equal(found.alphas[0], found.alphas[2]) and not np.array_equal(found.alphas[2], found.alphas[3])
    assert np.isnan(found.val_losses).tolist() == [True, True, False] and np.isfinite(found.train_losses).all()
    assert not np.array_equal(found.alphas, run_darts(BUILD, small_data(), RECIPE, progress=False).alphas)


def test_normalized_edges_are_the_two_softmaxes_of_pc_darts():
    alpha, beta = draw(6, 5, seed=0), draw(6, seed=1)
    shares = torch.cat([beta[:1].softmax(0), beta[1:3].softmax(0), beta[3:].softmax(0)])
    expected = shares[:, None] * alpha.softmax(1)
    joined = alpha - alpha.logsumexp(1, keepdim=True) + beta[:, None]
    assert torch.allclose(normalized_edges(torch.Generator(), 0.0)(joined), expected)


def test_stopping_at_skips_returns_the_cell_before():
    genotypes = [(0, 1, 0, 0, 0, 3), (1, 1, 0, 0, 3, 3), (1, 1, 1, 0, 0, 3)]
    records = [{"genotype": genotype} for genotype in genotypes]
    assert [StopAtSkips(3)(records[:count]) for count in (1, 2, 3)] == [None, None, 1]
    assert StopAtSkips(1)(records[:1]) == 0


def test_stopping_at_the_eigenvalue_returns_the_cell_before_it_rose():
    def chosen(values):
        records = [{"eigenvalue": value} for value in values]
        return [StopAtEigenvalue(window=2)(records[:count]) for count in range(1, len(values) + 1)]

    assert chosen([1, 1, 1, 1.2, 1.2]) == [None] * 5
    assert chosen([1, 1, 1, 2]) == [None, None, None, 1]
    with pytest.raises(ValueError, match="give run_darts eigenvalue_images"):
        StopAtEigenvalue()([{"eigenvalue": float("nan")}])


def test_a_run_that_stops_early_is_the_beginning_of_the_run_that_does_not():
    run = partial(run_darts, BUILD, small_data(), RECIPE, progress=False)
    whole, stopped = run(), run(stop=lambda records: len(records) - 2 if len(records) == 2 else None)
    assert np.array_equal(stopped.alphas, whole.alphas[:3]) and len(whole.alphas) == 4
    assert stopped.genotype == whole.genotypes[0]


def test_cures_combine_in_a_run():
    build = partial(Supernet, SPACE, **SMALL, partial_channels=2)
    found = run_darts(
        build,
        small_data(),
        RECIPE,
        relax=DroppedSkips(0.5, normalized_edges),
        stop=lambda records: len(records) - 1 if len(records) == 2 else None,
        progress=False,
    )
    assert found.stopped_early and len(found.genotypes) == 2 and found.genotype == found.genotypes[1]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: run_darts(BUILD, small_data(), warm_up=-1), "warm_up -1: give 0 or more epochs"),
        (lambda: run_darts(BUILD, small_data(), order=3), "order 3: choose 1 or 2"),
        (lambda: run_darts(BUILD, small_data(), alpha_learning_rate=0), "alpha_learning_rate 0"),
        (lambda: DroppedSkips(1.0), r"rate 1\.0: choose 0 or more and less than 1"),
        (lambda: StopAtSkips(0), "count 0: a cell has 1…6 skips"),
        (lambda: StopAtEigenvalue(window=0), "window 0 and ratio"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
