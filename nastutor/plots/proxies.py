"""Pictures of cheap scores beside the accuracies that they are to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_axes
from nastutor.statistics import Band, rank_correlation
from nastutor.statistics.correlation import ranks

_SERIES = [("o", BLUE), ("D", RED), ("s", GREEN), ("^", ORANGE), ("v", PURPLE)]


def plot_correlations(
    bands: Mapping[str, Mapping[str, Band]],
    ax: Axes | None = None,
    baselines: Sequence[str] = ("params", "macs"),
    xlabel: str = "rank correlation with accuracy",
) -> Axes:
    """Draw correlations with their bands: a row a score, the baselines on grey ground, a marker a series.

    Parameters
    ----------
    bands : by series ("all cells", "best tenth"), by score; every series has the same scores.
    baselines : the scores to set off.
    """
    names = list(next(iter(bands.values())))
    ax = new_axes(ax, (7, 0.9 + 0.42 * len(names)))
    for row, name in enumerate(names):
        if name in baselines:
            ax.axhspan(row - 0.5, row + 0.5, color=GREY, alpha=0.18, linewidth=0)
    for number, ((series, values), (marker, color)) in enumerate(zip(bands.items(), _SERIES)):
        rows = np.arange(len(names)) + 0.16 * (number - (len(bands) - 1) / 2)
        low, mean, high = (np.array([getattr(values[name], end) for name in names]) for end in ("low", "mean", "high"))
        ax.errorbar(
            mean, rows, xerr=[mean - low, high - mean], fmt=marker, color=color, capsize=2, markersize=5, label=series
        )
    ax.axvline(0, color=BLACK, linewidth=0.8)
    ax.set(yticks=range(len(names)), yticklabels=names, xlabel=xlabel, ylim=(len(names) - 0.5, -0.5))
    # Below the label of the axis, where it hides no band.
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4, ncols=2)
    ax.grid(axis="x", alpha=0.3)
    return ax


def plot_score_against_accuracy(
    scores: np.ndarray,
    accuracy: np.ndarray,
    name: str = "score",
    share: float = 0.1,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw what a score says of all architectures, and of the best share of them, each with its rank correlation.

    Parameters
    ----------
    scores : (n,), larger promises more; only their order is drawn, so −∞ is as good as any number.
    accuracy : (n,) percent.
    name : of the score.
    share : of the architectures, the best by accuracy, 0…1.
    figure : to draw in; its own if None.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share {share}: choose a number above 0, up to 1")
    figure = plt.figure(figsize=(7, 6), layout="constrained") if figure is None else figure
    everything, zoom = figure.subplots(2, 1)
    best = np.argsort(-accuracy, kind="stable")[: max(2, round(share * len(accuracy)))]
    rest = np.setdiff1d(np.arange(len(accuracy)), best)
    standing = ranks(-scores)  # from 1, the best
    everything.plot(standing[rest], accuracy[rest], ".", color=GREY, markersize=3, alpha=0.5)
    everything.plot(standing[best], accuracy[best], "+", color=RED, markersize=4, alpha=0.6)
    everything.set(title=f"all {len(accuracy):,}: rank correlation {rank_correlation(scores, accuracy):.2f}")
    zoom.plot(ranks(-scores[best]), accuracy[best], "+", color=RED, markersize=5, alpha=0.7)
    inside = rank_correlation(scores, accuracy, top=share)
    zoom.set(title=f"the best {share:.0%}: rank correlation {inside:.2f}")
    for ax, count in ((everything, len(accuracy)), (zoom, len(best))):
        ax.set(xlabel=f"rank by {name} (1 is best)", ylabel="accuracy (%)", xlim=(1.03 * count, 1 - 0.03 * count))
        ax.grid(alpha=0.3)
    return figure


def plot_agreements(
    agreements: Mapping[str, np.ndarray], figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw for each network which share of its units agrees on two images: what naswot takes the determinant of.

    Parameters
    ----------
    agreements : by name, (B, B) of `nastutor.training.zero_cost.agreement`; the diagonal is the number of units.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(7, 2.9), layout="constrained") if figure is None else figure
    axes = figure.subplots(1, len(agreements), squeeze=False)[0]
    for ax, (name, counts) in zip(axes, agreements.items()):
        units = counts[0, 0]
        shares = counts / units
        between = shares[~np.eye(len(shares), dtype=bool)]
        drawn = ax.imshow(shares, vmin=0.3, vmax=1, cmap="cividis")
        ax.set(xlabel="image", xticks=[], yticks=[])
        ax.set_title(f"{name}\n{units:,.0f} units\nmean {between.mean():.2f}", fontsize=10)
    axes[0].set_ylabel("image")
    figure.colorbar(drawn, ax=axes, shrink=0.8, label="share of units that agree")
    return figure


def plot_agreements_and_flows(
    agreements: Mapping[str, np.ndarray], flows: Mapping[str, Sequence[float]], figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw what naswot and what synflow see: the codes of two images, and below what arrives after each part.

    Parameters
    ----------
    agreements : see `plot_agreements`.
    flows : by name, the sum of the values in the image, after the stem, and after each cell, all weights positive.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(7, 6.4), layout="constrained") if figure is None else figure
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(1, 1.1)).ravel()
    plot_agreements(agreements, above)
    ax = below.subplots()
    for (name, flow), (marker, color), line in zip(flows.items(), _SERIES, (":", "-", "--", "-.", ":")):
        ax.semilogy(flow, marker + line, color=color, label=name)
        parts = ["image", "stem", *(f"cell {number}" for number in range(1, len(flow) - 1))]
    ax.set(xticks=range(len(parts)), xticklabels=parts, ylabel="flow (sum of the values)")
    ax.legend(frameon=False)
    return figure


def plot_training_beside_scores(
    after: np.ndarray, scores: Mapping[str, np.ndarray], truth: np.ndarray, figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """Draw how well a training that is cut off ranks architectures, over all and in the best tenth, by its epochs.

    Scores that need no training are level lines.

    Parameters
    ----------
    after : (epochs, n) percent, the accuracies after each epoch.
    scores : by name, (n,), up to four.
    truth : (n,) percent, of other trainings.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(7, 7.4), layout="constrained") if figure is None else figure
    axes = figure.subplots(2, 1, sharex=True)
    epochs = range(1, len(after) + 1)
    looks = ((":", BLACK), ("--", RED), ("-.", GREEN), ((0, (8, 2)), PURPLE))
    for ax, (title, top) in zip(axes, (("all cells", None), ("best tenth", 0.1))):
        curve = [rank_correlation(accuracies, truth, top=top) for accuracies in after]
        ax.plot(epochs, curve, "o-", color=BLUE, label="k epochs of training")
        for (name, values), (style, color) in zip(scores.items(), looks):
            level = rank_correlation(values, truth, top=top)
            ax.axhline(level, color=color, linestyle=style, label=name)
        ax.set(title=title, ylabel="rank correlation", ylim=(-0.05, 1))
    axes[0].legend(frameon=False, ncols=2)
    axes[1].set(xlabel=f"epochs k (of {len(after)})", xticks=epochs)
    return figure
