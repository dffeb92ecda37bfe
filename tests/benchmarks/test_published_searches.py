"""Cells of published searches, looked up: they have the accuracies that were published with them."""

import numpy as np
import pytest

from nastutor.benchmarks.published_searches import CELLS, FIRST, GDAS, SECOND, look_up_published
from nastutor.spaces.cell import CellSpace


@pytest.mark.parametrize(
    ("dataset", "method", "mean"),
    [
        ("cifar10", GDAS, 89.68),
        ("cifar100", FIRST, 61.08),
        ("cifar100", SECOND, 59.48),
        ("cifar100", GDAS, 68.35),
        ("ImageNet16-120", FIRST, 38.07),
        ("ImageNet16-120", GDAS, 39.55),
    ],
)
def test_the_mean_of_the_runs_is_the_validation_accuracy_of_the_paper(dataset, method, mean):
    """The paper has other means where these are missing: the page does not list the runs that it averages there."""
    found = [cell.val_accuracy for cell in look_up_published(dataset) if cell.method == method]
    assert len(found) == 3 and np.mean(found) == pytest.approx(mean, abs=0.011)


def test_darts_collapses_to_skips_on_cifar10_only():
    skips = {d: {m: [cell.count(1) for cell in cells] for m, cells in CELLS[d].items()} for d in CELLS}
    assert skips["cifar10"][FIRST] == skips["cifar10"][SECOND] == [6, 6, 6]
    assert max(max(counts) for d in ("cifar100", "ImageNet16-120") for counts in skips[d].values()) == 3
    assert all(0 in cell for method in (FIRST, SECOND) for cell in CELLS["ImageNet16-120"][method])


@pytest.mark.parametrize("dataset", CELLS)
def test_ranks_are_places_in_the_table(dataset, open_table):
    accuracy = open_table(dataset).values("val_accuracy", "all")
    for cell in look_up_published(dataset):
        assert cell.genotype in CellSpace()
        assert cell.rank == 1 + (accuracy > cell.val_accuracy).sum()


def test_an_unknown_dataset_is_refused():
    with pytest.raises(ValueError, match="choose one of cifar10, cifar100"):
        look_up_published("svhn")
