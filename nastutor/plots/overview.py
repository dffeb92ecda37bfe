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
    ax = new_axes(ax, (7, 1.2))
    notes = ("what can be built?", "which one to try next?", "how good is it?")
    for x, name, note in zip((0, 3.3, 6.9), PILLARS, notes):
        is_here = name in here
        ax.text(
            x, 0, f"{name}\n{note}" + ("\n(this lesson)" if is_here else ""), ha="center", va="center",
            color="white" if is_here else BLACK,
            bbox={"boxstyle": "round,pad=0.5", "facecolor": BLUE if is_here else "white", "edgecolor": BLUE},
        )  # fmt: skip
    for start, end, height, label in [(1.1, 2.05, 0, ""), (4.65, 5.45, 0.2, "proposal"), (5.45, 4.65, -0.2, "value")]:
        ax.annotate("", (end, height), (start, height), arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.5})
        ax.text((start + end) / 2, 2.2 * height, label, ha="center", va="center")
    ax.set(xlim=(-1.15, 8.35), ylim=(-0.7, 0.7))
    ax.axis("off")
    return ax
