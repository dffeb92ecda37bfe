"""The process in which a student's code runs. It knows the questions; it knows no grade and decides none."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import json
import math
import os
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from nastutor.course import wire
from nastutor.exercises.called import copy_of, is_as_before
from nastutor.searchers.searcher import Searcher

MISSING = object()


class Questions:
    """Stands in for `Homework`: tells what is given, and nothing about answers."""

    def __init__(self, given: dict[str, dict[str, Any]]) -> None:
        self._given = given

    def given(self, name: str) -> dict[str, Any]:
        """Return the numbers of a question, by name."""
        return dict(self._given[name])

    def ask(self, name: str) -> None:
        """Show nothing: nobody looks."""

    def check(self, name: str, answer: Any = ...) -> None:
        """Check nothing: the grader does."""


class Shell:
    """Stands in for the notebook's shell: runs the Python in a magic, and no other magic or command."""

    def __init__(self, execute: Callable[[str], None]) -> None:
        self._execute = execute

    def run_line_magic(self, name: str, line: str, *rest: Any) -> None:
        """Run what `%time` is to time."""
        if name == "time":
            self._execute(line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Run what `%%time`, `%%capture` or `%%prun` is to time, to keep silent or to profile."""
        if name in ("time", "capture", "prun"):
            self._execute(cell)

    def getoutput(self, command: str, *rest: Any) -> list[str]:
        """Return what a command prints: nothing."""
        return []

    def __getattr__(self, name: str) -> Shell:
        return self

    def __call__(self, *arguments: Any, **named: Any) -> None:
        """Do nothing: whatever else a shell has is for those who look at it."""


class Worker:
    """Runs the cells of one notebook, in one namespace, and calls the functions that they define."""

    def __init__(self, connection: Connection, given: dict[str, dict[str, Any]]) -> None:
        self.connection = connection
        self.names: dict[str, Any] = {"__name__": "__main__", "display": lambda *args, **kwargs: None}
        self.names["homework"] = Questions(given)
        self.names["get_ipython"] = lambda: Shell(self._execute)
        self.kept: list[Any] = []  # functions and searchers that the grader may call

    def serve(self) -> None:
        """Do what the grader says until it hangs up."""
        while True:
            command, *data = self._receive()
            getattr(self, command)(*data)

    def _receive(self) -> Any:
        return wire.unpack(self.connection.recv_bytes(), self._stand_in)

    def _send(self, **message: Any) -> None:
        self.connection.send_bytes(json.dumps(message).encode())

    def _stand_in(self, place: int) -> Callable[..., Any]:
        def call_the_grader(*arguments: Any, **named: Any) -> Any:
            self._send(function=place, arguments=wire.encode(list(arguments)), named=wire.encode(named))
            kind, value = self._receive()
            if kind == "error":
                raise wire.decode_error(value)
            return value

        return call_the_grader

    def allow(self, seconds: float) -> None:
        """Let the system end this process after so many more seconds of processor time, where it can (not Windows)."""
        with contextlib.suppress(ImportError, ValueError, OSError):
            import resource

            _, most = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), most))

    def run(self, source: str, name: str) -> None:
        """Run a cell, and say what the answer is, which is what the cell left under that name."""
        before, failed = self.names.get(name, MISSING), None
        try:
            self._execute(source)
        except BaseException as error:
            failed = wire.encode_error(error)
        answer = self.names.get(name, MISSING)
        if answer is MISSING or (failed and answer is before):
            self._send(error=failed or wire.encode_error(NameError(f"name {name!r} is not defined")))
        elif callable(answer):
            self._send(answer={"callable": self._keep(answer), "text": wire.encode(_text(answer))})
        else:
            self._send(answer=wire.encode(answer))

    def _execute(self, source: str) -> None:
        if any(mark in source for mark in "%!?"):
            from IPython.core.inputtransformer2 import TransformerManager

            source = TransformerManager().transform_cell(source)  # of %magic, !command and name? it makes calls
        code = compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, self.names))
        else:
            exec(code, self.names)

    def _keep(self, thing: Any) -> int:
        self.kept.append(thing)
        return len(self.kept) - 1

    def call(self, place: int, arguments: tuple[Any, ...]) -> None:
        """Call a function that an answer is, and return its result and the state of the generators it drew from."""
        before = [copy_of(argument) for argument in arguments]
        try:
            result = self.kept[place](*arguments)
        except BaseException as error:
            self._send(error=wire.encode_error(error))
            return
        states = [wire.encode(one.bit_generator.state) for one in arguments if isinstance(one, np.random.Generator)]
        if isinstance(result, Searcher):
            answer = {"searcher": self._keep(result), "asked": wire.encode(result.asked)}
        elif hasattr(result, "state_dict") and hasattr(result, "training"):
            answer = {"network": wire.encode(result.state_dict()), "training": [m.training for m in result.modules()]}
        elif callable(result):
            answer = {"object": _text(result)}
        else:
            answer = wire.encode(result)
        self._send(answer=answer, states=states, changed=not all(map(is_as_before, before, arguments)))

    def ask(self, place: int) -> None:
        """Ask a searcher."""
        try:
            self._send(answer=wire.encode(self.kept[place].ask()))
        except BaseException as error:
            self._send(error=wire.encode_error(error))

    def tell(self, place: int, *arguments: Any) -> None:
        """Tell a searcher."""
        try:
            self.kept[place].tell(*arguments)
        except BaseException as error:
            self._send(error=wire.encode_error(error))
        else:
            self._send(answer=None)


def _text(thing: Any) -> str:
    try:
        return repr(thing)
    except Exception:
        return f"an object of type {type(thing).__name__}"


def start(connection: Connection, folder: str, given: dict[str, dict[str, Any]], memory: int) -> None:
    """Run until the grader hangs up: in a folder of its own, silent, and with a limit of memory in bytes."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that what it starts can be ended with it
    os.chdir(folder)
    os.environ |= {"MPLBACKEND": "agg", "HOME": folder}
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    sys.stdout = sys.stderr = os.fdopen(nothing, "w", encoding="utf-8")
    _limit(memory)
    _hide_the_answers()
    with contextlib.suppress(EOFError, BrokenPipeError):
        Worker(connection, given).serve()


def _limit(memory: int) -> None:
    """Limit memory and the size of files, where the system can do that (Linux; macOS does so in part)."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in (("RLIMIT_DATA", memory), ("RLIMIT_FSIZE", 10**8), ("RLIMIT_CORE", 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, kind), (most, most))


def _hide_the_answers() -> None:
    """Let no exercise answer itself. It is a fence and no wall: the package is open, and so are its solutions."""
    from nastutor.exercises import Exercise

    def refuse(self: Exercise) -> Any:
        raise PermissionError("an answer that is handed in may not ask for the official one")

    Exercise.official_answer = refuse  # type: ignore[method-assign]
