"""nastutor: neural architecture search, taught on real data.

`search` runs a searcher on an evaluator, `repeat` does so for many seeds, `load_benchmark` opens a table that ships.
Names are loaded when they are first used, so that importing the package stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.benchmarks import Benchmark, load_benchmark
    from nastutor.lessons import widgets
    from nastutor.lessons.claims import claim, claim_on
    from nastutor.lessons.extras import need
    from nastutor.lessons.predict import predict
    from nastutor.lessons.show import show
    from nastutor.lessons.source import show_source
    from nastutor.loop import History, repeat, search

__version__ = "0.1.0"

_HOME = {
    "Benchmark": "benchmarks",
    "History": "loop",
    "claim": "lessons.claims",
    "claim_on": "lessons.claims",
    "load_benchmark": "benchmarks",
    "need": "lessons.extras",
    "predict": "lessons.predict",
    "repeat": "loop",
    "search": "loop",
    "show": "lessons.show",
    "show_source": "lessons.source",
}

__all__ = [
    "Benchmark",
    "History",
    "claim",
    "claim_on",
    "load_benchmark",
    "need",
    "predict",
    "repeat",
    "search",
    "show",
    "show_source",
    "widgets",
]


def __getattr__(name: str) -> Any:
    if name == "widgets":
        return import_module("nastutor.lessons.widgets")
    if name not in _HOME:
        raise AttributeError(f"module 'nastutor' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.{_HOME[name]}"), name)
