"""Train every functionally distinct cell for real: `data/glyphs_table.npz` and `data/digits_table.npz` (`make tables`).

    python -m nastutor.studies.tables glyphs --workers 2

The work is cut into shards of 64 cells, in a fixed random order, so that an unfinished table is an unbiased sample. A
shard is written when it is finished, with a checksum; a build that was interrupted goes on where it stopped, and a
shard that is damaged is computed again. When all shards are there they are merged into the table.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nastutor.arrays import read_arrays, write_arrays
from nastutor.networks.cell_network import CellNetwork
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.training.datasets import load_dataset
from nastutor.training.trainer import Recipe, train_replicas

SHARD_SIZE = 64
SKELETON: dict[str, Any] = {
    "channels": 8,
    "cells_per_stage": 2,
    "stages": 1,
    "in_channels": 1,
    "classes": 10,
    "prune": True,
}
"""Arguments of `CellNetwork` for the 8×8 images of the tables."""


@dataclass(frozen=True)
class Plan:
    """What a table holds: which cells are trained how.

    Attributes
    ----------
    dataset : see `load_dataset`.
    recipe : how every cell is trained.
    cells : how many of the 5,260 canonical cells, the first ones of a fixed random order; None: all.
    seeds : of the three trainings of a cell.
    skeleton : the arguments of `CellNetwork`.
    """

    dataset: str
    recipe: Recipe
    cells: int | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    skeleton: Mapping[str, Any] = field(default_factory=lambda: dict(SKELETON))

    def genotypes(self) -> list[Genotype]:
        """Return the cells in the order in which they are trained."""
        space = CellSpace()
        classes = sorted({space.canonical(genotype) for genotype in space})
        order = np.random.default_rng(0).permutation(len(classes))
        return [classes[i] for i in order][: self.cells]

    def shards(self) -> list[list[Genotype]]:
        """Return the cells of each shard."""
        genotypes = self.genotypes()
        return [genotypes[start : start + SHARD_SIZE] for start in range(0, len(genotypes), SHARD_SIZE)]

    def describe(self) -> str:
        """Write everything that the numbers depend on, the data too, as JSON."""
        dataset = load_dataset(self.dataset)
        digest = hashlib.sha256()
        for split, labels in dataset.labels.items():
            raw = dataset.images[split].astype(np.float64) * dataset.std + dataset.mean  # whole numbers again
            digest.update(raw.round().astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes())
        return json.dumps({**asdict(self), "data": digest.hexdigest()[:16]}, sort_keys=True)


PLANS = {
    "glyphs": Plan("glyphs", Recipe(epochs=12, batch_size=64, learning_rate=0.1)),
    "digits": Plan("digits", Recipe(epochs=12, batch_size=64, learning_rate=0.1), cells=500),
}


class IncompleteError(ValueError):
    """A table cannot be merged: shards are missing or damaged."""


def train_shard(plan: Plan, genotypes: Sequence[Genotype]) -> dict[str, np.ndarray]:
    """Train the cells of a shard, the seeds of each at once.

    Returns
    -------
    Arrays with a row a cell: genotypes (n, 6) uint8; val_correct (n, seeds, epochs) and test_correct (n, seeds) uint16,
    images classified correctly; diverged (n, seeds) bool; train_seconds (n,) float32, processor seconds of one
    training (a third of the three at once), evaluation not counted.
    """
    dataset = load_dataset(plan.dataset)
    val, test, diverged, seconds = [], [], [], []
    for genotype in genotypes:
        build = partial(CellNetwork, genotype, **plan.skeleton)
        done = train_replicas(build, dataset, plan.recipe, plan.seeds, progress=False, clock=time.process_time)
        val.append([training.curve for training in done])
        test.append([training.test_accuracy for training in done])
        diverged.append([training.diverged for training in done])
        seconds.append(done[0].train_seconds)
    return {
        "genotypes": np.array(genotypes, np.uint8),
        "val_correct": _counts(val, len(dataset.labels["validation"])),
        "test_correct": _counts(test, len(dataset.labels["test"])),
        "diverged": np.array(diverged),
        "train_seconds": np.array(seconds, np.float32),
    }


def _counts(percent: Sequence, images: int) -> np.ndarray:
    return np.round(np.array(percent) * images / 100).astype(np.uint16)


def build(plan: Plan, folder: Path, executor: Executor) -> None:
    """Train the shards that are not yet in `folder`, and say how far it is.

    Parameters
    ----------
    plan : what to train.
    folder : of the shards; made if it is missing.
    executor : runs `train_shard`; any executor, here or on other machines.

    Raises
    ------
    ValueError : the folder holds shards of another plan.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards, description = plan.shards(), plan.describe()
    missing = [i for i, genotypes in enumerate(shards) if read_shard(folder, i, genotypes, description) is None]
    start, total = time.monotonic(), sum(map(len, shards))
    ready, done = total - sum(len(shards[i]) for i in missing), 0
    print(f"{plan.dataset}: {ready:,} of {total:,} cells are ready, {len(missing)} shards to go", flush=True)
    futures = {executor.submit(train_shard, plan, shards[i]): i for i in missing}
    try:
        for future in as_completed(futures):
            i = futures[future]
            write_shard(folder, i, future.result(), description)
            done += len(shards[i])
            left = (total - ready - done) * (time.monotonic() - start) / done / 60
            print(
                f"{plan.dataset}: shard {i:03d}, {ready + done:,} of {total:,} cells, {left:.0f} min left", flush=True
            )
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def shard_path(folder: Path, index: int) -> Path:
    """Return where a shard is kept."""
    return folder / f"{index:03d}.npz"


