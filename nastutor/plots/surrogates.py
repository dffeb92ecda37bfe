"""Pictures of surrogates: what they believe, what that makes one want to evaluate, and how right they are."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor.plots.style import BLACK, BLUE, GREY, ORANGE, RED, SKY, new_axes
from nastutor.primers.one_dimension import GRID, START, acquire, gaussian_process, hidden_function, observe
from nastutor.statistics import rank_correlation

_NAMES = {"ucb": "UCB", "ei": "EI", "its": "Thompson draw", "mean": "mean"}
_GROUPS = [(GREY, ".", 2), (RED, "s", 7), (ORANGE, "^", 5), (BLUE, "x", 5)]  # colour, marker, size


def plot_acquisition(
    observations: int = 6,
    acquisition: str = "ucb",
    beta: float = 1.0,
    seed: int = 0,
    figure: Figure | SubFigure | None = None,
) -> Figure | SubFigure:
    """Draw a search in one dimension: what the surrogate believes, and below, what the acquisition makes of it.

    Parameters
    ----------
    observations, acquisition, beta, seed : see `nastutor.primers.one_dimension.observe`.
    figure : to draw in; its own if None.
    """
    figure = plt.figure(figsize=(6.4, 4.8), layout="constrained") if figure is None else figure
    above, below = figure.subplots(2, 1, height_ratios=(2, 1), sharex=True)
    x = observe(observations, acquisition, beta, seed)
    y = hidden_function(x)
    mean, deviation = gaussian_process(x, y, GRID)
    wanted = acquire(x, acquisition, beta, seed)
    following = GRID[wanted.argmax()]
    above.plot(GRID, hidden_function(GRID), "--", color=GREY, label="hidden function")
    above.plot(GRID, mean, "-", color=BLUE, label="surrogate, ± 2 standard deviations")
    above.fill_between(GRID, mean - 2 * deviation, mean + 2 * deviation, color=SKY, alpha=0.3, linewidth=0)
    above.plot(x, y, "o", color=BLACK, label=f"observed; best {y.max():.2f}")
    for number in range(len(START), len(x)):
        if np.abs(x[:number] - x[number]).min() > 0.03:  # a number for the first one at each place
            aside, side = (4, "left") if x[number] < 0.95 else (-4, "right")  # the number stays inside
            above.annotate(
                str(number + 1), (x[number], y[number]), xytext=(aside, 4), textcoords="offset points", ha=side
            )
    above.set(ylabel="value", ylim=(-1.0, 1.9))
    above.legend(frameon=False, loc="upper left", ncols=2)
    below.plot(GRID, np.where(np.isfinite(wanted), wanted, np.nan), "-", color=RED, linewidth=1.5)
    below.plot(following, wanted.max(), "v", color=RED, markersize=9, label=f"next: {following:.3f}")
    below.set(xlabel="x", ylabel=_NAMES[acquisition], xlim=(0, 1))
    below.legend(frameon=False, loc="best")
    for ax in (above, below):
        ax.axvline(following, color=RED, linewidth=0.8, linestyle=":")
        ax.grid(alpha=0.3)
    return figure


def plot_predictions(
    groups: Mapping[str, tuple[np.ndarray, np.ndarray]], ax: Axes | None = None, ylabel: str = "true rank"
) -> Axes:
    """Draw predicted against true values of up to four groups of architectures, with each group's rank correlation.

    Parameters
    ----------
    groups : by label, predicted (n,) and true (n,) ranks, where 1 is best; later groups lie above earlier ones.
    ylabel : what is true.

    Raises
    ------
    ValueError : more than four groups.
    """
    if len(groups) > len(_GROUPS):
        raise ValueError(f"{len(groups)} groups: give at most {len(_GROUPS)}")
    ax = new_axes(ax, (5.4, 4.8))
    for (label, (predicted, true)), (color, marker, size) in zip(groups.items(), _GROUPS):
        text = f"{label} ({len(true):,}): {rank_correlation(predicted, -np.asarray(true)):.2f}"
        shade = 0.25 if marker == "." else 0.9
        points = ax.plot(predicted, true, marker, color=color, markersize=size, alpha=shade, markeredgewidth=0.8)
        points[0].set_label("_hidden")
        ax.plot([], [], marker, color=color, markersize=max(size, 5), label=text)  # the legend's, in full colour
    ax.set(xlabel="predicted (√3 is the best rank, −√3 the worst)", ylabel=ylabel)
    ax.invert_yaxis()
    ax.legend(frameon=True, framealpha=0.9, title="rank correlation", loc="best")
    ax.grid(alpha=0.3)
    return ax
