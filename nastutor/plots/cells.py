"""Pictures of cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from nastutor.plots.style import BLACK, BLUE, GREEN, GREY, OPERATION_STYLES, ORANGE, PURPLE, RED, new_axes
from nastutor.spaces.cell import EDGES, NONE, CellSpace
from nastutor.spaces.space import Genotype


def draw_cell(genotype: Genotype, ax: Axes | None = None, title: str | None = None, scale: float = 1.0) -> Axes:
    """Draw a cell: four nodes in a row, one arrow an operation; what carries no signal is pale.

    Parameters
    ----------
    genotype : of `CellSpace`.
    title : above the drawing; by default the genotype.
    scale : of nodes and arrows, for small drawings; letters keep their size.
    """
    ax = new_axes(ax, (5, 2.6))
    space = CellSpace()
    live = space.live_edges(space.validate(genotype))
    heights = {(0, 1): 0, (1, 2): 0, (2, 3): 0, (0, 2): 0.62, (1, 3): -0.62, (0, 3): 1.25}
    for (source, target), operation, is_live in zip(EDGES, genotype, live):
        if operation == NONE:
            continue
        color, style, label = OPERATION_STYLES[operation]
        height = heights[source, target]
        span = target - source
        arrow = FancyArrowPatch(
            (source, 0), (target, 0), connectionstyle=f"arc3,rad={-2 * height / span}", arrowstyle="-|>",
            mutation_scale=13 * scale, shrinkA=13 * scale, shrinkB=13 * scale, linestyle=style, linewidth=2 * scale,
            color=color,
            alpha=1 if is_live else 0.25, zorder=1,
        )  # fmt: skip
        ax.add_patch(arrow)
        on_the_arrow = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.1"}
        ax.annotate(  # a straight arrow is short: its label stands above it
            label, ((source + target) / 2, height), (0, 0 if height else 8), textcoords="offset points", ha="center",
            va="center", color=color, alpha=1 if is_live else 0.4, zorder=3, bbox=on_the_arrow if height else None,
        )  # fmt: skip
    for node, label in enumerate(["in", "1", "2", "out"]):
        ax.plot(
            node, 0, "o", ms=24 * scale, color="white", markeredgecolor=BLACK, markeredgewidth=1.3 * scale, zorder=2
        )
        ax.text(node, 0, label, ha="center", va="center", zorder=4)
    ax.set(xlim=(-0.35, 3.35), ylim=(-0.95, 1.5), aspect="equal")
    ax.axis("off")
    ax.set_title(str(genotype) if title is None else title, fontsize=10)
    return ax


def draw_two_input_cell(edges: Sequence[tuple[int, str]], ax: Axes | None = None, title: str = "") -> Axes:
    """Draw a NASNet or DARTS cell: two inputs, inner nodes with two incoming edges each, the outputs concatenated.

    Parameters
    ----------
    edges : two per inner node, in order: (where from, operation); 0 and 1 are the outputs of the two cells before,
        2, 3, … the inner nodes.
    """
    ax = new_axes(ax, (7, 3.4))
    inner = len(edges) // 2
    names = ["cell k−2", "cell k−1", *map(str, range(inner)), "concat"]
    places = [(0, 1.5), (0, 0), *((1.4 + 1.2 * i, 0.75) for i in range(inner)), (1.4 + 1.2 * inner, 0.75)]
    operations = list(dict.fromkeys(operation for _, operation in edges))
    styles = dict(
        zip(operations, [(BLUE, "-"), (BLACK, "--"), (ORANGE, "-."), (RED, ":"), (PURPLE, "-"), (GREEN, "--")])
    )
    for number, (source, operation) in enumerate(edges):
        color, line = styles[operation]
        start, stop = places[source], places[2 + number // 2]
        bend = {0: -0.25, 1: 0.25}.get(source, -0.45)
        arrow = {"arrowstyle": "-|>", "connectionstyle": f"arc3,rad={bend}", "shrinkA": 16, "shrinkB": 12}
        ax.annotate("", stop, start, arrowprops=arrow | {"color": color, "linestyle": line, "linewidth": 1.6})
    for node in range(2, 2 + inner):
        arrow = {"arrowstyle": "-", "connectionstyle": "arc3,rad=0.35", "color": GREY, "linestyle": (0, (1, 3))}
        ax.annotate("", places[-1], places[node], arrowprops=arrow)
    for name, (x, y) in zip(names, places):
        ax.text(x, y, name, ha="center", va="center", bbox={"boxstyle": "round", "fc": "white", "ec": BLACK})
    handles = [Line2D([], [], color=styles[name][0], ls=styles[name][1], label=name) for name in operations]
    ax.legend(handles=handles, frameon=False, loc="upper right")
    ax.set(xlim=(-0.6, places[-1][0] + 0.6), ylim=(-0.55, 2.2), title=title)
    ax.axis("off")
    return ax


def plot_cell_explorer(genotype: Genotype, accuracy: Mapping[Genotype, float] | None = None, most: int = 6) -> Figure:
    """Draw a cell, the function it computes, and a strip of other cells that compute the same function.

    Parameters
    ----------
    genotype : of `CellSpace`.
    accuracy : of every cell, in percent, to be shown with the rank; None: neither.
    most : equivalents to draw, at least 1.
    """

    values = np.array([] if accuracy is None else list(accuracy.values()))

    def name_of(cell: Genotype, function: str = "") -> str:
        """Return the genotype and, below it, what it is worth."""
        if accuracy is None:
            return f"{cell}{function}"
        rank = 1 + int(np.sum(values > accuracy[cell]))
        return f"{cell}{function}\n{accuracy[cell]:.2f} %, rank {rank:,} of {len(accuracy):,}"

    space = CellSpace()
    others = [other for other in space.equivalents(genotype) if other != genotype]
    figure = plt.figure(figsize=(7, 6.4), layout="constrained")
    (top, bottom) = figure.subfigures(2, 1, height_ratios=(1, 1.45))  # type: ignore[misc]
    representative = space.canonical(genotype)
    note = "it is its own representative" if representative == genotype else f"representative {representative}"
    draw_cell(genotype, top.subplots(), title=name_of(genotype, f":  out = {space.formula(genotype)}"))
    bottom.suptitle(f"{len(others):,} other cells compute the same function; {note}", fontsize=10)
    for ax, other in zip(bottom.subplots(2, -(-most // 2)).flat, others[:most] + [None] * most):
        if other is None:
            ax.axis("off")
        else:
            draw_cell(other, ax, title=name_of(other), scale=0.75)
    return figure


def plot_partitions(partitions: Mapping[str, Sequence[Hashable]], ax: Axes | None = None) -> Axes:
    """Draw how many classes each notion of "the same" makes, and whether it only merges those of the notion above.

    Between two bars stand the sides of a funnel where every class above lies in one class below. Where it does not, the
    sides cross, and the number of classes that are torn apart stands between them.

    Parameters
    ----------
    partitions : by label, from top to bottom, a key for each architecture: equal for those that are the same.
    """
    ax = new_axes(ax, (7, 0.6 + 0.95 * len(partitions)))
    above: Sequence[Hashable] = ()
    for row, keys in enumerate(partitions.values()):
        half = len(set(keys)) / 2
        ax.barh(row, 2 * half, left=-half, color=BLUE, alpha=1 - 0.6 * row / len(partitions), height=0.5)
        ax.text(0, row, f"{len(set(keys)):,}", ha="center", va="center", color="white", fontweight="bold")
        if row:
            upper = len(set(above)) / 2
            torn = count_torn(above, keys)
            sign, style, color = (-1, "--", RED) if torn else (1, "-", GREY)
            for side in (-1, 1):
                ax.plot([side * upper, side * sign * half], [row - 0.75, row - 0.25], style, color=color, linewidth=1.2)
            note = f"not nested: {torn:,} are torn apart, others merge" if torn else "merges only"
            on_the_lines = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.15"}
            ax.text(0, row - 0.5, note, ha="center", va="center", color=BLACK, bbox=on_the_lines)
        above = keys
    ax.set(yticks=range(len(partitions)), yticklabels=list(partitions), xticks=[])
    ax.invert_yaxis()
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def count_torn(classes: Sequence[Hashable], by: Sequence[Hashable]) -> int:
    """Return how many classes hold members that another partition tells apart."""
    found: defaultdict[Hashable, set[Hashable]] = defaultdict(set)
    for key, other in zip(classes, by, strict=True):
        found[key].add(other)
    return sum(len(others) > 1 for others in found.values())
