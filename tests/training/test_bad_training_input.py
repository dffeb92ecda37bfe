"""Whatever is given in place of an argument, a training works or is refused by a message of this package."""

import numpy as np
import pytest
from garbage import GARBAGE, outcome

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from nastutor.deploy import export, to_onnx  # noqa: E402
from nastutor.oneshot import run_darts  # noqa: E402
from nastutor.training import (  # noqa: E402
    MeanEvaluator,
    Recipe,
    TrainingEvaluator,
    from_arrays,
    load_dataset,
    load_network,
    train,
    train_replicas,
)
from nastutor.training.sequence_trainer import SequenceRecipe, train_sequences  # noqa: E402

IMAGES, LABELS = np.random.default_rng(0).normal(size=(20, 2, 2)), np.arange(20) % 2
DATA = from_arrays(IMAGES, LABELS)
ONCE = Recipe(epochs=1, batch_size=8)


def build(replicas=1):
    return nn.Sequential(nn.Conv2d(replicas, 2 * replicas, 2, groups=replicas), nn.Flatten())


CALLS = {
    "train: build": lambda x: callable(x) or train(x, DATA, ONCE, progress=False),
    "train: build's network": lambda x: train(lambda: x, DATA, ONCE, progress=False),
    "train: network's scores": lambda x: train(lambda: Returns(x), DATA, ONCE, progress=False),
    "train: dataset": lambda x: train(build, x, ONCE, progress=False),
    "train: recipe": lambda x: train(build, DATA, x, progress=False),
    "train: seed": lambda x: train(build, DATA, ONCE, x, progress=False),
    "train: epochs": lambda x: train(build, DATA, ONCE, epochs=x, progress=False),
    "train: progress": lambda x: train(build, DATA, ONCE, progress=x),
    "train_replicas: seeds": lambda x: train_replicas(build, DATA, ONCE, x, progress=False),
    "evaluator: build": lambda x: TrainingEvaluator(x, DATA),
    "evaluator: dataset": lambda x: TrainingEvaluator(build, x),
    "evaluator: recipe": lambda x: TrainingEvaluator(build, DATA, x),
    "evaluator: seed": lambda x: TrainingEvaluator(build, DATA, seed=x),
    "mean: evaluators": MeanEvaluator,
    "from_arrays: images": lambda x: from_arrays(x, LABELS),
    "from_arrays: labels": lambda x: from_arrays(IMAGES, x),
    "from_arrays: classes": lambda x: from_arrays(IMAGES, LABELS, x),
    "from_arrays: validation": lambda x: from_arrays(IMAGES, LABELS, validation=x),
    "from_arrays: test images": lambda x: from_arrays(IMAGES, LABELS, test=(x, LABELS)),
    "from_arrays: seed": lambda x: from_arrays(IMAGES, LABELS, seed=x),
    "from_arrays: class_names": lambda x: from_arrays(IMAGES, LABELS, class_names=x),
    "load_dataset: name": load_dataset,
    "load_network: build": lambda x: callable(x) or load_network("missing", x),
    "train_sequences: task": lambda x: train_sequences((0,) * 5, x),
    "run_darts: dataset": lambda x: run_darts(build, x),
    "run_darts: recipe": lambda x: run_darts(build, DATA, x),
    "to_onnx: mean": lambda x: to_onnx(build(), (1, 1, 2, 2), mean=x),
    "to_onnx: std": lambda x: to_onnx(build(), (1, 1, 2, 2), std=x),
    "export: images": lambda x: export(build(), "never written", x),
    **{f"Recipe: {name}": lambda x, name=name: Recipe(**{name: x})
       for name in ("epochs", "batch_size", "learning_rate", "momentum", "weight_decay", "dtype")},
    **{f"SequenceRecipe: {name}": lambda x, name=name: SequenceRecipe(**{name: x})
       for name in ("epochs", "steps", "batch_size", "warm_up", "learning_rate", "dtype")},
}  # fmt: skip


class Returns(nn.Module):
    def __init__(self, something):
        super().__init__()
        self.something = something

    def forward(self, x):
        return self.something


@pytest.mark.parametrize("argument", CALLS)
def test_whatever_is_given_works_or_is_refused_in_words(argument, monkeypatch):
    monkeypatch.setenv("CI", "true")
    for garbage in GARBAGE:
        outcome(lambda garbage=garbage: CALLS[argument](garbage))


def test_seeds_of_numpy_are_seeds():
    once = [train(build, DATA, ONCE, seed, progress=False).curve for seed in (1, np.int64(1))]
    assert np.array_equal(*once)
