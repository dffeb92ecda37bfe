"""What an evaluation comes to: plain numbers, copied the moment the evaluator returns, or why it failed."""

from __future__ import annotations

import pickle
import reprlib
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nastutor.arguments import as_float
from nastutor.searchers.searcher import Proposal


class Outcome(NamedTuple):
    """What an evaluation came to.

    metrics : by name; of a failed evaluation what there is.
    error : why it failed, or None.
    cause : the exception that it failed with, if it is at hand.
    mistake : what the evaluator returned in place of metrics by name: for its author to correct, no failure to record.
    """

    metrics: dict[str, float]
    error: str | None = None
    cause: Exception | None = None
    mistake: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the outcome, in a worker process, with a cause that the other side can load."""
        cause = None if self.cause is None else _portable(self.cause)
        return Outcome, (self.metrics, self.error, cause, self.mistake)


def evaluated(evaluate: Callable[..., Mapping[str, Any]], proposal: Proposal, ticket: str = "") -> Outcome:
    """Evaluate a proposal, here or in a worker. Whatever the evaluator raises is in the outcome.

    So an exception that a worker's future holds never comes from the evaluation: the machine failed, or what was sent
    could not be loaded. The `ticket` makes a call differ from an equal one, which Dask would not compute again.
    """
    genotype, epochs = proposal.genotype, proposal.epochs
    try:
        returned = evaluate(genotype) if epochs is None else evaluate(genotype, epochs=epochs)
        if type(returned) is dict or isinstance(returned, Mapping):  # the first is quick, the second right
            return Outcome(*plain_metrics(returned))
    except Exception as failure:
        return Outcome({}, f"{type(failure).__name__}: {failure}", failure)
    return Outcome({}, mistake=f"evaluate must return metrics by name, got {_shown(returned)} for genotype {genotype}")


def plain_metrics(returned: Mapping[str, Any]) -> tuple[dict[str, float], str | None]:
    """Copy metrics to floats; return those that are numbers, and which are none (or None)."""
    metrics: dict[str, Any] = dict(returned)
    for value in metrics.values():
        if type(value) is not float:
            break
    else:  # as tables have it
        return metrics, None
    useless = []
    for name, value in returned.items():
        try:
            metrics[name] = as_float(value)
        except Exception:
            del metrics[name]
            useless.append(f"{name} is {_shown(value)}, which is no number")
    return metrics, "; ".join(useless) or None


def _shown(value: Any) -> str:
    return " ".join(reprlib.repr(value).split())


def _portable(failure: Exception) -> Exception:
    """Return an exception that another process can load, with the traceback, which does not travel, as a note."""
    try:
        copy = pickle.loads(pickle.dumps(failure))
    except Exception:
        copy = RuntimeError(f"{type(failure).__name__}: {failure}")
    copy.add_note("".join(traceback.format_exception(failure)))
    return copy
