"""Train every small language model for real: `data/sequences_table.npz` (`make sequences`).

    python -m nastutor.studies.sequences data/sequences_table.npz

Each of the 241 functions of `SequenceSpace` is trained on each task of `nastutor.training.sequences` with three seeds,
which are computed at once. They are taken in a fixed random order, so that an unfinished table is an unbiased sample;
a build that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path

import numpy as np

from nastutor.spaces.sequence import SequenceSpace
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.studies.repeated_runs import Arrays, Methods, make_runs

SEEDS = (0, 1, 2)
TASKS = ("recall", "counting", "text")


def architectures() -> list[Genotype]:
    """Return the 241 canonical forms, in the order in which they are trained."""
    space = SequenceSpace()
    forms = sorted({space.canonical(genotype) for genotype in space})
    return [forms[i] for i in np.random.default_rng(0).permutation(len(forms))]


def train_number(number: int, task: str) -> Arrays:
    """Train the architecture of a number with all seeds.

    Returns
    -------
    genotype (5,) uint8; right and bits (seeds, epochs), test_right and test_bits (seeds,) float32: answers that are
    right in percent, and bits an answer; diverged (seeds,) bool; seconds (), processor seconds of one training's steps.
    """
    import torch

    from nastutor.training.sequence_trainer import train_sequences
    from nastutor.training.sequences import load_task

    torch.set_num_threads(1)
    genotype = architectures()[number]
    done = train_sequences(genotype, load_task(task), seeds=SEEDS, clock=time.process_time)
    return {
        "genotype": np.array(genotype, np.uint8),
        "right": np.array([training.accuracies for training in done], np.float32),
        "bits": np.array([training.losses for training in done], np.float32),
        "test_right": np.array([training.test_accuracy for training in done], np.float32),
        "test_bits": np.array([training.test_loss for training in done], np.float32),
        "diverged": np.array([training.diverged for training in done]),
        "seconds": np.array(done[0].train_seconds),
    }


METHODS: Methods = {task: (train_number, {"task": task}) for task in TASKS}


def describe(task: str) -> str:
    """Write everything that the numbers of a task depend on, the data too, as JSON."""
    from nastutor.training.sequence_trainer import SequenceRecipe
    from nastutor.training.sequences import load_task

    return json.dumps(
        {"recipe": asdict(SequenceRecipe()), "seeds": SEEDS, "data": load_task(task).fingerprint()}, sort_keys=True
    )


def build(path: Path, executor: Executor | None = None) -> None:
    """Train what the file lacks, in new processes or in those of an executor, and write it after each architecture."""
    make_runs(path, METHODS, {task: describe(task) for task in TASKS}, len(architectures()), executor)


if __name__ == "__main__":
    command.run(build, "sequences", __doc__)
