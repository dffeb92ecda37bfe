"""Pictures of a single run of a searcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor.loop.history import History
from nastutor.plots.style import BLACK, BLUE, GREY, RED, new_axes
from nastutor.spaces.space import Genotype, SearchSpace

if TYPE_CHECKING:
    from matplotlib.collections import PathCollection

    from nastutor.searchers.reinforce import PolicyRecord


def plot_family_tree(
    history: History, step: int | None = None, population_size: int = 20, ax: Axes | None = None
) -> Axes:
    """Draw the family tree of an evolution run after some evaluations: who descends from whom, who is alive.

    Parameters
    ----------
    history : of a `RegularizedEvolution` with aging: its population is the last `population_size` successes.
    step : evaluations to show, 1…len(history); None: all.
    """
    ax = new_axes(ax, (7, 4.2))
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
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, columnspacing=1.2)
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
    figure = plt.figure(figsize=(7, 6.4), layout="constrained") if figure is None else figure
    above, middle, below = figure.subplots(3, 1, height_ratios=(1, 1.5, 1))
    shown = trajectory[update]
    steps = [record.evaluations for record in trajectory]
    above.semilogy(steps, [ranks[record.modal_genotype] for record in trajectory], "o-", color=BLUE, markersize=3)
    above.yaxis.set_major_formatter("{x:,g}")
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
            column, row, f"{table[row, column]:.2f}", ha="center", va="center",
            color="white" if dark else BLACK,
        )  # fmt: skip
    middle.set(yticks=range(len(table)), yticklabels=[variable.name for variable in space.variables])
    middle.set(xticks=range(most), title=f"policy after {shown.evaluations} evaluations")
    longest = max(space.variables, key=lambda variable: len(variable.choices))
    middle.set_xticklabels([str(choice) for choice in longest.choices])
    return figure
