"""Calling a reader's function: whatever goes wrong in it gets a message that helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nastutor.exercises.answers import NotAttempted, Wrong, describe, describe_error


def copy_of(given: Any) -> Any:
    """Copy what a function could change of what it is given: arrays, tensors, lists and dictionaries of anything."""
    if isinstance(given, np.ndarray):
        return given.copy()
    if hasattr(given, "detach"):
        return given.detach().clone()
    if isinstance(given, list):
        return [copy_of(item) for item in given]
    if isinstance(given, dict):
        return {key: copy_of(item) for key, item in given.items()}
    return given


def is_as_before(copy: Any, given: Any) -> bool:
    """Say whether something still is what `copy_of` made of it."""
    if isinstance(copy, list):
        return len(copy) == len(given) and all(map(is_as_before, copy, given))
    if isinstance(copy, dict):
        return copy.keys() == given.keys() and all(is_as_before(item, given[key]) for key, item in copy.items())
    if isinstance(copy, np.ndarray) or hasattr(copy, "detach"):
        if copy.shape != given.shape:
            return False
        return bool((copy == given).all() or ((copy == given) | ((copy != copy) & (given != given))).all())  # NaN
    return copy is given or copy == given


WATCHED = 5
"""Calls of a reader's function whose arguments are copied, and compared afterwards: some are of ten megabytes."""


class Called:
    """A reader's function. Calling it turns what may go wrong into `Wrong` or `NotAttempted`.

    A function that changes the arrays, tensors, lists or dictionaries that it is given is wrong: a caller still needs
    them; the first `WATCHED` calls are looked at. A function of another process (see `nastutor.course.sandbox`) gets
    copies, and says so by an attribute.
    """

    def __init__(self, answer: Any) -> None:
        if not callable(answer):
            raise Wrong(f"Give the function itself (its name, without brackets): got {describe(answer)}.")
        self.function = answer
        self.has_answered = False
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        before = [copy_of(argument) for argument in arguments] if self.calls <= WATCHED else []
        try:
            result = self.function(*arguments)
        except NotImplementedError:
            raise NotAttempted("Your function still raises NotImplementedError.") from None
        except (Exception, SystemExit) as error:
            raise Wrong(f"Your function fails for {_inputs(arguments)}: {describe_error(error)}") from None
        if result is None or result is ...:
            if self.has_answered:
                raise Wrong(f"Your function returns {describe(result)} for {_inputs(arguments)}.")
            raise NotAttempted("Your function returns nothing yet: write its body, and end it with return.")
        self.has_answered = True
        if getattr(self.function, "changes_arguments", False) or not all(map(is_as_before, before, arguments)):
            raise Wrong("Your function changes what it is given, which its caller still needs: work on a copy.")
        return result


def _inputs(arguments: tuple[Any, ...]) -> str:
    return f"the input {', '.join(describe(argument) for argument in arguments)}"


def explain_values(
    values: Sequence[Any], inputs: Sequence[Any], ways: Sequence[tuple[Callable[..., Any], str]], *arguments: Any
) -> None:
    """Return if a reader's function has the right values, those of the first way; else raise `Wrong`.

    Parameters
    ----------
    values : what the reader's function returned for each of the inputs.
    arguments : that every way gets beside an input.
    ways : the right function and typical mistakes, each with what to say if it explains all values.
    """
    expected = [[way(given, *arguments) for given in inputs] for way, _ in ways]
    if values == expected[0]:
        return
    for found, (_, text) in zip(expected[1:], ways[1:]):
        if values == found:
            raise Wrong(text)
    value, truth = next((value, truth) for value, truth in zip(values, expected[0]) if value != truth)
    raise Wrong(f"Your function returns {value} where it should be {truth}.")
