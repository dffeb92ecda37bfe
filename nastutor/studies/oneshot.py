"""One-shot search on glyphs, many epochs and several seeds, beside the trained table. Stored by ``make studies``.

    python -m nastutor.studies.oneshot data/oneshot_study.npz

What is stored is what each run did, epoch by epoch, and what it answered; how good an answer truly is comes from the
glyphs table. Runs are made one by one, a seed of every method before the next seed, and written at once: a build that
was stopped goes on where it was. To read the file takes no torch.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nastutor.arrays import read_data
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.loop.search import search
from nastutor.searchers import GeneticAlgorithm, RandomSearch
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import rank_correlation
from nastutor.studies import command
from nastutor.studies.repeated_runs import make_runs

if TYPE_CHECKING:
    from nastutor.networks.supernet import Supernet
    from nastutor.oneshot.alpha import DifferentiableSearch
    from nastutor.oneshot.core import SupernetRecipe

Arrays = dict[str, np.ndarray]
RUNS = 6
EPOCHS = 50
SKELETON: Mapping[str, Any] = {"channels": 8, "cells_per_stage": 2, "stages": 1, "in_channels": 1, "classes": 10}
"""Of the supernets: that of the glyphs table, so that a cell's true accuracy can be looked up."""
MIXTURE = {"epochs": EPOCHS, "learning_rate": 0.05}
SINGLE_PATH = {"epochs": EPOCHS, "learning_rate": 0.2, "batch_size": 32}
"""A path trains a fifth of the operations, so it takes larger and more steps."""
ALPHA_LEARNING_RATE = 0.003
ARGUMENTS = {"order", "eigenvalue_images", "stop", "warm_up", "with_none"}
"""Of the methods; other settings are the recipe's."""
FASTER = {"method": "darts", **MIXTURE, "epochs": 60, "alpha_learning_rate": 0.005}
"""α goes farther: with it a deeper supernet is compared with the usual one."""
WATCHED_EPOCHS = (1, 5, 10, 20, 35, 50)
"""When the shared weights of uniform paths are asked about the watched cells."""
WATCHED = 60
"""So many watched cells are drawn from the whole table, and as many more from its best tenth."""
BUDGETS = {"RandomSearch": 100, "GeneticAlgorithm": 500}
"""Evaluations with the shared weights of uniform paths: RSPS, and single-path one-shot."""


def recipe(**settings: Any) -> SupernetRecipe:
    """Return a recipe of supernets with some settings that are not the defaults."""
    from nastutor.oneshot import SupernetRecipe

    return SupernetRecipe(**settings)


def supernet(partial_channels: int = 1, cells: int = SKELETON["cells_per_stage"]) -> Supernet:
    """Build a supernet with the skeleton of the glyphs table, or a deeper one."""
    from nastutor.networks import Supernet

    return Supernet(CellSpace(), **{**SKELETON, "cells_per_stage": cells}, partial_channels=partial_channels)


def run_differentiable(
    seed: int,
    method: str,
    partial_channels: int = 1,
    cells: int = SKELETON["cells_per_stage"],
    alpha_learning_rate: float = ALPHA_LEARNING_RATE,
    relax: str = "",
    rate: float = 0.0,
    with_none: bool = True,
    **settings: Any,
) -> Arrays:
    """Run DARTS or GDAS, with the cure `relax` of `nastutor.oneshot.cures`, if any.

    Parameters
    ----------
    with_none : whether `none` may win in what is derived; `OneShotStudy.derived` has either from the stored α.

    Returns
    -------
    genotypes (E, 6), alphas (E + 1, 6, 5), losses (nats) and accuracies (percent) of each epoch, eigenvalues (NaN where
    they were not measured), seconds.
    """
    return trajectory(
        search_by_gradient(
            seed, method, partial_channels, cells, alpha_learning_rate, relax, rate, with_none=with_none, **settings
        )
    )


def search_by_gradient(
    seed: int,
    method: str,
    partial_channels: int,
    cells: int,
    alpha_learning_rate: float,
    relax: str = "",
    rate: float = 0.0,
    **settings: Any,
) -> DifferentiableSearch:
    """Run DARTS or GDAS; the settings are the method's arguments and those of the recipe."""
    from nastutor import oneshot
    from nastutor.training import load_dataset

    run = oneshot.run_darts if method == "darts" else oneshot.run_gdas
    arguments = {key: settings.pop(key) for key in ARGUMENTS & set(settings)}
    if relax:
        cure = getattr(oneshot, relax)
        arguments["relax"] = cure(rate) if rate else cure
    return run(
        partial(supernet, partial_channels, cells),
        load_dataset("glyphs"),
        recipe(**settings),
        seed,
        alpha_learning_rate=alpha_learning_rate,
        progress=False,
        **arguments,
    )


