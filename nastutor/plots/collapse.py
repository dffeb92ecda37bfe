"""Pictures of searches whose answer gets worse: what they derive, epoch by epoch, and how good that truly is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, OPERATION_STYLES, RED, new_axes
from nastutor.spaces.cell import CONV_1X1, EDGES, NONE, POOL, SKIP
from nastutor.statistics import student_band
from nastutor.studies.equal_seconds import Worth

STACKED = (NONE, SKIP, POOL, CONV_1X1)
"""All but the 3×3 convolution, which is what is left white: first those without parameters."""
_HATCHES = {NONE: "....", SKIP: "", POOL: "////", CONV_1X1: "xxx"}
_BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
"""Behind a number that lies on a line."""


def _stretch(ax: Axes, lowest: float, highest: float, axis: Literal["x", "y"] = "y") -> None:
    """Show accuracies by the logarithm of the distance to a little more than the highest: good ones stay apart."""
    top = highest + 1.5

    def place(accuracy: np.ndarray) -> np.ndarray:
        return -np.log(np.maximum(top - accuracy, 1e-3))

    def accuracy_at(height: np.ndarray) -> np.ndarray:
        return top - np.exp(-height)

    ends = place(np.array([lowest, highest]))
    limits = accuracy_at(ends + 0.13 * (np.ptp(ends) + 0.1) * np.array([-1, 1]))
    ticks = [tick for tick in (10, 50, 70, 80, 85, 88, 90) if limits[0] <= tick <= limits[1]]
    getattr(ax, f"set_{axis}scale")("function", functions=(place, accuracy_at))
    ax.set(**{f"{axis}lim": limits, f"{axis}ticks": ticks, f"{axis}ticklabels": [str(tick) for tick in ticks]})
    ax.minorticks_off()


def plot_slide(
    genotypes: np.ndarray, accuracy: np.ndarray, figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw, a column a run, the edges by operation after each epoch (white: 3×3), and the derived cell's accuracy.

    A star marks each run's best epoch, the number beside it is its accuracy; the other number is that of the end.

    Parameters
    ----------
    genotypes : (runs, epochs, 6), the derived cells.
    accuracy : (runs, epochs) percent, of the derived cells when they are trained by themselves.
    figure : to draw in; its own if None.

    Raises
    ------
    ValueError : the two do not belong together.
    """
    if genotypes.shape != (*accuracy.shape, len(EDGES)):
        raise ValueError(
            f"genotypes {genotypes.shape} and accuracy {accuracy.shape}: give (runs, epochs, {len(EDGES)}) and "
            "(runs, epochs)"
        )
    runs, epochs = accuracy.shape
    figure = plt.figure(figsize=(0.98 * runs + 1.1, 5.6), layout="constrained") if figure is None else figure
    axes = figure.subplots(2, runs, sharex=True, sharey="row", squeeze=False)
    time = np.arange(1, epochs + 1)
    for run, (above, below) in enumerate(axes.T):
        counts = [(genotypes[run] == operation).sum(axis=1) for operation in STACKED]
        colors = [OPERATION_STYLES[operation][0] for operation in STACKED]
        layers = above.stackplot(time, counts, colors=colors, step="mid")
        for operation, layer in zip(STACKED, layers):
            layer.set(hatch=_HATCHES[operation], edgecolor="white", linewidth=0, label=OPERATION_STYLES[operation][2])
        above.set(title=f"seed {run}", ylim=(0, len(EDGES)), xlim=(1, epochs))
        below.plot(time, accuracy[run], "-", color=BLUE, linewidth=2, drawstyle="steps-mid")
        best = int(accuracy[run].argmax())
        for ax in (above, below):
            ax.axvline(best + 1, color=RED, linewidth=1, linestyle=":")
        below.plot(best + 1, accuracy[run, best], "*", color=RED, markersize=13, markeredgecolor="white", zorder=3)
        below.annotate(
            f"{accuracy[run, best]:.1f}", (best + 1, accuracy[run, best]), (0, 8), textcoords="offset points",
            ha="left" if best < epochs / 2 else "right", color=RED, bbox=_BEHIND,
        )  # fmt: skip
        below.annotate(
            f"{accuracy[run, -1]:.1f}", (epochs, accuracy[run, -1]), (-2, -12), textcoords="offset points",
            ha="right", color=BLUE, bbox=_BEHIND,
        )  # fmt: skip
        below.grid(alpha=0.3)
    _stretch(axes[1, 0], accuracy.min(), accuracy.max())
    axes[0, 0].set_ylabel("edges of the derived cell\n(white: 3×3)")
    axes[1, 0].set_ylabel("its true test accuracy (%)\n(stretched near the top)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", frameon=False, ncols=len(STACKED))
    figure.supxlabel("epoch of the search", fontsize=10)
    return figure


