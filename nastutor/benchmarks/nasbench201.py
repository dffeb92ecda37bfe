"""NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326): 15,625 cells, each trained for 200 epochs on three datasets."""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np

from nastutor.arguments import one_of
from nastutor.arrays import Arrays, read_data
from nastutor.benchmarks.table import Benchmark
from nastutor.hardware.counts import cell_network_costs
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype

DATASETS = {"cifar10": (10, 32), "cifar100": (100, 32), "ImageNet16-120": (120, 16)}
"""Classes, and height and width of an image, by dataset."""


def open_nasbench201(dataset: str = "cifar10", search_seed: int = 0) -> Benchmark:
    """Open the real NAS-Bench-201 table.

    Metrics: val_accuracy (percent, after 200 epochs; three seeds, of which the third is missing for 7,456 cells),
    train_seconds and latency_ms (the benchmark's GPU column, mostly launches), params and macs (exact counts).
    CIFAR-100's and ImageNet16-120's train_seconds are CIFAR-10's times a constant: one cost model, not three
    measurements. There is no test split and no learning curve in the source of this table.

    Parameters
    ----------
    dataset : ``"cifar10"``, ``"cifar100"`` or ``"ImageNet16-120"``.
    search_seed : 0 or 1, the seed that a search may see; the others serve reports.

    Raises
    ------
    ValueError : an unknown dataset, a seed that may not be searched, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    one_of("dataset", dataset, DATASETS)
    return _open(read_data("nasbench201.npz", "data"), dataset).searched_by(search_seed)


def official_order() -> list[Genotype]:
    """Return all 15,625 cells in the order of the benchmark's own index, ``api.query_index_by_arch``.

    The authors list the cells as `CellSpace` does and shuffle the list with Python's generator and the seed 88
    (AutoDL-Projects, ``exps/NAS-Bench-201/main.py``); NATS-Bench has the same order.
    """
    genotypes = list(CellSpace())
    random.Random(88).shuffle(genotypes)
    return genotypes


@lru_cache(maxsize=4)
def _open(columns: Arrays, dataset: str) -> Benchmark:
    """Make the table of a dataset once; whoever opens it again shares its arrays."""
    space = CellSpace()
    genotypes = list(space)
    correct = columns[f"{dataset}_correct"].astype(float)
    correct[correct < 0] = np.nan
    params, macs = cell_network_costs(np.array(genotypes), *DATASETS[dataset])
    metrics = {
        "val_accuracy": 100 * correct / columns[f"{dataset}_images"],
        "train_seconds": columns["train_seconds"] * columns[f"{dataset}_seconds_factor"],
        "latency_ms": columns[f"{dataset}_latency_ms"],
        "params": params,
        "macs": macs,
    }
    return Benchmark(space, genotypes, metrics, f"NAS-Bench-201 {dataset}")