def trajectory(done: DifferentiableSearch) -> Arrays:
    """Return what a search over α did, epoch by epoch."""
    names = "train_losses", "val_losses", "val_accuracies", "derived_accuracies", "eigenvalues", "seconds"
    return {
        "genotype": np.array(done.genotype, np.uint8),
        "genotypes": np.array(done.genotypes, np.uint8),
        "alphas": done.alphas.astype(np.float32),
        **{name: np.asarray(getattr(done, name), np.float32) for name in names},
    }


def run_enas(seed: int) -> Arrays:
    """Run ENAS, and pick a cell from its supernet by random search with as many candidates as its controller drew."""
    from nastutor.oneshot import run_enas
    from nastutor.training import load_dataset

    done = run_enas(supernet, load_dataset("glyphs"), recipe(**SINGLE_PATH), seed, progress=False)
    # By the same measure as the controller's candidates: batch statistics, all validation images.
    rng = np.random.default_rng([seed, 3])
    drawn = [done.network.space.sample(rng) for _ in done.candidates]
    names = "entropies", "rewards", "train_losses", "val_accuracies", "seconds"
    return {
        "genotype": np.array(done.genotype, np.uint8),
        "genotypes": np.array(done.genotypes, np.uint8),
        "probabilities": done.probabilities.astype(np.float32),
        "candidates": np.array(done.candidates, np.uint8),
        "candidate_accuracies": done.candidate_accuracies.astype(np.float32),
        "random_candidates": np.array(drawn, np.uint8),
        "random_accuracies": _with_batch_statistics(done.network, drawn).astype(np.float32),
        **{name: np.asarray(getattr(done, name), np.float32) for name in names},
    }


def _with_batch_statistics(network: Supernet, genotypes: list[Genotype]) -> np.ndarray:
    """Return the validation accuracy of paths as ENAS measures it, percent."""
    import torch

    from nastutor.networks.batch_norm import batch_statistics
    from nastutor.training import load_dataset
    from nastutor.training.trainer import EVALUATION_BATCH

    data = load_dataset("glyphs")
    images, labels = (torch.from_numpy(part["validation"]) for part in (data.images, data.labels))
    with torch.no_grad(), batch_statistics(network):
        right = [
            sum(
                (network.path(x, genotype).argmax(1) == y).sum().item()
                for x, y in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH))
            )
            for genotype in genotypes
        ]
    return 100 * np.array(right) / len(labels)


def run_uniform(seed: int) -> Arrays:
    """Train uniform paths; ask the weights about the watched cells as they learn; at the end search with them.

    Returns
    -------
    shared : (epochs of `WATCHED_EPOCHS`, 2, 2 · WATCHED) percent: accuracies with the statistics that training left,
        then with recalibrated ones.
    RandomSearch, GeneticAlgorithm : what the search evaluated, (budget, 6); …_accuracies : percent; …_seconds.
    """
    from nastutor.oneshot import SharedAccuracy, train_uniform_paths
    from nastutor.training import load_dataset

    data, cells, shared = load_dataset("glyphs"), watched_cells(), []
    train = partial(train_uniform_paths, supernet, data, recipe(**SINGLE_PATH), seed, progress=False)
    with tempfile.TemporaryDirectory() as folder:
        for epochs in WATCHED_EPOCHS:
            done = train(epochs=epochs, checkpoint=Path(folder, "run.pt"))
            shared.append([SharedAccuracy(done.network, data, images).of(cells) for images in (0, 512)])
    arrays = {"shared": np.array(shared, np.float32), "train_losses": done.train_losses, "seconds": done.seconds}
    searchers = {
        "RandomSearch": (RandomSearch(CellSpace(), seed), 0),
        "GeneticAlgorithm": (GeneticAlgorithm(CellSpace(), seed, population_size=50, parents=10), 512),
    }
    for name, (searcher, images) in searchers.items():
        start = time.process_time()
        history = search(searcher, SharedAccuracy(done.network, data, images), BUDGETS[name], progress=False)
        arrays[f"{name}_seconds"] = np.array(time.process_time() - start)
        arrays[name] = np.array([record.genotype for record in history], np.uint8)
        arrays[f"{name}_accuracies"] = np.array([record.value for record in history], np.float32)
    return arrays


