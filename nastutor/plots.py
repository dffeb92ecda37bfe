"""Pictures: every function draws on `ax` (its own figure if None) and returns it.

One colour-blind-safe palette (Okabe & Ito) serves the whole suite, and a searcher keeps its colour everywhere. Line
styles, markers and labels repeat what colours say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from nastutor.history import History
from nastutor.spaces.cell import COMPANIONS, CONV_1X1, CONV_3X3, EDGES, NONE, POOL, SKIP, CellSpace
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.statistics import bootstrap_band, expected_best_of

if TYPE_CHECKING:
    from matplotlib.collections import PathCollection

    from nastutor.benchmarks import Benchmark
    from nastutor.searchers.reinforce import PolicyRecord

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
)  # fmt: skip
GREY = "#7f7f7f"
BROWN, VIOLET = "#8c510a", "#6a3d9a"

LineStyle = str | tuple[int, tuple[float, ...]]
"""A name of matplotlib, or (offset, (dash, gap, dash, gap, …)) in points."""

SEARCHER_STYLES: dict[str, tuple[str, LineStyle]] = {
    "RandomSearch": (GREY, "--"),
    "LocalSearch": (SKY, "-."),
    "RegularizedEvolution": (GREEN, "-"),
    "GeneticAlgorithm": (ORANGE, ":"),
    "Reinforce": (BLUE, (0, (3, 1))),
    "PPO": (BLACK, (0, (5, 1, 1, 1, 1, 1))),
    "ProgressiveSearch": (BROWN, (0, (10, 3))),
    "PredictorSearch": (VIOLET, (0, (2, 1, 1, 1))),
    "SuccessiveHalving": (PURPLE, (0, (8, 2, 3, 2))),
    "Hyperband": (RED, (0, (6, 1.5, 1, 1.5, 1, 1.5))),
}
"""Colour and line style by class name."""
_MORE_STYLES: list[tuple[str, LineStyle]] = [
    (BLUE, "-"), (RED, "--"), (PURPLE, "-."), (YELLOW, ":"), (BLACK, "-"),
]  # fmt: skip

OPERATION_STYLES: dict[int, tuple[str, str, str]] = {
    NONE: (GREY, ":", "none"),
    SKIP: (BLACK, "-", "skip"),
    CONV_1X1: (SKY, "--", "1×1"),
    CONV_3X3: (BLUE, "-", "3×3"),
    POOL: (ORANGE, "-.", "pool"),
}
"""Colour, line style and short label by operation."""


def _axes(ax: Axes | None, size: tuple[float, float] = (7, 4)) -> Axes:
    if ax is not None:
        return ax
    _, new = plt.subplots(figsize=size, layout="constrained")
    return new


def _styles(names: Sequence[str]) -> dict[str, tuple[str, LineStyle]]:
    free = iter(_MORE_STYLES * (1 + len(names) // len(_MORE_STYLES)))
    return {name: SEARCHER_STYLES.get(name) or next(free) for name in names}


def draw_cell(genotype: Genotype, ax: Axes | None = None, title: str | None = None, scale: float = 1.0) -> Axes:
    """Draw a cell: four nodes in a row, one arrow an operation; what carries no signal is pale.

    Parameters
    ----------
    genotype : of `CellSpace`.
    title : above the drawing; by default the genotype.
    scale : of nodes, arrows and letters, for small drawings.
    """
    ax = _axes(ax, (5, 2.6))
    space = CellSpace()
    live = space.live_edges(space.validate(genotype))
    heights = {(0, 1): 0, (1, 2): 0, (2, 3): 0, (0, 2): 0.62, (1, 3): -0.62, (0, 3): 1.25}
    for (source, target), operation, is_live in zip(EDGES, genotype, live):
        if operation == NONE:
            continue
        color, style, label = OPERATION_STYLES[operation]
        height = heights[source, target]
        span = target - source
        arrow = FancyArrowPatch(
            (source, 0), (target, 0), connectionstyle=f"arc3,rad={-2 * height / span}", arrowstyle="-|>",
            mutation_scale=13 * scale, shrinkA=13 * scale, shrinkB=13 * scale, linestyle=style, linewidth=2 * scale,
            color=color,
            alpha=1 if is_live else 0.25, zorder=1,
        )  # fmt: skip
        ax.add_patch(arrow)
        ax.text(
            (source + target) / 2, height, label, ha="center", va="center", fontsize=10 * scale, color=color,
            alpha=1 if is_live else 0.4, zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2, "boxstyle": "round,pad=0.15"},
        )  # fmt: skip
    for node, label in enumerate(["in", "1", "2", "out"]):
        ax.plot(
            node, 0, "o", ms=24 * scale, color="white", markeredgecolor=BLACK, markeredgewidth=1.3 * scale, zorder=2
        )
        ax.text(node, 0, label, ha="center", va="center", fontsize=10 * scale, zorder=4)
    ax.set(xlim=(-0.35, 3.35), ylim=(-0.95, 1.5), aspect="equal")
    ax.axis("off")
    ax.set_title(str(genotype) if title is None else title, fontsize=10 * max(scale, 0.8))
    return ax


def plot_incumbents(
    curves: Mapping[str, np.ndarray],
    ax: Axes | None = None,
    ylabel: str = "accuracy of the incumbent (%)",
    optimum: float | None = None,
    first: int = 1,
) -> Axes:
    """Draw the mean of each searcher's incumbent curves with its 95 % bootstrap band.

    Parameters
    ----------
    curves : (runs, evaluations) by searcher; see `statistics.incumbent_curves`.
    optimum : the best possible value, drawn as a line.
    first : the first evaluation to show.
    """
    ax = _axes(ax)
    for (name, values), (color, style) in zip(curves.items(), _styles(list(curves)).values()):
        band = bootstrap_band(values[:, first - 1 :])
        steps = np.arange(first, values.shape[1] + 1)
        ax.plot(steps, band.mean, linestyle=style, color=color, label=name, linewidth=2)
        ax.fill_between(steps, band.low, band.high, color=color, alpha=0.25, linewidth=0)
    if optimum is not None:
        ax.axhline(optimum, color=BLACK, linewidth=1, linestyle=":", label="best in the table")
    ax.set(xlabel="evaluations", ylabel=ylabel)
    ax.legend(frameon=False, loc="lower right")
    ax.grid(alpha=0.3)
    return ax


def plot_sorted_accuracies(
    values: np.ndarray,
    marks: Mapping[str, float] | None = None,
    ax: Axes | None = None,
    ylabel: str = "validation accuracy (%)",
    start: int = 0,
) -> Axes:
    """Draw all architectures of a table from worst to best, with some of them marked.

    Parameters
    ----------
    values : (n,).
    marks : label and value of what to point out, drawn where that value would stand in the order.
    start : leave out this many of the worst.
    """
    ax = _axes(ax)
    ordered = np.sort(values)
    ax.plot(np.arange(start, len(ordered)), ordered[start:], color=BLUE, linewidth=2)
    symbols = "os^Dv*P"
    colors = [GREY, GREEN, RED, ORANGE, PURPLE, BLACK, SKY]
    for number, (label, value) in enumerate((marks or {}).items()):
        place = int(np.searchsorted(ordered, value, side="right"))
        ax.plot(
            place, value, symbols[number % len(symbols)], color=colors[number % len(colors)], markersize=9,
            markeredgecolor="white", label=f"{label}: {value:.2f} %, rank {len(ordered) - place + 1:,}",
        )  # fmt: skip
    ax.set(xlabel="architectures, from worst to best", ylabel=ylabel)
    if marks:
        ax.legend(frameon=False, loc="best")
    ax.grid(alpha=0.3)
    return ax


def plot_rank_scatter(
    x: np.ndarray,
    y: np.ndarray,
    ax: Axes | None = None,
    xlabel: str = "",
    ylabel: str = "",
    top: float = 0.1,
) -> Axes:
    """Draw the rank of each architecture by x against its rank by y (1 is best), the best by y marked."""
    ax = _axes(ax, (4.6, 4.4))
    ranks = [np.argsort(np.argsort(-np.asarray(values), kind="stable"), kind="stable") + 1 for values in (x, y)]
    best = ranks[1] <= top * len(ranks[1])
    ax.plot(ranks[0][~best], ranks[1][~best], ".", color=GREY, markersize=2, alpha=0.4, label="the rest")
    ax.plot(ranks[0][best], ranks[1][best], "+", color=RED, markersize=4, alpha=0.6, label=f"best {top:.0%}")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.invert_xaxis()
    ax.invert_yaxis()
    ax.locator_params(nbins=5)
    legend = ax.legend(frameon=True, loc="lower left")
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(8)
    return ax


def plot_family_tree(
    history: History, step: int | None = None, population_size: int = 20, ax: Axes | None = None
) -> Axes:
    """Draw the family tree of an evolution run after some evaluations: who descends from whom, who is alive.

    Parameters
    ----------
    history : of a `RegularizedEvolution` with aging: its population is the last `population_size` successes.
    step : evaluations to show, 1…len(history); None: all.
    """
    ax = _axes(ax, (8, 4.2))
    step = len(history) if step is None else step
    if not 1 <= step <= len(history):
        raise ValueError(f"step {step}: choose 1…{len(history)}")
    records = [record for record in history[:step] if isinstance(record.value, float)]
    values = {record.proposal.id: float(record.value) for record in records if isinstance(record.value, float)}
    parents = {record.proposal.id: record.proposal.parents for record in records}
    best = max(values, key=lambda i: (values[i], -i))
    lineage = [best]
    while parents[lineage[-1]]:
        lineage.append(parents[lineage[-1]][0])
    for child, its_parents in parents.items():
        for parent in its_parents:
            ax.plot([parent, child], [values[parent], values[child]], "-", color=GREY, linewidth=0.6, alpha=0.5)
    ax.plot(lineage, [values[i] for i in lineage], "-", color=RED, linewidth=2, label="line of the best", zorder=2)
    ids = np.array([record.proposal.id for record in records])
    heights = np.array([values[i] for i in ids])
    alive = np.arange(len(ids)) >= len(ids) - population_size
    ax.plot(ids[~alive], heights[~alive], "x", color=GREY, markersize=4, label="removed")
    points: PathCollection = ax.scatter(
        ids[alive], heights[alive], c=len(ids) - np.flatnonzero(alive), cmap="viridis", vmin=1, vmax=population_size,
        s=45, edgecolors="white", linewidths=0.6, zorder=3, label="in the population",
    )  # fmt: skip
    ax.plot(best, values[best], "*", color=RED, markersize=15, markeredgecolor="white", zorder=4, label="best so far")
    ax.figure.colorbar(points, ax=ax, label="age (evaluations since birth)")
    every = np.array([record.value for record in history if isinstance(record.value, float)])
    low, high = np.quantile(every, 0.1), every.max()
    margin = 0.08 * (high - low)
    ax.set(
        xlim=(-3, len(history) + 3), ylim=(low - margin, high + margin), xlabel="evaluation",
        ylabel="value it was selected by",
    )  # fmt: skip
    ax.legend(frameon=True, framealpha=0.9, loc="lower right", fontsize=9)
    return ax


PILLARS = ("search space", "search strategy", "performance estimation")


def you_are_here(*here: str, ax: Axes | None = None) -> Axes:
    """Draw the three parts of NAS (Elsken, Metzen & Hutter 2019) with the parts of this lesson marked."""
    for name in here:
        if name not in PILLARS:
            raise ValueError(f"part {name!r}: choose among {', '.join(PILLARS)}")
    ax = _axes(ax, (9, 1.3))
    notes = ("what can be built?", "which one to try next?", "how good is it?")
    for x, (name, note) in enumerate(zip(PILLARS, notes)):
        is_here = name in here
        ax.text(
            3.4 * x, 0, f"{name}\n{note}" + ("\n(this lesson)" if is_here else ""), ha="center", va="center",
            fontsize=11, color="white" if is_here else BLACK,
            bbox={"boxstyle": "round,pad=0.6", "facecolor": BLUE if is_here else "white", "edgecolor": BLUE},
        )  # fmt: skip
    for start, end, height, label in [(1.15, 2.15, 0, ""), (4.6, 5.4, 0.2, "proposal"), (5.4, 4.6, -0.2, "value")]:
        ax.annotate("", (end, height), (start, height), arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.5})
        ax.text((start + end) / 2, 2.2 * height, label, ha="center", va="center", fontsize=9)
    ax.set(xlim=(-1.4, 8.2), ylim=(-0.7, 0.7))
    ax.axis("off")
    return ax


def plot_winners_curse(bench: Benchmark, n: int = 200, metric: str = "val_accuracy", ax: Axes | None = None) -> Axes:
    """Draw what the best of n random architectures seems worth by the search seed, and what it is worth by the others.

    Parameters
    ----------
    n : number of draws to point out, 1…10,000.
    metric : in percent.
    """
    ax = _axes(ax)
    seen, kept_back = bench.values(metric, "search"), bench.values(metric, "report")
    draws = np.unique(np.logspace(0, 4, 60).round().astype(int))
    lines = [(None, RED, "-", "by the seed that chose it"), (kept_back, BLUE, "--", "by the other seeds")]
    for values, color, style, label in lines:
        ax.semilogx(draws, [expected_best_of(k, seen, values) for k in draws], style, color=color, lw=2, label=label)
    believed, real = expected_best_of(n, seen), expected_best_of(n, seen, kept_back)
    ax.plot([n, n], [real, believed], "o-", color=BLACK, markersize=5)
    ax.annotate(
        f"best of {n:,}: {believed:.2f} → {real:.2f}\ncurse: {believed - real:.2f} points", (n, (believed + real) / 2),
        xytext=(12, -52), textcoords="offset points", arrowprops={"arrowstyle": "-", "color": GREY},
    )  # fmt: skip
    top = expected_best_of(int(draws[-1]), seen)
    ax.set(xlabel="number of random cells tried", ylabel="accuracy of the winner (%)", title=bench.name)
    ax.set_ylim(expected_best_of(5, seen), top + 0.05 * (top - expected_best_of(5, seen)))
    ax.legend(frameon=False, loc="upper left")
    ax.grid(alpha=0.3)
    return ax


def plot_cell_explorer(genotype: Genotype, most: int = 6) -> Figure:
    """Draw a cell, the function it computes, and a strip of other cells that compute the same function.

    Parameters
    ----------
    genotype : of `CellSpace`.
    most : equivalents to draw, at least 1.
    """
    space = CellSpace()
    others = [other for other in space.equivalents(genotype) if other != genotype]
    figure = plt.figure(figsize=(12, 4.8), layout="constrained")
    (top, bottom) = figure.subfigures(2, 1, height_ratios=(1.6, 1))  # type: ignore[misc]
    representative = space.canonical(genotype)
    note = "it is its own representative" if representative == genotype else f"representative {representative}"
    draw_cell(genotype, top.subplots(), title=f"{genotype}:  out = {space.formula(genotype)}")
    bottom.suptitle(f"{len(others):,} other cells compute the same function; {note}", fontsize=10)
    for ax, other in zip(bottom.subplots(1, most), others[:most] + [None] * most):
        if other is None:
            ax.axis("off")
        else:
            draw_cell(other, ax, scale=0.62)
    return figure


def draw_two_input_cell(edges: Sequence[tuple[int, str]], ax: Axes | None = None, title: str = "") -> Axes:
    """Draw a NASNet or DARTS cell: two inputs, inner nodes with two incoming edges each, the outputs concatenated.

    Parameters
    ----------
    edges : two per inner node, in order: (where from, operation); 0 and 1 are the outputs of the two cells before,
        2, 3, … the inner nodes.
    """
    ax = _axes(ax, (8, 3.6))
    inner = len(edges) // 2
    names = ["cell k−2", "cell k−1", *map(str, range(inner)), "concat"]
    places = [(0, 1.5), (0, 0), *((1.4 + 1.2 * i, 0.75) for i in range(inner)), (1.4 + 1.2 * inner, 0.75)]
    operations = list(dict.fromkeys(operation for _, operation in edges))
    styles = dict(
        zip(operations, [(BLUE, "-"), (BLACK, "--"), (ORANGE, "-."), (RED, ":"), (PURPLE, "-"), (GREEN, "--")])
    )
    for number, (source, operation) in enumerate(edges):
        color, line = styles[operation]
        start, stop = places[source], places[2 + number // 2]
        bend = {0: -0.25, 1: 0.25}.get(source, -0.45)
        arrow = {"arrowstyle": "-|>", "connectionstyle": f"arc3,rad={bend}", "shrinkA": 16, "shrinkB": 12}
        ax.annotate("", stop, start, arrowprops=arrow | {"color": color, "linestyle": line, "linewidth": 1.6})
    for node in range(2, 2 + inner):
        arrow = {"arrowstyle": "-", "connectionstyle": "arc3,rad=0.35", "color": GREY, "linestyle": (0, (1, 3))}
        ax.annotate("", places[-1], places[node], arrowprops=arrow)
    for name, (x, y) in zip(names, places):
        ax.text(x, y, name, ha="center", va="center", bbox={"boxstyle": "round", "fc": "white", "ec": BLACK})
    handles = [Line2D([], [], color=styles[name][0], ls=styles[name][1], label=name) for name in operations]
    ax.legend(handles=handles, frameon=False, loc="upper right", fontsize=9)
    ax.set(xlim=(-0.6, places[-1][0] + 0.6), ylim=(-0.55, 2.2), title=title)
    ax.axis("off")
    return ax


def plot_funnel(counts: Mapping[str, int], ax: Axes | None = None) -> Axes:
    """Draw how many architectures are left under ever finer notions of "the same".

    Parameters
    ----------
    counts : label and count, from most to fewest.
    """
    ax = _axes(ax, (8, 0.8 + 0.6 * len(counts)))
    for row, count in enumerate(counts.values()):
        ax.barh(row, count, left=-count / 2, color=BLUE, alpha=1 - 0.7 * row / len(counts), height=0.75)
        ax.text(0, row, f"{count:,}", ha="center", va="center", color="white", fontweight="bold")
    ax.set(yticks=range(len(counts)), yticklabels=list(counts), xticks=[])
    ax.invert_yaxis()
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)
    return ax


def plot_random_search_in_table(bench: Benchmark, evaluations: int = 200, ax: Axes | None = None) -> Axes:
    """Draw a table's architectures from worst to best, and where random search stands after some evaluations.

    The mark is the expected accuracy, by the other seeds, of the best architecture by the search seed.
    """
    ax = _axes(ax, (8, 4))
    values = bench.values("val_accuracy", "all")
    found = expected_best_of(evaluations, bench.values("val_accuracy", "search"), bench.values("val_accuracy"))
    marks = {f"random search, {evaluations:,} evaluations": found}
    resnet = COMPANIONS["ResNet-like"]
    if resnet in bench.genotypes:
        marks["ResNet-like cell"] = float(values[bench.genotypes.index(resnet)])
    plot_sorted_accuracies(values, marks, ax=ax)
    ax.set_title(bench.name)
    return ax


def plot_policy_run(
    trajectory: Sequence[PolicyRecord],
    space: SearchSpace,
    ranks: Mapping[Genotype, int],
    update: int = -1,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw how a policy sharpened: the rank of its modal architecture, its probabilities at one update, its entropy.

    Parameters
    ----------
    trajectory : of `Reinforce` or `PPO`.
    ranks : the true rank of every architecture, 1 is best.
    update : which update's probabilities to show, an index of the trajectory.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(6, 6.4), layout="constrained") if figure is None else figure
    above, middle, below = figure.subplots(3, 1, height_ratios=(1, 1.5, 1))
    shown = trajectory[update]
    steps = [record.evaluations for record in trajectory]
    above.semilogy(steps, [ranks[record.modal_genotype] for record in trajectory], "o-", color=BLUE, markersize=3)
    above.set(ylabel="true rank of the\nmodal architecture", ylim=(1.5 * len(ranks), 0.7))
    below.plot(steps, [record.entropy for record in trajectory], "-", color=RED)
    below.axhline(0, color=BLACK, linewidth=0.8)
    below.set(xlabel="evaluations", ylabel="entropy (nats)", ylim=(None, 1.05 * max(r.entropy for r in trajectory)))
    for ax in (above, below):
        ax.axvline(shown.evaluations, color=BLACK, linewidth=1, linestyle=":")
        ax.grid(alpha=0.3)
    most = max(len(table) for table in shown.probabilities)
    table = np.full((len(shown.probabilities), most), np.nan)
    for row, probabilities in enumerate(shown.probabilities):
        table[row, : len(probabilities)] = probabilities
    middle.imshow(table, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(~np.isnan(table)):
        dark = table[row, column] > 0.6
        middle.text(
            column, row, f"{table[row, column]:.2f}", ha="center", va="center", fontsize=8,
            color="white" if dark else BLACK,
        )  # fmt: skip
    middle.set(yticks=range(len(table)), yticklabels=[variable.name for variable in space.variables])
    middle.set(xticks=range(most), title=f"policy after {shown.evaluations} evaluations")
    longest = max(space.variables, key=lambda variable: len(variable.choices))
    middle.set_xticklabels([str(choice) for choice in longest.choices], fontsize=8)
    return figure
