"""The map that opens each lesson."""

from __future__ import annotations

from matplotlib.axes import Axes

from nastutor.plots.style import BLACK, BLUE, new_axes

PILLARS = ("search space", "search strategy", "performance estimation")


def you_are_here(*here: str, ax: Axes | None = None) -> Axes:
    """Draw the three parts of NAS (Elsken, Metzen & Hutter 2019) with the parts of this lesson marked."""
    for name in here:
        if name not in PILLARS:
            raise ValueError(f"part {name!r}: choose among {', '.join(PILLARS)}")
    ax = new_axes(ax, (9, 1.3))
    notes = ("what can be built?", "which one to try next?", "how good is it?")
    for x, (name, note) in enumerate(zip(PILLARS, notes)):
        is_here = name in here
        ax.text(
            3.4 * x, 0, f"{name}\n{note}" + ("\n(this lesson)" if is_here else ""), ha="center", va="center",
            fontsize=11, color="white" if is_here else BLACK,
            bbox={"boxstyle": "round,pad=0.6", "facecolor": BLUE if is_here else "white", "edgecolor": BLUE},
        )  # fmt: skip
    for start, end, height, label in [(1.15, 2.15, 0, ""), (4.6, 5.4, 0.2, "proposal"), (5.4, 4.6, -0.2, "value")]:
        ax.annotate("", (end, height), (start, height), arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.5})
        ax.text((start + end) / 2, 2.2 * height, label, ha="center", va="center", fontsize=9)
    ax.set(xlim=(-1.4, 8.2), ylim=(-0.7, 0.7))
    ax.axis("off")
    return ax
