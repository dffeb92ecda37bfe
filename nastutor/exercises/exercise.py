"""What all exercises share: check, hint, solution, and variants for a class."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises.answers import NotAttempted, Wrong, describe, describe_error, without_addresses
from nastutor.exercises.time_limit import OutOfTime, within
from nastutor.lessons.source import show_source

if TYPE_CHECKING:
    from IPython.display import Markdown

RIGHT, WRONG, NOT_ATTEMPTED = STATES = ("right", "wrong", "not attempted")


class Text(str):
    """A string that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says: a state (``"right"``, ``"wrong"``, ``"not attempted"``) and why. True if right."""

    state: str
    message: str

    def __bool__(self) -> bool:
        return self.state == RIGHT

    def __repr__(self) -> str:
        return f"{self.state.capitalize()}. {self.message}"


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, by which the tests judge the check.

    Attributes
    ----------
    answer : a function of the given parameters that returns the wrong answer (which is itself a function where the
        exercise asks for one).
    says : a regular expression that is found in what the check says to it, and in what it says to no other mistake.
    shares : why another mistake of the exercise may get the same message; empty where none does.
    """

    answer: Callable[..., Any]
    says: str
    shares: str = ""


class Exercise:
    """One question that checks its answer.

    A subclass states the parts in capitals and `judge`; everything else is here.

    Attributes
    ----------
    TITLE, QUESTION : the question is a format string over `given`, and names every parameter.
    STUB : the code that a notebook starts from; it must count as not attempted.
    HINTS : one or two, shown one at a time.
    GIVEN : the parameters of the standard question; a parameter ``dataset`` makes every dataset a variant.
    OFFICIAL : the official solution: a function of the given parameters that returns the answer, or, where
        `ASKS_FOR_FUNCTION`, the function asked for.
    MISTAKES : what learners typically do wrong, in words, and what then comes out; no variant is offered whose data do
        not tell each of them from a right answer.
    FEW_ANSWERS : a sentence that says why the variants have few different answers; empty where they have many.
    SECONDS : of processor time that a check may take before it is stopped.
    DECIMALS : to which a question asks for a number, so that typical mistakes come rounded too; None where it does not.
    given : the parameters of this variant.
    """

    TITLE: ClassVar[str]
    QUESTION: ClassVar[str]
    STUB: ClassVar[str]
    HINTS: ClassVar[Sequence[str]]
    GIVEN: ClassVar[Mapping[str, Any]]
    OFFICIAL: ClassVar[Callable[..., Any]]
    ASKS_FOR_FUNCTION: ClassVar[bool] = False
    MISTAKES: ClassVar[Mapping[str, Mistake]] = {}
    FEW_ANSWERS: ClassVar[str] = ""
    SECONDS: ClassVar[float] = 10
    DECIMALS: ClassVar[int | None] = None

    def __init__(self, name: str, progress: dict[str, str]) -> None:
        self.name = name
        self.given: dict[str, Any] = dict(self.GIVEN)
        self._progress = progress
        self._hints_shown = 0
        self._variants: dict[int | str, Exercise] = {0: self}

    # What a subclass says

    def judge(self, answer: Any) -> str:
        """Return what to say about a right answer; raise `Wrong` or `NotAttempted` with what to say otherwise."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the parameters of a random variant, those of `GIVEN` that change."""
        raise NotImplementedError

    # What a reader uses

    @property
    def question(self) -> Text:
        """The question, with the numbers of this variant."""
        return Text(self.QUESTION.format(**self.given))

    @property
    def stub(self) -> Text:
        """The code to start from."""
        return Text(self.STUB)

    def __repr__(self) -> str:
        return f"{self.name}: {self.TITLE}\n{self.question}"

    def check(self, answer: Any = ...) -> Verdict:
        """Judge an answer. Never raises, whatever the answer is, and ends, even if the answer does not."""
        verdict = self.verdict(answer)
        if self._progress.get(self.name) != RIGHT and verdict.state != NOT_ATTEMPTED:
            self._progress[self.name] = verdict.state
        return verdict

    def verdict(self, answer: Any, wait: float | None = None) -> Verdict:
        """Judge an answer as `check` does, and keep nothing of it; `wait` is the limit on the clock (see `within`)."""
        try:
            if answer is None or answer is ...:
                raise NotAttempted
            return Verdict(RIGHT, within(self.SECONDS, lambda: self.judge(answer), wait))
        except NotAttempted as reason:
            return Verdict(NOT_ATTEMPTED, str(reason) or "Put your answer in place of the three dots.")
        except Wrong as reason:
            return Verdict(WRONG, without_addresses(str(reason)))
        except OutOfTime:
            return Verdict(WRONG, f"Stopped after {self.SECONDS:g} seconds: does {describe(answer)} ever end?")
        except (Exception, SystemExit) as error:
            message = f"This check cannot read {describe(answer)} as an answer ({describe_error(error)})."
            return Verdict(WRONG, message)

    @cached_property
    def replies(self) -> dict[str, Verdict]:
        """What the check says to each typical mistake, with time enough: no busy machine chooses other variants."""
        return {name: self.verdict(mistake.answer(**self.given), 600) for name, mistake in self.MISTAKES.items()}

    def refuses(self, name: str) -> bool:
        """Say whether the check refuses a typical mistake with the message that is meant for it, and also rounded."""
        reply, mistake = self.replies[name], self.MISTAKES[name]
        if reply.state != WRONG or not re.search(mistake.says, reply.message):
            return False
        return self.DECIMALS is None or not self.verdict(round(mistake.answer(**self.given), self.DECIMALS), 600)

    def separates(self) -> bool:
        """Say whether the data of this variant tell each mistake from a right answer, and from the other mistakes.

        Where a function is asked for, the cases that the check tries must do that in every variant.
        """
        return self.ASKS_FOR_FUNCTION or all(map(self.refuses, self.MISTAKES))

    def hint(self) -> Text:
        """Return the next hint; the last one again when there is no other."""
        self._hints_shown = min(self._hints_shown + 1, len(self.HINTS))
        return Text(f"Hint {self._hints_shown} of {len(self.HINTS)}: {self.HINTS[self._hints_shown - 1]}")

    def solution(self) -> Markdown:
        """Return the source of the official solution."""
        return show_source(self.OFFICIAL)

    def official_answer(self) -> Any:
        """Return what the official solution answers."""
        return self.OFFICIAL if self.ASKS_FOR_FUNCTION else type(self).OFFICIAL(**self.given)

    def variant(self, which: int | str) -> Exercise:
        """Return the same exercise with other parameters, to be read in `given`.

        Parameters
        ----------
        which : a number from 0 (0 is the standard question), or the name of a dataset where there is one.

        Raises
        ------
        ValueError : there is no such variant; the message says which there are.
        """
        names = tuple(DATASETS) if "dataset" in self.GIVEN else ()
        if not (which in names if isinstance(which, str) else operator.index(which) >= 0):
            raise ValueError(f"variant {which!r}: give a number from 0{''.join(f', {name!r}' for name in names)}")
        if which not in self._variants:
            self._variants[which] = self._new_variant(which)
        return self._variants[which]

    def _new_variant(self, which: int | str) -> Exercise:
        other = type(self)(f"{self.name.split()[0]} ({which})", self._progress)
        fixed = {"dataset": which} if isinstance(which, str) else {}
        rng = np.random.default_rng(tuple(DATASETS).index(which) if isinstance(which, str) else which)
        other.given |= fixed or other.draw(rng)
        for _ in range(100):
            if (fixed or other.question != self._variants[0].question) and other.separates():
                other._variants = self._variants
                return other
            given = other.given | other.draw(rng) | fixed
            other = type(self)(other.name, self._progress)
            other.given = given
        raise RuntimeError(f"{self.name} has no variant {which!r} that tells its typical mistakes from a right answer")
