"""Comparisons that take too long for a lesson, stored with the command that makes them: ``make studies``.

    python -m nastutor.studies.searches data/studies.npz

What is stored is which architecture each run evaluated at each step, so that every curve and every report can be
computed from it. What the file has already is not computed again, unless the method's settings have changed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nastutor import searchers
from nastutor.arrays import read_data, read_unfinished, write_arrays
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.benchmarks.nasbench_graph import TASKS
from nastutor.loop.search import search
from nastutor.searchers import Searcher
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.training.sequences import TASKS as SEQUENCE_TASKS

BUDGET = 500
RUNS = 50


class Method(NamedTuple):
    """A searcher by class name, its settings that are not the defaults, and how many evaluations a run has.

    settings : a cost is the name of a metric of the table, after a minus where the cheapest comes first.
    largest : how many of the largest architectures are its first designs.
    runs : with seeds 0, 1, 2, …
    """

    searcher: str
    settings: Mapping[str, Any] = {}
    budget: int = BUDGET
    largest: int = 0
    runs: int = RUNS


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
Plan = Mapping[str, Mapping[str, Method]]
"""By table, a name that `open_table` knows, what is compared on it."""
PLAN: Plan = dict.fromkeys(DATASETS, METHODS)
FILES = ("studies.npz", "more_studies.npz", "sequence_studies.npz")
"""This module's plan, and those of `nastutor.studies.more_searches` and `nastutor.studies.sequence_searches`."""
NOTHING = np.iinfo(np.uint16).max
"""Stands where a searcher had finished."""


@cache
def open_table(name: str) -> Benchmark:
    """Open a table by the name that studies give it.

    That is a dataset of NAS-Bench-201, a task of NAS-Bench-Graph or of the language models, or glyphs. Where there are
    training seeds, a search sees seed 0.
    """
    if name in DATASETS:
        return load_benchmark("nasbench201", dataset=name, search_seed=0)
    if name in SEQUENCE_TASKS:
        return load_benchmark("sequences", task=name, search_seed=0)
    return load_benchmark("nasbench_graph", task=name) if name in TASKS else load_benchmark(name, search_seed=0)


def load_study(table: str, method: str) -> np.ndarray:
    """Return what each run of a method evaluated on a table.

    Parameters
    ----------
    table : see `open_table`.
    method : a name in `METHODS`, or in what `nastutor.studies.more_searches` or `sequence_searches` compares there.

    Returns
    -------
    (runs, evaluations) rows of the table, that is indices of ``bench.genotypes``; `NOTHING` once it had finished.

    Raises
    ------
    ValueError : there is no such study; the message says which there are.
    """
    name = f"{table}/{method}"
    known: list[str] = []
    for file in FILES:
        stored = read_data(file, "studies")
        if name in stored:
            return stored[name]
        known += [key for key in stored if not key.endswith(".settings")]
    raise ValueError(f"no study {name!r}: there are {', '.join(known)}")


def study_curves(bench: Benchmark, rows: np.ndarray, seeds: str = "report", metric: str = "val_accuracy") -> np.ndarray:
    """Return the value of the incumbent after each evaluation.

    Parameters
    ----------
    bench : the table that was searched; what a search sees of it decides which architecture is the incumbent.
    rows : see `load_study`.
    seeds : what to show of it, see `Benchmark.values`. A table that reports another metric in the place of this one, as
        the test accuracy in the place of the validation accuracy, shows that one with ``"report"``.

    Returns
    -------
    (runs, evaluations); a run that ended early keeps its last value.
    """
    shown = bench.reported(metric) if seeds == "report" else metric
    return bench.values(shown, seeds)[incumbent_rows(rows, _seen(bench, rows, metric))]


def study_ends(bench: Benchmark, rows: np.ndarray, step: int) -> tuple[list[np.ndarray], list[Genotype]]:
    """Return what each run has found after so many evaluations, for bands that count those cells' training noise.

    Parameters
    ----------
    bench, rows : see `study_curves`; the table has training seeds.
    step : 1…evaluations.

    Returns
    -------
    The values of each run's cell by the seeds not searched, see `Benchmark.report_seeds`, and the cells.
    """
    found = incumbent_rows(rows, _seen(bench, rows, "val_accuracy"))[:, step - 1]
    cells = [bench.genotypes[row] for row in found]
    return [bench.report_seeds(cell) for cell in cells], cells


def _seen(bench: Benchmark, rows: np.ndarray, metric: str) -> np.ndarray:
    """Return what the searches saw, minus infinity where they had ended, (runs, evaluations)."""
    return np.where(rows == NOTHING, -np.inf, bench.values(metric, "search")[np.minimum(rows, len(bench) - 1)])


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


def run_once(table: str, method: Method, seed: int) -> np.ndarray:
    """Run one search and return the rows that it evaluated, (budget,)."""
    bench = open_table(table)
    history = search(make(method, table, seed), bench.evaluate, method.budget, progress=False)
    rows = np.full(method.budget, NOTHING, dtype=np.uint16)
    rows[: len(history)] = [_row(table, record.genotype) for record in history]
    return rows


def build(path: Path, executor: Executor | None = None, plan: Plan = PLAN) -> None:
    """Run what the file lacks, in new processes or in those of an executor, and write it after each method."""
    stored = read_unfinished(path)
    with executor or command.new_processes() as pool:
        for table, methods in plan.items():
            for label, method in methods.items():
                name = f"{table}/{label}"
                description = json.dumps(describe(method, table), sort_keys=True)
                shape = (method.runs, method.budget)
                if str(stored.get(f"{name}.settings")) == description and stored[name].shape == shape:
                    continue
                start = time.perf_counter()
                runs = pool.map(run_once, [table] * method.runs, [method] * method.runs, range(method.runs))
                stored[name] = np.stack(list(runs))
                stored[f"{name}.settings"] = np.array(description)
                write_arrays(path, stored)
                print(f"{name}: {method.runs} runs in {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{path}: {len(stored) // 2} studies, {path.stat().st_size / 1e6:.2f} MB")


def make(method: Method, table: str, seed: int) -> Searcher:
    """Return the searcher of one run."""
    space = open_table(table).space
    settings = {name: _cost(table, value) if name == "cost" else value for name, value in method.settings.items()}
    searcher = getattr(searchers, method.searcher)(space, seed=seed, **settings)
    return (
        searcher.start_from(searchers.LargestFirst(space, seed).order[: method.largest]) if method.largest else searcher
    )


def describe(method: Method, table: str) -> dict[str, Any]:
    """Return the settings of the first run, with a cost by the name that the method gives it."""
    return make(method, table, 0).settings() | {key: name for key, name in method.settings.items() if key == "cost"}


def _cost(table: str, name: str) -> Callable[[Genotype], float]:
    sign, metric = (-1, name[1:]) if name.startswith("-") else (1, name)
    costs = sign * open_table(table).values(metric)
    return lambda genotype: costs[_row(table, genotype)]


def _row(table: str, genotype: Genotype) -> int:
    """Return the row of an architecture, or of what stands for it in the table."""
    rows, key = _row_of(table), open_table(table).key
    return rows[genotype] if genotype in rows or key is None else rows[key(genotype)]


@cache
def _row_of(table: str) -> dict[Genotype, int]:
    return {genotype: row for row, genotype in enumerate(open_table(table).genotypes)}


if __name__ == "__main__":
    command.run(build, "searches", __doc__)
