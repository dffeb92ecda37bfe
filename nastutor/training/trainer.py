"""Train networks: one, or several seeds of one architecture at once."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nastutor.arguments import listed, one_of, positive_number, real_number, shown, truth, whole_number
from nastutor.networks.seeded import seeded
from nastutor.training.datasets import Dataset
from nastutor.training.memory_format import choose_memory_format

EVALUATION_BATCH = 250
_LARGEST_SEED = 2**63 - 1  # of torch's generators


@dataclass(frozen=True)
class Recipe:
    """How to train: SGD with Nesterov momentum, a cosine schedule down to zero, weight decay on all weights.

    Attributes
    ----------
    epochs : passes over the training images that the schedule is laid out for.
    batch_size : images a step; the last images of an epoch that do not fill a batch are left out.
    learning_rate : at the first step.
    momentum, weight_decay : of SGD.
    dtype : ``"float32"`` or ``"float64"``.
    device : ``"cpu"``, or for instance ``"cuda"``: no GPU is used that was not asked for.

    Raises
    ------
    ValueError : epochs or batch size below 1, a learning rate that is not positive, momentum outside of 0…1, a weight
        decay below 0, or another dtype.
    """

    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    dtype: str = "float32"
    device: str = "cpu"

    def __post_init__(self) -> None:
        whole_number("epochs", self.epochs, 1)
        whole_number("batch_size", self.batch_size, 1)
        positive_number("learning_rate", self.learning_rate)
        real_number("momentum", self.momentum, "a number from 0 to below 1", lambda number: 0 <= number < 1)
        real_number("weight_decay", self.weight_decay, "a number from 0", lambda number: number >= 0)
        one_of("dtype", self.dtype, ("float32", "float64"))


DEFAULT_RECIPE = Recipe()


@dataclass(frozen=True, eq=False)
class Training:
    """What one training brought.

    Attributes
    ----------
    network : the trained network (of all replicas, if there were several), in evaluation mode.
    seed : its seed.
    curve : (epochs,) validation accuracy after each epoch, percent.
    test_accuracy : after the last epoch, percent.
    train_seconds : time in training steps, without evaluation; for replicas an equal share.
    diverged : whether a weight left the finite numbers. Accuracies from that epoch on are those of chance.
    """

    network: nn.Module
    seed: int
    curve: np.ndarray
    test_accuracy: float
    train_seconds: float
    diverged: bool

    @property
    def val_accuracy(self) -> float:
        """After the last epoch, percent."""
        return float(self.curve[-1])


def train(
    build: Callable[[], nn.Module],
    dataset: Dataset,
    recipe: Recipe = DEFAULT_RECIPE,
    seed: int = 0,
    epochs: int | None = None,
    progress: bool | None = None,
) -> Training:
    """Train one network.

    Parameters
    ----------
    build : returns a fresh network, (B, channels, height, width) → (B, classes); its random weights follow `seed`.
    dataset : images and labels.
    recipe : how to train.
    seed : fixes the first weights and the order of the images.
    epochs : stop after so many epochs of the recipe's schedule; None: all. So a short training is the beginning of a
        long one, and its accuracy a point of the long one's curve.
    progress : show a progress bar; None: unless the environment variable CI is set.

    Raises
    ------
    ValueError : more epochs than the recipe has, images that the network does not accept, or a device that is not here.
    """
    (seed,) = require_training(build, dataset, recipe, [seed])
    with seeded(seed):
        network = build()
    return _run(network, dataset, recipe, [seed], epochs, progress, time.perf_counter)[0]


def train_replicas(
    build: Callable[..., nn.Module],
    dataset: Dataset,
    recipe: Recipe = DEFAULT_RECIPE,
    seeds: Sequence[int] = (0, 1, 2),
    epochs: int | None = None,
    progress: bool | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Training]:
    """Train several seeds of one architecture at once, as one network with grouped convolutions.

    Each replica has its own first weights, its own order of images and, because every operation treats the replicas
    apart, its own gradients: the results are those of `train` with each seed, up to float rounding.

    Parameters
    ----------
    build : as in `train`, called with ``replicas=1`` for the weights of each seed and ``replicas=len(seeds)``.
    seeds : one a replica.
    clock : what `train_seconds` is measured with; `time.process_time` does not count other processes.
    dataset, recipe, epochs, progress : as in `train`.
    """
    seeds = require_training(build, dataset, recipe, listed("seeds", seeds))
    states = []
    for seed in seeds:
        with seeded(seed):
            states.append(build(replicas=1).state_dict())
    with seeded(seeds[0]):  # these weights are replaced
        network = build(replicas=len(seeds))
    network.load_state_dict(stack(states))
    return _run(network, dataset, recipe, seeds, epochs, progress, clock)


def require_training(build: Any, dataset: Any, recipe: Any, seeds: Sequence[Any]) -> list[int]:
    """Refuse what cannot be trained with, and return the seeds as Python's numbers, which torch needs.

    Raises
    ------
    ValueError : something else than a function, a `Dataset`, a `Recipe` and whole numbers from 0, one at least.
    """
    if not callable(build):
        raise ValueError(f"build {shown(build)}: give a function that returns a network")
    if not isinstance(dataset, Dataset):
        raise ValueError(f"dataset {shown(dataset)}: give a Dataset, as load_dataset and from_arrays return it")
    if not isinstance(recipe, Recipe):
        raise ValueError(f"recipe {shown(recipe)}: give a Recipe, such as Recipe(epochs=12)")
    if not seeds:
        raise ValueError("no seeds: give at least one")
    return [whole_number("seed", seed, 0, _LARGEST_SEED) for seed in seeds]


def stack(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Join the state dicts of single networks to that of their replicas: along the first axis, which is channels out.

    A counter (batch norm's number of batches) is the same in all of them.
    """
    return {
        name: torch.cat([state[name] for state in states]) if tensor.ndim else tensor
        for name, tensor in states[0].items()
    }


