"""Files of several methods' runs with seeds 0, 1, 2, …: made one by one, and gone on with where a build stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.arrays import append, read_unfinished, write_arrays
from nastutor.studies import command

Arrays = dict[str, np.ndarray]
Methods = Mapping[str, tuple[Callable[..., Arrays], Mapping[str, Any]]]
"""By name a function of a seed and of its settings; it returns what a run brought, with its seconds, by name."""


def make_runs(
    path: Path, methods: Methods, described: Mapping[str, str], runs: int, executor: Executor | None = None
) -> None:
    """Make the runs that a file lacks, a seed of every method before the next seed, and write it after each.

    Parameters
    ----------
    path : of the file, whose arrays are called ``method/name`` and begin with the runs.
    methods : what is run.
    described : by method the text of everything that a run depends on; runs with another text are dropped.
    runs : so many of each.
    executor : None: new processes, one a processor.
    """
    stored = read_unfinished(path)
    for method in methods:
        if str(stored.get(f"{method}/settings")) != described[method]:
            stored = {name: array for name, array in stored.items() if not name.startswith(f"{method}/")}
            stored[f"{method}/settings"] = np.array(described[method])
    done = {method: len(stored.get(f"{method}/seconds", ())) for method in methods}
    tasks = [(method, seed) for seed in range(runs) for method in methods if seed >= done[method]]
    if tasks:
        start = time.perf_counter()
        with executor or command.new_processes() as pool:
            made = [pool.submit(methods[method][0], seed, **methods[method][1]) for method, seed in tasks]
            for (method, seed), run in zip(tasks, made):
                append(stored, method, run.result())
                write_arrays(path, stored)
                print(f"{method}, seed {seed}: after {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{path}: {runs} runs of {len(methods)} methods, {path.stat().st_size / 1e6:.2f} MB")
