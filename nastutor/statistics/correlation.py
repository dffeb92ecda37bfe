"""How well scores rank architectures, with intervals over the architectures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from nastutor.arguments import as_numbers, one_of, real_number
from nastutor.statistics.bands import Band, checked_resampling, interval, resampling_shares


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each of some numbers, 1 for the smallest; equal ones share the mean of their ranks.

    As `scipy.stats.rankdata`, in a third of its time.

    Parameters
    ----------
    values : (n,), no NaN.
    """
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1], True])  # of each run of equal numbers, and the end
    found = np.empty(len(values))
    found[order] = np.repeat((starts[:-1] + 1 + starts[1:]) / 2, np.diff(starts))
    return found


def _standardised_ranks(values: np.ndarray) -> np.ndarray:
    found = ranks(values)
    return (found - found.mean()) / found.std()


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
    x, y = _lists(scores=scores, truth=truth)
    one_of("kind", kind, ("spearman", "kendall"))
    best = _best(y, top)
    x, y = x[best], y[best]
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    if kind == "spearman":
        return float(np.corrcoef(ranks(x), ranks(y))[0, 1])
    from scipy import stats

    return float(stats.kendalltau(x, y).statistic)


def _lists(**given: np.ndarray | Sequence[float]) -> list[np.ndarray]:
    """Return lists of numbers of the same architectures, given by their names."""
    found = [as_numbers(name, values) for name, values in given.items()]
    names = " and ".join(given)
    if found[0].ndim != 1 or not found[0].size or len({values.shape for values in found}) > 1:
        shapes = " and ".join(str(values.shape) for values in found)
        raise ValueError(f"{names} must be lists of one length, got shapes {shapes}")
    if any(np.isnan(values).any() for values in found):
        raise ValueError(f"{names} hold NaN: leave those architectures out")
    return found


def _best(truth: np.ndarray, top: float | None) -> np.ndarray:
    """Return the indices of the best share by truth, best first; None: of all, in their order."""
    if top is None:
        return np.arange(len(truth))
    top = real_number("top", top, "a share in (0, 1], such as 0.1", lambda share: 0 < share <= 1)
    return np.argsort(-truth, kind="stable")[: max(2, round(top * len(truth)))]


def rank_correlation_by_distance(values: np.ndarray) -> list[float]:
    """Return the rank correlation of all pairs of architectures that differ in exactly 1, 2, …, n variables.

    It says how far a landscape is smooth (the autocorrelation of Weinberger 1990, doi 10.1007/BF00202749, on ranks).

    Parameters
    ----------
    values : an array of n axes, one a variable, with at least two choices each: the value of every architecture of a
        space in which all variables are always active. No NaN, and not all equal.

    Returns
    -------
    (n,) numbers of −1…1, exact: no pair is left out.
    """
    cube = as_numbers("values", values)
    if cube.ndim == 0 or min(cube.shape) < 2:
        raise ValueError(f"values of shape {cube.shape}: give one axis a variable, with at least two choices each")
    if np.isnan(cube).any() or np.ptp(cube) == 0:
        raise ValueError("values hold NaN, or are all equal: give the value of every architecture")
    standing = _standardised_ranks(cube.reshape(-1)).reshape(cube.shape)
    found = []
    for distance in range(1, cube.ndim + 1):
        total, pairs = 0.0, 0
        for changed in combinations(range(cube.ndim), distance):
            others = standing
            for axis in changed:  # the sum over the other choices of each changed variable
                others = others.sum(axis, keepdims=True) - others
            total += float((standing * others).sum())
            pairs += cube.size * math.prod(cube.shape[axis] - 1 for axis in changed)
        found.append(total / pairs)
    return found


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
    x, y, z = _lists(scores=scores, truth=truth, given=given)
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


@lru_cache(maxsize=2)  # all architectures and the best tenth of them are asked about by turns
def _shares(count: int, resamples: int, seed: int) -> np.ndarray:
    """Draw the resamples once for all scores of the same architectures."""
    shares = resampling_shares(count, resamples, np.random.default_rng(seed))
    shares.setflags(write=False)
    return shares


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

    Returns
    -------
    NaN where that correlation is NaN.
    """
    columns = _lists(scores=scores, truth=truth, **({} if given is None else {"given": given}))
    x, y, *rest = columns
    mean = partial_rank_correlation(x, y, rest[0], top) if rest else rank_correlation(x, y, top)
    if math.isnan(mean):
        return Band(*np.full(3, mean))
    best = _best(y, top)
    standing = [_standardised_ranks(values[best]) for values in columns]
    seed, resamples = checked_resampling(seed, resamples)
    shares = _shares(len(best), resamples, seed)
    found = resampled_correlation(shares, standing[0], standing[1])
    if given is not None:
        found = _beyond(found, *(resampled_correlation(shares, a, standing[2]) for a in standing[:2]))
    return Band(np.array(mean), *interval(found, level))


def rank_correlation_difference_band(
    a: np.ndarray | Sequence[float],
    b: np.ndarray | Sequence[float],
    truth: np.ndarray | Sequence[float],
    top: float | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Band:
    """Return how much better a ranks the architectures than b: Spearman(a, truth) − Spearman(b, truth), with its band.

    Both are resampled on the same architectures, so what is hard to rank for both does not widen the band, as it does
    when two bands of `rank_correlation_band` are laid side by side.

    Parameters
    ----------
    a, b : (n,) two scores of the same architectures.
    truth, top : as in `rank_correlation`.
    level, resamples, seed : as in `rank_correlation_band`.
    """
    columns = _lists(a=a, b=b, truth=truth)
    mean = rank_correlation(columns[0], columns[2], top) - rank_correlation(columns[1], columns[2], top)
    best = _best(columns[2], top)
    first, second, true = (_standardised_ranks(values[best]) for values in columns)
    seed, resamples = checked_resampling(seed, resamples)
    shares = _shares(len(best), resamples, seed)
    found = resampled_correlation(shares, first, true) - resampled_correlation(shares, second, true)
    return Band(np.array(mean), *interval(found, level))
