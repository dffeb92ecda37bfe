"""Tabular benchmarks: architectures whose accuracies are known, so that a search takes milliseconds."""

from typing import Any

from nastutor.benchmarks.nasbench201 import open_nasbench201
from nastutor.benchmarks.table import Benchmark

__all__ = ["Benchmark", "load_benchmark"]

_BENCHMARKS = {"nasbench201": open_nasbench201}


def load_benchmark(name: str, **options: Any) -> Benchmark:
    """Open a benchmark that ships, by name.

    Parameters
    ----------
    name : ``"nasbench201"``.
    options : its own arguments; for NAS-Bench-201 ``dataset`` and ``search_seed``.

    Raises
    ------
    ValueError : an unknown name, or a value that the benchmark does not accept.
    TypeError : an option that the benchmark does not have.
    """
    if name not in _BENCHMARKS:
        raise ValueError(f"benchmark {name!r}: choose one of {', '.join(_BENCHMARKS)}")
    return _BENCHMARKS[name](**options)
