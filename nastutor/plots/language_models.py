"""Pictures of small language models: what a mixer sees, how groups of stacks do, and one stack among all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nastutor.plots.sequences import draw_stack
from nastutor.plots.style import BLACK, BLUE, GREY, RED, new_axes
from nastutor.spaces.space import Genotype


def plot_reach(reach: Mapping[str, np.ndarray]) -> Figure:
    """Draw how strongly each position is moved by each earlier one: a panel a mixer, dark where it is strong.

    Parameters
    ----------
    reach : by mixer (length, length), 0 or more: row t, what moves the output at t.
    """
    figure, axes = plt.subplots(1, len(reach), figsize=(7, 3.1), layout="constrained", sharey=True)
    for ax, (name, strength) in zip(np.atleast_1d(axes), reach.items()):
        ax.imshow(np.sqrt(strength / strength.max()), cmap="Blues", vmin=0, vmax=1)
        ax.plot([-0.5, len(strength) - 0.5], [-0.5, len(strength) - 0.5], color=GREY, linewidth=0.8, linestyle=":")
        ax.set_title(name, fontsize=11)
        ax.set(xlabel="input at position", yticks=range(0, len(strength), 5), xticks=range(0, len(strength), 5))
    np.atleast_1d(axes)[0].set_ylabel("output at position")
    return figure


def plot_by_group(
    groups: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None, line: tuple[str, float] | None = None
) -> Axes:
    """Draw architectures in groups, a row a group: a thin bar from the worst to the best seed, a dot at each seed.

    Parameters
    ----------
    groups : by name (n, seeds), n may be 0.
    line : what to mark with a line, a label and a value.
    """
    ax = new_axes(ax, (7, 1.1 + 0.75 * len(groups)))
    for row, values in enumerate(groups.values()):
        order = np.argsort(values.mean(axis=1) if len(values) else [], kind="stable")
        for place, i in enumerate(order):
            height = row + (0.7 * (place + 0.5) / len(values) - 0.35)
            ax.plot([values[i].min(), values[i].max()], [height, height], color=GREY, linewidth=0.8, zorder=1)
            ax.plot(values[i], [height] * values.shape[1], ".", color=BLUE, markersize=3.5, zorder=2)
    if line is not None:
        ax.axvline(line[1], color=RED, linestyle="--", linewidth=1.2, label=line[0])
        ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4)
    for row in range(1, len(groups)):
        ax.axhline(row - 0.5, color=GREY, linewidth=0.6)
    names = [f"{name} ({len(values)})" for name, values in groups.items()]
    ax.set(yticks=range(len(groups)), yticklabels=names, xlabel=xlabel, ylim=(len(groups) - 0.5, -0.5))
    ax.grid(axis="x", alpha=0.3)
    return ax


class Measured(NamedTuple):
    """A measure of all architectures of a table.

    Attributes
    ----------
    values : (n,).
    best : ``"high"`` or ``"low"``, which end is good.
    """

    values: np.ndarray
    best: str


def plot_stack_in_table(genotype: Genotype, row: int, measures: Mapping[str, Measured]) -> Figure:
    """Draw a stack, and where it stands among all by each measure, four at most.

    Parameters
    ----------
    genotype : the stack.
    row : its place in each of the arrays.
    measures : by name with its unit.
    """
    figure, axes = plt.subplot_mosaic(
        [["stack", "stack"], [0, 1], [2, 3]], figsize=(7, 6.6), layout="constrained", height_ratios=[0.9, 1, 1]
    )
    draw_stack(genotype, axes.pop("stack"))
    for ax, (name, (values, best)) in zip(axes.values(), measures.items()):
        good = values if best == "high" else -values
        rank = 1 + int((good > good[row]).sum())
        ordered = values[np.argsort(-good, kind="stable")]
        ax.plot(np.arange(1, len(values) + 1), ordered, color=GREY, linewidth=1.5)
        ax.plot(rank, values[row], "o", color=BLUE, markeredgecolor=BLACK, markersize=9)
        if values.min() > 0 and values.max() > 20 * values.min():
            ax.set_yscale("log")
        ax.set_title(f"{name}: {values[row]:,.4g}", fontsize=11)
        ax.set_xlabel(f"rank {rank} of {len(values)} ({best} is good)")
        ax.grid(alpha=0.3)
    for ax in list(axes.values())[len(measures) :]:
        ax.axis("off")
    return figure
