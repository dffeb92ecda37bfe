"""The conversion of FCNet: what is refused, and that it gives the file that ships."""

import numpy as np
import pytest

from nastutor.arrays import read_arrays
from nastutor.benchmarks.fcnet import SCALE, TASKS
from nastutor.resources import data_path
from nastutor.spaces import FCNetSpace
from nastutor.studies.fcnet import columns, key_of

TASK = "protein"
SPACE = FCNetSpace(TASKS[TASK])


@pytest.fixture(scope="module")
def shipped():
    return read_arrays(data_path("fcnet.npz"))


@pytest.fixture(scope="module")
def table(shipped):
    """The table of a task in the form of the source."""
    errors = np.exp(shipped[f"{TASK}_log_mse"] / SCALE).tolist()
    seconds = shipped[f"{TASK}_seconds"].astype(float).tolist()
    return {
        key_of(SPACE, genotype): {
            "val_loss": error, "train_time": [time] * 4, "model_size": [SPACE.weights(genotype)] * 4
        }
        for genotype, error, time in zip(SPACE, errors, seconds)
    }  # fmt: skip


@pytest.mark.long
def test_the_conversion_gives_the_file_that_ships(table, shipped):
    assert set(shipped) == {f"{task}_{name}" for task in TASKS for name in ("log_mse", "seconds")}
    for name, values in columns(TASK, table).items():
        stored = shipped[f"{TASK}_{name}"]
        assert values.dtype == stored.dtype and np.array_equal(values, stored)


def test_the_key_is_the_sources_own():
    """Its package reads the choices in alphabetical order of their names, a digit each."""
    assert key_of(SPACE, (5, 4, 1, 0, 2, 1, 3, 0, 2)) == "102213054"


def test_a_source_that_contradicts_what_is_known_is_refused(table):
    key = "000000000"
    for change, told in [
        ({"val_loss": [0.3, 0.3, 0.3, float("nan")]}, "no positive number"),
        ({"val_loss": [0.3, 0.3, 0.3, 0.1]}, "smallest error 0.1"),
        ({"model_size": [450.0] * 4}, "parameters"),
    ]:
        with pytest.raises(ValueError, match=f"protein: .*{told}"):
            columns(TASK, {**table, key: {**table[key], **change}})
    with pytest.raises(ValueError, match="not the 62,208 configurations"):
        columns(TASK, {name: row for name, row in table.items() if name != key})
