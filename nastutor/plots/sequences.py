"""Pictures of small language models."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from nastutor.plots.style import BLACK, GREY, MIXER_STYLES, new_axes
from nastutor.spaces.sequence import LAYERS, SequenceSpace
from nastutor.spaces.space import Genotype

_MIXER, _FEED_FORWARD, _GAP = 1.06, 0.34, 0.1
"""Widths, in inches where four layers fill a picture of seven."""
_ENDS = 0.42
_WIDTH = 2 * _ENDS + LAYERS * (_MIXER + _FEED_FORWARD + 2 * _GAP)
_LOW, _HIGH = 0.45, 1.55


def draw_stack(genotype: Genotype, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw a small language model: each block reads what flows from the input to the output, and adds something to it.

    Parameters
    ----------
    genotype : of `SequenceSpace`. Layers with nothing are not drawn.
    title : above the drawing; by default the mixers, with the size of the feed-forward blocks if there are some.
    """
    ax, space = new_axes(ax, (7, 2.3)), SequenceSpace()
    mixers, hidden = space.mixers(genotype), space.feed_forward(genotype)
    x = _ENDS
    for mixer in mixers:
        color, _ = MIXER_STYLES[mixer]
        _draw_block(ax, x, _MIXER, mixer, color)
        x += _MIXER + _GAP
        if hidden:
            _draw_block(ax, x, _FEED_FORWARD, "feed forward", GREY)
            x += _FEED_FORWARD + _GAP
    _draw_arrow(ax, (_ENDS, 0), (x + _GAP, 0), BLACK)
    ax.text(_ENDS - 0.05, 0, "token", ha="right", va="center", fontsize=11)
    ax.text(x + _GAP + 0.05, 0, "answer", ha="left", va="center", fontsize=11)
    words = f"{', '.join(mixers) or 'no mixer'}{f'; feed forward {hidden}' if hidden and mixers else ''}"
    ax.set(xlim=(-0.15, _WIDTH + 0.4), ylim=(-0.2, _HIGH + 0.1))
    ax.axis("off")
    ax.set_title(words if title is None else title, fontsize=11, loc="left")
    return ax


def _draw_block(ax: Axes, x: float, width: float, name: str, color: str) -> None:
    """Draw a box over the stream, what it reads at its left and what it adds at its right."""
    box = FancyBboxPatch((x, _LOW), width, _HIGH - _LOW, boxstyle="round,pad=0,rounding_size=0.06")
    box.set(facecolor=(color, 0.35), edgecolor=color, linewidth=1.6)
    ax.add_patch(box)
    ax.text(
        x + width / 2, (_LOW + _HIGH) / 2, name, ha="center", va="center", fontsize=11,
        rotation=90 if width < _MIXER else 0,
    )  # fmt: skip
    _draw_arrow(ax, (x + 0.25 * width, 0), (x + 0.25 * width, _LOW), color)
    _draw_arrow(ax, (x + 0.75 * width, _LOW), (x + 0.75 * width, 0), color)


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=12, shrinkA=0, shrinkB=0, linewidth=1.6, color=color
        )
    )
