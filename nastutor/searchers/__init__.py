"""Searchers: one method a file, all with `ask` and `tell`."""

from nastutor.searchers.evolution import GeneticAlgorithm, RegularizedEvolution
from nastutor.searchers.local_search import LocalSearch
from nastutor.searchers.random_search import RandomSearch
from nastutor.searchers.searcher import Proposal, Searcher

__all__ = ["GeneticAlgorithm", "LocalSearch", "Proposal", "RandomSearch", "RegularizedEvolution", "Searcher"]
