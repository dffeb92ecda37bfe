"""Curves over many runs, how soon they arrive, and what selection does to a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nastutor.arguments import as_numbers, listed, real_number, shown, whole_number
from nastutor.loop.history import History
from nastutor.spaces.space import Genotype
from nastutor.statistics.bands import Band, bootstrap_band, checked_resampling, interval, resampling_shares

Report = Callable[[Genotype], float]
"""Maps an architecture to the number to report, e.g. ``lambda g: bench.report(g)["val_accuracy"]``."""


def incumbent_curves(histories: Sequence[History], report: Report | None = None) -> np.ndarray:
    """Return the value of the incumbent after each evaluation of each run.

    Parameters
    ----------
    histories : the runs.
    report : what to show of the incumbent; None: the value it was selected by (and so an optimistic number).

    Returns
    -------
    (runs, evaluations); NaN before a run's first feasible result. A run that ended early keeps its last value.
    """
    histories = as_histories(histories)
    steps = max(len(history) for history in histories)
    curves = np.full((len(histories), steps), np.nan)
    known: dict[Genotype, float] = {}
    for curve, history in zip(curves, histories):
        previous, value = None, math.nan
        for step, record in enumerate(history.incumbent()):
            if record is not None and record is not previous:
                previous = record
                if report is None:
                    assert isinstance(record.value, float)
                    value = record.value
                else:
                    if record.genotype not in known:
                        known[record.genotype] = report(record.genotype)
                    value = known[record.genotype]
            curve[step] = value
        curve[len(history) :] = value
    return curves


def incumbents_at(histories: Sequence[History], evaluations: int) -> list[Genotype]:
    """Return the architecture that each run would end with after so many evaluations, for instance for `crossed_band`.

    Parameters
    ----------
    evaluations : at least 1; a run that ended earlier gives its last.

    Raises
    ------
    ValueError : a run that has no feasible result by then.
    """
    evaluations, found = whole_number("evaluations", evaluations, 1), []
    for number, history in enumerate(as_histories(histories)):
        last = history.incumbent()[:evaluations][-1:]
        if not last or last[0] is None:
            raise ValueError(f"run {number} has no feasible result after {evaluations} evaluations")
        found.append(last[0].genotype)
    return found


class TimeToTarget(NamedTuple):
    """How many evaluations runs needed to reach a target.

    evaluations : (runs,), infinity for a run that never did (censored at its budget).
    share : the share of runs that did, 0…1.
    median : the median over all runs; infinity if half of them or more never did.
    restricted_mean : the mean with censored runs counted at the budget: a lower bound of the true mean.
    """

    evaluations: np.ndarray
    share: float
    median: float
    restricted_mean: float


def evaluations_to_target(curves: np.ndarray, target: float) -> TimeToTarget:
    """Return when each curve (runs, evaluations) first reaches the target, counted from 1."""
    reached = _curves("curves", curves) >= real_number("target", target, "a finite number")
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
    middle = np.sort(first)
    median = float((middle[(len(first) - 1) // 2] + middle[len(first) // 2]) / 2)
    restricted = float(np.minimum(first, reached.shape[1]).mean())
    return TimeToTarget(first, float(np.isfinite(first).mean()), median, restricted)


def speedup_band(slow: np.ndarray, fast: np.ndarray, level: float = 0.95, resamples: int = 500, seed: int = 0) -> Band:
    """Return how many times as many evaluations `slow` takes as `fast` until its mean curve is where it ends itself.

    Parameters
    ----------
    slow, fast : (runs, evaluations) of two searchers.
    level, resamples, seed : of the bootstrap over runs; each resample has an end of its own.

    Returns
    -------
    Band : slow's evaluations / fast's; 0 where the mean curve of `fast` never gets there.
    """
    slow, fast = _curves("slow", slow), _curves("fast", fast)
    seed, resamples = checked_resampling(seed, resamples)

    def factor(a: np.ndarray, b: np.ndarray) -> float:
        end = a[-1] - 1e-9  # a mean is rounded
        return float(((a >= end).argmax() + 1) / ((b >= end).argmax() + 1)) if b.max() >= end else 0.0

    rng = np.random.default_rng(seed)
    shares = [resampling_shares(len(runs), resamples, rng) for runs in (slow, fast)]
    factors = [factor(a, b) for a, b in zip(shares[0] @ slow, shares[1] @ fast)]
    return Band(np.array(factor(slow.mean(axis=0), fast.mean(axis=0))), *interval(factors, level))


def expected_best_of(n: int, selected_by: np.ndarray, reported: np.ndarray | None = None) -> float:
    """Return the expected value of the best of n random architectures of a table, in closed form.

    With the N values sorted, the best of n draws (with replacement) is the i-th with probability (i/N)ⁿ − ((i−1)/N)ⁿ.

    Parameters
    ----------
    n : number of draws, at least 1.
    selected_by : (N,) the values that decide which is best, no NaN.
    reported : (N,) the values to average, NaN where unknown (left out); None: `selected_by` itself. Where the two
        were measured with different seeds, the difference is the winner's curse.
    """
    n, seen = whole_number("n", n, 1), as_numbers("selected_by", selected_by)
    values = seen if reported is None else as_numbers("reported", reported)
    if seen.ndim != 1 or not seen.size or values.shape != seen.shape or np.isnan(seen).any():
        raise ValueError(f"selected_by {seen.shape}, reported {values.shape}: give (N,) both, the first without NaN")
    order = np.argsort(seen, kind="stable")
    values = values[order]
    edges = (np.arange(len(order) + 1) / len(order)) ** n
    chances = np.diff(edges)
    known = ~np.isnan(values)
    return float(chances[known] @ values[known] / chances[known].sum())


def expected_winner(n: int, by_seed: np.ndarray) -> tuple[float, float]:
    """Return what the best of n random architectures seems worth, and what it is worth: the difference is the curse.

    The first is the value by the seed that chose it, the second the mean over the other seeds; both are averaged over
    the seeds that can choose. One seed may be better than another for *all* architectures; with one that chooses, that
    shared luck would be counted as curse (or hide some of it), and in the average it cancels.

    Parameters
    ----------
    n : number of draws, at least 1.
    by_seed : (N, seeds) the values, NaN where not trained. Seeds that were trained for all architectures choose: at
        least two.
    """
    values = _curves("by_seed", by_seed, "(architectures, seeds)")
    choosers = np.flatnonzero(~np.isnan(values).any(axis=0))
    if len(choosers) < 2:
        raise ValueError(f"{len(choosers)} seeds were trained for all architectures: it takes two to cancel their luck")
    pairs = []
    for chooser in choosers:
        others = np.nanmean(np.delete(values, chooser, axis=1), axis=1)
        seen = values[:, chooser]
        pairs.append((expected_best_of(n, seen), expected_best_of(n, seen, others)))
    believed, real = np.mean(pairs, axis=0)
    return float(believed), float(real)


def final_table(curves: Mapping[str, np.ndarray], at: Sequence[int]) -> list[dict[str, str]]:
    """Summarise searchers at equal budgets: one row each, a mean with its 95 % band for each number of evaluations."""
    if not isinstance(curves, Mapping):
        raise ValueError(f"curves {shown(curves)}: give arrays (runs, evaluations) by the searcher's name")
    table = []
    for name, given in curves.items():
        values = _curves(f"curves of {name}", given)
        steps = [whole_number("evaluations", step, 1, values.shape[1]) for step in listed("at", at)]
        row = {f"{step} evaluations": str(bootstrap_band(values[:, step - 1])) for step in steps}
        table.append({"searcher": name} | row)
    return table


def as_histories(given: Sequence[History]) -> list[History]:
    """Return runs as a list.

    Raises
    ------
    ValueError : no run, or something else than runs, such as one history.
    """
    histories = [] if isinstance(given, History) else listed("histories", given)
    if not histories or not all(isinstance(history, History) for history in histories):
        raise ValueError(f"histories {shown(given)}: give at least one run, in a list: [history]")
    return histories


def _curves(name: str, given: np.ndarray, shape: str = "(runs, evaluations)") -> np.ndarray:
    values = as_numbers(name, given)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"{name} of shape {values.shape}: give {shape}")
    return values
