"""Train the elastic network of lesson 15 and what it is compared with: `data/once_for_all.npz` (`make once-for-all`).

    python -m nastutor.studies.once_for_all data/once_for_all.npz

The file is written again after every training; what it has already, by the same plan, is not computed again. To read it
takes no torch: `load_once_for_all`; only the network itself does: `load_network`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nastutor.arrays import read_data, read_unfinished, write_arrays
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.space import Genotype
from nastutor.spaces.unseen import Unseen
from nastutor.studies import command
from nastutor.training.datasets import load_dataset

if TYPE_CHECKING:
    from nastutor.networks.elastic_network import ElasticNetwork
    from nastutor.oneshot.once_for_all import OnceForAll

SEEDS = (0, 1, 2)
SHRINKING_EPOCHS = (12, 8, 10, 50)
SANDWICH_EPOCHS = 68
"""So that both methods take about as many processor seconds."""
METHODS = ("shrinking", "sandwich")
SAMPLE = 50
"""Sub-networks that every elastic network is measured on: the smallest, the largest, random ones."""
ALONE = {"short": (20, 16, (0, 1)), "long": (sum(SHRINKING_EPOCHS), 10, (0,))}
"""By name: epochs, how many of the sample (the first ones), seeds of the trainings from nothing."""
RECALIBRATION_IMAGES = 512
COSTS = ("macs", "params", "peak_memory", "microcontroller_ms", "phone_ms", "gpu_ms")
"""Multiply-accumulates, parameters, bytes of activations, and the latencies of three modelled devices."""


class Alone(NamedTuple):
    """Sub-networks trained from nothing, (n, seeds) each: accuracies in percent, processor seconds of training."""

    epochs: int
    val_accuracy: np.ndarray
    test_accuracy: np.ndarray
    seconds: np.ndarray


class Shared(NamedTuple):
    """Three elastic networks of one method, measured on the sample.

    val_accuracy, test_accuracy : (seeds, n) percent, without training, batch norm recalibrated.
    before : (seeds, n) percent of validation images, with the running statistics that the training left.
    phases : the names of its phases.
    seconds : (seeds, phases) processor seconds of training.
    evaluation_seconds : processor seconds of one validation accuracy, recalibration included, on average.
    """

    val_accuracy: np.ndarray
    test_accuracy: np.ndarray
    before: np.ndarray
    phases: list[str]
    seconds: np.ndarray
    evaluation_seconds: float


class OnceForAllStudy(NamedTuple):
    """What the file holds.

    space : the elastic space.
    genotypes : all of its N = 1,764 architectures, in the order of iteration.
    val_accuracy, test_accuracy : (N,) percent, with the weights of progressive shrinking with seed 0.
    costs : by name (see `COSTS`), (N,).
    sample : the architectures of `shared` and, the first of them, of `alone`.
    shared : by method, ``"shrinking"`` and ``"sandwich"``.
    alone : by name, ``"short"`` and ``"long"``.
    """

    space: ElasticSpace
    genotypes: list[Genotype]
    val_accuracy: np.ndarray
    test_accuracy: np.ndarray
    costs: dict[str, np.ndarray]
    sample: list[Genotype]
    shared: dict[str, Shared]
    alone: dict[str, Alone]

    def evaluate(self, genotype: Genotype) -> dict[str, float]:
        """Return what a search may see of a sub-network, as `OnceForAllAccuracy` does: val_accuracy and the costs.

        Raises
        ------
        ValueError : no genotype of the space.
        """
        row = _rows()[self.space.canonical(self.space.validate(genotype))]
        costs = {name: float(values[row]) for name, values in self.costs.items()}
        return {"val_accuracy": float(self.val_accuracy[row]), **costs}


@cache
def _rows() -> dict[Genotype, int]:
    return {genotype: row for row, genotype in enumerate(ElasticSpace.small())}


def sample_of(space: ElasticSpace) -> list[Genotype]:
    """Return the smallest architecture, the largest, and different random ones."""
    unseen, found = Unseen(space, np.random.default_rng(0)), [space.smallest, space.largest]
    while len(found) < SAMPLE and (genotype := unseen.draw(found)) is not None:
        found.append(genotype)
    return found


def load_once_for_all() -> OnceForAllStudy:
    """Read the stored results."""
    stored = read_data("once_for_all.npz", "once-for-all")
    space = ElasticSpace.small()
    shared = {
        name: Shared(
            stored[f"{name}/val"], stored[f"{name}/test"], stored[f"{name}/before"], stored[f"{name}/phases"].tolist(),
            stored[f"{name}/seconds"], float(stored[f"{name}/evaluation_seconds"].mean()),
        )
        for name in METHODS
    }  # fmt: skip
    alone = {
        name: Alone(epochs, *(stored[f"{name}/{part}"] for part in ("val", "test", "seconds")))
        for name, (epochs, _, _) in ALONE.items()
    }
    return OnceForAllStudy(
        space, list(space), stored["all/val"], stored["all/test"], {name: stored[f"cost/{name}"] for name in COSTS},
        sample_of(space), shared, alone,
    )  # fmt: skip


def load_network() -> ElasticNetwork:
    """Return the elastic network that progressive shrinking trained with seed 0, in float32 and evaluation mode."""
    import torch

    from nastutor.networks.elastic_network import ElasticNetwork

    network = ElasticNetwork(ElasticSpace.small())
    stored = read_data("once_for_all.npz", "once-for-all")
    state = {name: torch.from_numpy(stored[f"weights/{name}"]) for name in network.state_dict()}
    network.load_state_dict(state)
    return network.eval()


def train_network(method: str, seed: int) -> OnceForAll:
    """Train an elastic network as the stored ones were."""
    from nastutor.networks.elastic_network import ElasticNetwork
    from nastutor.oneshot.core import SupernetRecipe
    from nastutor.oneshot.once_for_all import shrinking_phases, train_once_for_all, train_sandwich

    space, glyphs = ElasticSpace.small(), load_dataset("glyphs")
    build = partial(ElasticNetwork, space)
    if method == "shrinking":
        return train_once_for_all(build, glyphs, shrinking_phases(space, SHRINKING_EPOCHS), seed, progress=False)
    recipe = SupernetRecipe(SANDWICH_EPOCHS, learning_rate=0.1)
    return train_sandwich(build, glyphs, recipe, seed, progress=False)


def plan() -> str:
    """Write what the results depend on, as JSON."""
    from nastutor.oneshot.core import SupernetRecipe
    from nastutor.oneshot.once_for_all import shrinking_phases

    phases = [asdict(phase) for phase in shrinking_phases(ElasticSpace.small(), SHRINKING_EPOCHS)]
    sandwich = asdict(SupernetRecipe(SANDWICH_EPOCHS, learning_rate=0.1))
    content = {"space": ElasticSpace.small().signature(), "shrinking": phases, "sandwich": sandwich, "alone": ALONE}
    return json.dumps(content | {"seeds": SEEDS, "sample": SAMPLE, "recalibration": RECALIBRATION_IMAGES})


Step = tuple[str, Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], None]]
"""A name, whether what is stored has its result, and what adds it."""


def build(path: Path) -> None:
    """Compute what the file lacks, and write it after each step."""
    import torch

    torch.set_num_threads(1)
    stored = read_unfinished(path)
    if str(stored.get("plan")) != plan():
        stored = {"plan": np.array(plan())}
    for name, is_done, work in _steps():
        if not is_done(stored):
            start = time.process_time()
            work(stored)
            write_arrays(path, stored)
            print(f"{name}: {time.process_time() - start:.0f} processor seconds", flush=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def _steps() -> Iterator[Step]:
    """Yield the steps, in the order in which they are done."""

    def has(key: str, *row: int) -> Callable[[dict[str, Any]], bool]:
        return lambda stored: key in stored and not np.isnan(stored[key][row]).any()

    def elastic(seed: int) -> Iterator[Step]:
        for method in METHODS:
            yield f"{method}, seed {seed}", has(f"{method}/val", seed), partial(_measure_method, method, seed)

    def alone(name: str) -> Iterator[Step]:
        _, count, seeds = ALONE[name]
        for row, column in np.ndindex(count, len(seeds)):
            what = f"{name}, architecture {row}, seed {seeds[column]}"
            yield what, has(f"{name}/test", row, column), partial(_train_alone, name, row, column)

    yield from elastic(SEEDS[0])
    yield "costs", has(f"cost/{COSTS[-1]}"), _count_costs
    yield "all sub-networks", has("all/test"), _measure_all
    yield from alone("short")
    yield from alone("long")
    for seed in SEEDS[1:]:
        yield from elastic(seed)


def _measure_method(method: str, seed: int, stored: dict[str, Any]) -> None:
    """Train an elastic network and measure the sample."""
    from nastutor.oneshot.sharing import SharedAccuracy

    glyphs, trained = load_dataset("glyphs"), train_network(method, seed)
    sample = sample_of(trained.network.space)
    phases = list(dict.fromkeys(trained.phases))
    seconds = [trained.seconds[np.array(trained.phases) == phase].sum() for phase in phases]
    before = SharedAccuracy(trained.network, glyphs, 0).of(sample)
    start = time.process_time()
    val = SharedAccuracy(trained.network, glyphs, RECALIBRATION_IMAGES).of(sample)
    spent = (time.process_time() - start) / len(sample)
    test = SharedAccuracy(trained.network, glyphs, RECALIBRATION_IMAGES, split="test").of(sample)
    for name, row in {"val": val, "test": test, "before": before, "seconds": np.array(seconds)}.items():
        _set(stored, f"{method}/{name}", (len(SEEDS), len(row)), seed, row)
    _set(stored, f"{method}/evaluation_seconds", (len(SEEDS),), seed, spent)
    stored[f"{method}/phases"] = np.array(phases)
    if (method, seed) == ("shrinking", 0):
        weights = trained.network.state_dict()
        stored.update({f"weights/{name}": tensor.numpy() for name, tensor in weights.items()})


def _measure_all(stored: dict[str, Any]) -> None:
    """Measure every sub-network with the stored weights."""
    import torch

    from nastutor.networks.elastic_network import ElasticNetwork
    from nastutor.oneshot.sharing import SharedAccuracy

    network = ElasticNetwork(ElasticSpace.small())
    network.load_state_dict({name: torch.from_numpy(stored[f"weights/{name}"]) for name in network.state_dict()})
    glyphs = load_dataset("glyphs")
    test = SharedAccuracy(network, glyphs, RECALIBRATION_IMAGES, split="test").of(network.space)
    stored["all/val"] = SharedAccuracy(network, glyphs, RECALIBRATION_IMAGES).of(network.space)
    stored["all/test"] = test


def _count_costs(stored: dict[str, Any]) -> None:
    rows = np.array([list(costs_of(genotype).values()) for genotype in ElasticSpace.small()])
    stored.update({f"cost/{name}": column for name, column in zip(COSTS, rows.T)})


def costs_of(genotype: Genotype) -> dict[str, float]:
    """Return the costs of an architecture by name (see `COSTS`), for one image of glyphs."""
    from nastutor.hardware.devices import DEVICES
    from nastutor.hardware.layer_costs import layer_costs
    from nastutor.networks.elastic_network import build_alone

    counted = layer_costs(build_alone(ElasticSpace.small(), genotype), (1, 1, 8, 8))
    latencies = [DEVICES[name].latency_ms(counted.layers) for name in ("microcontroller", "phone", "server GPU")]
    values = [counted.macs, counted.params, counted.peak_memory, *latencies]
    return dict(zip(COSTS, map(float, values)))


def _train_alone(name: str, row: int, column: int, stored: dict[str, Any]) -> None:
    """Train one architecture of the sample from nothing."""
    from nastutor.networks.elastic_network import build_alone
    from nastutor.training.trainer import Recipe, train_replicas

    epochs, count, seeds = ALONE[name]
    space = ElasticSpace.small()
    (done,) = train_replicas(
        lambda replicas: build_alone(space, sample_of(space)[row]), load_dataset("glyphs"), Recipe(epochs),
        [seeds[column]], progress=False, clock=time.process_time,
    )  # fmt: skip
    for part, value in [("val", done.val_accuracy), ("test", done.test_accuracy), ("seconds", done.train_seconds)]:
        _set(stored, f"{name}/{part}", (count, len(seeds)), (row, column), value)


def _set(stored: dict[str, Any], name: str, shape: tuple[int, ...], index: Any, value: Any) -> None:
    """Set a part of an array, which is made of NaN when it is not there."""
    stored.setdefault(name, np.full(shape, np.nan))
    stored[name][index] = value


if __name__ == "__main__":
    command.run(build, "once_for_all", __doc__)
