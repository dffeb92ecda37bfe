"""Pictures of what architectures and recipes explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, new_axes

_PARTS = {"architecture": (BLUE, "white", ""), "recipe": (ORANGE, BLACK, "//"), "interaction": ("#d9d9d9", BLACK, "..")}


def plot_shares(shares: Mapping[str, Mapping[str, float]], ax: Axes | None = None) -> Axes:
    """Draw bars of which architecture, recipe and interaction each take their share, one below the other.

    Parameters
    ----------
    shares : by the label of a bar, then by ``"architecture"``, ``"recipe"``, ``"interaction"``: percent.
    """
    ax = new_axes(ax, (7, 1.3 + 0.5 * len(shares)))
    left = np.zeros(len(shares))
    for part, (color, ink, hatch) in _PARTS.items():
        widths = np.array([float(found[part]) for found in shares.values()])
        ax.barh(range(len(shares)), widths, left=left, color=color, label=part, hatch=hatch, edgecolor="white")
        for place, (start, width) in enumerate(zip(left, widths)):
            if width >= 5:
                box = {"facecolor": color, "edgecolor": "none", "pad": 1.5}
                ax.text(start + width / 2, place, f"{width:.0f}", ha="center", va="center", color=ink, bbox=box)
        left += widths
    ax.set_yticks(range(len(shares)), list(shares))
    ax.set(xlim=(0, 100), xlabel="percent of the variance between networks, noise taken off")
    ax.invert_yaxis()
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax


def plot_shares_kept(curves: Mapping[str, Sequence[float]], kept: Sequence[float], ax: Axes | None = None) -> Axes:
    """Draw what architectures explain against how many of the recipes are kept, the best ones.

    Parameters
    ----------
    curves : by task the percent that architectures explain, one for each of `kept`.
    kept : shares of the recipes, 0…1.
    """
    ax = new_axes(ax, (7, 4.2))
    looks = zip((BLUE, RED, GREEN, PURPLE, GREY), ("o-", "s--", "^-.", "D:", "v-"))
    for (name, values), (color, style) in zip(curves.items(), looks):
        ax.plot([100 * share for share in kept], values, style, color=color, label=name, markersize=6)
    marked = [100 * share for share in kept]
    ax.set(xscale="log", xlabel="recipes kept, the best ones (percent)", ylabel="architectures explain (percent)")
    ax.set_xticks(marked, [f"{share:g}" for share in marked])
    ax.minorticks_off()
    ax.set_ylim(0, 100)
    ax.invert_xaxis()
    ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    return ax
