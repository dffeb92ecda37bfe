import numpy as np
import pytest
from scipy import stats

from nastutor import statistics
from nastutor.statistics import bootstrap_band, student_band, student_difference_band


def test_bootstrap_intervals_cover_the_true_mean_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    samples = rng.normal(3, 2, size=(400, 50))
    bands = [statistics.bootstrap_band(sample, resamples=400, seed=i) for i, sample in enumerate(samples)]
    covered = np.mean([band.low <= 3 <= band.high for band in bands])
    assert 0.90 < covered < 0.98


def test_bootstrap_agrees_with_scipy():
    data = np.random.default_rng(1).exponential(size=80)
    ours = statistics.bootstrap_band(data, resamples=20_000)
    theirs = stats.bootstrap(
        (data,), np.mean, method="percentile", n_resamples=20_000, random_state=0
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_difference_intervals_exclude_zero_rarely_when_there_is_no_difference():
    rng = np.random.default_rng(2)
    pairs = rng.normal(size=(300, 2, 40))
    bands = [statistics.difference_band(a, b, resamples=300, seed=i) for i, (a, b) in enumerate(pairs)]
    wrong = np.mean([band.low > 0 or band.high < 0 for band in bands])
    assert 0.02 < wrong < 0.10


def test_a_difference_is_antisymmetric_in_its_mean_and_takes_unequal_numbers_of_runs():
    a, b = np.arange(10.0), np.arange(20.0)
    assert statistics.difference_band(a, b).mean == -statistics.difference_band(b, a).mean == -5


def test_bands_of_curves_are_the_bands_of_their_steps():
    curves = np.random.default_rng(3).normal(size=(30, 4))
    band = statistics.bootstrap_band(curves, seed=5)
    alone = statistics.bootstrap_band(curves[:, 2], seed=5)
    assert (band.mean[2], band.low[2], band.high[2]) == pytest.approx((alone.mean, alone.low, alone.high))


@pytest.mark.parametrize("bad", [[1.0], np.zeros((1, 5)), np.zeros((3, 3, 3)), 7.0])
def test_an_interval_needs_two_runs(bad):
    with pytest.raises(ValueError, match="at least two runs"):
        statistics.bootstrap_band(bad)


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


def test_the_difference_of_two_sets_of_runs_is_that_of_scipy():
    a, b = [84.6, 89.1, 89.07, 88.53, 78.95, 89.24], [88.07, 77.38, 89.61]
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    band = student_difference_band(a, b)
    assert (band.low, band.high) == pytest.approx((expected.low, expected.high))
    assert band.mean == pytest.approx(np.mean(a) - np.mean(b))


def test_the_difference_of_two_sets_covers_the_truth_where_their_spreads_differ():
    rng = np.random.default_rng(0)
    bands = [student_difference_band(rng.normal(1, 1, 6), rng.normal(0, 5, 6)) for _ in range(400)]
    assert 370 <= sum(band.low <= 1 <= band.high for band in bands) <= 392


def test_runs_that_all_end_alike_differ_by_a_number():
    assert student_difference_band([3, 3], [1, 1]) == (2, 2, 2)


@pytest.mark.parametrize("values", [[1.0], [[1.0, 2.0], [3.0, 4.0]], []])
def test_a_difference_needs_two_runs_of_each(values):
    for pair in ((values, [1.0, 2.0]), ([1.0, 2.0], values)):
        with pytest.raises(ValueError, match="at least two runs"):
            student_difference_band(*pair)
