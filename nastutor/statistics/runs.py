"""Statistics of searches: curves over many runs, intervals, rank correlations, and what selection does to a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nastutor.loop.history import History
from nastutor.spaces.space import Genotype

Report = Callable[[Genotype], float]
"""Maps an architecture to the number to report, e.g. ``lambda g: bench.report(g)["val_accuracy"]``."""


class Band(NamedTuple):
    """A mean with a confidence interval; numbers, or arrays over the steps of a curve."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


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
    if not histories:
        raise ValueError("no histories: give at least one run")
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
    if evaluations < 1:
        raise ValueError(f"evaluations {evaluations}: give at least one")
    found = []
    for number, history in enumerate(histories):
        last = history.incumbent()[:evaluations][-1:]
        if not last or last[0] is None:
            raise ValueError(f"run {number} has no feasible result after {evaluations} evaluations")
        found.append(last[0].genotype)
    return found


def bootstrap_band(
    values: np.ndarray | Sequence[float], level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Band:
    """Return the mean over runs with its percentile bootstrap interval (Efron 1979).

    Parameters
    ----------
    values : (runs,) or (runs, steps); runs are resampled whole.
    level : the interval's coverage, 0…1.
    resamples, seed : of the bootstrap.
    """
    data = _runs(values)
    (shares,) = _shares_of_runs(seed, resamples, len(data))
    low, high = np.quantile(shares @ data, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Band(data.mean(axis=0), low, high)


def difference_band(
    a: np.ndarray | Sequence[float],
    b: np.ndarray | Sequence[float],
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Band:
    """Return mean(a) − mean(b) of two independent sets of runs, with its percentile bootstrap interval.

    Parameters
    ----------
    a, b : (runs,) or (runs, steps); the numbers of runs may differ.
    """
    first, second = _runs(a), _runs(b)
    of_first, of_second = _shares_of_runs(seed, resamples, len(first), len(second))
    low, high = np.quantile(of_first @ first - of_second @ second, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Band(first.mean(axis=0) - second.mean(axis=0), low, high)


def _runs(values: np.ndarray | Sequence[float]) -> np.ndarray:
    data = np.asarray(values, dtype=float)
    if data.ndim not in (1, 2) or len(data) < 2:
        raise ValueError(f"an interval needs (runs,) or (runs, steps) with at least two runs, got shape {data.shape}")
    return data


@lru_cache(maxsize=2)  # a lesson draws many bands over as many runs
def _shares_of_runs(seed: int, resamples: int, *runs: int) -> tuple[np.ndarray, ...]:
    """Draw how often each run of each set is in each resample, as shares (resamples, runs)."""
    rng = np.random.default_rng(seed)
    return tuple(_resampling_shares(count, resamples, rng) for count in runs)


def _resampling_shares(count: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples) / count


def rank_correlation(
    scores: np.ndarray | Sequence[float],
    truth: np.ndarray | Sequence[float],
    top: float | None = None,
    kind: str = "spearman",
) -> float:
    """Return how well scores rank architectures.

    Parameters
    ----------
    scores, truth : (n,), no NaN.
    top : None for all; 0.1 for the best tenth by `truth` only. Cells at chance inflate the overall number, and the
        best ones are those that a search has to tell apart.
    kind : ``"spearman"`` or ``"kendall"``.

    Returns
    -------
    −1…1; NaN if either is constant.
    """
    from scipy import stats

    x, y = np.asarray(scores, dtype=float), np.asarray(truth, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"scores and truth must be lists of one length, got shapes {x.shape} and {y.shape}")
    if np.isnan(x).any() or np.isnan(y).any():
        raise ValueError("scores or truth hold NaN: leave those architectures out")
    if kind not in ("spearman", "kendall"):
        raise ValueError(f"kind {kind!r}: choose 'spearman' or 'kendall'")
    best = _best(y, top)
    x, y = x[best], y[best]
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    result = stats.spearmanr(x, y) if kind == "spearman" else stats.kendalltau(x, y)
    return float(result.statistic)


def _best(truth: np.ndarray, top: float | None) -> np.ndarray:
    """Return the indices of the best share by truth, best first; None: of all, in their order."""
    if top is None:
        return np.arange(len(truth))
    if not 0 < top <= 1:
        raise ValueError(f"top {top!r}: give a share in (0, 1], such as 0.1")
    return np.argsort(-truth, kind="stable")[: max(2, round(top * len(truth)))]


def partial_rank_correlation(
    scores: np.ndarray | Sequence[float],
    truth: np.ndarray | Sequence[float],
    given: np.ndarray | Sequence[float],
    top: float | None = None,
) -> float:
    """Return how well scores rank architectures beyond what `given` says already: Spearman's partial correlation.

        (r_st − r_sg r_tg) / √((1 − r_sg²) (1 − r_tg²)),   r: rank correlations of scores, truth and given

    Parameters
    ----------
    scores, truth, top : as in `rank_correlation`.
    given : (n,) what is known already, for instance the numbers of parameters.

    Returns
    -------
    −1…1: the correlation of the ranks after a straight line in the ranks of `given` was taken out of both. NaN if one
    of the three is constant, or if `given` ranks as scores or truth do.
    """
    x, y, z = np.asarray(scores, dtype=float), np.asarray(truth, dtype=float), np.asarray(given, dtype=float)
    best = _best(y, top)
    pairs = [(x, y), (x, z), (z, y)]
    return float(_beyond(*(np.array(rank_correlation(a[best], b[best])) for a, b in pairs)))


def _beyond(r_st: np.ndarray, r_sg: np.ndarray, r_tg: np.ndarray) -> np.ndarray:
    rest = (1 - r_sg**2) * (1 - r_tg**2)
    return np.where(rest > 1e-12, (r_st - r_sg * r_tg) / np.sqrt(np.maximum(rest, 1e-12)), np.nan)


def resampled_correlation(shares: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of a and b (n,) under each resample: shares (resamples, n) that add up to 1."""
    pairs = ((a, b), (a, a), (b, b))
    ab, aa, bb = (shares @ (p * q) - (shares @ p) * (shares @ q) for p, q in pairs)
    return ab / np.sqrt(aa * bb)


def rank_correlation_band(
    scores: np.ndarray | Sequence[float],
    truth: np.ndarray | Sequence[float],
    top: float | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    given: np.ndarray | Sequence[float] | None = None,
) -> Band:
    """Return Spearman's rank correlation with its percentile bootstrap interval over architectures.

    Ranks are computed once, among all that are compared, and resampled together.

    Parameters
    ----------
    scores, truth, top : as in `rank_correlation`.
    level, resamples, seed : as in `bootstrap_band`.
    given : None, or what to leave out of account as in `partial_rank_correlation`.
    """
    from scipy import stats

    x, y = np.asarray(scores, dtype=float), np.asarray(truth, dtype=float)
    mean = rank_correlation(x, y, top) if given is None else partial_rank_correlation(x, y, given, top)
    columns = [x, y] if given is None else [x, y, np.asarray(given, dtype=float)]
    best = _best(y, top)
    ranks = [stats.zscore(stats.rankdata(values[best])) for values in columns]
    shares = _resampling_shares(len(best), resamples, np.random.default_rng(seed))
    found = resampled_correlation(shares, ranks[0], ranks[1])
    if given is not None:
        found = _beyond(found, *(resampled_correlation(shares, a, ranks[2]) for a in ranks[:2]))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Band(np.array(mean), low, high)


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
    reached = np.asarray(curves) >= target
    first = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)
    middle = np.sort(first)
    median = float((middle[(len(first) - 1) // 2] + middle[len(first) // 2]) / 2)
    restricted = float(np.minimum(first, reached.shape[1]).mean())
    return TimeToTarget(first, float(np.isfinite(first).mean()), median, restricted)


def expected_best_of(n: int, selected_by: np.ndarray, reported: np.ndarray | None = None) -> float:
    """Return the expected value of the best of n random architectures of a table, in closed form.

    With the N values sorted, the best of n draws (with replacement) is the i-th with probability (i/N)ⁿ − ((i−1)/N)ⁿ.

    Parameters
    ----------
    n : number of draws, at least 1.
    selected_by : (N,) the values that decide which is best.
    reported : (N,) the values to average, NaN where unknown (left out); None: `selected_by` itself. Where the two
        were measured with different seeds, the difference is the winner's curse.
    """
    if n < 1:
        raise ValueError(f"n {n}: give at least one draw")
    order = np.argsort(selected_by, kind="stable")
    values = np.asarray(selected_by if reported is None else reported, dtype=float)[order]
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
    values = np.asarray(by_seed, dtype=float)
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
    return [
        {"searcher": name} | {f"{step} evaluations": str(bootstrap_band(values[:, step - 1])) for step in at}
        for name, values in curves.items()
    ]
