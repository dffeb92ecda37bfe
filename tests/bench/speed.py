"""What our own code costs: imports, look-ups, searchers, and the loop around them."""

import statistics
import subprocess
import sys
import time
from typing import Any

import numpy as np
from contenders import CONTENDERS, Contender

from nastutor import Benchmark, load_benchmark, search

IMPORTS = ("import numpy", "import nastutor", "from nastutor import search, load_benchmark")


def measure(budget: int = 200, runs: int = 50, repeats: int = 10) -> dict[str, Any]:
    """Return medians: seconds of imports, and µs of look-ups and of an evaluation by each of our searchers.

    Those that learn slow down with each result: they have one run of at most 50 evaluations.
    """
    bench = load_benchmark("nasbench201", dataset="cifar10", search_seed=0)
    glyphs = load_benchmark("glyphs", search_seed=0)
    ours = [contender for contender in CONTENDERS if contender.searcher and "cifar10" in contender.tables]
    return {
        "imports": {statement: import_seconds(statement, repeats) for statement in IMPORTS},
        "lookups": {
            "NAS-Bench-201": lookup(bench, {}, repeats),
            "glyphs": lookup(glyphs, {}, repeats),
            "glyphs, epochs=3": lookup(glyphs, {"epochs": 3}, repeats),
        },
        "searchers": {
            one.name: split(one, bench, budget, runs) if one.runs else split(one, bench, min(budget, 50), 1)
            for one in ours
        },
    }


def import_seconds(statement: str, repeats: int) -> float:
    """Return the median over new interpreters."""
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    command = [sys.executable, "-c", code]
    return round(statistics.median(float(subprocess.check_output(command)) for _ in range(repeats)), 4)


def lookup(bench: Benchmark, options: dict[str, int], repeats: int) -> float:
    """Return the fewest µs of an evaluation over rounds of 1,000 architectures."""
    rounds = []
    for _ in range(repeats):
        start = time.process_time()
        for genotype in bench.genotypes[:1000]:
            bench.evaluate(genotype, **options)
        rounds.append(time.process_time() - start)
    return round(min(rounds) * 1000, 3)


def split(contender: Contender, bench: Benchmark, budget: int, runs: int) -> dict[str, float]:
    """Return the medians of the searcher's time, the table's, and what `search` adds, in µs an evaluation.

    All three are processor time, and hold the reading of that clock, which takes about as long as a look-up.
    """
    parts = []
    for seed in range(runs):
        spent = {"ask": 0.0, "tell": 0.0, "evaluate": 0.0}

        def clocked(name, function, spent=spent):
            def call(*args):
                start = time.process_time()
                result = function(*args)
                spent[name] += time.process_time() - start
                return result

            return call

        searcher = contender.searcher(bench.space, seed=seed)
        searcher.ask = clocked("ask", searcher.ask)
        searcher.tell = clocked("tell", searcher.tell)
        evaluate = clocked("evaluate", bench.evaluate)
        start = time.process_time()
        search(searcher, evaluate, budget, progress=False)
        total = time.process_time() - start
        parts.append((spent["ask"] + spent["tell"], spent["evaluate"], total - sum(spent.values())))
    medians = np.median(parts, axis=0) / budget * 1e6
    return dict(zip(("ask and tell", "evaluate", "search()"), medians.round(2).tolist()))
