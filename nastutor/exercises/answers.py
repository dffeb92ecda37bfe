"""Reading answers: any object may be given as an answer, and each gets a message that helps."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice
from numbers import Integral
from typing import Any

import numpy as np

from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import Band

CELLS = CellSpace()


class Wrong(Exception):
    """An answer that is not right; the message helps without giving the answer away."""


class NotAttempted(Exception):
    """No answer yet."""


def describe(value: Any, limit: int = 70) -> str:
    """Write any object in one line, without memory addresses."""
    if isinstance(value, np.random.Generator):
        return "a random generator"
    if isinstance(value, np.generic):
        value = value.item()
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"an object of type {type(value).__name__}"
    return _shorten(without_addresses(text), limit)


def describe_error(error: BaseException) -> str:
    """Write an exception in one line, without memory addresses."""
    return _shorten(f"{type(error).__name__}: {without_addresses(' '.join(str(error).split()))}", 200)


def without_addresses(text: str) -> str:
    """Remove memory addresses, which differ from run to run."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def is_number(answer: Any) -> bool:
    """Say whether something is one real number: Python's, numpy's, torch's, or an array, tensor or Series of one."""
    value = _plain_number(answer)
    return hasattr(value, "__float__") and not isinstance(value, bool) and not callable(value)


def number(answer: Any, infinity: bool = False) -> float:
    """Read one number (see `is_number`); raise `Wrong` for anything else, and for infinity unless it is allowed."""
    if callable(answer):
        raise Wrong(f"A number is asked for, not a function: got {describe(answer)}.")
    if not is_number(answer):
        raise Wrong(f"A number is asked for: got {describe(answer)}.")
    try:
        value = float(_plain_number(answer))
    except (OverflowError, ValueError):  # 10**400, or a Decimal that signals
        value = math.nan
    if math.isnan(value) or (math.isinf(value) and not infinity):
        raise Wrong(f"A finite number is asked for: got {describe(answer)}.")
    return value


def _plain_number(answer: Any) -> Any:
    """Take the value out of an array, a tensor (with a gradient or without), a Series or a DataFrame of one."""
    if hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    if hasattr(answer, "item"):
        try:
            return answer.item()
        except (ValueError, TypeError, RuntimeError):  # more than one
            return None
    return answer


def numbers(answer: Any, length: int | None, what: str) -> np.ndarray:
    """Read a sequence of numbers (see `sequence` and `number`) as an array, (length,)."""
    return np.array([number(value) for value in sequence(answer, length, what)], dtype=float)


def pair(answer: Any, infinity: bool = False) -> tuple[float, float]:
    """Read an interval (low, high), or anything with the attributes low and high; no infinite one unless allowed."""
    if hasattr(answer, "low") and hasattr(answer, "high"):
        answer = (answer.low, answer.high)
    ends = sequence(answer, 2, "an interval (low, high)")
    low, high = number(ends[0], infinity), number(ends[1], infinity)
    if low > high:
        raise Wrong(f"An interval is (low, high), the smaller end first: got ({low:g}, {high:g}).")
    return low, high


LONGEST = 100_000
"""Of a sequence of any length no more is read: it might have no end."""


def sequence(answer: Any, length: int | None, what: str) -> list[Any]:
    """Read whatever gives values one by one (a list, tuple, array, tensor, Series, range, generator, view of a dict).

    Parameters
    ----------
    answer : what was given.
    length : how many values it must have; None for any number.
    what : what is asked for, for the message.

    Returns
    -------
    The values; those of arrays, tensors and Series as Python's own.
    """
    if hasattr(answer, "tolist") and not isinstance(answer, type):
        answer = answer.tolist()
    if isinstance(answer, str | bytes | dict) or not isinstance(answer, Iterable):
        raise Wrong(f"The answer is {what}: got {describe(answer)}.")
    most = LONGEST if length is None else length
    items = list(islice(answer, most + 1))
    if len(items) > most or (length is not None and len(items) < length):
        count = f"more than {most:,}" if len(items) > most else len(items)
        raise Wrong(f"The answer is {what}: got {count} values in {describe(answer)}.")
    return items