def run_from_scratch(seed: int, cells: int = 5) -> Arrays:
    """Train some random cells by themselves, as the table's were: what an evaluation costs on this machine.

    Returns
    -------
    genotypes (cells, 6), seconds (cells,): processor seconds of training, without evaluation.
    """
    from nastutor.networks import CellNetwork
    from nastutor.training import load_dataset
    from nastutor.training.trainer import train_replicas

    rng = np.random.default_rng(seed)
    drawn = [CellSpace().sample(rng) for _ in range(cells)]
    done = [
        train_replicas(
            partial(CellNetwork, genotype, **SKELETON), load_dataset("glyphs"), seeds=[seed], progress=False,
            clock=time.process_time,
        )
        for genotype in drawn
    ]  # fmt: skip
    return {
        "genotypes": np.array(drawn, np.uint8),
        "seconds": np.array([training.train_seconds for (training,) in done]),
    }


METHODS: Mapping[str, tuple[Callable[..., Arrays], Mapping[str, Any]]] = {
    "DARTS, first order": (run_differentiable, {"method": "darts", **MIXTURE}),
    "DARTS, second order": (run_differentiable, {"method": "darts", "order": 2, **MIXTURE}),
    "GDAS": (run_differentiable, {"method": "gdas", "alpha_learning_rate": 0.01, **SINGLE_PATH}),
    "ENAS": (run_enas, {}),
    "uniform paths": (run_uniform, {}),
    "training from scratch": (run_from_scratch, {}),
    "DARTS, eigenvalues": (run_differentiable, {"method": "darts", "eigenvalue_images": 100, **MIXTURE}),
    "DARTS, dropped skips": (run_differentiable, {"method": "darts", "relax": "DroppedSkips", "rate": 0.5, **MIXTURE}),
    "DARTS, partial channels": (
        run_differentiable,
        {"method": "darts", "partial_channels": 2, "relax": "normalized_edges", **MIXTURE},
    ),
    "DARTS, weight decay": (run_differentiable, {"method": "darts", **MIXTURE, "weight_decay": 3e-3}),
    "DARTS, 100 epochs": (run_differentiable, {"method": "darts", **MIXTURE, "epochs": 2 * EPOCHS}),
    "DARTS, faster": (run_differentiable, FASTER),
    "DARTS, eight cells": (run_differentiable, {**FASTER, "cells": 8}),
}
"""What is run: a function of a seed, and its settings. "DARTS, eigenvalues" is the first-order run once more, with the
curvature measured after each epoch: what it costs, and what early stopping looks at. "DARTS, eight cells" searches on a
deeper supernet than the one that its cells are judged in, and is to be compared with "DARTS, faster"."""


