import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nastutor import load_benchmark, repeat, searchers, statistics
from nastutor.arrays import read_arrays
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.resources import data_path
from nastutor.searchers import LocalSearch, RandomSearch
from nastutor.studies import searches

NUMPY_ALONE = (
    "RandomSearch", "LargestFirst", "LocalSearch", "GeneticAlgorithm", "RegularizedEvolution", "BayesianSearch",
)  # fmt: skip


@pytest.fixture(scope="module")
def bench():
    return load_benchmark("nasbench201", dataset="cifar10", search_seed=0)


@pytest.mark.parametrize("seeds", ["report", "search"])
def test_curves_of_rows_are_the_incumbent_curves_of_the_histories(bench, seeds):
    histories = repeat(lambda seed: LocalSearch(bench.space, seed), bench.evaluate, budget=60, seeds=range(4))
    rows = np.array([[bench.genotypes.index(record.genotype) for record in history] for history in histories])
    known = dict(zip(bench.genotypes, bench.values("val_accuracy", seeds)))
    expected = statistics.incumbent_curves(histories, known.__getitem__)
    assert np.array_equal(searches.study_curves(bench, rows.astype(np.uint16), seeds), expected)


def test_a_run_that_ended_early_keeps_its_incumbent(bench):
    rows = np.array([[5, 9, searches.NOTHING, searches.NOTHING]], dtype=np.uint16)
    curve = searches.study_curves(bench, rows, "search")[0]
    assert curve[1] == curve[2] == curve[3] == bench.values("val_accuracy", "search")[[5, 9]].max()


@pytest.mark.parametrize(
    "method", [pytest.param(name, marks=[pytest.mark.long] * name.startswith("Bayesian")) for name in NUMPY_ALONE]
)
@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_stored_is_what_the_command_computes(dataset, method):
    stored = searches.load_study(dataset, method)
    assert stored.shape == (searches.RUNS, searches.METHODS[method].budget)
    assert np.array_equal(stored[7], searches.run_once(dataset, searches.METHODS[method], seed=7))


@pytest.mark.long
def test_what_is_stored_of_a_surrogate_is_what_the_command_computes():
    pytest.importorskip("torch")
    for label in ("ProgressiveSearch", "ProgressiveSearch, 20", "PredictorSearch, path"):
        stored, method = searches.load_study("cifar100", label), searches.METHODS[label]
        assert stored.shape == (searches.RUNS, method.budget)
        assert np.array_equal(stored[7], searches.run_once("cifar100", method, seed=7))


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_shorter_study_can_be_compared_with_the_head_of_the_longer_one(dataset):
    """Up to the first training nothing depends on the encoding, so the same seed begins alike."""
    heads = [searches.load_study(dataset, f"PredictorSearch{what}")[:, :20] for what in ("", ", path", ", adjacency")]
    assert np.array_equal(heads[0], heads[1]) and np.array_equal(heads[0], heads[2])


def test_progressive_search_ends_by_itself():
    for label, most in [("ProgressiveSearch", 5 + 100 + 100), ("ProgressiveSearch, 20", 5 + 20 + 20)]:
        lengths = (searches.load_study("cifar10", label) != searches.NOTHING).sum(axis=1)
        assert lengths.max() <= most and lengths.min() > most - 10


def test_every_method_is_stored_for_every_dataset_with_its_present_settings():
    stored = read_arrays(data_path("studies.npz"))
    assert {name for name in stored if not name.endswith(".settings")} == {
        f"{dataset}/{method}" for dataset in DATASETS for method in searches.METHODS
    }
    for label, method in searches.METHODS.items():
        if method.searcher not in NUMPY_ALONE:
            pytest.importorskip("torch")
        for dataset in DATASETS:
            present = searches.make(method, dataset, seed=0).settings()
            assert json.loads(str(stored[f"{dataset}/{label}.settings"])) == json.loads(json.dumps(present))


def test_an_unknown_study_is_refused():
    with pytest.raises(ValueError, match=r"no study 'cifar10/Luck'.*cifar10/RandomSearch"):
        searches.load_study("cifar10", "Luck")


def test_building_goes_on_where_it_stopped(tmp_path, capsys):
    random, local = searches.Method("RandomSearch", budget=20, runs=2), searches.Method("LocalSearch", runs=2)
    path = tmp_path / "studies.npz"
    searches.build(path, ThreadPoolExecutor(1), {"cifar10": {"random": random, "local": local}})
    first = capsys.readouterr().out
    assert "random: 2 runs" in first and "local: 2 runs" in first
    changed = searches.Method("RandomSearch", {"replace": False}, budget=20, runs=2)
    searches.build(path, ThreadPoolExecutor(1), {"cifar10": {"random": changed, "local": local}})
    second = capsys.readouterr().out
    assert "random: 2 runs" in second and "local" not in second
    with np.load(path) as stored:
        assert json.loads(str(stored["cifar10/random.settings"]))["replace"] is False
        assert stored["cifar10/random"].shape == (2, 20)
    assert RandomSearch(load_benchmark("nasbench201").space).replace is True


def test_the_ends_of_a_study_are_the_cells_behind_its_curve():
    bench = load_benchmark("nasbench201", dataset="cifar100", search_seed=0)
    rows = searches.load_study("cifar100", "RegularizedEvolution")
    seeds, cells = searches.study_ends(bench, rows, step=50)
    assert [np.nanmean(values) for values in seeds] == pytest.approx(searches.study_curves(bench, rows)[:, 49])
    assert [bench.report(cell)["val_accuracy"] for cell in cells] == pytest.approx([np.nanmean(s) for s in seeds])


def test_first_designs_of_a_method_are_the_largest():
    method = searches.METHODS["BayesianSearch, 25 largest first"]
    space = load_benchmark("nasbench201").space
    assert searches.make(method, "cifar10", seed=3).start == searchers.LargestFirst(space, 3).order[:25]
    assert searches.make(searches.METHODS["BayesianSearch"], "cifar10", seed=3).start == []