def read_cell(answer: Any) -> Genotype:
    """Read a cell, given as a genotype or as a string."""
    try:
        if isinstance(answer, str):
            return CELLS.from_string(answer)
        return CELLS.validate(tuple(sequence(answer, 6, "a cell: six numbers, or its string")))
    except (ValueError, TypeError) as error:
        raise Wrong(f"{describe(answer)} is no cell: {error}") from None


def fits(value: float, truth: float, tolerance: float, mistaken: Iterable[float]) -> bool:
    """Say whether a number is right within an absolute tolerance.

    What equals what a typical error gives, to six digits or to as many as are written if these are three or more, is
    that error, however near, unless it is the truth, rounded.
    """
    off, equal = abs(value - truth), 1e-6 * abs(value)
    is_rounded = any(value == round(truth, digits) for digits in range(7))
    written = Decimal(repr(value)).normalize().as_tuple()
    decimals = -int(written.exponent) if len(written.digits) >= 3 else 17
    is_mistake = any(abs(value - number) <= equal or round(number, decimals) == value for number in mistaken)
    return off <= tolerance and (off <= equal or is_rounded or not is_mistake)


def compare(
    answer: Any, truth: float, tolerance: float, mistakes: Sequence[tuple[float, str]], low: str = "", high: str = ""
) -> None:
    """Return if a number is right, or raise `Wrong`.

    Parameters
    ----------
    answer : what was given.
    truth, tolerance : what is right (see `fits`).
    mistakes : what typical errors would give, and what to say to each; matched to half a percent.
    low, high : what to say to other numbers that are too small, or too large.
    """
    value = number(answer)
    if fits(value, truth, tolerance, (mistaken for mistaken, _ in mistakes)):
        return
    near = [item for item in mistakes if abs(value - item[0]) <= max(1e-9, 0.005 * abs(item[0]))]
    if near:
        raise Wrong(min(near, key=lambda item: abs(value - item[0]))[1])
    side, more = ("small", low) if value < truth else ("large", high)
    raise Wrong(f"{value:.6g} is too {side}.{' ' if more else ''}{more}")


CANNOT_BE_TOLD = "cannot be told"


def choice(answer: Any, words: Sequence[str]) -> str:
    """Read one of several words, whatever its case, blanks, dashes and underscores."""
    known = {_plain(word): word for word in words}
    if not isinstance(answer, str) or _plain(answer) not in known:
        raise Wrong(f"Answer with one of {', '.join(map(repr, words))}: got {describe(answer)}.")
    return known[_plain(answer)]


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word.lower())


def decided_by(band: Band, above: str, below: str) -> tuple[str, ...]:
    """Return what a band of a difference says, `above` or `below` zero or neither, and what else is right.

    Where zero lies within a quarter of the band's width from one of its ends, other runs may decide otherwise, so
    "cannot be told" is right there as well as that side.
    """
    side = above if band.mean > 0 else below
    near_end = band.low if band.mean > 0 else -band.high
    said = side if near_end > 0 else CANNOT_BE_TOLD
    if abs(near_end) < (band.high - band.low) / 4:
        return said, CANNOT_BE_TOLD if said == side else side
    return (said,)


def whole_number(value: Any, what: str) -> int:
    """Return what a reader's function gave as an integer, or say that it is none."""
    plain = _plain_number(value)  # of an array or a tensor of one
    if isinstance(plain, Integral) and not isinstance(plain, bool):
        return int(plain)  # it may be larger than a float can hold
    if not is_number(value) or math.isinf(float(plain)) or float(plain) != int(plain):
        raise Wrong(f"{what} is a whole number: got {describe(value)}.")
    return int(plain)
