"""NAS-Bench-Graph (Qin et al. 2022, arXiv 2206.09166): graph networks, trained on nine tasks."""

from __future__ import annotations

from functools import lru_cache

from nastutor.arguments import one_of
from nastutor.arrays import Arrays, read_data
from nastutor.benchmarks.table import Benchmark
from nastutor.spaces.graph import GRAPH_OPERATIONS, PROTEINS_OPERATIONS, GraphSpace

TASKS = ("cora", "citeseer", "pubmed", "cs", "physics", "photo", "computers", "arxiv", "proteins")
SAME_NETWORKS = TASKS[:-1]
"""The tasks on which the same 26,206 networks were trained, so that they can be compared."""


def open_nasbench_graph(task: str = "cora") -> Benchmark:
    """Open the real NAS-Bench-Graph table of a task: 26,206 graph networks, on proteins 2,021.

    Metrics: val_accuracy and test_accuracy (percent; on proteins the area under the ROC curve), latency_ms (on the
    benchmark's GPU), params. `evaluate` gives the validation accuracy, `report` the test accuracy in its place.

    Each accuracy is the mean of three trainings: single ones are not in the source, so there are no seeds to choose
    from, and how much a training varies cannot be seen here.

    Parameters
    ----------
    task : one of `TASKS`.

    Raises
    ------
    ValueError : an unknown task, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    one_of("task", task, TASKS)
    return _open(read_data("nasbench_graph.npz", "data"), task).searched_by(0)


def space_of(task: str) -> GraphSpace:
    """Return the space of a task: fewer operations were trained on proteins."""
    return GraphSpace(PROTEINS_OPERATIONS if task == "proteins" else GRAPH_OPERATIONS)


@lru_cache(maxsize=3)
def _open(columns: Arrays, task: str) -> Benchmark:
    """Make the table of a task once; whoever opens it again shares its arrays."""
    space = space_of(task)
    metrics = {
        f"{split}_accuracy": 100 * columns[f"{task}_{split}"].astype(float) / columns[f"{task}_{split}_nodes"]
        for split in ("val", "test")
    }
    metrics["latency_ms"] = columns[f"{task}_latency_ms"].astype(float)
    metrics["params"] = columns[f"{task}_params"].astype(float)
    return Benchmark(
        space,
        list(map(tuple, columns[f"{task}_genotypes" if task == "proteins" else "genotypes"].tolist())),
        metrics,
        f"NAS-Bench-Graph {task}",
        key=space.canonical,
        reported_as={"val_accuracy": "test_accuracy"},
    )
