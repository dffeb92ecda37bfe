"""Pictures of learning curves, and of searches that do not train everything to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from nastutor.loop.search import search
from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, LineStyle, new_axes
from nastutor.searchers.hyperband import Rung, SuccessiveHalving
from nastutor.statistics import rank_correlation
from nastutor.statistics.fidelity import epochs_spent, follow_winner

if TYPE_CHECKING:
    from nastutor.benchmarks import Benchmark

_CURVES: list[tuple[str, LineStyle]] = [
    (BLUE, "-"), (RED, "--"), (GREEN, "-."), (BLACK, ":"), (PURPLE, (0, (6, 1.5, 1, 1.5))), (ORANGE, (0, (10, 3))),
]  # fmt: skip


def plot_learning_curves(curves: Mapping[str, np.ndarray], ax: Axes | None = None) -> Axes:
    """Draw learning curves: one line a name, the mean over its seeds, and a band from their lowest to their highest.

    Parameters
    ----------
    curves : (epochs,) or (seeds, epochs) by name, percent.
    """
    ax = new_axes(ax)
    for (name, values), (color, style) in zip(curves.items(), cycle(_CURVES)):
        seeds = np.atleast_2d(values)
        epochs = np.arange(1, seeds.shape[1] + 1)
        ax.plot(epochs, seeds.mean(axis=0), linestyle=style, color=color, linewidth=2, label=name)
        ax.fill_between(epochs, seeds.min(axis=0), seeds.max(axis=0), color=color, alpha=0.15, linewidth=0)
    ax.set(xlabel="epoch", ylabel="validation accuracy (%)")
    ax.legend(frameon=False, loc="best")
    ax.grid(alpha=0.3)
    return ax


def plot_partial_training(bench: Benchmark, metric: str = "val_accuracy", ax: Axes | None = None) -> Axes:
    """Draw how well the accuracy after each epoch ranks architectures, overall and among the best.

    The ranking after an epoch is that of the search seed, the truth the mean at the end over the other seeds; so the
    last epoch shows what the luck of the seed alone leaves.

    Parameters
    ----------
    bench : a table with learning curves.
    """
    ax = new_axes(ax)
    curves, truth = bench.curves[metric][:, bench.search_column], bench.values(metric)
    epochs = np.arange(1, curves.shape[1] + 1)
    for top, color, style, label in [
        (None, BLUE, "o-", "all"),
        (0.5, ORANGE, "s-.", "better half"),
        (0.1, RED, "^--", "best tenth"),
    ]:
        ranks = [rank_correlation(column, truth, top) for column in curves.T]
        ax.plot(epochs, ranks, style, color=color, linewidth=2, label=label)
    ax.axhline(0, color=BLACK, linewidth=0.8)
    ax.set(
        xlabel="epoch at which training is looked at", ylabel="rank correlation with\nthe end, other seeds",
        ylim=(min(-0.1, ax.get_ylim()[0]), 1.02), title=bench.name,
    )  # fmt: skip
    ax.legend(frameon=False, loc="lower right", ncols=3)
    ax.grid(alpha=0.3)
    return ax


def plot_halving(
    bench: Benchmark, eta: int = 3, configurations: int = 27, seed: int = 0, ax: Axes | None = None
) -> Axes:
    """Draw one run of successive halving on real learning curves, and what became of its true winner.

    What was trained is drawn in full, what would have come after it is pale. The true winner is the best at the end of
    training, by the mean over the seeds that the run does not see.

    Parameters
    ----------
    bench : a table with learning curves of val_accuracy.
    eta, configurations, seed : of `SuccessiveHalving`.
    """
    ax = new_axes(ax, (7, 4.4))
    full = int(bench.epochs or 1)
    halving = SuccessiveHalving(bench.space, seed, configurations, max_epochs=full, eta=eta)
    history = search(halving, bench.evaluate, max_epochs=10**9, progress=False)

    def truth(genotype: tuple) -> float:
        return bench.report(genotype)["val_accuracy"]

    def curve(genotype: tuple) -> list[float]:
        return [bench.evaluate(genotype, epochs)["val_accuracy"] for epochs in range(1, full + 1)]

    fate = follow_winner(history, truth)
    trained = {record.genotype: record.proposal.epochs or full for record in history}  # the longest comes last
    epochs = np.arange(1, full + 1)
    for genotype, length in trained.items():
        values = curve(genotype)
        color, width, layer = (RED, 2.4, 4) if genotype == fate.winner else (BLUE, 1.2, 3)
        if genotype == fate.winner:
            ax.plot(epochs, values, "--", color=RED, linewidth=1.4, zorder=layer)
        else:
            ax.plot(epochs, values, "-", color=GREY, linewidth=0.9, alpha=0.4)
        ax.plot(epochs[:length], values[:length], "-", color=color, linewidth=width, zorder=layer)
        mark = "o" if length == full else "x"
        ax.plot(length, values[length - 1], mark, color=color, ms=3 + 2 * width, mew=width, zorder=layer)
    for rung in halving.brackets[0]:
        ax.axvline(rung.epochs, color=BLACK, linewidth=0.8, linestyle=":", zorder=0)
        above = ax.get_xaxis_transform()
        ax.text(rung.epochs, 1.01, f"{rung.configurations}", transform=above, ha="center")
    ax.plot(full, truth(fate.winner), "*", color=RED, ms=15, mec="white", zorder=5, clip_on=False)
    ax.set(
        xlabel="epoch (dotted: rungs, with the number of cells on top)", ylabel="validation accuracy (%)",
        xlim=(0.7, full + 0.35),
    )  # fmt: skip
    end = "reached the last rung" if fate.survived else f"stopped after epoch {fate.epochs}"
    paid = epochs_spent(history, full)[-1]
    ax.set_title(
        f"η = {eta}, {configurations} cells, seed {seed}: {paid} of {configurations * full} epochs\n"
        f"true winner (red, {truth(fate.winner):.1f} %: star) {end}; chosen: {truth(fate.chosen):.1f} %",
        fontsize=10, pad=16,
    )  # fmt: skip
    return ax


def plot_brackets(brackets: Sequence[Sequence[Rung]], ax: Axes | None = None) -> Axes:
    """Draw how many architectures each bracket of Hyperband still trains in each epoch: an area is what it pays.

    Parameters
    ----------
    brackets : the rungs of each bracket, see `hyperband_brackets`.
    """
    ax = new_axes(ax)
    for bracket, (color, style) in zip(brackets, cycle(_CURVES)):
        ends = [0, *(rung.epochs for rung in bracket)]
        counts = [rung.configurations for rung in bracket]
        paid = sum(count * (end - start) for count, start, end in zip(counts, ends, ends[1:]))
        label = f"s = {len(bracket) - 1}: {paid} epochs"
        ax.stairs(counts, ends, color=color, linestyle=style, linewidth=2, label=label)
    ax.set(xlabel="epoch", ylabel="cells that are trained", ylim=(0, None))
    ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    return ax
