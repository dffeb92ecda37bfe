"""The picture of a controller that writes an architecture, unrolled over the variables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from nastutor.plots.style import BLACK, BLUE, GREY, RED, new_axes
from nastutor.spaces.space import Genotype, SearchSpace


def plot_controller(
    space: SearchSpace, genotype: Genotype, probabilities: Sequence[np.ndarray], ax: Axes | None = None
) -> Axes:
    """Draw how a recurrent controller writes a genotype: one step for each variable, from left to right.

    Parameters
    ----------
    space : its variables name the columns, the choices of the longest the rows.
    genotype : what was chosen; framed.
    probabilities : for each variable (choices,), given the choices before, see `Walk.probabilities`.
    """
    ax = new_axes(ax, (7, 4.6))
    longest = max(space.variables, key=lambda variable: len(variable.choices))
    rows = len(longest.choices)
    for column, (variable, table, choice) in enumerate(zip(space.variables, probabilities, genotype)):
        for row, probability in enumerate(table):
            left, low = column - 0.36, rows - 1 - row
            ax.add_patch(Rectangle((left, low), 0.72, 0.8, facecolor=BLUE, alpha=float(probability), linewidth=0))
            is_chosen = row == choice
            color, width = (RED, 2.5) if is_chosen else (GREY, 0.6)
            ax.add_patch(Rectangle((left, low), 0.72, 0.8, fill=False, edgecolor=color, linewidth=width))
            ax.text(
                column, low + 0.4, f"{probability:.2f}", ha="center", va="center",
                color="white" if probability > 0.6 else BLACK, fontweight="bold" if is_chosen else "normal",
            )  # fmt: skip
        ax.add_patch(Rectangle((column - 0.36, -2.4), 0.72, 1.0, facecolor="white", edgecolor=BLACK, linewidth=1.5))
        ax.text(column, -1.9, "LSTM", ha="center", va="center")
        ax.text(column, rows + 0.15, str(variable.name), ha="center", va="bottom")
        _arrow(ax, (column, -1.4), (column, -0.1), BLACK)
        if column + 1 < len(space.variables):
            _arrow(ax, (column + 0.36, -1.9), (column + 0.64, -1.9), BLACK)
            _arrow(ax, (column + 0.36, rows - 1 - choice + 0.4), (column + 0.66, -1.45), RED)
    ax.set(xlim=(-0.5, len(space.variables) - 0.5), ylim=(-2.6, rows + 0.9), xticks=[])
    labels = [*map(str, longest.choices)]
    ax.set_yticks([rows - 1 - row + 0.4 for row in range(rows)], labels)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, color=color, linewidth=1.5))
