"""Lesson 19: reading verdicts, what repeats, what a checklist sees."""

from __future__ import annotations

import numpy as np
from gift import Question

from nastutor.statistics import Band
from nastutor.studies.verdicts import OUT_OF_REACH, load_verdicts
from quiz_bank.shared import VERDICTS, decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    return [
        of_exercise("what_holds_up", 1, which=2),
        of_exercise("what_holds_up", 2, which=2),
        of_exercise("what_holds_up", 3, which=2),
        of_exercise("what_holds_up", 4, which=2),
        read_interval(0.31, -0.04, 0.66),
        read_interval(-0.42, -0.70, -0.11),
        how_many_repeat(),
        by_chance(),
        verdict("evolution", "cora"),
        verdict("aging", "cifar10", "cannot be told", "One of the best known claims."),
    ]


def read_interval(mean: float, low: float, high: float) -> Question:
    """Ask for the verdict of an interval."""
    said = Band(*np.array([mean, low, high])).verdict()
    return decide(
        f"Read the interval [{low}, {high}]",
        f"A claim says that a difference is above zero. It is {mean}, with the 95 % interval [{low}, {high}]. What is "
        "the verdict?",
        {word: word == said for word in VERDICTS},
        "Above zero: holds; below: does not hold; on both sides: cannot be told, which does not mean equal.",
    )


def how_many_repeat() -> Question:
    """Ask which share of the claims holds on every table that asks it."""
    said: dict[str, list[str]] = {}
    for row in load_verdicts():
        if row.verdict != OUT_OF_REACH:
            said.setdefault(row.claim, []).append(row.verdict)
    several = [verdicts for verdicts in said.values() if len(verdicts) > 1]
    share = np.mean([set(verdicts) == {"holds"} for verdicts in several])
    return decide(
        "What repeats?",
        f"{len(several)} claims of the ledger are asked on more than one table. How many of them hold on all of "
        "theirs?",
        {
            "fewer than a third": share < 1 / 3,
            "about half": 0.4 < share < 0.6,
            "more than three quarters": share > 0.75,
        },
        f"{share:.0%}: a claim that holds on one table may be a property of that table.",
    )


def by_chance() -> Question:
    """Ask how many of the verdicts may be wrong by chance alone."""
    claims = len({row.claim for row in load_verdicts() if row.verdict != OUT_OF_REACH})
    expected = 0.05 * claims
    return decide(
        "By chance alone",
        f"The ledger has {claims} claims with 95 % intervals. How many of these intervals miss the true number by "
        "chance alone, about, if each claim is taken once?",
        {"none": expected < 0.5, "two or three": 1.5 <= expected < 3.5, "about ten": 8 <= expected < 12},
        f"{expected:.1f}: one interval in twenty.",
    )
