"""Exercises of lesson 19: verdicts, what repeats, what a search cost, what winners have in common, a claim reversed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks.nasbench201 import DATASETS, open_nasbench201
from nastutor.exercises.answers import Wrong, choice, compare, sequence
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.hardware.carbon import Footprint
from nastutor.spaces.cell import OPERATIONS
from nastutor.statistics import Band
from nastutor.studies.verdicts import Verdict, load_verdicts

SAID = ("holds", "does not hold", "cannot be told")


@cache
def _ledger() -> tuple[Verdict, ...]:
    return tuple(load_verdicts())


Interval = tuple[float, float]


def verdict_of(interval: Interval, margin: float) -> str:
    """Read a claim "above the margin" off an interval."""
    low, high = interval
    return Band(*np.array([(low + high) / 2, low, high])).less(margin).verdict()


def verdicts_of(intervals: Sequence[Interval], margin: float) -> list[str]:
    """Read the claim off each interval."""
    return [verdict_of(interval, margin) for interval in intervals]


class ReadVerdicts(Exercise):
    """What intervals say of a claim with a margin."""

    TITLE = "Read verdicts"
    QUESTION = (
        "A claim says that a rank correlation is above {margin}. On three tables its 95 % intervals are {intervals}. "
        "Answer with a list of three verdicts, each of them 'holds', 'does not hold' or 'cannot be told'."
    )
    STUB = "verdicts = ..."
    HINTS = ("Where does the margin lie: below the interval, in it, or above it?",)
    GIVEN: ClassVar = {"intervals": ((0.62, 0.71), (0.66, 0.74), (0.41, 0.58)), "margin": 0.65}
    OFFICIAL = staticmethod(verdicts_of)
    MISTAKES: ClassVar = {
        "compares with zero": Mistake(lambda intervals, margin: ["holds"] * 3, "compares with zero"),
        "compares the middle": Mistake(
            lambda intervals, margin: [
                "holds" if sum(interval) / 2 > margin else "does not hold" for interval in intervals
            ],
            "the margin lies in it",
        ),
    }
    FEW_ANSWERS = "There is one verdict of each kind, in any order."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        margin = round(float(rng.uniform(0.4, 0.7)), 2)
        starts = margin + np.array([0.02, -0.05, -0.15]) + rng.uniform(0, 0.02, 3)
        pairs = [(round(float(start), 2), round(float(start + 0.1), 2)) for start in rng.permutation(starts)]
        return {"intervals": tuple(pairs), "margin": margin}

    def judge(self, answer: Any) -> str:
        said = [choice(each, SAID) for each in sequence(answer, 3, "a list of three verdicts")]
        intervals, margin = self.given["intervals"], self.given["margin"]
        if set(said) == {"holds"}:
            raise Wrong(f"That compares with zero: the claim says above {margin}.")
        for (low, high), one, truth in zip(intervals, said, verdicts_of(intervals, margin)):
            if one != truth and truth == "cannot be told":
                raise Wrong(f"[{low}, {high}] does not say {one!r}: the margin lies in it.")
            if one != truth:
                raise Wrong(f"[{low}, {high}] does not say {one!r} of a claim of more than {margin}.")
        return "One of each kind: the margin is compared with both ends of an interval, not with its middle."


@cache
def _by_claim(lesson: str) -> dict[str, list[str]]:
    """Return the verdicts of a lesson's claims on all their tables."""
    found: dict[str, list[str]] = {}
    for row in _ledger():
        if row.lesson == lesson and row.verdict in SAID:
            found.setdefault(row.claim, []).append(row.verdict)
    return found


def count_reversed(lesson: str) -> int:
    """Count the claims that hold on one table and are reversed on another."""
    return sum({"holds", "does not hold"} <= set(said) for said in _by_claim(lesson).values())


def _count_doubtful(lesson: str) -> int:
    return sum("holds" in said and set(said) != {"holds"} for said in _by_claim(lesson).values())


