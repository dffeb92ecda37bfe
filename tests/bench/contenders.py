"""Who is compared: one line each in `CONTENDERS`."""

import warnings
from collections.abc import Callable, Container
from typing import Any, NamedTuple

from nastutor import Benchmark, search
from nastutor.searchers import (
    PPO,
    BayesianSearch,
    LargestFirst,
    LocalSearch,
    PredictorSearch,
    ProgressiveSearch,
    RandomSearch,
    RegularizedEvolution,
    Reinforce,
    Searcher,
)
from nastutor.spaces.space import Genotype
from nastutor.studies.more_searches import GRAPH_TASKS, TABLES

Run = Callable[[Benchmark, int, int], list[tuple[Genotype, float]]]
"""(benchmark, budget, seed) -> the genotypes evaluated, in order, each with the accuracy that the search saw."""

CHECKPOINTS = (30, 50, 100, 200)
"""After how many evaluations searches are compared."""


class Contender(NamedTuple):
    """A method, and what is affordable of it.

    run : see `Run`.
    runs : with seeds 0, 1, 2, … on each table; 0 where those that ``make studies`` stored are read, since the method
        trains networks, puts a whole space in order, or scores all of it at each step: to run them would take an hour.
    study : the name of the stored runs.
    searcher : set for our own.
    budget : evaluations of a run.
    tables : on which it is compared.
    """

    name: str
    run: Run
    runs: int
    study: str = ""
    searcher: type[Searcher] | None = None
    budget: int = max(CHECKPOINTS)
    tables: Container[str] = TABLES


def _value(bench: Benchmark, genotype: Genotype) -> float:
    """Return the accuracy that a search sees; 0 for what a space does not hold, which the others cannot know of."""
    return bench.evaluate(genotype)["val_accuracy"] if genotype in bench.space else 0.0


def _ours(name: str, searcher: type[Searcher], runs: int = 0, **options: Any) -> Contender:
    def run(bench: Benchmark, budget: int, seed: int) -> list[tuple[Genotype, float]]:
        history = search(searcher(bench.space, seed=seed), bench.evaluate, budget, progress=False)
        return [(record.genotype, record.value) for record in history]

    return Contender(name, run, runs, options.pop("study", searcher.__name__), searcher, **options)


def _optuna(name: str, sampler: str, runs: int, budget: int = max(CHECKPOINTS)) -> Contender:
    def run(bench: Benchmark, budget: int, seed: int) -> list[tuple[Genotype, float]]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        study = optuna.create_study(direction="maximize", sampler=getattr(optuna.samplers, sampler)(seed=seed))
        distributions = {
            variable.name: optuna.distributions.CategoricalDistribution(range(len(variable.choices)))
            for variable in bench.space.variables
        }
        evaluated = []
        for _ in range(budget):
            trial = study.ask(distributions)
            genotype = tuple(trial.params[name] for name in distributions)
            value = _value(bench, genotype)
            study.tell(trial, value)
            evaluated.append((genotype, value))
        return evaluated

    return Contender(name, run, runs, budget=budget)


def _nevergrad(name: str, optimizer: str, runs: int) -> Contender:
    def run(bench: Benchmark, budget: int, seed: int) -> list[tuple[Genotype, float]]:
        import nevergrad

        warnings.filterwarnings("ignore", module="nevergrad")
        # Deterministic choices served Nevergrad better here than its default, sampled ones.
        sizes = [len(variable.choices) for variable in bench.space.variables]
        parametrization = nevergrad.p.Tuple(*[nevergrad.p.Choice(range(size), deterministic=True) for size in sizes])
        parametrization.random_state.seed(seed)
        method = nevergrad.optimizers.registry[optimizer](parametrization, budget=budget)
        evaluated = []
        for _ in range(budget):
            candidate = method.ask()
            genotype = tuple(candidate.value)
            value = _value(bench, genotype)
            method.tell(candidate, -value)
            evaluated.append((genotype, value))
        return evaluated

    return Contender(name, run, runs)


CONTENDERS = [
    _ours("random search", RandomSearch, runs=100),
    _ours("largest first", LargestFirst),
    _ours("cheapest first", LargestFirst, study="CheapestFirst", tables=GRAPH_TASKS),
    _ours("local search", LocalSearch, runs=100),
    _ours("regularized evolution", RegularizedEvolution, runs=100),
    _ours("REINFORCE", Reinforce),
    _ours("PPO", PPO),
    _ours("progressive search", ProgressiveSearch),
    _ours("predictor search", PredictorSearch),
    _ours("Bayesian search", BayesianSearch),
    _optuna("Optuna TPE", "TPESampler", 20),
    _optuna("Optuna NSGA-II", "NSGAIISampler", 30),
    _nevergrad("Nevergrad Portfolio(1+1)", "PortfolioDiscreteOnePlusOne", 10),
    _nevergrad("Nevergrad NGOpt", "NGOpt", 10),
    _optuna("Optuna GP", "GPSampler", 10, budget=50),
]
"""The dearer one run, the fewer there are; in this order, the dearest last."""
