"""The grader's end: starts the process in which a student's code runs, talks to it, and ends it."""

from __future__ import annotations

import contextlib
import copy
import json
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

from nastutor.course import wire, worker
from nastutor.exercises.time_limit import PATIENCE, OutOfTime
from nastutor.searchers.searcher import Proposal, Searcher, Value
from nastutor.spaces.cell import CellSpace

MEMORY = 4 * 2**30
"""Bytes that a student's code may take, where the system has such a limit."""

WAIT = 300
"""Seconds on the clock that a loaded machine may take for what needs little processor time."""

LARGEST = 50_000_000
"""Bytes of a message: an answer is no larger than that."""

_SPAWN = multiprocessing.get_context("spawn")


class ProcessEnded(Exception):
    """The process is no longer there: the code ended it, took too much memory, or wrote what is no message."""


class Sandbox:
    """A process that runs one student's cells.

    Parameters
    ----------
    given : the numbers of each question, by its name.
    memory : bytes, see `MEMORY`.
    """

    def __init__(self, given: dict[str, dict[str, Any]], memory: int = MEMORY) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="nastutor-grade-", ignore_cleanup_errors=True)
        self.connection, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=worker.start, args=(theirs, self.folder.name, given, memory), daemon=False)
        self.process.start()
        theirs.close()
        self.is_busy = self.has_ended = False
        self.deadline = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def allow(self, seconds: float) -> float:
        """Give it so many seconds of processor time from now; return how long that may take on the clock."""
        wait = max(WAIT, PATIENCE * seconds) if hasattr(os, "setsid") else PATIENCE * seconds
        self.deadline = time.monotonic() + wait
        with contextlib.suppress(OSError):
            self.connection.send_bytes(wire.pack(("allow", seconds))[0])
        return wait

    def end(self) -> None:
        """End the process and what it started."""
        if self.has_ended:
            return
        self.has_ended = True
        self.process.join(0.1)  # of one that ended by itself, this keeps why
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg") and self.process.pid and os.getpgid(self.process.pid) == self.process.pid:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.folder.cleanup()

    def run(self, source: str, name: str) -> Any:
        """Run a cell and return what it left under a name: a plain value, or a function that runs over there.

        Raises
        ------
        Exception : the cell failed, or left nothing.
        OutOfTime, ProcessEnded : the process is gone.
        """
        message = self._exchange("run", source, name)
        answer = message["answer"]
        if isinstance(answer, dict) and "callable" in answer:
            return RemoteFunction(self, int(answer["callable"]), str(answer["text"]))
        return wire.decode(answer)

    def call(self, place: int, arguments: Sequence[Any]) -> tuple[Any, bool]:
        """Call a function over there; return its result, and whether it changed what it was given."""
        message = self._exchange("call", place, tuple(arguments))
        drawn_from = [one for one in arguments if isinstance(one, np.random.Generator)]
        try:
            for generator, state in zip(drawn_from, message["states"]):
                generator.bit_generator.state = wire.decode(state)
            return self._result(message["answer"], arguments), bool(message.get("changed"))
        except (Exception, RecursionError) as error:
            raise self._ended(f"it sent what is no result ({type(error).__name__})") from None

    def _result(self, answer: Any, arguments: Sequence[Any]) -> Any:
        if isinstance(answer, dict) and "searcher" in answer:
            return RemoteSearcher(self, int(answer["searcher"]), int(answer["asked"]))
        if isinstance(answer, dict) and "network" in answer:
            # The network that was given, with the state of the one that came back.
            network = copy.deepcopy(next(one for one in arguments if hasattr(one, "state_dict")))
            return _with_state(network, wire.decode(answer["network"]), answer["training"])
        return wire.decode(answer)

    def _exchange(self, *message: Any) -> dict[str, Any]:
        """Send a message and return the reply; until it comes, answer the calls of functions that stayed here."""
        if self.has_ended:
            raise ProcessEnded("The process that ran the code is gone.")
        self.is_busy = True
        try:
            data, kept = wire.pack(message)
            self.connection.send_bytes(data)
            while "function" in (reply := self._receive()):
                self.connection.send_bytes(wire.pack(_called(kept, reply))[0])
        except (EOFError, OSError):
            self.end()
            if hasattr(signal, "SIGXCPU") and self.process.exitcode == -signal.SIGXCPU:
                raise OutOfTime from None
            raise self._ended("it ended itself, crashed, or took too much memory") from None
        self.is_busy = False
        if "error" in reply:
            raise wire.decode_error(reply["error"])
        return reply

    def _receive(self) -> dict[str, Any]:
        while not self.connection.poll(min(0.2, max(0.0, self.deadline - time.monotonic()))):
            if time.monotonic() > self.deadline:
                self.end()
                raise OutOfTime
        try:
            reply = json.loads(self.connection.recv_bytes(LARGEST))
            if not isinstance(reply, dict):
                raise ValueError("no message")
        except (ValueError, RecursionError):
            raise self._ended("it sent what is no message") from None
        return reply

    def _ended(self, why: str) -> ProcessEnded:
        self.end()
        return ProcessEnded(f"The process that ran the code is gone: {why}.")


def _called(kept: list[Callable[..., Any]], reply: dict[str, Any]) -> tuple[str, Any]:
    try:
        arguments, named = wire.decode(reply["arguments"]), wire.decode(reply["named"])
        return "value", kept[int(reply["function"])](*arguments, **named)
    except Exception as error:
        return "error", wire.encode_error(error)


def _with_state(network: Any, state: dict[str, np.ndarray], training: list[bool]) -> Any:
    import torch

    network.load_state_dict({name: torch.from_numpy(np.asarray(array)) for name, array in state.items()})
    for module, is_training in zip(network.modules(), training):
        module.training = bool(is_training)
    return network


class RemoteFunction:
    """A student's function. It is called here and runs there: what it is given are copies, what comes back is plain."""

    def __init__(self, sandbox: Sandbox, place: int, text: str) -> None:
        self.sandbox, self.place, self.text = sandbox, place, text
        self.changes_arguments = False  # of the last call

    def __call__(self, *arguments: Any) -> Any:
        result, self.changes_arguments = self.sandbox.call(self.place, arguments)
        return result

    def __repr__(self) -> str:
        return self.text


class RemoteSearcher(Searcher):
    """A searcher of cells that a student's function returned: it is asked and told there, and evaluated here."""

    def __init__(self, sandbox: Sandbox, place: int, asked: int) -> None:
        super().__init__(CellSpace())
        self.sandbox, self.place, self.asked = sandbox, place, asked

    def ask(self) -> Proposal | None:
        proposal = wire.decode(self.sandbox._exchange("ask", self.place)["answer"])
        if proposal is None:
            return None
        name, genotype, epochs, parents = proposal
        return Proposal(name, genotype, epochs, parents)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        self.sandbox._exchange("tell", self.place, proposal, value, violation)
