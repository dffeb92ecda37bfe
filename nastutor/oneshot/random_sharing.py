"""Shared weights trained on uniform paths: the baseline of one-shot search, with any search on top."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from nastutor.networks.supernet import Supernet
from nastutor.oneshot.core import DEFAULT_SUPERNET_RECIPE, SupernetRecipe, SupernetRun
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.training.datasets import Dataset


@dataclass(frozen=True, eq=False)
class UniformPaths:
    """A supernet trained on uniform paths; E epochs were run.

    Attributes
    ----------
    network : the supernet after the last epoch.
    train_losses : (E,) nats, means over the steps, each of another path.
    val_accuracies : (E,) percent, means over some random paths, with batch statistics.
    seconds : (E,) processor seconds of each epoch, without these accuracies.
    """

    network: Supernet
    train_losses: np.ndarray
    val_accuracies: np.ndarray
    seconds: np.ndarray


def draw_paths(space: SearchSpace, rng: np.random.Generator, is_fair: bool = False) -> list[Genotype]:
    """Draw the paths of one step: one cell, or fairly as many as there are operations, each once on every edge.

    Parameters
    ----------
    space : whose variables all have the same number of choices and are always active, as a cell's.
    is_fair : the strict fairness of FairNAS (Chu, Zhang & Xu 2021, arXiv 1907.01845): a permutation of the operations
        on every edge, so that after each step all operations have been trained equally often.
    """
    if not is_fair:
        return [space.sample(rng)]
    edges = [rng.permutation(len(variable.choices)).tolist() for variable in space.variables]
    return list(zip(*edges))


def train_uniform_paths(
    build: Callable[[], Supernet],
    dataset: Dataset,
    recipe: SupernetRecipe = DEFAULT_SUPERNET_RECIPE,
    seed: int = 0,
    is_fair: bool = False,
    watched: int = 5,
    epochs: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> UniformPaths:
    """Train shared weights on paths that are drawn uniformly.

        repeat: draw a cell, each edge's operation uniformly
                step of w along ∇_w L_train of that path

    Two methods begin with this and differ in how they choose a cell afterwards; both are a search whose evaluations
    are `SharedAccuracy`:

    * RSPS, random search with parameter sharing (Li & Talwalkar 2019, arXiv 1902.07638), picks the best of some random
      cells: ``search(RandomSearch(space), SharedAccuracy(network, dataset, recalibration_images=0), budget=100)``
    * single path one-shot (Guo et al. 2020, arXiv 1904.00420) recalibrates batch norm and lets evolution search:
      ``search(GeneticAlgorithm(space, population_size=50, parents=10, repeats=False), SharedAccuracy(network, dataset),
      budget=1000)``

    Parameters
    ----------
    build, dataset, recipe, seed : see `SupernetRun`.
    is_fair : each step takes the mean loss of five paths that use every operation of every edge once, see
        `draw_paths`; five times the work.
    watched : random cells whose accuracy is measured after each epoch, the same ones every time.
    epochs, checkpoint, progress : see `SupernetRun.epochs`.

    Raises
    ------
    ValueError : fewer than one watched cell, and what `SupernetRun` refuses; a training that diverges.

    Notes
    -----
    Deviations. Li & Talwalkar's code evaluates 1,000 cells on ten validation batches each and the best ten of these on
    all, in evaluation mode (``eval()``); here all validation images are used at once. Guo et al. also choose the
    numbers of channels, and the search of their code breeds from the ten best of all generations, half of the children
    by crossover, half by mutation; `GeneticAlgorithm` breeds from the last generation. Their code refuses a candidate
    that it has seen, as ``repeats=False`` does; the stored runs of lesson 08 evaluate it again. Weights learn from the
    training images alone, cells are chosen on the validation images. FairNAS adds the losses up; here the mean keeps
    the learning rate comparable.
    """
    if watched < 1:
        raise ValueError(f"watched {watched}: give at least 1 cell")
    run = SupernetRun(build, dataset, recipe, seed, {"method": "uniform paths", "is_fair": is_fair, "watched": watched})
    network, space = run.network, run.network.space
    cells = [space.sample(run.rng) for _ in range(watched)]
    for _ in run.epochs(epochs, checkpoint, progress):
        for images, labels in run.weight_batches():
            paths = draw_paths(space, run.rng, is_fair)
            losses = [cross_entropy(network.path(images, genotype), labels) for genotype in paths]
            run.descend(torch.stack(losses).mean())
        run.record(val_accuracy=np.mean([run.accuracy(partial(network.path, genotype=cell)) for cell in cells]).item())
    return UniformPaths(network, run.column("train_loss"), run.column("val_accuracy"), run.column("seconds"))
