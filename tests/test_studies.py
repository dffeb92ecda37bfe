import json

import numpy as np
import pytest

from nastutor import load_benchmark, repeat, statistics, studies
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
    assert np.array_equal(stored[7], studies.run_once(dataset, studies.METHODS[method], seed=7))


def test_what_is_stored_of_a_surrogate_is_what_the_command_computes():
    pytest.importorskip("torch")
    for label in ("ProgressiveSearch", "ProgressiveSearch, 20", "PredictorSearch, path"):
        stored, method = studies.load_study("cifar100", label), studies.METHODS[label]
        assert stored.shape == (studies.RUNS, method.budget)
        assert np.array_equal(stored[7], studies.run_once("cifar100", method, seed=7))


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_shorter_study_can_be_compared_with_the_head_of_the_longer_one(dataset):
    """Up to the first training nothing depends on the encoding, so the same seed begins alike."""
    heads = [studies.load_study(dataset, f"PredictorSearch{what}")[:, :20] for what in ("", ", path", ", adjacency")]
    assert np.array_equal(heads[0], heads[1]) and np.array_equal(heads[0], heads[2])


def test_progressive_search_ends_by_itself():
    for label, most in [("ProgressiveSearch", 5 + 100 + 100), ("ProgressiveSearch, 20", 5 + 20 + 20)]:
        lengths = (studies.load_study("cifar10", label) != studies.NOTHING).sum(axis=1)
        assert lengths.max() <= most and lengths.min() > most - 10


def test_every_method_is_stored_for_every_dataset_with_its_present_settings():
    stored = studies.read_arrays(str(studies.data_path("studies.npz")))
    assert {name for name in stored if not name.endswith(".settings")} == {
        f"{dataset}/{method}" for dataset in DATASETS for method in studies.METHODS
    }
    for label, method in studies.METHODS.items():
        if method.searcher not in NUMPY_ALONE:
            pytest.importorskip("torch")
        for dataset in DATASETS:
            present = studies.make(method, dataset, seed=0).settings()
            assert json.loads(str(stored[f"{dataset}/{label}.settings"])) == json.loads(json.dumps(present))


def test_an_unknown_study_is_refused():
    with pytest.raises(ValueError, match=r"no study 'cifar10/Luck'.*cifar10/RandomSearch"):
        studies.load_study("cifar10", "Luck")


def test_building_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    random, local = studies.Method("RandomSearch", budget=20), studies.Method("LocalSearch")
    monkeypatch.setattr(studies, "METHODS", {"random": random, "local": local})
    monkeypatch.setattr(studies, "DATASETS", ("cifar10",))
    monkeypatch.setattr(studies, "RUNS", 2)
    path = tmp_path / "studies.npz"
    studies.build(path, workers=1)
    first = capsys.readouterr().out
    assert "random: 2 runs" in first and "local: 2 runs" in first
    studies.read_arrays.cache_clear()
    changed = studies.Method("RandomSearch", {"replace": False}, budget=20)
    monkeypatch.setattr(studies, "METHODS", {"random": changed, "local": local})
    studies.build(path, workers=1)
    second = capsys.readouterr().out
    assert "random: 2 runs" in second and "local" not in second
    with np.load(path) as stored:
        assert json.loads(str(stored["cifar10/random.settings"]))["replace"] is False
        assert stored["cifar10/random"].shape == (2, 20)
    assert RandomSearch(load_benchmark("nasbench201").space).replace is True
    studies.read_arrays.cache_clear()
