"""The table of small language models that this project trained itself (`make sequences`)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nastutor.arguments import one_of, whole_number
from nastutor.arrays import Arrays, read_data
from nastutor.benchmarks.table import Benchmark
from nastutor.hardware.sequence_costs import sequence_costs
from nastutor.spaces.sequence import SequenceSpace
from nastutor.training.sequences import TASKS, load_task

ARCHITECTURES = 241
"""Functions of `SequenceSpace`, each of which the whole table holds."""


def open_sequences(task: str = "recall", search_seed: int = 0, length: int | None = None) -> Benchmark:
    """Open the table of a task: three trainings, with seeds 0, 1, 2, of each of the 241 functions of `SequenceSpace`.

    Metrics: val_accuracy (percent of the answers asked for) and val_bits (mean cross-entropy, bits an answer: lower is
    better), both with curves over the epochs; test_accuracy and test_bits, after the last epoch; diverged (1 where a
    loss left the finite numbers), train_seconds (processor seconds of one training when three were computed at once,
    evaluation not counted); params, macs and cache (exact counts, see `SequenceCosts`).

    Any genotype may be asked for: the row is that of its canonical form, which computes the same. Rows are in the order
    of training, which is random. So a file that is not finished opens as well, and is a fair sample: its name says how
    many architectures it has, and one that is missing is refused by `evaluate` with the command that trains it.

    Parameters
    ----------
    task : ``"recall"``, ``"counting"`` or ``"text"``, see `nastutor.training.sequences`.
    search_seed : 0, 1 or 2, the seed that a search may see; the others serve reports.
    length : of the sequences for which macs and cache are counted; None: that of the task, 24 for recall, else 32.

    Raises
    ------
    ValueError : an unknown task, a seed that was not trained, a length below 1, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    one_of("task", task, TASKS)
    length = load_task(task).length if length is None else whole_number("length", length, lowest=1)
    return _open(read_data("sequences_table.npz", "sequences"), task, length).searched_by(search_seed)


@lru_cache(maxsize=9)
def _open(columns: Arrays, task: str, length: int) -> Benchmark:
    """Make the table of a task once; whoever opens it again shares its arrays."""
    space, of_task = SequenceSpace(), load_task(task)
    genotypes = list(map(tuple, columns[f"{task}/genotype"].tolist()))
    costs = [sequence_costs(genotype, length, of_task.vocabulary, of_task.classes) for genotype in genotypes]
    so_far = f" ({len(genotypes)} of {ARCHITECTURES} trained so far, `make sequences` trains the rest)"
    return Benchmark(
        space,
        genotypes,
        {
            "test_accuracy": columns[f"{task}/test_right"].astype(float),
            "test_bits": columns[f"{task}/test_bits"].astype(float),
            "diverged": columns[f"{task}/diverged"].astype(float),
            "train_seconds": columns[f"{task}/seconds"],
            "params": np.array([cost.params for cost in costs]),
            "macs": np.array([cost.macs for cost in costs]),
            "cache": np.array([cost.cache for cost in costs]),
        },
        f"sequences {task}{so_far if len(genotypes) < ARCHITECTURES else ''}",
        curves={
            "val_accuracy": columns[f"{task}/right"].astype(float),
            "val_bits": columns[f"{task}/bits"].astype(float),
        },
        key=space.canonical,
    )
