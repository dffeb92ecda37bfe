"""Statistics of searches (`runs`), and of searches that spend epochs instead of evaluations (`fidelity`)."""

from nastutor.statistics.crossed import crossed_band, crossed_difference_band
from nastutor.statistics.paired import rank_correlation_difference_band, student_band
from nastutor.statistics.posterior import posterior_mean
from nastutor.statistics.runs import (
    Band,
    Report,
    TimeToTarget,
    bootstrap_band,
    difference_band,
    evaluations_to_target,
    expected_best_of,
    expected_winner,
    final_table,
    incumbent_curves,
    incumbents_at,
    partial_rank_correlation,
    rank_correlation,
    rank_correlation_band,
)

__all__ = [
    "Band",
    "Report",
    "TimeToTarget",
    "bootstrap_band",
    "crossed_band",
    "crossed_difference_band",
    "difference_band",
    "evaluations_to_target",
    "expected_best_of",
    "expected_winner",
    "final_table",
    "incumbent_curves",
    "incumbents_at",
    "partial_rank_correlation",
    "posterior_mean",
    "rank_correlation",
    "rank_correlation_band",
    "rank_correlation_difference_band",
    "student_band",
]
