"""Train the elastic network of lesson 15 in other ways: `data/once_for_all_variants.npz` (`make once-for-all`).

    python -m nastutor.studies.once_for_all_variants data/once_for_all_variants.npz

Ways to train at about equal cost: some for a quarter of the epochs of `data/once_for_all.npz`, with several seeds, and
those that it has not for all epochs, with one. The file is written after every training; what it has already, by the
same plan, is not computed again. To read it takes no torch.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nastutor.arrays import append, read_data, read_unfinished, write_arrays
from nastutor.spaces.elastic import ElasticSpace
from nastutor.studies import command, once_for_all
from nastutor.training.datasets import load_dataset

if TYPE_CHECKING:
    from nastutor.oneshot.once_for_all import OnceForAll, Phase

METHODS = {
    "shrinking": "progressive shrinking",
    "no_matrices": "shrinking without kernel matrices",
    "at_once": "the largest, then all at once",
    "random": "all at random from the start",
    "sandwich": "sandwich rule",
}
"""What the ways to train are called in tables and pictures."""
RUNS = {
    "quarter": (("shrinking", "no_matrices", "random"), (0, 1, 2)),
    "full": (("no_matrices", "at_once", "random"), (0,)),
}
"""By length, which methods are trained, with which seeds."""
EPOCHS = {
    "quarter": {"shrinking": (3, 2, 2, 12), "random": (17,)},
    "full": {"shrinking": (12, 8, 10, 50), "at_once": (12, 58), "random": (68,)},
}
"""Of each phase; they take about as many processor seconds. Without kernel matrices as with them."""


def phases_of(method: str, length: str) -> list[Phase]:
    """Return what a method of `RUNS` trains, phase by phase."""
    from nastutor.oneshot.core import SupernetRecipe
    from nastutor.oneshot.once_for_all import Phase, shrinking_phases

    space, epochs = ElasticSpace.small(), EPOCHS[length]
    if method == "random":
        everything = len(space.depths), len(space.widths[0]), len(space.kernels)
        return [Phase(method, SupernetRecipe(epochs[method][0], learning_rate=0.1), *everything, paths=4)]
    if method == "at_once":
        first, last = epochs[method]
        largest, *_, width = shrinking_phases(space, (first, 1, 1, last))
        return [largest, width]
    return shrinking_phases(space, epochs["shrinking"])


def train_network(method: str, length: str, seed: int) -> OnceForAll:
    """Train an elastic network as the stored ones were."""
    from nastutor.networks.elastic_network import ElasticNetwork
    from nastutor.oneshot.once_for_all import train_once_for_all

    build = partial(ElasticNetwork, ElasticSpace.small(), is_transformed=method != "no_matrices")
    return train_once_for_all(build, load_dataset("glyphs"), phases_of(method, length), seed, progress=False)


def load_variants(length: str = "quarter") -> dict[str, np.ndarray]:
    """Return the test accuracies of the sample by the names in `METHODS`, (seeds, 50) percent.

    They are those of `sample_of` with shared weights and no training of their own, batch norm recalibrated.

    Parameters
    ----------
    length : of the trainings, in `RUNS`; ``"full"`` includes those of `data/once_for_all.npz`.
    """
    stored = read_data("once_for_all_variants.npz", "once-for-all")
    found = {name: stored[f"{length}/{name}/test"] for name in RUNS[length][0]}
    if length == "full":
        found |= {name: each.test_accuracy for name, each in once_for_all.load_once_for_all().shared.items()}
    return {title: found[name] for name, title in METHODS.items() if name in found}


def plan() -> str:
    """Write what the results depend on, as JSON."""
    phases = {
        length: {method: [asdict(phase) for phase in phases_of(method, length)] for method in methods}
        for length, (methods, _) in RUNS.items()
    }
    return json.dumps({"space": ElasticSpace.small().signature(), **phases})


def build(path: Path) -> None:
    """Train what the file lacks, and write it after each training."""
    import torch

    torch.set_num_threads(1)
    stored = read_unfinished(path)
    if str(stored.get("plan")) != plan():
        stored = {"plan": np.array(plan())}
    runs = [(length, name, seed) for length, (names, seeds) in RUNS.items() for seed in seeds for name in names]
    for length, name, seed in runs:
        if seed >= len(stored.get(f"{length}/{name}/test", ())):
            start = time.process_time()
            append(stored, f"{length}/{name}", measure(train_network(name, length, seed)))
            write_arrays(path, stored)
            print(f"{length}, {name}, seed {seed}: {time.process_time() - start:.0f} processor seconds", flush=True)


def measure(trained: OnceForAll) -> dict[str, np.ndarray]:
    """Return what is stored of a training: test accuracies of the sample, (50,) percent, and processor seconds."""
    from nastutor.oneshot.sharing import SharedAccuracy

    accuracy = SharedAccuracy(trained.network, load_dataset("glyphs"), once_for_all.RECALIBRATION_IMAGES, split="test")
    sample = once_for_all.sample_of(trained.network.space)
    return {"test": accuracy.of(sample), "seconds": np.array(trained.seconds.sum())}


if __name__ == "__main__":
    command.run(build, "once_for_all_variants", __doc__)
