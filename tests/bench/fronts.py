"""Searchers of fronts beside pymoo's NSGA-II: the share of the hypervolume missed, and what an evaluation costs."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2 as PymooNSGA2
from pymoo.core.problem import ElementwiseProblem
from pymoo.operators.crossover.sbx import SBX
from pymoo.operators.mutation.pm import PM
from pymoo.operators.repair.rounding import RoundingRepair
from pymoo.operators.sampling.rnd import IntegerRandomSampling
from pymoo.optimize import minimize

from nastutor import Benchmark, load_benchmark, search
from nastutor.objectives.pareto import hypervolume, hypervolume_curve
from nastutor.objectives.scalarization import weighted_sum, with_reward
from nastutor.searchers import (
    NSGA2,
    BayesianParetoSearch,
    ParetoLocalSearch,
    RandomSearch,
    RegularizedEvolution,
    Searcher,
)

COSTS = ("params", "latency_ms")
CHECKPOINTS = (200, 500)
CHANCE = 50
"""Cells up to this accuracy, in percent, count neither for the true front nor for the range of the objectives."""

Run = Callable[[Benchmark, str, int], np.ndarray]
"""(benchmark, cost, seed) -> (evaluations, 2): accuracy and minus the cost, in the order of evaluation."""


def _ours(searcher: type[Searcher], **settings: Any) -> Run:
    def run(bench: Benchmark, cost: str, seed: int) -> np.ndarray:
        objective = ("val_accuracy", f"-{cost}")
        history = search(
            searcher(bench.space, seed, **settings), bench.evaluate, max(CHECKPOINTS), objective, progress=False
        )
        return np.array([record.value for record in history])

    return run


def _weighted_sums(bench: Benchmark, cost: str, seed: int) -> np.ndarray:
    """Regularized evolution by turns for five weights, which are told the ranges that no real search would know."""
    usable = bench.values("val_accuracy", "search") > CHANCE
    ranges = [np.ptp(bench.values(name, "search")[usable]) for name in ("val_accuracy", cost)]
    runs = []
    for number, weight in enumerate((0.1, 0.3, 0.5, 0.7, 0.9)):
        reward = weighted_sum({"val_accuracy": weight / ranges[0], cost: -(1 - weight) / ranges[1]})
        searcher = RegularizedEvolution(bench.space, np.random.default_rng([seed, number]))
        evaluate = with_reward(bench.evaluate, reward)
        history = search(searcher, evaluate, max(CHECKPOINTS) // 5, "reward", progress=False)
        runs.append([(record.metrics["val_accuracy"], -record.metrics[cost]) for record in history])
    return np.array([pair for turn in zip(*runs) for pair in turn])


def _pymoo(bench: Benchmark, cost: str, seed: int) -> np.ndarray:
    """Run pymoo's with integer variables and a population of 20, which served it best among 10, 20 and 40."""
    evaluated = []

    class Problem(ElementwiseProblem):
        def _evaluate(self, x, out, *args, **kwargs):
            metrics = bench.evaluate(tuple(x.tolist()))
            evaluated.append((metrics["val_accuracy"], -metrics[cost]))
            out["F"] = [-metrics["val_accuracy"], metrics[cost]]

    operators = {
        "sampling": IntegerRandomSampling(),
        "crossover": SBX(vtype=float, repair=RoundingRepair()),
        "mutation": PM(vtype=float, repair=RoundingRepair()),
    }
    sizes = [len(variable.choices) for variable in bench.space.variables]
    problem = Problem(n_var=len(sizes), n_obj=2, xl=0, xu=np.array(sizes) - 1, vtype=int)
    minimize(problem, PymooNSGA2(pop_size=20, **operators), ("n_eval", max(CHECKPOINTS)), seed=seed)
    return np.array(evaluated[: max(CHECKPOINTS)])


CONTENDERS: dict[str, tuple[Run, int]] = {
    "random search": (_ours(RandomSearch), 30),
    "weighted sums": (_weighted_sums, 30),
    "pymoo NSGA-II": (_pymoo, 20),
    "NSGA-II": (_ours(NSGA2), 30),
    "Pareto local search": (_ours(ParetoLocalSearch), 30),
    "Bayesian": (_ours(BayesianParetoSearch), 10),
    "Bayesian, every genotype": (_ours(BayesianParetoSearch, canonical=False), 6),
}
"""By name, what runs and how many runs are affordable."""


def add_runs(known: dict[str, Any], name: str, cost: str, count: int) -> dict[str, Any]:
    """Return the runs known, and those that are missing to `count` of them.

    Returns
    -------
    ``missed``: a list a run, the percentage of the true hypervolume that is missed at each checkpoint; ``seconds``.
    """
    bench = load_benchmark("nasbench201", dataset="cifar10", search_seed=0)
    every = np.column_stack([bench.values("val_accuracy", "search"), -bench.values(cost, "search")])
    every = every[every[:, 0] > CHANCE]
    low, width = every.min(axis=0), np.ptp(every, axis=0)
    whole = hypervolume((every - low) / width, (0, 0))
    run, _ = CONTENDERS[name]
    missed, seconds = list(known.get("missed", [])), list(known.get("seconds", []))
    for seed in range(len(missed), count):
        start = time.process_time()
        values = run(bench, cost, seed)
        seconds.append(round(time.process_time() - start, 5))
        curve = hypervolume_curve((values - low) / width, (0, 0))
        missed.append([round(100 * (1 - curve[n - 1] / whole), 4) for n in CHECKPOINTS])
    return {"missed": missed, "seconds": seconds}
