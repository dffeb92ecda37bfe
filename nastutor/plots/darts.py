"""Pictures of DARTS: a bilevel problem that can be drawn, α over the epochs, and what the derived cells are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor.plots.cells import draw_cell
from nastutor.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    OPERATION_STYLES,
    ORANGE,
    PURPLE,
    RED,
    SEARCHER_STYLES,
    LineStyle,
    new_axes,
)
from nastutor.primers.scalar_bilevel import START, descend
from nastutor.spaces.cell import EDGES, OPERATIONS
from nastutor.statistics import bootstrap_band

_SERIES: list[tuple[str, LineStyle, str]] = [
    (BLUE, "-", "o"), (RED, "--", "s"), (GREEN, "-.", "^"), (BLACK, ":", "D"), (PURPLE, (0, (6, 1.5, 1, 1.5)), "v"),
    (ORANGE, (0, (10, 3)), "P"),
]  # fmt: skip


def plot_bilevel(
    xi: Sequence[float] = (0.0, 0.05, 0.2, 0.5),
    weight_rate: float = 0.1,
    steps: int = 200,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw descents on the scalar bilevel problem: in the plane of α and w, and the true objective step by step.

    Parameters
    ----------
    xi : one descent each.
    weight_rate, steps : see `nastutor.primers.scalar_bilevel.descend`.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(7, 7.4), layout="constrained") if figure is None else figure
    plane, objective = figure.subplots(2, 1, height_ratios=(1.3, 1))
    ends = np.array([-0.5, 4.5])
    plane.plot(ends, ends, "-", color=GREY, linewidth=5, alpha=0.3)
    plane.text(3.4, 3.95, "w = w*(α)", color=GREY, ha="right")
    plane.plot(1, 1, "*", color=ORANGE, markersize=22, markeredgecolor=BLACK)
    plane.annotate("solution", (1, 1), xytext=(-12, 10), textcoords="offset points", ha="right")
    for value, (color, style, marker) in zip(xi, cycle(_SERIES)):
        path = descend(value, weight_rate, steps=steps)
        label = f"ξ = {value:g}, ends at α = {path[-1, 0]:.2f}"
        plane.plot(*path.T, linestyle=style, color=color, linewidth=1.8)
        plane.plot(*path[-1], marker, color=color, markersize=8, markeredgecolor="white")
        objective.plot((path[:, 0] - 1) ** 2, linestyle=style, color=color, linewidth=2, label=label)
    plane.plot(*START, "x", color=BLACK, markersize=9, markeredgewidth=2)
    plane.annotate("start", START, xytext=(-8, 0), textcoords="offset points", ha="right", va="center")
    plane.set(xlabel="α", ylabel="w", xlim=ends, ylim=(-2.5, 4.5))
    objective.set(xlabel="step", ylabel="true objective, L_val(w*(α), α)")
    objective.legend(frameon=True, framealpha=0.9)
    for ax in (plane, objective):
        ax.grid(alpha=0.3)
    return figure


def plot_alpha_run(
    alphas: np.ndarray,
    ranks: Mapping[str, np.ndarray],
    run: int = 0,
    places: int = 15_625,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw the weights of each edge's operations over the epochs, and below the true rank of the derived cell.

    Parameters
    ----------
    alphas : (runs, epochs + 1, 6, 5), before the first epoch and after each.
    ranks : by way of deriving, (runs, epochs), 1 is best.
    run : whose α to draw; the ranks of the others are thin lines.
    places : the number of ranks.
    figure : to draw in; its own if None.
    """
    from scipy.special import softmax

    figure = plt.figure(figsize=(7, 7.6), layout="constrained") if figure is None else figure
    grid = figure.add_gridspec(3, 6, height_ratios=(1, 1, 1.5))
    weights = softmax(alphas[run], axis=-1)
    top = min(1.0, 1.1 * weights.max())
    for edge, (source, target) in enumerate(EDGES):
        ax = figure.add_subplot(grid[edge // 3, 2 * (edge % 3) : 2 * (edge % 3) + 2])
        for operation, (color, style, label) in OPERATION_STYLES.items():
            ax.plot(weights[:, edge, operation], linestyle=style, color=color, linewidth=2, label=label)
        ax.set(ylim=(0, top), title=f"edge {source} → {target}")
        ax.grid(alpha=0.3)
        if edge % 3 == 0:
            ax.set_ylabel("weight")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", frameon=False, ncols=len(OPERATIONS))
    below = figure.add_subplot(grid[2, :])
    for (label, values), (color, style, _) in zip(ranks.items(), [(RED, "-", ""), (BLUE, "--", "")]):
        epochs = np.arange(1, values.shape[1] + 1)
        below.plot(epochs, values.T, linestyle=style, color=color, linewidth=0.7, alpha=0.3)
        below.plot(epochs, values[run], linestyle=style, color=color, linewidth=2.5, label=label)
    below.axhline(places / 2, color=GREY, linewidth=1, linestyle=":")
    below.text(epochs[-1], places / 2, "a random cell, median ", ha="right", va="top", color=GREY)
    below.set(xlabel="epoch of the search", ylabel="true rank of\nthe derived cell", yscale="log", xlim=(0, epochs[-1]))
    below.set_ylim(places, 1)
    below.legend(frameon=True, framealpha=0.9, loc="lower left")
    below.grid(alpha=0.3)
    return figure


def plot_alpha_epoch(
    alphas: np.ndarray,
    genotypes: np.ndarray,
    accuracies: np.ndarray,
    epoch: int,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw one epoch of a run: the weights as a table, the derived cell, and its true accuracy among all epochs.

    Parameters
    ----------
    alphas : (epochs + 1, 6, 5).
    genotypes, accuracies : (epochs, 6) and (epochs,) percent, of the cells derived after each epoch.
    epoch : 1…epochs.

    Raises
    ------
    ValueError : there is no such epoch.
    """
    from scipy.special import softmax

    if not 1 <= epoch <= len(genotypes):
        raise ValueError(f"epoch {epoch}: choose 1…{len(genotypes)}")
    figure = plt.figure(figsize=(7, 5.6), layout="constrained") if figure is None else figure
    grid = figure.add_gridspec(2, 2, height_ratios=(1.4, 1))
    table, drawing = figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, 0])
    weights, chosen = softmax(alphas[epoch], axis=-1), genotypes[epoch - 1].tolist()
    table.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for edge, operation in np.ndindex(weights.shape):
        is_chosen = operation == chosen[edge]
        table.text(
            operation, edge, f"{weights[edge, operation]:.2f}", ha="center", va="center",
            color="white" if weights[edge, operation] > 0.6 else BLACK, fontweight="bold" if is_chosen else None,
            bbox={"facecolor": "none", "edgecolor": RED, "linewidth": 1.5} if is_chosen else None,
        )  # fmt: skip
    labels = [OPERATION_STYLES[operation][2] for operation in range(len(OPERATIONS))]
    table.set(xticks=range(len(labels)), xticklabels=labels, yticks=range(len(EDGES)))
    table.set(yticklabels=[f"{i} → {j}" for i, j in EDGES], title=f"weights after epoch {epoch}; framed: derived")
    draw_cell(tuple(chosen), drawing, title=f"trained by itself it reaches {accuracies[epoch - 1]:.1f} %")
    below = figure.add_subplot(grid[1, 1])
    below.plot(np.arange(1, len(accuracies) + 1), accuracies, "-", color=BLUE)
    below.plot(epoch, accuracies[epoch - 1], "o", color=RED, markersize=9)
    below.set(xlabel="epoch", ylabel="true accuracy (%)", xlim=(0, len(accuracies) + 1))
    below.grid(alpha=0.3)
    return figure


def plot_run_bands(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    ax: Axes | None = None,
    xlabel: str = "epoch of the search",
    ylabel: str = "accuracy (%)",
) -> Axes:
    """Draw curves of several runs: the mean of each with its 95 % bootstrap band.

    Parameters
    ----------
    curves : by label, where (steps,) and what (runs, steps); a searcher's class name gives its own style.
    """
    ax = new_axes(ax, (7, 4.4))
    for (label, (where, values)), (color, style, _) in zip(curves.items(), cycle(_SERIES)):
        color, style = SEARCHER_STYLES.get(label, (color, style))
        band = bootstrap_band(values)
        ax.plot(where, band.mean, linestyle=style, color=color, linewidth=2, label=label)
        ax.fill_between(where, band.low, band.high, color=color, alpha=0.2, linewidth=0)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=True, framealpha=0.9, loc="best")
    ax.grid(alpha=0.3)
    return ax
