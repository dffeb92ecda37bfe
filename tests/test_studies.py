import json

import numpy as np
import pytest

from nastutor import load_benchmark, repeat, searchers, statistics, studies
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.searchers import LocalSearch, RandomSearch

NUMPY_ALONE = ("RandomSearch", "LocalSearch", "GeneticAlgorithm", "RegularizedEvolution")


@pytest.fixture(scope="module")
def bench():
    return load_benchmark("nasbench201", dataset="cifar10", search_seed=0)


@pytest.mark.parametrize("seeds", ["report", "search"])
def test_curves_of_rows_are_the_incumbent_curves_of_the_histories(bench, seeds):
    histories = repeat(lambda seed: LocalSearch(bench.space, seed), bench.evaluate, budget=60, seeds=range(4))
    rows = np.array([[bench.genotypes.index(record.genotype) for record in history] for history in histories])
    known = dict(zip(bench.genotypes, bench.values("val_accuracy", seeds)))
    expected = statistics.incumbent_curves(histories, known.__getitem__)
    assert np.array_equal(studies.study_curves(bench, rows.astype(np.uint16), seeds), expected)


def test_a_run_that_ended_early_keeps_its_incumbent(bench):
    rows = np.array([[5, 9, studies.NOTHING, studies.NOTHING]], dtype=np.uint16)
    curve = studies.study_curves(bench, rows, "search")[0]
    assert curve[1] == curve[2] == curve[3] == bench.values("val_accuracy", "search")[[5, 9]].max()


@pytest.mark.parametrize("method", NUMPY_ALONE)
@pytest.mark.parametrize("dataset", DATASETS)
def test_what_is_stored_is_what_the_command_computes(dataset, method):
    stored = studies.load_study(dataset, method)
    assert stored.shape == (studies.RUNS, studies.BUDGET)
    assert np.array_equal(stored[7], studies.run_once(dataset, method, studies.METHODS[method], seed=7))


def test_every_method_is_stored_for_every_dataset_with_its_present_settings():
    stored = studies._read(str(studies.data_path("studies.npz")))
    assert {name for name in stored if not name.endswith(".settings")} == {
        f"{dataset}/{method}" for dataset in DATASETS for method in studies.METHODS
    }
    for method, settings in studies.METHODS.items():
        present = getattr(searchers, method)(load_benchmark("nasbench201").space, seed=0, **settings).settings()
        for dataset in DATASETS:
            assert json.loads(str(stored[f"{dataset}/{method}.settings"])) == json.loads(json.dumps(present))


def test_an_unknown_study_is_refused():
    with pytest.raises(ValueError, match=r"no study 'cifar10/Luck'.*cifar10/RandomSearch"):
        studies.load_study("cifar10", "Luck")


def test_building_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(studies, "METHODS", {"RandomSearch": {}, "LocalSearch": {}})
    monkeypatch.setattr(studies, "DATASETS", ("cifar10",))
    monkeypatch.setattr(studies, "RUNS", 2)
    path = tmp_path / "studies.npz"
    studies.build(path)
    first = capsys.readouterr().out
    assert "RandomSearch: 2 runs" in first and "LocalSearch: 2 runs" in first
    studies._read.cache_clear()
    monkeypatch.setattr(studies, "METHODS", {"RandomSearch": {"replace": False}, "LocalSearch": {}})
    studies.build(path)
    second = capsys.readouterr().out
    assert "RandomSearch: 2 runs" in second and "LocalSearch" not in second
    with np.load(path) as stored:
        assert json.loads(str(stored["cifar10/RandomSearch.settings"]))["replace"] is False
        assert stored["cifar10/RandomSearch"].shape == (2, studies.BUDGET)
    assert RandomSearch(load_benchmark("nasbench201").space).replace is True
    studies._read.cache_clear()
