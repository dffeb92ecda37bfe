"""The loop that all searches share: ask a searcher, evaluate, tell it the result, keep the record."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Protocol

from nastutor.budget import Budget
from nastutor.goal import Bounds, Goal
from nastutor.history import History, Record
from nastutor.log import Log, LogError
from nastutor.searchers.searcher import Proposal, Searcher, Value


class Evaluator(Protocol):
    """Anything that measures an architecture: a table, a training run, a cost model, or a function of your own.

    Called as ``evaluate(genotype)``, or ``evaluate(genotype, epochs=…)`` where the searcher sets the epochs. Returns
    metrics by name; the suite's names are val_accuracy and test_accuracy (percent), train_seconds, params, macs and
    latency_ms.
    """

    def __call__(self, genotype: Any, /) -> Mapping[str, float]: ...


class EvaluationError(RuntimeError):
    """An evaluation failed. `history` holds everything before it."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


def search(
    searcher: Searcher,
    evaluate: Callable[..., Mapping[str, float]],
    budget: int | None = None,
    objective: str | Sequence[str] = "val_accuracy",
    *,
    constraints: Mapping[str, Bounds] | None = None,
    max_seconds: float | None = None,
    max_epochs: int | None = None,
    on_error: str = "raise",
    log: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    ordered: bool = False,
    progress: bool | None = None,
) -> History:
    """Run a search until its budget is spent or the searcher has finished.

    Parameters
    ----------
    searcher : a fresh searcher (with a log too: the log is replayed into it).
    evaluate : see `Evaluator`.
    budget : the number of evaluations; an architecture that comes twice counts twice.
    objective : the metric to maximise; ``"-latency_ms"`` minimises. Several names: several objectives.
    constraints : ``{"params": (None, 1e6)}``, lowest and highest allowed, None for no bound.
    max_seconds : stop when the evaluations' ``train_seconds`` add up to this; the one that reaches it is kept.
    max_epochs : stop when the proposals' epochs add up to this; the same rule. A proposal that trains its parent's
        architecture on is charged the additional epochs and seconds only.
    on_error : ``"raise"`` stops the run with an `EvaluationError` that carries the history; ``"record"`` keeps the
        failure as a record without a value, tells the searcher, and goes on.
    log : a file; each ask and tell is appended as it happens. If it exists, the search goes on from it.
    executor : any `concurrent.futures.Executor`, to evaluate in parallel.
    workers : how many evaluations to keep under way with an executor; the executor's own number by default.
    ordered : with an executor, tell the results in the order of the asks, so that the run depends on the number of
        workers but not on their speed.
    progress : show a progress bar once a search takes over two seconds; by default unless CI is set.

    Returns
    -------
    The history. Ctrl-C ends the search with what was done (``history.interrupted``).

    Raises
    ------
    ValueError, TypeError : an argument or a result has the wrong form; the message says what is allowed. Once the
        search has begun, the exception carries what was done as ``history``.
    EvaluationError : the evaluator raised or returned a value that is not finite (with ``on_error="raise"``).
    LogError : the log is damaged or belongs to another search.
    """
    if isinstance(searcher, type):
        raise TypeError(f"give a searcher, not its class: {searcher.__name__}(space, seed=0)")
    if not callable(evaluate):
        raise TypeError(f"evaluate must be a function of a genotype, such as bench.evaluate; got {evaluate!r}")
    if on_error not in ("raise", "record"):
        raise ValueError(f"on_error {on_error!r}: choose 'raise' or 'record'")
    spending = Budget(budget, max_seconds, max_epochs)
    if on_error == "record" and budget is None and max_epochs is None:
        raise ValueError("on_error='record' with max_seconds alone may never end (failures cost none): add a budget")
    goal = Goal(objective, constraints)
    parallel = 1 if executor is None else _count_workers(executor, workers)
    book = None
    is_free = executor is not None and not ordered  # results are told as they come
    if log is not None:
        if searcher.asked:
            raise ValueError(f"a log needs a fresh searcher; this one has asked {searcher.asked} times already")
        header = {"searcher": searcher.settings(), "space": searcher.space.signature()} | goal.header()
        book = Log(log, header | {"workers": "any, in any order" if is_free else parallel})
    run = _Run(searcher, evaluate, goal, spending, on_error, book, is_free)
    if progress is None:
        progress = not os.environ.get("CI")
    bar = _Progress(budget) if progress else None
    try:
        if book is not None and is_free:
            run.replay(book)
        if executor is None:
            _run_serially(run, bar)
        else:
            _run_in_parallel(run, executor, parallel, ordered, bar)
    except (TypeError, ValueError) as error:
        error.history = run.history  # type: ignore[union-attr]
        raise
    except KeyboardInterrupt:
        run.history.interrupted = True
        warnings.warn(f"interrupted after {len(run.history)} evaluations; they are kept", stacklevel=2)
    finally:
        if book is not None:
            book.close()
        if bar is not None:
            bar.close()
    return run.history


def repeat(
    make_searcher: Callable[[int], Searcher],
    evaluate: Callable[..., Mapping[str, float]],
    budget: int | None = None,
    seeds: Iterable[int] = range(100),
    **options: Any,
) -> list[History]:
    """Run one search per seed: what honest statistics need.

    Parameters
    ----------
    make_searcher : builds a searcher from a seed, e.g. ``lambda seed: RandomSearch(space, seed=seed)``.
    evaluate, budget : see `search`.
    seeds : the seeds, one run each.
    options : further arguments of `search`; a ``log`` must contain ``{seed}``.

    Returns
    -------
    One history a seed, in order. After Ctrl-C: those that were begun.
    """
    log = options.pop("log", None)
    if log is not None and "{seed}" not in str(log):
        raise ValueError(f"log {str(log)!r}: the runs need a file each, so put {{seed}} into the name")
    histories = []
    for seed in seeds:
        path = None if log is None else str(log).replace("{seed}", str(seed))
        histories.append(search(make_searcher(seed), evaluate, budget, log=path, **options))
        if histories[-1].interrupted:
            break
    return histories


def _run_serially(run: _Run, bar: _Progress | None) -> None:
    while (proposal := run.ask()) is not None:
        outcome = run.recorded(proposal) or _outcome(_evaluate, run.evaluate, proposal)
        run.tell(proposal, *outcome)
        if bar is not None:
            bar.step()


def _run_in_parallel(run: _Run, executor: Executor, workers: int, ordered: bool, bar: _Progress | None) -> None:
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
                if bar is not None:
                    bar.step()
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


class _Run:
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
    ) -> None:
        self.searcher, self.evaluate, self.goal, self.budget = searcher, evaluate, goal, budget
        self.on_error, self.log, self.is_free = on_error, log, is_free
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


class _Progress:
    """A tqdm bar that appears only when a search takes over two seconds."""

    def __init__(self, total: int | None) -> None:
        self.total, self.count = total, 0
        self.bar: Any = None
        self.start = time.monotonic()

    def step(self) -> None:
        self.count += 1
        if self.bar is not None:
            self.bar.update()
        elif time.monotonic() - self.start > 2:
            from tqdm.auto import tqdm

            self.bar = tqdm(total=self.total, initial=self.count, unit="evaluation")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _count_workers(executor: Executor, workers: int | None) -> int:
    if workers is None:
        workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    if workers < 1:
        raise ValueError(f"workers {workers}: give at least 1")
    return workers
