"""Pictures of the gradient that α feels: a loss with kinks, and how far each gradient is from its slope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes

from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, LineStyle, new_axes

_LOOKS: list[tuple[str, LineStyle, str]] = [(RED, "--", "s"), (ORANGE, ":", "D"), (BLUE, "-", "o"), (GREEN, "-.", "^")]
FELT_LABELS = ("first order: at w", "second term left out: at w'", "the paper's ε", "autograd")
"""What the fields of `nastutor.oneshot.felt_gradient.FeltErrors` are called in pictures and tables."""


def plot_kinks(moves: np.ndarray, losses: np.ndarray, slopes: Mapping[str, float], ax: Axes | None = None) -> Axes:
    """Draw a loss along one entry of α, and lines through its middle.

    Parameters
    ----------
    moves : (n,) how far the entry is moved, symmetric around 0 and with it.
    losses : (n,) nats.
    slopes : by label, nats per unit of α.
    """
    ax = new_axes(ax, (7, 4))
    ax.plot(moves, losses, ".-", color=BLACK, markersize=4, linewidth=1, label="the loss")
    middle = losses[np.abs(moves).argmin()]
    for (label, slope), (color, style, _) in zip(slopes.items(), cycle(_LOOKS[::-1])):
        ax.plot(moves, middle + slope * moves, linestyle=style, color=color, linewidth=2, label=label)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set(xlabel="how far one entry of α is moved", ylabel="validation loss after\none step of w (nats)")
    ax.legend(frameon=True, framealpha=0.9)
    ax.grid(alpha=0.3)
    return ax


def plot_felt_errors(steps: Sequence[float], errors: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw how far four gradients are from the one that α feels, against the length of its step.

    Parameters
    ----------
    steps : (n,) lengths.
    errors : (pairs of batches, n, 4), relative, in the order of `FELT_LABELS`; drawn are the geometric mean over pairs
        as a line and every pair as a small mark.
    """
    ax = new_axes(ax, (7, 4.4))
    for field, (label, (color, style, marker)) in enumerate(zip(FELT_LABELS, _LOOKS, strict=True)):
        place = np.asarray(steps) * 1.07 ** (field - (len(FELT_LABELS) - 1) / 2)  # side by side
        ax.plot(place, errors[:, :, field].T, marker, color=color, markersize=4, alpha=0.35, linestyle="none")
        mean = np.exp(np.log(errors[:, :, field]).mean(axis=0))
        ax.plot(place, mean, linestyle=style, marker=marker, color=color, markersize=8, linewidth=2, label=label)
    ax.axhline(1, color=BLACK, linewidth=0.8)
    ax.set(xscale="log", yscale="log", xlabel="length of the step of α", ylabel="error / gradient that α feels")
    ticks = (0.1, 0.2, 0.5, 1, 2, 5)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks(steps, [f"{step:g}" for step in steps])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", frameon=False, ncols=2)
    return ax
