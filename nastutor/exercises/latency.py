"""Exercises of lesson 13: a timing loop, a lookup table, a predictor, an infeasible limit, and misleading MACs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nastutor.exercises.answers import (
    NotAttempted,
    Wrong,
    compare,
    describe,
    describe_error,
    number,
    read_cell,
    sequence,
)
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import table
from nastutor.hardware.counts import cell_network_costs
from nastutor.spaces import CellSpace, Genotype

if TYPE_CHECKING:
    from nastutor.studies.latencies import StoredLatencies

SPACE = CellSpace()
PLANS = ("nasbench201", "glyphs")
LONGEST_WARMUP = 100
"""So many passes that were left out at most are tried, to find out what an answer is a mean of."""
Run = Callable[[], None]
Clock = Callable[[], float]


def naive_latency(run: Run, clock: Clock) -> float:
    """Time a network, in milliseconds. It is wrong on purpose: do not use it."""
    times = []
    for _ in range(20):
        start = clock()
        run()
        times.append(clock() - start)
    return 1000 * sum(times) / len(times)


def honest_latency(run: Run, clock: Clock) -> float:
    """Run until it is warm, then take the median of many passes."""
    for _ in range(20):
        run()
    times = []
    for _ in range(100):
        start = clock()
        run()
        times.append(clock() - start)
    return 1000 * sorted(times)[50]


class Machine:
    """A machine whose passes take what a script says: slow ones first, then steady ones, now and then interrupted."""

    MOST = 10_000

    def __init__(self, slow: int, every: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.steady = float(rng.uniform(0.5, 20))  # ms
        factors = rng.uniform(0.96, 1.04, self.MOST)
        factors[rng.random(self.MOST) < 1 / every] *= rng.uniform(5, 30)
        factors[:slow] = np.linspace(20, 3, slow)
        self.script = (self.steady * factors).tolist()
        self.taken: list[float] = []
        self.now = 0.0

    def functions(self) -> tuple[Run, Clock]:
        """Return `run`, a forward pass, and `clock`, the time in seconds."""

        def run() -> None:
            if len(self.taken) == self.MOST:
                raise RuntimeError(f"{self.MOST:,} passes are enough")
            self.taken.append(self.script[len(self.taken)])
            self.now += self.taken[-1] / 1000

        def clock() -> float:
            self.now += 1e-7  # looking at a clock takes time as well
            return self.now

        return run, clock


def _summed_up(warmup: int, summary: Callable[[list[float]], float]) -> Callable[[Run, Clock], float]:
    """Return a timing loop with so many passes that are not counted, and another summary of the next hundred."""

    def measure(run: Run, clock: Clock) -> float:
        for _ in range(warmup):
            run()
        times = []
        for _ in range(100):
            start = clock()
            run()
            times.append(clock() - start)
        return 1000 * summary(times)

    return measure


class TimingLoop(Exercise):
    """Repair a timing loop."""

    TITLE = "Repair a timing loop"
    QUESTION = (
        "`ex.naive_latency(run, clock)` times a network and gets it wrong. `run()` is one forward pass, `clock()` is "
        "the time in seconds. On the machines of this check the first {slow} passes are slow, up to twenty times; of "
        "the later ones every {every}th, about, is interrupted and takes many times as long; the others scatter by "
        "4 %. Write `measure(run, clock)`: the milliseconds of a normal pass, to within 2 %, on each of 20 machines."
    )
    STUB = "def measure(run, clock):\n    ..."
    HINTS = (
        "Call `run()` some times before you look at the clock: more often than there are slow passes.",
        "Take many passes, each with its own start and end. A mean follows the interruptions; what does not?",
    )
    GIVEN: ClassVar = {"slow": 5, "every": 8}
    OFFICIAL = staticmethod(honest_latency)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "no warm-up": Mistake(lambda slow, every: naive_latency, "with the warm-up in it"),
        "a mean": Mistake(
            lambda slow, every: _summed_up(slow, np.mean),
            "That is a mean: the interruptions",
            shares="A mean is one after any warm-up.",
        ),
        "a mean after a long warm-up": Mistake(
            lambda slow, every: _summed_up(slow + 15, np.mean),
            "That is a mean: the interruptions",
            shares="A mean is one after any warm-up.",
        ),
        "the fastest pass": Mistake(lambda slow, every: _summed_up(slow, min), "That is the luckiest pass"),
        "the first pass": Mistake(lambda slow, every: _summed_up(0, lambda times: times[0]), "That is the first pass"),
        "all passes together": Mistake(lambda slow, every: _summed_up(0, sum), "the time of all passes together"),
        "seconds": Mistake(lambda slow, every: lambda run, clock: honest_latency(run, clock) / 1000, "in seconds"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"slow": int(rng.integers(3, 13)), "every": int(rng.integers(5, 13))}

    def judge(self, answer: Any) -> str:
        function, worst = Called(answer), 0.0
        for seed in range(20):
            machine = Machine(self.given["slow"], self.given["every"], seed)
            found, truth = number(function(*machine.functions())), machine.steady
            off = abs(found / truth - 1)
            if off > 0.02:
                raise Wrong(self._mistake(found, machine))
            worst = max(worst, off)
        naive = max(abs(naive_latency(*m.functions()) / m.steady - 1) for m in self._machines())
        return f"At most {100 * worst:.1f} % off on 20 machines; the naive loop is up to {100 * naive:,.0f} % off."

    def _machines(self) -> list[Machine]:
        return [Machine(self.given["slow"], self.given["every"], seed) for seed in range(20)]

    def _mistake(self, found: float, machine: Machine) -> str:
        if not machine.taken:
            return "Your function never calls run()."
        if abs(1000 * found / machine.steady - 1) < 0.05:
            return "That is in seconds; milliseconds are asked for."
        times = np.array(machine.taken)
        mistakes: list[tuple[np.ndarray | float, str]] = [
            (times[0], "That is the first pass, the slowest of all."),
            (times.mean(), "That is a mean, with the warm-up in it."),
            (times.sum(), "That is the time of all passes together."),
            (times.min(), "That is the luckiest pass; a normal one is asked for."),
            (np.median(times), "That is a median, but of few passes, or with the slow ones in it: warm up, take more."),
        ]
        # However many passes were left out as warm-up.
        later = [times[warmup:] for warmup in range(1, min(len(times), LONGEST_WARMUP))]
        mistakes += [
            (
                np.array([x.mean() for x in later]),
                "That is a mean: the interruptions are in it, with their full length.",
            ),
            (
                np.array([np.quantile(x, 0.25) for x in later]),
                "That is the lower quartile: a normal pass lies in the middle.",
            ),
        ]
        for mistaken, message in mistakes:
            if np.any(np.abs(found / mistaken - 1) < 0.005):
                return message
        side = "low" if found < machine.steady else "high"
        return f"{found:.4g} ms is {100 * abs(found / machine.steady - 1):.0f} % too {side} on one of the machines."


@cache
def _stored(plan: str) -> StoredLatencies:
    from nastutor.studies.latencies import load_latencies

    return load_latencies(plan)


@cache
def _macs(plan: str) -> np.ndarray:
    """Return the millions of MACs of a plan's cells, for one image."""
    stored = _stored(plan)
    skeleton = dict(stored.table.skeleton)
    classes = skeleton.pop("classes")
    return cell_network_costs(np.array(stored.genotypes), classes, stored.table.input_shape[2], **skeleton)[1] / 1e6