def unstack(state: dict[str, Tensor], replicas: int) -> list[dict[str, Tensor]]:
    """Split the state dict of replicas into those of single networks; the inverse of `stack`."""
    parts = {name: tensor.chunk(replicas) if tensor.ndim else [tensor] * replicas for name, tensor in state.items()}
    return [{name: tensors[i] for name, tensors in parts.items()} for i in range(replicas)]


def count_correct(network: nn.Module, images: Tensor, labels: Tensor, replicas: int = 1) -> tuple[Tensor, Tensor]:
    """Count the images that each replica classifies correctly, in evaluation mode.

    Parameters
    ----------
    images : (n, channels, height, width), the same for all replicas; labels : (n,).

    Returns
    -------
    correct : (replicas,) int64; finite : (replicas,) bool, whether all logits of a replica are finite numbers.
    """
    network.eval()
    correct = torch.zeros(replicas, dtype=torch.int64, device=labels.device)
    finite = torch.ones(replicas, dtype=torch.bool, device=labels.device)
    with torch.no_grad():
        for x, y in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH)):
            x = x.repeat(1, replicas, 1, 1).contiguous(memory_format=torch.channels_last)
            logits = network(x).reshape(len(y), replicas, -1)
            correct += (logits.argmax(dim=2) == y[:, None]).sum(dim=0)
            finite &= logits.isfinite().all(dim=2).all(dim=0)
    return correct, finite