def write_shard(folder: Path, index: int, arrays: Mapping[str, np.ndarray], description: str) -> None:
    """Write a shard with its plan and its checksum: all of it or, if interrupted, nothing."""
    about = {"plan": np.array(description), "torch": np.array(torch.__version__), "checksum": _checksum(arrays)}
    write_arrays(shard_path(folder, index), {**arrays, **about})


def read_shard(
    folder: Path, index: int, genotypes: Sequence[Genotype], description: str
) -> dict[str, np.ndarray] | None:
    """Read a shard; None if it is missing or damaged.

    Raises
    ------
    ValueError : it is whole, and belongs to another plan.
    """
    path = shard_path(folder, index)
    try:
        arrays = read_arrays(path)
        plan = str(arrays.pop("plan"))
        del arrays["torch"]
        whole = np.array_equal(arrays.pop("checksum"), _checksum(arrays))
    except (FileNotFoundError, ValueError, KeyError):
        return None
    if not whole:
        return None
    if plan != description:
        raise ValueError(f"{path} belongs to another plan:\n{plan}\nnot\n{description}\nMove that folder away first.")
    return arrays if np.array_equal(arrays["genotypes"], genotypes) else None


def _checksum(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + arrays[name].tobytes())
    return np.frombuffer(digest.digest(), np.uint8)


def merge(plan: Plan, folder: Path, target: Path) -> None:
    """Write the table from all of its shards, rows in lexicographic order of the genotypes.

    Raises
    ------
    IncompleteError : shards are missing or damaged; the message says which.
    ValueError : the folder holds shards of another plan.
    """
    description, shards = plan.describe(), plan.shards()
    parts = [read_shard(folder, i, genotypes, description) for i, genotypes in enumerate(shards)]
    absent = [i for i, part in enumerate(parts) if part is None]
    if absent:
        names = ", ".join(f"{i:03d}" for i in absent[:10]) + (", …" if len(absent) > 10 else "")
        raise IncompleteError(
            f"{target.name} needs {len(parts)} shards; in {folder} {len(absent)} are missing or damaged: {names}. "
            f"Compute them with `python -m nastutor.studies.tables {plan.dataset}`"
        )
    whole = [part for part in parts if part is not None]
    columns = {name: np.concatenate([part[name] for part in whole]) for name in whole[0]}
    order = np.lexsort(columns["genotypes"].T[::-1])
    dataset = load_dataset(plan.dataset)
    table = {name: column[order] for name, column in columns.items()}
    for split, name in [("validation", "val_images"), ("test", "test_images")]:
        table[name] = np.array(len(dataset.labels[split]))
    write_arrays(target, {**table, "plan": np.array(description)})
    print(f"{target}: {sum(map(len, shards)):,} cells, {target.stat().st_size / 1e6:.2f} MB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Build and merge one table."""
    parser = command.parser_of("tables", __doc__)
    parser.add_argument("table", choices=PLANS)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the tables")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes, one thread each")
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error(f"--workers {options.workers}: give at least 1")
    plan, folder = PLANS[options.table], options.data / f"{options.table}_shards"
    with command.new_processes(options.workers, partial(torch.set_num_threads, 1)) as executor:
        build(plan, folder, executor)
    merge(plan, folder, options.data / f"{options.table}_table.npz")


if __name__ == "__main__":
    main()
