"""Exercises of lesson 12: dominance, hypervolume, crowding, what no weights reach, and a winner under limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import Wrong, compare, describe, number, read_cell, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import draw_dataset, table
from nastutor.objectives.pareto import is_best_for_weights, is_nondominated
from nastutor.spaces import Genotype

COSTS = ("latency_ms", "params", "macs", "train_seconds")
Points = Sequence[tuple[float, ...]]


def on_front(points: Points) -> list[bool]:
    """Ask of each point whether another is nowhere worse and somewhere better."""

    def dominates(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
        return all(x >= y for x, y in zip(a, b)) and any(x > y for x, y in zip(a, b))

    return [not any(dominates(other, point) for other in points) for point in points]


def _front_by(dominates: Callable[[Any, Any], bool]) -> Callable[[Points], list[bool]]:
    """Return `on_front` with another rule of dominance, asked of each pair of places."""

    def kept(points: Points) -> list[bool]:
        pairs = list(enumerate(points))
        return [not any(i != j and dominates(other, point) for j, other in pairs) for i, point in pairs]

    return kept


class Dominance(Exercise):
    """Write the front of a set of points, ties and duplicates included."""

    TITLE = "Dominance with ties"
    QUESTION = (
        "Write `on_front(points)`: a list of `True` or `False` for each point, whether no other dominates it. All "
        "objectives are maximised; there may be two of them or three, equal numbers, and points that come twice. The "
        "check tries `{points}` and 200 sets of random points."
    )
    STUB = "def on_front(points):\n    ..."
    HINTS = (
        "a dominates b if a is at least as good in every objective and better in at least one.",
        "Two equal points do not dominate each other: neither is better anywhere.",
    )
    GIVEN: ClassVar = {"points": [(4, 1), (2, 3), (4, 1), (2, 2), (1, 3), (1, 0)]}
    OFFICIAL = staticmethod(on_front)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "only what is beaten everywhere is dominated": Mistake(
            lambda points: _front_by(lambda a, b: all(x > y for x, y in zip(a, b))), "equals in one objective and beats"
        ),
        "equal points dominate each other": Mistake(
            lambda points: _front_by(lambda a, b: all(x >= y for x, y in zip(a, b))), "equal points do not dominate"
        ),
        "minimises": Mistake(
            lambda points: lambda given: on_front([tuple(-x for x in point) for point in given]), "front of the worst"
        ),
        "says which are dominated": Mistake(
            lambda points: lambda given: [not kept for kept in on_front(given)], "True is for points that nothing"
        ),
        "keeps the first of equal points": Mistake(
            lambda points: (
                lambda given: [
                    kept and given.index(point) == i for i, (point, kept) in enumerate(zip(given, on_front(given)))
                ]
            ),
            "only the first of equal points",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"points": [tuple(point) for point in rng.integers(1, 6, size=(6, 2)).tolist()]}

    def judge(self, answer: Any) -> str:
        function, rng = Called(answer), np.random.default_rng(0)
        cases = [np.array(self.given["points"])]
        cases += [rng.integers(0, 5, size=(int(rng.integers(1, 9)), int(rng.integers(2, 4)))) for _ in range(200)]
        sizes, duplicates = [], 0
        for case in cases:
            points = [tuple(point) for point in case.tolist()]
            truth = is_nondominated(case).tolist()
            found = sequence(function(list(points)), len(points), f"one True or False for each of {len(points)} points")
            for item in found:
                if not isinstance(item, bool | np.bool_):
                    raise Wrong(f"Each point gets True or False: got {describe(item)}.")
            if [bool(item) for item in found] != truth:
                raise Wrong(
                    f"For {describe(points, 200)}: {self._mistake([bool(item) for item in found], case, truth)}"
                )
            sizes.append(sum(truth))
            duplicates += len(set(points)) < len(points)
        return f"Right in all {len(cases)} sets, {duplicates} of them with duplicates; the front here has {sizes[0]}."

    @staticmethod
    def _mistake(found: list[bool], points: np.ndarray, truth: list[bool]) -> str:
        worse = np.any(np.all(points[:, None] < points[None], axis=2), axis=1)  # another is better everywhere
        no_worse = np.sum(np.all(points[:, None] <= points[None], axis=2), axis=1) > 1
        _, first = np.unique(points, axis=0, return_index=True)
        mistakes = [
            ((~worse).tolist(), "you keep a point that another equals in one objective and beats in the other."),
            (is_nondominated(-points).tolist(), "that is the front of the worst points; all objectives are maximised."),
            ((~no_worse).tolist(), "equal points do not dominate each other: both belong to the front."),
            (
                [kept and i in first for i, kept in enumerate(truth)],
                "you keep only the first of equal points; the second is not dominated either.",
            ),
            ([not kept for kept in truth], "True is for points that nothing dominates."),
            ([False] * len(truth), "nothing is left; every set has a front."),
            ([True] * len(truth), "you keep all; some are dominated."),
        ]
        for mistaken, message in mistakes:
            if found == mistaken:
                return message
        i = next(i for i, kept in enumerate(truth) if kept != found[i])
        point = tuple(points[i].tolist())
        return f"{point} is {'dominated by no other' if truth[i] else 'dominated'}, and you say otherwise."


def area(points: Points, reference: tuple[float, float]) -> float:
    """Go from the right to the left; each point that is higher than all before adds a rectangle."""
    total, height = 0.0, reference[1]
    for x, y in sorted(points, reverse=True):
        if x > reference[0] and y > height:
            total += (x - reference[0]) * (y - height)
            height = y
    return total


class Hypervolume(Exercise):
    """The hypervolume of four points by hand."""

    TITLE = "The hypervolume of four points"
    QUESTION = (
        "Both objectives are maximised. What is the hypervolume of the four points {points} with the reference point "
        "{reference}? Draw them on squared paper."
    )
    STUB = "volume = ..."
    HINTS = (
        "It is the area of all that lies above and right of the reference, and below and left of at least one point.",
        "Sort by the first objective. From the right to the left, each point that is higher than all before adds a "
        "rectangle: its width from the reference, times what it is higher.",
    )
    GIVEN: ClassVar = {"points": [(3, 6), (5, 5), (4, 3), (8, 2)], "reference": (1, 1)}
    OFFICIAL = staticmethod(area)
    MISTAKES: ClassVar = {
        "measured from the origin": Mistake(lambda points, reference: area(points, (0, 0)), r"from \(0, 0\)"),
        "boxes of the front added up": Mistake(
            lambda points, reference: sum(
                area([point], reference) for point, kept in zip(points, on_front(points)) if kept
            ),
            "add up the boxes of the front",
        ),
        "all boxes added up": Mistake(
            lambda points, reference: sum(area([point], reference) for point in points), "the dominated one as well"
        ),
        "the largest box": Mistake(
            lambda points, reference: max(area([point], reference) for point in points), "largest box alone"
        ),
        "the box around all": Mistake(
            lambda points, reference: area([(max(x for x, _ in points), max(y for _, y in points))], reference),
            "box around all",
        ),
        "the number of points": Mistake(lambda points, reference: sum(on_front(points)), "an area is asked for"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        x, y = (np.sort(rng.choice(np.arange(3, 12), 3, replace=False)) for _ in range(2))
        front = list(zip(x.tolist(), y[::-1].tolist()))
        points = [*front, (front[1][0] - 1, front[1][1] - 1)]
        return {"points": [points[i] for i in rng.permutation(4)], "reference": (1, 1)}

    def judge(self, answer: Any) -> str:
        points, reference = self.given["points"], self.given["reference"]
        truth = area(points, reference)
        front = [point for point, kept in zip(points, on_front(points)) if kept]
        boxes = {point: (point[0] - reference[0]) * (point[1] - reference[1]) for point in points}
        top = [max(column) for column in zip(*points)]
        mistakes = [
            (area(points, (0, 0)), "That is measured from (0, 0); the reference point is another."),
            (
                sum(boxes.values()),
                "You add up all boxes, the dominated one as well; where they overlap, the area counts once.",
            ),
            (
                sum(boxes[point] for point in front),
                "You add up the boxes of the front; where they overlap, the area counts once.",
            ),
            (max(boxes.values()), "That is the largest box alone; the other points add to it."),
            (math.prod(a - b for a, b in zip(top, reference)), "That is the box around all; its corner is no point."),
            (len(front), "That is how many points the front has; an area is asked for."),
        ]
        compare(answer, truth, 1e-6, mistakes)
        return f"{truth:g}; the dominated point adds nothing."


def crowding(points: Points) -> list[float]:
    """In each objective: sort, the ends get infinity, the others the gap between their neighbours over the range."""
    distances = [0.0] * len(points)
    for column in zip(*points):
        order = sorted(range(len(points)), key=lambda i: column[i])
        width = column[order[-1]] - column[order[0]]
        for before, i, after in zip(order, order[1:], order[2:]):
            distances[i] += (column[after] - column[before]) / width
        distances[order[0]] = distances[order[-1]] = math.inf
    return distances


def _nearer_neighbours(points: Points) -> list[float]:
    """Crowding distances with the way to the nearer neighbour instead of the gap between both."""
    x, y = (np.sort(np.array(column, dtype=float)) for column in zip(*points))

    def ways(values: np.ndarray, own: float) -> float:
        place = int(np.searchsorted(values, own))
        return min(values[place] - values[place - 1], values[place + 1] - values[place]) / np.ptp(values)

    return [
        math.inf if math.isinf(distance) else ways(x, point[0]) + ways(y, point[1])
        for point, distance in zip(points, crowding(points))
    ]


class Crowding(Exercise):
    """Crowding distances of a front by hand."""

    TITLE = "Crowding distance"
    QUESTION = (
        "NSGA-II has one place too few for the front {points}. Give the crowding distances of the five, as a list in "
        "this order (`math.inf` where they are infinite, two decimals suffice)."
    )
    STUB = "distances = ..."
    HINTS = (
        "Sort by one objective: a point's share is the difference between its two neighbours, divided by the range.",
        "Add the shares of both objectives. The two ends of each objective are infinitely far from their neighbours.",
    )
    GIVEN: ClassVar = {"points": [(4, 38), (1, 50), (11, 10), (6, 22), (5, 30)]}
    OFFICIAL = staticmethod(crowding)
    MISTAKES: ClassVar = {
        "not divided by the range": Mistake(
            lambda points: sum(
                np.ptp(column) * np.array(crowding([(value,) for value in column])) for column in zip(*points)
            ),
            "forgot to divide",
        ),
        "the mean over objectives": Mistake(
            lambda points: [distance / 2 for distance in crowding(points)], "mean over the objectives"
        ),
        "the way to the nearer neighbour": Mistake(_nearer_neighbours, "nearer neighbour"),
        "the first objective alone": Mistake(
            lambda points: crowding([point[:1] for point in points]), "first objective alone"
        ),
        "in the order of the first objective": Mistake(
            lambda points: crowding(sorted(points)), "wherever they stand in the list"
        ),
        "minus infinity at the ends": Mistake(
            lambda points: [-d if math.isinf(d) else d for d in crowding(points)], "-inf is below 0"
        ),
        "one end is infinite": Mistake(
            lambda points: [0.0 if point == max(points) else d for point, d in zip(points, crowding(points))],
            "One end is infinitely lonely",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        x, y = (np.sort(rng.choice(np.arange(1, 16), 5, replace=False)) for _ in range(2))
        points = list(zip(x.tolist(), y[::-1].tolist()))
        return {"points": [points[i] for i in rng.permutation(5)]}

    def judge(self, answer: Any) -> str:
        points = np.array(self.given["points"], dtype=float)
        items = sequence(answer, len(points), f"a list of {len(points)} distances")
        found = np.array([number(item, infinity=True) for item in items])
        truth = np.array(crowding(self.given["points"]))
        if (found < 0).any():
            raise Wrong(f"{found.min():g} is below 0: a distance is not, and the loneliest have plus infinity.")
        if not (np.isinf(truth) == np.isinf(found)).all():
            if np.isinf(found).any() and (np.isinf(found) <= np.isinf(truth)).all():
                raise Wrong("One end is infinitely lonely, and so is the other: both have nobody on one side.")
            ends = "the two ends of the front, and only they, get infinity"
            raise Wrong(f"Which are infinite is not right: {ends}, wherever they stand in the list.")
        inner = np.isfinite(truth)
        if np.allclose(found[inner], truth[inner], atol=0.011, rtol=0):
            crowded = self.given["points"][int(truth.argmin())]
            return f"The most crowded is {crowded}, with {truth.min():.2f}: it goes."
        raise Wrong(self._mistake(found[inner], truth[inner], points, inner))

    @staticmethod
    def _mistake(found: np.ndarray, truth: np.ndarray, points: np.ndarray, inner: np.ndarray) -> str:
        order = np.argsort(points[:, 0], kind="stable")
        place = np.empty(len(points), dtype=int)
        place[order] = np.arange(len(points))
        before, after = (points[order][place[inner] + step] for step in (-1, 1))
        gaps, ranges = np.abs(after - before), np.ptp(points, axis=0)
        steps = [np.abs(points[inner] - side) / ranges for side in (before, after)]
        mistakes = [
            (gaps.sum(axis=1), "You forgot to divide by the range of each objective, so the larger unit decides."),
            (truth / 2, "That is the mean over the objectives; here they are added."),
            (gaps[:, 0] / ranges[0], "That is the first objective alone; the second is missing."),
            (gaps[:, 1] / ranges[1], "That is the second objective alone; the first is missing."),
            (np.minimum(*steps).sum(axis=1), "That is the way to the nearer neighbour; take from one to the other."),
            (steps[0].sum(axis=1), "That is the way to one neighbour; take from one neighbour to the other."),
            (steps[1].sum(axis=1), "That is the way to one neighbour; take from one neighbour to the other."),
            ((gaps / ranges).prod(axis=1), "You multiply the sides of the box; they are added."),
        ]
        for mistaken, message in mistakes:
            if np.allclose(found, mistaken, atol=0.011, rtol=0):
                return message
        wrong = points[np.flatnonzero(inner)[int(np.argmax(np.abs(found - truth) > 0.011))]]
        return f"Look again at ({wrong[0]:g}, {wrong[1]:g}): who are its neighbours when you sort?"


def cell_in_a_dent(dataset: str, cost: str) -> Genotype:
    """For each point of the front: compare it with the line between any two others, and look for one below."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracy, costs = bench.values("val_accuracy", "search"), bench.values(cost, "search")
    front = np.flatnonzero(is_nondominated(np.column_stack([accuracy, -costs])))
    for i in front:
        for j in front[costs[front] < costs[i]]:
            for k in front[costs[front] > costs[i]]:
                share = (costs[i] - costs[j]) / (costs[k] - costs[j])
                if accuracy[i] < (1 - share) * accuracy[j] + share * accuracy[k]:
                    return bench.genotypes[i]
    raise ValueError("this front has no dent")


