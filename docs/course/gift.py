"""Questions with one right answer, and GIFT, the text format in which Moodle and others import them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choice:
    """A question with one right option.

    Attributes
    ----------
    title, text : Markdown.
    right : the right option.
    wrong : each wrong option, and what to say to it.
    because : what to say to the right one.
    """

    title: str
    text: str
    right: str
    wrong: Mapping[str, str]
    because: str = ""

    def __post_init__(self) -> None:
        if self.right in self.wrong or len(self.wrong) < 1:
            raise ValueError(f"{self.title}: {self.right!r} is right and wrong, or nothing is wrong")

    def answers(self) -> list[str]:
        """Return the options as lines of GIFT, in alphabetical order: nothing tells the right one."""
        marks = {self.right: ("=", self.because)} | {option: ("~", said) for option, said in self.wrong.items()}
        return [f"{marks[option][0]}{escape(option)}{feedback(marks[option][1])}" for option in sorted(marks)]

    mark = "{"


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number.

    Attributes
    ----------
    title, text : Markdown.
    answer, within : the right number, and how far from it an answer may be.
    wrong : what a typical mistake gives, and what to say to it; none within the reach of the right one.
    because : what to say to the right one.
    """

    title: str
    text: str
    answer: float
    within: float = 0.0
    wrong: Mapping[float, str] = field(default_factory=dict)
    because: str = ""

    def __post_init__(self) -> None:
        near = [value for value in self.wrong if abs(value - self.answer) <= 2 * self.within]
        if near:
            raise ValueError(f"{self.title}: {near} are as right as {self.answer} within {self.within}")

    def answers(self) -> list[str]:
        """Return the right number and the known mistakes, which earn nothing, as lines of GIFT."""
        lines = [f"={plain(self.answer)}:{plain(self.within)}{feedback(self.because)}"]
        for value, said in self.wrong.items():
            others = [abs(value - other) for other in (self.answer, *self.wrong) if other != value]
            reach = min(self.within, 0.49 * min(others))  # what is said to one mistake is not said to another
            lines.append(f"=%0%{plain(value)}:{plain(reach)}{feedback(said)}")
        return lines

    mark = "{#"


Question = Choice | Number


def plain(value: float) -> str:
    """Write a number without an exponent."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def escape(text: str) -> str:
    """Write text so that GIFT reads it as text."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", text.strip()).replace("\n", "\\n")


def feedback(said: str) -> str:
    """Write what is said to an answer."""
    return f"#{escape(said)}" if said else ""


def to_gift(category: str, questions: Sequence[Question]) -> str:
    """Write a file of questions in one category."""
    blocks = [f"$CATEGORY: {category}"]
    for question in questions:
        answers = "\n".join(f"  {line}" for line in question.answers())
        blocks.append(f"::{escape(question.title)}::[markdown]{escape(question.text)} {question.mark}\n{answers}\n}}")
    return "\n\n".join(blocks) + "\n"
