"""What the checks compute from NAS-Bench-201, computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises.answers import NotAttempted, Wrong, describe, describe_error
from nastutor.exercises.called import Called
from nastutor.loop.history import History
from nastutor.loop.search import repeat, search
from nastutor.searchers.random_search import RandomSearch
from nastutor.searchers.searcher import Searcher
from nastutor.statistics import expected_best_of, incumbent_curves


@cache
def table(dataset: str) -> Benchmark:
    """Open NAS-Bench-201 with search seed 0."""
    return load_benchmark("nasbench201", dataset=dataset, search_seed=0)


def draw_dataset(rng: np.random.Generator) -> str:
    """Draw one of the three datasets."""
    return tuple(DATASETS)[rng.integers(len(DATASETS))]


@cache
def accuracies(dataset: str, seeds: str = "all") -> np.ndarray:
    """Return the validation accuracy of every cell, by the mean over `seeds` (see `Benchmark.values`), (15,625,)."""
    return table(dataset).values("val_accuracy", seeds=seeds)


def better_cells(dataset: str, cell: str, seeds: str = "all") -> int:
    """Count the cells with a higher validation accuracy, by the mean over `seeds`."""
    values = accuracies(dataset, seeds)
    # Means of equal counts may differ in the last bit, so a tie is anything closer than that.
    return int((values > values[cell_row(dataset, cell)] + 1e-9).sum())


@cache
def cell_row(dataset: str, cell: str) -> int:
    """Return the row of a cell, given as a string."""
    bench = table(dataset)
    return bench.genotypes.index(bench.space.from_string(cell))


@cache
def random_result(dataset: str, draws: int, reported_by: str = "report") -> float:
    """Return the expected result of random search, selected by the search seed and reported by others, in percent."""
    return expected_best_of(draws, accuracies(dataset, "search"), accuracies(dataset, reported_by))


def reported(dataset: str, histories: list[History]) -> np.ndarray:
    """Return the incumbents' accuracies on the other seeds, (runs, evaluations)."""
    bench = table(dataset)
    return incumbent_curves(histories, lambda genotype: bench.report(genotype)["val_accuracy"])


@cache
def random_curves(dataset: str, runs: int, budget: int = 100) -> np.ndarray:
    """Return what random search has found after 1…budget evaluations, reported on the other seeds, (runs, budget)."""
    bench = table(dataset)
    histories = repeat(
        lambda seed: RandomSearch(bench.space, seed=seed), bench.evaluate, budget, seeds=range(runs), progress=False
    )
    return reported(dataset, histories)


def run_searchers(make_searcher: Any, dataset: str, budget: int, runs: int) -> list[History]:
    """Run a reader's searcher with the seeds 0…runs−1; whatever goes wrong is told as `Wrong`."""
    make: Callable[[int], Any] = Called(make_searcher)
    histories = []
    for seed in range(runs):
        searcher = make(seed)
        if not isinstance(searcher, Searcher):
            raise Wrong(f"Your function must return a searcher: with seed {seed} it returns {describe(searcher)}.")
        if searcher.asked:
            raise Wrong(f"Return a fresh searcher: the one for seed {seed} has asked before.")
        try:
            histories.append(search(searcher, table(dataset).evaluate, budget, progress=False))
        except NotImplementedError:
            raise NotAttempted("Your searcher still lacks ask or tell.") from None
        except (Exception, SystemExit) as error:
            raise Wrong(f"With seed {seed} your search fails: {describe_error(error)}") from None
        if not len(histories[-1]):
            raise Wrong(f"With seed {seed} your searcher asks for nothing.")
        if len(histories) == 2 and len({tuple(record.genotype for record in history) for history in histories}) == 1:
            raise Wrong("All runs are the same: pass the seed on to the searcher, or it is one run shown many times.")
    return histories
