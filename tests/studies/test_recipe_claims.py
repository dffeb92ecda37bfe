"""Claims of lesson 18: each against what it says, computed another way."""

import itertools

import numpy as np
import pytest

from nastutor.benchmarks.fcnet import TASKS, by_recipe
from nastutor.statistics import crossed_variance
from nastutor.studies import recipe_claims, recipes
from nastutor.studies.recipe_claims import METRIC, open_table


def test_shares_are_those_of_the_grid_and_add_up():
    for dropout in ("recipe", "architecture"):
        found = recipe_claims.shares("naval", dropout)
        assert sum(band.mean for band in found.values()) == pytest.approx(100)
        exact = crossed_variance(by_recipe(open_table("naval"), dropout)).shares()
        assert [band.mean for band in found.values()] == pytest.approx(exact, abs=0.1)


def test_the_best_recipes_are_chosen_by_a_seed_that_does_not_grade_them():
    whole, tenth = recipe_claims.grid("slice"), recipe_claims.grid("slice", best=0.1)
    assert whole.shape == (144, 432, 4) and tenth.shape == (144, 43, 3)
    means = whole[:, :, 0].mean(axis=0)
    kept = np.sort(means)[:43]
    chosen = [np.flatnonzero((whole[:, :, 1:] == tenth[:, None, column]).all(axis=(0, 2)))[0] for column in range(43)]
    assert np.allclose(np.sort(means[chosen]), kept)


def test_recipes_explain_more_everywhere_and_architectures_among_good_recipes_somewhere():
    assert all(recipe_claims.recipe_explains_more(task).verdict() == "holds" for task in TASKS)
    among_good = {task: recipe_claims.recipe_explains_more(task, best=0.1).verdict() for task in TASKS}
    assert among_good["protein"] == among_good["slice"] == "does not hold"


def test_a_lead_is_the_difference_of_the_mean_reports():
    report = open_table("protein").values(METRIC)
    ends = [report[recipes.load_recipes("protein", name)[:, 49]].mean() for name in ("recipe", "jointly")]
    assert recipe_claims.strategy_lead("protein", "jointly", "recipe", 50).mean == pytest.approx(ends[0] - ends[1])
    climbers = [
        report[recipes.load_recipes("protein", "jointly", name)[:, -1]].mean() for name in recipes.SEARCHERS[:2]
    ]
    assert recipe_claims.searcher_lead("protein", *recipes.SEARCHERS[:2]).mean == pytest.approx(
        climbers[1] - climbers[0]
    )


@pytest.mark.parametrize("largest", [False, True])
def test_the_closed_form_is_what_draws_come_to(largest):
    bench = open_table("protein")
    seen, report = bench.values(METRIC, "search"), bench.values(METRIC)
    first, sizes = bench.genotypes.index(recipes.DEFAULT), bench.values("params")
    rows = np.flatnonzero(sizes == sizes.max()) if largest else np.arange(len(bench))
    draws = np.random.default_rng(0).choice(rows, (4000, 20))
    draws[:, 0] = first
    found = report[draws[np.arange(4000), seen[draws].argmin(axis=1)]]
    expected = recipe_claims.expected_curve("protein", largest, 20)[-1]
    assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(4000)


def test_false_steps_are_counted_on_the_other_seeds():
    values = open_table("naval").metrics[METRIC]
    steps = none = 0
    for run in recipes.load_recipes("naval", "jointly", "Ratchet"):
        for before, after in itertools.pairwise(run):
            if before != after:
                assert values[after, 0] < values[before, 0]
                steps += 1
                none += values[after, 1:].mean() >= values[before, 1:].mean()
    band = recipe_claims.false_steps("naval")
    assert band.mean == pytest.approx(100 * none / steps) and band.low < band.mean < band.high


def test_a_journal_promises_what_it_saw():
    bench = open_table("naval")
    ends = recipes.load_recipes("naval", "jointly", "Ratchet")[:, -1]
    told, kept = (bench.values(METRIC, seeds)[ends].mean() for seeds in ("search", "report"))
    assert recipe_claims.promised("naval").mean == pytest.approx(kept - told)
