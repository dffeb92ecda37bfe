"""Pictures: every function draws on `ax` (its own figure if None) and returns it."""

from nastutor.plots.cells import draw_cell, draw_two_input_cell, plot_cell_explorer
from nastutor.plots.overview import PILLARS, you_are_here
from nastutor.plots.results import (
    plot_funnel,
    plot_incumbents,
    plot_random_search_in_table,
    plot_rank_scatter,
    plot_sorted_accuracies,
    plot_winners_curse,
)
from nastutor.plots.runs import plot_family_tree, plot_policy_run
from nastutor.plots.style import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    OPERATION_STYLES,
    ORANGE,
    PURPLE,
    RED,
    SEARCHER_STYLES,
    SKY,
    VIOLET,
    YELLOW,
)

__all__ = [
    "BLACK",
    "BLUE",
    "BROWN",
    "GREEN",
    "GREY",
    "OPERATION_STYLES",
    "ORANGE",
    "PILLARS",
    "PURPLE",
    "RED",
    "SEARCHER_STYLES",
    "SKY",
    "VIOLET",
    "YELLOW",
    "draw_cell",
    "draw_two_input_cell",
    "plot_cell_explorer",
    "plot_family_tree",
    "plot_funnel",
    "plot_incumbents",
    "plot_policy_run",
    "plot_random_search_in_table",
    "plot_rank_scatter",
    "plot_sorted_accuracies",
    "plot_winners_curse",
    "you_are_here",
]