def worst_cell(plan: str, cells: int) -> Genotype:
    """Add up what the operations take in all cells of all stages, and compare with what was measured."""
    from nastutor.studies.latencies import load_latencies

    stored = load_latencies(plan)
    costs, copies = stored.table, stored.table.skeleton["cells_per_stage"]
    predicted = []
    for genotype in stored.genotypes[:cells]:
        total = costs.fixed
        for (source, _), operation in zip(SPACE.edges, genotype):
            total += copies * costs.operations[:, operation].sum()
            if operation != 0 and source != 0:
                total += copies * costs.sums.sum()
        predicted.append(total)
    errors = np.array(predicted) / stored.milliseconds[:cells] - 1
    return stored.genotypes[int(np.argmax(np.abs(errors)))]


def _largest(plan: str, cells: int | None, of: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Genotype:
    """Return the cell with the largest value of a function of the predicted and the measured milliseconds."""
    stored = _stored(plan)
    predicted = stored.table.predict(stored.genotypes[:cells])
    return stored.genotypes[int(np.argmax(of(predicted, stored.milliseconds[:cells])))]


def _other_side(errors: np.ndarray) -> np.ndarray:
    """Turn errors so that the side is positive on which the largest of all is not."""
    return -errors if errors[np.argmax(np.abs(errors))] > 0 else errors


class WorstCell(Exercise):
    """Build the prediction of a lookup table, and find where it is furthest off."""

    TITLE = "The cell that is not the sum of its parts"
    QUESTION = (
        'Take `stored = load_latencies("{plan}")` and its first {cells} cells, none of which has a dead edge. From the '
        "parts of the lookup table, `stored.table.operations`, `.sums` and `.fixed`, predict the latency of each, and "
        "compare with `stored.milliseconds`. Which cell is furthest off, as a share of what was measured? Answer with "
        "its genotype."
    )
    STUB = "cell = ..."
    HINTS = (
        "Every operation is in each of `stored.table.skeleton['cells_per_stage']` cells of every stage.",
        "Add a sum for each operation but `none`, unless its edge starts at node 0. `stored.table.predict` checks you.",
    )
    GIVEN: ClassVar = {"plan": "nasbench201", "cells": 400}
    OFFICIAL = staticmethod(worst_cell)
    MISTAKES: ClassVar = {
        "in milliseconds": Mistake(
            lambda plan, cells: _largest(plan, cells, lambda predicted, measured: abs(predicted - measured)),
            "the furthest off in milliseconds",
        ),
        "the smallest error": Mistake(
            lambda plan, cells: _largest(plan, cells, lambda predicted, measured: -abs(predicted / measured - 1)),
            "cells are further off",
        ),
        "the worst on one side": Mistake(
            lambda plan, cells: _largest(
                plan, cells, lambda predicted, measured: _other_side(predicted / measured - 1)
            ),
            "the worst on one side",
        ),
    }
    FEW_ANSWERS = "The cell that is furthest off among many stays so when more are added: two tables have few of these."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"plan": str(rng.choice(PLANS)), "cells": int(rng.choice(np.arange(40, 400, 20)))}

    def judge(self, answer: Any) -> str:
        stored, cells = _stored(self.given["plan"]), self.given["cells"]
        genotypes, measured = stored.genotypes[:cells], stored.milliseconds[:cells]
        row = _measured_row(answer, genotypes)
        predicted = stored.table.predict(genotypes)
        errors = predicted / measured - 1
        worst = int(np.argmax(np.abs(errors)))
        said = f"{genotypes[row]}: {measured[row]:.2f} ms measured, {predicted[row]:.2f} ms predicted"
        if row == worst:
            off = "slower" if errors[row] < 0 else "faster"
            middle = 100 * np.median(np.abs(errors))
            return f"{said}: {off} than the sum, {100 * abs(errors[row]):.1f} % off. The median is {middle:.1f} %."
        if row == int(np.argmax(np.abs(predicted - measured))):
            raise Wrong(f"{said}. That is the furthest off in milliseconds; relative to what was measured, another is.")
        for name, values in [("the largest prediction", predicted), ("the largest latency", measured)]:
            if row == int(np.argmax(values)):
                raise Wrong(f"{said}. That is the cell with {name}; the largest relative error is asked for.")
        if row == int(np.argmax(_other_side(errors))):
            raise Wrong(f"{said}. That is the worst on one side; on the other side one is worse: take absolute values.")
        ahead = int((np.abs(errors) > abs(errors[row])).sum())
        raise Wrong(f"{said}, {100 * abs(errors[row]):.1f} % off; {ahead} cells are further off.")


