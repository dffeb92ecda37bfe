"""Fuzzing: each argument of each searcher and each result it is told is taken, or refused with what is allowed.

There are about 11,000 inputs.
"""

import inspect
import math
from numbers import Integral, Real

import numpy as np
import pytest
from garbage import GARBAGE, outcome

from nastutor import searchers
from nastutor.spaces import LayerwiseSpace, SearchSpace, Variable

SPACE = SearchSpace([Variable("units", tuple(range(40))), Variable("layers", (1, 2)), Variable("rate", (0.0, 0.3))])
CHAINS = LayerwiseSpace((1, 2), (8, 16), ("conv", "identity"), (1, 3), (1, 2), ("relu",), ("batch",))
QUICK = {
    "RandomSearch": {},
    "LargestFirst": {"cost": sum},
    "LocalSearch": {},
    "Ratchet": {},
    "RegularizedEvolution": {},
    "GeneticAlgorithm": {},
    "NSGA2": {},
    "ParetoLocalSearch": {},
    "BayesianParetoSearch": {"initial": 60, "canonical": False},
    "SuccessiveHalving": {},
    "Hyperband": {},
    "BayesianSearch": {"initial": 60, "canonical": False},
    "PredictorSearch": {"steps": 1, "members": 2, "initial": 60, "canonical": False},
    "ProgressiveSearch": {"steps": 1, "members": 1},
    "Reinforce": {"hidden": 4},
    "PPO": {"hidden": 4},
}


def space_of(method):
    return CHAINS if method.__name__ == "ProgressiveSearch" else SPACE  # the one that needs a space that grows


@pytest.fixture(params=QUICK)
def method(request):
    if request.param in searchers._NEED_TORCH:
        pytest.importorskip("torch")
    return getattr(searchers, request.param)


def can_be_meant(default, value):
    """Say whether a value has the type of an argument whose default is this one."""
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int):
        return isinstance(value, Integral) and not isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    return not isinstance(default, str) or isinstance(value, str)


def test_an_argument_is_taken_or_refused(method):
    arguments = inspect.signature(method).parameters
    for name in [name for name in arguments if name != "space"]:
        for value in GARBAGE:
            if can_be_meant(1, value) and value > 100:
                continue  # a number that is too large for a computer, not for a method
            if name == "cost" and callable(value):
                continue  # a cost is any function, and what it raises is its own
            options = QUICK[method.__name__] | {name: value}
            searcher, error = outcome(lambda options=options: method(space_of(method), **options))
            if error is None:
                is_none = value is None and "None" in str(arguments[name].annotation)
                assert is_none or can_be_meant(arguments[name].default, value), (name, value)
                assert searcher.ask().genotype in searcher.space
            else:
                assert name in error or name == "start"


def test_a_space_is_asked_for(method):
    for value in GARBAGE:
        _, error = outcome(lambda value=value: method(value), TypeError)
        assert "needs a SearchSpace first" in error


def test_a_result_is_taken_or_refused_and_then_nothing_has_changed(method):
    several = method.__name__ in ("NSGA2", "ParetoLocalSearch", "BayesianParetoSearch")
    good = (1.0, 2.0) if several else 1.0
    for value in GARBAGE:
        searcher = method(space_of(method), seed=1, **QUICK[method.__name__])
        for part in ("proposal", "value", "violation"):
            proposal = searcher.ask()
            told = {"proposal": proposal, "value": good} | {part: value}
            _, error = outcome(lambda searcher=searcher, told=told: searcher.tell(**told))
            if error is not None:
                searcher.tell(proposal, good)
            elif method.__name__ not in ("RandomSearch", "LargestFirst"):  # which do not look
                assert can_be_meant(0.5, value) or value in (None, math.inf, (0, 0) if several else None)
            assert not searcher.pending


def test_equal_seeds_of_numpy_and_python_are_equal(method):
    options = QUICK[method.__name__]
    a, b = (method(space_of(method), seed=seed, **options) for seed in (np.int64(3), 3))
    assert a.settings() == b.settings()
