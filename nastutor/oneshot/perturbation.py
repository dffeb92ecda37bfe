"""Choosing operations by what their removal costs: DARTS-PT (Wang et al. 2021, arXiv 2108.04392), after any search."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from nastutor.networks.supernet import Supernet
from nastutor.oneshot.core import DEFAULT_SUPERNET_RECIPE, SupernetRecipe, SupernetRun
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS
from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset


class Selection(NamedTuple):
    """What `select_by_perturbation` found.

    genotype : the cell.
    lost : (6, 5) percentage points of validation accuracy that the mixture lost without an operation of an edge, when
        the edge had its turn; NaN where it was not asked.
    order : (6,) the edges as they had their turns.
    """

    genotype: Genotype
    lost: np.ndarray
    order: np.ndarray


def select_by_perturbation(
    network: Supernet,
    alpha: Tensor | np.ndarray,
    dataset: Dataset,
    recipe: SupernetRecipe = DEFAULT_SUPERNET_RECIPE,
    seed: int = 0,
    tuning_epochs: int = 0,
    with_none: bool = False,
) -> Selection:
    """Derive a cell from a trained mixture by removing operations one at a time, algorithm 1 of the paper.

        for each edge, in random order:
            for each operation: the validation accuracy of the mixture without it on this edge
            keep the one whose removal costs most; from now on the edge is this operation alone
            train the weights for some epochs

    Parameters
    ----------
    network : a supernet after a search; it is copied, not changed.
    alpha : (6, 5) of the softmax mixture that it was trained in.
    dataset, seed : validation images judge, training images tune; the seed orders edges and batches.
    recipe : the precision, and how weights are tuned; its epochs are taken as 6 · tuning_epochs: the rate falls once.
    tuning_epochs : after each edge; the paper has 5.
    with_none : whether `none` may be chosen, as in `derive`.

    Raises
    ------
    ValueError : a negative number of epochs, and what `SupernetRun` refuses.

    Notes
    -----
    Of operations that cost the same the first is kept. Deviations: without tuning by default, which is a part of the
    method; an operation that is removed gives its weight to no other, as in the paper's code; accuracy with the
    statistics of each batch, as everywhere in `oneshot`.
    """
    if tuning_epochs < 0:
        raise ValueError(f"tuning_epochs {tuning_epochs}: give 0 or more")
    recipe = replace(recipe, epochs=max(1, len(EDGES) * tuning_epochs))
    settings = {"method": "perturbation", "tuning_epochs": tuning_epochs, "with_none": with_none}
    run = SupernetRun(lambda: deepcopy(network), dataset, recipe, seed, settings)
    weights = torch.as_tensor(alpha).detach().to(run.network.classifier.weight).softmax(1)  # (6, 5)
    candidates = range(NONE if with_none else NONE + 1, len(OPERATIONS))
    order, lost = run.rng.permutation(len(EDGES)), np.full((len(EDGES), len(OPERATIONS)), np.nan)
    for turn, edge in enumerate(order, start=1):
        whole = _accuracy(run, weights)
        for operation in candidates:
            without = weights.clone()
            without[edge, operation] = 0
            lost[edge, operation] = whole - _accuracy(run, without)
        chosen = torch.tensor(np.nanargmax(lost[edge]))
        weights[edge] = one_hot(chosen, len(OPERATIONS)).to(weights)
        for _ in run.epochs(turn * tuning_epochs, None, False) if tuning_epochs else ():
            for images, labels in run.weight_batches():
                run.descend(cross_entropy(run.network(images, weights), labels))
            run.record()
    return Selection(tuple(weights.argmax(1).tolist()), lost, order)


def _accuracy(run: SupernetRun[Supernet], weights: Tensor) -> float:
    return run.accuracy(lambda images: run.network(images, weights))
