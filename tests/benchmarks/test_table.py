"""Tables in general: what is selected on is never what is reported, and what does not fit is refused."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import Benchmark, load_benchmark
from nastutor.spaces import SearchSpace, Variable

SPACE = SearchSpace([Variable("depth", (1, 2, 3)), Variable("kernel", (3, 5), when={"depth": (2, 3)})])
GENOTYPES = list(SPACE)
ROWS = len(GENOTYPES)

tables = st.integers(2, 4).flatmap(
    lambda seeds: st.lists(
        st.lists(st.floats(0, 100), min_size=seeds, max_size=seeds), min_size=ROWS, max_size=ROWS
    ).map(np.array)
)


@given(tables, st.data())
def test_the_search_sees_one_seed_and_the_report_the_others(accuracy, data):
    """Change the column of the search seed: no report moves. Change the others: no evaluation moves."""
    seeds = accuracy.shape[1]
    seed = data.draw(st.integers(0, seeds - 1))
    table = Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy}, search_seed=seed)
    others = [i for i in range(seeds) if i != seed]
    searched, reported = accuracy.copy(), accuracy.copy()
    searched[:, seed] += 1
    reported[:, others] += 1
    for genotype in GENOTYPES:
        for changed, moves in [(searched, "evaluate"), (reported, "report")]:
            other = Benchmark(SPACE, GENOTYPES, {"val_accuracy": changed}, search_seed=seed)
            for method in ("evaluate", "report"):
                before, after = (getattr(t, method)(genotype)["val_accuracy"] for t in (table, other))
                assert (before != after) == (method == moves)


def two_seeds_and_a_gap():
    accuracy = np.array([[i, i + 1, i + 2] for i in range(ROWS)], dtype=float)
    accuracy[1, 2] = accuracy[3, 1] = np.nan
    return Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy, "params": np.arange(ROWS)})


def test_missing_seeds_are_left_out_of_the_mean_and_counted():
    table = two_seeds_and_a_gap()
    assert table.report(GENOTYPES[0]) == {"seeds": 2, "val_accuracy": 1.5, "params": 0.0}
    assert table.report(GENOTYPES[1]) == {"seeds": 1, "val_accuracy": 2.0, "params": 1.0}
    assert table.report(GENOTYPES[3]) == {"seeds": 1, "val_accuracy": 5.0, "params": 3.0}
    np.testing.assert_allclose(table.values("val_accuracy", "report"), [1.5, 2, 3.5, 5, 5.5])
    np.testing.assert_allclose(table.values("val_accuracy", "all"), [1, 1.5, 3, 4, 5])
    np.testing.assert_allclose(table.values("val_accuracy", "search"), [0, 1, 2, 3, 4])


@given(tables)
def test_values_are_the_reports_and_evaluations_of_all_rows(accuracy):
    table = Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy}, search_seed=1)
    for seeds, method in [("report", table.report), ("search", table.evaluate)]:
        one_by_one = [method(genotype)["val_accuracy"] for genotype in GENOTYPES]
        np.testing.assert_allclose(table.values("val_accuracy", seeds), one_by_one)


def test_the_noise_of_good_architectures_is_taken_from_seeds_that_no_search_saw():
    table = Benchmark(
        SPACE, GENOTYPES, {"val_accuracy": np.add.outer(np.arange(float(ROWS)), [0, 1, 2])}, search_seed=1
    )
    assert table.noise_pool(2).tolist() == [[ROWS - 1.0, ROWS + 1.0], [ROWS - 2.0, ROWS]]
    assert table.noise_pool().shape == (ROWS, 2)
    with pytest.raises(ValueError, match="size 0"):
        table.noise_pool(0)
    with pytest.raises(ValueError, match="no metric 'speed'"):
        table.noise_pool(metric="speed")


def test_values_cannot_damage_the_table():
    table = two_seeds_and_a_gap()
    table.values("params")[:] = -1
    table.values("val_accuracy", "search")[:] = -1
    assert table.evaluate(GENOTYPES[2]) == {"val_accuracy": 2.0, "params": 2.0}
    assert table.report(GENOTYPES[2])["params"] == 2.0


@pytest.mark.parametrize("name", ["glyphs", "digits", "nasbench201"])
def test_tables_of_one_file_share_arrays_that_nobody_can_write_to_and_nothing_else(name):
    first, second = load_benchmark(name, search_seed=0), load_benchmark(name, search_seed=1)
    before = second.evaluate(second.genotypes[1]), second.report(second.genotypes[1])
    for metric, values in (first.metrics | first.curves).items():
        assert np.shares_memory(values, (second.metrics | second.curves)[metric])
        with pytest.raises(ValueError, match="read-only"):
            values[1] = 50
    first.genotypes.clear(), first.metrics.clear(), first.curves.clear()
    third = load_benchmark(name, search_seed=1)
    assert before == tuple(getattr(third, ask)(third.genotypes[1]) for ask in ("evaluate", "report"))


@given(tables, st.data())
def test_a_table_that_another_seed_is_searched_in_is_the_one_opened_with_it(accuracy, data):
    seed, other = (data.draw(st.integers(0, accuracy.shape[1] - 1)) for _ in range(2))
    curves = {"val_accuracy": np.stack([accuracy / 2, accuracy], axis=2)}
    opened = Benchmark(SPACE, GENOTYPES, {}, search_seed=other, curves=curves)
    changed = Benchmark(SPACE, GENOTYPES, {}, search_seed=seed, curves=curves)
    changed.evaluate(GENOTYPES[0], epochs=1), changed.report(GENOTYPES[0])  # whatever this keeps is of the old seed
    changed = changed.searched_by(other)
    for genotype in GENOTYPES:
        assert changed.report(genotype) == opened.report(genotype)
        assert all(changed.evaluate(genotype, epochs) == opened.evaluate(genotype, epochs) for epochs in (1, 2, None))


def test_with_one_seed_there_is_nothing_left_to_report():
    table = Benchmark(SPACE, GENOTYPES, {"val_accuracy": np.ones((ROWS, 1)), "params": np.ones(ROWS)})
    report = table.report(GENOTYPES[0])
    assert np.isnan(report["val_accuracy"])
    assert (report["params"], report["seeds"]) == (1.0, 0)


@pytest.mark.parametrize("seed", [1, 2, 3, -1, None, "0"])
def test_only_a_seed_that_was_trained_for_every_architecture_may_be_searched(seed):
    accuracy = two_seeds_and_a_gap().metrics["val_accuracy"]
    with pytest.raises(ValueError, match=rf"search_seed {seed!r}.*; choose one of \[0\]"):
        Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy}, search_seed=seed)


@pytest.mark.parametrize(
    ("genotypes", "metrics", "message"),
    [
        (GENOTYPES, {"acc": np.ones(3)}, r"acc has shape \(3,\); give \(5,\) or \(5, seeds\)"),
        (GENOTYPES, {"acc": np.ones((ROWS, 2, 2))}, r"acc has shape \(5, 2, 2\)"),
        (GENOTYPES, {"acc": 1.0}, r"acc has shape \(\)"),
        (GENOTYPES, {"a": np.ones((ROWS, 2)), "b": np.ones((ROWS, 3))}, r"different numbers of seeds: \[2, 3\]"),
        ([*GENOTYPES, GENOTYPES[0]], {"acc": np.ones(ROWS + 1)}, "1 architectures are given twice"),
        ([(3, 0)], {"acc": np.ones(1)}, "value 3 of variable 'depth'"),
        ([], {"acc": np.ones(0)}, "mine has no architectures: give at least one"),
        (None, {"acc": np.ones(1)}, "genotypes None: give a list"),
        (GENOTYPES, {}, "mine has no metrics: give at least one"),
        (GENOTYPES, [np.ones(ROWS)], "give a dictionary of arrays by name"),
        (GENOTYPES, {3: np.ones(ROWS)}, "metric 3: give a text"),
        (GENOTYPES, {"seeds": np.ones(ROWS)}, "metric 'seeds': give a text, other than architecture and seeds"),
        (GENOTYPES, {"acc": ["high"] * ROWS}, "acc .*: give an array of numbers"),
        (GENOTYPES, {"acc": [[1.0], [2.0, 3.0], [4.0], [5.0], [6.0]]}, "acc .*: give an array of numbers"),
        (GENOTYPES, {"acc": [10**400] * ROWS}, "acc .*: give an array of numbers"),
        (GENOTYPES, {"acc": np.ones((ROWS, 0))}, r"acc has shape \(5, 0\)"),
        (GENOTYPES, {"acc": np.full(ROWS, np.nan)}, "acc is NaN everywhere: leave it out"),
        (GENOTYPES, {"acc": np.where(np.eye(ROWS), np.nan, 1)}, "none of 5 seeds was trained for every architecture"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(genotypes, metrics, message):
    with pytest.raises(ValueError, match=message):
        Benchmark(SPACE, genotypes, metrics, "mine")


def test_what_a_mask_hides_is_unknown():
    hidden = np.ma.array([1, 2, 3, 4, 5], mask=[0, 0, 1, 0, 0])
    found = Benchmark(SPACE, GENOTYPES, {"acc": hidden}).values("acc")
    np.testing.assert_array_equal(found, [1, 2, np.nan, 4, 5])


def test_a_space_of_another_class_is_refused():
    with pytest.raises(ValueError, match="space None: give a SearchSpace"):
        Benchmark(None, GENOTYPES, {"acc": np.ones(ROWS)})


def test_seeds_have_the_names_that_were_given():
    accuracy = two_seeds_and_a_gap().metrics["val_accuracy"]
    names = (20240101, 7, "rerun")
    table = Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy}, search_seed=20240101, seed_names=names)
    assert (table.seed_names, table.search_seed, table.search_column, table.seeds) == (names, 20240101, 0, 3)
    assert table.evaluate(GENOTYPES[2]) == {"val_accuracy": 2.0}
    assert [f"val_accuracy_seed{name}" for name in names] == [*table.to_frame().columns[1:]]
    for seed in (0, "7", 7, True, None, [20240101]):
        with pytest.raises(ValueError, match=r"choose one of \[20240101\]"):
            Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy}, search_seed=seed, seed_names=names)
    for wrong in ([1, 2], [1, 1, 2], [1, "1", 2]):
        with pytest.raises(ValueError, match="give 3 different ones, one a column"):
            Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy}, search_seed=1, seed_names=wrong)


def test_a_table_keeps_what_it_was_given():
    accuracy = np.ones(ROWS)
    table = Benchmark(SPACE, GENOTYPES, {"val_accuracy": accuracy})
    accuracy[:] = 0
    assert table.report(GENOTYPES[0])["val_accuracy"] == table.values("val_accuracy")[0] == 1


NONSENSE = [
    None,
    True,
    3,
    -1,
    2.5,
    np.nan,
    "",
    "depth",
    b"x",
    [],
    {},
    (1,),
    [[1]],
    np.zeros((2, 2)),
    np.array(3),
    object(),
]


@pytest.mark.parametrize("open_one", [two_seeds_and_a_gap, lambda: load_benchmark("digits")])
def test_nonsense_is_refused_with_what_is_allowed(open_one):
    """Every method, every argument: a value that it takes, or an error in words of ours."""
    table = open_one()
    calls = {
        table.evaluate: "genotype|integers|values here|operation|variable|among",
        table.report: "genotype|integers|values here|operation|variable|among",
        (lambda value: table.evaluate(table.genotypes[0], value)): "has no learning curves|choose a whole number, 1…12",
        table.values: "has no metric .*: choose one of",
        (lambda value: table.values("val_accuracy", value)): "choose 'search', 'report' or 'all'",
        (
            lambda value: load_benchmark(value)
        ): "choose one of nasbench201, glyphs, digits, nasbench_graph, sequences, fcnet",
        (lambda value: load_benchmark("nasbench201", dataset=value)): "choose one of cifar10, cifar100",
        (lambda value: load_benchmark("digits", search_seed=value)): r"choose one of \[0, 1, 2\]",
    }
    for call, allowed in calls.items():
        for value in NONSENSE:
            try:
                call(value)
            except ValueError as error:
                assert re.search(allowed, str(error), re.DOTALL), (value, error)


def test_an_architecture_may_be_given_as_any_sequence_of_integers():
    table = two_seeds_and_a_gap()
    expected = table.evaluate((1, 1))
    assert table.evaluate([1, 1]) == table.evaluate(np.array([1, 1])) == expected
    assert table.report([1, 1]) == table.report((1, 1))


@pytest.mark.parametrize("method", ["evaluate", "report"])
def test_an_architecture_that_is_not_in_the_table_is_named(method):
    table = Benchmark(SPACE, GENOTYPES[:2], {"val_accuracy": np.ones(2)}, name="mine")
    ask = getattr(table, method)
    with pytest.raises(ValueError, match=r"depth=3\|kernel=5 is not among the 2 architectures of mine"):
        ask((2, 1))
    with pytest.raises(ValueError, match="value 7 of variable 'depth'"):
        ask((7, 0))


def test_epochs_are_refused_where_there_are_no_learning_curves():
    with pytest.raises(ValueError, match=r"mine has no learning curves: leave epochs out \(got 3\)"):
        Benchmark(SPACE, GENOTYPES, {"val_accuracy": np.ones(ROWS)}, name="mine").evaluate((0, 0), epochs=3)


def test_unknown_metrics_seeds_and_benchmarks_are_refused_with_the_choices():
    table = two_seeds_and_a_gap()
    with pytest.raises(ValueError, match="no metric 'accuracy': choose one of val_accuracy, params"):
        table.values("accuracy")
    with pytest.raises(ValueError, match="seeds 'test': choose 'search', 'report' or 'all'"):
        table.values("val_accuracy", "test")
    with pytest.raises(ValueError, match=r"benchmark 'nasbench': choose one of .*nasbench201"):
        load_benchmark("nasbench")
    with pytest.raises(TypeError, match="benchmark 'digits' has no option 'dataset': it has search_seed"):
        load_benchmark("digits", dataset="cifar10")


def test_a_metric_that_is_reported_as_another_is_seen_by_searches_only():
    metrics = {"val_accuracy": np.arange(ROWS), "test_accuracy": np.arange(ROWS) + 0.5, "params": np.ones(ROWS)}
    table = Benchmark(SPACE, GENOTYPES, metrics, reported_as={"val_accuracy": "test_accuracy"})
    assert table.evaluate(GENOTYPES[1]) == {"val_accuracy": 1.0, "params": 1.0}
    assert table.report(GENOTYPES[1]) == {"seeds": 0, "test_accuracy": 1.5, "params": 1.0}
    assert table.values("test_accuracy").tolist() == metrics["test_accuracy"].tolist()


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ({"val_accuracy": "test"}, "reported_as has 'test': choose among val_accuracy, params"),
        ({"accuracy": "params"}, "reported_as has 'accuracy'"),
        ({"val_accuracy": "params", "params": "val_accuracy"}, "both searched and reported"),
        ("val_accuracy", "give a dictionary of names"),
    ],
)
def test_pairs_of_metrics_that_are_none_are_refused(pairs, told):
    with pytest.raises(ValueError, match=told):
        Benchmark(SPACE, GENOTYPES, {"val_accuracy": np.ones(ROWS), "params": np.ones(ROWS)}, reported_as=pairs)