@cache
def _dents(dataset: str, cost: str) -> tuple[np.ndarray, np.ndarray]:
    """Return for all cells whether they are on the front, and by how many points of accuracy they miss the hull.

    Returns
    -------
    (15,625,) bool; (15,625,) floats, 0 for cells that some weights make the best; meant for cells of the front.
    """
    bench = table(dataset)
    accuracy, costs = bench.values("val_accuracy", "search"), bench.values(cost, "search")
    values = np.column_stack([accuracy, -costs])
    hull = np.unique(values[is_best_for_weights(values)], axis=0)
    return is_nondominated(values), np.interp(costs, -hull[:, 1], hull[:, 0]) - accuracy


class InADent(Exercise):
    """Open-ended: a point of a front that no weights reach."""

    TITLE = "A point that no weights reach (open-ended)"
    QUESTION = (
        "On {dataset}, by the accuracy of search seed 0 (to be high) and `{cost}` (to be low), over all 15,625 cells: "
        "find a cell of the front that no weighted sum of the two, whatever the weights, makes the best. Answer with a "
        "genotype or a string of NAS-Bench-201. There are several; the deeper the dent, the better."
    )
    STUB = "cell = ..."
    HINTS = (
        "Such a cell lies below the straight line between two others of the front.",
        "`nastutor.objectives.pareto` has `is_nondominated` and `is_best_for_weights`; `bench.values` the numbers.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "cost": "latency_ms"}
    FEW_ANSWERS = (
        "Three tables and four costs make twelve questions, and parameters and MACs rank cells alike, so that they "
        "share a first dent."
    )
    OFFICIAL = staticmethod(cell_in_a_dent)
    MISTAKES: ClassVar = {
        "the most accurate cell": Mistake(
            lambda dataset, cost: table(dataset).genotypes[
                int(table(dataset).values("val_accuracy", "search").argmax())
            ],
            "at a corner of its convex hull",
        ),
        "a cell below the front": Mistake(
            lambda dataset, cost: table(dataset).genotypes[int(_dents(dataset, cost)[1].argmax())],
            "is not on the front",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "cost": str(rng.choice(COSTS))}

    def judge(self, answer: Any) -> str:
        dataset, cost = self.given["dataset"], self.given["cost"]
        row = _row_of(answer)
        is_on_front, depths = _dents(dataset, cost)
        bench = table(dataset)
        accuracy, costs = bench.values("val_accuracy", "search"), bench.values(cost, "search")
        name = f"{bench.genotypes[row]} ({accuracy[row]:.2f} %, {cost} {costs[row]:.6g})"
        if not is_on_front[row]:
            better = (accuracy >= accuracy[row]) & (costs <= costs[row])
            better &= (accuracy > accuracy[row]) | (costs < costs[row])
            raise Wrong(f"{name} is not on the front: {better.sum():,} cells dominate it.")
        if depths[row] < 1e-9:
            raise Wrong(f"{name} is on the front, but at a corner of its convex hull: some weights make it the best.")
        deepest = depths[is_on_front].max()
        rank = "the deepest" if depths[row] > deepest - 1e-9 else f"the deepest is {deepest:.2f} below"
        count = len(np.unique(np.column_stack([accuracy, costs])[is_on_front & (depths > 1e-9)], axis=0))
        return (
            f"{name} lies {depths[row]:.2f} points of accuracy below the line between its neighbours on the hull; of "
            f"{count} such points, {rank}."
        )


def _row_of(answer: Any) -> int:
    """Return the row of a cell, a genotype or a string, in the table."""
    return table("cifar10").genotypes.index(read_cell(answer))


def winner_under_limits(dataset: str, latency_ms: float, params: float) -> Genotype:
    """Leave out what is too slow or too large, then take the most accurate."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracy = bench.values("val_accuracy", "search")
    fits = (bench.values("latency_ms", "search") <= latency_ms) & (bench.values("params", "search") <= params)
    return bench.genotypes[int(np.argmax(np.where(fits, accuracy, -np.inf)))]


def _best_where(dataset: str, limits: Mapping[str, float], by: str = "val_accuracy", seeds: str = "search") -> Genotype:
    """Return the cell with the highest metric, or with the lowest where a minus stands before it, within limits."""
    bench = table(dataset)
    values = bench.values(by.removeprefix("-"), seeds) * (-1 if by.startswith("-") else 1)
    fits = [bench.values(name, "search") <= limit for name, limit in limits.items()]
    return bench.genotypes[int(np.argmax(np.where(np.all([values > -np.inf, *fits], axis=0), values, -np.inf)))]


class UnderLimits(Exercise):
    """The best cell under two limits."""

    TITLE = "A winner under limits"
    QUESTION = (
        "A phone allows at most {latency_ms} ms and {params:,} parameters. Which cell has the highest validation "
        "accuracy on {dataset} by search seed 0 within both limits? Answer with its genotype or its string. Read it "
        "off the table, or let a search with `constraints` find it: then see how many evaluations that takes."
    )
    STUB = "cell = ..."
    HINTS = (
        "`bench.values(metric, 'search')` is in the order of `bench.genotypes`; a limit is a comparison.",
        "Put minus infinity in place of the accuracy where a limit is broken, and take the argmax.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "latency_ms": 15.0, "params": 400_000}
    OFFICIAL = staticmethod(winner_under_limits)
    MISTAKES: ClassVar = {
        "no limits": Mistake(lambda dataset, **limits: _best_where(dataset, {}), "the most accurate cell of all"),
        "the first limit alone": Mistake(
            lambda dataset, latency_ms, params: _best_where(dataset, {"latency_ms": latency_ms}),
            r"^A limit is broken: params is",
        ),
        "the second limit alone": Mistake(
            lambda dataset, latency_ms, params: _best_where(dataset, {"params": params}),
            r"^A limit is broken: latency_ms is",
        ),
        "the fastest that fits": Mistake(
            lambda dataset, latency_ms, params: _best_where(dataset, {"params": params}, "-latency_ms"),
            "the fastest cell",
        ),
        "by the mean of all seeds": Mistake(
            lambda dataset, **limits: _best_where(dataset, limits, seeds="all"), "the mean of all seeds"
        ),
        "by the report seeds": Mistake(
            lambda dataset, **limits: _best_where(dataset, limits, seeds="report"), "that a search does not see"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        latency = float(rng.choice(np.arange(9, 18, 0.5)))
        params = int(rng.choice(np.arange(100, 900, 50))) * 1000
        return {"dataset": draw_dataset(rng), "latency_ms": latency, "params": params}

    def judge(self, answer: Any) -> str:
        dataset, limits = self.given["dataset"], {name: self.given[name] for name in ("latency_ms", "params")}
        row, bench = _row_of(answer), table(dataset)
        accuracy = bench.values("val_accuracy", "search")
        costs = {name: bench.values(name, "search") for name in limits}
        fits = np.all([costs[name] <= limit for name, limit in limits.items()], axis=0)
        broken = [
            f"{name} is {costs[name][row]:.7g}, and {limit:g} are allowed"
            for name, limit in limits.items()
            if costs[name][row] > limit
        ]
        best = accuracy[fits].max()
        if not broken and accuracy[row] == best:
            runners_up = int((accuracy > best).sum())
            reported = bench.report(bench.genotypes[row])["val_accuracy"]
            return (
                f"{best:.2f} % by seed 0, {reported:.2f} % on the other seeds; {fits.sum():,} cells fit, and "
                f"{runners_up:,} of the rest are more accurate."
            )
        if broken:
            unconstrained = "That is the most accurate cell of all. " if accuracy[row] == accuracy.max() else ""
            raise Wrong(f"{unconstrained}A limit is broken: {'; '.join(broken)}.")
        if costs["latency_ms"][row] == costs["latency_ms"][fits].min():
            raise Wrong("That is the fastest cell; within the limits, speed is worth nothing more.")
        for seeds, name in (("all", "the mean of all seeds"), ("report", "the seeds that a search does not see")):
            others = bench.values("val_accuracy", seeds)
            if others[row] == others[fits].max():
                raise Wrong(f"That is the best by {name}; a search sees seed 0.")
        ahead = int((accuracy[fits] > accuracy[row]).sum())
        raise Wrong(f"It fits, but {ahead:,} cells that fit are more accurate by seed 0.")


exercises = ExerciseSet(
    "multi_objective", "12 Multi-objective search", [Dominance, Hypervolume, Crowding, InADent, UnderLimits]
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
