"""The study of growth in depth: what is stored, and that building it goes on where it stopped."""

import json
from zlib import crc32

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.studies import depth as depth_study
from nastutor.studies.depth import SPACE, load_depth_study


@pytest.fixture(scope="module")
def study():
    return load_depth_study()


def test_the_study_has_every_method_with_its_present_settings():
    stored = read_arrays(data_path("depth_study.npz"))
    assert str(stored["recipe"]) == depth_study.describe_recipe()
    for name in depth_study.METHODS:
        present = json.loads(json.dumps(depth_study.make(name, 0).settings()))
        assert json.loads(str(stored[f"settings/{name}"])) == present
        assert stored[f"rows/{name}"].shape == (depth_study.RUNS, depth_study.BUDGET)


@pytest.mark.parametrize(
    "method",
    [
        "RandomSearch",
        "RandomSearch, 4 layers",
        "RegularizedEvolution",
        pytest.param("ProgressiveSearch", marks=pytest.mark.long),
    ],
)
def test_a_stored_run_is_what_its_searcher_does_with_the_stored_accuracies(study, method):
    number = {genotype: row for row, genotype in enumerate(study.genotypes)}
    found = study.val_accuracy[:, 0]
    genotypes, correlations = depth_study.run_once(method, 3, lambda g: {"val_accuracy": found[number[g]]})
    assert [number[genotype] for genotype in genotypes] == study.rows[method][3].tolist()
    if correlations:
        assert np.allclose(correlations, study.correlations[method][3], atol=1e-6, equal_nan=True)


def test_a_stored_chain_trains_to_its_stored_accuracy(study):
    """In float32, so on another processor not to the last image; of two layers, which train fast."""
    of_two = [number for number, genotype in enumerate(study.genotypes) if genotype[0] == 1]
    row = max(of_two, key=lambda number: study.val_accuracy[number, 0])
    val, test = depth_study.train_chain(study.genotypes[row], seed=0)
    assert val == pytest.approx(study.val_accuracy[row, 0], abs=8)
    assert test == pytest.approx(study.test_accuracy[row, 0], abs=8)


def test_every_incumbent_was_trained_with_the_second_seed_and_chains_stand_once(study):
    assert len(set(study.genotypes)) == len(study.genotypes)
    assert all(SPACE.validate(genotype) == genotype for genotype in study.genotypes)
    assert not np.isnan(study.val_accuracy[:, 0]).any()
    for method in study.rows:
        assert not np.isnan(study.curves(method)).any()


def test_progressive_search_adds_a_layer_a_stage(study):
    assert np.array_equal(
        study.depths("ProgressiveSearch"), np.tile(np.repeat([1, 2, 3, 4], 10), (depth_study.RUNS, 1))
    )
    assert (study.depths("RandomSearch, 4 layers") == 4).all()


def test_curves_show_the_second_seed_of_the_best_by_the_first():
    study = depth_study.DepthStudy(
        genotypes=[], val_accuracy=np.array([[50, 0], [70, 0], [60, 0]]),
        test_accuracy=np.array([[0, 1], [0, 2], [0, 3]]), rows={"a": np.array([[0, 2, 1], [1, 0, 2]])}, correlations={},
    )  # fmt: skip
    assert study.curves("a").tolist() == [[1, 3, 2], [2, 2, 2]]


class Counted:
    """Stands for training: made-up accuracies, and an interruption after so many."""

    def __init__(self):
        self.trained, self.most = [], 10**6

    def __call__(self, genotype, seed):
        if len(self.trained) == self.most:
            raise KeyboardInterrupt
        self.trained.append((genotype, seed))
        value = crc32(bytes([*genotype, seed])) / 2**32
        return 100 * value, 90 * value


@pytest.fixture
def counted(monkeypatch):
    counted = Counted()
    methods = {name: depth_study.METHODS[name] for name in ("RandomSearch", "RegularizedEvolution")}
    monkeypatch.setattr(depth_study, "METHODS", methods)
    monkeypatch.setattr(depth_study, "RUNS", 2)
    monkeypatch.setattr(depth_study, "train_chain", counted)
    return counted


def test_a_build_that_was_stopped_trains_nothing_twice_and_ends_alike(tmp_path, counted):
    whole, stopped = tmp_path / "whole.npz", tmp_path / "stopped.npz"
    depth_study.build(whole)
    trainings = counted.trained.copy()
    assert len(set(trainings)) == len(trainings)
    counted.trained.clear()
    counted.most = 70
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
        depth_study.build(stopped)
    notes = tmp_path / "stopped.trainings.jsonl"
    assert len(notes.read_text(encoding="utf-8").splitlines()) == 70
    counted.most = 10**6
    depth_study.build(stopped)
    assert counted.trained == trainings and not notes.exists()
    with np.load(whole) as a, np.load(stopped) as b:
        assert a.files == b.files
        assert all(np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f") for name in a.files)


def test_what_the_file_has_is_not_trained_again(tmp_path, counted, capsys, monkeypatch):
    path = tmp_path / "depth_study.npz"
    depth_study.build(path)
    counted.trained.clear()
    depth_study.build(path)
    assert "is up to date" in capsys.readouterr().out and not counted.trained
    evolution = depth_study.Method("RegularizedEvolution", {"population_size": 5, "sample_size": 3})
    methods = depth_study.METHODS | {"RegularizedEvolution": evolution}
    monkeypatch.setattr(depth_study, "METHODS", methods)
    depth_study.build(path)
    assert 0 < len(counted.trained) < 100
    first_seeds = {genotype for genotype, seed in counted.trained if seed == 0}
    study = load_depth_study(path)
    random_chains = {study.genotypes[row] for row in study.rows["RandomSearch"].flat}
    assert not first_seeds & random_chains, "random search's chains are known"


def test_notes_of_another_recipe_are_not_used(tmp_path, counted):
    path = tmp_path / "depth_study.npz"
    note = json.dumps([[0] * 33, 0, "another recipe", 1.0, 2.0])
    path.with_suffix(".trainings.jsonl").write_text(note + "\n", encoding="utf-8")
    assert not depth_study.Trainings(path).results
