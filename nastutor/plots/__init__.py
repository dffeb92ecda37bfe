"""Pictures: every function draws on `ax` (its own figure if None) and returns it."""

from nastutor.plots.budgets import plot_halving, plot_learning_curves, plot_partial_training
from nastutor.plots.cells import draw_cell, draw_two_input_cell, plot_cell_explorer
from nastutor.plots.overview import PILLARS, you_are_here
from nastutor.plots.pareto import plot_front_measured_again, plot_fronts, plot_selection, plot_weighted_sum
from nastutor.plots.proxies import plot_correlations, plot_score_against_accuracy
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
    TEAL,
    VIOLET,
    YELLOW,
)
from nastutor.plots.surrogates import plot_acquisition, plot_predictions

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
    "TEAL",
    "VIOLET",
    "YELLOW",
    "draw_cell",
    "draw_two_input_cell",
    "plot_acquisition",
    "plot_cell_explorer",
    "plot_correlations",
    "plot_family_tree",
    "plot_front_measured_again",
    "plot_fronts",
    "plot_funnel",
    "plot_halving",
    "plot_incumbents",
    "plot_learning_curves",
    "plot_partial_training",
    "plot_policy_run",
    "plot_predictions",
    "plot_random_search_in_table",
    "plot_rank_scatter",
    "plot_score_against_accuracy",
    "plot_selection",
    "plot_sorted_accuracies",
    "plot_weighted_sum",
    "plot_winners_curse",
    "you_are_here",
]
