"""The tables that this project trained: what they hold."""

import numpy as np
import pytest

from nastutor import load_benchmark, search
from nastutor.resources import data_path
from nastutor.searchers import RandomSearch
from nastutor.spaces.cell import COMPANIONS


@pytest.fixture(scope="module")
def glyphs():
    return load_benchmark("glyphs", search_seed=0)


@pytest.fixture(scope="module")
def digits():
    return load_benchmark("digits", search_seed=0)


@pytest.mark.parametrize(("name", "rows"), [("glyphs", 5260), ("digits", 500)])
def test_every_row_is_the_canonical_form_of_another_kind(request, cells, name, rows):
    table = request.getfixturevalue(name)
    assert len(table) == rows == len(set(table.genotypes))
    assert all(cells.canonical(genotype) == genotype for genotype in table.genotypes)
    assert (table.seeds, table.epochs) == (3, 12)


def test_glyphs_knows_every_genotype_by_the_function_that_it_computes(glyphs, cells):
    assert {cells.canonical(genotype) for genotype in cells} == set(glyphs.genotypes)
    for genotype in list(cells)[::1500]:
        assert glyphs.evaluate(genotype) == glyphs.evaluate(cells.canonical(genotype))
        assert glyphs.report(genotype)["seeds"] == 2


def test_digits_says_which_cells_it_does_not_have(digits, cells):
    missing = next(genotype for genotype in cells if cells.canonical(genotype) not in set(digits.genotypes))
    with pytest.raises(ValueError, match="not among the 500 architectures of digits"):
        digits.evaluate(missing)


def test_a_cell_that_computes_zero_is_near_chance_and_a_good_one_far_above(glyphs):
    assert glyphs.report((0,) * 6)["val_accuracy"] == pytest.approx(10, abs=2)
    assert glyphs.report(COMPANIONS["ResNet-like"])["val_accuracy"] > 80
    accuracy = glyphs.values("val_accuracy", "all")
    assert accuracy.min() >= 0 and accuracy.max() < 100
    assert np.isfinite(glyphs.curves["val_accuracy"]).all()
    with np.load(data_path("glyphs_table.npz")) as raw:
        assert glyphs.curves["val_accuracy"][-1, 0, 11] == pytest.approx(int(raw["val_correct"][-1, 0, 11]) / 10)


def test_the_end_of_a_curve_is_the_metric_and_a_part_of_it_costs_its_share(glyphs):
    genotype = COMPANIONS["ResNet-like"]
    whole, half = glyphs.evaluate(genotype), glyphs.evaluate(genotype, epochs=6)
    row = glyphs.genotypes.index(glyphs.space.canonical(genotype))
    assert whole["val_accuracy"] == glyphs.curves["val_accuracy"][row, 0, 11]
    assert half["val_accuracy"] == glyphs.curves["val_accuracy"][row, 0, 5]
    assert half["train_seconds"] == pytest.approx(whole["train_seconds"] / 2)
    assert "test_accuracy" in whole and "test_accuracy" not in half


@pytest.mark.parametrize("name", ["glyphs", "digits"])
def test_costs_are_those_of_the_network_that_was_trained(request, name):
    torch_networks = pytest.importorskip("nastutor.networks")
    build_tables = pytest.importorskip("nastutor.studies.tables")
    table = request.getfixturevalue(name)
    for genotype in table.genotypes[::60]:
        network = torch_networks.CellNetwork(genotype, **build_tables.SKELETON)
        assert sum(p.numel() for p in network.parameters()) == table.evaluate(genotype)["params"]


def test_a_search_sees_one_seed_and_reports_the_others(glyphs):
    best = search(RandomSearch(glyphs.space, seed=0), glyphs.evaluate, 30, progress=False).best()
    row = glyphs.genotypes.index(glyphs.space.canonical(best.genotype))
    ends = glyphs.curves["val_accuracy"][row, :, -1]
    assert best.value == ends[0]
    assert glyphs.report(best.genotype)["val_accuracy"] == pytest.approx(ends[1:].mean())


def test_a_seed_that_was_not_trained_is_refused():
    with pytest.raises(ValueError, match=r"search_seed 3; choose one of \[0, 1, 2\]"):
        load_benchmark("glyphs", search_seed=3)
