"""The study of one-shot search: what is stored, how it is judged, and that building it goes on where it stopped."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor import load_benchmark
from nastutor.arrays import read_arrays
from nastutor.oneshot import derive, run_darts
from nastutor.spaces.cell import NONE
from nastutor.statistics import rank_correlation
from nastutor.studies import oneshot as oneshot_study
from nastutor.studies.oneshot import (
    ALPHA_LEARNING_RATE,
    METHODS,
    MIXTURE,
    RUNS,
    derived_cells,
    load_oneshot_study,
    trainings_for,
)
from nastutor.training import load_dataset


@pytest.fixture(scope="module")
def study():
    return load_oneshot_study()


@pytest.mark.parametrize("method", METHODS)
def test_the_study_has_every_run_with_its_present_settings(study, method):
    assert str(study.stored[f"{method}/settings"]) == oneshot_study.describe(method)
    own = [array for name, array in study.stored.items() if name.startswith(f"{method}/") and array.ndim]
    assert own and all(len(array) == RUNS for array in own)


def test_derived_cells_are_those_of_the_search(study):
    alphas = np.random.default_rng(0).normal(size=(50, 6, 5))
    for with_none in (True, False):
        assert derived_cells(alphas, with_none).tolist() == [list(derive(alpha, with_none)) for alpha in alphas]
    for method in ("DARTS, first order", "GDAS"):
        assert np.array_equal(study.derived(method, with_none=True), study(method, "genotypes"))
        assert not (study.derived(method) == NONE).any()


def test_measuring_the_curvature_changes_nothing(study):
    plain, curved = (study(method, "alphas") for method in ("DARTS, first order", "DARTS, eigenvalues"))
    assert np.array_equal(plain, curved)
    assert np.isnan(study("DARTS, first order", "eigenvalues")).all()
    assert not np.isnan(study("DARTS, eigenvalues", "eigenvalues")).any()


@pytest.mark.long
def test_a_stored_run_begins_as_it_is_stored(study):
    """In float32, so on another processor not to the last digit."""
    settings = oneshot_study.recipe(**MIXTURE)
    done = run_darts(
        oneshot_study.supernet, load_dataset("glyphs"), settings, 3, 1, ALPHA_LEARNING_RATE, epochs=1, progress=False
    )
    assert np.abs(done.alphas - study("DARTS, first order", "alphas")[3, :2]).max() < 0.02
    assert np.abs(np.diff(done.alphas, axis=0)).max() > 0.05  # α had moved much farther


def test_truth_is_the_table(study):
    table = load_benchmark("glyphs")
    cells = [(3, 3, 3, 3, 3, 3), (1, 1, 1, 1, 1, 1), (0, 0, 0, 0, 0, 0)]
    expected = [table.values("test_accuracy", "all")[table.genotypes.index(table.space.canonical(g))] for g in cells]
    assert study.test_accuracy(np.array([cells, cells])).tolist() == [expected, expected]
    shares = study.share_better(np.array([*expected, 100.0, -1.0]))
    assert 0 < shares[0] < shares[1] < shares[2] < 1
    assert shares[3:].tolist() == [0, 1]


def test_the_watched_cells_are_fixed_and_half_of_them_are_good(study):
    cells = oneshot_study.watched_cells()
    assert cells == oneshot_study.watched_cells() and len(cells) == 2 * oneshot_study.WATCHED
    table = load_benchmark("glyphs")
    limit = np.quantile(table.values("test_accuracy", "all"), 0.9)
    assert (study.test_accuracy(np.array(cells[oneshot_study.WATCHED :])) >= limit).all()


def test_the_best_of_four_is_chosen_on_one_seed_and_reported_on_others(study):
    cells = study.table.genotypes[:5]
    found = study.best_of(np.array(cells), count=4)
    assert len(found) == 5
    chosen = max(cells[:4], key=lambda cell: study.table.evaluate(cell)["val_accuracy"])
    assert found[0] == study.table.report(chosen)["test_accuracy"]
    every = study.best_of(np.array(cells), count=1)
    assert every.tolist() == [study.table.report(cell)["test_accuracy"] for cell in cells]


def test_the_price_of_a_search_is_rounded_one_way(study):
    """Five epochs of first-order DARTS cost 2.99 trainings."""
    one = study("training from scratch", "seconds").mean()
    five = study("DARTS, first order", "seconds")[:, :5].sum(axis=1).mean()
    assert trainings_for(five, one) == 3
    assert [trainings_for(seconds, 2.0) for seconds in (0.1, 2.9, 3.1, 100)] == [1, 1, 2, 50]
    for bad in ((0, 1), (1, 0), (float("nan"), 1)):
        with pytest.raises(ValueError, match="give positive numbers"):
            trainings_for(*bad)


def test_what_is_not_stored_is_refused_by_name(study):
    with pytest.raises(ValueError, match=r"'losses' of 'GDAS'.*GDAS/alphas"):
        study("GDAS", "losses")
    with pytest.raises(ValueError, match="there are DARTS, first order, DARTS, second"):
        study("PC-DARTS", "alphas")


def test_a_build_goes_on_where_it_stopped_and_drops_runs_with_other_settings(tmp_path, monkeypatch, capsys):
    def method(seed, factor):
        return {"seconds": np.array([seed * factor], np.float32)}

    path = tmp_path / "study.npz"
    monkeypatch.setattr(oneshot_study, "RUNS", 2)
    monkeypatch.setattr(oneshot_study, "METHODS", {"a": (method, {"factor": 2}), "b": (method, {"factor": 3})})
    oneshot_study.build(path, ThreadPoolExecutor(2))
    monkeypatch.setattr(oneshot_study, "RUNS", 3)
    monkeypatch.setattr(oneshot_study, "METHODS", {"a": (method, {"factor": 2}), "b": (method, {"factor": 5})})
    capsys.readouterr()
    oneshot_study.build(path, ThreadPoolExecutor(2))
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()[:-1]] == [
        "b, seed 0",
        "b, seed 1",
        "a, seed 2",
        "b, seed 2",
    ]
    stored = read_arrays(path)
    assert stored["a/seconds"].tolist() == [[0], [2], [4]]
    assert stored["b/seconds"].tolist() == [[0], [5], [10]]


def test_in_the_best_tenth_no_seed_grades_its_own_choice(study):
    _, second, third = study.table.metrics["test_accuracy"].T
    own = study.tau_in_best_tenth(second)
    best = [np.argsort(-choosing, kind="stable")[: len(second) // 10] for choosing in (second, third)]
    # as a score, the second seed grades itself once, which gives 1, and orders itself by the third once
    assert own == pytest.approx((1 + rank_correlation(second[best[0]], third[best[0]], kind="kendall")) / 2)
    assert abs(study.tau_in_best_tenth(np.random.default_rng(0).normal(size=len(second)))) < 0.1


def test_the_best_by_shared_weights_are_trained_each_function_once(study):
    table, rng = study.table, np.random.default_rng(0)
    good = max(table.genotypes[:200], key=lambda cell: table.evaluate(cell)["val_accuracy"])
    poor = [(0, 0, 0, 3, 0, 0), (3, 0, 0, 0, 1, 0), (0, 0, 0, 1, 0, 0)]  # the first two are one function
    cells = np.array([[*poor, good]])
    shared = np.array([[90.0, 80.0, 70.0, 60.0]])
    alone = study.best_of_trained(cells, shared, 1)
    assert alone.tolist() == [table.report(poor[0])["test_accuracy"]]
    assert study.best_of_trained(cells, shared, 3).tolist() == [table.report(good)["test_accuracy"]]
    order = rng.permutation(4)
    assert study.best_of_trained(cells[:, order], shared[:, order], 1).tolist() == alone.tolist()
