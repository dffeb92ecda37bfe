"""A limit for code that somebody else wrote, which may never end."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 10
"""Waiting uses no processor time, so a limit of s seconds of it also ends after PATIENCE · s seconds on the clock."""


class OutOfTime(BaseException):
    """The limit is reached. No `Exception`, so that the code under the limit does not catch it by accident."""


def within(seconds: float, function: Callable[[], T]) -> T:
    """Return what a function returns, or stop it after so many seconds of processor time.

    Processor time, so that a loaded machine does not change what passes. A second thread watches, and raises in this
    one: that works on every system, in any thread, and leaves signals alone, so a notebook can be interrupted as ever.
    It takes effect between two steps of Python: a single call that never returns, as ``list(itertools.count())``, is
    beyond its reach.

    Raises
    ------
    OutOfTime : the limit is reached.
    """
    caller = ctypes.c_ulong(threading.get_ident())
    is_over, is_raised, turn = threading.Event(), threading.Event(), threading.Lock()
    used, clock = time.process_time(), time.monotonic()

    def watch() -> None:
        while not is_over.wait(0.1):
            if time.process_time() - used > seconds or time.monotonic() - clock > PATIENCE * seconds:
                with turn:
                    if not is_over.is_set():
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(caller, ctypes.py_object(OutOfTime))
                        is_raised.set()
                return

    def stop_watching() -> None:
        with turn:
            is_over.set()
        # What was raised in the last moment surfaces at the next step of Python: here, not in somebody else's code.
        # (To clear it, with a null pointer, leaves the interpreter looking for it at every step from then on.)
        for _ in range(1000 * is_raised.is_set()):
            pass

    threading.Thread(target=watch, daemon=True).start()
    try:
        result = function()
    except OutOfTime:
        raise
    except BaseException:
        stop_watching()
        raise
    stop_watching()
    return result
