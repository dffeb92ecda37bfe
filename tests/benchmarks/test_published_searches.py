"""Cells of published searches, looked up: they are the cells of their source, with what the table says of them."""

import pytest

from nastutor.benchmarks.published_searches import CELLS, FIRST, GDAS, SECOND, look_up_published
from nastutor.spaces.cell import CellSpace

# "Final Discovered Architectures for Each Algorithm" of docs/NATS-Bench.md, one letter an operation (`LONG`).
LISTED = {
    "cifar10": {
        FIRST: ["s/ss/sss"] * 3,
        SECOND: ["s/ss/sss"] * 3,
        GDAS: ["3/3n/133", "3/3n/333", "p/3s/311"],
    },
    "cifar100": {
        FIRST: ["n/sn/s1n", "n/sn/s1n", "s/sn/s13"],
        SECOND: ["n/sn/s1s", "s/3n/snn", "s/1n/3sn"],
        GDAS: ["3/1n/p33", "p/1n/3p1", "p/3n/311"],
    },
    "ImageNet16-120": {
        FIRST: ["n/sn/sn3", "n/sn/sn3", "n/sn/sn1"],
        SECOND: ["n/sn/sns"],
        GDAS: ["n/nn/3nn"] * 3,
    },
}
LONG = {"n": "none", "s": "skip_connect", "1": "nor_conv_1x1", "3": "nor_conv_3x3", "p": "avg_pool_3x3"}


def written_out(listed):
    """The benchmark's own string of a cell: for each node its operations, each with the node it comes from."""
    nodes = [[f"{LONG[op]}~{source}" for source, op in enumerate(node)] for node in listed.split("/")]
    return "+".join(f"|{'|'.join(node)}|" for node in nodes)


@pytest.mark.parametrize("dataset", CELLS)
def test_the_cells_are_those_that_the_page_lists_in_its_order(dataset):
    read = {m: [CellSpace().from_string(written_out(cell)) for cell in cells] for m, cells in LISTED[dataset].items()}
    assert read == CELLS[dataset]


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
