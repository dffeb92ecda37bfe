"""One-shot search: methods that train one supernet instead of many networks. Names are loaded when they are first used.

They are no searchers with `ask` and `tell`: each is a function that returns its answer with the whole trajectory.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.oneshot.alpha import derive
    from nastutor.oneshot.core import SupernetRecipe
    from nastutor.oneshot.cures import DroppedSkips, StopAtEigenvalue, StopAtSkips, normalized_edges
    from nastutor.oneshot.darts import run_darts
    from nastutor.oneshot.enas import run_enas
    from nastutor.oneshot.gdas import run_gdas
    from nastutor.oneshot.once_for_all import shrinking_phases, train_once_for_all, train_sandwich
    from nastutor.oneshot.random_sharing import train_uniform_paths
    from nastutor.oneshot.sequence_paths import shared_accuracy, train_sequence_paths
    from nastutor.oneshot.sharing import OnceForAllAccuracy, SharedAccuracy

_HOME = {
    "DroppedSkips": "cures",
    "OnceForAllAccuracy": "sharing",
    "SharedAccuracy": "sharing",
    "StopAtEigenvalue": "cures",
    "StopAtSkips": "cures",
    "SupernetRecipe": "core",
    "derive": "alpha",
    "normalized_edges": "cures",
    "run_darts": "darts",
    "run_enas": "enas",
    "run_gdas": "gdas",
    "shared_accuracy": "sequence_paths",
    "shrinking_phases": "once_for_all",
    "train_once_for_all": "once_for_all",
    "train_sandwich": "once_for_all",
    "train_sequence_paths": "sequence_paths",
    "train_uniform_paths": "random_sharing",
}

__all__ = [
    "DroppedSkips",
    "OnceForAllAccuracy",
    "SharedAccuracy",
    "StopAtEigenvalue",
    "StopAtSkips",
    "SupernetRecipe",
    "derive",
    "normalized_edges",
    "run_darts",
    "run_enas",
    "run_gdas",
    "shared_accuracy",
    "shrinking_phases",
    "train_once_for_all",
    "train_sandwich",
    "train_sequence_paths",
    "train_uniform_paths",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nastutor.oneshot' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.oneshot.{_HOME[name]}"), name)
