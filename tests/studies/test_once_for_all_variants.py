"""The stored ways to train an elastic network are those of the plan, and say what the lesson says of them."""

import numpy as np
import pytest

from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.statistics import student_difference_band
from nastutor.studies import once_for_all_variants
from nastutor.studies.once_for_all_variants import METHODS, RUNS, build, load_variants, phases_of, plan


def test_the_file_holds_the_plan():
    for length, (names, seeds) in RUNS.items():
        found = load_variants(length)
        assert {METHODS[name] for name in names} <= set(found)
        assert all(found[METHODS[name]].shape == (len(seeds), 50) for name in names)
    assert list(load_variants("full")) == list(METHODS.values())


def test_neither_phases_nor_kernel_matrices_can_be_told_from_nothing():
    shrinking, matrices, random = (test[:, 2:].mean(axis=1) for test in load_variants("quarter").values())
    for other in (matrices, random):
        assert student_difference_band(shrinking, other).verdict() == "cannot be told"


def test_a_plan_counts_about_as_many_paths_as_the_papers():
    pytest.importorskip("torch")
    assert str(read_arrays(data_path("once_for_all_variants.npz"))["plan"]) == plan()
    for length, (names, _) in RUNS.items():
        paths = [sum(phase.recipe.epochs * phase.paths for phase in phases_of(name, length)) for name in names]
        assert max(paths) < 1.3 * min(paths)
    assert phases_of("random", "full")[0].widths == 3 and phases_of("at_once", "full")[0].name == "largest"


def test_trainings_that_are_missing_are_added(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    trained = []

    def train(*run):
        trained.append(run)
        return run

    monkeypatch.setattr(once_for_all_variants, "train_network", train)
    monkeypatch.setattr(
        once_for_all_variants, "measure", lambda run: {"test": np.full(50, run[2]), "seconds": np.ones(())}
    )
    path = tmp_path / "variants.npz"
    monkeypatch.setattr(once_for_all_variants, "RUNS", {"full": (("random",), (0,))})
    build(path)
    monkeypatch.setattr(once_for_all_variants, "plan", lambda: str(read_arrays(path)["plan"]))
    monkeypatch.setattr(once_for_all_variants, "RUNS", {"full": (("random",), (0, 1))})
    build(path)
    assert trained == [("random", "full", 0), ("random", "full", 1)]
    assert read_arrays(path)["full/random/test"][:, 0].tolist() == [0, 1]
