"""Pictures of compromises. Values are what a search maximises, (n, 2): accuracy and minus a cost, which is drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from nastutor.objectives.pareto import is_best_for_weights, is_nondominated, nondominated_sort
from nastutor.plots.style import BLACK, BLUE, GREY, ORANGE, RED, TEAL, LineStyle, new_axes, styles_of

_ACCURACY = "validation accuracy (%)"
_FRONTS = [(TEAL, "-", "o"), (ORANGE, "--", "s"), (BLUE, "-.", "^"), (RED, ":", "v")]


def plot_fronts(
    values: np.ndarray,
    fronts: Mapping[str, np.ndarray],
    xlabel: str,
    marks: Mapping[str, np.ndarray] | None = None,
    ax: Axes | None = None,
    ylabel: str = _ACCURACY,
) -> Axes:
    """Draw architectures as dots, and what is not dominated in some sets of them as staircases.

    Parameters
    ----------
    values : (n, 2) of all architectures.
    fronts : label and values (m, 2) of each set, "true front" in black; dominated points are left out.
    xlabel : the cost, with its unit.
    marks : label and values (2,) of architectures to point out.
    """
    ax = new_axes(ax)
    ax.plot(-values[:, 1], values[:, 0], ".", color=GREY, alpha=0.25, markersize=2, zorder=1, rasterized=True)
    most = float(-values[:, 1].min())
    styles = styles_of(list(fronts)) | {"true front": (BLACK, "-")}
    for name, found in fronts.items():
        _draw_staircase(ax, found, most, *styles[name], name)
    for (name, value), marker in zip((marks or {}).items(), ("s", "D", "^", "v", "P", "X")):
        ax.plot(
            -value[1], value[0], marker, color=ORANGE, markeredgecolor=BLACK, markersize=9, linestyle="", label=name,
            zorder=5,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=True, framealpha=0.9, loc="lower right")
    ax.grid(alpha=0.3)
    return ax


def _draw_staircase(ax: Axes, values: np.ndarray, most: float, color: str, style: LineStyle, label: str) -> None:
    """Draw a front from its cheapest point up to the largest cost: below and right of the line all is dominated."""
    front = _front(values)
    costs, accuracies = -front[:, 1], front[:, 0]
    ax.step(
        [*costs, most], [*accuracies, accuracies[-1]], where="post", color=color, linestyle=style, linewidth=1.6,
        zorder=3,
    )  # fmt: skip
    ax.plot(costs, accuracies, "o", color=color, markersize=4, zorder=3)
    ax.plot([], [], "o", color=color, linestyle=style, markersize=4, label=label)


def _front(values: np.ndarray) -> np.ndarray:
    """Return the different points of a front, the cheapest and least accurate first."""
    return np.unique(values[is_nondominated(values)], axis=0)


def plot_weighted_sum(
    values: np.ndarray, weight: float, xlabel: str, ax: Axes | None = None, lowest: float | None = None
) -> Axes:
    """Draw a front, which of its points some weights make the best, and what one weight chooses.

    The score is weight · accuracy − (1 − weight) · cost, both as shares of the front's range. Along a line all scores
    are equal, and the line through the winner has nothing above it.

    Parameters
    ----------
    values : (n, 2), at least two of them on the front.
    weight : of the accuracy, 0…1.
    xlabel : the cost, with its unit.
    lowest : the accuracy at which the picture begins; None: with the front.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"weight {weight}: choose a number, 0…1")
    front = _front(values)
    if len(front) < 2:
        raise ValueError("one point beats all others: there is nothing to weigh")
    ax = new_axes(ax, (7, 4.4))
    reached = is_best_for_weights(front)
    rise, run = np.ptp(front, axis=0).tolist()
    winner = front[np.argmax(front @ (weight / rise, (1 - weight) / run))]
    ax.plot(-values[:, 1], values[:, 0], ".", color=GREY, alpha=0.25, markersize=2, zorder=1, rasterized=True)
    ax.plot(-front[reached, 1], front[reached, 0], "--", color=BLUE, linewidth=1, zorder=2)
    for which, marker, color, label in [
        (reached, "o", BLUE, "best for some weights"),
        (~reached, "X", RED, "best for no weights"),
    ]:
        ax.plot(-front[which, 1], front[which, 0], marker, color=color, markersize=7, zorder=3, label=label)
    ax.axline(
        (-winner[1], winner[0]), (-winner[1] + weight * run, winner[0] + (1 - weight) * rise), color=BLACK,
        linewidth=1.5, label="equal scores", zorder=2,
    )  # fmt: skip
    ax.plot(
        -winner[1], winner[0], "*", color=ORANGE, markeredgecolor=BLACK, markersize=17, linestyle="",
        label="the winner", zorder=4,
    )  # fmt: skip
    bottom = front[:, 0].min() if lowest is None else lowest
    margin = 0.05 * (front[:, 0].max() - bottom)
    ax.set(
        xlim=(-front[:, 1].max() - 0.05 * run, -front[:, 1].min() + 0.15 * run),
        ylim=(bottom - margin, front[:, 0].max() + margin), xlabel=xlabel, ylabel=_ACCURACY,
    )  # fmt: skip
    ax.set_title(
        f"weight of the accuracy {weight:.2f}: {winner[0]:.2f} %; some weights reach {reached.sum()} of {len(front)} "
        "points", fontsize=10,
    )  # fmt: skip
    ax.legend(frameon=True, framealpha=0.9, loc="lower right")
    ax.grid(alpha=0.3)
    return ax


