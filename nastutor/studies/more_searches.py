"""Searchers on glyphs and on graph networks, and variants on all tables, for claims that are asked again elsewhere.

    python -m nastutor.studies.more_searches data/more_studies.npz

`nastutor.studies.searches` has the methods on NAS-Bench-201, and opens these runs as well: ``load_study("cora", …)``.
"""

from __future__ import annotations

from functools import partial

from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.studies import command
from nastutor.studies.searches import Method, Plan, build

BUDGET = 200
GRAPH_TASKS = ("cora", "cs", "arxiv")
"""Tasks of different character: a small network of citations, one of coauthors, and a large one of citations."""
TABLES = (*DATASETS, "glyphs", *GRAPH_TASKS)
"""Every table on which searches are compared."""
RUNS = 100
"""Of a method that costs little."""

_cheap = partial(Method, budget=BUDGET, runs=RUNS)
_dear = partial(Method, budget=BUDGET, runs=30)

VARIANTS: dict[str, Method] = {
    "LocalSearch, steepest": _cheap("LocalSearch", {"steepest": True}),
    "RegularizedEvolution, without aging": _cheap("RegularizedEvolution", {"aging": False}),
    "Reinforce, without entropy": _dear("Reinforce", {"entropy_weight": 0.0}),
}
"""Compared on every table."""
METHODS: dict[str, Method] = {
    "RandomSearch": _cheap("RandomSearch"),
    "LocalSearch": _cheap("LocalSearch"),
    "GeneticAlgorithm": _cheap("GeneticAlgorithm"),
    "RegularizedEvolution": _cheap("RegularizedEvolution"),
    "ProgressiveSearch": _dear("ProgressiveSearch"),
    "Reinforce": _dear("Reinforce"),
    "PredictorSearch": _dear("PredictorSearch", runs=20),
    "PPO": _dear("PPO", runs=20),
    "BayesianSearch": _dear("BayesianSearch", budget=100, runs=10),
}
"""Compared wherever `nastutor.studies.searches` has not compared them."""
BY_SIZE: dict[str, Method] = {
    "LargestFirst": _dear("LargestFirst", {"cost": "params", "pool": 200_000}, runs=20),
    "CheapestFirst": _dear("LargestFirst", {"cost": "-params", "pool": 200_000}, runs=20),
}
"""Compared on graph networks, all of which are put in order; few are of one size, so the runs hardly differ."""
PLAN: Plan = (
    {dataset: VARIANTS for dataset in DATASETS}
    | {"glyphs": {"LargestFirst": _cheap("LargestFirst")} | METHODS | VARIANTS}
    | {task: BY_SIZE | METHODS | VARIANTS for task in GRAPH_TASKS}
)

if __name__ == "__main__":
    command.run(partial(build, plan=PLAN), "more_searches", __doc__)
