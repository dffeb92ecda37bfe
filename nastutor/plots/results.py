"""Pictures of tables and of what searches found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from nastutor.statistics import Band, bootstrap_band, expected_best_of, expected_winner

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


def plot_bands_at(
    bands: Mapping[str, Mapping[int, Band]], ax: Axes | None = None, ylabel: str = "accuracy, other seeds (%)"
) -> Axes:
    """Draw a mean with its interval for each searcher at some numbers of evaluations, side by side.

    Parameters
    ----------
    bands : by searcher, then by evaluations; for instance of `statistics.crossed_band`.
    """
    ax = new_axes(ax)
    for number, ((name, found), (color, style)) in enumerate(zip(bands.items(), styles_of(list(bands)).values())):
        aside = 1.03 ** (number - (len(bands) - 1) / 2)  # so that bars do not hide one another
        steps = [evaluations * aside for evaluations in found]
        mean, low, high = np.array(list(found.values())).T
        ax.errorbar(
            steps, mean, [mean - low, high - mean], color=color, linestyle=style, label=name, capsize=3,
            marker=SEARCHER_MARKERS.get(name, "x"), markersize=7, elinewidth=1.5, linewidth=1,
        )  # fmt: skip
    marked = sorted({evaluations for found in bands.values() for evaluations in found})
    ax.set(xscale="log", xlabel="evaluations", ylabel=ylabel)
    ax.set_xticks(marked, [str(evaluations) for evaluations in marked])
    ax.minorticks_off()
    ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    return ax


def plot_differences(bands: Mapping[str, Band], highlight: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw differences with their intervals, one a line from top to bottom, and where zero is.

    Parameters
    ----------
    bands : by what is compared; a difference whose interval holds zero cannot be told from none.
    highlight : one of them, to be drawn in another colour and with a square.
    """
    ax = new_axes(ax, (7, 0.6 + 0.5 * len(bands)))
    for place, (name, band) in enumerate(bands.items()):
        color, marker = (RED, "s") if name == highlight else (BLUE, "o")
        ax.plot([band.low, band.high], [place, place], "|-", color=color)
        ax.plot(band.mean, place, marker, color=color)
    ax.axvline(0, color=BLACK, linewidth=1)
    ax.set_yticks(range(len(bands)), list(bands))
    ax.set_xlabel("difference in accuracy (points)")
    ax.invert_yaxis()
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
    """Draw what the best of n random architectures seems worth by the seed that chose it, and is worth by the others.

    Both are averaged over the seeds that can choose, so that the luck which a seed has with all architectures does not
    count as curse: see `expected_winner`.

    Parameters
    ----------
    n : number of draws to point out, 1…10,000.
    metric : in percent.
    """
    ax = new_axes(ax)
    by_seed = bench.metrics[metric]
    draws = np.unique(np.logspace(0, 4, 30).round().astype(int))
    curves = np.array([expected_winner(int(k), by_seed) for k in draws]).T
    lines = [(RED, "-", "by the seed that chose it"), (BLUE, "--", "by the other seeds")]
    for curve, (color, style, label) in zip(curves, lines):
        ax.semilogx(draws, curve, style, color=color, lw=2, label=label)
    believed, real = expected_winner(n, by_seed)
    ax.plot([n, n], [real, believed], "o-", color=BLACK, markersize=5)
    ax.annotate(
        f"best of {n:,}: {believed:.2f} → {real:.2f}\ncurse: {believed - real:.2f} points", (n, (believed + real) / 2),
        xytext=(12, -52), textcoords="offset points", arrowprops={"arrowstyle": "-", "color": GREY},
    )  # fmt: skip
    top, bottom = curves[0, -1], expected_winner(5, by_seed)[1]
    ax.set(xlabel="number of random cells tried", ylabel="accuracy of the winner (%)", title=bench.name)
    ax.set_ylim(bottom, top + 0.05 * (top - bottom))
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


def plot_run_ends(ranks: Mapping[str, Sequence[int]], ax: Axes | None = None) -> Axes:
    """Draw which ranks the architectures have that runs end on: a circle a rank, its area the number of runs.

    Parameters
    ----------
    ranks : by searcher, the rank (1 is best) that each of its runs ends on.
    """
    ax = new_axes(ax, (7, 1 + 0.8 * len(ranks)))
    for row, (name, ends) in enumerate(ranks.items()):
        where, runs = np.unique(ends, return_counts=True)
        color = styles_of([name])[name][0]
        ax.scatter(where, np.full(len(where), row), 22 * runs, color=color, alpha=0.55, linewidths=0)
        ax.plot([np.median(ends)] * 2, [row - 0.35, row + 0.35], color=BLACK, linewidth=1.5)
        for place, count in zip(where, runs):
            if count >= len(ends) / 20:
                ax.text(place, row, f"{count}", ha="center", va="center", fontweight="bold")
    ax.set(xscale="log", xlabel="rank of the architecture that a run ends on (1 is best)")
    ax.xaxis.set_major_formatter("{x:,g}")
    ax.set(yticks=range(len(ranks)), yticklabels=list(ranks), ylim=(len(ranks) - 0.4, -0.6))
    ax.grid(alpha=0.3, axis="x")
    return ax
