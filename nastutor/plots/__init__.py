"""Pictures: every function draws on `ax` (its own figure if None) and returns it."""

from nastutor.plots.budgets import plot_brackets, plot_halving, plot_learning_curves, plot_partial_training
from nastutor.plots.cells import count_torn, draw_cell, draw_two_input_cell, plot_cell_explorer, plot_partitions
from nastutor.plots.collapse import (
    plot_equal_seconds,
    plot_missed,
    plot_published,
    plot_slide,
    plot_stopping,
)
from nastutor.plots.controller import plot_controller
from nastutor.plots.darts import (
    plot_alpha_epoch,
    plot_alpha_run,
    plot_bilevel,
    plot_run_bands,
)
from nastutor.plots.felt_gradient import FELT_LABELS, plot_felt_errors, plot_kinks
from nastutor.plots.graphs import draw_graph_network, plot_ledger, plot_transfer, plot_two_tasks
from nastutor.plots.hardware import plot_device_shares, plot_penalised, plot_regret_by_limit, plot_winners
from nastutor.plots.landscape import plot_landscape
from nastutor.plots.language_models import (
    Measured,
    plot_by_group,
    plot_reach,
    plot_stack_in_table,
)
from nastutor.plots.latency import (
    plot_cost_against_latency,
    plot_cost_shares,
    plot_measurements_needed,
    plot_predicted_latency,
    plot_rank_slope,
    plot_timings,
)
from nastutor.plots.ledger import plot_claim, plot_verdict_counts
from nastutor.plots.once_for_all import plot_device_cards, plot_limit, plot_total_cost
from nastutor.plots.overview import PILLARS, plot_reported_costs, you_are_here
from nastutor.plots.pareto import plot_front_measured_again, plot_fronts, plot_selection, plot_weighted_sum
from nastutor.plots.proxies import (
    plot_agreements,
    plot_agreements_and_flows,
    plot_correlations,
    plot_score_against_accuracy,
    plot_training_beside_scores,
)
from nastutor.plots.race import plot_race, plot_race_with_cell
from nastutor.plots.recipes import plot_shares, plot_shares_kept
from nastutor.plots.relaxation import plot_mixed_edge, plot_relaxation
from nastutor.plots.results import (
    plot_bands_at,
    plot_differences,
    plot_incumbents,
    plot_random_search_in_table,
    plot_rank_scatter,
    plot_run_ends,
    plot_sorted_accuracies,
    plot_winners_curse,
)
from nastutor.plots.runs import plot_family_tree, plot_policy_run
from nastutor.plots.sequence_latency import plot_by_length
from nastutor.plots.sequences import draw_stack
from nastutor.plots.style import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    MIXER_STYLES,
    OPERATION_STYLES,
    ORANGE,
    PURPLE,
    RED,
    SEARCHER_MARKERS,
    SEARCHER_STYLES,
    SKY,
    TEAL,
    VIOLET,
    YELLOW,
)
from nastutor.plots.surrogates import plot_acquisition, plot_predictions
from nastutor.plots.weight_sharing import plot_answers, plot_shared_weights, plot_supernet

__all__ = [
    "BLACK",
    "BLUE",
    "BROWN",
    "FELT_LABELS",
    "GREEN",
    "GREY",
    "MIXER_STYLES",
    "OPERATION_STYLES",
    "ORANGE",
    "PILLARS",
    "PURPLE",
    "RED",
    "SEARCHER_MARKERS",
    "SEARCHER_STYLES",
    "SKY",
    "TEAL",
    "VIOLET",
    "YELLOW",
    "Measured",
    "count_torn",
    "draw_cell",
    "draw_graph_network",
    "draw_stack",
    "draw_two_input_cell",
    "plot_acquisition",
    "plot_agreements",
    "plot_agreements_and_flows",
    "plot_alpha_epoch",
    "plot_alpha_run",
    "plot_answers",
    "plot_bands_at",
    "plot_bilevel",
    "plot_brackets",
    "plot_by_group",
    "plot_by_length",
    "plot_cell_explorer",
    "plot_claim",
    "plot_controller",
    "plot_correlations",
    "plot_cost_against_latency",
    "plot_cost_shares",
    "plot_device_cards",
    "plot_device_shares",
    "plot_differences",
    "plot_equal_seconds",
    "plot_family_tree",
    "plot_felt_errors",
    "plot_front_measured_again",
    "plot_fronts",
    "plot_halving",
    "plot_incumbents",
    "plot_kinks",
    "plot_landscape",
    "plot_learning_curves",
    "plot_ledger",
    "plot_limit",
    "plot_measurements_needed",
    "plot_missed",
    "plot_mixed_edge",
    "plot_partial_training",
    "plot_partitions",
    "plot_penalised",
    "plot_policy_run",
    "plot_predicted_latency",
    "plot_predictions",
    "plot_published",
    "plot_race",
    "plot_race_with_cell",
    "plot_random_search_in_table",
    "plot_rank_scatter",
    "plot_rank_slope",
    "plot_reach",
    "plot_regret_by_limit",
    "plot_relaxation",
    "plot_reported_costs",
    "plot_run_bands",
    "plot_run_ends",
    "plot_score_against_accuracy",
    "plot_selection",
    "plot_shared_weights",
    "plot_shares",
    "plot_shares_kept",
    "plot_slide",
    "plot_sorted_accuracies",
    "plot_stack_in_table",
    "plot_stopping",
    "plot_supernet",
    "plot_timings",
    "plot_total_cost",
    "plot_training_beside_scores",
    "plot_transfer",
    "plot_two_tasks",
    "plot_unrolled_errors",
    "plot_verdict_counts",
    "plot_weighted_sum",
    "plot_winners",
    "plot_winners_curse",
    "you_are_here",
]
