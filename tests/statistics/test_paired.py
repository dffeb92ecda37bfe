import numpy as np
import pytest
from scipy import stats

from nastutor.statistics import (
    bootstrap_band,
    rank_correlation,
    rank_correlation_band,
    rank_correlation_difference_band,
    student_band,
)


def test_the_interval_of_few_runs_is_that_of_scipy():
    values = [9.75, 0.91, 1.14, -0.62, 3.15, 1.53]
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    band = student_band(values)
    assert (band.low, band.high) == pytest.approx((expected.low, expected.high))
    assert band.low < 0 < bootstrap_band(values).low, "the bootstrap of six numbers is too narrow"


def test_student_covers_the_mean_of_five_runs_as_often_as_it_says_and_the_bootstrap_does_not():
    runs = np.random.default_rng(0).normal(size=(400, 5))
    student, bootstrap = (
        sum(band.low <= 0 <= band.high for band in map(function, runs)) for function in (student_band, bootstrap_band)
    )
    assert 370 <= student <= 390 and bootstrap < 350


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0], [3.0, 4.0]], []])
def test_student_needs_two_runs(values):
    with pytest.raises(ValueError, match="at least two runs"):
        student_band(values)


def test_a_paired_difference_is_that_of_resampled_architectures():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    a = truth + rng.normal(size=200)
    b = a + 0.3 * rng.normal(size=200)
    for top, rows in [(None, np.arange(200)), (0.3, np.argsort(-truth)[:60])]:
        band = rank_correlation_difference_band(a, b, truth, top)
        assert band.mean == rank_correlation(a, truth, top) - rank_correlation(b, truth, top)
        drawn = [rng.choice(rows, len(rows)) for _ in range(500)]
        again = [rank_correlation(a[d], truth[d]) - rank_correlation(b[d], truth[d]) for d in drawn]
        assert (band.low, band.high) == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.04)
    alone = rank_correlation_band(a, truth)
    paired = rank_correlation_difference_band(a, b, truth)
    assert paired.high - paired.low < 0.7 * (alone.high - alone.low), "scores that err together are told apart better"


def test_a_score_does_not_differ_from_itself():
    scores, truth = np.random.default_rng(0).normal(size=(2, 50))
    assert rank_correlation_difference_band(scores, scores, truth) == (0, 0, 0)
