"""FCNet (Klein & Hutter 2019, arXiv 1905.04970): 62,208 networks with their recipes, trained on four tasks."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from nastutor.arguments import one_of
from nastutor.arrays import Arrays, read_data
from nastutor.benchmarks.table import Benchmark
from nastutor.spaces.fcnet import ARCHITECTURE, DROPOUT, FCNetSpace

TASKS = {"protein": 9, "naval": 15, "parkinsons": 20, "slice": 380}
"""Numbers that a network reads, by task. All four are regressions on tables of the UCI repository."""
SCALE = 1000
"""Logarithms are stored in these parts: rounded by at most 0.0005, which is a twentieth of a percent of the error."""
SEEDS = 4


def open_fcnet(task: str = "protein", search_seed: int = 0) -> Benchmark:
    """Open the real FCNet table of a task: every combination of 144 architectures and 432 recipes, trained four times.

    Metrics: val_log_mse (natural logarithm of the mean squared error on validation data after 100 epochs, four seeds;
    **less is better**, so search with ``objective="-val_log_mse"``), train_seconds (mean of the seeds), params (exact).
    Errors differ by factors, from one to a millionth, and some trainings diverge; so their logarithm is what is
    averaged. Targets have variance 1: a network that predicts their mean has about 0. There is no test split here.

    Parameters
    ----------
    task : one of `TASKS`.
    search_seed : 0…3, the seed that a search may see; the others serve reports.

    Raises
    ------
    ValueError : an unknown task, a seed that may not be searched, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    one_of("task", task, TASKS)
    return _open(read_data("fcnet.npz", "data"), task).searched_by(search_seed)


def by_recipe(bench: Benchmark, dropout: str = "recipe", metric: str = "val_log_mse") -> np.ndarray:
    """Return a metric as a grid: all architectures times all recipes.

    Parameters
    ----------
    bench : one of `open_fcnet`.
    dropout : ``"recipe"`` (144 architectures, 432 recipes) or ``"architecture"`` (1,296 and 48): what it counts as.
    metric : with seeds.

    Returns
    -------
    (architectures, recipes, seeds), both in the order of genotypes.
    """
    names = (
        ARCHITECTURE if one_of("dropout", dropout, ("recipe", "architecture")) == "recipe" else ARCHITECTURE + DROPOUT
    )
    counts = {variable.name: len(variable.choices) for variable in bench.space.variables}
    architectures = int(np.prod([counts[name] for name in names]))
    return bench.metrics[metric].reshape(architectures, -1, bench.seeds)


@cache
def _space(task: str) -> FCNetSpace:
    return FCNetSpace(TASKS[task])


@lru_cache(maxsize=4)
def _open(columns: Arrays, task: str) -> Benchmark:
    """Make the table of a task once; whoever opens it again shares its arrays."""
    space = _space(task)
    genotypes = list(space)
    metrics = {
        "val_log_mse": columns[f"{task}_log_mse"].astype(float) / SCALE,
        "train_seconds": columns[f"{task}_seconds"].astype(float),
        "params": np.array([space.weights(genotype) for genotype in genotypes]),
    }
    return Benchmark(space, genotypes, metrics, f"FCNet {task}")
