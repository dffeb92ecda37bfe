"""Training: seeds, replicas, divergence, the evaluator, saved networks."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor import search  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.searchers import RandomSearch  # noqa: E402
from nastutor.spaces.cell import COMPANIONS, CellSpace  # noqa: E402
from nastutor.training.datasets import from_arrays  # noqa: E402
from nastutor.training.evaluator import MeanEvaluator, TrainingEvaluator  # noqa: E402
from nastutor.training.trainer import Recipe, stack, train, train_replicas, unstack  # noqa: E402

SMALL = {"channels": 4, "cells_per_stage": 1, "stages": 2, "in_channels": 1, "classes": 3}
BUILD = partial(CellNetwork, COMPANIONS["ResNet-like"], **SMALL)
MIXED = partial(CellNetwork, (2, 4, 3, 1, 3, 2), **SMALL)
RECIPE = Recipe(epochs=3, batch_size=16, dtype="float64")


@pytest.fixture(scope="module")
def blobs():
    """Three classes of 6×6 images, a bright corner each, in noise."""
    rng = np.random.default_rng(0)
    labels = np.arange(150) % 3
    images = rng.normal(0, 1, (150, 6, 6))
    for image, label in zip(images, labels):
        image[3 * (label // 2) :, 3 * (label % 2) :][:3, :3] += 1.5
    return from_arrays(images, labels)


@pytest.mark.parametrize("build", [BUILD, MIXED])
def test_replicas_are_separate_trainings(blobs, build):
    together = train_replicas(build, blobs, RECIPE, seeds=(5, 0, 3))
    states = unstack(together[0].network.state_dict(), 3)
    for seed, replica, state in zip((5, 0, 3), together, states):
        alone = train(build, blobs, RECIPE, seed)
        assert replica.seed == seed
        assert np.array_equal(replica.curve, alone.curve) and replica.test_accuracy == alone.test_accuracy
        for name, tensor in alone.network.state_dict().items():
            assert torch.allclose(state[name], tensor, rtol=0, atol=1e-8), name


def test_the_seed_fixes_everything_and_another_changes_it(blobs):
    first, again, other = (train(MIXED, blobs, RECIPE, seed) for seed in (1, 1, 2))
    states = [training.network.state_dict() for training in (first, again, other)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert np.array_equal(first.curve, again.curve)
    assert not torch.equal(states[0]["stem.0.weight"], states[2]["stem.0.weight"])


def test_training_leaves_the_global_generator_alone(blobs):
    torch.manual_seed(7)
    expected = torch.rand(2)
    torch.manual_seed(7)
    train(BUILD, blobs, RECIPE, epochs=1)
    train_replicas(BUILD, blobs, RECIPE, epochs=1)
    assert torch.equal(torch.rand(2), expected)


def test_networks_learn(blobs):
    done = train(BUILD, blobs, Recipe(epochs=6, batch_size=16), seed=0)
    assert done.curve.shape == (6,) and done.val_accuracy == done.curve[-1] > 80
    assert done.test_accuracy > 80 and not done.diverged and done.train_seconds > 0
    assert next(done.network.parameters()).dtype == torch.float32 and not done.network.training


def test_a_short_training_is_the_beginning_of_a_long_one(blobs):
    assert np.array_equal(train(BUILD, blobs, RECIPE, epochs=2).curve, train(BUILD, blobs, RECIPE).curve[:2])
    for epochs in (0, 4):
        with pytest.raises(ValueError, match=f"epochs {epochs}: give a whole number, 1…3"):
            train(BUILD, blobs, RECIPE, epochs=epochs)


def test_the_learning_rate_falls_along_a_cosine(blobs, monkeypatch):
    rates = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: (rates.append(self.param_groups[0]["lr"]), step(self)))
    train(BUILD, blobs, Recipe(epochs=4, batch_size=45, learning_rate=0.2))
    assert rates == pytest.approx(0.1 * (1 + np.cos(np.pi * np.arange(8) / 8)))  # 90 images: two steps an epoch


def test_training_that_diverges_is_at_chance_and_crashes_nothing(blobs):
    done = train(BUILD, blobs, Recipe(epochs=3, batch_size=16, learning_rate=1e30))
    assert done.diverged and done.val_accuracy == done.test_accuracy == pytest.approx(100 / 3)


def test_a_replica_that_diverges_does_not_touch_the_others(blobs):
    def build(replicas=1):
        network = BUILD(replicas=replicas)
        if replicas == 1 and not built:
            network.stem[0].weight.data.fill_(float("nan"))
        built.append(replicas)
        return network

    built = []
    broken, sound = train_replicas(build, blobs, RECIPE, seeds=(0, 1))
    assert broken.diverged and broken.curve == pytest.approx(100 / 3) and broken.test_accuracy == pytest.approx(100 / 3)
    alone = train(BUILD, blobs, RECIPE, seed=1)
    assert not sound.diverged and np.array_equal(sound.curve, alone.curve)


def test_stack_and_unstack_are_inverse():
    states = [MIXED().state_dict() for _ in range(3)]
    for state, back in zip(states, unstack(stack(states), 3)):
        assert all(torch.equal(state[name], back[name]) for name in state)


def test_images_that_the_network_does_not_take_are_refused(blobs):
    with pytest.raises(ValueError, match=r"does not take images of Dataset\(your data: .*1×6×6"):
        train(partial(BUILD, in_channels=3), blobs, RECIPE)
    with pytest.raises(ValueError, match=r"a network of 7 classes .* build it with 3"):
        train(partial(BUILD, classes=7), blobs, RECIPE)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"epochs": 0}, "epochs 0"),
        ({"batch_size": 0}, "batch_size 0"),
        ({"learning_rate": -1}, "learning_rate -1"),
        ({"learning_rate": float("nan")}, "learning_rate nan"),
        ({"dtype": "float16"}, "dtype 'float16': choose one of float32, float64"),
    ],
)
def test_recipes_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**change)


@pytest.mark.parametrize("device", ["cuda:99", "abacus", 99])
def test_a_device_that_is_not_here_is_refused(blobs, device):
    with pytest.raises(ValueError, match=f"device {device!r}: torch has none here; give 'cpu', or 'cuda'"):
        train(BUILD, blobs, Recipe(device=device))


def test_more_images_a_batch_than_there_are_is_one_batch(blobs):
    assert train(BUILD, blobs, Recipe(epochs=1, batch_size=1000)).curve.shape == (1,)


def test_the_progress_bar_is_silent_under_ci(blobs, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    train(BUILD, blobs, RECIPE, epochs=1)
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("CI")
    train(BUILD, blobs, RECIPE, epochs=1)
    assert "val_accuracy" in capsys.readouterr().err


def test_real_training_is_an_evaluator_for_search(blobs):
    build = partial(CellNetwork, **SMALL, prune=True)
    evaluate = TrainingEvaluator(build, blobs, Recipe(epochs=2, batch_size=32), seed=3)
    space = CellSpace()
    history = search(RandomSearch(space, seed=0), evaluate, budget=2)
    for record in history:
        genotype = record.genotype
        alone = train(partial(build, genotype), blobs, evaluate.recipe, seed=3)
        assert record.metrics["val_accuracy"] == alone.val_accuracy
        assert record.metrics["test_accuracy"] == alone.test_accuracy
        assert record.metrics["params"] == sum(weights.numel() for weights in build(genotype).parameters())
        assert record.metrics["train_seconds"] > 0 and record.metrics["diverged"] == 0
    curve = train(partial(build, genotype), blobs, evaluate.recipe, seed=3).curve
    assert evaluate(genotype, epochs=1)["val_accuracy"] == curve[0]


def test_the_mean_of_evaluators_has_mean_accuracies_and_the_seconds_of_all():
    made = ({"val_accuracy": 40.0, "train_seconds": 1.0, "diverged": 0.0},
            {"val_accuracy": 50.0, "train_seconds": 2.0, "diverged": 1.0})  # fmt: skip
    mean = MeanEvaluator([lambda genotype, epochs, metrics=metrics: metrics for metrics in made])
    assert mean((0,)) == {"val_accuracy": 45.0, "train_seconds": 3.0, "diverged": 1.0}
    with pytest.raises(ValueError, match="no evaluators: give at least one"):
        MeanEvaluator([])