def _measured_row(answer: Any, genotypes: Sequence[Genotype]) -> int:
    """Return where a cell, a genotype or a string, stands among the measured ones."""
    genotype = read_cell(answer)
    if genotype not in genotypes:
        raise Wrong(f"{genotype} is not one of the {len(genotypes)} measured cells.")
    return genotypes.index(genotype)


COUNTS = (4, 8, 16, 32, 64, 128)


@cache
def measurements_needed(plan: str, target: float) -> int:
    """Take the learning curve, and the first number of measurements at which its mean keeps the target."""
    from nastutor.hardware.predictor import learning_curve
    from nastutor.studies.latencies import load_latencies

    stored = load_latencies(plan)
    errors, _ = learning_curve(stored.genotypes, stored.milliseconds, COUNTS)  # (subsets, counts), percent
    return COUNTS[int(np.argmax(errors.mean(axis=0) <= target))]


@cache
def _curve(plan: str) -> np.ndarray:
    from nastutor.hardware.predictor import learning_curve

    stored = _stored(plan)
    return learning_curve(stored.genotypes, stored.milliseconds, COUNTS)[0].mean(axis=0)


class MeasurementsNeeded(Exercise):
    """How many networks one must measure for a predictor of a given quality."""

    TITLE = "How many measurements a predictor needs"
    QUESTION = (
        'For `load_latencies("{plan}")`: what is the smallest of 4, 8, 16, 32, 64 and 128 measured networks after '
        "which `LatencyPredictor` is at most {target} % off, by the median over the cells that it has not seen, as a "
        "mean over the 20 random subsets of `learning_curve`?"
    )
    STUB = "networks = ..."
    HINTS = (
        "`learning_curve(stored.genotypes, stored.milliseconds, (4, 8, 16, 32, 64, 128))` returns errors and rank "
        "correlations, each (subsets, counts).",
        "Take the mean over the subsets, axis 0, then the first count whose error is at most the target.",
    )
    GIVEN: ClassVar = {"plan": "nasbench201", "target": 1.4}
    OFFICIAL = staticmethod(measurements_needed)
    MISTAKES: ClassVar = {
        "all measured cells": Mistake(lambda plan, target: 400, "That is all of them"),
        "the cells that are predicted": Mistake(lambda plan, target: 200, "Those are the cells that are predicted"),
        "one step too few": Mistake(
            lambda plan, target: COUNTS[max(0, int(np.argmax(_curve(plan) <= target)) - 1)],
            "networks it is .* % off",
        ),
    }
    FEW_ANSWERS = "The answer is one of six numbers."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"plan": str(rng.choice(PLANS)), "target": float(rng.choice([1.16, 1.2, 1.25, 1.4, 2.0]))}

    def judge(self, answer: Any) -> str:
        errors, target = _curve(self.given["plan"]), self.given["target"]
        truth = COUNTS[int(np.argmax(errors <= target))]
        mistakes = [(400, "That is all of them. How few suffice?"), (200, "Those are the cells that are predicted.")]
        if number(answer) in COUNTS:
            place = COUNTS.index(int(answer))
            mistakes.append((COUNTS[place], f"After {COUNTS[place]} networks it is {errors[place]:.1f} % off."))
        compare(answer, truth, 0, mistakes)
        place = COUNTS.index(truth)
        before = f"after {COUNTS[place - 1]} it was {errors[place - 1]:.1f} %" if place else "fewer were not tried"
        return f"{truth} networks: {errors[place]:.1f} % off; {before}."