class Reversed(Exercise):
    """How many claims of a lesson hold on one table and not on another."""

    TITLE = "Which claims turn round?"
    QUESTION = (
        "Of the claims of lesson {lesson} in the ledger, how many hold on at least one table and are reversed (does "
        "not hold) on another?"
    )
    STUB = "count = ..."
    HINTS = (
        "`load_verdicts()` gives rows with `claim`, `lesson`, `table` and `verdict`.",
        "Collect the verdicts of each claim in a set; look for both in it.",
    )
    GIVEN: ClassVar = {"lesson": "03"}
    OFFICIAL = staticmethod(count_reversed)
    MISTAKES: ClassVar = {
        "counts doubt as a reversal": Mistake(lambda lesson: _count_doubtful(lesson), "cannot be told somewhere"),
        "counts rows": Mistake(
            lambda lesson: sum(said.count("holds") for said in _by_claim(lesson).values()), "rows of the ledger"
        ),
    }
    FEW_ANSWERS = "A lesson has a handful of claims."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"lesson": str(rng.choice(["02", "03", "04", "05"]))}

    def judge(self, answer: Any) -> str:
        lesson = self.given["lesson"]
        found, truth = _by_claim(lesson), count_reversed(lesson)
        rows = sum(said.count("holds") for said in found.values())
        mistakes = [
            (_count_doubtful(lesson), "That counts those that cannot be told somewhere: that is no reversal."),
            (rows, "Those are rows of the ledger that hold, on one table each; claims are asked for."),
        ]
        compare(answer, truth, 0, mistakes)
        return f"{truth} of {len(found)}."


def footprint_kwh(days: int, watts: int, pue: float) -> float:
    """Return the energy of GPU-days in kilowatt hours."""
    return Footprint(days * 24 * 3600, watts, pue).kwh


