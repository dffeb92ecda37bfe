"""What evaluates in parallel: any executor, checked, and made again when a worker's death has broken it."""

from __future__ import annotations

import inspect
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from pickle import PicklingError
from typing import Any
from uuid import uuid4

import numpy as np

from nastutor.loop.history import History
from nastutor.loop.outcome import Outcome, evaluated
from nastutor.searchers.searcher import Proposal

RETRIES = 5
"""How often an evaluation is computed again because a worker died under it."""


class WorkerError(RuntimeError):
    """The machine failed, not an evaluation: workers died again and again. `history` holds everything before it."""

    history: History


class Pool:
    """The executor of one search.

    A dead worker is a failure of the machine: what was under way is computed again, up to `RETRIES` times each. An
    executor that a death has broken is replaced by another; what was made here is shut down at the end.

    Parameters
    ----------
    executor : an executor, or a function that makes one.
    evaluate : the evaluator.

    Raises
    ------
    TypeError : something else than an executor.
    """

    def __init__(self, executor: Executor | Callable[[], Executor], evaluate: Callable[..., Mapping[str, Any]]) -> None:
        self.evaluate = evaluate
        self._make = None if isinstance(executor, Executor) else executor
        self._executor = _checked(executor)
        self._is_mine = self._make is not None
        self._deaths: Counter[int] = Counter()
        self._is_loadable = False  # whether a worker is known to have loaded `evaluate`
        self.is_interrupted = False  # then what is still being computed is left to itself

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_mine:
            self._executor.shutdown(wait=not self.is_interrupted)

    @property
    def size(self) -> int:
        """The executor's number of workers; the number of processors if it does not say."""
        return getattr(self._executor, "_max_workers", None) or os.cpu_count() or 1

    def submit(self, proposal: Proposal) -> Future[Outcome]:
        """Begin an evaluation."""
        try:
            return self._submit(evaluated, self.evaluate, proposal, uuid4().hex)
        except (TypeError, AttributeError, PicklingError) as error:
            raise self._not_loadable(error) from error

    def outcome(self, future: Future[Outcome], proposal: Proposal) -> Outcome | None:
        """Return what an evaluation has come to; None if its worker died, and it is to be submitted again.

        Raises
        ------
        ValueError : the workers cannot load the evaluator.
        WorkerError : workers died under it more than `RETRIES` times.
        """
        death = CancelledError() if future.cancelled() else future.exception()
        if death is None:
            self._is_loadable = True
            return future.result()
        if isinstance(death, KeyboardInterrupt):
            raise death
        if not self._is_loadable and not _is_final(death):
            self._load_evaluate()
        self._deaths[proposal.id] += 1
        if self._deaths[proposal.id] > RETRIES or _is_final(death):
            raise WorkerError(
                f"workers died again and again under the evaluation of genotype {proposal.genotype}, the last time: "
                f"{_text(death)}. That is no result, so it is not recorded as failed. Does it need too much memory, "
                "call sys.exit, or crash? Evaluate it alone to see. What was done before is kept in this exception's "
                ".history"
            ) from death
        return None

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            return self._executor.submit(function, *arguments)
        except BrokenExecutor as broken:
            self._replace(broken)
            return self._executor.submit(function, *arguments)

    def _replace(self, broken: BrokenExecutor) -> None:
        successor = _another_like(self._executor) if self._make is None else _checked(self._make)
        if successor is None:
            kind = type(self._executor).__name__
            raise WorkerError(
                f"a worker died, and the {kind} is broken for good ({_text(broken)}). Give a function that makes one, "
                f"executor=lambda: {kind}(…), and the search goes on with another. What was done before is kept in "
                "this exception's .history"
            ) from broken
        self._executor.shutdown()  # the caller's as well: a broken one is good for nothing else
        self._executor, self._is_mine = successor, True

    def _load_evaluate(self) -> None:
        """Have a worker load `evaluate` and nothing else: a function that cannot be loaded looks like a death.

        A worker may die by chance meanwhile, so it is tried twice, and between the two whether workers live at all.
        """
        failure = self._failure_to_load(self.evaluate)
        if isinstance(failure, BrokenExecutor):
            if (death := self._failure_to_load(None)) is not None:
                raise WorkerError(
                    f"the workers die before they evaluate anything ({_text(death)}): does the pool's initializer "
                    "fail? In a script, a search with processes must stand under `if __name__ == '__main__':`"
                ) from death
            failure = self._failure_to_load(self.evaluate)
        if failure is not None:
            raise self._not_loadable(failure) from failure
        self._is_loadable = True

    def _not_loadable(self, failure: BaseException) -> ValueError:
        name = getattr(self.evaluate, "__qualname__", type(self.evaluate).__qualname__)
        return ValueError(
            f"the workers cannot load evaluate, here {name} ({_text(failure)}). Another process loads it by its "
            "module's name: put it into a module, a file that is imported (not a notebook, not a lambda, not a "
            "function in a function); or use threads, ThreadPoolExecutor(4); or, on Linux and for a function of a "
            "notebook, ProcessPoolExecutor(4, multiprocessing.get_context('fork'))"
        )

    def _failure_to_load(self, argument: Any) -> BaseException | None:
        return self._submit(_nothing, argument, uuid4().hex).exception()


def check_parallel(executor: Any, workers: Any, ordered: Any) -> None:
    """Raise ValueError for what `search` cannot use; the executor itself is checked by `Pool`."""
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int | np.integer) or workers < 1):
        raise ValueError(f"workers {workers!r}: give at least 1, a whole number")
    if workers is not None and executor is None:
        raise ValueError(f"workers={workers} does nothing without an executor: add executor=ThreadPoolExecutor(4)")
    if not isinstance(ordered, bool):
        raise ValueError(f"ordered {ordered!r}: choose True or False")


def _checked(executor: Any) -> Executor:
    made = executor() if callable(executor) and not isinstance(executor, Executor) else executor
    if isinstance(made, Executor):
        return made
    message = f"executor {made!r} of type {type(made).__name__} is no concurrent.futures.Executor"
    if hasattr(made, "get_executor"):
        raise TypeError(f"{message}: give its get_executor()")
    if hasattr(made, "submit"):
        raise TypeError(
            f"{message}: what its submit returns cannot be waited for. See help(nastutor.search) to wrap it"
        )
    raise TypeError(
        f"{message}: give one, such as ThreadPoolExecutor(4), ProcessPoolExecutor(4) or a Dask client's "
        "client.get_executor(), or a function that makes one"
    )


def _is_final(death: BaseException) -> bool:
    """Return whether the executor has computed again by itself what a dead worker had, in vain: Dask does, 3 times."""
    distributed = sys.modules.get("distributed")  # not loaded: then it is no exception of Dask's
    return distributed is not None and isinstance(death, distributed.KilledWorker)


def _another_like(pool: Executor) -> Executor | None:
    """Return a new pool with the arguments of a broken one, or None.

    No library has a public way to ask a pool for them. The standard library's and loky's keep each under its name with
    an underscore; a class that does not has to be made by a function of the user's.
    """
    arguments = {}
    for name, parameter in inspect.signature(type(pool)).parameters.items():
        if hasattr(pool, f"_{name}"):
            arguments[name] = getattr(pool, f"_{name}")
        elif parameter.default is parameter.empty:
            return None
    return type(pool)(**arguments)


def _nothing(*_: Any) -> None:
    """What a worker does to show that it lives, and can load the arguments."""


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
