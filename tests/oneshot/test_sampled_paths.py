"""Methods that train single paths: the sampler of GDAS, ENAS, uniform paths, and what shared weights say."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from small_supernets import BUILD, RECIPE, SPACE, small_data  # noqa: E402

from nastutor import search  # noqa: E402
from nastutor.networks.batch_norm import recalibrate  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.oneshot import SharedAccuracy, derive, run_enas, run_gdas, train_uniform_paths  # noqa: E402
from nastutor.oneshot.gdas import hard_gumbel_softmax  # noqa: E402
from nastutor.oneshot.random_sharing import draw_paths  # noqa: E402
from nastutor.searchers import GeneticAlgorithm, RandomSearch  # noqa: E402
from nastutor.training.trainer import count_correct  # noqa: E402

RESNET = (3, 0, 3, 1, 0, 1)


@pytest.fixture(scope="module")
def uniform():
    return train_uniform_paths(BUILD, small_data(), RECIPE, progress=False)


def test_the_gumbel_sampler_draws_with_the_probabilities_of_alpha():
    alpha = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    generator, counts = torch.Generator().manual_seed(1), np.zeros((6, 5))
    for _ in range(4000):
        genotype, _ = hard_gumbel_softmax(alpha, 0.3, generator)
        counts[range(6), genotype] += 1
    expected = 4000 * alpha.softmax(1).numpy()
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 51.2  # 24 degrees of freedom: exceeded with probability 0.001


def test_the_gates_are_one_and_have_the_gradient_of_the_soft_sample():
    alpha = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    tau, slopes = 0.7, torch.arange(1.0, 7.0, dtype=torch.float64)
    genotype, gates = hard_gumbel_softmax(alpha, tau, torch.Generator().manual_seed(5))
    assert torch.allclose(gates, torch.ones(6, dtype=torch.float64), rtol=0, atol=1e-12)
    (gradient,) = torch.autograd.grad((slopes * gates).sum(), alpha)
    noise = -torch.empty(6, 5, dtype=torch.float64).exponential_(generator=torch.Generator().manual_seed(5)).log()
    soft = ((alpha.detach() + noise) / tau).softmax(1)
    picked = soft[range(6), genotype][:, None]
    one_hot = torch.nn.functional.one_hot(torch.tensor(genotype), 5)
    assert torch.allclose(gradient, slopes[:, None] * picked * (one_hot - soft) / tau)


def test_gdas_has_a_full_trajectory_and_learns():
    found = run_gdas(BUILD, small_data(), RECIPE, seed=2, progress=False)
    assert found.alphas.shape == (4, 6, 5) and found.genotypes == [derive(alpha) for alpha in found.alphas[1:]]
    assert np.allclose(found.val_accuracies, found.derived_accuracies)  # a path and its one-hot mixture
    assert found.train_losses[-1] < found.train_losses[0] and np.isfinite(found.val_losses).all()
    assert np.abs(found.alphas[-1] - found.alphas[0]).max() > 0.02
    with pytest.raises(ValueError, match=r"tau \(1\.0, 0\.0\): give two positive temperatures"):
        run_gdas(BUILD, small_data(), RECIPE, tau=(1.0, 0.0))


def test_enas_has_a_full_trajectory_and_its_answer_is_the_best_candidate():
    found = run_enas(BUILD, small_data(), RECIPE, controller_steps=5, candidates=6, progress=False)
    assert found.probabilities.shape == (3, 6, 5) and np.allclose(found.probabilities.sum(2), 1)
    assert found.entropies == pytest.approx(6 * np.log(5), abs=0.5) and found.entropies.max() < 6 * np.log(5)
    assert found.rewards.min() > 100 / 3 - 15 and found.train_losses[-1] < found.train_losses[0]
    best = found.candidate_accuracies.max()
    assert found.genotype == min(g for g, a in zip(found.candidates, found.candidate_accuracies) if a == best)
    for change in ({"controller_steps": 0}, {"candidates": 0}, {"entropy_weight": -1}, {"baseline_decay": 1}):
        (name,) = change
        with pytest.raises(ValueError, match=name):
            run_enas(BUILD, small_data(), RECIPE, **change)


def test_the_controller_of_enas_learns_what_shared_weights_reward():
    found = run_enas(
        BUILD, small_data(), RECIPE, controller_steps=40, batch_size=10, controller_learning_rate=0.05, progress=False
    )
    fresh = SharedAccuracy(found.network, small_data(), recalibration_images=90)
    rng = np.random.default_rng(0)
    drawn = fresh.of(found.controller.sample(40, rng).genotypes).mean()
    assert drawn > fresh.of(SPACE.sample(rng) for _ in range(40)).mean() + 5


def test_fair_paths_use_every_operation_of_every_edge_once():
    rng = np.random.default_rng(0)
    draws = np.array([draw_paths(SPACE, rng, is_fair=True) for _ in range(400)])  # (400, 5, 6)
    assert (np.sort(draws, axis=1) == np.arange(5)[:, None]).all()
    counts = np.array([[(draws[:, 0, edge] == op).sum() for op in range(5)] for edge in range(6)])
    assert ((counts - 80) ** 2 / 80).sum() < 51.2  # a single one of them is uniform: chi-square, 24 degrees, 0.001
    assert len({tuple(path) for path in draws[:, 0]}) > 380  # and the edges are independent
    (single,) = draw_paths(SPACE, rng)
    assert SPACE.validate(single) == single


def test_a_fair_step_trains_more_kernels_than_a_uniform_one():
    step = replace(RECIPE, epochs=1, batch_size=90, weight_decay=0.0)
    with seeded(0, torch.float64):
        first = dict(BUILD().named_parameters())
    shares = []
    for is_fair in (True, False):
        trained = train_uniform_paths(BUILD, small_data(), step, is_fair=is_fair, progress=False).network
        moved = [(p != first[name]).double().mean() for name, p in trained.named_parameters() if "kernels" in name]
        shares.append(float(torch.stack(moved).mean()))
    assert shares[0] > 2 * shares[1] > 0


def test_uniform_paths_learn(uniform):
    assert uniform.train_losses[-1] < uniform.train_losses[0] and uniform.train_losses.shape == (3,)
    assert uniform.val_accuracies.shape == uniform.seconds.shape == (3,) and (uniform.seconds > 0).all()
    with pytest.raises(ValueError, match="watched 0: give at least 1 cell"):
        train_uniform_paths(BUILD, small_data(), RECIPE, watched=0)


def test_shared_accuracy_is_that_of_a_recalibrated_cut_out(uniform):
    data, network = small_data(), uniform.network
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    alone = network.cut_out(RESNET, prune=False).eval()
    images = {split: torch.from_numpy(x).double() for split, x in data.images.items()}
    for recalibration_images in (0, 64):
        if recalibration_images:
            recalibrate(alone, images["train"][:64])
        correct, _ = count_correct(alone, images["validation"], torch.from_numpy(data.labels["validation"]))
        evaluate = SharedAccuracy(network, data, recalibration_images)
        assert evaluate(RESNET)["val_accuracy"] == 100 * correct.item() / 30
        assert evaluate.of([RESNET, RESNET]) == pytest.approx(100 * correct.item() / 30)
    assert network.training and all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_shared_weights_are_an_evaluator_for_any_search(uniform):
    """RSPS and single path one-shot: random search and evolution on shared weights."""
    evaluate = SharedAccuracy(uniform.network, small_data(), recalibration_images=32)
    for searcher in (RandomSearch(SPACE, seed=0), GeneticAlgorithm(SPACE, seed=0, population_size=5, parents=2)):
        history = search(searcher, evaluate, budget=15, progress=False)
        best = history.best()
        assert len(history) == 15 and evaluate(best.genotype)["val_accuracy"] == best.value > 100 / 3


def test_shared_accuracy_refuses_what_cannot_be_measured(uniform):
    with pytest.raises(ValueError, match="there is no validation image"):
        SharedAccuracy(uniform.network, small_data(), images=0)
    with pytest.raises(ValueError, match="recalibration_images 1: give 0 for none, or at least 2"):
        SharedAccuracy(uniform.network, small_data(), recalibration_images=1)
