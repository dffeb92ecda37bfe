"""Searchers beside Optuna, Nevergrad and pymoo: what they find, and how fast (`make bench`).

    python tests/bench/run.py [FILE] [--parts cora fronts] [--times 3]

Results go into FILE after each piece. What it holds is not run again, so that a stopped run goes on, and `--times` adds
runs to those that are there. At the end all of FILE is printed as a page; page.py puts that page where readers see it.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fronts
import quality
import speed
from contenders import CONTENDERS
from page import page

from nastutor.studies.more_searches import TABLES

LIBRARIES = ("numpy", "optuna", "nevergrad", "pymoo", "torch")
PARTS = (*(table for table in TABLES if table != "glyphs"), "fronts", "speed", "supernet")
Piece = tuple[list[str], Callable[[Any], Any]]
"""Where a result stands in the file, and what makes it of what stands there already, or of an empty dictionary."""


def pieces(parts: list[str], times: float) -> Iterator[Piece]:
    """Yield what is to be measured, in order."""

    def enough(runs: int) -> int:
        return max(2, round(times * runs))

    tables = [table for table in TABLES if table in parts]
    for table in tables:
        yield ["best", table], lambda known, t=table: known or quality.best_reported(t)
    for one in CONTENDERS:
        for table in filter(one.tables.__contains__, tables):
            yield (
                ["quality", table, one.name],
                lambda known, c=one, t=table: quality.add_runs(known, c, t, enough(c.runs)),
            )
    if "fronts" in parts:
        for cost in fronts.COSTS:
            for name, (_, runs) in fronts.CONTENDERS.items():
                yield (
                    ["fronts", cost, name],
                    lambda known, c=cost, n=name, r=runs: fronts.add_runs(known, n, c, enough(r)),
                )
    if "speed" in parts:
        yield ["speed"], lambda known: known or speed.measure()
    if "supernet" in parts:
        import supernet

        yield ["supernet"], lambda known: known or supernet.measure()


def main(file: Path, parts: list[str], times: float) -> None:
    """Measure what the file lacks, and print the page."""
    versions = {"Python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"versions": versions}
    if results["versions"] != versions:
        raise SystemExit(f"{file} was made with {results['versions']}, here are {versions}: give another FILE")
    file.parent.mkdir(parents=True, exist_ok=True)
    start = time.process_time()
    for place, make in pieces(parts, times):
        *above, last = place
        at = results
        for name in above:
            at = at.setdefault(name, {})
        made = make(at.get(last, {}))
        if made != at.get(last):
            at[last] = made
            file.write_text(json.dumps(results), encoding="utf-8")
            print(f"[{time.process_time() - start:5.0f} processor s] {', '.join(place)}", flush=True)
    print("\n" + page(results))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=Path("build/bench.json"), metavar="FILE")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--times", type=float, default=1.0, help="how many times as many runs of each method")
    arguments = parser.parse_args()
    main(arguments.file, arguments.parts, arguments.times)
