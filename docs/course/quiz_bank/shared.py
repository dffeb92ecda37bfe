"""What all lessons' questions are made of: decided options, exercises with other numbers, verdicts of the ledger."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache

from gift import Choice, Number

from nastutor.exercises.answers import describe, is_number
from nastutor.exercises.exercise import Exercise
from nastutor.studies.verdicts import Verdict, load_verdicts

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


def of_exercise(lesson: str, number: int, which: int) -> Choice | Number:
    """Make a question of a variant of an exercise: its mistakes are the wrong options, with what it says to them."""
    asked = list(importlib.import_module(f"nastutor.exercises.{lesson}").exercises)[number - 1].variant(which)
    title, answer = asked.TITLE.removesuffix(" (open-ended)"), asked.official_answer()
    mistaken = [kind.answer(**asked.given) for kind in asked.MISTAKES.values()]
    said = [asked.check(value).message for value in mistaken]
    if is_number(answer):
        within = _tolerance(asked, float(answer))
        wrong = {float(v): text for v, text in zip(mistaken, said) if is_number(v) and abs(v - answer) > 2 * within}
        return Number(title, str(asked.question), float(answer), within, wrong, asked.check(answer).message)
    right = in_words(answer)
    wrong_words = {in_words(value): text for value, text in zip(mistaken, said) if in_words(value) != right}
    return Choice(title, f"{asked.question}\n\nWhich is right?", right, wrong_words, asked.check(answer).message)


def in_words(answer: object) -> str:
    """Write an answer as an option: numbers rounded to four digits, no quotes, no types of numpy."""
    if is_number(answer):
        return f"{float(answer):.0f}" if float(answer).is_integer() else f"{float(answer):.4g}"
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        return f"({', '.join(map(in_words, answer))})"
    if isinstance(answer, dict):
        return ", ".join(f"{key}: {in_words(value)}" for key, value in answer.items()) or "nothing"
    return answer if isinstance(answer, str) else describe(answer)


def _tolerance(asked: Exercise, answer: float) -> float:
    """Return how far from the answer the exercise's own check still says right; 0 for counts that must be exact."""
    within = 0.15 * abs(answer)
    while not (asked.check(answer - within) and asked.check(answer + within)):
        within /= 2
    return 0.0 if answer == round(answer) and within < 0.5 else within


@cache
def _ledger() -> dict[tuple[str, str], Verdict]:
    return {(row.claim, row.table): row for row in load_verdicts()}


def verdict(claim: str, table: str, said: str = "", because: str = "") -> Choice:
    """Ask for the verdict of a claim of the ledger on one table.

    Parameters
    ----------
    said, because : the verdict as it was when `because` was written about it.

    Raises
    ------
    ValueError : the ledger says something else now.
    """
    row = _ledger()[claim, table]
    if because and said != row.verdict:
        raise ValueError(f"{claim} on {table}: {row.verdict} now; {because!r} was written about {said!r}")
    text = (
        f"The ledger asks on the table *{table}*: “{row.text}”. A claim holds if its 95 % interval lies above zero, "
        "it does not hold if it lies below, and else it cannot be told. Which verdict did it get?"
    )
    told = f"The number is {row.mean:.2f}, its interval [{row.low:.2f}, {row.high:.2f}]. {because}".strip()
    return decide(f"{claim} on {table}", text, {word: word == row.verdict for word in VERDICTS}, told)
