"""What small language models cost as sequences grow longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from nastutor.plots.style import MIXER_STYLES, new_axes


def plot_by_length(
    lengths: Sequence[int], curves: Mapping[str, np.ndarray], ylabel: str, ax: Axes | None = None
) -> Axes:
    """Draw a cost of each mixer against the length of the sequence, both on logarithmic axes.

    A cost that grows with the length is a line that rises by one decade a decade there, one that grows with its square
    by two.

    Parameters
    ----------
    lengths : (n,) tokens.
    curves : by mixer, (n,) values, or (rounds, n) measured ones: their median is drawn, from the least to the largest
        as a band.
    ylabel : the cost, with its unit.
    """
    ax = new_axes(ax, (5.6, 4.2))
    for mixer, values in curves.items():
        rounds = np.atleast_2d(values)
        color, marker = MIXER_STYLES[mixer]
        ax.plot(lengths, np.median(rounds, axis=0), f"{marker}-", color=color, linewidth=2, markersize=6, label=mixer)
        ax.fill_between(lengths, rounds.min(axis=0), rounds.max(axis=0), color=color, alpha=0.25, linewidth=0)
    ax.set(xlabel="length of the sequence (tokens)", ylabel=ylabel, xscale="log", yscale="log")
    ax.set_xticks(list(lengths), [f"{length:,}" for length in lengths])
    ax.minorticks_off()
    ax.legend(frameon=True, framealpha=0.9, loc="upper left")
    ax.grid(alpha=0.3)
    return ax
