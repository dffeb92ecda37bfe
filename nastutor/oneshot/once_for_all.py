"""Once-for-all: one elastic network, trained so that its sub-networks work without any training of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from nastutor.networks.elastic_network import ElasticNetwork
from nastutor.oneshot.core import SupernetRecipe, SupernetRun
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.space import Genotype
from nastutor.training.datasets import Dataset


@dataclass(frozen=True)
class Phase:
    """A part of progressive shrinking.

    Attributes
    ----------
    name : for tables and pictures.
    recipe : its own schedule, with a fresh optimizer.
    depths, widths, kernels : how many of the largest choices take part, see `ElasticSpace.restricted`.
    paths : how many sub-networks a step draws.
    """

    name: str
    recipe: SupernetRecipe
    depths: int = 1
    widths: int = 1
    kernels: int = 1
    paths: int = 1


@dataclass(frozen=True, eq=False)
class OnceForAll:
    """A trained elastic network; E epochs were run in all.

    Attributes
    ----------
    network : after the last epoch.
    phases : (E,) the name of each epoch's phase.
    train_losses : (E,) nats, means over the steps and the sub-networks of each; with the teacher's part where there is
        one, so phases do not compare.
    seconds : (E,) processor seconds of each epoch.
    """

    network: ElasticNetwork
    phases: list[str]
    train_losses: np.ndarray
    seconds: np.ndarray


def shrinking_phases(space: ElasticSpace, epochs: Sequence[int] = (30, 20, 20, 30)) -> list[Phase]:
    """Return the phases of the paper: the largest network alone, then also smaller kernels, depths and widths.

    Parameters
    ----------
    space : gives the numbers of choices.
    epochs : of the four phases.
    """
    depths, kernels, widths = len(space.depths), len(space.kernels), min(map(len, space.widths))
    whole, kernel, depth, width = epochs
    return [
        Phase("largest", SupernetRecipe(whole, learning_rate=0.1)),
        Phase("kernel", SupernetRecipe(kernel, learning_rate=0.05), kernels=kernels),
        Phase("depth", SupernetRecipe(depth, learning_rate=0.05), depths=depths, kernels=kernels, paths=2),
        Phase("width", SupernetRecipe(width, learning_rate=0.05), depths, widths, kernels, paths=4),
    ]


def train_once_for_all(
    build: Callable[[], ElasticNetwork],
    dataset: Dataset,
    phases: Sequence[Phase],
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> OnceForAll:
    """Train an elastic network by progressive shrinking (Cai et al. 2020, arXiv 1908.09791, section 3.3).

        train the largest network; keep a copy of it as the teacher
        for each further phase (kernel, depth, width):
            before widths shrink: sort the channels by importance
            repeat: draw some sub-networks of what the phase allows
                    step of w along the mean of ∇_w (loss on the labels + loss on the teacher's probabilities)

    Parameters
    ----------
    build, dataset, seed : see `SupernetRun`.
    phases : the first one has the largest network only, see `shrinking_phases`.
    checkpoint : a file name to which the number of the phase is added; the run goes on from what it finds.
    progress : see `SupernetRun.epochs`.

    Raises
    ------
    ValueError : no phase, and what `SupernetRun` refuses; a training that diverges.

    Notes
    -----
    Deviations from the paper: depths and widths get all their choices at once, not in two phases each; the losses of
    labels and teacher are averaged instead of added; the elastic image size is left out; epochs and learning rates are
    our own. The teacher uses its running statistics.
    """
    if not phases:
        raise ValueError("no phase to train: give at least one")
    parts: list[OnceForAll] = []
    network, teacher, widths = None, None, 1
    for number, phase in enumerate(phases):
        if network is not None and phase.widths > widths:
            network.sort_channels()
        widths = phase.widths
        settings = {"method": "progressive shrinking", "phase": number, "phases": [asdict(p) for p in phases]}
        start = build if network is None else lambda network=network: network
        run = SupernetRun(start, dataset, phase.recipe, seed + 1000 * number, settings)
        network = run.network
        allowed = network.space.restricted(phase.depths, phase.widths, phase.kernels)

        loss = partial(_phase_loss, run, allowed, phase.paths, teacher)
        file = None if checkpoint is None else f"{os.fspath(checkpoint)}.{number}"
        parts.append(_train(run, phase.name, loss, file, progress))
        if teacher is None:
            teacher = deepcopy(network.cut_out(network.space.largest)).eval()
    return _joined(parts)


def _phase_loss(
    run: SupernetRun[ElasticNetwork],
    allowed: ElasticSpace,
    paths: int,
    teacher: nn.Module | None,
    images: Tensor,
    labels: Tensor,
) -> Tensor:
    """Draw sub-networks from the part of the space that a phase allows, and return their mean loss."""
    space = run.network.space
    genotypes = [space.encode(allowed.decode(allowed.sample(run.rng))) for _ in range(paths)]
    return mean_loss(run.network, images, labels, genotypes, probabilities(teacher, images) if teacher else None)


def sandwich(space: ElasticSpace, rng: np.random.Generator, count: int = 2) -> list[Genotype]:
    """Draw the sub-networks of one step: the largest, the smallest, and `count` random ones."""
    return [space.largest, space.smallest, *(space.sample(rng) for _ in range(count))]


def train_sandwich(
    build: Callable[[], ElasticNetwork],
    dataset: Dataset,
    recipe: SupernetRecipe,
    seed: int = 0,
    count: int = 2,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> OnceForAll:
    """Train an elastic network in one phase by the sandwich rule (US-Nets, Yu & Huang 2019, arXiv 1903.05134).

        repeat: draw the largest, the smallest and some random sub-networks
                step of w along the mean of ∇_w (loss of the largest on the labels,
                                                 losses of the others on the largest's probabilities)

    BigNAS (Yu et al. 2020, arXiv 2003.11142) trains so without shrinking.

    Parameters
    ----------
    build, dataset, recipe, seed : see `SupernetRun`.
    count : random sub-networks of a step, at least 0.
    checkpoint, progress : see `SupernetRun.epochs`.

    Raises
    ------
    ValueError : a negative count, and what `SupernetRun` refuses; a training that diverges.

    Notes
    -----
    Deviations: the mean of the losses instead of their sum; no elastic image size; BigNAS's initialisation of residual
    branches, its learning rate that ends above zero, and its regularisation of the largest network alone are left out.
    """
    if count < 0:
        raise ValueError(f"count {count}: give 0 random sub-networks or more")
    run = SupernetRun(build, dataset, recipe, seed, {"method": "sandwich", "count": count})
    network = run.network

    def loss(images: Tensor, labels: Tensor) -> Tensor:
        largest, *others = sandwich(network.space, run.rng, count)
        logits = network.path(images, largest)
        targets = logits.detach().softmax(1)
        losses = [cross_entropy(logits, labels)]
        losses += [cross_entropy(network.path(images, genotype), targets) for genotype in others]
        return torch.stack(losses).mean()

    return _train(run, "sandwich", loss, checkpoint, progress)


def mean_loss(
    network: ElasticNetwork, images: Tensor, labels: Tensor, genotypes: Iterable[Genotype], targets: Tensor | None
) -> Tensor:
    """Return the mean loss of some sub-networks on a batch: on the labels, averaged with that on `targets` if given.

    Parameters
    ----------
    images, labels : (B, channels, height, width), (B,).
    targets : (B, classes) the teacher's probabilities, or None.
    """
    losses = []
    for genotype in genotypes:
        logits = network.path(images, genotype)
        losses.append(cross_entropy(logits, labels))
        if targets is not None:
            losses.append(cross_entropy(logits, targets))
    return torch.stack(losses).mean()


def probabilities(teacher: nn.Module, images: Tensor) -> Tensor:
    """Return what a teacher believes of each image, (B, classes), without a gradient."""
    with torch.no_grad():
        return teacher(images).softmax(1)


def _train(
    run: SupernetRun[ElasticNetwork],
    name: str,
    loss: Callable[[Tensor, Tensor], Tensor],
    checkpoint: str | os.PathLike[str] | None,
    progress: bool | None,
) -> OnceForAll:
    for _ in run.epochs(None, checkpoint, progress):
        for images, labels in run.weight_batches():
            run.descend(loss(images, labels))
        run.record()
    return OnceForAll(run.network, [name] * len(run.records), run.column("train_loss"), run.column("seconds"))


def _joined(parts: Sequence[OnceForAll]) -> OnceForAll:
    phases = [name for part in parts for name in part.phases]
    losses, seconds = (np.concatenate([getattr(part, name) for part in parts]) for name in ("train_losses", "seconds"))
    return OnceForAll(parts[-1].network, phases, losses, seconds)
