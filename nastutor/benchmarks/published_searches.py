"""Cells that published searches found in the space of NAS-Bench-201, and what the table says of them.

The authors of the benchmark ran direct searches with weight sharing on each dataset, three seeds each, and list the
cells that came out of DARTS (both orders) and GDAS: "Final Discovered Architectures for Each Algorithm",
docs/NATS-Bench.md of D-X-Y/AutoDL-Projects on GitHub (NATS-Bench: Dong, Liu, Musial & Gabrys 2021, arXiv 2009.00437).
`none` could be derived. The page has no cells of ENAS, SETN and random search with weight sharing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nastutor.benchmarks.nasbench201 import open_nasbench201
from nastutor.spaces.cell import COMPANIONS
from nastutor.spaces.space import Genotype

FIRST, SECOND, GDAS = "DARTS, first order", "DARTS, second order", "GDAS"
_ALL_SKIP = COMPANIONS["all skip"]

CELLS: dict[str, dict[str, list[Genotype]]] = {
    "cifar10": {
        FIRST: [_ALL_SKIP] * 3,
        SECOND: [_ALL_SKIP] * 3,
        GDAS: [(3, 3, 0, 2, 3, 3), (3, 3, 0, 3, 3, 3), (4, 3, 1, 3, 2, 2)],
    },
    "cifar100": {
        FIRST: [(0, 1, 0, 1, 2, 0), (0, 1, 0, 1, 2, 0), (1, 1, 0, 1, 2, 3)],
        SECOND: [(0, 1, 0, 1, 2, 1), (1, 3, 0, 1, 0, 0), (1, 2, 0, 3, 1, 0)],
        GDAS: [(3, 2, 0, 4, 3, 3), (4, 2, 0, 3, 4, 2), (4, 3, 0, 3, 2, 2)],
    },
    "ImageNet16-120": {
        FIRST: [(0, 1, 0, 1, 0, 3), (0, 1, 0, 1, 0, 3), (0, 1, 0, 1, 0, 2)],
        SECOND: [(0, 1, 0, 1, 0, 1)],
        GDAS: [(0, 0, 0, 3, 0, 0)] * 3,
    },
}
"""By dataset and method, the cell of each run in the page's order; of one method it lists a single run."""


class PublishedCell(NamedTuple):
    """A cell that a published search found, looked up in the table.

    method, run : which search; runs count from 0 in the order of the source.
    genotype : the cell.
    val_accuracy : percent, the mean of the table's seeds after 200 epochs. (Papers give test accuracy.)
    rank : 1 is the best of the 15,625 cells.
    """

    method: str
    run: int
    genotype: Genotype
    val_accuracy: float
    rank: int


def look_up_published(dataset: str) -> list[PublishedCell]:
    """Look up what published searches found on a dataset.

    Parameters
    ----------
    dataset : ``"cifar10"``, ``"cifar100"`` or ``"ImageNet16-120"``.

    Raises
    ------
    ValueError : another dataset.
    """
    table = open_nasbench201(dataset)
    accuracy = dict(zip(table.genotypes, table.values("val_accuracy", "all")))
    everything = np.sort(list(accuracy.values()))
    return [
        PublishedCell(method, run, cell, accuracy[cell], len(everything) + 1 - _count_up_to(everything, accuracy[cell]))
        for method, cells in CELLS[dataset].items()
        for run, cell in enumerate(cells)
    ]


def _count_up_to(ordered: np.ndarray, value: float) -> int:
    return int(np.searchsorted(ordered, value, side="right"))
