"""Real training as an evaluator: the most honest answer that a search can get, and the slowest."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset
from nastutor.training.trainer import DEFAULT_RECIPE, Recipe, train


class TrainingEvaluator:
    """Trains an architecture for real: an evaluator for `nastutor.search`.

    Parameters
    ----------
    build : a network of a genotype, for instance ``functools.partial(CellNetwork, channels=8, cells_per_stage=2,
        stages=1, in_channels=1)``.
    dataset, recipe, seed : as in `train`.
    """

    def __init__(
        self, build: Callable[[Genotype], nn.Module], dataset: Dataset, recipe: Recipe = DEFAULT_RECIPE, seed: int = 0
    ) -> None:
        self.build, self.dataset, self.recipe, self.seed = build, dataset, recipe, seed

    def __call__(self, genotype: Genotype, epochs: int | None = None) -> dict[str, float]:
        """Train and return val_accuracy and test_accuracy (percent), train_seconds, params, diverged (0 or 1)."""
        done = train(lambda: self.build(genotype), self.dataset, self.recipe, self.seed, epochs, progress=False)
        return {
            "val_accuracy": done.val_accuracy,
            "test_accuracy": done.test_accuracy,
            "train_seconds": done.train_seconds,
            "params": float(sum(weights.numel() for weights in done.network.parameters())),
            "diverged": float(done.diverged),
        }
