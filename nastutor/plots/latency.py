"""Pictures of latencies: how a timing scatters, what it goes with, and how well it is predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor.plots.style import BLACK, BLUE, GREY, OPERATION_STYLES, ORANGE, RED, SKY, new_axes, styles_of
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, EDGES, POOL, CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import bootstrap_band
from nastutor.statistics.correlation import ranks

if TYPE_CHECKING:
    from nastutor.hardware.lookup_table import LookupTable


def plot_timings(wall: np.ndarray, processor: np.ndarray, warmup: int = 0, ax: Axes | None = None) -> Axes:
    """Draw timings in the order in which they were taken, with their means and their medians after the warm-up.

    Parameters
    ----------
    wall, processor : (n,) milliseconds of each pass by two clocks.
    warmup : how many of the first ones are warm-up.
    """
    ax = new_axes(ax, (7, 4))
    steps = np.arange(1, len(wall) + 1)
    for name, times, color, marker, style in [
        ("wall time", wall, ORANGE, "^", "--"),
        ("processor time", processor, BLUE, ".", "-"),
    ]:
        ax.plot(steps[:warmup], times[:warmup], "X", color=color, markeredgecolor=BLACK, markersize=9)
        ax.plot(steps[warmup:], times[warmup:], marker, color=color, markersize=4, alpha=0.7)
        middle = float(np.median(times[warmup:]))
        ax.axhline(middle, color=color, linestyle=style, linewidth=1.4)
        label = f"{name}: mean of all {np.mean(times):.2f} ms, median {middle:.2f} ms"
        ax.plot([], [], marker, color=color, linestyle=style, label=label)
    ax.plot([], [], "X", color="white", markeredgecolor=BLACK, markersize=9, label="warm-up")
    ax.set(xlabel="forward pass", ylabel="milliseconds", yscale="log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    ax.grid(alpha=0.3)
    return ax


def plot_cost_against_latency(
    cost: np.ndarray, milliseconds: np.ndarray, genotypes: Sequence[Genotype], xlabel: str, ax: Axes | None = None
) -> Axes:
    """Draw the measured latency of cells against something that is counted; cells with poolings have their own mark.

    Parameters
    ----------
    cost, milliseconds : (n,).
    xlabel : the cost, with its unit.
    """
    ax = new_axes(ax, (5.6, 4.2))
    pools = (np.asarray(genotypes) == POOL).sum(axis=1)
    groups = [
        (pools == 0, BLUE, "o", "no pooling"),
        ((pools == 1) | (pools == 2), SKY, "s", "one or two"),
        (pools > 2, ORANGE, "^", "three or more"),
    ]
    for which, color, marker, label in groups:
        ax.plot(
            cost[which], milliseconds[which], marker, color=color, markersize=5, markeredgecolor=BLACK,
            markeredgewidth=0.3, alpha=0.8, label=label,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel="measured latency (ms)")
    ax.legend(frameon=True, framealpha=0.9, loc="lower right")
    ax.grid(alpha=0.3)
    return ax


def plot_rank_slope(columns: Mapping[str, np.ndarray], names: Mapping[str, Genotype], ax: Axes | None = None) -> Axes:
    """Draw how the order of some networks changes from one cost to the next; the cheapest stands on top.

    Parameters
    ----------
    columns : by the cost's name, (n,) values, less is better. Equal ones share their mean rank.
    names : label and cell of each network. A cell with poolings is drawn dashed, another one solid.
    """
    ax = new_axes(ax, (7, 2 + 0.42 * len(names)))
    standings = np.array([ranks(values) for values in columns.values()])  # (columns, n)
    places = np.arange(len(columns))
    for i, (name, genotype) in enumerate(names.items()):
        has_pools = POOL in genotype
        color, style, marker = (ORANGE, "--", "^") if has_pools else (BLUE, "-", "o")
        ax.plot(places, standings[:, i], linestyle=style, marker=marker, color=color, linewidth=1.8, markersize=7)
        ax.annotate(name, (0, standings[0, i]), xytext=(-10, 0), textcoords="offset points", ha="right", va="center")
        ax.annotate(name, (places[-1], standings[-1, i]), xytext=(10, 0), textcoords="offset points", va="center")
    for color, style, marker, label in [(BLUE, "-", "o", "no pooling"), (ORANGE, "--", "^", "with pooling")]:
        ax.plot([], [], linestyle=style, marker=marker, color=color, label=label)
    ax.set(yticks=[], ylabel="rank, the cheapest on top")
    ax.set_xticks(places, list(columns), rotation=40, ha="right", rotation_mode="anchor")
    margin = 0.4 * places[-1]  # for the names
    ax.set_xlim(-margin, places[-1] + margin)
    ax.invert_yaxis()
    ax.legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)
    return ax


def plot_predicted_latency(
    predicted: Mapping[str, np.ndarray], measured: np.ndarray, ax: Axes | None = None, within: float = 0.1
) -> Axes:
    """Draw predicted against measured latencies, the line where they are equal, and a band around it.

    Parameters
    ----------
    predicted : by label, (n,) milliseconds.
    measured : (n,) milliseconds.
    within : half the width of the band, as a share of the measured value.
    """
    ax = new_axes(ax, (5.4, 5.2))
    ends = np.array([0, 1.05 * max(measured.max(), *(values.max() for values in predicted.values()))])
    ax.plot(ends, ends, "-", color=BLACK, linewidth=1, label="equal")
    ax.fill_between(ends, (1 - within) * ends, (1 + within) * ends, color=GREY, alpha=0.2, label=f"within {within:.0%}")
    for (name, values), color, marker in zip(predicted.items(), (BLUE, RED, ORANGE), ("o", "x", "^")):
        error = np.median(np.abs(values / measured - 1))
        ax.plot(
            measured, values, marker, color=color, markersize=4, alpha=0.7, linestyle="",
            label=f"{name}: {100 * error:.1f} % off",
        )  # fmt: skip
    ax.set(xlabel="measured latency (ms)", ylabel="predicted latency (ms)", xlim=ends, ylim=ends)
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0))  # the cloud may be anywhere in the picture
    ax.grid(alpha=0.3)
    return ax


def plot_measurements_needed(
    counts: Sequence[int],
    curves: Mapping[str, np.ndarray],
    ylabel: str,
    lines: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how good predictors are after as many measured networks, with 95 % bands over random subsets.

    Parameters
    ----------
    counts : (k,) numbers of measured networks.
    curves : by label, (subsets, k).
    ylabel : what is drawn.
    lines : label and value of what needs no measured network.
    """
    ax = new_axes(ax, (6, 4))
    for (name, values), (color, style) in zip(curves.items(), styles_of(list(curves)).values()):
        band = bootstrap_band(values)
        ax.plot(counts, band.mean, linestyle=style, marker="o", markersize=4, color=color, label=name, linewidth=2)
        ax.fill_between(counts, band.low, band.high, color=color, alpha=0.25, linewidth=0)
    for name, value in (lines or {}).items():
        ax.axhline(value, color=BLACK, linewidth=1.4, linestyle=":", label=name)
    ax.set(xlabel="measured networks", ylabel=ylabel, xscale="log", xticks=counts, xticklabels=[str(c) for c in counts])
    ax.minorticks_off()
    ax.legend(frameon=True, framealpha=0.9, loc="best")
    ax.grid(alpha=0.3)
    return ax


