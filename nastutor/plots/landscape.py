"""The picture of a landscape: how good each architecture is, how far from the best, and how searches climb."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from nastutor.plots.style import BLACK, BLUE, GREY, ORANGE, RED, new_axes
from nastutor.spaces.space import Genotype

PATH_LOOKS = ((BLUE, "o-"), (RED, "s--"), (BLACK, "v:"))


def plot_landscape(
    values: Mapping[Genotype, float],
    optima: Collection[Genotype] = (),
    paths: Sequence[Sequence[Genotype]] = (),
    lowest: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the value of every architecture against how many of its variables differ from those of the best.

    A step to a neighbour leads one column to the left, one to the right, or up and down in the same. Inside a column,
    places are drawn at random.

    Parameters
    ----------
    values : by genotype, all of one length.
    optima : genotypes to mark as local optima.
    paths : walks over the landscape, each a list of genotypes; at most three.
    lowest : the lowest value to show; None: the 5 % quantile.
    """
    if len(paths) > len(PATH_LOOKS):
        raise ValueError(f"{len(paths)} paths: give at most {len(PATH_LOOKS)}")
    ax = new_axes(ax, (7, 4.4))
    genotypes = np.array(list(values))
    heights = np.array(list(values.values()))
    changed = (genotypes != genotypes[heights.argmax()]).sum(axis=1)
    places = changed + np.random.default_rng(0).uniform(-0.36, 0.36, len(changed))
    place_of = dict(zip(values, places.tolist()))
    ax.plot(places, heights, ".", color=GREY, markersize=2, alpha=0.35, label="one architecture", rasterized=True)
    if optima:
        marked = [place_of[genotype] for genotype in optima], [values[genotype] for genotype in optima]
        ax.plot(*marked, "^", color=ORANGE, markersize=9, markeredgecolor=BLACK, label="local optimum", zorder=4)
    for number, (path, (color, style)) in enumerate(zip(paths, PATH_LOOKS), start=1):
        steps = [place_of[genotype] for genotype in path], [values[genotype] for genotype in path]
        ax.plot(*steps, style, color=color, linewidth=2, markersize=6, label=f"climb {number}", zorder=5)
    low = float(np.quantile(heights, 0.05)) if lowest is None else lowest
    margin = 0.04 * (heights.max() - low)
    ax.set(
        ylim=(low - margin, heights.max() + margin), xticks=range(genotypes.shape[1] + 1), ylabel="value",
        xlabel="variables that differ from the best architecture",
    )  # fmt: skip
    ax.legend(frameon=True, framealpha=0.9, loc="lower left")
    return ax
