"""Checks of arguments: each returns the value, or raises a ValueError that says what was given and what is allowed."""

from __future__ import annotations

import itertools
import math
import reprlib
from collections.abc import Callable, Collection, Set
from numbers import Integral, Real
from typing import Any

import numpy as np

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 160
_SHORT.maxtuple = _SHORT.maxlist = _SHORT.maxdict = 40


def shown(value: Any) -> str:
    """Return the repr of any value for a message, shortened: an input of a million characters makes no such message."""
    try:
        return _SHORT.repr(value)
    except Exception:  # a repr that fails, such as that of an integer of 5,000 digits, must not hide what is wrong
        return f"a value of type {type(value).__name__}"


def listed(name: str, values: Any, most: int = 1_000_000) -> list[Any]:
    """Return the values of a list, a tuple, an array or the like; texts, sets (no order) and iterators are refused."""
    is_list = isinstance(values, Collection) and not isinstance(values, str | bytes | bytearray | Set)
    if not is_list or getattr(values, "ndim", 1) == 0:
        raise ValueError(f"{name} {shown(values)}: give a list")
    found = list(itertools.islice(values, most + 1))
    if len(found) > most:
        raise ValueError(f"{name} {shown(values)}: give at most {most:,}")
    return found


def as_float(value: Any) -> float:
    """Return a float of anything that is one number: of any library, in an array or tensor of one element too.

    Raises
    ------
    Exception : of any kind, for text, None, several numbers, or an integer that is too large.
    """
    if type(value) is float or type(value) is int:
        return float(value)  # the quick way for most
    if isinstance(value, np.ma.MaskedArray):
        value = np.ma.filled(value.astype(float), np.nan)  # item() would give what lies under the mask
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, str | bytes | bytearray):
        raise TypeError("text is no number, even where float() could read it")
    return float(value)


def as_numbers(name: str, given: Any) -> np.ndarray:
    """Return an array of floats, NaN where a mask hides a number."""
    try:
        if isinstance(given, np.ma.MaskedArray):
            given = np.ma.filled(given.astype(float), np.nan)
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError, OverflowError, MemoryError, RuntimeError):  # the last by torch
        raise ValueError(f"{name} {shown(given)}: give an array of numbers") from None


def whole_number(name: str, value: Any, lowest: int, highest: int | None = None, why: str = "") -> int:
    """Return an int; integers of numpy count, bools and floats do not.

    Parameters
    ----------
    name : of the argument.
    lowest, highest : what is allowed; None for no upper end.
    why : where the upper end comes from, for the message.
    """
    allowed = f"at least {lowest}" if highest is None else f"{lowest}…{highest}"
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or value < lowest or (highest is not None and value > highest):
        raise ValueError(f"{name} {shown(value)}: give a whole number, {allowed}{f' ({why})' if why else ''}")
    return int(value)


def real_number(name: str, value: Any, allowed: str, is_allowed: Callable[[float], bool] = math.isfinite) -> float:
    """Return a finite float; numbers of numpy count, bools and texts do not.

    Parameters
    ----------
    name : of the argument.
    allowed : the same as `is_allowed` in words, such as "a number above 0".
    is_allowed : of finite numbers; by default all are.
    """
    is_real = isinstance(value, Real) and not isinstance(value, bool)
    try:
        number = float(value) if is_real else math.nan
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and is_allowed(number)):
        raise ValueError(f"{name} {shown(value)}: give {allowed}")
    return number


def generator(seed: Any) -> np.random.Generator:
    """Return the generator of a seed: a whole number from 0, or a list of them; a generator is returned as it is."""
    if not isinstance(seed, np.random.Generator):
        for part in seed if isinstance(seed, list | tuple) else [seed]:
            whole_number("seed", part, 0)
    return np.random.default_rng(seed)


def positive_number(name: str, value: Any) -> float:
    """Return a float above 0."""
    return real_number(name, value, "a number above 0", lambda number: number > 0)


def probability(name: str, value: Any) -> float:
    """Return a float of 0…1."""
    return real_number(name, value, "a probability, 0…1", lambda number: 0 <= number <= 1)


def truth(name: str, value: Any) -> bool:
    """Return a bool; other values that Python takes for true, such as "no", are refused."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} {shown(value)}: give True or False")
    return value


def one_of(name: str, value: Any, choices: Collection[str]) -> str:
    """Return one of some names."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} {shown(value)}: choose one of {', '.join(choices)}")
    return value


def check_commas(path: Any, header: str) -> None:
    """Refuse a table whose columns are not separated by commas, by its first line: it would be one wide column."""
    others = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
    found = next((name for sign, name in others.items() if sign in header), None)
    if found is not None and "," not in header:
        raise ValueError(
            f"{path}: columns are separated by commas, here by {found} ({shown(header)}): save it as CSV with commas, "
            "and with points in its numbers"
        )
