"""Tables in general: what is selected on is never what is reported, and anybody's CSV opens."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import Benchmark, load_benchmark, search
from nastutor.loop.search import EvaluationError
from nastutor.searchers import RandomSearch
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


def test_values_cannot_damage_the_table():
    table = two_seeds_and_a_gap()
    table.values("params")[:] = -1
    table.values("val_accuracy", "search")[:] = -1
    assert table.evaluate(GENOTYPES[2]) == {"val_accuracy": 2.0, "params": 2.0}
    assert table.report(GENOTYPES[2])["params"] == 2.0


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
    ],
)
def test_a_table_that_does_not_fit_is_refused(genotypes, metrics, message):
    with pytest.raises(ValueError, match=message):
        Benchmark(SPACE, genotypes, metrics)


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


# CSV


@pytest.fixture
def write(tmp_path):
    def text(*lines):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return text


def test_a_csv_is_opened_under_our_names_and_searched(write):
    path = write(
        "arch,acc,ms,comment",
        "depth=1,90.5,3,fast",
        "depth=2|kernel=3,92,4,",
        "depth=3|kernel=5,91,5.5,slow",
    )
    table = Benchmark.from_csv(path, SPACE, metrics={"val_accuracy": "acc", "latency_ms": "ms"})
    assert table.evaluate((2, 1)) == {"val_accuracy": 91.0, "latency_ms": 5.5}
    assert table.name == "mine.csv"
    assert len(table) == 3
    with pytest.raises(ValueError, match=r"depth=2\|kernel=5 is not among the 3"):
        table.evaluate((1, 1))


def test_nas_bench_201_strings_open_with_the_cell_space(write, cells):
    path = write("arch,val_accuracy", "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|,83.2")
    assert Benchmark.from_csv(path, cells).evaluate((0, 0, 0, 1, 0, 0)) == {"val_accuracy": 83.2}


def test_without_names_every_other_column_is_a_metric(write):
    table = Benchmark.from_csv(write("cell,a,b", "depth=1,1,2"), SPACE, architecture="cell")
    assert table.evaluate((0, 0)) == {"a": 1.0, "b": 2.0}


def test_a_seed_column_makes_a_table_of_seeds(write):
    path = write("arch,run,acc", "depth=1,1,20", "depth=1,0,10", "depth=2|kernel=3,0,30", "depth=1,2,60")
    table = Benchmark.from_csv(path, SPACE, seed="run")
    assert table.seeds == 3
    assert table.evaluate((0, 0)) == {"acc": 10.0}
    assert table.report((0, 0)) == {"seeds": 2, "acc": 40.0}
    assert table.report((1, 0))["seeds"] == 0
    with pytest.raises(ValueError, match=r"search_seed 1, which was not trained for every .* choose one of \[0\]"):
        Benchmark.from_csv(path, SPACE, seed="run", search_seed=1)


def test_a_frame_is_read_back_from_its_csv(tmp_path):
    table = two_seeds_and_a_gap()
    table.to_frame().to_csv(tmp_path / "out.csv", index=False)
    names = {f"seed_{i}": f"val_accuracy_seed{i}" for i in range(3)} | {"params": "params"}
    again = Benchmark.from_csv(tmp_path / "out.csv", SPACE, architecture="architecture", metrics=names)
    for i in range(3):
        np.testing.assert_array_equal(again.values(f"seed_{i}"), table.metrics["val_accuracy"][:, i])
    assert again.genotypes == table.genotypes


def test_an_empty_cell_is_noticed_by_the_search_that_meets_it(write):
    table = Benchmark.from_csv(write("arch,val_accuracy", "depth=1,", "depth=2|kernel=3,2"), SPACE)
    searcher = RandomSearch(SearchSpace([Variable("depth", (1,)), Variable("kernel", (3,))]))
    with pytest.raises(EvaluationError, match="val_accuracy is nan"):
        search(searcher, table.evaluate, 1)


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (["cell,acc", "depth=1,1"], {}, r"mine.csv has no column 'arch': it has cell, acc"),
        (["arch,acc", "depth=1,1"], {"metrics": {"val_accuracy": "accuracy"}}, "has no column 'accuracy'"),
        (["arch,acc", "depth=1,1"], {"seed": "seed"}, "has no column 'seed'"),
        (["arch,acc", "depth=1,1", "depth=9,1"], {}, r"mine.csv, line 3: depth = '9'"),
        (["arch,acc", "depth=1,1", ",1"], {}, r"mine.csv, line 3: cannot read 'nan'"),
        (["arch,acc", "depth=1,high"], {}, r"mine.csv, column 'acc'.*high"),
        (["arch,acc", "depth=1,1", "depth=1,2"], {}, "1 architectures are given twice"),
        (["arch,s,acc", "depth=1,0,1", "depth=1,0,2"], {"seed": "s"}, "comes twice with the same seed"),
        (["arch,s,acc", "depth=1,a,1"], {"seed": "s"}, r"seeds must be whole numbers from 0, got \['a'\]"),
        (["arch,s,acc", "depth=1,-1,1"], {"seed": "s"}, r"seeds must be whole numbers from 0, got \[-1\]"),
        (["arch,s,acc", "depth=1,0.5,1"], {"seed": "s"}, r"seeds must be whole numbers from 0, got \[0.5\]"),
    ],
)
def test_a_bad_csv_is_refused_with_what_is_wrong(write, lines, options, message):
    with pytest.raises(ValueError, match=message):
        Benchmark.from_csv(write(*lines), SPACE, **options)
