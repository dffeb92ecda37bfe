"""Write what was measured where readers see it: docs/benchmark.md, and a table in the README.

    python tests/bench/page.py [FILE]

FILE, as run.py writes it, becomes tests/bench/results.json; without it, the page of that file is written again.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from contenders import CHECKPOINTS, CONTENDERS
from fronts import CHECKPOINTS as FRONT_CHECKPOINTS

from nastutor.statistics import Band, bootstrap_band, difference_band, student_band, student_difference_band

ROOT = Path(__file__).parents[2]
RESULTS = Path("tests/bench/results.json")
PAGE = Path("docs/benchmark.md")
BLOCK = re.compile(r"(?<=<!-- benchmark -->\n).*?(?=<!-- end of benchmark -->)", flags=re.S)
FEW = 10
"""Fewer runs get Student's interval, others a bootstrap."""
BASELINES = ("random search", "largest first", "cheapest first")
OURS = [one.name for one in CONTENDERS if one.searcher and one.name not in BASELINES]
THEIRS = [one.name for one in CONTENDERS if not one.searcher]
OUR_FRONTS = ("NSGA-II", "Pareto local search", "Bayesian", "Bayesian, every genotype")
THEIR_FRONTS = ("pymoo NSGA-II",)
IN_README = 100
"""Evaluations after which the README compares."""