def plot_stopping(curves: Mapping[str, np.ndarray], reference: np.ndarray, epoch: int, ax: Axes | None = None) -> Axes:
    """Draw what a search would answer if it were stopped after an epoch, beside another method at the same cost.

    Parameters
    ----------
    curves : by name, (runs, epochs) percent: the true accuracy of the derived cell. One line a run for the first
        name, the mean with the 95 % interval of Student's t for all.
    reference : (epochs,) percent: what random search finds on average with the seconds of so many epochs.
    epoch : where to stop, 1…epochs.

    Raises
    ------
    ValueError : no such epoch.
    """
    longest = max(values.shape[1] for values in curves.values())
    if not 1 <= epoch <= longest:
        raise ValueError(f"epoch {epoch}: choose 1…{longest}")
    ax = new_axes(ax, (7, 5))
    first = next(iter(curves))
    said = []
    for (name, values), color, style in zip(curves.items(), (BLUE, RED), ("-", "--"), strict=False):
        time = np.arange(1, values.shape[1] + 1)
        bands = [student_band(column) for column in values.T]
        if name == first:
            for run in values:
                ax.plot(time, run, "-", color=GREY, linewidth=0.8, alpha=0.6, zorder=1)
        ax.plot(time, [band.mean for band in bands], linestyle=style, color=color, linewidth=2.2, label=name)
        lowest, highest = ([getattr(band, end) for band in bands] for end in ("low", "high"))
        ax.fill_between(time, lowest, highest, color=color, alpha=0.12, linewidth=0)
        at = bands[min(epoch, values.shape[1]) - 1]
        said.append(f"{name}: {at.mean:.1f} [{at.low:.1f}, {at.high:.1f}] %")
        ax.plot(
            min(epoch, values.shape[1]), at.mean, "o", color=color, markersize=8, markeredgecolor="white", zorder=4,
            clip_on=False,
        )  # fmt: skip
    ax.plot(
        np.arange(1, len(reference) + 1), reference, ":", color=BLACK, linewidth=2, label="random search, same seconds"
    )
    said.append(f"random search: {reference[min(epoch, len(reference)) - 1]:.1f} %")
    ax.axvline(epoch, color=BLACK, linewidth=1, linestyle="-.")
    ax.set(xlabel="epoch at which the search is stopped", xlim=(1, longest))
    ax.set_ylabel("true test accuracy (%)\n(stretched near the top)")
    shown = np.concatenate([reference, *(values.ravel() for values in curves.values())])
    _stretch(ax, shown.min(), shown.max())
    ax.set_title("\n".join([f"stopped after epoch {epoch}", *said]), fontsize=10)
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", frameon=False, ncols=3)
    ax.grid(alpha=0.3)
    return ax