def choose(milliseconds: Sequence[float], accuracy: Sequence[float], limit: float) -> int:
    """Take the most accurate of those that fit; where none does, say what the fastest one needs."""
    fits = [row for row, latency in enumerate(milliseconds) if latency <= limit]
    if not fits:
        raise ValueError(f"no network keeps {limit:g} ms: the closest needs {min(milliseconds):.2f} ms")
    return max(fits, key=lambda row: accuracy[row])


def choose_or_list_all(milliseconds: Sequence[float], accuracy: Sequence[float], limit: float) -> int:
    """Choose as asked, but leave it to the caller to find the closest. It is wrong on purpose."""
    try:
        return choose(milliseconds, accuracy, limit)
    except ValueError:
        raise ValueError(", ".join(f"{latency:.2f}" for latency in milliseconds)) from None


class InfeasibleLimit(Exercise):
    """Choose under a limit that perhaps nothing keeps."""

    TITLE = "A limit that nothing keeps"
    QUESTION = (
        "Write `choose(milliseconds, accuracy, limit)`: the row of the most accurate network that takes at most "
        "`limit` ms. If none does, it must not loop, nor return something that breaks the limit in silence: it raises "
        "a `ValueError` that states the closest latency that can be had, with two decimals. The check tries random "
        "lists, and the measured cells with {limit_ms} ms and with {tight_ms} ms."
    )
    STUB = "def choose(milliseconds, accuracy, limit):\n    ..."
    HINTS = (
        "List the rows that fit first. An empty list is the case to handle.",
        'The closest is the fastest network: `raise ValueError(f"... {min(milliseconds):.2f} ms ...")`.',
    )
    GIVEN: ClassVar = {"limit_ms": 3.0, "tight_ms": 0.1}
    OFFICIAL = staticmethod(choose)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the most accurate of all": Mistake(
            lambda **given: (
                lambda milliseconds, accuracy, limit: choose(
                    milliseconds, accuracy, max(milliseconds) if min(milliseconds) <= limit else limit
                )
            ),
            "breaks the limit",
        ),
        "the fastest": Mistake(
            lambda **given: (
                lambda milliseconds, accuracy, limit: choose(
                    milliseconds, [-latency for latency in milliseconds], limit
                )
            ),
            "fits, but",
        ),
        "the fastest in silence where nothing fits": Mistake(
            lambda **given: (
                lambda milliseconds, accuracy, limit: choose(milliseconds, accuracy, max(limit, min(milliseconds)))
            ),
            "a caller would never notice",
        ),
        "an error without the closest latency": Mistake(
            lambda **given: (
                lambda milliseconds, accuracy, limit: max(
                    (row for row, latency in enumerate(milliseconds) if latency <= limit), key=accuracy.__getitem__
                )
            ),
            "does not state the closest latency",
        ),
        "an error that lists every latency": Mistake(lambda **given: choose_or_list_all, "lists more than the closest"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"limit_ms": float(rng.choice(np.arange(1.5, 6, 0.5))), "tight_ms": float(rng.choice([0.05, 0.1, 0.2]))}

    def judge(self, answer: Any) -> str:
        function, rng = Called(answer), np.random.default_rng(0)
        stored, bench = _stored("nasbench201"), table("cifar10")
        known = bench.values("val_accuracy", "search")
        rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
        measured = [float(x) for x in stored.milliseconds]
        accuracy = [float(known[rows[genotype]]) for genotype in stored.genotypes]
        for _ in range(60):
            n = int(rng.integers(1, 8))
            times, values = rng.uniform(1, 9, n).round(3).tolist(), rng.permutation(100)[:n].astype(float).tolist()
            self._try(function, times, values, float(rng.choice([0.5, 3.0, 5.0, times[0]])))
        best = self._try(function, measured, accuracy, self.given["limit_ms"])
        self._try(function, measured, accuracy, self.given["tight_ms"])
        assert best is not None
        return (
            f"All 62 lists. Within {self.given['limit_ms']} ms the best measured cell has {accuracy[best]:.2f} % "
            f"by seed 0 and takes {measured[best]:.2f} ms; {self.given['tight_ms']} ms cannot be had."
        )

    @staticmethod
    def _try(function: Called, times: list[float], values: list[float], limit: float) -> int | None:
        """Compare one case; return the right row, or None where the limit cannot be kept."""
        case = f"for latencies {describe(times)} and the limit {limit:g}"
        fits = [row for row, latency in enumerate(times) if latency <= limit]
        if fits:
            found = number(function(list(times), list(values), limit))
            truth = max(fits, key=lambda row: values[row])
            if found == truth:
                return truth
            if found not in range(len(times)):
                raise Wrong(f"A row is asked for, 0…{len(times) - 1}: got {found:g}.")
            if times[int(found)] > limit:
                raise Wrong(f"Row {found:g} breaks the limit, {case}.")
            raise Wrong(f"Row {found:g} fits, but {values[truth]:g} % can be had within the limit, {case}.")
        try:
            result = function.function(list(times), list(values), limit)
        except ValueError as error:
            closest, said = f"{min(times):.2f}", set(re.findall(r"\d+\.\d+", str(error)))
            if closest not in said:
                raise Wrong(
                    f"The message does not state the closest latency, {closest}: {describe(str(error))}"
                ) from None
            allowed = {closest, str(min(times)), str(limit), f"{limit:.2f}"}
            if (said - allowed) & {written for time in times for written in (str(time), f"{time:.2f}")}:
                raise Wrong(
                    f"The message lists more than the closest latency, {closest}: {describe(str(error))}"
                ) from None
            return None
        except NotImplementedError:
            raise NotAttempted("Your function still raises NotImplementedError.") from None
        except Exception as error:
            raise Wrong(f"Nothing fits, {case}; a ValueError is asked for: got {describe_error(error)}") from None
        if (result is None or result is ...) and not function.has_answered:
            raise NotAttempted("Your function returns nothing yet: write its body, and end it with return.")
        raise Wrong(f"Nothing fits, {case}, and you return {describe(result)}: a caller would never notice.")


