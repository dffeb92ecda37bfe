import math

import numpy as np
import pytest
from scipy import stats

from nastutor import load_benchmark, repeat, search, statistics
from nastutor.loop.history import History
from nastutor.searchers import RandomSearch
from nastutor.spaces import SearchSpace, Variable

LINE = SearchSpace([Variable("x", range(10))])


def value(genotype):
    return {"val_accuracy": float(genotype[0])}


# Curves


def test_incumbent_curves_are_running_maxima_of_what_was_selected_on():
    histories = repeat(lambda seed: RandomSearch(LINE, seed), value, budget=12, seeds=range(5))
    expected = [np.maximum.accumulate([record.value for record in history]) for history in histories]
    assert np.array_equal(statistics.incumbent_curves(histories), expected)


def test_a_report_shows_the_incumbent_and_may_fall():
    histories = repeat(lambda seed: RandomSearch(LINE, seed), value, budget=30, seeds=range(3))
    curves = statistics.incumbent_curves(histories, report=lambda genotype: -genotype[0])
    assert np.array_equal(curves, -statistics.incumbent_curves(histories))


def test_a_run_that_ended_early_keeps_its_last_value():
    short = search(RandomSearch(LINE, 0, replace=False), value, budget=50)
    long = search(RandomSearch(LINE, 0), value, budget=20)
    curves = statistics.incumbent_curves([short, long])
    assert curves.shape == (2, 20)
    assert (curves[0, 10:] == 9).all()


def test_before_the_first_feasible_result_there_is_no_incumbent():
    history = search(RandomSearch(LINE, 0, replace=False), value, budget=10, constraints={"val_accuracy": (None, 0)})
    first = next(i for i, record in enumerate(history) if record.is_feasible)
    (curve,) = statistics.incumbent_curves([history])
    assert np.isnan(curve[:first]).all() and (curve[first:] == 0).all()


def test_incumbents_at_are_those_of_the_curves():
    runs = repeat(lambda seed: RandomSearch(LINE, seed), value, budget=9, seeds=range(5))
    curves = statistics.incumbent_curves(runs)
    for evaluations in (1, 4, 9):
        found = [value(cell)["val_accuracy"] for cell in statistics.incumbents_at(runs, evaluations)]
        assert found == curves[:, evaluations - 1].tolist()
    assert statistics.incumbents_at(runs, 100) == statistics.incumbents_at(runs, 9)
    with pytest.raises(ValueError, match="give at least one"):
        statistics.incumbents_at(runs, 0)
    with pytest.raises(ValueError, match="run 0 has no feasible result"):
        statistics.incumbents_at([History()], 3)


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="at least one run"):
        statistics.incumbent_curves([])


# Intervals


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


# Ranks


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [1, 2, 3]), "shapes"),
        (([1, math.nan], [1, 2]), "NaN"),
        (([1, 2], [1, 2], 1.5), r"share in \(0, 1\]"),
        (([1, 2], [1, 2], None, "pearson"), "'spearman' or 'kendall'"),
    ],
)
def test_rank_correlation_refuses_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        statistics.rank_correlation(*arguments)


# Targets


def test_evaluations_to_target_counts_from_one_and_censors():
    curves = np.array([[1, 5, 5], [5, 5, 5], [1, 1, 2], [np.nan, 1, 5]])
    reached = statistics.evaluations_to_target(curves, 5)
    assert reached.evaluations.tolist() == [2, 1, math.inf, 3]
    assert (reached.share, reached.median, reached.restricted_mean) == (0.75, 2.5, (2 + 1 + 3 + 3) / 4)


def test_the_median_is_infinite_when_half_of_the_runs_never_arrive():
    assert statistics.evaluations_to_target(np.array([[5.0], [1.0]]), 5).median == math.inf


# Closed forms


def test_the_expected_best_of_one_is_the_mean_and_of_many_the_maximum():
    values = np.random.default_rng(4).normal(size=500)
    assert statistics.expected_best_of(1, values) == pytest.approx(values.mean())
    assert statistics.expected_best_of(10**6, values) == pytest.approx(values.max())


