"""The loop that all searches share: ask a searcher, evaluate, tell it the result, keep the record."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from typing import Any, Protocol

from nastutor.loop.budget import FREE_IN_A_ROW, Budget
from nastutor.loop.goal import Bounds, Goal
from nastutor.loop.history import History
from nastutor.loop.log import Log
from nastutor.loop.parallel import run_in_parallel
from nastutor.loop.pool import Pool, check_parallel
from nastutor.loop.run import EvaluationError as EvaluationError
from nastutor.loop.run import Run, run_serially
from nastutor.searchers.searcher import Searcher


class Evaluator(Protocol):
    """Anything that measures an architecture: a table, a training run, a cost model, or a function of your own.

    Called as ``evaluate(genotype)``, or ``evaluate(genotype, epochs=…)`` where the searcher sets the epochs. Returns
    metrics by name; the suite's names are val_accuracy and test_accuracy (percent), train_seconds, params, macs and
    latency_ms.
    """

    def __call__(self, genotype: Any, /) -> Mapping[str, float]: ...


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
    executor: Executor | Callable[[], Executor] | None = None,
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
    log : a file; each ask and tell is appended as it happens. If it exists, the search goes on from it. One search at
        a time writes to it; a file that is no log is left as it is.
    executor : any `concurrent.futures.Executor`, to evaluate in parallel, or a function that makes one, such as
        ``lambda: ProcessPoolExecutor(4)``; see the notes.
    workers : how many evaluations to keep under way with an executor; the executor's own number by default.
    ordered : with an executor, tell the results in the order of the asks, so that the run depends on the number of
        workers but not on their speed.
    progress : show a progress bar once a search takes over two seconds; by default unless CI is set.

    Returns
    -------
    The history. Ctrl-C ends the search with what was done (``history.interrupted``), and with what is being computed
    by threads, which cannot be stopped; press it again to leave that.

    Raises
    ------
    ValueError, TypeError : an argument or a result has the wrong form; the message says what is allowed.
    EvaluationError : the evaluator raised, or returned what is no finite number (with ``on_error="raise"``).
    WorkerError : workers died again and again.
    LogError : the log is damaged, is being written by another search, or belongs to another.

    Once the search has begun, any exception carries what was done as ``history``.

    Notes
    -----
    A worker that dies has not failed an evaluation: what was under way is computed again, on a new pool where the death
    has broken the old one. The search makes that by itself for the standard library's pools and for loky's; for others
    give a function that makes one.

    Processes load `evaluate` by the name of its module: it must be in a file that they can import.

    Dask: ``executor=client.get_executor(), workers=20``. Ray and submitit (Slurm) have no
    `concurrent.futures.Executor`; a few lines make one::

        class Ray(Executor):
            def submit(self, function, /, *arguments):
                return ray.remote(function).remote(*arguments).future()

        class Slurm(Executor):
            def __init__(self, jobs, size):  # jobs: a submitit.AutoExecutor
                self.jobs, self.waiting = jobs, ThreadPoolExecutor(size)

            def submit(self, function, /, *arguments):
                return self.waiting.submit(self.jobs.submit(function, *arguments).result)
    """
    if isinstance(searcher, type):
        raise TypeError(f"give a searcher, not its class: {searcher.__name__}(space, seed=0)")
    if not callable(getattr(searcher, "ask", None)) or not callable(getattr(searcher, "tell", None)):
        raise TypeError(f"searcher must have ask and tell, such as RandomSearch(space, seed=0); got {searcher!r}")
    if not callable(evaluate):
        raise TypeError(f"evaluate must be a function of a genotype, such as bench.evaluate; got {evaluate!r}")
    if not isinstance(on_error, str) or on_error not in ("raise", "record"):
        raise ValueError(f"on_error {on_error!r}: choose 'raise' or 'record'")
    spending = Budget(budget, max_seconds, max_epochs)
    if on_error == "record" and budget is None and max_epochs is None:
        raise ValueError("on_error='record' with max_seconds alone may never end (failures cost none): add a budget")
    goal = Goal(objective, constraints)
    check_parallel(executor, workers, ordered)
    is_free = executor is not None and not ordered  # results are told as they come
    if not isinstance(log, str | os.PathLike | None):
        raise TypeError(f"log {log!r}: give the path of a file")
    if log is not None and searcher.asked:
        raise ValueError(f"a log needs a fresh searcher; this one has asked {searcher.asked} times already")
    with ExitStack() as stack:
        pool = None if executor is None else stack.enter_context(Pool(executor, evaluate))
        parallel = 1 if pool is None else workers or pool.size
        book = None
        if log is not None:
            header = {"searcher": searcher.settings(), "space": searcher.space.signature()} | goal.header()
            book = Log(log, header | {"workers": "any, in any order" if is_free else parallel})
            stack.callback(book.close)
        bar = _Progress(budget, not os.environ.get("CI") if progress is None else progress)
        stack.callback(bar.close)
        run = Run(searcher, evaluate, goal, spending, on_error, book, is_free, bar.step)
        try:
            if book is not None and is_free:
                run.replay(book)
            if pool is None:
                run_serially(run)
            else:
                run_in_parallel(run, pool, parallel, ordered)
        except KeyboardInterrupt:
            run.history.interrupted = True
            warnings.warn(f"interrupted after {len(run.history)} evaluations; they are kept", stacklevel=2)
        except Exception as error:
            error.history = run.history  # type: ignore[attr-defined]
            raise
    if spending.free_in_a_row >= FREE_IN_A_ROW:
        message = f"the last {FREE_IN_A_ROW} evaluations cost no train_seconds: max_seconds={max_seconds} may never be"
        warnings.warn(f"{message} reached, so the search ends here; to choose its end, add a budget", stacklevel=2)
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

    Raises
    ------
    Exception : what `search` raises, with the finished runs as ``histories`` and the one that failed as ``history``.
    """
    if not callable(make_searcher):
        raise TypeError(f"make_searcher must be a function of a seed, such as a class; got {make_searcher!r}")
    if not isinstance(seeds, Iterable) or isinstance(seeds, str):
        raise TypeError(f"seeds {seeds!r}: give several, such as range(10)")
    log = options.pop("log", None)
    if log is not None and "{seed}" not in str(log):
        raise ValueError(f"log {str(log)!r}: the runs need a file each, so put {{seed}} into the name")
    histories: list[History] = []
    for seed in seeds:
        path = None if log is None else str(log).replace("{seed}", str(seed))
        try:
            histories.append(search(make_searcher(seed), evaluate, budget, log=path, **options))
        except Exception as error:
            error.add_note(f"seed {seed}; the {len(histories)} runs before it are in this exception's .histories")
            error.histories = histories  # type: ignore[attr-defined]
            raise
        if histories[-1].interrupted:
            break
    return histories


class _Progress:
    """A tqdm bar that appears, if it is wanted, when a search takes over two seconds."""

    def __init__(self, total: int | None, is_wanted: bool) -> None:
        self.total, self.is_wanted, self.count = total, is_wanted, 0
        self.bar: Any = None
        self.start = time.monotonic()

    def step(self) -> None:
        self.count += 1
        if self.bar is not None:
            self.bar.update()
        elif self.is_wanted and time.monotonic() - self.start > 2:
            from tqdm.auto import tqdm

            self.bar = tqdm(total=self.total, initial=self.count, unit="evaluation")

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