def misleading_pair(plan: str, factor: float) -> tuple[Genotype, Genotype]:
    """Look at all pairs for the largest ratio of latencies where the MACs say the opposite."""
    from nastutor.studies.latencies import load_latencies

    stored = load_latencies(plan)
    skeleton = dict(stored.table.skeleton)
    classes, size = skeleton.pop("classes"), stored.table.input_shape[2]
    macs = cell_network_costs(np.array(stored.genotypes), classes, size, **skeleton)[1]
    ratios = np.divide.outer(stored.milliseconds, stored.milliseconds)  # of each cell to each other
    ratios[~np.less.outer(macs, macs)] = 0
    slow, fast = np.unravel_index(ratios.argmax(), ratios.shape)
    return stored.genotypes[slow], stored.genotypes[fast]


class MisleadingMacs(Exercise):
    """Open-ended: two cells whose MACs say the opposite of their latencies."""

    TITLE = "Misleading MACs (open-ended)"
    QUESTION = (
        'Among the cells of `load_latencies("{plan}")`, find two, `slow` and `fast`: `slow` has fewer MACs than '
        "`fast`, and takes at least {factor} times as long. The larger the ratio, the better. Answer with their "
        "genotypes, and say to yourself what makes the first one slow."
    )
    STUB = "pair = ...  # slow, fast"
    HINTS = (
        "Which operation costs time and no multiplication?",
        "Sort the cells by MACs, and look at every pair: 400 cells have 79,800.",
    )
    GIVEN: ClassVar = {"plan": "nasbench201", "factor": 2.0}
    OFFICIAL = staticmethod(misleading_pair)
    MISTAKES: ClassVar = {
        "the fast one first": Mistake(lambda plan, factor: misleading_pair(plan, factor)[::-1], "Swap the two"),
        "the slowest and the fastest": Mistake(
            lambda plan, factor: (
                _largest(plan, None, lambda predicted, measured: measured),
                _largest(plan, None, lambda predicted, measured: -measured),
            ),
            r"must have fewer MACs\.$",
        ),
        "the least and the most MACs": Mistake(
            lambda plan, factor: tuple(
                _stored(plan).genotypes[row] for row in np.argsort(_macs(plan), kind="stable")[[0, -1]]
            ),
            "is asked for",
        ),
    }
    FEW_ANSWERS = "There are two tables, and the largest ratio of each answers every factor."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"plan": str(rng.choice(PLANS)), "factor": float(rng.choice([1.5, 1.6, 1.7, 1.8, 1.9]))}

    def judge(self, answer: Any) -> str:
        plan, factor = self.given["plan"], self.given["factor"]
        stored, macs = _stored(plan), _macs(plan)
        slow, fast = (_measured_row(cell, stored.genotypes) for cell in sequence(answer, 2, "two cells, slow and fast"))
        times = stored.milliseconds
        said = f"{macs[slow]:.2f} and {macs[fast]:.2f} million MACs, {times[slow]:.2f} and {times[fast]:.2f} ms"
        if macs[slow] >= macs[fast]:
            swapped = macs[slow] > macs[fast] and times[fast] > times[slow]
            raise Wrong(f"{said}: the first must have fewer MACs.{' Swap the two.' if swapped else ''}")
        ratio = times[slow] / times[fast]
        if ratio < factor:
            raise Wrong(f"{said}: a ratio of {ratio:.2f}, and {factor:g} is asked for.")
        ratios = np.where(macs[:, None] < macs, times[:, None] / times, 0)
        return (
            f"{said}: {ratio:.2f} times as long. Of {np.sum(macs[:, None] < macs):,} pairs with fewer MACs first, "
            f"{np.sum(ratios > 1):,} are in the wrong order; the largest ratio is {ratios.max():.2f}."
        )


exercises = ExerciseSet(
    "latency", "13 Latency", [TimingLoop, WorstCell, MeasurementsNeeded, InfeasibleLimit, MisleadingMacs]
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
