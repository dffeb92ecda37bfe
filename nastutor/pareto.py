"""Several objectives: who dominates whom, and how good a set of compromises is. All objectives are maximised."""

from __future__ import annotations

import numpy as np


def is_nondominated(values: np.ndarray) -> np.ndarray:
    """Say of each point whether no other dominates it, that is, is at least as good everywhere and better somewhere.

    Equal points do not dominate each other: a duplicate of a point of the front belongs to the front.

    Parameters
    ----------
    values : (n, objectives).

    Returns
    -------
    (n,) bool.
    """
    values = _points(values)
    unique, place = np.unique(values, axis=0, return_inverse=True)
    on_front = np.ones(len(unique), dtype=bool)
    for i in range(len(unique) - 1, -1, -1):  # from the best in the first objective: most others fall early
        if on_front[i]:
            on_front &= ~(unique <= unique[i]).all(axis=1)
            on_front[i] = True
    return on_front[place.reshape(-1)]


def hypervolume(values: np.ndarray, reference: np.ndarray | tuple[float, ...]) -> float:
    """Return the volume that is dominated by the points and lies above a reference point (Zitzler & Thiele 1998).

    Exact: in two objectives a sum of rectangles, in three a sum of slices of such areas.

    Parameters
    ----------
    values : (n, objectives), 2 or 3 objectives. Points that are not better than the reference in all add nothing.
    reference : (objectives,), a point that is worse than what counts as a solution. Fix it before you compare.

    Raises
    ------
    ValueError : another number of objectives, a reference of another length, or a value that is not finite.
    """
    values, low = _points(values), np.asarray(reference, dtype=float)
    objectives = values.shape[1]
    if objectives not in (2, 3) or low.shape != (objectives,):
        raise ValueError(
            f"{objectives} objectives and a reference of shape {low.shape}: give 2 or 3 objectives, and as many numbers"
        )
    if not (np.isfinite(values).all() and np.isfinite(low).all()):
        raise ValueError("hypervolume needs finite values and a finite reference")
    above = np.clip(values[(values > low).all(axis=1)] - low, 0, None)
    return _area(above) if objectives == 2 else _volume(above)


def _area(points: np.ndarray) -> float:
    """Return the area between the origin and a staircase, from the right to the left."""
    total, height = 0.0, 0.0
    for x, y in points[np.lexsort((-points[:, 1], -points[:, 0]))].tolist():
        if y > height:
            total += x * (y - height)
            height = y
    return total


def _volume(points: np.ndarray) -> float:
    """Cut along the third objective: between two of its values, the same points count."""
    total, floor = 0.0, 0.0
    for level in np.unique(points[:, 2]).tolist():
        total += (level - floor) * _area(points[points[:, 2] >= level, :2])
        floor = level
    return total


def distance_to_front(values: np.ndarray, front: np.ndarray) -> float:
    """Return IGD+ (Ishibuchi et al. 2015): how far, on average, a set falls short of the points of the true front.

    For each point of the front, the distance to the nearest found point, counting only the objectives in which that
    one is worse. 0: the whole front was found. Normalise the objectives first, or the largest unit decides.

    Parameters
    ----------
    values : (n, objectives), what was found; front : (m, objectives), the true front.
    """
    values, front = _points(values), _points(front)
    if values.shape[1] != front.shape[1]:
        raise ValueError(f"{values.shape[1]} objectives found, {front.shape[1]} in the front: give the same")
    short = np.clip(front[:, None, :] - values[None, :, :], 0, None)
    return float(np.sqrt((short**2).sum(axis=2)).min(axis=1).mean())


def normalized(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Map `low` to 0 and `high` to 1 in each objective.

    Parameters
    ----------
    values : (n, objectives); low, high : (objectives,), for instance of the true front.
    """
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if not (high > low).all():
        raise ValueError(f"low {low.tolist()} is not below high {high.tolist()} in every objective")
    return (_points(values) - low) / (high - low)


def _points(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"values of shape {values.shape}: give at least one point, (n, objectives)")
    return values
