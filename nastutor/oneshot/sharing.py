"""What shared weights say about an architecture: an evaluator for `nastutor.search`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch

from nastutor.networks.batch_norm import recalibrate
from nastutor.networks.elastic_network import ElasticNetwork
from nastutor.networks.supernet import Supernet
from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset
from nastutor.training.trainer import count_correct


class SharedAccuracy:
    """The accuracy of a genotype with the weights of a supernet; nothing is trained.

    Parameters
    ----------
    network : the supernet; it is not changed.
    dataset : architectures are evaluated on all its validation images, or the first `images`.
    recalibration_images : the running statistics of an architecture are measured on so many training images, the first
        ones in batches of 64, as Guo et al. 2020 (arXiv 1904.00420) do. 0: those that the supernet's training left.
    images : see `dataset`.
    split : of the images; ``"test"`` is for reports.

    Raises
    ------
    ValueError : no such images, or a recalibration on one image.

    Notes
    -----
    Genotypes with one canonical form are one function, but not with one supernet's weights: it holds other weights for
    each edge. So they can differ here.
    """

    def __init__(
        self,
        network: Supernet | ElasticNetwork,
        dataset: Dataset,
        recalibration_images: int = 512,
        images: int | None = None,
        split: str = "validation",
    ) -> None:
        if split not in dataset.labels or not len(dataset.labels[split][:images]):
            raise ValueError(f"{dataset}, images {images}: there is no {split} image to evaluate on")
        if recalibration_images < 0 or recalibration_images == 1:
            raise ValueError(f"recalibration_images {recalibration_images}: give 0 for none, or at least 2")
        weight = network.classifier.weight
        self.network, self.metric = network, "test_accuracy" if split == "test" else "val_accuracy"
        self.images = torch.from_numpy(dataset.images[split][:images]).to(weight)
        self.labels = torch.from_numpy(dataset.labels[split][:images]).to(weight.device)
        self.recalibration = torch.from_numpy(dataset.images["train"][:recalibration_images]).to(weight)

    def __call__(self, genotype: Genotype, epochs: int | None = None) -> dict[str, float]:
        """Return val_accuracy (or test_accuracy) in percent. `epochs` has no meaning here."""
        alone = self.network.cut_out(genotype).eval()
        if len(self.recalibration):
            recalibrate(alone, self.recalibration)
        correct, _ = count_correct(alone, self.images, self.labels)
        return {self.metric: 100 * correct.item() / len(self.labels)}

    def of(self, genotypes: Iterable[Genotype]) -> np.ndarray:
        """Return the accuracies of many genotypes, (n,) percent."""
        return np.array([self(genotype)[self.metric] for genotype in genotypes])


class OnceForAllAccuracy(SharedAccuracy):
    """The accuracy of a sub-network of an elastic network, and what it costs, for searches under limits.

    Parameters
    ----------
    network, dataset, recalibration_images, images, split : see `SharedAccuracy`.
    costs : returns the costs of a genotype by name.
    """

    def __init__(
        self,
        network: ElasticNetwork,
        dataset: Dataset,
        costs: Callable[[Genotype], Mapping[str, float]],
        recalibration_images: int = 512,
        images: int | None = None,
        split: str = "validation",
    ) -> None:
        super().__init__(network, dataset, recalibration_images, images, split)
        self.costs = costs

    def __call__(self, genotype: Genotype, epochs: int | None = None) -> dict[str, float]:
        """Return val_accuracy (or test_accuracy) in percent, and the costs. `epochs` has no meaning here."""
        return super().__call__(genotype) | dict(self.costs(genotype))
