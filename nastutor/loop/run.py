"""What happens inside `nastutor.search`: the state of one run, and the two ways to go through it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

from nastutor.loop.budget import Budget
from nastutor.loop.goal import Goal
from nastutor.loop.history import History, Record
from nastutor.loop.log import Log, LogError
from nastutor.searchers.searcher import Proposal, Searcher, Value


class EvaluationError(RuntimeError):
    """An evaluation failed. `history` holds everything before it."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


def run_serially(run: Run) -> None:
    """Ask, evaluate, tell, until the budget is spent or the searcher has finished."""
    while (proposal := run.ask()) is not None:
        outcome = run.recorded(proposal) or _outcome(_evaluate, run.evaluate, proposal)
        run.tell(proposal, *outcome)


def run_in_parallel(run: Run, executor: Executor, workers: int, ordered: bool) -> None:
    """The same with `workers` evaluations under way, told as they come or in the order of the asks."""
    under_way: dict[Future, Proposal] = {}
    overtaking: set[Future] = set()

    def submit(proposal: Proposal) -> None:
        known = run.recorded(proposal)
        future = executor.submit(_evaluate, run.evaluate, proposal) if known is None else _finished(known)
        under_way[future] = proposal

    def next_in_order() -> Future:
        """Wait for the oldest; what overtakes it is logged at once, so that a killed run does not lose it."""
        oldest = next(iter(under_way))
        while not oldest.done():
            for future in wait(under_way.keys() - overtaking, return_when=FIRST_COMPLETED).done - {oldest}:
                overtaking.add(future)
                if future.exception() is None:
                    run.keep(under_way[future], future.result())
        return oldest

    try:
        for interrupted in list(run.open.values()):  # asked before an interruption, never told
            submit(interrupted)
        while True:
            while len(under_way) < workers and (proposal := run.ask()) is not None:
                submit(proposal)
            if not under_way:
                return
            done = {next_in_order()} if ordered else wait(under_way, return_when=FIRST_COMPLETED).done
            for future in [future for future in under_way if future in done]:
                outcome = _outcome(future.result)
                run.tell(under_way.pop(future), *outcome)
    except Exception:
        wait([future for future in under_way if not future.cancel()])  # what is being computed is not thrown away
        raise
    finally:
        for future, proposal in under_way.items():
            if not future.cancel() and future.done() and future.exception() is None:
                run.keep(proposal, future.result())


Outcome = tuple[Mapping[str, float], str | None, Exception | None]
"""(metrics, None, None), or (the metrics if there are any, what went wrong, the exception if it is at hand)."""


class _RecordedError(Exception):
    """A failure that the log remembers: (what went wrong, the metrics if there are any)."""


def _evaluate(evaluate: Callable[..., Mapping[str, float]], proposal: Proposal) -> Mapping[str, float]:
    if proposal.epochs is None:
        return evaluate(proposal.genotype)
    return evaluate(proposal.genotype, epochs=proposal.epochs)


def _outcome(get: Callable[..., Mapping[str, float]], *args: Any) -> Outcome:
    try:
        return get(*args), None, None
    except _RecordedError as failure:
        error, metrics = failure.args
        return metrics, error, None
    except Exception as failure:
        return {}, f"{type(failure).__name__}: {failure}", failure


def _finished(outcome: Outcome) -> Future:
    metrics, error, _ = outcome
    future: Future = Future()
    if error is None:
        future.set_result(metrics)
    else:
        future.set_exception(_RecordedError(error, metrics))
    return future


class Run:
    """The state of one search: what was asked, told, charged and written down."""

    def __init__(
        self,
        searcher: Searcher,
        evaluate: Callable[..., Mapping[str, float]],
        goal: Goal,
        budget: Budget,
        on_error: str,
        log: Log | None,
        is_free: bool,
        when_told: Callable[[], None],
    ) -> None:
        self.searcher, self.evaluate, self.goal, self.budget = searcher, evaluate, goal, budget
        self.on_error, self.log, self.is_free, self.when_told = on_error, log, is_free, when_told
        self.history = History(goal.names, goal.constraints, log.path if log else None)
        self.open: dict[int, Proposal] = {}

    def ask(self) -> Proposal | None:
        if self.budget.is_spent(len(self.history) + len(self.open)):
            return None
        proposal = self.searcher.ask()
        if proposal is not None:
            self.open[proposal.id] = proposal
            if self.log is not None:
                self.log.ask(proposal)
        elif self.log is not None and self.is_free:
            self.log.wait()
        return proposal

    def recorded(self, proposal: Proposal) -> Outcome | None:
        """Return the result that the log holds, if it does."""
        entry = self.log.tells.get(proposal.id) if self.log is not None else None
        if entry is None:
            return None
        return entry.content.get("metrics", {}), entry.content.get("error"), None

    def tell(
        self, proposal: Proposal, metrics: Mapping[str, float], error: str | None, cause: Exception | None = None
    ) -> None:
        value: Value = None
        violation = 0.0
        if error is None:
            value, violation, error = self.goal.judge(metrics, proposal)
        if error is not None and self.on_error == "raise":
            message = f"evaluation {len(self.history)} of genotype {proposal.genotype} failed: {error}"
            message += f"; the {len(self.history)} before it are kept in this exception's .history"
            raise EvaluationError(message, self.history) from cause
        if self.log is not None:
            self.log.tell(proposal, metrics, error)
        del self.open[proposal.id]
        self.budget.charge(proposal, metrics)
        self.history.records.append(Record(proposal, metrics, value, violation, error))
        self.searcher.tell(proposal, value, violation)
        self.when_told()

    def keep(self, proposal: Proposal, metrics: Mapping[str, float]) -> None:
        """Log a result before it is told, so that a search that ends here need not compute it again."""
        if self.log is None:
            return
        with contextlib.suppress(TypeError, ValueError):  # what cannot be used is computed again
            if self.goal.judge(metrics, proposal)[2] is None:
                self.log.tell(proposal, metrics, None)

    def replay(self, log: Log) -> None:
        """Repeat the log's asks and tells in the order in which they happened."""
        for entry in log.entries[1:]:
            if "wait" in entry.content:
                self.searcher.ask()
            elif "ask" in entry.content:
                if self.budget.is_spent(len(self.history) + len(self.open)):
                    return
                if self.ask() is None:
                    raise LogError(f"{log.path}, line {entry.line}: the log asks on where this search has finished")
            elif (proposal := self.open.get(entry.content["tell"])) is not None:
                self.tell(proposal, entry.content.get("metrics", {}), entry.content.get("error"))
