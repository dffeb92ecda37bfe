"""Predictions: the reader's guess is kept until the result is there, and shown beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

Number = int | float
Order = Sequence[str]
Guess = Number | str | tuple[str, ...]


@dataclass(frozen=True)
class Prediction:
    """What a reader expects of a result that is not yet on the screen; made by `predict`."""

    guess: Guess | None
    choices: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def beside(self, answer: Number | str | Order) -> None:
        """Print the guess beside the answer: how far off a number is, how many pairs of an order are right.

        Parameters
        ----------
        answer : what came out: a number, one of the choices, or all of them in their order.

        Raises
        ------
        ValueError : the answer is not of the kind that was asked for.
        """
        told = _checked(answer, "the answer", None, self.choices, self.order)
        if self.guess is None:
            print(f"It is {_words(told)}. You had not predicted anything.")
        else:
            print(f"You predicted {_words(self.guess)}; it is {_words(told)}: {_difference(self.guess, told)}.")


def predict(
    question: str,
    guess: Number | str | Order | None = None,
    *,
    between: tuple[Number, Number] | None = None,
    choices: Sequence[str] = (),
    order: Sequence[str] = (),
) -> Prediction:
    """Ask the reader to predict, and keep the guess.

    Prints the question with what may be answered. The reader puts a guess in place of None and runs the cell; a later
    cell calls `.beside(answer)`.

    Parameters
    ----------
    question : what is asked, a sentence.
    guess : the reader's: a number, one of `choices`, or all of `order` in the expected order; None: none yet.
    between : the least and the greatest number that makes sense.
    choices : the answers to choose from.
    order : the things to put in order, first the one that the question asks for first.

    Returns
    -------
    Prediction : with `.guess`, and `.beside(answer)` to compare.

    Raises
    ------
    ValueError : a guess that is none of these, said with what is allowed; or both choices and an order.
    """
    if choices and order:
        raise ValueError("a prediction is a choice or an order, not both: give choices= or order=")
    kept = None if guess is None else _checked(guess, "your guess", between, choices, order)
    if choices:
        possible = "one of " + ", ".join(map(repr, choices))
    elif order:
        possible = f"an order of {list(order)!r}"
    else:
        possible = "a number" + (f" from {_words(between[0])} to {_words(between[1])}" if between else "")
    yours = "none yet; put it in place of None and run this cell again" if kept is None else _words(kept)
    print(f"Predict: {question}\nPossible: {possible}.\nYour guess: {yours}.")
    return Prediction(kept, tuple(choices), tuple(order))


def _checked(
    value: object, name: str, between: tuple[Number, Number] | None, choices: Sequence[str], order: Sequence[str]
) -> Guess:
    if choices:
        return _choice(value, name, choices)
    return _order(value, name, order) if order else _number(value, name, between)


def _number(value: object, name: str, between: tuple[Number, Number] | None) -> Number:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}, a number is asked for") from None
    if not math.isfinite(number) or (between and not between[0] <= number <= between[1]):
        limits = f" from {_words(between[0])} to {_words(between[1])}" if between else ""
        raise ValueError(f"{name} is {value!r}, a finite number{limits} is asked for")
    return number


def _choice(value: object, name: str, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is {value!r}, possible are {list(choices)}")
    return value


def _order(value: object, name: str, things: Sequence[str]) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or sorted(value) != sorted(things):
        raise ValueError(f"{name} is {value!r}, asked for is each of {list(things)} once, in order")
    return tuple(value)


def _words(value: Guess) -> str:
    if isinstance(value, tuple):
        return " > ".join(value)
    if isinstance(value, str):
        return repr(value)
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _difference(guess: Guess, answer: Guess) -> str:
    if guess == answer:
        return "right"
    if isinstance(guess, tuple) and isinstance(answer, tuple):
        pairs = list(combinations(answer, 2))
        right = sum(guess.index(first) < guess.index(second) for first, second in pairs)
        return f"{right} of {len(pairs)} pairs in the right order"
    if isinstance(guess, int | float) and isinstance(answer, int | float):
        return f"{_words(abs(guess - answer))} too {'high' if guess > answer else 'low'}"
    return "not what you expected"
