"""Architecture, recipe, or both: searches with equal budgets on FCNet, for lesson 18.

    python -m nastutor.studies.recipes data/recipes.npz

What is stored is the best so far of each run after each evaluation, by the seed that the search saw, so that every
curve and every report can be computed from it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from nastutor import searchers
from nastutor.arrays import read_data, read_unfinished, require, write_arrays
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.fcnet import TASKS
from nastutor.loop.search import search
from nastutor.spaces import HeldSpace
from nastutor.spaces.fcnet import ARCHITECTURE, RECIPE
from nastutor.spaces.space import Genotype
from nastutor.studies import command

BUDGET = 100
RUNS = 200
DEFAULT: Genotype = (2, 2, 0, 0, 0, 0, 1, 1, 2)
"""64 and 64 units, relu, no dropout, Adam's own rate of 0.001 kept constant, batches of 32: what many begin with."""
EVERYTHING = ARCHITECTURE + RECIPE
STRATEGIES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "architecture": (ARCHITECTURE,),
    "recipe": (RECIPE,),
    "architecture, then recipe": (ARCHITECTURE, RECIPE),
    "recipe, then architecture": (RECIPE, ARCHITECTURE),
    "jointly": (EVERYTHING,),
}
"""What is free in each part of a search, the parts having equal budgets; the rest is held at the best so far."""
EVOLUTION = "RegularizedEvolution"
SEARCHERS = (EVOLUTION, "Ratchet")
"""By class name, with their defaults. What draws at random, from all networks or from the largest, needs no runs: see
`nastutor.studies.recipe_claims.expected_curve`."""
PLAN = [
    *[(task, strategy, EVOLUTION) for task in TASKS for strategy in STRATEGIES],
    *[(task, "jointly", "Ratchet") for task in TASKS],
]
"""What is run: evolution with every strategy, and a ratchet jointly."""
_SETTINGS = {"budget": BUDGET, "runs": RUNS, "default": DEFAULT, "searchers": SEARCHERS, "strategies": STRATEGIES}


def load_recipes(task: str, strategy: str, searcher: str = EVOLUTION) -> np.ndarray:
    """Return the best so far of each run after each evaluation.

    Parameters
    ----------
    task : of `nastutor.benchmarks.fcnet.TASKS`; searches see seed 0.
    strategy, searcher : names in `STRATEGIES` and `SEARCHERS`.

    Returns
    -------
    (runs, evaluations) rows of the table, that is indices of ``bench.genotypes``.

    Raises
    ------
    ValueError : there are no such runs; the message says which there are.
    """
    stored = read_data("recipes.npz", "studies")
    name = f"{task}/{strategy}/{searcher}"
    require(stored, name, "rows", "runs of")
    return stored[f"{name}/rows"]


def run_once(task: str, strategy: str, searcher: str, seed: int) -> np.ndarray:
    """Run one search and return the row of the best so far after each evaluation, (budget,).

    `DEFAULT` is what is held at first, and the first design as well: all strategies know it and pay for it. A searcher
    that finishes early keeps what it has.
    """
    bench = load_benchmark("fcnet", task=task, search_seed=0)
    best = DEFAULT
    parts = STRATEGIES[strategy]
    found: list[tuple[float, Genotype]] = []
    for number, free in enumerate(parts):
        space = _part(task, free, best)
        method = getattr(searchers, searcher)(space, seed=seed)
        method.start_from([tuple(best[position] for position in space.free)])
        evaluate = partial(_evaluate, bench, space)
        budget = BUDGET // len(parts)
        history = search(method, evaluate, budget, "-val_log_mse", progress=False)
        found += [(record.metrics["val_log_mse"], space.whole(record.genotype)) for record in history]
        found += found[-1:] * (budget * (number + 1) - len(found))
        best = min(found, key=lambda pair: pair[0])[1]
    return _best_so_far(bench, found)


def _evaluate(bench: Benchmark, part: HeldSpace, genotype: Genotype) -> dict[str, float]:
    return bench.evaluate(part.whole(genotype))


@lru_cache(maxsize=8)
def _part(task: str, free: tuple[str, ...], held: Genotype) -> HeldSpace:
    """Return a part of a task's space: kept, since searchers keep what they know of a space."""
    return HeldSpace(load_benchmark("fcnet", task=task).space, free, held)


def _best_so_far(bench: Benchmark, found: list[tuple[float, Genotype]]) -> np.ndarray:
    counts = [len(variable.choices) for variable in bench.space.variables]
    errors = np.array([error for error, _ in found])
    rows = np.ravel_multi_index(np.array([genotype for _, genotype in found]).T, counts)
    is_new = np.diff(np.minimum.accumulate(errors), prepend=np.inf) < 0
    return rows[np.maximum.accumulate(np.where(is_new, np.arange(len(rows)), 0))].astype(np.uint16)


def build(path: Path, executor: Executor | None = None) -> None:
    """Run what the file lacks, in new processes or in those of an executor, and write it after each task."""
    stored = read_unfinished(path)
    settings = json.dumps(_SETTINGS, sort_keys=True)
    if str(stored.get("settings")) != settings:
        stored = {"settings": np.array(settings)}
    planned = {f"{'/'.join(item)}/rows": item for item in PLAN}
    stored = {name: array for name, array in stored.items() if name in planned or name == "settings"}
    start = time.perf_counter()
    with executor or command.new_processes() as pool:
        for name, item in planned.items():
            if name not in stored:
                runs = pool.map(run_once, *zip(*[(*item, seed) for seed in range(RUNS)]), chunksize=25)
                stored[name] = np.stack(list(runs))
                write_arrays(path, stored)
                print(f"{name}: after {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{path}: {len(PLAN)} times {RUNS} runs, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    command.run(build, "recipes", __doc__)
