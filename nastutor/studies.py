"""Comparisons that take too long for a lesson, stored with the command that makes them: ``make studies``.

    python -m nastutor.studies data/studies.npz

What is stored is which architecture each run evaluated at each step, so that every curve and every report can be
computed from it. What the file has already is not computed again, unless the method's settings have changed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nastutor import searchers
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.resources import data_path
from nastutor.runner import search
from nastutor.searchers import Searcher
from nastutor.spaces.space import Genotype

BUDGET = 500
RUNS = 50
METHODS: Mapping[str, Mapping[str, Any]] = {
    "RandomSearch": {},
    "LocalSearch": {},
    "GeneticAlgorithm": {},
    "RegularizedEvolution": {},
    "Reinforce": {},
    "PPO": {},
}
"""The searchers that are compared, by class name, with the settings that are not their defaults."""
NOTHING = np.iinfo(np.uint16).max
"""Stands where a searcher had finished."""


def load_study(dataset: str, method: str) -> np.ndarray:
    """Return what each run of a method evaluated on NAS-Bench-201, searching on seed 0.

    Returns
    -------
    (runs, evaluations) rows of the table, that is indices of ``bench.genotypes``; `NOTHING` once it had finished.

    Raises
    ------
    ValueError : there is no such study; the message says which there are.
    """
    stored = _read(str(data_path("studies.npz")))
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
    best = np.maximum.accumulate(seen, axis=1)
    is_new = np.diff(best, axis=1, prepend=-np.inf) > 0
    last_new = np.maximum.accumulate(np.where(is_new, np.arange(rows.shape[1]), 0), axis=1)
    return bench.values(metric, seeds)[np.take_along_axis(rows, last_new, axis=1)]


def run_once(dataset: str, method: str, settings: Mapping[str, Any], seed: int) -> np.ndarray:
    """Run one search of `BUDGET` evaluations and return the rows that it evaluated."""
    bench = _table(dataset)
    searcher = _make(method, settings, bench, seed)
    history = search(searcher, bench.evaluate, BUDGET, progress=False)
    rows = np.full(BUDGET, NOTHING, dtype=np.uint16)
    row_of = _row_of(dataset)
    rows[: len(history)] = [row_of[record.genotype] for record in history]
    return rows


def build(path: Path) -> None:
    """Run what the file lacks, on all processors, and write it after each method."""
    stored = dict(_read(str(path))) if path.exists() else {}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for method, settings in METHODS.items():
            for dataset in DATASETS:
                name = f"{dataset}/{method}"
                description = json.dumps(_make(method, settings, _table(dataset), 0).settings(), sort_keys=True)
                if str(stored.get(f"{name}.settings")) == description and len(stored[name]) == RUNS:
                    continue
                start = time.perf_counter()
                runs = pool.map(run_once, [dataset] * RUNS, [method] * RUNS, [settings] * RUNS, range(RUNS))
                stored[name] = np.stack(list(runs))
                stored[f"{name}.settings"] = np.array(description)
                _write(path, stored)
                print(f"{name}: {RUNS} runs in {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{path}: {len(stored) // 2} studies, {path.stat().st_size / 1e6:.2f} MB")


def _make(method: str, settings: Mapping[str, Any], bench: Benchmark, seed: int) -> Searcher:
    return getattr(searchers, method)(bench.space, seed=seed, **settings)


@cache
def _table(dataset: str) -> Benchmark:
    return load_benchmark("nasbench201", dataset=dataset, search_seed=0)


@cache
def _row_of(dataset: str) -> dict[Genotype, int]:
    return {genotype: row for row, genotype in enumerate(_table(dataset).genotypes)}


@cache
def _read(path: str) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace the file at once: whoever interrupts leaves the old one or the new one."""
    draft = path.with_suffix(".draft.npz")
    np.savez_compressed(draft, **arrays)  # type: ignore[arg-type]
    os.replace(draft, path)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
