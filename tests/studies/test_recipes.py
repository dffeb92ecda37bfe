"""Searches with equal budgets on FCNet: what is stored is what is computed, and every strategy pays the same."""

import json

import numpy as np
import pytest

from nastutor import load_benchmark
from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.studies import recipes


@pytest.mark.parametrize("item", [item for item in recipes.PLAN if item[0] == "naval"], ids="/".join)
def test_what_is_stored_is_what_the_command_computes(item):
    assert np.array_equal(recipes.load_recipes(*item)[7], recipes.run_once(*item, 7))


def test_all_of_the_plan_is_stored_with_its_present_settings():
    stored = read_arrays(data_path("recipes.npz"))
    assert {name for name in stored if name != "settings"} == {f"{'/'.join(item)}/rows" for item in recipes.PLAN}
    assert json.loads(str(stored["settings"])) == json.loads(json.dumps(recipes._SETTINGS))
    for name in stored:
        assert name == "settings" or stored[name].shape == (recipes.RUNS, recipes.BUDGET)


def test_all_strategies_begin_with_the_same_default_and_never_get_worse():
    bench = load_benchmark("fcnet", task="slice")
    seen = bench.values("val_log_mse", "search")
    first = bench.genotypes.index(recipes.DEFAULT)
    for strategy in recipes.STRATEGIES:
        rows = recipes.load_recipes("slice", strategy)
        assert (rows[:, 0] == first).all()
        assert (np.diff(seen[rows], axis=1) <= 0).all()


def test_what_is_held_stays():
    bench = load_benchmark("fcnet", task="protein")
    for strategy, held in (("architecture", slice(4, None)), ("recipe", slice(None, 4))):
        ends = [bench.genotypes[row] for row in recipes.load_recipes("protein", strategy)[:, -1]]
        assert {end[held] for end in ends} == {recipes.DEFAULT[held]}
    halves = recipes.load_recipes("protein", "architecture, then recipe")[:, [49, 99]]
    for middle, end in halves:
        assert bench.genotypes[middle][4:] == recipes.DEFAULT[4:]
        assert bench.genotypes[middle][:4] == bench.genotypes[end][:4]


@pytest.mark.parametrize("nonsense", [None, 3, "", "both"])
def test_unknown_names_are_refused_with_what_there_is(nonsense):
    with pytest.raises(ValueError, match=r"no runs of .*: there are protein/architecture/RegularizedEvolution"):
        recipes.load_recipes("protein", nonsense)
