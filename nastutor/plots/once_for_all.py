"""Pictures of once-for-all: what each device gets of one network, what is best under a limit, and what it all costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogFormatter

from nastutor.oneshot.specialization import break_even
from nastutor.plots.style import BLACK, BLUE, GREY, ORANGE, RED, SKY, new_axes, styles_of
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.space import Genotype

_KERNEL_COLORS = (SKY, BLUE, BLACK)


def plot_device_cards(
    space: ElasticSpace,
    cards: Mapping[str, Genotype],
    notes: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw sub-networks, three in a row, from the image down: a bar a block, as wide as it has channels.

    Dotted outlines are what the elastic network has and the sub-network leaves out. The kernel size stands in the bar.

    Parameters
    ----------
    space : of the sub-networks.
    cards : by title.
    notes : by title, a text below the card.
    """
    depth, stages, notes = space.depths[-1], len(space.widths), notes or {}
    above, below = (0.8 + 0.55 * max(text.count("\n") for text in texts) for texts in (cards, notes.values() or [""]))
    height = above + (depth + 0.7) * stages + below
    across, rows = min(len(cards), 3), -(-len(cards) // 3)
    ax = new_axes(ax, (2.3 * across, 0.38 * height * rows))
    widest = max(widths[-1] for widths in space.widths)
    for i, (title, genotype) in enumerate(cards.items()):
        middle, y = 1.25 * (i % 3), height * (i // 3) + above
        ax.text(middle, y - 0.2, title, ha="center", va="bottom")
        for (width, kernels), widths in zip(space.stages_of(genotype), space.widths):
            for block in range(depth):
                whole, part = widths[-1] / widest, width / widest
                ax.add_patch(Rectangle((middle - whole / 2, y), whole, 0.8, fill=False, ls=":", ec=GREY))
                if block < len(kernels):
                    size = kernels[block]
                    color = _KERNEL_COLORS[space.kernels.index(size) % len(_KERNEL_COLORS)]
                    ax.add_patch(Rectangle((middle - part / 2, y), part, 0.8, fc=color, ec=BLACK, lw=0.5))
                    ink = BLACK if color == SKY else "white"
                    ax.text(middle, y + 0.42, f"{size}×{size}", ha="center", va="center", color=ink)
                y += 1
            ax.text(middle, y + 0.2, f"{width} of {widths[-1]} channels", ha="center", va="center")
            y += 0.7
        ax.text(middle, y, notes.get(title, ""), ha="center", va="top")
    ax.set(xlim=(-0.63, 1.25 * across - 0.62), ylim=(height * rows, 0))
    ax.axis("off")
    return ax


def plot_limit(costs: np.ndarray, accuracy: np.ndarray, limit: float, label: str, ax: Axes | None = None) -> Axes:
    """Draw all sub-networks by cost and accuracy, a limit, and what it leaves: the best, and what a random one has.

    Parameters
    ----------
    costs, accuracy : (N,) each; the accuracy in percent.
    limit : the largest cost allowed.
    label : of the cost, with its unit.

    Raises
    ------
    ValueError : nothing is so cheap; the message says what the closest is.
    """
    fits = costs <= limit
    if not fits.any():
        raise ValueError(f"{label} ≤ {limit:g} cannot be met: the closest is {costs.min():g}")
    ax = new_axes(ax)
    best = int(np.flatnonzero(fits)[accuracy[fits].argmax()])
    low, middle, high = np.quantile(accuracy[fits], [0.1, 0.5, 0.9])
    size = 3 if len(costs) > 500 else 9
    ax.plot(costs[~fits], accuracy[~fits], ".", color=GREY, alpha=0.4, ms=size, label="beyond the limit")
    ax.plot(costs[fits], accuracy[fits], ".", color=SKY, ms=size, label=f"{fits.sum():,} that keep it")
    ax.axvline(limit, color=BLACK, ls="--", lw=1)
    ax.axhspan(low, high, color=ORANGE, alpha=0.2, label="80 % of them")
    ax.axhline(middle, color=ORANGE, lw=1, label=f"half of them: {middle:.1f} %")
    ax.plot(costs[best], accuracy[best], "*", color=RED, ms=13, mec=BLACK, label=f"the best: {accuracy[best]:.1f} %")
    ax.set(xlabel=label, ylabel="validation accuracy (%)", xscale="log")
    if costs.max() < 10_000:  # beyond that powers of ten are shorter
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    ax.legend(frameon=False, loc="lower right")
    return ax


def plot_total_cost(costs: Mapping[str, tuple[float, float]], devices: int = 200, ax: Axes | None = None) -> Axes:
    """Draw total cost against the number of devices, and where the first of `costs` becomes the cheapest of two.

    Parameters
    ----------
    costs : by name, what is paid once and what each device costs, in seconds.
    devices : the picture ends there.
    """
    ax = new_axes(ax)
    n = np.arange(1, devices + 1)
    styles = styles_of(list(costs))
    (once, each), *others = costs.values()
    for name, (fixed, more) in costs.items():
        color, style = styles[name]
        ax.plot(n, fixed + more * n, color=color, ls=style, label=name)
    for fixed, more in others:
        even = break_even((once, each), (fixed, more))
        if even <= devices:
            total = once + each * even
            ax.plot(even, total, "o", color=BLACK, mfc="white", zorder=3)
            ax.annotate(f"from {even}", (even, total), (6, -13), textcoords="offset points")
    ax.set(xlabel="number of devices", ylabel="processor seconds in all", xscale="log", yscale="log")
    ax.set_xlim(1, devices)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.legend(frameon=False)
    return ax
