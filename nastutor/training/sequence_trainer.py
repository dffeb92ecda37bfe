"""Train small language models: several seeds of one architecture at once, as one computation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from nastutor.arguments import listed, one_of, positive_number, shown, whole_number
from nastutor.networks.seeded import seeded
from nastutor.networks.sequence_model import SequenceModel
from nastutor.spaces.space import Genotype
from nastutor.training.sequences import NOT_ASKED, SequenceTask

F = torch.nn.functional
EVALUATION_BATCH = 128


@dataclass(frozen=True)
class SequenceRecipe:
    """How to train: AdamW with a linear warm-up and a cosine schedule down to zero.

    Attributes
    ----------
    epochs : parts of the training, at whose ends it is measured.
    steps : batches an epoch.
    batch_size : sequences a step, drawn without replacement until all were seen, then anew.
    learning_rate : after the warm-up, the largest.
    warm_up : steps at the beginning in which the rate grows.
    weight_decay, betas : of AdamW.
    dtype : ``"float32"`` or ``"float64"``.

    Raises
    ------
    ValueError : a number below 1, a rate that is not positive, or another dtype.
    """

    epochs: int = 6
    steps: int = 100
    batch_size: int = 16
    learning_rate: float = 5e-3
    warm_up: int = 50
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.98)
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for name in ("epochs", "steps", "batch_size", "warm_up"):
            whole_number(name, getattr(self, name), 1)
        positive_number("learning_rate", self.learning_rate)
        one_of("dtype", self.dtype, ("float32", "float64"))

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        rising = min(1.0, (step + 1) / self.warm_up)
        return self.learning_rate * rising * 0.5 * (1 + math.cos(math.pi * step / (self.epochs * self.steps)))


@dataclass(frozen=True, eq=False)
class SequenceTraining:
    """What one training brought.

    Attributes
    ----------
    network : trained, in evaluation mode.
    seed : of its first weights and the order of the sequences.
    accuracies : (epochs,) answers that are right on the validation sequences after each epoch, percent of those asked.
    losses : (epochs,) their mean cross-entropy, bits an answer.
    test_accuracy, test_loss : after the last epoch.
    train_seconds : an equal share of the time in training steps.
    diverged : whether the loss left the finite numbers.
    """

    network: SequenceModel
    seed: int
    accuracies: np.ndarray
    losses: np.ndarray
    test_accuracy: float
    test_loss: float
    train_seconds: float
    diverged: bool


def train_sequences(
    genotype: Genotype,
    task: SequenceTask,
    recipe: SequenceRecipe | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    clock: Callable[[], float] = time.perf_counter,
) -> list[SequenceTraining]:
    """Train an architecture of `SequenceSpace`, once for each seed.

    The seeds share nothing but the computation: the results are those of each alone, up to float rounding.

    Parameters
    ----------
    genotype : the architecture.
    task : see `load_task`.
    recipe : how to train.
    seeds : of the trainings, at least one.
    clock : what `train_seconds` is measured with; `time.process_time` does not count other processes.

    Raises
    ------
    ValueError : no seed or one that is no whole number, something else than a task and a recipe, or more sequences a
        batch than the task has.
    """
    recipe = SequenceRecipe() if recipe is None else recipe
    if not isinstance(task, SequenceTask):
        raise ValueError(f"task {shown(task)}: give a SequenceTask, as load_task returns it")
    if not isinstance(recipe, SequenceRecipe):
        raise ValueError(f"recipe {shown(recipe)}: give a SequenceRecipe")
    seeds = [whole_number("seed", seed, 0) for seed in listed("seeds", seeds)]
    tokens = {split: torch.from_numpy(numbers) for split, numbers in task.tokens.items()}
    targets = {split: torch.from_numpy(numbers) for split, numbers in task.targets.items()}
    count = len(tokens["train"])
    if not seeds or recipe.batch_size > count:
        raise ValueError(f"seeds {list(seeds)}, batches of {recipe.batch_size}: give a seed, and at most {count:,}")
    networks = []
    for seed in seeds:
        with seeded(seed):
            networks.append(SequenceModel(genotype, task.vocabulary, task.classes).to(getattr(torch, recipe.dtype)))
    weights, _ = stack_module_state(networks)
    optimizer = torch.optim.AdamW(weights.values(), betas=recipe.betas, weight_decay=recipe.weight_decay)
    all_at_once = vmap(lambda one, batch: functional_call(networks[0], one, (batch,)))
    orders = [endless_order(count, recipe.batch_size, seed) for seed in seeds]
    seconds, measured = 0.0, []
    for epoch in range(recipe.epochs):
        start = clock()
        for step in range(recipe.steps):
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate(epoch * recipe.steps + step)
            rows = torch.stack([next(order) for order in orders])  # (seeds, batch)
            scores = all_at_once(weights, tokens["train"][rows])
            losses = [answer_loss(one, target) for one, target in zip(scores, targets["train"][rows])]
            optimizer.zero_grad()
            torch.stack(losses).sum().backward()  # a sum: the gradient of each seed is that of its own mean
            optimizer.step()
        seconds += clock() - start
        _copy(weights, networks)
        measured.append([measure(network, tokens["validation"], targets["validation"]) for network in networks])
    accuracies, bits = np.array(measured).transpose(2, 1, 0)  # each (seeds, epochs)
    tests = [measure(network, tokens["test"], targets["test"]) for network in networks]
    return [
        SequenceTraining(
            network.eval(),
            seed,
            accuracies[i],
            bits[i],
            *tests[i],
            seconds / len(seeds),
            not np.isfinite([*bits[i], tests[i][1]]).all(),
        )
        for i, (network, seed) in enumerate(zip(networks, seeds))
    ]


def measure(network: torch.nn.Module, tokens: Tensor, targets: Tensor) -> tuple[float, float]:
    """Return the percentage of right answers and the mean cross-entropy in bits, where something is asked."""
    right, bits, asked = 0, 0.0, int((targets != NOT_ASKED).sum())
    with torch.no_grad():
        for some, answers in zip(tokens.split(EVALUATION_BATCH), targets.split(EVALUATION_BATCH)):
            scores = network(some)
            right += int((scores.argmax(dim=2) == answers).sum())
            bits += float(answer_loss(scores, answers, "sum"))
    return 100 * right / asked, bits / asked / math.log(2)


def answer_loss(scores: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Return the cross-entropy, in nats, of all positions at which something is asked."""
    return F.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=NOT_ASKED, reduction=reduction)


def endless_order(count: int, batch_size: int, seed: int) -> Iterator[Tensor]:
    """Yield batches of rows: all once, in a random order, then again in another."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(count, generator=generator)
        yield from order[: count // batch_size * batch_size].split(batch_size)


def _copy(weights: dict[str, Tensor], networks: Sequence[SequenceModel]) -> None:
    """Give each network its own slice of the stacked weights."""
    with torch.no_grad():
        for i, network in enumerate(networks):
            for name, parameter in network.named_parameters():
                parameter.copy_(weights[name][i])