def plot_published(
    ranks: Mapping[str, Mapping[str, Sequence[int]]], marks: Mapping[str, int], of: int, figure: Figure | None = None
) -> Figure:
    """Draw ranks of cells that searches found: a panel a dataset, a row a method, a dot a run, the best to the right.

    Parameters
    ----------
    ranks : by dataset and method; 1 is the best.
    marks : by dataset, the rank of a cell that takes no search, as a dashed line.
    of : how many cells there are; the dotted line is what a random cell has in the median.
    """
    figure = plt.figure(figsize=(7, 4.8), layout="constrained") if figure is None else figure
    axes = figure.subplots(len(ranks), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (dataset, by_method) in zip(axes, ranks.items()):
        for row, (values, color, marker) in enumerate(zip(by_method.values(), (BLUE, RED, GREEN), "osD", strict=False)):
            heights = row + 0.17 * (np.arange(len(values)) - (len(values) - 1) / 2)
            ax.plot(values, heights, marker, color=color, markersize=8, markeredgecolor="white", clip_on=False)
        ax.axvline(of / 2, color=GREY, linestyle=":", linewidth=1.5, label="a random cell (median)")
        ax.axvline(marks[dataset], color=BLACK, linestyle="--", linewidth=1.2, label="all 3×3, no search")
        ax.set_yticks(range(len(by_method)), list(by_method))
        ax.set(xscale="log", xlim=(of, 1), ylim=(len(by_method) - 0.5, -0.5))
        ax.set_title(dataset, loc="left", fontsize=10)
        ax.grid(alpha=0.3, axis="x")
    axes[-1].set_xticks([10_000, 1000, 100, 10, 1], ["10,000", "1,000", "100", "10", "1"])
    axes[-1].set_xlabel(f"rank of the cell, of {of:,} (better to the right)")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", frameon=False, ncols=2)
    return figure


def plot_missed(lost: np.ndarray, by_alpha: Sequence[int], by_loss: Sequence[int], ax: Axes | None = None) -> Axes:
    """Draw what a mixture loses without an operation of an edge, with what two ways of deriving a cell keep.

    Parameters
    ----------
    lost : (6, 5) percentage points, in rows the edges.
    by_alpha, by_loss : (6,) the operation kept on each edge: marked by a circle, and by a square.
    """
    ax = new_axes(ax, (7, 4))
    image = ax.imshow(lost, cmap="viridis", aspect="auto", norm="symlog")
    rows = np.arange(len(EDGES))
    ax.plot(by_alpha, rows, "o", markersize=30, markerfacecolor="none", color=RED, markeredgewidth=2, label="by α")
    ax.plot(
        by_loss,
        rows,
        "s",
        markersize=36,
        markerfacecolor="none",
        color=BLACK,
        markeredgewidth=2,
        label="by what is missed",
    )
    bright = np.nanmax(lost) / 3  # the scale is logarithmic: its upper, light end
    for (edge, operation), points in np.ndenumerate(lost):
        ax.annotate(
            f"{points:.1f}",
            (operation, edge),
            ha="center",
            va="center",
            color=BLACK if not points < bright else "white",
        )
    ax.set_xticks(range(lost.shape[1]), [OPERATION_STYLES[operation][2] for operation in range(lost.shape[1])])
    ax.set_yticks(rows, [f"{source} → {target}" for source, target in EDGES])
    ax.set(xlabel="operation taken out", ylabel="of the edge")
    ax.figure.colorbar(image, ax=ax, label="points of accuracy lost")
    ax.figure.legend(
        *ax.get_legend_handles_labels(), loc="outside upper center", frameon=False, ncols=2, markerscale=0.4
    )
    return ax


def plot_equal_seconds(
    answers: Mapping[str, Worth], marks: Mapping[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how good answers of searches truly are, the best on top, and what random search finds in as many seconds.

    Parameters
    ----------
    answers : by method; at most eight are read at a glance.
    marks : further accuracies, percent, as vertical lines.
    """
    ax = new_axes(ax, (7, 0.5 * len(answers) + 1.6))
    ordered = sorted(answers.items(), key=lambda item: -item[1].found.mean)
    for row, (_, answer) in enumerate(ordered):
        band, ahead, behind = answer.found, answer.lead.low > 0, answer.lead.high < 0
        color, marker = (BLUE, "o") if ahead else (RED, "X") if behind else (BLACK, "s")
        ax.plot([band.low, band.high], [row, row], color=color, linewidth=2, alpha=0.6, solid_capstyle="butt")
        ax.plot(band.mean, row, marker, color=color, markersize=9, markeredgecolor="white", zorder=3)
        ax.plot(answer.random, row, "|", color=GREY, markersize=20, markeredgewidth=3)
    handles = [
        Line2D([], [], color=color, marker=marker, linewidth=2, markeredgecolor="white", markersize=9, label=label)
        for color, marker, label in (
            (BLUE, "o", "ahead of random search"), (BLACK, "s", "cannot be told"), (RED, "X", "behind"),
        )
    ]  # fmt: skip
    random = Line2D([], [], color=GREY, marker="|", linestyle="", markersize=14, markeredgewidth=3)
    random.set_label("random search, same seconds")
    for (name, value), style in zip((marks or {}).items(), (":", "-.", "--")):
        handles.append(ax.axvline(value, color=BLACK, linestyle=style, linewidth=1.2, label=name))
    found = np.array([answer.found for _, answer in ordered])
    _stretch(ax, found[:, 0].min(), max([*found[:, 0], *(marks or {}).values()]), axis="x")
    ax.set_yticks(range(len(ordered)), [f"{name}\n{answer.trainings} trainings" for name, answer in ordered])
    ax.set(xlabel="true test accuracy (%), stretched near the top", ylim=(len(ordered) - 0.5, -0.5))
    ax.grid(alpha=0.3, axis="x")
    ax.figure.legend(handles=[*handles, random], loc="outside upper center", frameon=False, ncols=2)
    return ax
