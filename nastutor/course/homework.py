"""What a student's notebook uses: the questions with the numbers of that student, and the check."""

from __future__ import annotations

import hashlib
import pkgutil
import unicodedata
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.display import Markdown

    from nastutor.exercises import Exercise, Verdict

VARIANTS = 999_999
"""Students get one of the variants 1…VARIANTS: in a class of 100, two have the same one with a chance of 0.5 %."""


def variant_of(course: str, student: str) -> int:
    """Return the number of a student's variant, 1…999,999, the same on every machine and for ever.

    It is 1 + h mod 999,999, where h is the BLAKE2b hash of 8 bytes, read as a big-endian number, of the text "course/
    student" in UTF-8. Capitals, blanks at the ends and the way in which an accent is coded change nothing.

    Parameters
    ----------
    course : a name that changes each term, so that the answers of last year do not fit.
    student : as the student's folder is called.

    Raises
    ------
    ValueError : the student's name is empty.
    """
    name = unicodedata.normalize("NFC", student).strip().casefold()
    if not name:
        raise ValueError(
            "STUDENT is empty: write the name under which you hand in between its quotes, and run it again"
        )
    digest = hashlib.blake2b(f"{course}/{name}".encode(errors="surrogatepass"), digest_size=8).digest()
    return 1 + int.from_bytes(digest, "big") % VARIANTS


@cache
def lessons() -> tuple[str, ...]:
    """Return the lessons that have exercises, sorted: the names of their modules."""
    import nastutor.exercises

    names = [module.name for module in pkgutil.iter_modules(nastutor.exercises.__path__)]
    return tuple(name for name in names if hasattr(import_module(f"nastutor.exercises.{name}"), "exercises"))


def exercises_of(lesson: str, number: int = 0) -> dict[str, Exercise]:
    """Return the exercises of a lesson by name, ``"q1"``, ``"q2"``, …, each in the variant of that number.

    Raises
    ------
    ValueError : there is no such lesson; the message names those that there are.
    """
    if lesson not in lessons():
        raise ValueError(f"there is no lesson {lesson!r} with exercises: choose one of {', '.join(lessons())}")
    module = import_module(f"nastutor.exercises.{lesson}")
    return {exercise.name: exercise.variant(number) for exercise in module.exercises}


class Homework:
    """The exercises of a lesson, with a student's own numbers.

    Parameters
    ----------
    lesson : the name of a module of `nastutor.exercises`.
    course, student : see `variant_of`.

    Raises
    ------
    ValueError : no such lesson, or an empty name.
    """

    def __init__(self, lesson: str, course: str, student: str) -> None:
        self.lesson = lesson
        self.number = variant_of(course, student)
        self._exercises = exercises_of(lesson, self.number)

    def exercise(self, name: str) -> Exercise:
        """Return one exercise; ValueError says which there are."""
        if name not in self._exercises:
            raise ValueError(f"there is no exercise {name!r} in {self.lesson}: {', '.join(self._exercises)}")
        return self._exercises[name]

    def given(self, name: str) -> dict[str, Any]:
        """Return the numbers of a question, by name."""
        return dict(self.exercise(name).given)

    def ask(self, name: str) -> Markdown:
        """Show a question."""
        from IPython.display import Markdown

        return Markdown(self.exercise(name).question)

    def check(self, name: str, answer: Any = ...) -> Verdict:
        """Say whether an answer is right. What counts is what the grader finds, by the same check."""
        return self.exercise(name).check(answer)
