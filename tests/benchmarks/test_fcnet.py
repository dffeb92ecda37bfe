"""FCNet: known facts, less is better, and architecture and recipe as the two sides of a grid."""

import numpy as np
import pytest

from nastutor import load_benchmark, search
from nastutor.benchmarks.fcnet import TASKS, by_recipe
from nastutor.searchers import RandomSearch

FACTS = {  # smallest validation error of one training; parameters of the smallest network
    "protein": (0.220139, 449), "naval": (2.47926e-5, 545), "parkinsons": (3.82103e-3, 625), "slice": (1.5852e-4, 6385),
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_the_smallest_error_and_the_smallest_network(task):
    bench = load_benchmark("fcnet", task=task)
    error, params = FACTS[task]
    assert np.exp(bench.metrics["val_log_mse"].min()) == pytest.approx(error, rel=1e-3)
    assert bench.values("params").min() == params and len(bench) == 62_208 and bench.seeds == 4


def test_a_search_for_small_errors_finds_one_and_reports_the_other_seeds():
    bench = load_benchmark("fcnet", task="slice", search_seed=2)
    searcher = RandomSearch(bench.space, seed=0)
    best = search(searcher, bench.evaluate, 100, "-val_log_mse", progress=False).best()
    assert best.metrics["val_log_mse"] == -best.value < np.quantile(bench.values("val_log_mse"), 0.05)
    row = bench.genotypes.index(best.genotype)
    others = np.delete(bench.metrics["val_log_mse"][row], 2)
    assert bench.report(best.genotype)["val_log_mse"] == pytest.approx(others.mean())


@pytest.mark.parametrize(("dropout", "shape", "first"), [("recipe", (144, 432), 4), ("architecture", (1296, 48), 6)])
def test_a_row_of_the_grid_is_one_architecture_and_a_column_one_recipe(dropout, shape, first):
    bench = load_benchmark("fcnet", task="naval")
    grid = by_recipe(bench, dropout)
    assert grid.shape == (*shape, 4)
    row, column = 77, 31
    genotype, neighbour = bench.genotypes[row * shape[1] + column], bench.genotypes[row * shape[1]]
    assert genotype[:first] == neighbour[:first]
    below = bench.genotypes[column]
    assert genotype[first:] == below[first:]
    for cell, values in ((genotype, grid[row, column]), (below, grid[0, column])):
        assert bench.evaluate(cell)["val_log_mse"] == values[0]


@pytest.mark.parametrize("nonsense", [None, 3, "PROTEIN", "", ["protein"]])
def test_unknown_names_are_refused_with_the_choices(nonsense):
    with pytest.raises(ValueError, match="choose one of protein, naval"):
        load_benchmark("fcnet", task=nonsense)
    with pytest.raises(ValueError, match="choose one of recipe, architecture"):
        by_recipe(load_benchmark("fcnet"), nonsense)
