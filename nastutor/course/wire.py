"""What passes between the grader and the process in which a student's code runs.

To that process go pickles, which the grader made. From there come JSON texts alone: to read a pickle is to run what it
says. They hold plain values, which is what answers are; of all else, only how it is printed.
"""

from __future__ import annotations

import builtins
import io
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from types import FunctionType
from typing import Any

import numpy as np

from nastutor.statistics import Band

LONGEST = 100_001
"""Of what gives values one by one no more are read: it might have no end. Checks allow 100,000."""


class Unreadable:
    """Stands for a value that is not plain: it has the text of one and no other property."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def encode(value: Any) -> Any:
    """Return a value as lists, dictionaries, texts and numbers, which JSON can hold. Never raises.

    Numbers of numpy become Python's; tensors, Series and DataFrames become arrays; whatever gives values one by one
    becomes a list; an interval with the attributes low and high becomes a pair.
    """
    try:
        return _encode(value)
    except (Exception, RecursionError):
        return {"object": f"an object of type {type(value).__name__}"}


def _encode(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value)
    if value is ...:
        return {"dots": 0}
    if isinstance(value, type):
        return {"object": repr(value)}
    if isinstance(value, Band):
        return {"band": [_encode(value.mean), _encode(value.low), _encode(value.high)]}
    if hasattr(value, "low") and hasattr(value, "high"):
        return {"tuple": [_encode(value.low), _encode(value.high)]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes):
        return {"object": repr(value)}
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    elif hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, np.ndarray):
        return _encode_array(value)
    if isinstance(value, Mapping):
        return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_encode(item) for item in value]}
    if isinstance(value, Iterable):
        return [_encode(item) for item in islice(value, LONGEST)]
    if hasattr(value, "__float__"):
        return float(value)
    return {"object": repr(value)}


def _encode_array(array: np.ndarray) -> Any:
    if array.dtype.kind not in "biuf":
        return _encode(array.tolist())
    return {"array": array.tolist(), "type": array.dtype.name, "shape": list(array.shape)}


def decode(plain: Any) -> Any:
    """Return the value that `encode` wrote; what it did not write raises an exception of some kind."""
    if isinstance(plain, list):
        return [decode(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    kind = next(iter(plain))
    content = plain[kind]
    if kind == "dots":
        return ...
    if kind == "complex":
        return complex(*content)
    if kind == "object":
        return Unreadable(str(content))
    if kind == "band":
        return Band(*map(decode, content))
    if kind == "tuple":
        return tuple(decode(item) for item in content)
    if kind == "dict":
        return {decode(key): decode(item) for key, item in content}
    if kind == "array":
        dtype = np.dtype(str(plain["type"]))
        if dtype.kind not in "biuf":
            raise ValueError(f"an array of {dtype}")
        return np.array(content, dtype=dtype).reshape([int(length) for length in plain["shape"]])
    raise ValueError(f"an unknown kind of value, {kind!r}")


def encode_error(error: BaseException) -> list[Any]:
    """Return an exception as its name and what it was made of."""
    return [type(error).__name__, [encode(argument) for argument in error.args]]


def decode_error(plain: Any) -> Exception:
    """Return the exception of that name if it is one of Python's, else a new kind of that name."""
    name, arguments = plain
    kind = getattr(builtins, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = type(str(name), (Exception,), {})
    return kind(*map(decode, arguments))


class _Pickler(pickle.Pickler):
    """Leaves functions that no module holds, such as those that count their calls, with the grader."""

    def __init__(self, file: io.BytesIO, kept: list[Callable[..., Any]]) -> None:
        super().__init__(file, protocol=5)
        self.kept = kept

    def persistent_id(self, obj: Any) -> int | None:
        if not isinstance(obj, FunctionType) or not ("<locals>" in obj.__qualname__ or "<lambda>" in obj.__qualname__):
            return None
        self.kept.append(obj)
        return len(self.kept) - 1


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, stand_in: Callable[[int], Any]) -> None:
        super().__init__(file)
        self.stand_in = stand_in

    def persistent_load(self, pid: Any) -> Any:
        return self.stand_in(pid)


def pack(message: Sequence[Any]) -> tuple[bytes, list[Callable[..., Any]]]:
    """Return a message of the grader as bytes, and the functions in it that can only be called where they are."""
    file, kept = io.BytesIO(), list[Callable[..., Any]]()
    _Pickler(file, kept).dump(message)
    return file.getvalue(), kept


def unpack(data: bytes, stand_in: Callable[[int], Any]) -> Any:
    """Read a message of the grader; each function that stayed there becomes ``stand_in(its place)``."""
    return _Unpickler(io.BytesIO(data), stand_in).load()
