"""Pictures of supernets, and of what shared weights say about the cells that were trained by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor.plots.relaxation import draw_parallel_edges
from nastutor.plots.style import BLACK, BLUE, GREY, OPERATION_STYLES, RED, new_axes
from nastutor.spaces.cell import EDGES, NONE, CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import bootstrap_band, rank_correlation, student_band
from nastutor.studies.oneshot import WATCHED, WATCHED_EPOCHS, watched_cells

if TYPE_CHECKING:
    from nastutor.studies.oneshot import OneShotStudy


def plot_supernet(genotype: Genotype | None = None, ax: Axes | None = None) -> Axes:
    """Draw the cell of a supernet, every operation on every edge, and one path in it.

    Parameters
    ----------
    genotype : whose operations are drawn in full, the others pale; None: all in full.
    """
    ax = new_axes(ax, (6.5, 3.8))
    path = None if genotype is None else CellSpace().validate(genotype)
    shown = [operation for operation in OPERATION_STYLES if operation != NONE]
    is_arrow = np.tile(np.arange(len(OPERATION_STYLES)) != NONE, (len(EDGES), 1))
    is_on = is_arrow if path is None else np.eye(len(OPERATION_STYLES), dtype=bool)[list(path)]
    widths = is_arrow * (1.4 if path is None else np.where(is_on, 2.4, 0.8))
    draw_parallel_edges(widths, np.where(is_on, 1.0, 0.25), ax)
    for color, style, label in (OPERATION_STYLES[operation] for operation in shown):
        ax.plot([], [], color=color, linestyle=style, linewidth=2, label=label)
    ax.legend(loc="lower left", frameon=False)
    ax.set_title("all operations" if path is None else f"the path {path}")
    return ax


def plot_shared_weights(
    study: OneShotStudy, epoch: int = WATCHED_EPOCHS[-1], run: int = 0, figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw what shared weights say of the watched cells against what the cells reach when trained by themselves.

    Left with the batch-norm statistics that training left, right with recalibrated ones, each with Kendall's τ: above
    of the cells drawn from the whole table, below, both axes enlarged, of those drawn from its best tenth.

    Parameters
    ----------
    study : with runs of "uniform paths".
    epoch : of the supernet's training, one of `WATCHED_EPOCHS`.
    run : the seed.
    figure : to draw in; its own if None.

    Raises
    ------
    ValueError : an epoch at which nothing was asked, or a run that there is not.
    """
    stored = study("uniform paths", "shared")
    if epoch not in WATCHED_EPOCHS:
        raise ValueError(f"epoch {epoch}: the weights were asked after {', '.join(map(str, WATCHED_EPOCHS))}")
    if not 0 <= run < len(stored):
        raise ValueError(f"run {run}: choose 0…{len(stored) - 1}")
    shared = stored[run, WATCHED_EPOCHS.index(epoch)]  # (2, cells)
    truth = study.test_accuracy(np.array(watched_cells()))
    figure = plt.figure(figsize=(7, 6.6), layout="constrained") if figure is None else figure
    axes = figure.subplots(2, 2, sharey="row", height_ratios=(1.3, 1))
    everything, best = slice(WATCHED), slice(WATCHED, None)
    for (whole, zoom), accuracy, which in zip(axes.T, shared, ("as training left it", "recalibrated")):
        tau, inside = (rank_correlation(accuracy[part], truth[part], kind="kendall") for part in (everything, best))
        whole.plot(accuracy[everything], truth[everything], "o", color=GREY, ms=5, label="drawn from all cells")
        for ax in (whole, zoom):
            ax.plot(accuracy[best], truth[best], "+", color=RED, ms=7, mew=1.6, label="drawn from the best tenth")
            ax.grid(alpha=0.3)
        whole.set_title(f"batch norm {which}\nall cells: τ = {tau:.2f}", fontsize=10)
        zoom.set_title(f"the best tenth, enlarged: τ = {inside:.2f}", fontsize=10)
        whole.set_xlim(0, 100)
        zoom.set_xlabel("accuracy with shared weights (%)")
    for ax in axes[:, 0]:
        ax.set_ylabel("trained alone (%)")
    axes[0, 0].legend(frameon=True, framealpha=0.9, loc="lower right")
    figure.suptitle(f"supernet of seed {run} after epoch {epoch}", fontsize=11)
    return figure


def plot_answers(
    found: Mapping[str, np.ndarray],
    ax: Axes | None = None,
    xlabel: str = "test accuracy of the chosen cell, trained alone (%)",
    levels: Mapping[str, float] | None = None,
) -> Axes:
    """Draw the answer of every run of every method as a point, their mean with its 95 % band above it.

    The band is Student's t interval for fewer than ten runs, of which a bootstrap gives too narrow ones.

    Parameters
    ----------
    found : (runs,) by method.
    levels : vertical lines by name.
    """
    ax = new_axes(ax, (7, 1.1 + 0.55 * len(found)))
    for row, values in enumerate(found.values()):
        band = student_band(values) if len(values) < 10 else bootstrap_band(values)
        ax.plot(values, np.full(len(values), row + 0.17), "o", color=GREY, ms=5, alpha=0.7)
        error = [[band.mean - band.low], [band.high - band.mean]]
        ax.errorbar([band.mean], [row - 0.17], xerr=error, fmt="D", color=BLUE, capsize=3, ms=6, lw=2)
    for (name, level), style in zip((levels or {}).items(), ("--", "-.", ":", (0, (8, 2)))):
        ax.axvline(level, color=BLACK, linestyle=style, linewidth=1.2, label=name)
    if levels:
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    ax.set(yticks=range(len(found)), yticklabels=list(found), ylim=(len(found) - 0.5, -0.5), xlabel=xlabel)
    ax.grid(axis="x", alpha=0.3)
    return ax
