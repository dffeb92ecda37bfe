"""What the tests share: spaces, a landscape that is the same everywhere, and every searcher."""

import os
from functools import partial
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import settings

from nastutor import load_benchmark
from nastutor.searchers import (
    NSGA2,
    BayesianParetoSearch,
    BayesianSearch,
    GeneticAlgorithm,
    Hyperband,
    LargestFirst,
    LocalSearch,
    ParetoLocalSearch,
    RandomSearch,
    Ratchet,
    RegularizedEvolution,
)
from nastutor.spaces import CellSpace, SearchSpace, Variable

settings.register_profile("suite", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("suite")


def with_two_objectives(method):
    """Put a method under laws that tell one number: the genotype's sum, to be small, becomes the second objective."""

    class TwoObjectives(method):
        def tell(self, proposal, value, violation=0.0):
            if isinstance(value, float):
                value = (value, -float(sum(proposal.genotype)))
            super().tell(proposal, value, violation)

    return TwoObjectives


def largest_first(space, seed=0):
    """The one that needs a cost where the space does not say what its architectures weigh."""
    return LargestFirst(space, seed, cost=None if isinstance(space, CellSpace) else sum)


SEARCHERS = {
    "random": RandomSearch,
    "random_without_replacement": partial(RandomSearch, replace=False),
    "largest_first": largest_first,
    "local": LocalSearch,
    "local_steepest": partial(LocalSearch, steepest=True),
    "evolution": partial(RegularizedEvolution, population_size=8, sample_size=4),
    "evolution_without_aging": partial(RegularizedEvolution, population_size=8, sample_size=4, aging=False),
    "genetic": partial(GeneticAlgorithm, population_size=8, parents=4),
    "ratchet": Ratchet,
    "nsga2": partial(with_two_objectives(NSGA2), population_size=8),
    "pareto_local": partial(with_two_objectives(ParetoLocalSearch), initial=8),
    "hyperband": partial(Hyperband, max_epochs=9, sweeps=None),
    "bayesian": partial(BayesianSearch, batch_size=10),
    "bayesian_pareto": partial(with_two_objectives(BayesianParetoSearch), model_until=25, batch_size=10),
    "predictor": None,
}


@pytest.fixture(params=SEARCHERS)
def make_searcher(request):
    """Every searcher in turn, as a function of (space, seed=…): the laws of the protocol hold for all."""
    if request.param == "predictor":  # the one that needs torch
        pytest.importorskip("torch")
        from nastutor.searchers import PredictorSearch

        return partial(PredictorSearch, initial=10, members=2, steps=3, batch_size=20)
    return SEARCHERS[request.param]


@pytest.fixture(scope="session")
def cells():
    return CellSpace()


@pytest.fixture(scope="session")
def chains():
    """A conditional space of 2 + 2·3 + 2·3·3 = 26 chains: a layer matters where the chain is deep enough."""
    return SearchSpace(
        [
            Variable("depth", (1, 2, 3)),
            Variable("activation", ("relu", "gelu")),
            Variable("kernel_2", (1, 3, 5), when={"depth": (2, 3)}),
            Variable("kernel_3", (1, 3, 5), when={"depth": (3,)}),
        ]
    )


@pytest.fixture(params=["cells", "chains"])
def any_space(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def landscape():
    """An evaluator whose values look random, depend on the genotype only, and are equal on every machine."""

    def evaluate(genotype, epochs=None):
        value = crc32(bytes(genotype)) / 2**32
        return {"val_accuracy": 100 * value, "latency_ms": float(sum(genotype)), "train_seconds": 1.0 + genotype[0]}

    return evaluate


@pytest.fixture(scope="session")
def open_table():
    """Open NAS-Bench-201 by dataset (and search seed), each once a session."""
    opened = {}

    def get(dataset="cifar10", search_seed=0):
        key = (dataset, search_seed)
        if key not in opened:
            opened[key] = load_benchmark("nasbench201", dataset=dataset, search_seed=search_seed)
        return opened[key]

    return get


@pytest.fixture(scope="session")
def chromium():
    """Headless Chromium, for what readers look at in a browser; CHROMIUM says where it is."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not path.exists() and "CHROMIUM" not in os.environ:  # where it was promised, its absence is a failure
        pytest.skip(f"no Chromium at {path}")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=quiet)
        yield browser
        browser.close()
