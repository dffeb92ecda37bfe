"""The conversion of NAS-Bench-Graph: what is read, what is refused, and that it gives the file that ships."""

import pickle
import zipfile

import numpy as np
import pytest

from nastutor.arrays import read_arrays
from nastutor.benchmarks.nasbench_graph import TASKS, space_of
from nastutor.resources import data_path
from nastutor.studies.nasbench_graph import _columns, _key, _read, convert


@pytest.fixture(scope="module")
def shipped():
    return read_arrays(data_path("nasbench_graph.npz"))


@pytest.fixture(scope="module")
def tables(shipped):
    """The tables in the form of the source, some of its numbers numpy's."""
    made = {}
    for task in TASKS:
        rows = shipped["proteins_genotypes" if task == "proteins" else "genotypes"].tolist()
        columns = [
            shipped[f"{task}_val"] / shipped[f"{task}_val_nodes"],
            shipped[f"{task}_test"] / shipped[f"{task}_test_nodes"],
            shipped[f"{task}_latency_ms"].astype(float) / 1000,
            shipped[f"{task}_params"] / 1e6,
        ]
        names = ("valid_perf", "perf", "latency", "para")
        values = zip(*(column.astype(float).tolist() for column in columns))
        operations = space_of(task).operations
        made[task] = {_key(row, operations): dict(zip(names, numbers)) for row, numbers in zip(rows, values)}
        first = next(iter(made[task].values()))
        first["para"] = np.float64(first["para"])
    return made


@pytest.mark.long
def test_the_conversion_gives_the_file_that_ships(tables, shipped, tmp_path):
    wheel = tmp_path / "source.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for task, table in tables.items():
            archive.writestr(f"nas_bench_graph/light/{task}.bench", pickle.dumps(table))
    converted = convert(wheel)
    assert set(converted) == set(shipped)
    for name, values in converted.items():
        assert values.dtype == shipped[name].dtype and np.array_equal(values, shipped[name]), name


def test_a_source_that_contradicts_what_is_known_is_refused(tables, shipped):
    rows = [tuple(row) for row in shipped["genotypes"].tolist()]
    table = tables["cora"]
    key = next(iter(table))
    for change, told in [
        ({**table[key], "valid_perf": 0.12345}, "valid_perf counts no nodes"),
        ({**table[key], "perf": float("nan")}, "is not finite"),
    ]:
        with pytest.raises(ValueError, match=f"cora: .*{told}"):
            _columns("cora", rows, {**table, key: change})
    with pytest.raises(ValueError, match="its keys are not those"):
        _columns("cora", rows, {other: value for other, value in table.items() if other != key})
    with pytest.raises(ValueError, match="26205 architectures"):
        _columns("cora", rows[1:], table)


@pytest.mark.parametrize("hostile", [print, np.array([1.0]), np.int64(3), np.array(["x"], dtype=object)])
def test_a_pickle_that_holds_more_than_numbers_is_refused(hostile):
    with pytest.raises(pickle.UnpicklingError, match="refused"):
        _read(pickle.dumps({"a": hostile}))
