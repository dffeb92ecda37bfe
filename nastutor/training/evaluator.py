"""Real training as an evaluator: the most honest answer that a search can get, and the slowest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import nn

from nastutor.arguments import listed, shown
from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset
from nastutor.training.trainer import DEFAULT_RECIPE, Recipe, require_training, train


class TrainingEvaluator:
    """Trains an architecture for real: an evaluator for `nastutor.search`.

    Parameters
    ----------
    build : a network of a genotype, for instance ``functools.partial(CellNetwork, channels=8, cells_per_stage=2,
        stages=1, in_channels=1)``.
    dataset, recipe, seed : as in `train`.

    Raises
    ------
    ValueError : something else than a function, a `Dataset`, a `Recipe` and a whole number from 0.
    """

    def __init__(
        self, build: Callable[[Genotype], nn.Module], dataset: Dataset, recipe: Recipe = DEFAULT_RECIPE, seed: int = 0
    ) -> None:
        (self.seed,) = require_training(build, dataset, recipe, [seed])
        self.build, self.dataset, self.recipe = build, dataset, recipe

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


class MeanEvaluator:
    """Asks several evaluators about an architecture, and answers with the mean: less noise for more seconds.

    Parameters
    ----------
    evaluators : for instance one `TrainingEvaluator` a seed, or one a fold of the data.

    Raises
    ------
    ValueError : none, or what cannot be called.
    """

    def __init__(self, evaluators: Sequence[Callable[..., Mapping[str, float]]]) -> None:
        self.evaluators = tuple(listed("evaluators", evaluators))
        if not self.evaluators:
            raise ValueError("no evaluators: give at least one")
        for evaluate in self.evaluators:
            if not callable(evaluate):
                raise ValueError(f"evaluators {shown(evaluate)}: give functions that return metrics")

    def __call__(self, genotype: Genotype, epochs: int | None = None) -> dict[str, float]:
        """Return the means of their metrics; train_seconds are added up, and diverged is 1 if one of them is."""
        found = [evaluate(genotype, epochs) for evaluate in self.evaluators]
        others: dict[str, Callable[[list[float]], float]] = {"train_seconds": sum, "diverged": max}
        values = {name: [metrics[name] for metrics in found] for name in found[0]}
        return {name: others.get(name, _mean)(some) for name, some in values.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
