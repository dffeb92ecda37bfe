"""Shared weights of all language models, trained on uniform paths.

`nastutor.oneshot.core` is made for images: it sorts them by one label each, descends with SGD as the cells do, and
measures with the statistics of a batch. Language models are asked at many positions, learn with AdamW and have no batch
norm. To serve both it would have to ask at each step which of them it has; what is left for language models is short.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from nastutor.networks.seeded import seeded
from nastutor.networks.sequence_supernet import SequenceSupernet
from nastutor.spaces.space import Genotype
from nastutor.training.sequence_trainer import SequenceRecipe, answer_loss, endless_order, measure
from nastutor.training.sequences import SequenceTask

SUPERNET_RECIPE = SequenceRecipe(epochs=6, steps=500)
"""Five times the steps of a stack that is trained by itself: a mixer of a layer is trained in a quarter of them."""


@dataclass(frozen=True, eq=False)
class SequencePaths:
    """A supernet trained on uniform paths; E epochs were run.

    Attributes
    ----------
    network : the supernet, in evaluation mode.
    losses : (E,) bits an answer on the training sequences, means over the steps, each of another path.
    seconds : (E,) processor seconds of each epoch.
    """

    network: SequenceSupernet
    losses: np.ndarray
    seconds: np.ndarray


def train_sequence_paths(
    task: SequenceTask,
    recipe: SequenceRecipe = SUPERNET_RECIPE,
    seed: int = 0,
) -> SequencePaths:
    """Train shared weights of all stacks: single path one-shot (Guo et al. 2020, arXiv 1904.00420), in few lines.

        repeat: draw a stack, each variable uniformly
                step of its weights along ∇ L_train of that path

    Parameters
    ----------
    task : see `load_task`.
    recipe : of the shared weights.
    seed : of the first weights, the order of the sequences and the paths.

    Raises
    ------
    ValueError : more sequences a batch than the task has, or a training that diverges.

    Notes
    -----
    A stack with nothing in it trains embedding and head alone. AdamW leaves the weights as they are that a step has no
    gradient of: its decay and its averages move in the steps that use them.
    """
    tokens, targets = (torch.from_numpy(part["train"]) for part in (task.tokens, task.targets))
    if recipe.batch_size > len(tokens):
        raise ValueError(f"batches of {recipe.batch_size}: the task has {len(tokens):,} sequences")
    with seeded(seed):
        network = SequenceSupernet(task.vocabulary, task.classes).to(getattr(torch, recipe.dtype))
    optimizer = torch.optim.AdamW(network.parameters(), betas=recipe.betas, weight_decay=recipe.weight_decay)
    rng, order = np.random.default_rng([seed, 1]), endless_order(len(tokens), recipe.batch_size, seed)
    losses, seconds = [], []
    for epoch in range(recipe.epochs):
        start, found = time.process_time(), []
        for step in range(recipe.steps):
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate(epoch * recipe.steps + step)
            rows = next(order)
            loss = answer_loss(network.path(tokens[rows], network.space.sample(rng)), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        seconds.append(time.process_time() - start)
        losses.append(np.mean(found) / np.log(2))
        if not np.isfinite(losses[-1]):
            raise ValueError(f"the training diverged in epoch {epoch + 1}: lower the learning rate of {recipe}")
    return SequencePaths(network.eval(), np.array(losses), np.array(seconds))


def shared_accuracy(
    network: SequenceSupernet, task: SequenceTask, genotypes: Iterable[Genotype], count: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Say what stacks reach with the weights of a supernet on the validation sequences.

    Parameters
    ----------
    count : of the sequences, the first; None: all.

    Returns
    -------
    (n,) answers that are right, percent, and (n,) bits an answer.
    """
    tokens, targets = (torch.from_numpy(part["validation"][:count]) for part in (task.tokens, task.targets))
    measured = [measure(network.cut_out(genotype), tokens, targets) for genotype in genotypes]
    right, bits = np.array(measured).reshape(-1, 2).T
    return right, bits
