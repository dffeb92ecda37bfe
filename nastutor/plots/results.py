"""Pictures of tables and of what searches found in them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nastutor.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SEARCHER_MARKERS,
    SEARCHER_STYLES,
    SKY,
    new_axes,
    searcher_in,
    styles_of,
)
from nastutor.spaces.cell import COMPANIONS
from nastutor.statistics import bootstrap_band, expected_best_of

if TYPE_CHECKING:
    from nastutor.benchmarks import Benchmark


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
    ax = new_axes(ax)
    for (name, values), (color, style) in zip(curves.items(), styles_of(list(curves)).values()):
        band = bootstrap_band(values[:, first - 1 :])
        steps = np.arange(first, values.shape[1] + 1)
        ax.plot(
            steps, band.mean, linestyle=style, color=color, label=name, linewidth=2,
            marker=SEARCHER_MARKERS.get(name), markersize=6, markevery=ceil(len(steps) / 6),
        )  # fmt: skip
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
    marks : label and value of what to point out, drawn where that value would stand in the order. A label that begins
        with a searcher's class name gets that searcher's colour and marker.
    start : leave out this many of the worst.
    """
    ax = new_axes(ax)
    ordered = np.sort(values)
    ax.plot(np.arange(start, len(ordered)), ordered[start:], color=BLUE, linewidth=2)
    others = cycle(zip("DvP*X", (PURPLE, BLACK, ORANGE, RED, SKY)))
    for label, value in (marks or {}).items():
        place = int(np.searchsorted(ordered, value, side="right"))
        name = searcher_in(label)
        marker, color = (SEARCHER_MARKERS[name], SEARCHER_STYLES[name][0]) if name else next(others)
        ax.plot(
            place, value, marker, color=color, markersize=9, markeredgecolor="white",
            label=f"{label}: {value:.2f} %, rank {len(ordered) - place + 1:,}",
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
    ax = new_axes(ax, (4.6, 4.4))
    ranks = [np.argsort(np.argsort(-np.asarray(values), kind="stable"), kind="stable") + 1 for values in (x, y)]
    best = ranks[1] <= top * len(ranks[1])
    ax.plot(ranks[0][~best], ranks[1][~best], ".", color=GREY, markersize=2, alpha=0.4, label="the rest")
    ax.plot(ranks[0][best], ranks[1][best], "+", color=RED, markersize=4, alpha=0.6, label=f"best {top:.0%}")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.invert_xaxis()
    ax.invert_yaxis()
    ax.locator_params(nbins=5)
    legend = ax.legend(frameon=True, loc="lower right")  # hardly anything is among the best by x and the worst by y
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(8)
    return ax


def plot_winners_curse(bench: Benchmark, n: int = 200, metric: str = "val_accuracy", ax: Axes | None = None) -> Axes:
    """Draw what the best of n random architectures seems worth by the search seed, and what it is worth by the others.

    Parameters
    ----------
    n : number of draws to point out, 1…10,000.
    metric : in percent.
    """
    ax = new_axes(ax)
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


def plot_random_search_in_table(bench: Benchmark, evaluations: int = 200, ax: Axes | None = None) -> Axes:
    """Draw a table's architectures from worst to best, and where random search stands after some evaluations.

    The mark is the expected accuracy, by the other seeds, of the best architecture by the search seed.
    """
    ax = new_axes(ax)
    values = bench.values("val_accuracy", "all")
    found = expected_best_of(evaluations, bench.values("val_accuracy", "search"), bench.values("val_accuracy"))
    marks = {f"RandomSearch, {evaluations:,} evaluations": found}
    resnet = COMPANIONS["ResNet-like"]
    if resnet in bench.genotypes:
        marks["ResNet-like cell"] = float(values[bench.genotypes.index(resnet)])
    plot_sorted_accuracies(values, marks, ax=ax)
    ax.set_title(bench.name)
    return ax


def plot_funnel(counts: Mapping[str, int], ax: Axes | None = None) -> Axes:
    """Draw how many architectures are left under ever finer notions of "the same".

    Parameters
    ----------
    counts : label and count, from most to fewest.
    """
    ax = new_axes(ax, (7, 0.8 + 0.6 * len(counts)))
    for row, count in enumerate(counts.values()):
        ax.barh(row, count, left=-count / 2, color=BLUE, alpha=1 - 0.7 * row / len(counts), height=0.75)
        ax.text(0, row, f"{count:,}", ha="center", va="center", color="white", fontweight="bold")
    ax.set(yticks=range(len(counts)), yticklabels=list(counts), xticks=[])
    ax.invert_yaxis()
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)
    return ax
