"""Speed and quality of the searchers beside Optuna and Nevergrad, in one run on one machine (`make bench`)."""

import statistics
import subprocess
import sys
import time

import nevergrad
import numpy as np
import optuna
from contenders import CHECKPOINTS, CONTENDERS, Contender
from fronts import compare

from nastutor import Benchmark, load_benchmark, search
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.statistics import bootstrap_band
from nastutor.studies.more_searches import GRAPH_TASKS
from nastutor.studies.searches import load_study, open_table, study_curves

SPEED_BUDGET = 200
SPEED_SECONDS = 3.0
START = time.perf_counter()


def main() -> None:
    note(f"Python {sys.version.split()[0]}, numpy {np.__version__}, ", end="")
    print(f"optuna {optuna.__version__}, nevergrad {nevergrad.__version__}; NAS-Bench-201, search seed 0")
    benches = {dataset: load_benchmark("nasbench201", dataset=dataset, search_seed=0) for dataset in DATASETS}
    import_times()
    speed(benches["cifar10"])
    lookups(benches["cifar10"])
    quality("validation accuracy in percent of what was chosen by seed 0, on the other seeds", benches)
    graphs = {task: open_table(task) for task in GRAPH_TASKS}
    quality("graph networks: test accuracy in percent of what was chosen by validation", graphs)
    heading("fronts: percent of the true hypervolume that is missed, CIFAR-10", "mean [95 % band]; see fronts.py")
    compare(benches["cifar10"])
    note("done")


def import_times(repeats: int = 15) -> None:
    code = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
    heading("import, seconds", f"median and maximum of {repeats} new interpreters")
    for statement in ["import nastutor", "from nastutor import search, load_benchmark", "import numpy"]:
        command = [sys.executable, "-c", code.format(statement)]
        seconds = [float(subprocess.check_output(command)) for _ in range(repeats)]
        print(f"{statement:<44} {statistics.median(seconds):8.3f} {max(seconds):8.3f}")


def speed(bench: Benchmark) -> None:
    heading(
        f"speed, µs per evaluation, {SPEED_BUDGET} evaluations a run on CIFAR-10, or as many as are affordable",
        "median over runs",
    )
    print(f"{'':<26} {'total':>9} {'runs':>6} {'x random':>9}  = {'ask+tell':>8} {'evaluate':>9} {'search()':>9}")
    totals: dict[str, float] = {}
    for contender in CONTENDERS:
        times = []
        budget = min(SPEED_BUDGET, contender.budget)
        end = time.perf_counter() + SPEED_SECONDS
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            contender.run(bench, budget, len(times))
            times.append(time.perf_counter() - start)
        totals[contender.name] = statistics.median(times) / budget * 1e6
        ratio = totals[contender.name] / next(iter(totals.values()))
        line = f"{contender.name:<26} {totals[contender.name]:9.1f} {len(times):6} {ratio:9.1f}"
        if contender.searcher is not None:
            own, evaluate, overhead = split(contender, bench, runs=2 if contender.stored else 200)
            line += f"    {own:8.1f} {evaluate:9.1f} {overhead:9.1f}"
        print(line, flush=True)
    print("search() is the rest of a separate, clocked run: total less ask, tell and evaluate; the clocks count in it.")
    slowest = max(totals[contender.name] for contender in CONTENDERS if contender.searcher and not contender.stored)
    fastest = min(totals[contender.name] for contender in CONTENDERS if contender.searcher is None)
    print(f"The fastest of the other libraries takes {fastest / slowest:.0f} times as long as ours that keep no model.")


def split(contender: Contender, bench: Benchmark, runs: int) -> tuple[float, float, float]:
    """Return the medians of the searcher's time, the table's, and what `search` adds, in µs per evaluation."""
    parts = []
    for seed in range(runs):
        spent = {"ask": 0.0, "tell": 0.0, "evaluate": 0.0}

        def clocked(name, function, spent=spent):
            def call(*args):
                start = time.perf_counter()
                result = function(*args)
                spent[name] += time.perf_counter() - start
                return result

            return call

        searcher = contender.searcher(bench.space, seed=seed)
        searcher.ask = clocked("ask", searcher.ask)
        searcher.tell = clocked("tell", searcher.tell)
        evaluate = clocked("evaluate", bench.evaluate)
        start = time.perf_counter()
        search(searcher, evaluate, SPEED_BUDGET, progress=False)
        total = time.perf_counter() - start
        parts.append((spent["ask"] + spent["tell"], spent["evaluate"], total - sum(spent.values())))
    own, table, overhead = np.median(parts, axis=0) / SPEED_BUDGET * 1e6
    return own, table, overhead


def lookups(bench: Benchmark, repeats: int = 20) -> None:
    heading("one look-up in a table, µs", f"the fastest of {repeats} rounds of 1,000 architectures")
    glyphs = load_benchmark("glyphs", search_seed=0)
    for table, options in [(bench, {}), (glyphs, {}), (glyphs, {"epochs": 3})]:
        rounds = []
        for _ in range(repeats):
            start = time.perf_counter()
            for genotype in table.genotypes[:1000]:
                table.evaluate(genotype, **options)
            rounds.append(time.perf_counter() - start)
        print(f"{table.name + ' ' + str(options or ''):<44} {min(rounds) * 1000:8.2f}", flush=True)


def quality(title: str, benches: dict[str, Benchmark]) -> None:
    heading(
        f"quality: {title}",
        "mean [95 % bootstrap band] over runs with seeds 0...n-1, after so many evaluations "
        "(a line ends with the search, or with what is affordable); * runs stored by `make studies`",
    )
    for table, bench in benches.items():
        best = bench.values(reported_metric(bench), "report").max()
        print(f"\n{table} (best by what is reported: {best:.2f})")
        print(f"{'':<26} {'runs':>5}" + "".join(f"{step:>24}" for step in CHECKPOINTS))
        for contender in CONTENDERS:
            if contender.stored and contender.searcher:
                show_stored(contender.name, table, contender.searcher.__name__)
            else:
                show_runs(contender.name, np.array([reports(contender, bench, seed) for seed in range(contender.runs)]))
        if table in GRAPH_TASKS:
            show_stored("cheapest first", table, "CheapestFirst")
        note(f"{table} done")


def show_stored(name: str, table: str, method: str) -> None:
    curves = study_curves(open_table(table), load_study(table, method))
    show_runs(f"{name} *", curves[:, [step - 1 for step in CHECKPOINTS if step <= curves.shape[1]]])


def show_runs(name: str, reported: np.ndarray) -> None:
    bands = "".join(f"{bootstrap_band(column)!s:>24}" for column in reported.T)
    print(f"{name:<26} {len(reported):>5}{bands}", flush=True)


def reported_metric(bench: Benchmark) -> str:
    return bench.reported("val_accuracy")


def reports(contender: Contender, bench: Benchmark, seed: int) -> list[float]:
    """Return what the best up to each checkpoint is worth on the seeds, or the split, that were not searched."""
    evaluated = contender.run(bench, contender.budget, seed)
    steps = [step for step in CHECKPOINTS if step <= contender.budget]
    best = [min(evaluated[:step], key=lambda pair: (-pair[1], pair[0])) for step in steps]
    return [bench.report(genotype)[reported_metric(bench)] for genotype, _ in best]


def heading(title: str, detail: str) -> None:
    print(f"\n{title}\n{detail}\n{'-' * 128}")


def note(text: str, end: str = "\n") -> None:
    print(f"[{time.perf_counter() - START:5.0f} s] {text}", end=end, flush=True)


if __name__ == "__main__":
    main()
