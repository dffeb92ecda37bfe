"""NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326): 15,625 cells, each trained for 200 epochs on three datasets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from nastutor.benchmarks.table import Benchmark
from nastutor.resources import data_path
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, CellSpace

DATASETS = {"cifar10": (10, 32), "cifar100": (100, 32), "ImageNet16-120": (120, 16)}
"""Classes, and height and width of an image, by dataset."""

_COLUMNS = (
    "train_seconds",
    *(f"{dataset}_{part}" for dataset in DATASETS for part in ("correct", "images", "latency_ms", "seconds_factor")),
)

_STAGE_CHANNELS = (16, 32, 64)
_CELLS_PER_STAGE = 5


def open_nasbench201(dataset: str = "cifar10", search_seed: int = 0) -> Benchmark:
    """Open the real NAS-Bench-201 table.

    Metrics: val_accuracy (percent, after 200 epochs; three seeds, of which the third is missing for 7,456 cells),
    train_seconds and latency_ms (on the benchmark's GPU), params and macs (exact counts of the network).
    CIFAR-100's and ImageNet16-120's train_seconds are CIFAR-10's times a constant: one cost model, not three
    measurements. There is no test split and no learning curve in the source of this table.

    Parameters
    ----------
    dataset : ``"cifar10"``, ``"cifar100"`` or ``"ImageNet16-120"``.
    search_seed : 0 or 1, the seed that a search may see; the others serve reports.

    Raises
    ------
    ValueError : an unknown dataset, or a seed that may not be searched.
    FileNotFoundError, OSError : the data file is missing or damaged.
    """
    if dataset not in DATASETS:
        raise ValueError(f"dataset {dataset!r}: choose one of {', '.join(DATASETS)}")
    space = CellSpace()
    genotypes = list(space)
    columns = _read_columns(data_path("nasbench201.npz"))
    correct = columns[f"{dataset}_correct"].astype(float)
    correct[correct < 0] = np.nan
    params, macs = network_costs(np.array(genotypes), *DATASETS[dataset])
    metrics = {
        "val_accuracy": 100 * correct / columns[f"{dataset}_images"],
        "train_seconds": columns["train_seconds"] * columns[f"{dataset}_seconds_factor"],
        "latency_ms": columns[f"{dataset}_latency_ms"],
        "params": params,
        "macs": macs,
    }
    return Benchmark(space, genotypes, metrics, f"NAS-Bench-201 {dataset}", search_seed)


def network_costs(genotypes: np.ndarray, classes: int, image_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Count the parameters and multiply-accumulates of the NAS-Bench-201 network of each cell.

    The network: a 3×3 stem of 16 channels, three stages of five cells with 16, 32 and 64 channels, a residual block
    of stride 2 between stages, batch norm, global pooling, a linear classifier. Convolutions have no bias; batch norm
    has two parameters a channel. A MAC is one multiply-add of a convolution or of the classifier.

    Parameters
    ----------
    genotypes : (n, 6) integers.
    classes : number of classes.
    image_size : height and width of the input in pixels.

    Returns
    -------
    params, macs : (n,) integers.
    """
    first, last = _STAGE_CHANNELS[0], _STAGE_CHANNELS[-1]
    params = (27 * first + 2 * first) + 2 * last + (last + 1) * classes
    macs = 27 * first * image_size**2 + last * classes
    sizes = [image_size // 2**stage for stage in range(len(_STAGE_CHANNELS))]
    for before, after, size in zip(_STAGE_CHANNELS, _STAGE_CHANNELS[1:], sizes[1:]):
        weights = 9 * before * after + 9 * after * after + before * after  # two 3×3 convolutions, a 1×1 shortcut
        params += weights + 4 * after
        macs += weights * size**2
    total_params = np.full(len(genotypes), params)
    total_macs = np.full(len(genotypes), macs)
    for operation, area in [(CONV_1X1, 1), (CONV_3X3, 9)]:
        edges = (genotypes == operation).sum(axis=1)
        kernels = [area * channels**2 for channels in _STAGE_CHANNELS]
        per_edge = sum(kernel + 2 * channels for kernel, channels in zip(kernels, _STAGE_CHANNELS))
        total_params += edges * _CELLS_PER_STAGE * per_edge
        total_macs += edges * _CELLS_PER_STAGE * sum(kernel * size**2 for kernel, size in zip(kernels, sizes))
    return total_params, total_macs


@cache
def _read_columns(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in _COLUMNS}
    except Exception as error:  # a damaged archive fails in many ways: zlib.error, KeyError, NotImplementedError, …
        raise OSError(
            f"{path} is damaged ({error}): restore it with `git checkout data`, rebuild it with `make data`, "
            "or install nastutor again"
        ) from error
