"""Several objectives: who dominates whom, and how good a set of compromises is. All objectives are maximised."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import as_numbers, whole_number


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


def nondominated_sort(
    values: np.ndarray, violations: np.ndarray | None = None, enough: int | None = None
) -> np.ndarray:
    """Return the number of each point's front: 0 for those that nothing dominates, 1 for the next, …

    Constrained domination (Deb et al. 2002): a smaller violation dominates a larger one; with equal violations of 0 a
    point dominates another that is nowhere better and somewhere worse. Equal points share a front.

    Parameters
    ----------
    values : (n, objectives), all maximised; violations : (n,), 0 where feasible; None: all feasible.
    enough : end with the front with which so many points have one; the others are put into one more. None: sort all.

    Returns
    -------
    (n,) integers.
    """
    values = _points(values)
    missed = np.zeros(len(values)) if violations is None else as_numbers("violations", violations)
    if missed.shape != values.shape[:1]:
        raise ValueError(f"violations of shape {missed.shape}: give ({len(values)},), one for each point")
    enough = len(values) if enough is None else whole_number("enough", enough, 0)
    nowhere_worse = (missed == 0) & (missed == 0)[:, None]
    for column in values.T:
        nowhere_worse &= column[:, None] >= column
    dominates = ((nowhere_worse & ~nowhere_worse.T) | (missed[:, None] < missed)).astype(float)
    dominators = dominates.sum(axis=0)
    fronts = np.full(len(values), -1)
    number = ranked = 0
    while ranked < min(enough or len(values), len(values)):
        front = dominators == 0
        fronts[front] = number
        dominators -= front @ dominates + front  # below 0: has its front
        number, ranked = number + 1, ranked + int(front.sum())
    return np.where(fronts < 0, number, fronts)


def crowding_distance(values: np.ndarray, fronts: np.ndarray | None = None) -> np.ndarray:
    """Return how lonely each point of a front is: the sides of the box between its two neighbours, added up.

    In each objective the distance between the next smaller and the next larger value, as a share of the range; the
    two ends of each objective are infinitely lonely. An objective in which all are equal adds nothing.

    Parameters
    ----------
    values : (n, objectives); fronts : (n,) the number of each point's front, as `nondominated_sort` gives it; None: all
        are one front.

    Returns
    -------
    (n,) floats.
    """
    values = _points(values)
    fronts = np.zeros(len(values), dtype=int) if fronts is None else as_numbers("fronts", fronts)
    if fronts.shape != values.shape[:1] or not np.isin(fronts, np.arange(len(values))).all():
        raise ValueError(f"fronts of shape {fronts.shape}: give ({len(values)},) whole numbers from 0")
    fronts = fronts.astype(int)
    number = np.sort(fronts)
    first = np.searchsorted(number, np.arange(number[-1] + 1))  # where each front begins, when they are sorted
    last = np.append(first[1:], len(number)) - 1
    ends = np.concatenate([first, last])
    distance = np.zeros(len(values))
    for column in values.T:
        order = np.lexsort((column, fronts))
        ordered = column[order]
        width = (ordered[last] - ordered[first])[number]
        width[width == 0] = np.inf  # nothing is added where all are equal
        distance[order[1:-1]] += (ordered[2:] - ordered[:-2]) / width[1:-1]
        distance[order[ends[width[ends] < np.inf]]] = np.inf
    return distance


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
    points = _above(values, reference)
    return _dominated(points[(points > 0).all(axis=1)])


def hypervolume_curve(values: np.ndarray, reference: np.ndarray | tuple[float, ...]) -> np.ndarray:
    """Return the hypervolume of the first 1, 2, …, n points: what a search has found after each evaluation.

    It is computed again only where a point comes that nothing before it equals or dominates.

    Parameters
    ----------
    values : (n, objectives), in the order of evaluation; reference : see `hypervolume`, as are the errors.

    Returns
    -------
    (n,) floats that never fall.
    """
    points = _above(values, reference)
    curve, found = np.zeros(len(points)), 0.0
    front = points[:0]
    is_candidate = np.all(points > 0, axis=1)
    for i, point in enumerate(points):
        if is_candidate[i] and not (front >= point).all(axis=1).any():
            front = np.vstack([front[~(front <= point).all(axis=1)], point])
            found = _dominated(front)
        curve[i] = found
    return curve


def _above(values: np.ndarray, reference: np.ndarray | tuple[float, ...]) -> np.ndarray:
    """Check the points and the reference, and make the reference the origin."""
    values, low = _points(values), as_numbers("reference", reference)
    objectives = values.shape[1]
    if objectives not in (2, 3) or low.shape != (objectives,):
        raise ValueError(
            f"{objectives} objectives and a reference of shape {low.shape}: give 2 or 3 objectives, and as many numbers"
        )
    if not (np.isfinite(values).all() and np.isfinite(low).all()):
        raise ValueError("hypervolume needs finite values and a finite reference")
    return values - low


def _dominated(points: np.ndarray) -> float:
    return _area(points) if points.shape[1] == 2 else _volume(points)


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


def is_best_for_weights(values: np.ndarray) -> np.ndarray:
    """Say of each point whether some positive weights make its weighted sum the largest: the convex part of a front.

    Let r be the weight of the first objective over that of the second. A point a of the front is at least as good as
    another, b, if r ≥ (b₂ − a₂) / (a₁ − b₁) where b₁ < a₁, and if r ≤ (a₂ − b₂) / (b₁ − a₁) where b₁ > a₁. It is best
    for some weights if one r does for all b. A point on the line between two others ties with them, and counts.

    Parameters
    ----------
    values : (n, 2), both maximised.

    Returns
    -------
    (n,) bool; equal points alike.
    """
    values = _points(values)
    if values.shape[1] != 2:
        raise ValueError(f"{values.shape[1]} objectives: give 2")
    is_best = np.zeros(len(values), dtype=bool)
    front = np.unique(values[is_nondominated(values)], axis=0)
    for point in front:
        smaller, larger = front[front[:, 0] < point[0]], front[front[:, 0] > point[0]]
        lowest = ((smaller[:, 1] - point[1]) / (point[0] - smaller[:, 0])).max(initial=0.0)
        highest = ((point[1] - larger[:, 1]) / (larger[:, 0] - point[0])).min(initial=np.inf)
        is_best |= (values == point).all(axis=1) & (lowest <= highest)
    return is_best


def _points(values: np.ndarray) -> np.ndarray:
    values = as_numbers("values", values)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"values of shape {values.shape}: give at least one point, (n, objectives)")
    return values
