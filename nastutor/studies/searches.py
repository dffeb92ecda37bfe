"""Comparisons that take too long for a lesson, stored with the command that makes them: ``make studies``.

    python -m nastutor.studies.searches data/studies.npz

What is stored is which architecture each run evaluated at each step, so that every curve and every report can be
computed from it. What the file has already is not computed again, unless the method's settings have changed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nastutor import searchers
from nastutor.arrays import read_data, read_unfinished, write_arrays
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.loop.search import search
from nastutor.searchers import Searcher
from nastutor.spaces.space import Genotype
from nastutor.studies import command

BUDGET = 500
RUNS = 50


class Method(NamedTuple):
    """A searcher by class name, its settings that are not the defaults, and how many evaluations a run has.

    largest : how many of the largest architectures are its first designs.
    """

    searcher: str
    settings: Mapping[str, Any] = {}
    budget: int = BUDGET
    largest: int = 0


METHODS: Mapping[str, Method] = {
    "RandomSearch": Method("RandomSearch"),
    "LargestFirst": Method("LargestFirst"),
    "LocalSearch": Method("LocalSearch"),
    "GeneticAlgorithm": Method("GeneticAlgorithm"),
    "RegularizedEvolution": Method("RegularizedEvolution"),
    "Reinforce": Method("Reinforce"),
    "PPO": Method("PPO"),
    "PredictorSearch": Method("PredictorSearch"),
    "PredictorSearch, adjacency": Method("PredictorSearch", {"encoding": "adjacency"}, budget=50),
    "PredictorSearch, path": Method("PredictorSearch", {"encoding": "path"}, budget=50),
    "BayesianSearch": Method("BayesianSearch", budget=100),
    "BayesianSearch, 25 largest first": Method("BayesianSearch", budget=100, largest=25),
    "ProgressiveSearch": Method("ProgressiveSearch"),
    "ProgressiveSearch, 20": Method("ProgressiveSearch", {"beam_size": 20}, budget=50),
}
"""What is compared; a name alone is a searcher with its defaults, what follows a comma says what is not."""
NOTHING = np.iinfo(np.uint16).max
"""Stands where a searcher had finished."""


def load_study(dataset: str, method: str) -> np.ndarray:
    """Return what each run of a method, a name in `METHODS`, evaluated on NAS-Bench-201, searching on seed 0.

    Returns
    -------
    (runs, evaluations) rows of the table, that is indices of ``bench.genotypes``; `NOTHING` once it had finished.

    Raises
    ------
    ValueError : there is no such study; the message says which there are.
    """
    stored = read_data("studies.npz", "studies")
    name = f"{dataset}/{method}"
    if name not in stored:
        known = ", ".join(key for key in stored if not key.endswith(".settings"))
        raise ValueError(f"no study {name!r}: there are {known}")
    return stored[name]


def study_curves(bench: Benchmark, rows: np.ndarray, seeds: str = "report", metric: str = "val_accuracy") -> np.ndarray:
    """Return the value of the incumbent after each evaluation.

    Parameters
    ----------
    bench : the table that was searched; its search seed decides which architecture is the incumbent.
    rows : see `load_study`.
    seeds : what to show of it, see `Benchmark.values`.

    Returns
    -------
    (runs, evaluations); a run that ended early keeps its last value.
    """
    seen = np.where(rows == NOTHING, -np.inf, bench.values(metric, "search")[np.minimum(rows, len(bench) - 1)])
    return bench.values(metric, seeds)[incumbent_rows(rows, seen)]


def study_ends(bench: Benchmark, rows: np.ndarray, step: int) -> tuple[list[np.ndarray], list[Genotype]]:
    """Return what each run has found after so many evaluations, for bands that count those cells' training noise.

    Parameters
    ----------
    bench, rows : see `study_curves`; no run may have ended before.
    step : 1…evaluations.

    Returns
    -------
    The values of each run's cell by the seeds not searched, see `Benchmark.report_seeds`, and the cells.
    """
    found = incumbent_rows(rows, bench.values("val_accuracy", "search")[rows])[:, step - 1]
    cells = [bench.genotypes[row] for row in found]
    return [bench.report_seeds(cell) for cell in cells], cells


def incumbent_rows(rows: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the row of the best so far, of equals the first, after each evaluation.

    Parameters
    ----------
    rows, seen : (runs, evaluations): what was evaluated, and the values that it was selected by.
    """
    best = np.maximum.accumulate(seen, axis=1)
    is_new = np.diff(best, axis=1, prepend=-np.inf) > 0
    last_new = np.maximum.accumulate(np.where(is_new, np.arange(rows.shape[1]), 0), axis=1)
    return np.take_along_axis(rows, last_new, axis=1)


def run_once(dataset: str, method: Method, seed: int) -> np.ndarray:
    """Run one search and return the rows that it evaluated, (budget,)."""
    bench = _table(dataset)
    history = search(make(method, dataset, seed), bench.evaluate, method.budget, progress=False)
    rows = np.full(method.budget, NOTHING, dtype=np.uint16)
    row_of = _row_of(dataset)
    rows[: len(history)] = [row_of[record.genotype] for record in history]
    return rows


def build(path: Path, executor: Executor | None = None) -> None:
    """Run what the file lacks, in new processes or in those of an executor, and write it after each method."""
    stored = read_unfinished(path)
    with executor or command.new_processes() as pool:
        for label, method in METHODS.items():
            for dataset in DATASETS:
                name = f"{dataset}/{label}"
                description = json.dumps(make(method, dataset, 0).settings(), sort_keys=True)
                shape = (RUNS, method.budget)
                if str(stored.get(f"{name}.settings")) == description and stored[name].shape == shape:
                    continue
                start = time.perf_counter()
                runs = pool.map(run_once, [dataset] * RUNS, [method] * RUNS, range(RUNS))
                stored[name] = np.stack(list(runs))
                stored[f"{name}.settings"] = np.array(description)
                write_arrays(path, stored)
                print(f"{name}: {RUNS} runs in {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{path}: {len(stored) // 2} studies, {path.stat().st_size / 1e6:.2f} MB")


def make(method: Method, dataset: str, seed: int) -> Searcher:
    """Return the searcher of one run."""
    space = _table(dataset).space
    searcher = getattr(searchers, method.searcher)(space, seed=seed, **method.settings)
    return (
        searcher.start_from(searchers.LargestFirst(space, seed).order[: method.largest]) if method.largest else searcher
    )


@cache
def _table(dataset: str) -> Benchmark:
    return load_benchmark("nasbench201", dataset=dataset, search_seed=0)


@cache
def _row_of(dataset: str) -> dict[Genotype, int]:
    return {genotype: row for row, genotype in enumerate(_table(dataset).genotypes)}


if __name__ == "__main__":
    command.run(build, "searches", __doc__)
