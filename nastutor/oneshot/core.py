"""What every method that trains a supernet does: batches, steps of the shared weights, the record, the checkpoint.

A method is a function that reads like its paper's pseudo-code:

    run = SupernetRun(build, dataset, recipe, seed, settings)
    for _ in run.epochs(...):
        for images, labels in run.weight_batches():
            run.descend(loss of the shared weights)
        run.record(what the epoch brought)
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from nastutor.networks.batch_norm import batch_statistics
from nastutor.networks.elastic_network import ElasticNetwork
from nastutor.networks.seeded import seeded
from nastutor.networks.supernet import Supernet
from nastutor.oneshot.identity import describe
from nastutor.training.checkpoint import read_checkpoint, write_checkpoint
from nastutor.training.datasets import Dataset
from nastutor.training.trainer import EVALUATION_BATCH, Recipe, progress_bar, require_training

_FORMAT = "nastutor supernet run 1"
N = TypeVar("N", Supernet, ElasticNetwork)
Batch = tuple[Tensor, Tensor]
"""Images (B, channels, height, width) and labels (B,)."""


@dataclass(frozen=True)
class SupernetRecipe(Recipe):
    """How the shared weights are trained: a `Recipe`, and gradients cut to a norm of `clip`, as in DARTS and ENAS.

    Attributes
    ----------
    clip : the largest norm of the gradient of all shared weights together.

    Notes
    -----
    The defaults were tried with the mixture of DARTS on glyphs. Where each step trains a single path (GDAS, ENAS,
    uniform paths) an operation is trained in a fifth of the steps: there batches of 32 and a learning rate of 0.2 went
    much further in as many epochs.
    """

    epochs: int = 20
    learning_rate: float = 0.05
    weight_decay: float = 3e-4
    clip: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.clip > 0:
            raise ValueError(f"clip {self.clip}: give a positive number")


DEFAULT_SUPERNET_RECIPE = SupernetRecipe()


class SupernetRun(Generic[N]):
    """A supernet, the optimizer of its shared weights, and all randomness of a run.

    Parameters
    ----------
    build : returns a fresh `Supernet` or `ElasticNetwork`; its first weights follow `seed`.
    dataset : shared weights learn from the training images, architectures from the validation images; the test
        images are not touched.
    recipe, seed : of the run.
    settings : the method's name and arguments: a checkpoint of others is refused.

    Attributes
    ----------
    network : the supernet, in training mode.
    parts : what has a state to save, by name; a method adds its own (a module, an optimizer) before the first epoch.
    generator, rng : the architecture's random numbers (torch's and numpy's); the weights' batches have their own.
    records : of the epochs so far, one dictionary each: what `record` was given, with train_loss and seconds.
    chosen : the record at which the search ended early, or None.
    learning_rate : of the shared weights at this step.
    done : the part of the schedule that is behind, 0…1.

    Raises
    ------
    ValueError : no supernet, one that does not fit the images, or an empty split.
    """

    def __init__(
        self,
        build: Callable[[], N],
        dataset: Dataset,
        recipe: SupernetRecipe,
        seed: int,
        settings: Mapping[str, Any],
    ) -> None:
        (seed,) = require_training(build, dataset, recipe, [seed])
        if not isinstance(recipe, SupernetRecipe):
            raise ValueError(f"recipe {recipe}: a supernet needs a SupernetRecipe")
        for split in ("train", "validation"):
            if not len(dataset.labels[split]):
                raise ValueError(f"{dataset} has no {split} images: weights need train, architectures validation")
        dtype, device = getattr(torch, recipe.dtype), torch.device(recipe.device)
        with seeded(seed, dtype):
            network = build()
        if not isinstance(network, Supernet | ElasticNetwork):
            wanted_class = "a Supernet or an ElasticNetwork"
            raise ValueError(f"build returned a {type(network).__name__}: give a function that returns {wanted_class}")
        wanted = {"in_channels": dataset.shape[0], "classes": dataset.classes}
        if any(network.skeleton[name] != count for name, count in wanted.items()):
            raise ValueError(f"a supernet of {network.skeleton} for {dataset}: build it with {wanted}")
        self.network: N = network.to(device, dtype).train()
        self.recipe = recipe
        self.images = {split: torch.from_numpy(x).to(device, dtype) for split, x in dataset.images.items()}
        self.labels = {split: torch.from_numpy(y).to(device) for split, y in dataset.labels.items()}
        self.optimizer = torch.optim.SGD(
            network.parameters(),
            recipe.learning_rate,
            recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.momentum > 0,
        )
        self.parts: dict[str, Any] = {"network": network, "optimizer": self.optimizer}
        self.order = torch.Generator().manual_seed(seed)
        self.rng = np.random.default_rng([seed, 1])
        self.generator = torch.Generator().manual_seed(int(self.rng.integers(2**62)))
        self.records: list[dict[str, Any]] = []
        self.chosen: int | None = None
        self.batch_size = min(recipe.batch_size, len(self.labels["train"]))
        self.steps = len(self.labels["train"]) // self.batch_size  # of an epoch
        self.step, self.losses, self.idle = 0, [0.0], 0.0
        self.description = {
            "space": network.space.signature(),
            "network": network.signature(),
            "dataset": f"{dataset!r}, fingerprint {dataset.fingerprint()}",
            "recipe": asdict(recipe),
            "seed": seed,
            **settings,
        }

    @property
    def done(self) -> float:
        return (len(self.records) + self.step / self.steps) / self.recipe.epochs

    @property
    def learning_rate(self) -> float:
        return self.recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * self.done))

    def epochs(
        self, epochs: int | None, checkpoint: str | os.PathLike[str] | None, progress: bool | None
    ) -> Iterator[int]:
        """Yield the number of each epoch, from 0; the body of the loop ends with `record`.

        Parameters
        ----------
        epochs : stop after so many of the recipe's epochs; None: all.
        checkpoint : a file to go on from, if it exists, and to write before the first epoch and after every one. Its
            folder is made if it is missing; what cannot be written is so noticed before anything is trained.
        progress : show a progress bar; None: unless the environment variable CI is set.

        Raises
        ------
        ValueError : more epochs than the recipe has, a checkpoint that is damaged or of another run, or an argument
            that a checkpoint cannot tell from others.
        OSError : the checkpoint cannot be written.
        """
        last = self.recipe.epochs if epochs is None else epochs
        if not 1 <= last <= self.recipe.epochs:
            raise ValueError(f"epochs {last}: choose 1…{self.recipe.epochs}, the epochs of the recipe's schedule")
        if checkpoint is not None and Path(checkpoint).exists():
            self.load(checkpoint)
        elif checkpoint is not None:
            self.save(checkpoint)
        bar = progress_bar(last, progress)
        try:
            if bar is not None:
                bar.update(min(len(self.records), last))
            while len(self.records) < last and self.chosen is None:
                self.step, self.losses, self.idle, self.start = 0, [], 0.0, time.process_time()
                yield len(self.records)
                if checkpoint is not None:
                    self.save(checkpoint)
                if bar is not None:
                    bar.update()
                    bar.set_postfix(loss=f"{self.records[-1]['train_loss']:.2f}")
        finally:
            if bar is not None:
                bar.close()

    def weight_batches(self) -> Iterator[Batch]:
        """Go through the training images once, in random order, moving the learning rate along the schedule.

        Images that do not fill a batch are left out.
        """
        order = torch.randperm(len(self.labels["train"]), generator=self.order)
        for step in range(self.steps):
            self.step = step
            for group in self.optimizer.param_groups:
                group["lr"] = self.learning_rate
            yield self._batch("train", order[step * self.batch_size : (step + 1) * self.batch_size])

    def architecture_batches(self, count: int | None = None) -> Iterator[Batch]:
        """Yield batches of validation images, as many as `weight_batches` or `count`, in passes of random order."""
        images = len(self.labels["validation"])
        size = min(self.recipe.batch_size, images)
        rows = torch.empty(0, dtype=torch.int64)
        for _ in range(self.steps if count is None else count):
            while len(rows) < size:
                rows = torch.cat([rows, torch.randperm(images, generator=self.generator)])
            yield self._batch("validation", rows[:size])
            rows = rows[size:]

    def _batch(self, split: str, rows: Tensor) -> Batch:
        rows = rows.to(self.labels[split].device)
        return self.images[split][rows], self.labels[split][rows]

    def descend(self, loss: Tensor) -> None:
        """Take a step of the shared weights; those that the loss does not use stay.

        Raises
        ------
        ValueError : the loss is not a finite number.
        """
        self.losses.append(self.check(loss))
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self.optimizer.step()

    def check(self, loss: Tensor) -> float:
        """Return the value of a loss if it is a finite number.

        Raises
        ------
        ValueError : it is not; the message names the epoch, counted from 1.
        """
        value = loss.item()
        if not math.isfinite(value):
            raise ValueError(
                f"the training diverged: the loss is {value} in epoch {len(self.records) + 1}. Lower the recipe's "
                f"learning_rate ({self.recipe.learning_rate})"
            )
        return value

    def accuracy(self, logits: Callable[[Tensor], Tensor]) -> float:
        """Return the validation accuracy in percent, with batch statistics; its time does not count as the epoch's.

        Parameters
        ----------
        logits : maps images to logits with the supernet.
        """
        start, correct = time.process_time(), 0
        with torch.no_grad(), batch_statistics(self.network):
            pairs = zip(
                self.images["validation"].split(EVALUATION_BATCH), self.labels["validation"].split(EVALUATION_BATCH)
            )
            correct = sum(int((logits(x).argmax(1) == y).sum()) for x, y in pairs)
        self.idle += time.process_time() - start
        return 100 * correct / len(self.labels["validation"])

    def record(self, **values: Any) -> None:
        """End an epoch: keep its values (numbers, tuples, tensors), the mean training loss and processor seconds."""
        seconds = time.process_time() - self.start - self.idle
        self.records.append({**values, "train_loss": float(np.mean(self.losses)), "seconds": seconds})

    def column(self, name: str) -> np.ndarray:
        """Return one value of all records, (epochs, …)."""
        return np.array([np.asarray(record[name]) for record in self.records])

    def header(self) -> str:
        """Say what identifies the run, as JSON.

        Raises
        ------
        ValueError : an argument cannot be told from another of its kind, see `describe`.
        """
        return json.dumps(self.description, default=describe)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that the rest of the run depends on: all of it or, if interrupted, nothing."""
        content = {
            "format": _FORMAT,
            "run": self.header(),
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "generators": [self.order.get_state(), self.generator.get_state()],
            "rng": json.dumps(self.rng.bit_generator.state),
            "records": self.records,
            "chosen": self.chosen,
        }
        write_checkpoint(path, content)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on where `save` was called. Nothing in the file is run: it may hold numbers and names only.

        Raises
        ------
        ValueError : the file is damaged, or its run has another space, network, recipe, seed or method.
        """
        kind, advice = "checkpoint of a supernet", "delete it to begin anew, or give another file"
        saved = read_checkpoint(path, kind, advice)
        if saved.get("format") != _FORMAT:
            raise ValueError(f"{path} is damaged or is no {kind}: {advice}")
        own, run = json.loads(self.header()), json.loads(saved["run"])
        for name in {**own, **run}:
            if own.get(name) != run.get(name):
                raise ValueError(
                    f"{path} belongs to another run: its {name} is {run.get(name)}, not {own.get(name)}. Give the same "
                    "arguments, or another file"
                )
        try:
            for name, part in self.parts.items():
                part.load_state_dict(saved["parts"][name])
            for generator, state in zip([self.order, self.generator], saved["generators"]):
                generator.set_state(state)
            self.rng.bit_generator.state = json.loads(saved["rng"])
            self.records, self.chosen = saved["records"], saved["chosen"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path} is damaged or is no {kind}: {advice}") from error
