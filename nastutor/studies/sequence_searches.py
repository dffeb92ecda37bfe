"""Searchers on the table of small language models, for claims that are asked again there.

    python -m nastutor.studies.sequence_searches data/sequence_studies.npz

Of 241 functions, 200 evaluations would be most. So a run has a quarter of the evaluations of
`nastutor.studies.more_searches`, and so has what a method counts in evaluations: populations, batches, first designs.
`nastutor.studies.searches` opens these runs as well: ``load_study("text", …)``.

What is searched for is accuracy on every task: in percentage points, as on the other tables. On text, accuracy and bits
rank stacks alike. On recall, where many stacks reach 100 %, a search that has found one has found all that there is.
"""

from __future__ import annotations

from functools import partial

from nastutor.studies import command
from nastutor.studies.searches import SEQUENCE_TASKS, Method, Plan, build

BUDGET = 50
RUNS = 100
"""Of a method that costs little."""

_cheap = partial(Method, budget=BUDGET, runs=RUNS)
_dear = partial(Method, budget=BUDGET, runs=20)
_evolution = {"population_size": 5, "sample_size": 3}
_predictor = {"initial": 5, "batch_size": 5}
METHODS: dict[str, Method] = {
    "RandomSearch": _cheap("RandomSearch"),
    "LargestFirst": _cheap("LargestFirst"),
    "LocalSearch": _cheap("LocalSearch"),
    "LocalSearch, steepest": _cheap("LocalSearch", {"steepest": True}),
    "GeneticAlgorithm": _cheap("GeneticAlgorithm", {"population_size": 5, "parents": 2}),
    "RegularizedEvolution": _cheap("RegularizedEvolution", _evolution),
    "RegularizedEvolution, without aging": _cheap("RegularizedEvolution", _evolution | {"aging": False}),
    "ProgressiveSearch": _dear("ProgressiveSearch", {"beam_size": 15}),
    "Reinforce": _dear("Reinforce", {"batch_size": 3}),
    "Reinforce, without entropy": _dear("Reinforce", {"batch_size": 3, "entropy_weight": 0.0}),
    "PredictorSearch": _dear("PredictorSearch", _predictor),
    "BayesianSearch": _dear("BayesianSearch", {"initial": 3}, budget=25),
}
PLAN: Plan = dict.fromkeys(SEQUENCE_TASKS, METHODS)

if __name__ == "__main__":
    command.run(partial(build, plan=PLAN), "sequence_searches", __doc__)
