"""You against the search: what counts as an evaluation, who needed how many, and the controls."""

import pytest

pytest.importorskip("ipywidgets")

import matplotlib.pyplot as plt
import numpy as np

from nastutor import load_benchmark
from nastutor.lessons.race import YOU, describe, race, race_the_search, rank_in
from nastutor.loop.search import search
from nastutor.searchers import LargestFirst, RandomSearch, RegularizedEvolution

ALL = (RandomSearch, RegularizedEvolution, LargestFirst)
MINE = [(3,) * 6, (3, 0, 3, 1, 0, 1), (3,) * 6, (0,) * 6, (3, 0, 3, 1, 0, 3)]


@pytest.fixture(scope="module")
def bench():
    return load_benchmark("nasbench201", dataset="cifar10", search_seed=0)


def test_a_cell_that_is_evaluated_again_costs_nothing(bench):
    mine = race(bench, MINE, 91.0)[YOU]
    assert mine.cells == (*MINE[:2], *MINE[3:])
    seen = [bench.evaluate(cell)["val_accuracy"] for cell in mine.cells]
    assert mine.curve.tolist() == [max(seen[: step + 1]) for step in range(4)]


def test_all_are_measured_by_one_rule(bench):
    """Whoever plays a searcher's cells by hand has its standing."""
    standings = race(bench, MINE, 91.0, ALL)
    for name, standing in standings.items():
        by_hand = race(bench, standing.cells, 91.0)[YOU]
        assert by_hand.cells == standing.cells and by_hand.needed == standing.needed
        np.testing.assert_array_equal(by_hand.curve, standing.curve)
        reached = np.flatnonzero(standing.curve >= 91.0) + 1
        assert standing.needed == min(reached.tolist(), default=None), name


def test_opponents_are_runs_of_the_searchers(bench):
    standings = race(bench, [], 91.0, ALL, seed=4)
    for number, method in enumerate(ALL):
        history = search(method(bench.space, 12 + number), bench.evaluate, 100)
        cells = list(dict.fromkeys(record.genotype for record in history))
        assert list(standings[method.__name__].cells[: len(cells)]) == cells
    assert standings[YOU] == ((), pytest.approx(np.empty(0)), None)


def test_the_others_results_are_told_only_when_the_target_is_reached(bench):
    behind = describe(bench, race(bench, MINE[:2], 91.0, ALL), 91.0)
    assert "LargestFirst" not in behind and "2 different cells, " in behind
    standings = race(bench, MINE, 91.0, ALL)
    ahead = describe(bench, standings, 91.0)
    assert "with cell 4" in ahead and f"LargestFirst {standings['LargestFirst'].needed}" in ahead
    assert f"rank {rank_in(bench, MINE[-1]):,} of 15,625" in ahead
    unreachable = race(bench, MINE, 91.0, ALL)
    unreachable["RandomSearch"] = unreachable["RandomSearch"]._replace(needed=None)
    assert "RandomSearch more than" in describe(bench, unreachable, 91.0)


def test_ranks_are_those_of_the_signal_that_all_see(bench):
    best = bench.genotypes[int(bench.values("val_accuracy", "search").argmax())]
    assert rank_in(bench, best) == 1


@pytest.mark.long
def test_a_reader_builds_evaluates_and_starts_again():
    plt.close("all")  # what other tests left open
    explorer = race_the_search(ALL)
    seen = [bytes(explorer.image.value)]

    def looks_new():
        seen.append(bytes(explorer.image.value))
        return len(set(seen)) == len(seen)

    explorer.controls["edge_0_1"].value = 3
    assert looks_new() and explorer.cells == [] and "not evaluated anything" in explorer.words.value
    explorer.evaluate.click()
    assert looks_new() and explorer.cells == [(3, 0, 0, 0, 0, 0)] and "1 cell, " in explorer.words.value
    explorer.evaluate.click()
    assert len(explorer.cells) == 1 and explorer.image.value == seen[-1], "the same cell again costs nothing"
    for name, value in [("edge_1_2", 3), ("edge_0_3", 1), ("edge_2_3", 3)]:
        explorer.controls[name].value = value
        assert looks_new()
    explorer.evaluate.click()
    assert looks_new()
    explorer.controls["target"].value = 100
    assert looks_new() and "You reached the target" in explorer.words.value
    explorer.controls["dataset"].value = "ImageNet16-120"
    assert looks_new()
    before = explorer.words.value
    explorer.again.click()
    assert looks_new() and explorer.cells == [] and explorer.seed == 1 and explorer.words.value != before
    assert not plt.get_fignums(), "a figure left open would be shown a second time below the cell"


def test_every_control_is_one_that_a_keyboard_moves():
    """Lists of choices and buttons; and the stored text form names them all."""
    explorer = race_the_search()
    assert {type(control).__name__ for control in explorer.controls.values()} == {"Dropdown"}
    assert {type(button).__name__ for button in (explorer.evaluate, explorer.again)} == {"Button"}
    stored = explorer._repr_mimebundle_()
    assert stored["text/plain"].startswith("<interactive picture: dataset='cifar10', target=30, edge_0_1=0")
