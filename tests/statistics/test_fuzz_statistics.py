"""Fuzzing: each argument of what is computed from runs is taken, or refused with what is allowed: 6,900 inputs."""

import math
from functools import partial

import numpy as np
import pytest
from garbage import GARBAGE, outcome

from nastutor import search, statistics
from nastutor.loop import History
from nastutor.objectives import pareto, scalarization
from nastutor.searchers import Hyperband, RandomSearch
from nastutor.statistics import fidelity

RNG = np.random.default_rng(0)
POINTS, LIST, OTHER, RUNS, GRID = (RNG.normal(size=shape) for shape in ((6, 2), 9, 9, (4, 3), (3, 4, 3)))
CELLS = [(0, 1), (1, 0), (1, 1), (2, 1)]
BOOTSTRAP = {"level": 0.9, "resamples": 9, "seed": 1}
WEIGHTS, METRICS = {"a": 1.0, "b": -2.0}, {"a": 1.0, "b": 2.0, "val_accuracy": 90.0, "latency_ms": 3.0}


def rewarded(make, **arguments):
    return make(**arguments)(METRICS)


@pytest.fixture(scope="module")
def calls(cells):
    """Each function with arguments that it takes."""
    histories = [search(RandomSearch(cells, seed), lambda g: {"val_accuracy": float(sum(g))}, 5) for seed in (0, 1)]
    halving = search(Hyperband(cells, 0, max_epochs=9), lambda g, epochs: {"val_accuracy": float(sum(g))}, 20)
    scored = {"scores": LIST, "truth": OTHER, "top": 0.9}
    return [
        (pareto.is_nondominated, {"values": POINTS}),
        (pareto.nondominated_sort, {"values": POINTS, "violations": np.zeros(6), "enough": 3}),
        (pareto.crowding_distance, {"values": POINTS, "fronts": np.zeros(6, int)}),
        (pareto.hypervolume, {"values": POINTS, "reference": (-3, -3)}),
        (pareto.hypervolume_curve, {"values": POINTS, "reference": (-3, -3)}),
        (pareto.is_best_for_weights, {"values": POINTS}),
        (partial(rewarded, scalarization.weighted_sum), {"weights": WEIGHTS}),
        (partial(rewarded, scalarization.chebyshev), {"weights": WEIGHTS, "reference": WEIGHTS, "augmentation": 0.1}),
        (partial(rewarded, scalarization.mnasnet_reward), {"target": 2.0, "below": 0.0, "above": -1.0}),
        (statistics.incumbent_curves, {"histories": histories}),
        (statistics.incumbents_at, {"histories": histories, "evaluations": 3}),
        (statistics.evaluations_to_target, {"curves": RUNS, "target": 0.0}),
        (statistics.speedup_band, {"slow": RUNS, "fast": RUNS + 1, **BOOTSTRAP}),
        (statistics.expected_best_of, {"n": 5, "selected_by": LIST, "reported": OTHER}),
        (statistics.expected_winner, {"n": 5, "by_seed": RUNS}),
        (statistics.final_table, {"curves": {"a": RUNS}, "at": [1, 3]}),
        (statistics.bootstrap_band, {"values": LIST, **BOOTSTRAP}),
        (statistics.difference_band, {"a": LIST, "b": OTHER[:5], **BOOTSTRAP}),
        (statistics.student_band, {"values": LIST, "level": 0.9}),
        (statistics.student_difference_band, {"a": LIST, "b": OTHER[:5], "level": 0.9}),
        (statistics.rank_correlation, scored | {"kind": "kendall"}),
        (statistics.rank_correlation_by_distance, {"values": GRID}),
        (statistics.partial_rank_correlation, scored | {"given": LIST**2}),
        (statistics.rank_correlation_band, scored | BOOTSTRAP | {"given": LIST**2}),
        (statistics.rank_correlation_difference_band, {"a": LIST, "b": LIST**2, "truth": OTHER, **BOOTSTRAP}),
        (statistics.crossed_band, {"values": RUNS, "cells": CELLS, "pool": RUNS, **BOOTSTRAP}),
        (
            statistics.crossed_difference_band,
            {"a": RUNS, "cells_a": CELLS, "b": RUNS, "cells_b": CELLS, "pool": RUNS, **BOOTSTRAP},
        ),
        (statistics.crossed_variance, {"values": GRID}),
        (statistics.share_bands, {"values": GRID}),
        (statistics.sum_of_parts, {"genotypes": CELLS, "values": LIST[:4]}),
        (statistics.sum_of_replacements, {"genotypes": CELLS, "values": LIST[:4], "parent": CELLS[0]}),
        (statistics.posterior_mean, {"space": cells}),
        (fidelity.epochs_spent, {"history": halving, "full": 9}),
        (fidelity.curves_by_epochs, {"histories": [halving], "report": sum, "max_epochs": 30, "full": 9}),
        (fidelity.follow_winner, {"history": halving, "truth": sum}),
    ]


def is_meant(name, value):
    """Say whether a value has the type of what it is put in the place of, and is only too much for a computer."""
    if name in ("report", "truth", "by"):
        return True  # a function of the user's own: what it raises is its own
    return name in ("resamples", "max_epochs", "n") and isinstance(value, int) and value > 1000


@pytest.mark.filterwarnings("ignore")
def test_an_argument_is_taken_or_refused_in_our_words(calls):
    for function, good in calls:
        function(**good)
        for name in good:
            for value in GARBAGE:
                if not is_meant(name, value):
                    outcome(partial(function, **good | {name: value}))


@pytest.mark.parametrize("level", [95, -0.1, math.nan, "0.95"])
def test_a_level_is_a_share_and_no_percentage(level):
    with pytest.raises(ValueError, match=r"level .*: give a probability, 0…1"):
        statistics.bootstrap_band(LIST, level)


def test_one_history_is_no_list_of_runs():
    with pytest.raises(ValueError, match=r"give at least one run, in a list: \[history\]"):
        statistics.incumbent_curves(History())


def test_a_table_of_no_evaluations_is_not_that_of_the_last():
    for step in (0, -1, 4):
        with pytest.raises(ValueError, match=f"evaluations {step}: give a whole number, 1…3"):
            statistics.final_table({"a": RUNS}, [step])


def test_what_is_unknown_is_not_the_best():
    with pytest.raises(ValueError, match="the first without NaN"):
        statistics.expected_best_of(3, [1.0, math.nan])


def test_a_grid_without_variance_has_no_shares():
    with pytest.raises(ValueError, match="all cells are equal"):
        statistics.share_bands(np.ones((2, 3, 4)))


def test_curves_of_other_lengths_have_no_difference():
    with pytest.raises(ValueError, match="give both as many steps"):
        statistics.difference_band(RUNS, RUNS[:, :2])
