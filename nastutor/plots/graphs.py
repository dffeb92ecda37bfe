"""Pictures of graph networks, of how tasks rank them, and of claims that are asked on several tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from nastutor.benchmarks import Benchmark
from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, new_axes
from nastutor.spaces.graph import NODES, GraphSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import Band, rank_correlation

_DOTS = 2000
SIGNS = {"holds": ("+", GREEN), "does not hold": ("−", ORANGE), "cannot be told": ("?", GREY)}
"""By verdict its sign and its colour."""


def draw_graph_network(genotype: Genotype, space: GraphSpace, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw a graph network: its operations in a row, an arrow from what each takes; what none takes goes to the output.

    Parameters
    ----------
    genotype, space : the network and its space.
    title : above the drawing; by default the benchmark's string.
    """
    ax = new_axes(ax, (7, 2.4))
    inputs, operations = space.decode(genotype)
    last = NODES + 1
    arrows = [(source, node) for node, source in enumerate(inputs, 1)]
    arrows += [(node, last) for node in range(1, last) if node not in inputs]
    for source, target in arrows:
        arrow = FancyArrowPatch(
            (source, 0), (target, 0), connectionstyle=f"arc3,rad={-0.45 if target - source > 1 else 0}",
            arrowstyle="-|>", mutation_scale=13, shrinkA=18, shrinkB=18, linewidth=1.6, color=BLUE, zorder=1,
        )  # fmt: skip
        ax.add_patch(arrow)
    for place, label in enumerate(["in", *operations, "out"]):
        color = "white" if label == "skip" or place in (0, last) else "#cfe5f5"
        box = {"facecolor": color, "edgecolor": BLACK, "boxstyle": "round,pad=0.3"}
        ax.text(place, 0, label, ha="center", va="center", bbox=box, zorder=2)
    ax.set(xlim=(-0.4, last + 0.4), ylim=(-0.6, 1.4))
    ax.axis("off")
    ax.set_title(space.to_string(genotype) if title is None else title, fontsize=10)
    return ax


def plot_transfer(correlations: np.ndarray, names: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw a matrix of rank correlations between tasks, with its numbers.

    Parameters
    ----------
    correlations : (tasks, tasks).
    names : of the tasks.
    """
    ax = new_axes(ax, (7, 6))
    ax.imshow(correlations, cmap="viridis", vmin=0, vmax=1)
    for row, values in enumerate(correlations):
        for column, value in enumerate(values):
            color = "white" if value < 0.6 else BLACK
            ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=color)
    ax.set_xticks(range(len(names)), names, rotation=45, ha="right")
    ax.set_yticks(range(len(names)), names)
    ax.set_title("rank correlation of test accuracies", fontsize=11)
    return ax


def plot_two_tasks(first: Benchmark, second: Benchmark, ax: Axes | None = None) -> Axes:
    """Draw the ranks of graph networks on two tasks, by test accuracy; the best tenth of the first is marked.

    Parameters
    ----------
    first, second : tables of the same networks. Of all networks, 2,000 random ones are drawn.
    """
    ax = new_axes(ax, (7, 5))
    values = [bench.values("test_accuracy") for bench in (first, second)]
    x, y = (100 * (column.argsort(kind="stable").argsort(kind="stable") + 0.5) / len(column) for column in values)
    shown = np.random.default_rng(0).permutation(len(x))[:_DOTS]
    top = shown[x[shown] >= 90]
    rest = shown[x[shown] < 90]
    ax.plot(x[rest], y[rest], "o", color=GREY, markersize=2.5, alpha=0.5, label="all networks")
    ax.plot(x[top], y[top], "^", color=BLUE, markersize=4.5, label="the best tenth there")
    everywhere = rank_correlation(values[1], values[0])
    in_top = rank_correlation(values[1], values[0], top=0.1)
    ax.set(
        xlabel=f"rank on {_task(first)} (percent of the networks below)",
        ylabel=f"rank on {_task(second)} (percent below)",
        title=f"rank correlation {everywhere:.2f}, within the best tenth {in_top:.2f}\n"
        f"mean rank of the best tenth: {y[x >= 90].mean():.0f}",
    )  # fmt: skip
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4, ncols=2)
    return ax


def _task(bench: Benchmark) -> str:
    return bench.name.split()[-1]


def plot_ledger(ledger: Mapping[str, Mapping[str, Band]], ax: Axes | None = None) -> Axes:
    """Draw which claims hold on which tables: plus, minus (the reverse is shown), or a question mark (cannot be told).

    Parameters
    ----------
    ledger : by claim and by table what was measured; above zero is in favour.
    """
    ax = new_axes(ax, (7, 0.42 * len(ledger) + 1.4))
    tables = list(next(iter(ledger.values())))
    for row, bands in enumerate(ledger.values()):
        for column, band in enumerate(bands.values()):
            sign, color = SIGNS[band.verdict()]
            ax.text(column, row, sign, ha="center", va="center", color=color, fontsize=16, fontweight="bold")
    ax.set_xticks(range(len(tables)), tables, rotation=40, ha="left")
    ax.set_yticks(range(len(ledger)), list(ledger), fontsize=10)
    ax.xaxis.tick_top()
    ax.set(xlim=(-0.5, len(tables) - 0.5), ylim=(len(ledger) - 0.5, -0.5))
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return ax