def plot_cost_shares(
    table: LookupTable,
    genotype: Sequence[int],
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw where a cell's time goes by a lookup table, and beside it where its MACs are.

    Parameters
    ----------
    table : of latencies.
    genotype : the cell; dead edges take nothing.
    figure : to draw in; its own if None.
    """
    from nastutor.hardware.counts import cell_network_costs
    from nastutor.hardware.lookup_table import without_dead_edges

    figure = plt.figure(figsize=(7, 3.8), layout="constrained") if figure is None else figure
    cell = without_dead_edges(genotype)
    alone = np.diag(cell)  # a cell for each edge, with that edge only: `none` is 0
    rest, *macs = cell_network_costs(
        np.vstack([np.zeros_like(cell), alone]), image_size=table.input_shape[2], **table.skeleton
    )[1] / 1e6  # fmt: skip
    costs = {
        "latency (ms)": (table.edge_latencies()[np.arange(len(EDGES)), cell], table.fixed),
        "MACs (millions)": (np.array(macs) - rest, rest),
    }
    for ax, (label, (edges, fixed)) in zip(figure.subplots(1, 2, sharey=True), costs.items()):
        for place, (operation, value) in enumerate(zip(cell, edges)):
            color, _, _ = OPERATION_STYLES[operation]
            ax.barh(place, value, color=color, hatch=_HATCHES.get(operation), edgecolor="white")
        ax.barh(len(EDGES), fixed, color="white", edgecolor=BLACK)
        total = fixed + edges.sum()
        for place, value in enumerate([*edges, fixed]):
            ax.annotate(f"{value:.2f}", (value, place), xytext=(4, 0), textcoords="offset points", va="center")
        ax.set(xlabel=label, title=f"{total:.2f} in all", xlim=(0, 1.3 * max(*edges, fixed)))
        names = [f"{edge}  {OPERATION_STYLES[operation][2]}" for edge, operation in zip(EDGES, cell)]
        ax.set_yticks(range(len(EDGES) + 1), [*names, "the rest"])
        ax.grid(alpha=0.3, axis="x")
    figure.axes[0].invert_yaxis()
    figure.suptitle(CellSpace().formula(cell), fontsize=10)
    return figure


_HATCHES = {CONV_1X1: "//", CONV_3X3: "", POOL: ".."}
