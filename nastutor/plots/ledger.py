"""Pictures of the ledger: what holds where, and one claim on all its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from nastutor.plots.graphs import SIGNS
from nastutor.plots.style import BLACK, GREY, new_axes

if TYPE_CHECKING:
    from nastutor.studies.verdicts import Verdict

_HATCHES = {"holds": "", "does not hold": "//", "cannot be told": ".."}


def plot_verdict_counts(groups: Mapping[str, Sequence[Verdict]], ax: Axes | None = None) -> Axes:
    """Draw a bar for each group of rows of the ledger: how many of them hold, do not hold, or cannot be told.

    Parameters
    ----------
    groups : by name some rows, the first on top.
    """
    ax = new_axes(ax, (7, 0.5 * len(groups) + 1.6))
    counts = np.array([[sum(row.verdict == said for row in rows) for said in SIGNS] for rows in groups.values()])
    left = np.zeros(len(groups))
    for said, numbers in zip(SIGNS, counts.T):
        color = SIGNS[said][1]
        ax.barh(
            range(len(groups)), numbers, left=left, color=color, hatch=_HATCHES[said], edgecolor="white", label=said
        )
        for row, number in enumerate(numbers):
            if number:
                ax.text(left[row] + number / 2, row, str(number), ha="center", va="center", color=BLACK,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
        left += numbers
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set(xlabel="claims × tables", ylim=(len(groups) - 0.4, -0.6))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, frameon=False)
    ax.grid(visible=False)
    return ax


def plot_claim(rows: Sequence[Verdict], ax: Axes | None = None) -> Axes:
    """Draw the number and the interval of one claim on each of its tables, with the sign of its verdict.

    Parameters
    ----------
    rows : of one claim, at least one that is not out of reach.
    """
    ax = new_axes(ax, (7, 0.42 * len(rows) + 1.6))
    ax.axvline(0, color=GREY, linewidth=1)
    for place, row in enumerate(rows):
        sign, color = SIGNS[row.verdict]
        ax.plot([row.low, row.high], [place, place], color=color, linewidth=3)
        ax.plot(row.mean, place, marker="o", color=color, markeredgecolor=BLACK)
        ax.annotate(sign, (1.02, place), xycoords=("axes fraction", "data"), color=color, fontsize=16, va="center",
                    fontweight="bold", annotation_clip=False)  # fmt: skip
    ax.set_yticks(range(len(rows)), [row.table for row in rows])
    ax.set(xlabel="above zero: it holds", ylim=(len(rows) - 0.5, -0.5))
    ax.set_title(rows[0].text, fontsize=10)
    return ax