class Energy(Exercise):
    """What GPU-days come to in energy."""

    TITLE = "What did it cost?"
    QUESTION = (
        "A search took {days} GPU-days. One GPU draws {watts} W at work, and the building draws {pue} W for each watt "
        "of it (PUE). How many kilowatt hours is that?"
    )
    STUB = "kwh = ..."
    HINTS = ("A day has 24 hours, a kilowatt 1,000 watts.", "`Footprint(seconds, watts, pue).kwh`.")
    GIVEN: ClassVar = {"days": 331, "watts": 250, "pue": 1.58}
    OFFICIAL = staticmethod(footprint_kwh)
    MISTAKES: ClassVar = {
        "forgets the building": Mistake(lambda days, watts, pue: days * 24 * watts / 1000, "building"),
        "takes days for hours": Mistake(lambda days, watts, pue: days * watts / 1000 * pue, "24 hours"),
        "answers in watt hours": Mistake(lambda days, watts, pue: days * 24 * watts * pue, "watt hours"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {
            "days": int(rng.integers(50, 3000)),
            "watts": int(rng.choice([150, 250, 300, 400])),
            "pue": float(rng.choice([1.1, 1.3, 1.58])),
        }

    def judge(self, answer: Any) -> str:
        days, watts, pue = (self.given[name] for name in ("days", "watts", "pue"))
        truth = footprint_kwh(**self.given)
        mistakes = [
            (days * 24 * watts / 1000, "The building draws more than the GPU: times the PUE."),
            (days * watts / 1000 * pue, "A day has 24 hours."),
            (days * 24 * watts * pue, "Those are watt hours; a kilowatt hour has a thousand."),
        ]
        compare(answer, truth, 0.005 * truth, mistakes)
        return f"{truth:,.0f} kWh, an estimate: its three inputs are all assumptions."


def share_among_best(dataset: str, operation: str, best: int) -> float:
    """Return the percentage of edges that carry an operation in the cells with the best reports."""
    bench = open_nasbench201(dataset, search_seed=0)
    order = np.argsort(-bench.values("val_accuracy", "report"), kind="stable")[:best]
    cells = np.array([bench.genotypes[row] for row in order])
    return 100 * float((cells == OPERATIONS.index(operation)).mean())


def _share_by(seeds: str, dataset: str, operation: str, best: int) -> float:
    """Return the same of the cells that are best on other seeds: a mistake."""
    bench = open_nasbench201(dataset, search_seed=0)
    rows = np.argsort(-bench.values("val_accuracy", seeds), kind="stable")[:best]
    return 100 * float(np.mean([OPERATIONS[value] == operation for row in rows for value in bench.genotypes[row]]))


class Pattern(Exercise):
    """How often good cells carry an operation."""

    TITLE = "What have the best in common?"
    QUESTION = (
        "Among the {best} cells of {dataset} that are best on the seeds not searched (search seed 0), what percentage "
        "of all edges carries {operation}?"
    )
    STUB = "percentage = ..."
    HINTS = (
        "`bench.values('val_accuracy', 'report')` has a number for each row of `bench.genotypes`.",
        "A cell has six edges; the average over all cells of the space is 20 %.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "operation": "nor_conv_3x3", "best": 100}
    OFFICIAL = staticmethod(share_among_best)
    MISTAKES: ClassVar = {
        "a share, not a percentage": Mistake(
            lambda dataset, operation, best: share_among_best(dataset, operation, best) / 100, "That is the share"
        ),
        "by the search seed": Mistake(
            lambda dataset, operation, best: _share_by("search", dataset, operation, best), "by the search seed"
        ),
        "by all seeds": Mistake(
            lambda dataset, operation, best: _share_by("all", dataset, operation, best), "by all seeds"
        ),
        "edges a cell": Mistake(
            lambda dataset, operation, best: 6 * share_among_best(dataset, operation, best) / 100, "edges a cell"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {
            "dataset": str(rng.choice(list(DATASETS))),
            "operation": str(rng.choice(["nor_conv_3x3", "nor_conv_1x1", "skip_connect"])),
            "best": int(rng.choice([50, 100, 200])),
        }

    def judge(self, answer: Any) -> str:
        truth = share_among_best(**self.given)
        mistakes = [
            (truth / 100, "That is the share; asked is the percentage."),
            (_share_by("search", **self.given), "Those are the best by the search seed: take the seeds not searched."),
            (_share_by("all", **self.given), "Those are the best by all seeds: take the seeds not searched."),
            (6 * truth / 100, "Those are edges a cell, of six; asked is the percentage of all edges."),
        ]
        compare(answer, truth, 0.05, mistakes)
        return f"{truth:.1f} %, where chance would have 20 %."


def a_reversal(lesson: str) -> tuple[str, str, str]:
    """Find a claim that holds on one table and is reversed on another."""
    rows = [row for row in _ledger() if row.lesson == lesson]
    return next(
        (one.claim, one.table, other.table)
        for one in rows
        for other in rows
        if one.claim == other.claim and (one.verdict, other.verdict) == ("holds", "does not hold")
    )


class Reversal(Exercise):
    """Open-ended: a claim, a table on which it holds, and one on which the reverse is shown."""

    TITLE = "Where does it end? (open-ended)"
    QUESTION = (
        "Find a claim of lesson {lesson} that holds on one table and is reversed on another. Answer with three names: "
        "the claim's id, the table on which it holds, the table on which it does not. Then say to yourself which "
        "property of the tables decides."
    )
    STUB = "reversal = ..."
    HINTS = (
        "`python -m nastutor ledger` lists the ids.",
        "Claims on size are good candidates: where does size not rank?",
    )
    GIVEN: ClassVar = {"lesson": "02"}
    OFFICIAL = staticmethod(a_reversal)
    MISTAKES: ClassVar = {
        "one table": Mistake(
            lambda lesson: (a_reversal(lesson)[0], a_reversal(lesson)[1], a_reversal(lesson)[1]), "it holds there"
        ),
        "the other way round": Mistake(
            lambda lesson: (a_reversal(lesson)[0], a_reversal(lesson)[2], a_reversal(lesson)[1]), "does not hold there"
        ),
    }
    FEW_ANSWERS = "A claim that turns round does so in every variant of its lesson."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"lesson": str(rng.choice([name for name in ("02", "03", "04", "05") if count_reversed(name)]))}

    def judge(self, answer: Any) -> str:
        lesson = self.given["lesson"]
        rows = [row for row in _ledger() if row.lesson == lesson]
        claim, first, second = sequence(answer, 3, "three names (claim, table, table)")
        name = choice(claim, tuple(dict.fromkeys(row.claim for row in rows)))
        tables = {row.table: row for row in rows if row.claim == name}
        one, other = (tables[choice(table, tuple(tables))] for table in (first, second))
        if one.verdict != "holds":
            raise Wrong(f"On {one.table} {name}: {one.verdict}. It does not hold there.")
        if other.verdict != "does not hold":
            raise Wrong(f"On {other.table} {name}: {other.verdict}; that is no reversal" + _where(other.verdict) + ".")
        return f"{one.text}: {one.mean:.2f} on {one.table}, {other.mean:.2f} on {other.table}."


def _where(verdict: str) -> str:
    return ", it holds there" if verdict == "holds" else ""


exercises = ExerciseSet("what_holds_up", "19 What holds up", [ReadVerdicts, Reversed, Energy, Pattern, Reversal])
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
