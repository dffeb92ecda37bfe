"""Searchers: one method a file, all with `ask` and `tell`.

Those that learn with torch are loaded when they are first named, and left out of ``import *``, so that the others work
where torch is not installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nastutor.searchers.bayesian import BayesianSearch
from nastutor.searchers.bayesian_pareto import BayesianParetoSearch
from nastutor.searchers.evolution import GeneticAlgorithm, RegularizedEvolution
from nastutor.searchers.hyperband import Hyperband, SuccessiveHalving
from nastutor.searchers.largest_first import LargestFirst
from nastutor.searchers.local_search import LocalSearch
from nastutor.searchers.nsga2 import NSGA2
from nastutor.searchers.pareto_local_search import ParetoLocalSearch
from nastutor.searchers.random_search import RandomSearch
from nastutor.searchers.ratchet import Ratchet
from nastutor.searchers.searcher import Proposal, Searcher

if TYPE_CHECKING:
    from nastutor.searchers.ppo import PPO as PPO
    from nastutor.searchers.predictor import PredictorSearch as PredictorSearch
    from nastutor.searchers.progressive import ProgressiveSearch as ProgressiveSearch
    from nastutor.searchers.reinforce import Reinforce as Reinforce

__all__ = [
    "NSGA2",
    "BayesianParetoSearch",
    "BayesianSearch",
    "GeneticAlgorithm",
    "Hyperband",
    "LargestFirst",
    "LocalSearch",
    "ParetoLocalSearch",
    "Proposal",
    "RandomSearch",
    "Ratchet",
    "RegularizedEvolution",
    "Searcher",
    "SuccessiveHalving",
]

_NEED_TORCH = {
    "PPO": "ppo",
    "PredictorSearch": "predictor",
    "ProgressiveSearch": "progressive",
    "Reinforce": "reinforce",
}


def __getattr__(name: str) -> Any:
    if name not in _NEED_TORCH:
        raise AttributeError(f"module 'nastutor.searchers' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.searchers.{_NEED_TORCH[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_NEED_TORCH])
