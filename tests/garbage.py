"""Values that no function expects, and the rule for what may come of them: a valid result, or an error that helps."""

import ast
import math
from collections import deque
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

import nastutor

PACKAGE = Path(nastutor.__file__).parent

GARBAGE = (
    None, True, False, 0, 1, -1, 2, 7, 10**30, 10**5000, 0.0, 0.5, 1.0, -0.5, math.nan, math.inf, -math.inf, 1j,
    "", "0", "abc", "a=b|c=d", "∞\x00\n", "x" * 3000, b"\x00\x01", bytearray(b"\x01"), memoryview(b"\x00" * 6),
    (), (0,), [0], [], (0, 0), [None], [[0]], ((0, 1), (2, 3)), {}, {"a": 1}, {1: 2}, {0, 1}, frozenset(), range(3),
    range(10**12), deque([0, 1]), np.array(3), np.array(3.5), np.array([]), np.array([0, 1]), np.zeros((2, 2), int),
    np.zeros((1, 6)), np.array([True, False]), np.array(["a"]), np.array([None]), np.int64(1), np.int64(-1),
    np.float64(0.5), np.float32(math.nan), np.bool_(True), np.str_("abc"), np.datetime64("2024-01-01"), Decimal(1),
    Fraction(1, 2), Fraction(2), object(), object, len, lambda *_: 0, ..., NotImplemented, slice(3), iter([0, 1]),
    (value for value in (0, 1)), Path("here"), ValueError("abc"),
)  # fmt: skip


@cache
def _raises(path):
    """The lines of a file that belong to a raise statement, or to a function that makes the error."""
    nodes = ast.walk(ast.parse(Path(path).read_text(encoding="utf-8")))
    return {line for node in nodes if isinstance(node, ast.Raise) for line in range(node.lineno, node.end_lineno + 1)}


def outcome(call, allowed=ValueError):
    """Return (result, None), or (None, the message) of an error that the package raises itself, with what is allowed.

    Whatever comes out of numpy, of Python or of a library as it is fails the test: it says nothing to a reader.
    """
    try:
        return call(), None
    except allowed as error:
        trace = error.__traceback__
        while trace.tb_next is not None:
            trace = trace.tb_next
        path, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        assert Path(path).is_relative_to(PACKAGE), f"raised outside, at {path}, line {line}: {error!r}"
        assert line in _raises(path), f"not raised by {path}, line {line}, but by what it calls: {error!r}"
        assert len(str(error)) < 4000, "a message, not the input"
        return None, str(error)
