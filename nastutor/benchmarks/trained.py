"""The tables that this project trained itself (`make tables`): whole learning curves of cells on 8×8 images."""

from __future__ import annotations

import json
from functools import lru_cache, partial

import numpy as np

from nastutor.arrays import Arrays, read_data
from nastutor.benchmarks.table import Benchmark
from nastutor.hardware.counts import cell_network_costs
from nastutor.spaces.cell import NONE, CellSpace

_IMAGE_SIZE = 8


def open_trained(dataset: str, search_seed: int = 0) -> Benchmark:
    """Open the table of a dataset: three trainings, with seeds 0, 1, 2, of one cell of each functionally distinct kind.

    Metrics: val_accuracy (percent, a curve over the epochs), test_accuracy (percent, after the last epoch), diverged
    (1 where a training left the finite numbers, and its accuracies are those of chance), train_seconds (processor
    seconds of one training when three were computed at once, evaluation not counted), params and macs (exact counts;
    dead operations are not built).

    Any genotype of `CellSpace` may be asked for: the row is that of its canonical form, which computes the same.

    Parameters
    ----------
    dataset : ``"glyphs"``, all 5,260 kinds, or ``"digits"``, a random sample of 500: a search needs the former.
    search_seed : 0, 1 or 2, the seed that a search may see; the others serve reports.

    Raises
    ------
    ValueError : an unknown dataset, a seed that was not trained, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    if dataset not in ("glyphs", "digits"):
        raise ValueError(f"dataset {dataset!r}: choose glyphs or digits")
    return _open(read_data(f"{dataset}_table.npz", "tables"), dataset).searched_by(search_seed)


@lru_cache(maxsize=4)
def _open(columns: Arrays, dataset: str) -> Benchmark:
    """Make the table of a file once; whoever opens it again shares its arrays."""
    space = CellSpace()
    genotypes = [tuple(row) for row in columns["genotypes"].tolist()]
    skeleton = json.loads(str(columns["plan"]))["skeleton"]
    prune = skeleton.pop("prune")
    built = np.array([space.live_edges(genotype) for genotype in genotypes]) if prune else True
    params, macs = cell_network_costs(np.where(built, columns["genotypes"], NONE), image_size=_IMAGE_SIZE, **skeleton)
    return Benchmark(
        space,
        genotypes,
        {
            "test_accuracy": 100 * (columns["test_correct"] / columns["test_images"]),
            "diverged": columns["diverged"].astype(float),
            "train_seconds": columns["train_seconds"],
            "params": params,
            "macs": macs,
        },
        dataset,
        curves={"val_accuracy": 100 * (columns["val_correct"] / columns["val_images"])},
        key=space.canonical,
    )


open_glyphs = partial(open_trained, "glyphs")
open_digits = partial(open_trained, "digits")
