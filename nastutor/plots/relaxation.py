"""Pictures of the relaxation of DARTS (its figure 1): a mixed edge, and the cell before, while and after it learns."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import FancyArrowPatch

from nastutor.plots.style import BLACK, GREY, OPERATION_STYLES, new_axes
from nastutor.spaces.cell import EDGES, OPERATIONS

_HEIGHTS = {(0, 1): 0.0, (1, 2): 0.0, (2, 3): 0.0, (0, 2): 0.7, (1, 3): -0.7, (0, 3): 1.4}
_WIDEST = 9.0
"""Points, of a line that stands for a weight of 1."""


def draw_parallel_edges(widths: np.ndarray, opacities: np.ndarray, ax: Axes) -> None:
    """Draw the four nodes of a cell and, between each two of them, an arrow for each operation.

    Parameters
    ----------
    widths : (6, 5) points; an operation of width 0 is left out.
    opacities : (6, 5), 0…1; what is opaque lies above the rest.
    """
    for edge, (source, target) in enumerate(EDGES):
        for operation, (color, style, _) in OPERATION_STYLES.items():
            if not widths[edge, operation]:
                continue
            height = _HEIGHTS[source, target] + 0.13 * (operation - len(OPERATIONS) / 2)
            opacity = float(opacities[edge, operation])
            arrow = FancyArrowPatch(
                (source, 0), (target, 0), connectionstyle=f"arc3,rad={-2 * height / (target - source)}",
                arrowstyle="-|>", mutation_scale=11, shrinkA=13, shrinkB=13, linestyle=style, color=color,
                linewidth=float(widths[edge, operation]), alpha=opacity, zorder=2 if opacity == 1 else 1,
            )  # fmt: skip
            ax.add_patch(arrow)
    for node, label in enumerate(["in", "1", "2", "out"]):
        ax.plot(node, 0, "o", ms=24, color="white", markeredgecolor=BLACK, markeredgewidth=1.3, zorder=3)
        ax.text(node, 0, label, ha="center", va="center", zorder=4)
    ax.set(xlim=(-0.35, 3.35), ylim=(-1.25, 1.75), aspect="equal")
    ax.axis("off")


def plot_mixed_edge(weights: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw one edge: what comes from a node goes through all five operations, is weighed and summed up.

    Parameters
    ----------
    weights : (5,) of the operations, for instance a row of the softmax of α.
    """
    ax = new_axes(ax, (7, 3))
    for (operation, (color, style, label)), weight in zip(OPERATION_STYLES.items(), weights):
        height = len(OPERATIONS) / 2 - 0.5 - operation
        width = max(0.8, _WIDEST * float(weight))
        ax.plot([0, 1.3], [0, height], color=GREY, linewidth=1, zorder=1)
        ax.plot([1.3, 3.1, 4], [height, height, 0], color=color, linestyle=style, linewidth=width, zorder=1)
        box = {"facecolor": "white", "edgecolor": color, "boxstyle": "round,pad=0.3", "linewidth": 1.5}
        ax.text(1.3, height, label, ha="center", va="center", bbox=box, zorder=3)
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        ax.text(2.4, height, f"× {weight:.2f}", ha="center", va="center", bbox=behind, zorder=3)
    ax.plot([4, 5], [0, 0], color=BLACK, linewidth=1.5, zorder=1)
    for x, label in ((0, "from"), (4, "+"), (5, "to")):
        ax.plot(x, 0, "o", ms=30 if label != "+" else 20, color="white", markeredgecolor=BLACK, zorder=3)
        ax.text(x, 0, label, ha="center", va="center", zorder=4)
    ax.set(xlim=(-0.4, 5.4), ylim=(-2.6, 2.6))
    ax.axis("off")
    return ax


def plot_relaxation(
    stages: Mapping[str, np.ndarray], edge: int = 0, figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw one mixed edge, and below it the whole cell at several moments of a search.

    Parameters
    ----------
    stages : by title, the weights (6, 5) of the operations, 0…1; the larger, the wider the line. The mixed edge is of
        the last but one: before the cell is derived.
    edge : which of the six to enlarge.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(7, 5.6), layout="constrained") if figure is None else figure
    grid = figure.add_gridspec(2, len(stages), height_ratios=(1.15, 1))
    *_, last, _ = stages.values()
    source, target = EDGES[edge]
    enlarged = plot_mixed_edge(last[edge], figure.add_subplot(grid[0, :]))
    enlarged.set_title(f"one mixed edge, {source} → {target}: all operations at once, weighed and summed", fontsize=11)
    for column, (title, weights) in enumerate(stages.items()):
        ax = figure.add_subplot(grid[1, column])
        draw_parallel_edges(np.minimum(_WIDEST * np.asarray(weights), 4), np.ones_like(weights), ax)
        ax.set_title(title, fontsize=10)
    for color, style, label in OPERATION_STYLES.values():
        enlarged.plot([], [], color=color, linestyle=style, linewidth=3, label=label)
    handles = enlarged.get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", frameon=False, ncols=len(OPERATIONS))
    return figure
