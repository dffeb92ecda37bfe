"""A limit for code that somebody else wrote, which may never end."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 5
"""Waiting uses no processor time, so a limit of s seconds of it also ends after PATIENCE · s seconds on the clock."""


class OutOfTime(BaseException):
    """The limit is reached. No `Exception`, so that the code under the limit does not catch it by accident."""


def within(seconds: float, function: Callable[[], T], wait: float | None = None) -> T:
    """Return what a function returns, or stop it after so many seconds of processor time, or of `wait` on the clock.

    Processor time, so that a loaded machine does not change what passes. A second thread watches, and raises in this
    one: that works on every system and in any thread, and a notebook can be interrupted as ever. It takes effect
    between two steps of Python (and ends a wait in the main thread, except on Windows): a single call that computes
    without end, as ``list(itertools.count())``, is beyond its reach.

    Raises
    ------
    OutOfTime : the limit is reached.
    """
    caller = threading.get_ident()
    is_over, is_raised, turn = threading.Event(), threading.Event(), threading.Lock()
    used, clock = time.process_time(), time.monotonic()
    longest = PATIENCE * seconds if wait is None else wait

    def watch() -> None:
        while not is_over.wait(0.1):
            if time.process_time() - used > seconds or time.monotonic() - clock > longest:
                with turn:
                    if not is_over.is_set():
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(caller), ctypes.py_object(OutOfTime))
                        is_raised.set()
                        wake(caller)
                return

    def stop_watching() -> None:
        with turn:
            is_over.set()
        # What was raised in the last moment surfaces at the next step of Python: here, not in somebody else's code.
        # (To clear it, with a null pointer, leaves the interpreter looking for it at every step from then on.)
        for _ in range(1000 * is_raised.is_set()):
            pass

    with _can_be_woken() as wake:
        threading.Thread(target=watch, daemon=True).start()
        try:
            return function()
        finally:
            stop_watching()


@contextmanager
def _can_be_woken() -> Iterator[Callable[[int], None]]:
    """Give what wakes this thread from a wait, if it is the main one, which alone handles signals.

    The signal is one that nothing else uses and that by default does nothing. To handle it, the thread takes a step of
    Python, in which it meets what was raised.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGURG"):
        yield lambda thread: None
        return
    before = signal.signal(signal.SIGURG, lambda number, frame: None)
    try:
        yield lambda thread: signal.pthread_kill(thread, signal.SIGURG)
    finally:
        signal.signal(signal.SIGURG, before if before is not None else signal.SIG_DFL)
