"""The stored latencies are those of the plans, agree with themselves, and are measured on where they stopped."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.arrays import read_arrays
from nastutor.hardware.counts import cell_network_costs
from nastutor.hardware.lookup_table import without_dead_edges
from nastutor.hardware.predictor import learning_curve
from nastutor.resources import data_path
from nastutor.spaces.cell import COMPANIONS
from nastutor.statistics import rank_correlation
from nastutor.studies.latencies import MARKED, PLANS, Plan, build, load_latencies, typical

TINY = Plan(3, 4, 2, channels=2, cells_per_stage=1, stages=1)


def test_cells_have_no_dead_edges_and_come_once_in_an_order_that_does_not_depend_on_their_number():
    cells = PLANS["nasbench201"].genotypes
    assert len(set(cells)) == len(cells) == 400
    assert all(without_dead_edges(cell) == cell and any(cell) for cell in cells)
    assert cells[: len(MARKED)] == list(MARKED.values()) and set(COMPANIONS.values()) <= set(MARKED.values())
    assert Plan(50, 32, 1).genotypes == cells[:50]


def test_the_first_ten_marked_cells_stand_in_the_order_of_their_macs():
    _, macs = cell_network_costs(np.array(list(MARKED.values())[:10]), 10, 32)
    assert (np.diff(macs) > 0).all()


def test_what_was_measured_is_kept_and_what_is_missing_is_added(tmp_path, capsys):
    path = tmp_path / "latencies.npz"
    build(path, {"tiny": TINY})
    first = read_arrays(path)
    assert first["tiny/rounds"].shape == (2, 3) and first["tiny/pieces"].shape == (2, 6)
    build(path, {"tiny": replace(TINY, rounds=5)})
    second = read_arrays(path)
    assert second["tiny/rounds"].shape == (5, 3) and (second["tiny/rounds"] > 0).all()
    assert second["tiny/rounds"][:2].tolist() == first["tiny/rounds"].tolist()
    build(path, {"tiny": replace(TINY, rounds=5)})
    assert read_arrays(path)["tiny/rounds"].tolist() == second["tiny/rounds"].tolist()


def test_another_recipe_is_measured_from_the_start(tmp_path):
    path = tmp_path / "latencies.npz"
    build(path, {"tiny": TINY})
    before = read_arrays(path)
    build(path, {"tiny": replace(TINY, size=6, rounds=1)})
    after = read_arrays(path)
    assert after["tiny/rounds"].shape == (1, 3) and str(before["tiny/recipe"]) != str(after["tiny/recipe"])


@pytest.mark.parametrize("name", PLANS)
def test_the_file_holds_the_plan(name):
    plan, stored = PLANS[name], load_latencies(name)
    recipe = str(read_arrays(data_path("latencies.npz"))[f"{name}/recipe"])
    assert recipe == plan.recipe(stored.table.machine, stored.table.torch)
    assert stored.genotypes == plan.genotypes and stored.rounds.shape == (plan.rounds, plan.cells)
    assert stored.table.skeleton == plan.skeleton and stored.table.input_shape == plan.input_shape
    assert (stored.milliseconds > 0).all() and stored.table.fixed > 0


@pytest.mark.parametrize(
    ("name", "least", "most"), [("nasbench201", 0.98, 0.04), ("glyphs", 0.98, 0.02), ("batch_16", 0.94, 0.15)]
)
def test_two_independent_halves_of_the_rounds_agree(name, least, most):
    rounds = load_latencies(name).rounds
    halves = [typical(rounds[start::2]) for start in (0, 1)]
    assert rank_correlation(*halves) > least
    assert np.median(np.abs(halves[0] / halves[1] - 1)) < most


def test_unknown_plans_are_refused_with_what_there_is():
    with pytest.raises(ValueError, match="no latencies 'gpu': there are nasbench201, glyphs"):
        load_latencies("gpu")


def test_table_and_predictor_are_better_than_macs_on_the_stored_cells():
    stored = load_latencies("nasbench201")
    _, macs = cell_network_costs(np.array(stored.genotypes), 10, 32)
    by_macs = rank_correlation(macs[200:], stored.milliseconds[200:])
    by_table = rank_correlation(stored.table.predict(stored.genotypes[200:]), stored.milliseconds[200:])
    _, correlations = learning_curve(stored.genotypes, stored.milliseconds, (64,), subsets=5)
    assert by_table > 0.97 > 0.9 > by_macs and correlations.min() > 0.96
