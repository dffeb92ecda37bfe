import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from nastutor import statistics
from nastutor.statistics import (
    rank_correlation,
    rank_correlation_band,
    rank_correlation_by_distance,
    rank_correlation_difference_band,
)
from nastutor.statistics.correlation import ranks


def test_a_paired_difference_is_that_of_resampled_architectures():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200)
    a = truth + rng.normal(size=200)
    b = a + 0.3 * rng.normal(size=200)
    for top, rows in [(None, np.arange(200)), (0.3, np.argsort(-truth, kind="stable")[:60])]:
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


@pytest.mark.parametrize("count", [1, 2, 3, 50, 3000])
@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_ranks_and_their_correlation_are_those_of_scipy_ties_included(count, decimals):
    scores, truth = np.random.default_rng(count).normal(size=(2, count)).round(decimals)
    assert np.array_equal(ranks(scores), stats.rankdata(scores))
    if np.ptp(scores) > 0 and np.ptp(truth) > 0:
        assert rank_correlation(scores, truth) == pytest.approx(stats.spearmanr(scores, truth).statistic, abs=1e-12)


def test_rank_correlation_knows_order_only():
    truth = np.arange(100.0)
    assert statistics.rank_correlation(np.exp(truth / 10), truth) == pytest.approx(1)
    assert statistics.rank_correlation(-truth, truth, kind="kendall") == pytest.approx(-1)


def test_the_top_decile_is_chosen_by_truth():
    truth = np.arange(100.0)
    scores = truth.copy()
    scores[90:] = scores[90:][::-1]  # perfect below, reversed at the top
    assert statistics.rank_correlation(scores, truth) > 0.95
    assert statistics.rank_correlation(scores, truth, top=0.1) == pytest.approx(-1)


def test_a_constant_score_has_no_rank_correlation():
    assert math.isnan(statistics.rank_correlation(np.ones(5), np.arange(5.0)))
    band = rank_correlation_band(np.arange(5.0), np.ones(5))
    assert np.isnan(band).all() and band.verdict() == "cannot be told"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 2, 3]), "shapes"),
        (([1, math.nan], [1, 2]), "NaN"),
        (([1, 2], [1, 2], 1.5), r"share in \(0, 1\]"),
        (([1, 2], [1, 2], None, "pearson"), "choose one of spearman, kendall"),
    ],
)
def test_rank_correlation_refuses_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        statistics.rank_correlation(*arguments)


def test_the_partial_rank_correlation_is_that_of_the_rests_of_the_ranks():
    rng = np.random.default_rng(0)
    given = rng.integers(6, size=80)
    scores, truth = given + rng.normal(0, 2, 80), given**2 + rng.normal(0, 9, 80)
    ranks = [stats.rankdata(values) for values in (scores, truth)]
    z = stats.rankdata(given)
    rests = [values - np.polyval(np.polyfit(z, values, 1), z) for values in ranks]
    found = statistics.partial_rank_correlation(scores, truth, given)
    assert found == pytest.approx(stats.pearsonr(*rests)[0])
    best = np.argsort(-truth, kind="stable")[:40]
    assert statistics.partial_rank_correlation(scores, truth, given, top=0.5) == pytest.approx(
        statistics.partial_rank_correlation(scores[best], truth[best], given[best])
    )


def test_nothing_is_left_beyond_what_says_the_same():
    rng = np.random.default_rng(0)
    scores, truth = rng.normal(size=(2, 50))
    assert np.isnan(statistics.partial_rank_correlation(scores, truth, scores**3))
    assert np.isnan(statistics.partial_rank_correlation(scores, truth, np.ones(50)))


def test_the_band_of_a_partial_correlation_covers_the_truth_as_often_as_it_says():
    hits = 0
    for seed in range(100):
        given, a, b = np.random.default_rng(seed).normal(size=(3, 60))
        band = statistics.rank_correlation_band(given + a, given + b, given=given, resamples=200)
        assert band.mean == statistics.partial_rank_correlation(given + a, given + b, given)
        hits += band.low <= 0 <= band.high
    assert 85 <= hits <= 100


def test_the_band_of_a_rank_correlation_is_that_of_resampled_architectures():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=300)
    scores = truth + rng.normal(size=300)
    for top, count, tolerance in [(None, 300, 0.03), (0.2, 60, 0.08)]:
        band = statistics.rank_correlation_band(scores, truth, top)
        assert band.mean == statistics.rank_correlation(scores, truth, top)
        best = np.argsort(-truth, kind="stable")[:count]
        drawn = [rng.choice(best, count) for _ in range(500)]
        again = [stats.spearmanr(scores[rows], truth[rows]).statistic for rows in drawn]
        assert (band.low, band.high) == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=tolerance)
    again = statistics.rank_correlation_band(scores, truth)
    assert again == statistics.rank_correlation_band(scores, truth) and again.low < again.mean < again.high


def test_correlations_by_distance_are_those_of_all_pairs():
    values = np.random.default_rng(0).integers(0, 12, (2, 3, 4)).astype(float)  # with ties
    places = list(product(*map(range, values.shape)))
    for distance, found in enumerate(rank_correlation_by_distance(values), start=1):
        pairs = [(values[a], values[b]) for a in places for b in places if sum(map(int.__ne__, a, b)) == distance]
        assert found == pytest.approx(rank_correlation(*zip(*pairs)), abs=1e-12)


@pytest.mark.parametrize("values", [3.0, np.zeros((2, 1)), np.ones((2, 2)), np.array([[0, np.nan], [1, 2]])])
def test_a_landscape_that_is_none_is_refused(values):
    with pytest.raises(ValueError, match="give"):
        rank_correlation_by_distance(values)
