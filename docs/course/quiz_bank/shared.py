"""What all lessons' questions are made of: decided options, exercises with other numbers, verdicts of the ledger."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from functools import cache

from gift import Choice, Number
from read_lessons import judged

from nastutor.exercises.answers import describe, is_number
from nastutor.exercises.exercise import Exercise
from nastutor.studies.verdicts import Verdict, load_verdicts

LEGEND = (
    "(Edges in the order 0→1, 0→2, 1→2, 0→3, 1→3, 2→3; 0 is none, 1 a skip, 2 the 1×1 and 3 the 3×3 convolution, 4 "
    "pooling.)"
)
"""How to read a genotype of a cell."""
VERDICTS = ("holds", "does not hold", "cannot be told")


def decide(title: str, text: str, options: Mapping[str, bool], because: str) -> Choice:
    """Make a question of options of which a computation says one is true.

    Raises
    ------
    ValueError : none is true, or more than one.
    """
    true = [option for option, holds in options.items() if holds]
    if len(true) != 1:
        raise ValueError(f"{title}: {len(true)} of the options are true: {true}")
    return Choice(title, text, true[0], {option: because for option in options if option not in true}, because)


def of_exercise(lesson: str, number: int, which: int, more: Sequence[object] = ()) -> Choice | Number:
    """Make a question of a variant of an exercise: its mistakes are the wrong options, with what it says to them.

    Parameters
    ----------
    more : further wrong answers, where the exercise knows few.

    Raises
    ------
    ValueError : the exercise accepts one of these.
    """
    asked = list(importlib.import_module(f"nastutor.exercises.{lesson}").exercises)[number - 1].variant(which)
    title, answer = asked.TITLE.removesuffix(" (open-ended)"), asked.official_answer()
    mistaken = [*(kind.answer(**asked.given) for kind in asked.MISTAKES.values()), *more]
    said = [judged(asked, value).message for value in mistaken]
    if accepted := [value for value in more if judged(asked, value)]:
        raise ValueError(f"{title}: {accepted} are right as well")
    if is_number(answer):
        within = _tolerance(asked, float(answer))
        wrong = {float(v): text for v, text in zip(mistaken, said) if is_number(v) and abs(v - answer) > 2 * within}
        return Number(title, str(asked.question), float(answer), within, wrong, judged(asked, answer).message)
    right = in_words(answer)
    # An answer of another shape ("five numbers: got 1.2") would give itself away among options.
    wrong_words = {
        in_words(value): text
        for value, text in zip(mistaken, said)
        if in_words(value) != right and ": got " not in text
    }
    return Choice(title, f"{asked.question}\n\nWhich is right?", right, wrong_words, judged(asked, answer).message)


def in_words(answer: object) -> str:
    """Write an answer as an option: numbers rounded to four digits, no quotes, no types of numpy."""
    if is_number(answer):
        number = float(answer) + 0.0  # no minus before a zero
        return f"{number:.0f}" if number.is_integer() else f"{number:.4g}"
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        return f"({', '.join(map(in_words, answer))})"
    if isinstance(answer, dict):
        return ", ".join(f"{key}: {in_words(value)}" for key, value in answer.items()) or "nothing"
    return answer if isinstance(answer, str) else describe(answer)


def _tolerance(asked: Exercise, answer: float) -> float:
    """Return how far from the answer the exercise's own check still says right; 0 for counts that must be exact."""
    within, too_far = 0.0, 0.2 * abs(answer)
    for _ in range(16):
        middle = (within + too_far) / 2
        if judged(asked, answer - middle) and judged(asked, answer + middle):
            within = middle
        else:
            too_far = middle
    return 0.0 if answer == round(answer) and within < 0.5 else within


@cache
def _ledger() -> dict[tuple[str, str], Verdict]:
    return {(row.claim, row.table): row for row in load_verdicts()}


def verdict(claim: str, table: str, said: str = "", because: str = "", text: str = "") -> Choice:
    """Ask for the verdict of a claim of the ledger on one table.

    Parameters
    ----------
    said, because : the verdict as it was when `because` was written about it.
    text : the claim in other words, where the ledger's lean on the claim before.

    Raises
    ------
    ValueError : the ledger says something else now.
    """
    row = _ledger()[claim, table]
    if because and said != row.verdict:
        raise ValueError(f"{claim} on {table}: {row.verdict} now; {because!r} was written about {said!r}")
    question = (
        f"The ledger asks on the table *{table}*: “{text or in_full(row.text)}”. It computes a number that is above "
        "zero where that is so (a margin that the claim names is taken off). The claim holds if the number's 95 % "
        "interval lies above zero, it does not hold if it lies below, and else it cannot be told. Which verdict did "
        "it get?"
    )
    told = f"The number is {row.mean:.2f}, its interval [{row.low:.2f}, {row.high:.2f}]. {because}".strip()
    return decide(f"{claim} on {table}", question, {word: word == row.verdict for word in VERDICTS}, told)


def in_full(text: str) -> str:
    """Write out what the ledger, whose rows have little room, abbreviates."""
    for pattern, instead in (
        (r", at (\d+)\b", r", after \1 evaluations each"),
        (r"\bwith (\d+) above (\w+) with (\d+)", r"with \1 evaluations above \2 with \3"),
        (r"\babove random(?=,|$)", "above random search"),
        (r"\bpredictor\b", "predictor-guided search"),
        (r"^progressive\b", "progressive search"),
    ):
        text = re.sub(pattern, instead, text)
    return text
