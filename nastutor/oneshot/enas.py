"""ENAS: a controller that learns on shared weights (Pham et al. 2018, arXiv 1802.03268)."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from nastutor.networks.batch_norm import batch_statistics
from nastutor.networks.controller import Controller, one_thread
from nastutor.networks.supernet import Supernet
from nastutor.oneshot.core import DEFAULT_SUPERNET_RECIPE, SupernetRecipe, SupernetRun
from nastutor.searchers.reinforce import policy_gradient_loss
from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset


@dataclass(frozen=True, eq=False)
class Enas:
    """What a search by ENAS brought; E epochs were run.

    Attributes
    ----------
    network, controller : after the last epoch.
    genotype : the answer: the best of the cells that the controller drew at the end.
    candidates, candidate_accuracies : these cells, and their accuracy with the shared weights, percent, with batch
        statistics on all validation images.
    genotypes : E cells, the controller's most probable choices after each epoch.
    probabilities : (E, 6, 5), along these choices.
    entropies : (E,) of the policy, nats, estimated from the last batch; 9.66 is uniform.
    rewards : (E,) mean accuracy of the drawn cells on a validation batch, percent.
    train_losses : (E,) nats, means over the steps, each of a drawn path.
    val_accuracies : (E,) percent, of `genotypes` with the shared weights, with batch statistics.
    seconds : (E,) processor seconds of each epoch, without `val_accuracies`.
    """

    network: Supernet
    controller: Controller
    genotype: Genotype
    candidates: list[Genotype]
    candidate_accuracies: np.ndarray
    genotypes: list[Genotype]
    probabilities: np.ndarray
    entropies: np.ndarray
    rewards: np.ndarray
    train_losses: np.ndarray
    val_accuracies: np.ndarray
    seconds: np.ndarray


@one_thread()
def run_enas(
    build: Callable[[], Supernet],
    dataset: Dataset,
    recipe: SupernetRecipe = DEFAULT_SUPERNET_RECIPE,
    seed: int = 0,
    controller_steps: int = 20,
    batch_size: int = 5,
    controller_learning_rate: float = 0.003,
    entropy_weight: float = 0.003,
    baseline_decay: float = 0.9,
    candidates: int = 20,
    epochs: int | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Enas:
    """Search by ENAS, section 2.2 of the paper.

        repeat: one epoch: draw a cell from the controller, step of w along ∇_w L_train of that path
                controller_steps times: draw cells, R = their accuracies on a validation batch, 0…1
                    Adam step of the controller along ∇ [ mean((R − baseline) · log π) + entropy_weight · entropy ]
        at the end: draw candidates, take the best on the validation images

    Parameters
    ----------
    build, dataset, recipe, seed : see `SupernetRun`.
    controller_steps : after each epoch, ≥ 1.
    batch_size : cells a step of the controller, ≥ 1.
    controller_learning_rate : of Adam; 0.00035 in the paper, for 2,000 steps an epoch.
    entropy_weight : ≥ 0, in units of accuracy (0…1) per nat; 0.0001 in the paper.
    baseline_decay : weight of the past in the moving average of R, 0 ≤ decay < 1.
    candidates : ≥ 1.
    epochs, checkpoint, progress : see `SupernetRun.epochs`.

    Raises
    ------
    ValueError : a number outside its range, and what `SupernetRun` refuses; a training that diverges.

    Notes
    -----
    The controller has ENAS's temperature 5 and tanh constant 2.5, so it cannot become certain. Deviations: far fewer
    steps with a higher learning rate; a batch of cells a step, as in their code's search of cells (which averages ten),
    where the paper has one; candidates are compared on all validation images instead of one batch; the space is
    NAS-Bench-201's, which has no choice of inputs. Their code adds entropy_weight · entropy of the drawn cell to its
    reward R, so that the baseline holds it too; here the entropy is a term of the objective and is differentiated.
    Their baseline has the decay 0.99 by default, and moves before it is subtracted; here 0.9, for fewer steps, and
    after. One thread throughout.
    """
    if min(controller_steps, batch_size, candidates) < 1:
        raise ValueError(
            f"controller_steps {controller_steps}, batch_size {batch_size}, candidates {candidates}: give at least 1"
        )
    if not controller_learning_rate > 0 or not 0 <= entropy_weight < math.inf or not 0 <= baseline_decay < 1:
        raise ValueError(
            f"controller_learning_rate {controller_learning_rate}, entropy_weight {entropy_weight}, baseline_decay "
            f"{baseline_decay}: give a positive number, one of at least 0, and one of at least 0 and below 1"
        )
    numbers = [controller_steps, batch_size, controller_learning_rate, entropy_weight, baseline_decay]
    run = SupernetRun(build, dataset, recipe, seed, {"method": "enas", "controller": numbers})
    network = run.network
    controller = Controller(network.space, int(run.rng.integers(2**31)), temperature=5.0, tanh_constant=2.5)
    optimizer = torch.optim.Adam(controller.parameters(), controller_learning_rate)
    run.parts.update(controller=controller, controller_optimizer=optimizer)
    for epoch in run.epochs(epochs, checkpoint, progress):
        for images, labels in run.weight_batches():
            (genotype,) = controller.sample(1, run.rng).genotypes
            run.descend(cross_entropy(network.path(images, genotype), labels))
        baseline = run.records[-1]["baseline"] if epoch else math.nan
        rewards = []
        for images, labels in run.architecture_batches(controller_steps):
            genotypes = controller.sample(batch_size, run.rng).genotypes
            with torch.no_grad(), batch_statistics(network):
                right = [(network.path(images, g).argmax(1) == labels).double().mean() for g in genotypes]
            reward = torch.stack(right).cpu()
            baseline = reward.mean().item() if math.isnan(baseline) else baseline
            walk = controller.score(genotypes)
            optimizer.zero_grad()
            loss = policy_gradient_loss(walk.log_prob, reward - baseline) - entropy_weight * walk.entropy.mean()
            loss.backward()
            optimizer.step()
            baseline += (1 - baseline_decay) * (reward.mean().item() - baseline)
            rewards.append(reward.mean().item())
        mode = controller.greedy()
        run.record(
            genotype=mode.genotypes[0],
            probabilities=torch.from_numpy(np.stack([table[0] for table in mode.probabilities()])),
            entropy=walk.entropy.mean().item(),
            reward=100 * float(np.mean(rewards)),
            baseline=baseline,
            val_accuracy=run.accuracy(partial(network.path, genotype=mode.genotypes[0])),
        )
    drawn = controller.sample(candidates, np.random.default_rng([seed, 2])).genotypes
    accuracies = np.array([run.accuracy(partial(network.path, genotype=genotype)) for genotype in drawn])
    return Enas(
        network=network,
        controller=controller,
        genotype=min(zip(-accuracies, drawn))[1],
        candidates=drawn,
        candidate_accuracies=accuracies,
        genotypes=[record["genotype"] for record in run.records],
        probabilities=run.column("probabilities"),
        entropies=run.column("entropy"),
        rewards=run.column("reward"),
        train_losses=run.column("train_loss"),
        val_accuracies=run.column("val_accuracy"),
        seconds=run.column("seconds"),
    )
