"""Say of all 241 language models how good they are without training each: `data/sequence_sharing.npz` (`make studies`).

    python -m nastutor.studies.sequence_sharing data/sequence_sharing.npz

Two ways: the accuracy with the shared weights of a supernet, several seeds, and zero-cost proxies. How good a model
truly is comes from `data/sequences_table.npz`. A build that was stopped goes on where it was. To read the file takes no
torch: `load_sharing`.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nastutor.arrays import read_data, require
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.studies.repeated_runs import Arrays, Methods, make_runs
from nastutor.studies.sequences import architectures

RUNS = 3
TASKS = ("recall", "text")
MEASURED = 512
"""Architectures are measured on so many validation sequences, or on all if there are fewer."""
PROXIES = ("grad_norm", "snip", "jacob_cov", "synflow")
"""The names of `nastutor.training.sequence_proxies.PROXIES`, in their order."""
BATCH = 64


class StoredSharing(NamedTuple):
    """What one task brought, for the 241 canonical genotypes.

    Attributes
    ----------
    genotypes : in the order in which the table has them.
    right, bits : (seeds of the supernet, 241) answers that are right, percent, and bits an answer, with shared weights,
        on validation sequences.
    losses : (seeds, epochs) of the supernet's training, bits an answer.
    seconds : (seconds of training, seconds of measuring all), (seeds, 2), processor time.
    scores : by proxy, (seeds of the first weights, 241).
    """

    genotypes: list[Genotype]
    right: np.ndarray
    bits: np.ndarray
    losses: np.ndarray
    seconds: np.ndarray
    scores: dict[str, np.ndarray]


def load_sharing(task: str) -> StoredSharing:
    """Read what is stored of a task.

    Parameters
    ----------
    task : one of `TASKS`.

    Raises
    ------
    ValueError : there is no such task in the file; the message says which there are.
    """
    stored = read_data("sequence_sharing.npz", "studies")
    require(stored, task, "right", "shared weights")
    right, bits, losses, seconds = (
        stored[f"{task}/{name}"].astype(float) for name in ("right", "bits", "losses", "seconds")
    )
    scores = stored[f"{task} proxies/scores"].astype(float)  # (seeds, proxies, 241)
    by_name = {proxy: scores[:, i] for i, proxy in enumerate(PROXIES)}
    return StoredSharing(architectures(), right, bits, losses, seconds, by_name)


def share(seed: int, task: str) -> Arrays:
    """Train the supernet of a task and measure all stacks with its weights."""
    import torch

    from nastutor.oneshot.sequence_paths import SUPERNET_RECIPE, shared_accuracy, train_sequence_paths
    from nastutor.training.sequences import load_task

    torch.set_num_threads(1)
    data = load_task(task)
    done = train_sequence_paths(data, SUPERNET_RECIPE, seed)
    start = time.process_time()
    right, bits = shared_accuracy(done.network, data, architectures(), MEASURED)
    return {
        "right": right.astype(np.float32),
        "bits": bits.astype(np.float32),
        "losses": done.losses.astype(np.float32),
        "seconds": np.array([done.seconds.sum(), time.process_time() - start], np.float32),
    }


def score(seed: int, task: str) -> Arrays:
    """Score all stacks with fresh weights by each proxy, see `nastutor.training.sequence_proxies`."""
    import torch

    from nastutor.networks.seeded import seeded
    from nastutor.networks.sequence_model import SequenceModel
    from nastutor.training.sequence_proxies import score_model
    from nastutor.training.sequences import load_task

    torch.set_num_threads(1)
    data = load_task(task)
    tokens, targets = (torch.from_numpy(part["train"][:BATCH]) for part in (data.tokens, data.targets))
    found, start = [], time.process_time()
    for genotype in architectures():
        with seeded(seed):
            network = SequenceModel(genotype, data.vocabulary, data.classes)
        scores = score_model(network, tokens, targets)
        found.append([scores[proxy] for proxy in PROXIES])
    return {"scores": np.array(found, np.float32).T, "seconds": np.array(time.process_time() - start, np.float32)}


METHODS: Methods = {task: (share, {"task": task}) for task in TASKS} | {
    f"{task} proxies": (score, {"task": task}) for task in TASKS
}


def describe(method: str) -> str:
    """Write everything that a method's numbers depend on, the data too, as JSON."""
    from nastutor.oneshot.sequence_paths import SUPERNET_RECIPE
    from nastutor.training.sequences import load_task

    function, settings = METHODS[method]
    own = {"recipe": asdict(SUPERNET_RECIPE), "measured": MEASURED} if function is share else {"batch": BATCH}
    described = {"method": function.__name__, "data": load_task(settings["task"]).fingerprint(), **own}
    return json.dumps(described, sort_keys=True)


def build(path: Path, executor: Executor | None = None) -> None:
    """Make the runs that the file lacks, in new processes or in those of an executor, and write it after each."""
    make_runs(path, METHODS, {method: describe(method) for method in METHODS}, RUNS, executor)


if __name__ == "__main__":
    command.run(build, "sequence_sharing", __doc__)