def page(results: Mapping[str, Any]) -> str:
    """Return the whole page; what was not measured yet has no section."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    parts = [
        "# Beside other libraries",
        "Written by `tests/bench/page.py` from `tests/bench/results.json`; `make bench` measures again. "
        + versions
        + ".",
        "Every number is a mean over runs with its 95 % interval: a bootstrap, or Student's t of fewer than "
        f"{FEW} runs. The training noise of the architectures on which runs end is not in it. How many runs there are "
        "is what is affordable, and stands beside each method.",
    ]
    if "quality" in results:
        parts += ["## What searches find", beside(results), *quality(results), "## Speed", *speed(results)]
    if "fronts" in results:
        parts += ["## Fronts", *fronts(results["fronts"])]
    if "supernet" in results:
        parts += ["## The supernet", *supernet(results["supernet"])]
    return "\n\n".join(parts) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    head = list(head)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def band(values: np.ndarray) -> Band:
    """Return the mean over runs with its interval."""
    return student_band(values) if len(values) < FEW else bootstrap_band(values)


def compared(
    results: Mapping[str, Any], ours: Iterable[str], theirs: Iterable[str], place: int, sign: int
) -> list[str]:
    """Return four cells: the best of ours, the best of theirs, their difference, and what it says; [] without a pair.

    results : by name, (runs, places); the names that are not there, or not at that place, do not count.
    sign : 1 where more is better, else -1.
    """
    found = {name: np.array([run[place] for run in runs]) for name, runs in results.items() if len(runs[0]) > place}
    sides = [set(names) & set(found) for names in (ours, theirs)]
    if not all(sides):
        return []
    pair = [max(sorted(names), key=lambda name: sign * found[name].mean()) for names in sides]
    first, second = (found[name] for name in pair)
    difference = student_difference_band if min(len(first), len(second)) < FEW else difference_band
    gain = difference(first, second)
    verdict = "cannot be told" if gain.low <= 0 <= gain.high else "ours" if sign * gain.mean > 0 else "theirs"
    return [*(f"{name} {found[name].mean():.2f} ({len(found[name])} runs)" for name in pair), str(gain), verdict]


HEAD = ["best of ours", "best of theirs", "difference", "better"]


def beside(results: Mapping[str, Any], steps: Iterable[int] = CHECKPOINTS) -> str:
    """Return the best of ours beside the best of theirs, on each table after each checkpoint."""
    rows = []
    for name, methods in results["quality"].items():
        reported = {method: runs["reported"] for method, runs in methods.items()}
        for place, step in enumerate(CHECKPOINTS):
            if step in steps and (cells := compared(reported, OURS, THEIRS, place, 1)):
                rows.append([name, str(step), *cells])
    return table(["table", "evaluations", *HEAD], rows)


def quality(results: Mapping[str, Any]) -> list[str]:
    """Return a table a table."""
    parts = [
        "Accuracy in percent of what a search returns: chosen by training seed 0, reported on the other seeds "
        "(NAS-Bench-201); chosen by validation, reported on test (NAS-Bench-Graph: cora, cs, arxiv). The best of "
        "several by the same runs looks a little better than it is, the more so the fewer its runs. Baselines that "
        "search nothing (random, by size) do not count as ours. Methods marked * show the runs that `make studies` "
        "stored."
    ]
    for name, methods in results["quality"].items():
        rows = []
        for method, runs in methods.items():
            columns = np.array(runs["reported"]).T
            cells = [str(band(column)) for column in columns] + [""] * (len(CHECKPOINTS) - len(columns))
            rows.append([method + " *" * ("seconds" not in runs), str(columns.shape[1]), *cells])
        parts += [f"### {name}", f"The best that can be reported is {results['best'][name]:.2f}."]
        parts.append(table(["method", "runs", *map(str, CHECKPOINTS)], rows))
    return parts


def microseconds(results: Mapping[str, Any], table: str = "cifar10") -> dict[str, float]:
    """Return the median processor time of an evaluation, by method; those that only have stored runs have none."""
    methods = results["quality"].get(table, {})
    return {
        one.name: 1e6 * float(np.median(methods[one.name]["seconds"])) / one.budget
        for one in CONTENDERS
        if "seconds" in methods.get(one.name, {})
    }


def faster(results: Mapping[str, Any]) -> str:
    """Say how many times as long the fastest of theirs takes as the slowest of ours that keeps no model."""
    totals = microseconds(results)
    ours, theirs = ([totals[name] for name in names if name in totals] for names in (OURS, THEIRS))
    if not (ours and theirs):
        return ""
    return (
        f"On cifar10 the fastest of theirs takes {min(theirs) / max(ours):.0f} times as much processor time for an "
        "evaluation as the slowest of ours that keeps no model."
    )


def speed(results: Mapping[str, Any]) -> list[str]:
    """Return what an evaluation on CIFAR-10 takes, and what imports and look-ups take."""
    totals = microseconds(results)
    own = results.get("speed", {})
    rows = []
    for one in CONTENDERS:
        split = own.get("searchers", {}).get(one.name, {})
        if one.name in totals or split:
            total = totals.get(one.name, sum(split.values()))
            ratio = f"{total / totals['random search']:.1f}" if totals else ""
            rows.append([one.name, f"{total:.0f}", ratio, *(f"{part:.1f}" for part in split.values())])
    parts = [
        "Processor time of an evaluation in NAS-Bench-201's table, µs, median over runs; for ours also its three "
        "parts, clocked in other runs (which the clocks make slower). Methods that train models slow down with each "
        "result: ours have one run of 50 evaluations here.",
        faster(results),
        table(
            ["method", "in all", "times random search", "ask and tell", "evaluate", "`search()`"],
            [row + [""] * (6 - len(row)) for row in rows],
        ),
    ]
    if own:
        rows = [[f"`{name}`", f"{1000 * seconds:.0f} ms"] for name, seconds in own["imports"].items()]
        rows += [[f"look-up, {name}", f"{spent:.2f} µs"] for name, spent in own["lookups"].items()]
        parts.append(table(["what", "processor time"], rows))
    return parts


def fronts(results: Mapping[str, Any]) -> list[str]:
    """Return what share of the hypervolume is missed, and what an evaluation takes."""
    rows, verdicts = [], []
    for cost, methods in results.items():
        for name, runs in methods.items():
            missed = np.array(runs["missed"]).T
            spent = 1e6 * float(np.median(runs["seconds"])) / max(FRONT_CHECKPOINTS)
            rows.append([cost, name, str(missed.shape[1]), *map(str, map(band, missed)), f"{spent:.0f}"])
        missed = {name: runs["missed"] for name, runs in methods.items()}
        for place, step in enumerate(FRONT_CHECKPOINTS):
            if cells := compared(missed, OUR_FRONTS, THEIR_FRONTS, place, -1):
                verdicts.append([cost, str(step), *cells])
    return [
        "Percent of the true hypervolume of accuracy and a cost that is missed after so many evaluations, on CIFAR-10 "
        "by training seed 0; parameters are counted, the latency is the one that was measured with the table. Less is "
        "better. Weighted sums know the ranges of both objectives, which no search does. Until evaluation 150 Bayesian "
        "search asks for one genotype of each function, or for every genotype: those of one function have the same "
        "accuracy, but each was timed by itself.",
        table(["cost", "evaluations", *HEAD], verdicts),
        table(["cost", "method", "runs", *map(str, FRONT_CHECKPOINTS), "processor µs an evaluation"], rows),
    ]


def supernet(results: Mapping[str, Any]) -> list[str]:
    """Return the processor time of a step in both forms."""
    show: Callable[[list[float]], str] = "{0[1]:.1f} [{0[0]:.1f}, {0[2]:.1f}]".format
    rows = [
        [name, show(row["together"]), show(row["edge by edge"]), f"{row['edge by edge'][1] / row['together'][1]:.2f}"]
        for name, row in results["types"].items()
    ]
    return [
        f"Processor ms of a step forward and backward, {results['batch']} images of 8×8, one thread: median and "
        f"quartiles of {results['steps']} steps, all edges that leave a node together and edge by edge.",
        table(["type", "together", "edge by edge", "times"], rows),
    ]


def readme_block(results: Mapping[str, Any]) -> str:
    """Return what the README shows."""
    return (
        f"What searches return after {IN_README} evaluations (mean accuracy in percent, not the one that was "
        "searched on; the difference with its 95 % interval):\n\n"
        + beside(results, [IN_README])
        + f"\n\n{faster(results)} All methods, budgets, runs and speeds, and searches for fronts: [{PAGE}]({PAGE}), by "
        "`make bench`.\n"
    )


def stamp(root: Path) -> list[Path]:
    """Write the page and the README's table; return the files that changed."""
    results = json.loads((root / RESULTS).read_text(encoding="utf-8"))
    readme = (root / "README.md").read_text(encoding="utf-8")
    after = {PAGE: page(results), Path("README.md"): BLOCK.sub(lambda _: readme_block(results), readme)}
    changed = []
    for path, text in after.items():
        if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text:
            (root / path).write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    if len(sys.argv) > 1:
        shutil.copyfile(sys.argv[1], ROOT / RESULTS)
    print("written:", ", ".join(map(str, stamp(ROOT))) or "nothing to change")
