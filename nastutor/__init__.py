"""nastutor: neural architecture search, taught on real data.

`search` runs a searcher on an evaluator, `repeat` does so for many seeds, `load_benchmark` opens a table that ships.
Names are loaded when they are first used, so that importing the package stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.benchmarks import Benchmark, load_benchmark
    from nastutor.claims import claim
    from nastutor.history import History
    from nastutor.runner import repeat, search
    from nastutor.source import show_source

__version__ = "0.1.0"

_HOME = {
    "Benchmark": "benchmarks",
    "History": "history",
    "claim": "claims",
    "load_benchmark": "benchmarks",
    "repeat": "runner",
    "search": "runner",
    "show_source": "source",
}

__all__ = ["Benchmark", "History", "claim", "load_benchmark", "repeat", "search", "show_source"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nastutor' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.{_HOME[name]}"), name)