class OneShotStudy:
    """What is stored, and how good it truly is by the glyphs table: test accuracy, the mean of three trainings.

    Parameters
    ----------
    stored : by "method/name" an array whose first axis is the runs, with seeds 0…runs − 1, or text, the settings.
    """

    def __init__(self, stored: Mapping[str, np.ndarray]) -> None:
        self.stored = stored
        self.table: Benchmark = load_benchmark("glyphs")
        self.truth = dict(zip(self.table.genotypes, self.table.values("test_accuracy", "all")))

    def __call__(self, method: str, name: str) -> np.ndarray:
        """Return an array of a method: (runs, …); the functions of `METHODS` say which there are.

        Raises
        ------
        ValueError : there is no such array; the message says which there are.
        """
        if f"{method}/{name}" not in self.stored:
            known = ", ".join(key for key in self.stored if key.startswith(f"{method}/"))
            known = known or ", ".join(dict.fromkeys(key.partition("/")[0] for key in self.stored))
            raise ValueError(f"no {name!r} of {method!r} in the study: there are {known}")
        return self.stored[f"{method}/{name}"]

    def derived(self, method: str, with_none: bool = False) -> np.ndarray:
        """Return the cell of the largest α after each epoch, (runs, epochs, 6), with or without `none`."""
        return derived_cells(self(method, "alphas")[:, 1:], with_none)

    def test_accuracy(self, genotypes: np.ndarray) -> np.ndarray:
        """Return what cells (…, 6) reach when they are trained by themselves, (…) percent."""
        canonical = self.table.space.canonical
        flat = [self.truth[canonical(tuple(genotype))] for genotype in np.reshape(genotypes, (-1, 6)).tolist()]
        return np.reshape(flat, np.shape(genotypes)[:-1])

    def tau_in_best_tenth(self, scores: np.ndarray) -> float:
        """Return Kendall's τ with the truth in the best tenth, for scores (n,) of all cells of the table.

        One seed chooses the tenth and another grades the order, neither of them the first, which a score may have
        seen; the mean of both ways. Where the mean of all seeds chooses, a score that is one of them looks worse.
        """
        seeds = self.table.metrics["test_accuracy"][:, 1:3].T
        found = []
        for choosing, grading in (seeds, seeds[::-1]):
            best = np.argsort(-choosing, kind="stable")[: len(choosing) // 10]
            found.append(rank_correlation(scores[best], grading[best], kind="kendall"))
        return float(np.mean(found))

    def best_of_trained(self, genotypes: np.ndarray, accuracies: np.ndarray, count: int) -> np.ndarray:
        """Return what is found if the best functions by shared weights are trained alone, and the best is kept.

        Parameters
        ----------
        genotypes : (runs, n, 6) what was asked.
        accuracies : (runs, n) with shared weights.
        count : so many different functions of each run are trained.

        Returns
        -------
        (runs,) percent: chosen by the validation accuracy of the first seed, tested on the others.
        """
        found = []
        for cells, shared in zip(genotypes.tolist(), accuracies):
            ordered = [self.table.space.canonical(tuple(cells[row])) for row in np.argsort(-shared, kind="stable")]
            trained = list(dict.fromkeys(ordered))[:count]
            best = max(trained, key=lambda cell: self.table.evaluate(cell)["val_accuracy"])
            found.append(self.table.report(best)["test_accuracy"])
        return np.array(found)

    def best_of(self, genotypes: np.ndarray, count: int = 4) -> np.ndarray:
        """Return what is found if so many searches are run, each answer is trained, and the best is kept, as in DARTS.

        Parameters
        ----------
        genotypes : (runs, 6) the answers of independent searches.
        count : searches, 1…runs; the price is theirs and that of as many trainings.

        Returns
        -------
        (ways to choose count of the runs,) percent: chosen by the validation accuracy of the first seed, tested on the
        others. They share runs, so they are no independent sample.
        """
        cells = [tuple(cell) for cell in np.asarray(genotypes).tolist()]
        kept = [
            max(four, key=lambda cell: self.table.evaluate(cell)["val_accuracy"])
            for four in itertools.combinations(cells, count)
        ]
        return np.array([self.table.report(cell)["test_accuracy"] for cell in kept])

    def share_better(self, accuracy: np.ndarray) -> np.ndarray:
        """Return the share of the 15,625 cells of the space whose test accuracy is higher, 0…1."""
        everything = _all_accuracies()
        return 1 - np.searchsorted(everything, accuracy, side="right") / len(everything)


def derived_cells(alphas: np.ndarray, with_none: bool = False) -> np.ndarray:
    """Return the operation of the largest α on every edge, the first of equals: (…, 6, 5) → (…, 6)."""
    return np.argmax(alphas if with_none else alphas[..., 1:], axis=-1) + (0 if with_none else 1)


def trainings_for(seconds: float, one_training: float) -> int:
    """Return how many cells can be trained by themselves in so many seconds: the nearest whole number, at least 1.

    Parameters
    ----------
    seconds : of a search.
    one_training : seconds, the mean of ``training from scratch/seconds`` of the same study: measured on one machine.

    Raises
    ------
    ValueError : a price that is not positive.
    """
    if not (seconds > 0 and one_training > 0):
        raise ValueError(f"seconds {seconds} and one_training {one_training}: give positive numbers")
    return max(1, round(seconds / one_training))


def watched_cells() -> list[Genotype]:
    """Return the cells that shared weights are asked about: `WATCHED` of the table, then as many of its best tenth."""
    table = load_benchmark("glyphs")
    order = np.argsort(-table.values("test_accuracy", "all"), kind="stable")
    rng = np.random.default_rng(0)
    best = len(table) // 10
    rows = [*rng.choice(len(table), WATCHED, replace=False), *order[rng.choice(best, WATCHED, replace=False)]]
    return [table.genotypes[row] for row in rows]


@cache
def load_oneshot_study() -> OneShotStudy:
    """Open the study that ships."""
    return OneShotStudy(read_data("oneshot_study.npz", "studies"))


@cache
def _all_accuracies() -> np.ndarray:
    table = load_benchmark("glyphs")
    truth = dict(zip(table.genotypes, table.values("test_accuracy", "all")))
    return np.sort([truth[table.space.canonical(genotype)] for genotype in table.space])


def describe(method: str) -> str:
    """Say with which settings a method runs, as JSON."""
    function, settings = METHODS[method]
    parts = {"method": function.__name__, **settings, "skeleton": dict(SKELETON)}
    if function is run_differentiable:
        parts.setdefault("alpha_learning_rate", ALPHA_LEARNING_RATE)
    if function is run_uniform:
        parts |= {"watched": WATCHED, "watched_epochs": WATCHED_EPOCHS, "budgets": BUDGETS}
    if function in (run_uniform, run_enas):
        parts |= SINGLE_PATH
    return json.dumps(parts, sort_keys=True)


def build(path: Path, executor: Executor | None = None) -> None:
    """Make the runs that the file lacks, in new processes or in those of an executor, and write it after each."""
    make_runs(path, METHODS, {method: describe(method) for method in METHODS}, RUNS, executor)


if __name__ == "__main__":
    command.run(build, "oneshot", __doc__)
