import math

import numpy as np
import pytest

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
    with pytest.raises(ValueError, match="evaluations 0: give a whole number, at least 1"):
        statistics.incumbents_at(runs, 0)
    with pytest.raises(ValueError, match="run 0 has no feasible result"):
        statistics.incumbents_at([History()], 3)


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="at least one run"):
        statistics.incumbent_curves([])


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
    with pytest.raises(ValueError, match="n 0: give a whole number, at least 1"):
        statistics.expected_best_of(0, np.arange(4.0))


def test_the_table_of_results_has_a_row_a_searcher():
    rows = statistics.final_table({"a": np.ones((3, 10)), "b": np.zeros((3, 10))}, at=[5, 10])
    assert rows[0] == {"searcher": "a", "5 evaluations": "1.00 [1.00, 1.00]", "10 evaluations": "1.00 [1.00, 1.00]"}
    assert len(rows) == 2


def test_history_without_records_is_empty_but_usable():
    assert statistics.incumbent_curves([History()]).shape == (1, 0)


def climbing(steps, length=12):
    """Runs that are at 1 from a step on, each at its own."""
    return np.array([(np.arange(1, length + 1) >= step).astype(float) for step in steps])


def test_a_speedup_is_the_ratio_of_evaluations_until_the_slow_ones_end():
    band = statistics.speedup_band(climbing([12, 12, 12]), climbing([3, 3, 3]))
    assert band == (4, 4, 4)
    varied = statistics.speedup_band(climbing([12, 12, 6]), climbing([2, 3, 4]))
    assert varied.mean == 3 and varied.low <= 3 < varied.high


def test_a_speedup_is_zero_where_the_fast_ones_never_get_there():
    assert statistics.speedup_band(climbing([12, 12]), 0.5 * climbing([3, 3])) == (0, 0, 0)
