"""Curves (`runs`), intervals (`bands`, `crossed`), rankings (`correlation`), epochs (`fidelity`) of searches."""

from nastutor.statistics.additivity import sum_of_parts, sum_of_replacements
from nastutor.statistics.bands import Band, bootstrap_band, difference_band, student_band, student_difference_band
from nastutor.statistics.correlation import (
    partial_rank_correlation,
    rank_correlation,
    rank_correlation_band,
    rank_correlation_by_distance,
    rank_correlation_difference_band,
)
from nastutor.statistics.crossed import crossed_band, crossed_difference_band
from nastutor.statistics.posterior import posterior_mean
from nastutor.statistics.runs import (
    Report,
    TimeToTarget,
    evaluations_to_target,
    expected_best_of,
    expected_winner,
    final_table,
    incumbent_curves,
    incumbents_at,
    speedup_band,
)
from nastutor.statistics.variance import CrossedVariance, crossed_variance, share_bands

__all__ = [
    "Band",
    "CrossedVariance",
    "Report",
    "TimeToTarget",
    "bootstrap_band",
    "crossed_band",
    "crossed_difference_band",
    "crossed_variance",
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
    "rank_correlation_by_distance",
    "rank_correlation_difference_band",
    "share_bands",
    "speedup_band",
    "student_band",
    "student_difference_band",
    "sum_of_parts",
    "sum_of_replacements",
]
