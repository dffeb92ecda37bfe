"""You against the search: the reader builds cells by hand and races searchers to a target accuracy in a real table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from nastutor import plots
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.lessons.explorer import Explorer
from nastutor.loop.search import search
from nastutor.searchers import RandomSearch, RegularizedEvolution, Searcher
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype

YOU = "you"
OPPONENTS: tuple[type[Searcher], ...] = (RandomSearch, RegularizedEvolution)
BUDGET = 500
"""Evaluations after which a searcher gives up."""
NODES = ("in", "1", "2", "out")


class Standing(NamedTuple):
    """How far one who races has come.

    cells : what was evaluated, each cell once, in order.
    curve : (cells,) percent, the best accuracy so far.
    needed : how many cells it took to reach the target; None: it was not reached.
    """

    cells: tuple[Genotype, ...]
    curve: np.ndarray
    needed: int | None


def race(
    bench: Benchmark,
    cells: Sequence[Genotype],
    target: float,
    opponents: Sequence[type[Searcher]] = OPPONENTS,
    seed: int = 0,
) -> dict[str, Standing]:
    """Return how the cells that somebody has chosen do beside those that searchers choose, one run each.

    Everybody sees the accuracy of the search seed, and a cell that is evaluated again costs nothing.

    Parameters
    ----------
    bench : the table that is searched.
    cells : yours, in the order in which you evaluate them.
    target : percent.
    opponents : searcher classes; each has up to `BUDGET` evaluations.
    seed : of their dice; each throws its own.

    Returns
    -------
    Standings by name: "you", then the opponents.
    """
    runs: dict[str, Sequence[Genotype]] = {YOU: [bench.space.validate(cell) for cell in cells]}
    for number, method in enumerate(opponents):
        searcher = method(bench.space, seed * len(opponents) + number)
        history = search(searcher, bench.evaluate, BUDGET, progress=False)
        runs[method.__name__] = [record.genotype for record in history]
    return {name: _standing(bench, run, target) for name, run in runs.items()}


def _standing(bench: Benchmark, run: Sequence[Genotype], target: float) -> Standing:
    cells = tuple(dict.fromkeys(run))
    curve = np.maximum.accumulate([bench.evaluate(cell)["val_accuracy"] for cell in cells]) if cells else np.empty(0)
    reached = np.flatnonzero(curve >= target)
    return Standing(cells, curve, int(reached[0]) + 1 if len(reached) else None)


def plot_standings(standings: dict[str, Standing], target: float, cell: Genotype, title: str) -> Figure:
    """Draw a cell and, below, how far all have come after as many evaluations as you have made."""
    curves = {name: standing.curve for name, standing in standings.items()}
    return plots.plot_race_with_cell(curves, len(standings[YOU].cells), target, cell, title, YOU)


def rank_in(bench: Benchmark, cell: Genotype) -> int:
    """Return the rank of a cell in the whole table by the search seed, 1 is best."""
    values = bench.values("val_accuracy", "search")
    return 1 + int(np.sum(values > bench.evaluate(cell)["val_accuracy"]))


def describe(bench: Benchmark, standings: dict[str, Standing], target: float) -> str:
    """Say in words how the race stands; what the others need is told when you have reached the target."""
    you = standings[YOU]
    if not you.cells:
        return f"Target: {target:.2f} %. You have not evaluated anything yet."
    best = max(you.cells, key=lambda cell: bench.evaluate(cell)["val_accuracy"])
    number = "1 cell" if len(you.cells) == 1 else f"{len(you.cells)} different cells"
    text = (
        f"You: {number}, the best {best} with {you.curve[-1]:.2f} %, rank "
        f"{rank_in(bench, best):,} of {len(bench):,}; by the other seeds "
        f"{bench.report(best)['val_accuracy']:.2f} %. "
    )
    if you.needed is None:
        return text + f"The target is {target:.2f} %."
    others = ", ".join(
        f"{name} {standing.needed or f'more than {len(standing.cells):,}'}"
        for name, standing in standings.items()
        if name != YOU
    )
    return text + f"You reached the target of {target:.2f} % with cell {you.needed}. Needed by the others: {others}."


class RaceExplorer(Explorer):
    """Controls to build a cell edge by edge, a button to evaluate it, and the race below; made by `race_the_search`."""

    def __init__(self, opponents: Sequence[type[Searcher]]) -> None:
        self.opponents = tuple(opponents)
        self.tables = {name: load_benchmark("nasbench201", dataset=name, search_seed=0) for name in DATASETS}
        self.cells: list[Genotype] = []
        self.seed = 0
        self.words = ipywidgets.HTML()
        self.evaluate = ipywidgets.Button(description="evaluate this cell", button_style="primary")
        self.again = ipywidgets.Button(description="start again")
        self.evaluate.on_click(lambda button: self._evaluate())
        self.again.on_click(lambda button: self._start_again())
        choices = {
            "dataset": ipywidgets.Dropdown(options=list(DATASETS), description="dataset"),
            "target": ipywidgets.Dropdown(
                options=[(f"among the best {rank}", rank) for rank in (1000, 100, 30, 10)], value=30,
                description="target",
            ),
        }  # fmt: skip
        operations = [(name, number) for number, name in enumerate(CellSpace.operations)]
        edges = {
            f"edge_{i}_{j}": ipywidgets.Dropdown(options=operations, description=f"{NODES[i]}→{NODES[j]}")
            for i, j in CellSpace.edges
        }
        super().__init__(self._draw, **choices, **edges)
        rows = [ipywidgets.HBox(list(row), layout={"flex_flow": "row wrap"}) for row in (
            choices.values(), edges.values(), (self.evaluate, self.again)
        )]  # fmt: skip
        self.children = (*rows, self.words, self.image, self.error)

    def _draw(self, dataset: str, target: int, **edges: int) -> Figure:
        bench, cell = self.tables[dataset], tuple(edges.values())
        accuracy = float(np.sort(bench.values("val_accuracy", "search"))[-target])
        standings = race(bench, self.cells, accuracy, self.opponents, self.seed)
        self.words.value = describe(bench, standings, accuracy)
        seen = bench.evaluate(cell)["val_accuracy"] if cell in self.cells else None
        value = "not evaluated yet" if seen is None else f"{seen:.2f} %, rank {rank_in(bench, cell):,}"
        return plot_standings(standings, accuracy, cell, f"{cell}: {value}")

    def _evaluate(self) -> None:
        cell = tuple(control.value for name, control in self.controls.items() if name.startswith("edge"))
        if cell not in self.cells:
            self.cells.append(cell)
        self.update()

    def _start_again(self) -> None:
        """Forget what was evaluated; the others throw other dice."""
        self.cells = []
        self.seed += 1
        self.update()


def race_the_search(opponents: Sequence[type[Searcher]] = OPPONENTS) -> RaceExplorer:
    """Show a race of the reader, who builds cells by hand, against searchers, to a target accuracy in NAS-Bench-201."""
    return RaceExplorer(opponents)
