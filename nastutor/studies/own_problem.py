"""Lesson 20's search on a cluster of two processes, one of which is killed in the middle.

The log that it writes ships as data/vowels_cluster.jsonl, and the lesson lays it beside the same search on its own
processes. The datasets, the space and the evaluator of that lesson are here too: other processes import them.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nastutor.loop import History, search
from nastutor.resources import data_path
from nastutor.searchers import RegularizedEvolution
from nastutor.spaces import LayerwiseSpace
from nastutor.studies.command import parser_of
from nastutor.training.csv_table import TableEncoder
from nastutor.training.datasets import Dataset, from_arrays

if TYPE_CHECKING:
    import pandas

    from nastutor.spaces.space import Genotype
    from nastutor.training import MeanEvaluator, Recipe

SPACE = LayerwiseSpace(
    depths=(1, 2, 3),
    filters=(16, 32, 64),
    types=("conv",),
    kernel_sizes=(1,),
    strides=(1,),
    normalizations=("batch", "layer"),
    attention=(False,),
)
"""Networks for rows of a table: up to three layers."""
FOLDS = ((0, 1, 4, 5), (2, 3, 6, 7))
"""Two men and two women each: what is validated by, while the other four are trained on."""
BUDGET, WORKERS = 8, 2
CLUSTER_LOG = "vowels_cluster.jsonl"


def vowels(held_out: Collection[int] = ()) -> tuple[Dataset, TableEncoder]:
    """Make a dataset of the vowels in which no speaker is in two splits.

    Parameters
    ----------
    held_out : training speakers to validate by. Without any, all are trained on, and the validation rows are training
        rows too, so that an accuracy on them says nothing.

    Returns
    -------
    The dataset, and what turns rows into numbers, which has seen the training rows only.
    """
    import pandas

    rows, test = (pandas.read_csv(data_path(f"vowels_{name}.csv")) for name in ("train", "test"))
    names = sorted(rows["vowel"].unique())
    is_held_out = rows["speaker"].isin(held_out)
    training = rows[~is_held_out]
    encoder = TableEncoder(training, ignore=["speaker", "vowel"])

    def split(some: pandas.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        return encoder.encode(some), some["vowel"].map(names.index).to_numpy()

    validation = rows[is_held_out] if len(held_out) else training
    images, labels = split(training)
    held = split(validation), split(test)
    return from_arrays(images, labels, len(names), *held, name="vowels", class_names=names), encoder


def recipe() -> Recipe:
    """Return how lesson 20 trains."""
    from nastutor.training import Recipe

    return Recipe(epochs=10, batch_size=66, dtype="float64")


def evaluator(folds: Sequence[Sequence[int]] = FOLDS) -> MeanEvaluator:
    """Return an evaluator that trains a network once for each fold."""
    from nastutor.networks import LayerwiseNetwork
    from nastutor.training import MeanEvaluator, TrainingEvaluator

    build = partial(LayerwiseNetwork, space=SPACE, in_channels=9, classes=11)
    return MeanEvaluator([TrainingEvaluator(build, vowels(fold)[0], recipe()) for fold in folds])


def searcher(seed: int = 0) -> RegularizedEvolution:
    """Return the searcher of lesson 20."""
    return RegularizedEvolution(SPACE, seed=seed, population_size=4, sample_size=2)


def search_with_a_death(
    log: Path, evaluate: Callable[[Genotype], Mapping[str, float]], budget: int = BUDGET, after: int = 3
) -> History:
    """Search on a Dask cluster of two processes, and kill one of them once `after` results are in the log."""
    from dask import config
    from distributed import Client, LocalCluster

    with (
        config.set({"distributed.deploy.lost-worker-timeout": "300s"}),  # a loaded machine starts workers slowly
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        victim = next(iter(client.run(os.getpid).values()))
        is_over = threading.Event()
        killer = threading.Thread(target=_kill_after, args=(victim, log, after, is_over))
        killer.start()
        try:
            history = search(
                searcher(), evaluate, budget, log=log, executor=client.get_executor(), workers=WORKERS, ordered=True
            )
        finally:
            is_over.set()
            killer.join()
        if victim in client.run(os.getpid).values():
            raise RuntimeError("the search was over before a worker was killed: give it a larger budget")
    return history


def _kill_after(process: int, log: Path, after: int, is_over: threading.Event) -> None:
    while not is_over.wait(0.01):
        if log.exists() and log.read_bytes().count(b'"tell"') >= after:
            os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows has the second, and it is as hard
            return


def main() -> None:
    """Write the log that the command line names."""
    parser = parser_of("own_problem", __doc__)
    parser.add_argument("file", type=_new_log, metavar="LOG.jsonl", help="is written; must not be there")
    print(search_with_a_death(parser.parse_args().file, evaluator()).best())


def _new_log(text: str) -> Path:
    path = Path(text)
    if path.suffix != ".jsonl" or path.exists():
        raise argparse.ArgumentTypeError(f"{text!r}: name a file that ends in .jsonl and is not there yet")
    return path


if __name__ == "__main__":
    main()
