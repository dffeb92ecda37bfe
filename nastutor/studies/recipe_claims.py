"""What lesson 18 claims of architectures and recipes, measured: from the FCNet tables and from stored searches.

Each function returns a `Band` that is above zero where the claim in its first line holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.fcnet import by_recipe
from nastutor.statistics import Band, bootstrap_band, crossed_band, crossed_difference_band, share_bands
from nastutor.statistics.bands import resampling_shares
from nastutor.studies.recipes import BUDGET, DEFAULT, EVOLUTION, load_recipes

METRIC = "val_log_mse"
PARTS = ("architecture", "recipe", "interaction")


@cache
def open_table(task: str) -> Benchmark:
    """Open the table of a task, of which searches see seed 0."""
    return load_benchmark("fcnet", task=task, search_seed=0)


def grid(task: str, dropout: str = "recipe", best: float = 1.0) -> np.ndarray:
    """Return the logarithms of the errors of all architectures with the best recipes.

    Parameters
    ----------
    dropout : what it counts as, ``"recipe"`` or ``"architecture"``.
    best : the share of the recipes, 0…1. They are chosen by their mean over all architectures with seed 0, which is
        then left out, so that what chose them does not grade them.

    Returns
    -------
    (architectures, recipes, seeds); all four seeds where no recipe is left out, else three.
    """
    values = by_recipe(open_table(task), dropout)
    if best >= 1:
        return values
    order = np.argsort(values[:, :, 0].mean(axis=0), kind="stable")
    return values[:, order[: max(2, round(best * values.shape[1]))], 1:]


@cache
def shares(task: str, dropout: str = "recipe", best: float = 1.0) -> Mapping[str, Band]:
    """Return what architecture, recipe and their interaction explain of the variance, in percent, with intervals."""
    return dict(zip(PARTS, share_bands(grid(task, dropout, best))))


def recipe_explains_more(task: str, dropout: str = "recipe", best: float = 1.0) -> Band:
    """Recipes explain more than architectures: by how many percent, with an interval that is too wide."""
    found = shares(task, dropout, best)
    recipe, architecture = found["recipe"], found["architecture"]
    return Band(recipe.mean - architecture.mean, recipe.low - architecture.high, recipe.high - architecture.low)


def strategy_lead(task: str, strategy: str, other: str, step: int = BUDGET) -> Band:
    """One strategy finds smaller errors than the other: by how much, in the logarithm of the other seeds' errors."""
    return _lead(task, load_recipes(task, strategy), load_recipes(task, other), step)


def searcher_lead(task: str, searcher: str, other: str, step: int = BUDGET) -> Band:
    """One searcher finds smaller errors than the other, tuning all jointly: by how much, as in `strategy_lead`."""
    return _lead(task, load_recipes(task, "jointly", searcher), load_recipes(task, "jointly", other), step)


def _lead(task: str, rows: np.ndarray, of_other: np.ndarray, step: int) -> Band:
    bench = open_table(task)
    reports = np.delete(bench.metrics[METRIC], bench.search_column, axis=1)
    (ends, theirs), pool = ((rows[:, step - 1], of_other[:, step - 1]), bench.noise_pool(metric=f"-{METRIC}"))
    return crossed_difference_band(reports[theirs], theirs.tolist(), reports[ends], ends.tolist(), pool, resamples=500)


def expected_curve(task: str, largest: bool = False, steps: int = BUDGET) -> np.ndarray:
    """Return the expected report of the best so far of random draws after the default, exactly (`expected_best_of`).

    Parameters
    ----------
    largest : draw the recipes of the largest architectures, which is what largest first does here for long.
    steps : evaluations, the default among them.

    Returns
    -------
    (steps,) logarithms of errors, by the seeds that do not choose.
    """
    bench = open_table(task)
    seen, report = bench.values(METRIC, "search"), bench.values(METRIC)
    usual = bench.genotypes.index(DEFAULT)
    sizes = bench.values("params")
    rows = np.flatnonzero(sizes == sizes.max()) if largest else np.arange(len(bench))
    rows = rows[np.argsort(-seen[rows], kind="stable")]
    kept = np.where(seen[rows] < seen[usual], report[rows], report[usual])  # a draw that is worse changes nothing
    edges = np.arange(len(rows) + 1) / len(rows)
    return np.array([report[usual], *(np.diff(edges**draws) @ kept for draws in range(1, steps))])


def ahead_of_draws(task: str, searcher: str = EVOLUTION, largest: bool = False, step: int = BUDGET) -> Band:
    """A searcher finds smaller errors than random draws, of all or of the largest: by how much, tuning all jointly."""
    bench = open_table(task)
    reports = np.delete(bench.metrics[METRIC], bench.search_column, axis=1)
    ends = load_recipes(task, "jointly", searcher)[:, step - 1]
    found = crossed_band(reports[ends], ends.tolist(), bench.noise_pool(metric=f"-{METRIC}"), resamples=500)
    drawn = float(expected_curve(task, largest, step)[-1])
    return Band(drawn - found.mean, drawn - found.high, drawn - found.low)


def kept_steps(task: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the stored ratchets kept: the run, the row before and the row after of each step."""
    rows = load_recipes(task, "jointly", "Ratchet").astype(int)
    runs, steps = np.nonzero(np.diff(rows, axis=1))
    return runs, rows[runs, steps], rows[runs, steps + 1]


def false_steps(task: str, best: float = 1.0, judges: int = 3) -> Band:
    """Some steps that a ratchet kept are none: what percent of them, as other seeds of the same two networks say.

    Parameters
    ----------
    best : only steps that begin, by what the search sees, in this share of the table, 0…1.
    judges : over how many of the three other seeds the two are compared.
    """
    values = open_table(task).metrics[METRIC]
    runs, before, after = kept_steps(task)
    is_none = values[before, 1 : 1 + judges].mean(axis=1) <= values[after, 1 : 1 + judges].mean(axis=1)
    chosen = values[before, 0] <= np.quantile(values[:, 0], best)
    steps, none = (np.bincount(runs, weights=chosen & mask) for mask in (True, is_none))
    drawn = resampling_shares(len(steps), 2000, np.random.default_rng(0))
    low, high = np.quantile(100 * (drawn @ none) / (drawn @ steps), [0.025, 0.975])
    return Band(np.array(100 * none.sum() / steps.sum()), low, high)


def promised(task: str) -> Band:
    """A ratchet promises more than it keeps: by how much the last error that it saw is below that of other seeds."""
    ends = open_table(task).metrics[METRIC][load_recipes(task, "jointly", "Ratchet")[:, -1]]
    return bootstrap_band(ends[:, 1:].mean(axis=1) - ends[:, 0])
