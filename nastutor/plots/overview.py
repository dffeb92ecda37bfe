"""The map that opens each lesson, and what the searches that made the field cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import ceil

from matplotlib.axes import Axes

from nastutor.plots.style import BLACK, BLUE, GREEN, RED, new_axes

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


def plot_reported_costs(
    rows: Sequence[tuple[float, str, float, str]], ax: Axes | None = None, on_the_left: Collection[str] = ()
) -> Axes:
    """Draw what searches cost by the year of their preprint, a marker a family, each with its name and cost.

    Parameters
    ----------
    rows : (year, method, GPU-days, family), of one to three families.
    on_the_left : the methods whose names stand left of their marker, where there is no room on the right.
    """
    ax = new_axes(ax)
    for family, marker, color in zip(dict.fromkeys(row[3] for row in rows), "os^", (RED, BLUE, GREEN)):
        years, _, days, _ = zip(*(row for row in rows if row[3] == family))
        ax.semilogy(years, days, marker, color=color, markersize=9, label=family)
    for year, method, cost, _ in rows:
        label = f"{method}: {cost:,.0f}" if cost >= 1 else f"{method}: {cost:.2g}"
        place, side = ((-8, 4), "right") if method in on_the_left else ((8, 4), "left")
        ax.annotate(label, (year, cost), xytext=place, textcoords="offset points", ha=side)
    first, last = min(row[0] for row in rows), max(row[0] for row in rows)
    ax.set(xlabel="year of the preprint", ylabel="GPU-days (as reported)", xlim=(first - 0.65, last + 1.1))
    ax.set_ylim(0.3 * min(row[2] for row in rows), 5 * max(row[2] for row in rows))
    ax.set_xticks(range(ceil(first), ceil(last) + 1))
    ax.legend(frameon=False)
    ax.grid(alpha=0.3)
    return ax
