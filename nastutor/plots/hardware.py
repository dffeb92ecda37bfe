"""Pictures of devices: what bounds them, and whose winner is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nastutor.hardware.costs import LayerCosts
from nastutor.hardware.devices import Device, fastest
from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, TEAL, VIOLET, new_axes, styles_of
from nastutor.statistics import bootstrap_band

_BOUNDS = {"arithmetic": (BLUE, ""), "memory": (ORANGE, "//"), "starting operations": (GREY, "..")}


def plot_device_shares(
    devices: Sequence[Device], networks: Mapping[str, Sequence[LayerCosts]], ax: Axes | None = None
) -> Axes:
    """Draw where the modelled time goes: arithmetic, memory or the start of operations, by device and network.

    Parameters
    ----------
    devices : see `Device`.
    networks : by name, the executed operations of each.
    """
    ax = new_axes(ax, (7, 0.45 * len(devices) * len(networks) + 1.2))
    labels, shares = [], []
    for device in devices:
        for name, layers in networks.items():
            parts = device.parts_ms(layers)
            labels.append(f"{device.name}\n{name}: {sum(parts):,.{0 if sum(parts) >= 100 else 2}f} ms")
            shares.append([100 * part / sum(parts) for part in parts])
    left = np.zeros(len(labels))
    for (bound, (color, hatch)), column in zip(_BOUNDS.items(), np.array(shares).T):
        ax.barh(labels, column, left=left, color=color, hatch=hatch, edgecolor="white", label=bound)
        left += column
    ax.invert_yaxis()
    ax.set(xlabel="share of the modelled latency (%)", xlim=(0, 100))
    ax.legend(ncols=3, frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
    return ax


def plot_winners(
    latencies: Mapping[str, np.ndarray], accuracy: np.ndarray, least: float, lowest: float = 80.0
) -> Figure:
    """Draw what each device's fastest architecture costs on the other devices, and how that changes with the accuracy.

    Parameters
    ----------
    latencies, accuracy, least : see `fastest`.
    lowest : the accuracy at which the lower picture begins, percent.
    """
    names = list(latencies)
    chosen = fastest(latencies, accuracy, least)
    slower = np.array([[times[row] / times[best] for times, best in zip(latencies.values(), chosen)] for row in chosen])
    different = list(dict.fromkeys(chosen.tolist()))
    figure, (ax, below) = plt.subplots(2, 1, figsize=(7, 4.2 + 0.5 * len(names)), layout="constrained")
    ax.imshow(slower, cmap="Blues", vmin=1, vmax=3, aspect="auto")
    for i, j in np.ndindex(slower.shape):
        color = "white" if slower[i, j] > 2.2 else BLACK
        ax.text(j, i, f"{slower[i, j]:.2f}", ha="center", va="center", color=color)
    letters = ["ABCDEFGH"[different.index(row)] for row in chosen.tolist()]
    in_two_lines = [name.replace(" (", "\n(") for name in names]
    ax.set_yticks(range(len(names)), [f"{letter}: {name}" for letter, name in zip(letters, in_two_lines)])
    ax.set_xticks(range(len(names)), in_two_lines)
    ax.set_ylabel("the fastest on")
    ax.set_title(f"at least {least:g} %: latency, as a multiple of the least", fontsize=10)
    levels = np.arange(lowest, accuracy.max(), 0.25)
    is_model = np.array(["model" in name for name in names])
    rows = np.array([fastest(latencies, accuracy, level) for level in levels])
    lines = [(np.ones_like(is_model), BLACK, "-", f"of all {len(names)} devices")]
    if is_model.any() and not is_model.all():
        lines.append((is_model, RED, "--", f"of the {is_model.sum()} models"))
    for which, color, style, label in lines:
        counts = [len(np.unique(row[which])) for row in rows]
        below.step(levels, counts, color=color, linestyle=style, where="mid", label=label)
    below.axvline(least, color=TEAL, linestyle=":", label="the upper picture")
    below.set(xlabel="least accuracy asked for (%)", ylabel="different winners", ylim=(0.8, len(names) + 0.2))
    below.set_yticks(range(1, len(names) + 1))
    below.grid(alpha=0.3)
    below.legend(frameon=False)
    return figure


def plot_regret_by_limit(
    limits: np.ndarray, missed: Mapping[str, np.ndarray], xlabel: str, ax: Axes | None = None
) -> Axes:
    """Draw by how much searches miss the best accuracy within a limit, mean and 95 % band.

    Parameters
    ----------
    limits : (n,) in the unit of `xlabel`.
    missed : by method, (n, runs) points of accuracy; searchers have their own colours.
    """
    ax = new_axes(ax, (6, 4.2))
    styles = styles_of(list(missed))
    for name, values in missed.items():
        color, style = styles[name]
        bands = [bootstrap_band(row) for row in values]
        ax.fill_between(limits, [b.low for b in bands], [b.high for b in bands], color=color, alpha=0.2, linewidth=0)
        ax.plot(limits, [b.mean for b in bands], linestyle=style, color=color, marker="o", markersize=3, label=name)
    ax.set(xlabel=xlabel, ylabel="accuracy missed within the limit (points)", yscale="log")
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    ax.legend(frameon=True, framealpha=0.9)
    return ax


def plot_penalised(
    runs: Mapping[str, np.ndarray],
    front: np.ndarray,
    cloud: np.ndarray,
    xlabel: str,
    ax: Axes | None = None,
    first_style: int = 0,
) -> Axes:
    """Draw the answers of searches with latency in the loss before the true front.

    Parameters
    ----------
    runs : label and (seeds, 2) of each setting: accuracy and latency of the derived cells.
    front, cloud : (m, 2), (n, 2) accuracy and latency, of the true front and of all cells.
    xlabel : the latency, with its unit.
    first_style : 0…7, the marker and colour of the first setting, so that the settings of two pictures look different.
    """
    ax = new_axes(ax, (7, 4.6))
    ax.plot(cloud[:, 1], cloud[:, 0], ".", color=GREY, alpha=0.25, markersize=2, zorder=1, rasterized=True)
    front = front[np.argsort(front[:, 1], kind="stable")]
    ax.step(front[:, 1], front[:, 0], where="post", color=BLACK, linewidth=1.6, label="true front", zorder=2)
    styles = list(zip("os^DvPX*", (BLUE, ORANGE, RED, TEAL, SKY, PURPLE, VIOLET, GREEN)))
    for (label, points), (marker, color) in zip(runs.items(), styles[first_style:] + styles[:first_style]):
        ax.plot(
            points[:, 1], points[:, 0], marker, color=color, markeredgecolor=BLACK, markersize=8, label=label,
            alpha=0.85, zorder=3,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel="validation accuracy (%)")
    ax.legend(frameon=True, framealpha=0.9, loc="lower right")
    ax.grid(alpha=0.3)
    return ax
