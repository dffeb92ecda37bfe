"""A race to a target accuracy, drawn as far as one who races along has come."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nastutor.plots.cells import draw_cell
from nastutor.plots.style import BLACK, GREY, RED, SEARCHER_MARKERS, new_axes, styles_of
from nastutor.spaces.space import Genotype

DEPTH = 15
"""Accuracy that is further below the target than this many points is below the picture."""


def plot_race(
    curves: Mapping[str, np.ndarray], steps: int, target: float, leader: str = "you", ax: Axes | None = None
) -> Axes:
    """Draw the best accuracy so far of all who race, up to the same number of evaluations.

    Parameters
    ----------
    curves : (evaluations,) percent by name, as long as they come; `leader` is drawn boldly.
    steps : evaluations to show, at least 0.
    target : percent, drawn as a line.
    """
    ax = new_axes(ax)
    ax.axhline(target, color=RED, linewidth=1.5, linestyle=":", label=f"target: {target:.2f} %")
    looks = styles_of([name for name in curves if name != leader])
    shown = {name: curve[:steps] for name, curve in curves.items()}
    for name, curve in shown.items():
        color, style = looks.get(name, (BLACK, "-"))
        ax.plot(
            np.arange(1, len(curve) + 1), curve, linestyle=style, color=color, drawstyle="steps-post",
            linewidth=3 if name == leader else 1.5, marker=SEARCHER_MARKERS.get(name, "*"),
            markersize=13 if name == leader else 6, label=name + (f": {curve[-1]:.2f} %" if len(curve) else ""),
        )  # fmt: skip
    lowest = min((float(curve.min()) for curve in shown.values() if len(curve)), default=target)
    highest = max((float(curve.max()) for curve in shown.values() if len(curve)), default=target)
    low, high = max(lowest, target - DEPTH), max(highest, target)
    margin = 0.08 * (high - low) + 0.1
    ax.set(xlim=(0.5, max(steps, 10) + 0.5), ylim=(low - margin, high + margin))
    ax.set(xlabel="different cells evaluated", ylabel="best accuracy so far (%)")
    ax.locator_params(axis="x", integer=True)
    ax.legend(frameon=False, loc="lower right")
    ax.grid(alpha=0.3)
    return ax


def plot_race_with_cell(
    curves: Mapping[str, np.ndarray], steps: int, target: float, cell: Genotype, title: str, leader: str = "you"
) -> Figure:
    """Draw a cell above the race: the one that is being built, or was evaluated last (see `plot_race`)."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5.6), height_ratios=(1, 1.5), layout="constrained")
    draw_cell(cell, above, title=title)
    if not any(cell):
        above.text(1.5, 0.6, "no edge carries anything yet", ha="center", color=GREY)
    plot_race(curves, steps, target, leader, below)
    return figure