def test_the_closed_form_agrees_with_random_search():
    bench = load_benchmark("nasbench201", dataset="ImageNet16-120", search_seed=0)
    histories = repeat(lambda seed: RandomSearch(bench.space, seed), bench.evaluate, budget=50, seeds=range(300))
    seen, kept_back = bench.values("val_accuracy", "search"), bench.values("val_accuracy", "report")
    for report, exact in [
        (None, statistics.expected_best_of(50, seen)),
        (lambda g: bench.report(g)["val_accuracy"], statistics.expected_best_of(50, seen, kept_back)),
    ]:
        band = statistics.bootstrap_band(statistics.incumbent_curves(histories, report)[:, -1], level=0.99)
        assert band.low < exact < band.high


def test_the_winners_curse_is_positive_and_grows_with_the_number_of_draws():
    for dataset in ("cifar10", "cifar100", "ImageNet16-120"):
        bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
        seen, kept_back = bench.values("val_accuracy", "search"), bench.values("val_accuracy", "report")
        curse = [
            statistics.expected_best_of(n, seen) - statistics.expected_best_of(n, seen, kept_back) for n in (10, 200)
        ]
        assert 0 < curse[0] < curse[1]


def test_luck_that_a_seed_has_with_all_architectures_is_no_curse():
    rng = np.random.default_rng(0)
    worth, noise = rng.normal(size=(1000, 1)), rng.normal(size=(1000, 2))
    believed, real = statistics.expected_winner(1, worth + noise + [0.7, 0])
    assert believed == pytest.approx(real), "one draw is not chosen, so there is no curse"
    fair, lucky = (statistics.expected_winner(50, worth + noise + [luck, 0]) for luck in (0, 0.7))
    assert fair[0] - fair[1] > 0.5
    assert lucky[0] - lucky[1] == pytest.approx(fair[0] - fair[1])


def test_seeds_that_were_not_trained_for_all_do_not_choose():
    values = np.array([[1.0, 2.0, np.nan], [3.0, 1.0, 5.0]])
    believed, real = statistics.expected_winner(1000, values)
    assert (believed, real) == pytest.approx(((3.0 + 2.0) / 2, (3.0 + 1.0) / 2))
    with pytest.raises(ValueError, match="takes two"):
        statistics.expected_winner(5, values[:, 1:])


def test_unknown_reports_are_left_out():
    assert statistics.expected_best_of(1, np.arange(4.0), np.array([1.0, math.nan, 3.0, math.nan])) == 2


def test_zero_draws_are_refused():
    with pytest.raises(ValueError, match="at least one draw"):
        statistics.expected_best_of(0, np.arange(4.0))


def test_the_table_of_results_has_a_row_a_searcher():
    rows = statistics.final_table({"a": np.ones((3, 10)), "b": np.zeros((3, 10))}, at=[5, 10])
    assert rows[0] == {"searcher": "a", "5 evaluations": "1.00 [1.00, 1.00]", "10 evaluations": "1.00 [1.00, 1.00]"}
    assert len(rows) == 2


def test_history_without_records_is_empty_but_usable():
    assert statistics.incumbent_curves([History()]).shape == (1, 0)


def test_the_partial_rank_correlation_is_that_of_the_rests_of_the_ranks():
    rng = np.random.default_rng(0)
    given = rng.integers(6, size=80)
    scores, truth = given + rng.normal(0, 2, 80), given**2 + rng.normal(0, 9, 80)
    ranks = [stats.rankdata(values) for values in (scores, truth)]
    z = stats.rankdata(given)
    rests = [values - np.polyval(np.polyfit(z, values, 1), z) for values in ranks]
    found = statistics.partial_rank_correlation(scores, truth, given)
    assert found == pytest.approx(stats.pearsonr(*rests)[0])
    best = np.argsort(-truth)[:40]
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
        best = np.argsort(-truth)[:count]
        drawn = [rng.choice(best, count) for _ in range(500)]
        again = [stats.spearmanr(scores[rows], truth[rows]).statistic for rows in drawn]
        assert (band.low, band.high) == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=tolerance)
    again = statistics.rank_correlation_band(scores, truth)
    assert again == statistics.rank_correlation_band(scores, truth) and again.low < again.mean < again.high