def plot_front_measured_again(
    searched: np.ndarray, reported: np.ndarray, xlabel: str, ax: Axes | None = None, ylabel: str = _ACCURACY
) -> Axes:
    """Draw the front by one measurement, and what its architectures are worth by another.

    Parameters
    ----------
    searched, reported : (n, 2) of all architectures, in one order.
    xlabel : the cost, with its unit.
    """
    ax = new_axes(ax)
    most = float(-searched[:, 1].min())
    chosen = is_nondominated(searched)
    _draw_staircase(ax, searched, most, TEAL, "-", "front by the search seed")
    for before, after in zip(searched[chosen], reported[chosen]):
        ax.plot([-before[1], -after[1]], [before[0], after[0]], "-", color=RED, linewidth=0.8, zorder=2)
    ax.plot(
        -reported[chosen, 1], reported[chosen, 0], "x", color=RED, markersize=6, linestyle="", zorder=4,
        label="the same cells, other seeds",
    )  # fmt: skip
    _draw_staircase(ax, reported, most, BLACK, ":", "front by the other seeds")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=True, framealpha=0.9, loc="lower right")
    ax.grid(alpha=0.3)
    return ax


def plot_selection(values: np.ndarray, kept: np.ndarray, xlabel: str, ax: Axes | None = None) -> Axes:
    """Draw how NSGA-II closes a generation: the fronts of parents and children together, and who stays.

    Parameters
    ----------
    values : (n, 2) of parents and children; kept : (n,) bool.
    xlabel : the cost, with its unit.
    """
    ax = new_axes(ax, (7, 4.4))
    fronts = nondominated_sort(values)
    shown = np.minimum(fronts, len(_FRONTS))
    for number in range(shown.max() + 1):
        is_rest = number == len(_FRONTS)
        color, style, marker = (GREY, "none", "P") if is_rest else _FRONTS[number]
        members = np.flatnonzero(shown == number)
        members = members[np.argsort(-values[members, 1], kind="stable")]
        ax.plot(-values[members, 1], values[members, 0], linestyle=style, color=color, linewidth=1, zorder=1)
        for i in members:
            ax.plot(
                -values[i, 1], values[i, 0], marker, markersize=9, markeredgecolor=color, markeredgewidth=1.8,
                color=color if kept[i] else "white", zorder=2,
            )  # fmt: skip
        label = f"front {number}{' and later' if is_rest else ''}: {kept[members].sum()} stay"
        ax.plot([], [], marker, color=color, linestyle=style, label=label)
    ax.set(xlabel=xlabel, ylabel=_ACCURACY, title="filled: stays in the population; hollow: goes")
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4, ncols=3)
    ax.grid(alpha=0.3)
    return ax
