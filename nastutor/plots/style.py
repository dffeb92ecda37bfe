"""One colour-blind-safe palette (Okabe & Ito) for the whole suite; a searcher keeps its colour everywhere.

Line styles, markers and labels repeat what colours say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import cycle

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from nastutor.spaces.cell import CONV_1X1, CONV_3X3, NONE, POOL, SKIP

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PURPLE = (
    "#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7",
)  # fmt: skip
GREY = "#7f7f7f"
BROWN, VIOLET, TEAL, OLIVE, WINE, NAVY, CORAL, CRIMSON = (
    "#8c510a",
    "#6a3d9a",
    "#01665e",
    "#7a7a00",
    "#9e0142",
    "#08306b",
    "#fb6a4a",
    "#c51b8a",
)

LineStyle = str | tuple[int, tuple[float, ...]]
"""A name of matplotlib, or (offset, (dash, gap, dash, gap, …)) in points."""

SEARCHER_STYLES: dict[str, tuple[str, LineStyle]] = {
    "RandomSearch": (GREY, "--"),
    "LargestFirst": (OLIVE, (0, (4, 2, 4, 2, 1, 2))),
    "LocalSearch": (SKY, "-."),
    "RegularizedEvolution": (GREEN, "-"),
    "GeneticAlgorithm": (ORANGE, ":"),
    "Reinforce": (BLUE, (0, (3, 1))),
    "PPO": (BLACK, (0, (5, 1, 1, 1, 1, 1))),
    "ProgressiveSearch": (BROWN, (0, (10, 3))),
    "PredictorSearch": (VIOLET, (0, (2, 1, 1, 1))),
    "BayesianSearch": (WINE, (0, (12, 2))),
    "SuccessiveHalving": (PURPLE, (0, (8, 2, 3, 2))),
    "Hyperband": (RED, (0, (6, 1.5, 1, 1.5, 1, 1.5))),
    "Ratchet": (CRIMSON, (0, (2, 2))),
    "NSGA2": (TEAL, (0, (7, 2))),
    "ParetoLocalSearch": (NAVY, (0, (1, 1))),
    "BayesianParetoSearch": (CORAL, (0, (9, 2, 1, 2))),
}
"""Colour and line style by class name."""
SEARCHER_MARKERS: dict[str, str] = {
    "RandomSearch": "o", "LargestFirst": "s", "LocalSearch": "v", "RegularizedEvolution": "^", "GeneticAlgorithm": "D",
    "Reinforce": "P", "PPO": "X", "ProgressiveSearch": "<", "PredictorSearch": "h", "BayesianSearch": "*",
    "SuccessiveHalving": ">", "Hyperband": "p", "NSGA2": "d", "ParetoLocalSearch": "H", "BayesianParetoSearch": "8",
    "Ratchet": "|",
}  # fmt: skip
"""Marker by class name."""
_MORE_STYLES: list[tuple[str, LineStyle]] = [
    (BLUE, "-"), (RED, "--"), (PURPLE, "-."), (ORANGE, ":"), (BLACK, (0, (8, 2))), (SKY, (0, (3, 1, 1, 1, 1, 1))),
]  # fmt: skip

OPERATION_STYLES: dict[int, tuple[str, str, str]] = {
    NONE: (GREY, ":", "none"),
    SKIP: (BLACK, "-", "skip"),
    CONV_1X1: (SKY, "--", "1×1"),
    CONV_3X3: (BLUE, "-", "3×3"),
    POOL: (ORANGE, "-.", "pool"),
}
"""Colour, line style and short label by operation."""

MIXER_STYLES: dict[str, tuple[str, str]] = {
    "attention": (BLUE, "o"), "convolution": (ORANGE, "s"), "recurrence": (GREEN, "^"),
}  # fmt: skip
"""Colour and marker by mixer of a small language model."""


def new_axes(ax: Axes | None, size: tuple[float, float] = (7, 4)) -> Axes:
    """Return the given axes, or those of a new figure."""
    if ax is not None:
        return ax
    _, new = plt.subplots(figsize=size, layout="constrained")
    return new


def searcher_in(label: str) -> str | None:
    """Return the searcher whose class name a label begins with, as in "RandomSearch, 200 evaluations"."""
    name = re.split(r"\W", label, maxsplit=1)[0]
    return name if name in SEARCHER_STYLES else None


def styles_of(names: Sequence[str]) -> dict[str, tuple[str, LineStyle]]:
    """Return colour and line style of each name; names that are no searcher's get line styles that none of them has."""
    taken = {SEARCHER_STYLES[name][1] for name in names if name in SEARCHER_STYLES}
    free = cycle(sorted(_MORE_STYLES, key=lambda look: look[1] in taken))
    return {name: SEARCHER_STYLES.get(name) or next(free) for name in names}
