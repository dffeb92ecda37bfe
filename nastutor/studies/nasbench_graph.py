"""Build `data/nasbench_graph.npz` from the PyPI package nas-bench-graph 1.4.0 (run by `make data`).

    python -m nastutor.studies.nasbench_graph nas_bench_graph-1.4.0-py3-none-any.whl data/nasbench_graph.npz

The wheel is read as an archive; nothing in it is installed or run. Its pickles hold dictionaries, strings, integers and
floats, some of them numpy's, and are read by an unpickler that knows no others.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.benchmarks.nasbench_graph import TASKS, space_of
from nastutor.spaces.graph import GRAPH_OPERATIONS, GraphSpace, split
from nastutor.spaces.space import Genotype
from nastutor.studies.source import PlainUnpickler, convert_wheel, require

SHAPES = (
    (0, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 1), (0, 0, 1, 2), (0, 0, 1, 3),
    (0, 1, 1, 1), (0, 1, 1, 2), (0, 1, 2, 2), (0, 1, 2, 3),
)  # fmt: skip
"""The inputs of the nodes, in the order in which the source numbers them."""
TRAININGS = 3
"""Accuracies are means over so many."""
NODES = {
    "cora": (500, 1000), "citeseer": (500, 1000), "pubmed": (500, 1000), "cs": (1000, 17_583),
    "physics": (1000, 34_243), "photo": (1000, 7_087), "computers": (1000, 12_881), "arxiv": (1000, 48_603),
}  # fmt: skip
"""Nodes for validation and test: accuracies are counts of correct nodes over these (those of arxiv's validation are
rounded to a thousandth). Proteins, with an area under a curve, has none."""
_KNOWN_ARCHITECTURES = {True: 2_021, False: 26_206}


class _NumbersUnpickler(PlainUnpickler):
    """Reads numpy's single numbers too."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        if name == "scalar" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return _number
        return super().find_class(module, name)


def _number(dtype: np.dtype, data: bytes) -> float:
    """Return one number of a numpy pickle, if it is a float."""
    if dtype.kind != "f" or len(data) != dtype.itemsize:
        raise pickle.UnpicklingError(f"refused: the file holds a numpy {dtype}; floats only")
    return float(np.frombuffer(data, dtype)[0])


def convert(wheel: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the data file, checked against what is known of the benchmark.

    Raises
    ------
    ValueError : the source does not agree with a known fact.
    """
    rows = {proteins: _networks(space_of("proteins" if proteins else "cora")) for proteins in (False, True)}
    arrays = {
        "genotypes": np.array(rows[False], dtype=np.uint8),
        "proteins_genotypes": np.array(rows[True], dtype=np.uint8),
    }
    with zipfile.ZipFile(wheel) as archive:
        for task in TASKS:
            data = archive.read(f"nas_bench_graph/light/{task}.bench")
            columns = _columns(task, rows[task == "proteins"], _read(data))
            arrays |= {f"{task}_{name}": array for name, array in columns.items()}
    return arrays


def _read(data: bytes) -> Any:
    return _NumbersUnpickler(io.BytesIO(data)).load()


def _networks(space: GraphSpace) -> list[Genotype]:
    """Return one genotype for each different network, in lexicographic order."""
    return sorted(space.representatives())


def _columns(task: str, rows: list[Genotype], table: Mapping[int, Mapping[str, float]]) -> dict[str, np.ndarray]:
    operations = space_of(task).operations
    keys = [_key(genotype, operations) for genotype in rows]
    require(len(keys) == _KNOWN_ARCHITECTURES[task == "proteins"], f"{task}: {len(keys)} architectures")
    require(sorted(table) == sorted(keys), f"{task}: its keys are not those of the space's architectures")
    given = {name: np.array([table[key][name] for key in keys]) for name in ("valid_perf", "perf", "latency", "para")}
    require(bool(all(np.isfinite(values).all() for values in given.values())), f"{task}: a number is not finite")
    columns: dict[str, np.ndarray] = {
        "latency_ms": (1000 * given["latency"]).astype(np.float16),
        "params": np.rint(1e6 * given["para"]).astype(np.int32),
    }
    if task == "proteins":
        columns |= {"val": given["valid_perf"].astype(np.float32), "test": given["perf"].astype(np.float32)}
        columns |= {"val_nodes": np.array(1), "test_nodes": np.array(1)}
        return columns
    for name, source, nodes in zip(("val", "test"), ("valid_perf", "perf"), NODES[task]):
        counted = TRAININGS * nodes * given[source]
        require(bool(np.abs(counted - np.rint(counted)).max() < 1e-3), f"{task}: {source} counts no nodes")
        columns[name] = np.rint(counted).astype(np.int32)
        columns[f"{name}_nodes"] = np.array(TRAININGS * nodes)
    return columns


def _key(genotype: Sequence[int], operations: Sequence[str]) -> int:
    """Return the number by which the source calls an architecture: its shape, then each operation as a digit."""
    inputs, numbers = split(tuple(genotype))
    digits = [SHAPES.index(inputs), *(GRAPH_OPERATIONS.index(operations[number]) for number in numbers)]
    return int("".join(map(str, digits)))


if __name__ == "__main__":
    convert_wheel(convert, "nasbench_graph", __doc__, "nas-bench-graph 1.4.0, as a wheel")
