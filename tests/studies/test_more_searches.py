import json

import numpy as np
import pytest

from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.studies import more_searches, searches

NUMPY_ALONE = ("RandomSearch", "LargestFirst", "LocalSearch", "GeneticAlgorithm", "RegularizedEvolution")
CHEAP = [
    (table, label)
    for table, methods in more_searches.PLAN.items()
    for label, method in methods.items()
    if method.searcher in NUMPY_ALONE and label not in more_searches.BY_SIZE
]


@pytest.mark.parametrize(("table", "label"), CHEAP)
def test_what_is_stored_is_what_the_command_computes(table, label):
    method = more_searches.PLAN[table][label]
    assert np.array_equal(searches.load_study(table, label)[7], searches.run_once(table, method, seed=7))


@pytest.mark.parametrize("table", more_searches.GRAPH_TASKS)
def test_by_size_the_largest_and_the_cheapest_come_in_their_order(table):
    params = searches.open_table(table).values("params")
    for label, by_size in (("LargestFirst", -params), ("CheapestFirst", params)):
        expected = np.sort(by_size)[: more_searches.BUDGET]
        assert all(np.array_equal(by_size[rows], expected) for rows in searches.load_study(table, label))


def test_every_method_is_stored_for_every_table_with_its_present_settings():
    pytest.importorskip("torch")
    stored = read_arrays(data_path("more_studies.npz"))
    plan = {
        f"{table}/{label}": (table, method) for table, ms in more_searches.PLAN.items() for label, method in ms.items()
    }
    assert {name for name in stored if not name.endswith(".settings")} == set(plan)
    for name, (table, method) in plan.items():
        assert stored[name].shape == (method.runs, method.budget)
        present = json.loads(json.dumps(searches.describe(method, table)))
        assert json.loads(str(stored[f"{name}.settings"])) == present


def test_graph_networks_are_chosen_by_validation_and_shown_by_test():
    bench = searches.open_table("cora")
    rows = searches.load_study("cora", "LocalSearch")
    chosen = rows[0][np.argmax(bench.values("val_accuracy")[rows[0]])]
    shown = {seeds: searches.study_curves(bench, rows, seeds)[0, -1] for seeds in ("search", "report")}
    assert shown["search"] == bench.values("val_accuracy")[chosen]
    assert shown["report"] == bench.values("test_accuracy")[chosen]


def test_each_table_is_opened_by_its_name():
    names = [searches.open_table(table).name for table in more_searches.TABLES]
    assert len(set(names)) == len(names)
    assert searches.open_table("glyphs").search_seed == 0