def _run(
    network: nn.Module,
    dataset: Dataset,
    recipe: Recipe,
    seeds: Sequence[int],
    epochs: int | None,
    progress: bool | None,
    clock: Callable[[], float],
) -> list[Training]:
    """Train the replicas of `network`, one a seed."""
    why = "the epochs of the recipe's schedule"
    epochs = whole_number("epochs", recipe.epochs if epochs is None else epochs, 1, recipe.epochs, why)
    if not isinstance(network, nn.Module):
        raise ValueError(f"build returns {shown(network)}: let it return a torch.nn.Module")
    replicas = len(seeds)
    dtype, device = getattr(torch, recipe.dtype), _find_device(recipe.device)
    network.to(device, dtype)
    _check_fit(network, dataset, replicas, dtype, device)
    images = {split: torch.from_numpy(x).to(device, dtype) for split, x in dataset.images.items()}
    memory_format = choose_memory_format(network, images["train"][:1].repeat(1, replicas, 1, 1))
    network.to(memory_format=memory_format)  # type: ignore[call-overload, unused-ignore]
    labels = {split: torch.from_numpy(y).to(device) for split, y in dataset.labels.items()}

    optimizer = torch.optim.SGD(
        network.parameters(),
        recipe.learning_rate,
        recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=recipe.momentum > 0,
    )
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    count = len(labels["train"])
    batch_size = min(recipe.batch_size, count)
    steps = count // batch_size
    seconds = 0.0
    alive = torch.ones(replicas, dtype=torch.bool, device=device)
    curves = np.empty((replicas, epochs))
    bar = progress_bar(epochs, progress)

    def accuracy(split: str) -> np.ndarray:
        correct, finite = count_correct(network, images[split], labels[split], replicas)
        alive.logical_and_(finite)
        return torch.where(alive, 100 * correct.double() / len(labels[split]), 100 / dataset.classes).cpu().numpy()

    for epoch in range(epochs):
        start = clock()
        network.train()
        orders = torch.stack([torch.randperm(count, generator=generator) for generator in generators]).to(device)
        for step in range(steps):
            done = (epoch * steps + step) / (recipe.epochs * steps)
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
            rows = orders[:, step * batch_size : (step + 1) * batch_size].T  # (B, R)
            x = images["train"][rows].flatten(1, 2).contiguous(memory_format=memory_format)  # (B, R·C, H, W)
            logits = network(x).reshape(batch_size * replicas, -1)
            # A mean over the batch and a sum over replicas: each replica's gradient is that of its own loss.
            loss = nn.functional.cross_entropy(logits, labels["train"][rows].flatten(), reduction="sum") / batch_size
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds += clock() - start
        curves[:, epoch] = accuracy("validation")
        if bar is not None:
            bar.update()
            bar.set_postfix(val_accuracy=f"{curves[:, epoch].mean():.1f}")
    test = accuracy("test")
    if bar is not None:
        bar.close()
    return [
        Training(network, seed, curves[i], float(test[i]), seconds / replicas, not bool(alive[i]))
        for i, seed in enumerate(seeds)
    ]


def _find_device(name: str) -> torch.device:
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError, TypeError):  # torch was built without it, finds none, knows no such word
        count = torch.cuda.device_count()
        raise ValueError(f"device {name!r}: torch has none here; give 'cpu', or 'cuda' (it finds {count})") from None


def _check_fit(network: nn.Module, dataset: Dataset, replicas: int, dtype: torch.dtype, device: torch.device) -> None:
    """Raise ValueError if the network does not take the images or does not tell so many classes apart."""
    channels, height, width = dataset.shape
    network.eval()
    try:
        with torch.no_grad():
            logits = network(torch.zeros(2, replicas * channels, height, width, dtype=dtype, device=device))
    except Exception as error:  # a network of a reader's own may raise anything
        raise ValueError(f"the network does not take images of {dataset}: {error}") from error
    if not isinstance(logits, Tensor) or not logits.ndim:
        raise ValueError(f"the network returns {shown(logits)}: let it return a tensor (B, classes)")
    if logits.shape[-1] != dataset.classes:
        raise ValueError(f"a network of {logits.shape[-1]} classes for {dataset}: build it with {dataset.classes}")


def progress_bar(epochs: int, progress: bool | None) -> Any:
    """Return a bar that counts epochs, or None; `progress` as in `train`."""
    if not (not os.environ.get("CI") if progress is None else truth("progress", progress)):
        return None
    from tqdm.auto import tqdm

    return tqdm(total=epochs, unit="epoch")
