"""Tabular benchmarks: architectures whose accuracies are known, so that a search takes milliseconds."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from nastutor.arguments import one_of
from nastutor.benchmarks.fcnet import open_fcnet
from nastutor.benchmarks.nasbench201 import open_nasbench201
from nastutor.benchmarks.nasbench_graph import open_nasbench_graph
from nastutor.benchmarks.sequences import open_sequences
from nastutor.benchmarks.table import Benchmark
from nastutor.benchmarks.trained import open_digits, open_glyphs

__all__ = ["Benchmark", "load_benchmark"]

_BENCHMARKS: dict[str, Callable[..., Benchmark]] = {
    "nasbench201": open_nasbench201,
    "glyphs": open_glyphs,
    "digits": open_digits,
    "nasbench_graph": open_nasbench_graph,
    "sequences": open_sequences,
    "fcnet": open_fcnet,
}


def load_benchmark(name: str, **options: Any) -> Benchmark:
    """Open a benchmark that ships, by name.

    Parameters
    ----------
    name : ``"nasbench201"``, ``"glyphs"``, ``"digits"``, ``"nasbench_graph"``, ``"sequences"`` or ``"fcnet"``.
    options : its own arguments: ``search_seed``, for NAS-Bench-201 ``dataset`` too, for NAS-Bench-Graph ``task``
        alone, for FCNet ``task`` too, and for sequences ``task``, ``search_seed`` and ``length``.

    Raises
    ------
    ValueError : an unknown name, or a value that the benchmark does not accept.
    TypeError : an option that the benchmark does not have.
    """
    one_of("benchmark", name, _BENCHMARKS)
    known = signature(_BENCHMARKS[name]).parameters
    for option in options:
        if option not in known:
            raise TypeError(f"benchmark {name!r} has no option {option!r}: it has {', '.join(known)}")
    return _BENCHMARKS[name](**options)
