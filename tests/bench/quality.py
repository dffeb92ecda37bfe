"""What searches return, and what an evaluation costs them, run by run."""

import time
from typing import Any

from contenders import CHECKPOINTS, Contender

from nastutor import Benchmark
from nastutor.studies.searches import load_study, open_table, study_curves

Runs = dict[str, Any]
"""``reported``: a list a run, one number a checkpoint up to the budget; ``seconds``: what each run took, if it ran."""


def add_runs(known: Runs, contender: Contender, table: str, count: int) -> Runs:
    """Return the runs known, and those that are missing to `count` of them."""
    bench = open_table(table)
    if not contender.runs:
        curves = study_curves(bench, load_study(table, contender.study))
        steps = [step for step in CHECKPOINTS if step <= curves.shape[1]]
        return {"reported": curves[:, [step - 1 for step in steps]].round(3).tolist()}
    reported, seconds = list(known.get("reported", [])), list(known.get("seconds", []))
    for seed in range(len(reported), count):
        start = time.process_time()
        evaluated = contender.run(bench, contender.budget, seed)
        seconds.append(round(time.process_time() - start, 5))
        steps = [step for step in CHECKPOINTS if step <= contender.budget]
        reported.append([round(reported_value(bench, evaluated[:step]), 3) for step in steps])
    return {"reported": reported, "seconds": seconds}


def reported_value(bench: Benchmark, evaluated: list) -> float:
    """Return what the best is worth on the seeds, or the split, that were not searched; of equals the first by code."""
    genotype, _ = min(evaluated, key=lambda pair: (-pair[1], pair[0]))
    return bench.report(genotype)[bench.reported("val_accuracy")]


def best_reported(table: str) -> float:
    """Return the most that a search could have reported."""
    bench = open_table(table)
    return round(float(bench.values(bench.reported("val_accuracy"), "report").max()), 3)
