"""Who is compared: one line each in `CONTENDERS`."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import nevergrad
import optuna

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
from nastutor.studies.searches import RUNS

Run = Callable[[Benchmark, int, int], list[tuple[Genotype, float]]]
"""(benchmark, budget, seed) -> the genotypes evaluated, in order, each with the accuracy that the search saw."""

CHECKPOINTS = (30, 50, 100, 200)
"""After how many evaluations searches are compared."""

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore", module="nevergrad")
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class Contender(NamedTuple):
    """A method, and how many runs of how many evaluations are affordable; `searcher` is set for our own.

    The quality of a searcher that is `stored` is read from the runs that ``make studies`` stored: those train networks,
    put a whole space in order, or score all of it at each step, and to run them all again would take an hour.
    """

    name: str
    run: Run
    runs: int
    searcher: type[Searcher] | None = None
    stored: bool = False
    budget: int = max(CHECKPOINTS)


def _value(bench: Benchmark, genotype: Genotype) -> float:
    """Return the accuracy that a search sees; 0 for what a space does not hold, which the others cannot know of."""
    return bench.evaluate(genotype)["val_accuracy"] if genotype in bench.space else 0.0


def _ours(name: str, searcher: type[Searcher], runs: int = 300, stored: bool = False) -> Contender:
    def run(bench: Benchmark, budget: int, seed: int) -> list[tuple[Genotype, float]]:
        history = search(searcher(bench.space, seed=seed), bench.evaluate, budget, progress=False)
        return [(record.genotype, record.value) for record in history]

    return Contender(name, run, runs, searcher, stored)


def _optuna(
    name: str, sampler: Callable[..., optuna.samplers.BaseSampler], runs: int, budget: int = max(CHECKPOINTS)
) -> Contender:
    def run(bench: Benchmark, budget: int, seed: int) -> list[tuple[Genotype, float]]:
        study = optuna.create_study(direction="maximize", sampler=sampler(seed=seed))
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
    _ours("random search", RandomSearch),
    _ours("largest first", LargestFirst, runs=RUNS, stored=True),
    _ours("local search", LocalSearch),
    _ours("regularized evolution", RegularizedEvolution),
    _ours("REINFORCE", Reinforce, runs=RUNS, stored=True),
    _ours("PPO", PPO, runs=RUNS, stored=True),
    _ours("progressive search", ProgressiveSearch, runs=RUNS, stored=True),
    _ours("predictor search", PredictorSearch, runs=RUNS, stored=True),
    _ours("Bayesian search", BayesianSearch, runs=RUNS, stored=True),
    _optuna("Optuna TPE", optuna.samplers.TPESampler, 50),
    _optuna("Optuna GP", optuna.samplers.GPSampler, 10, budget=100),
    _optuna("Optuna NSGA-II", optuna.samplers.NSGAIISampler, 60),
    _nevergrad("Nevergrad Portfolio(1+1)", "PortfolioDiscreteOnePlusOne", 20),
    _nevergrad("Nevergrad NGOpt", "NGOpt", 20),
]
"""The dearer one run, the fewer there are."""
