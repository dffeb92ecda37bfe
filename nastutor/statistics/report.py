"""The report of a search, in Markdown: what was chosen by what, what it is worth, and what a reviewer would ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nastutor.loop.history import History, Record
from nastutor.spaces.space import Genotype
from nastutor.statistics.audit import Check, card
from nastutor.statistics.bands import student_band


def report(
    runs: Mapping[str, Sequence[History]],
    measure: Callable[[Genotype], float],
    measured: str,
    describe: Callable[[Genotype], str] = str,
    defaults: Mapping[str, float] | None = None,
    checks: Sequence[Check] = (),
) -> str:
    """Write what a comparison of searches with one objective has found.

    Parameters
    ----------
    runs : by method its runs, the method that the report is about first.
    measure : what the architecture that a run ends with is worth, by data or seeds that chose nothing, in the unit of
        the objective. It is called once for each architecture.
    measured : says what `measure` is, for instance "test accuracy, percent".
    describe : writes an architecture, for instance ``space.to_string``.
    defaults : what else must be beaten, by name: the default network, measured alike.
    checks : of `nastutor.statistics.audit.audit`, for the card at the end.

    Returns
    -------
    The text. Intervals are Student's, at 95 %, over a method's runs; a single run has none.

    Raises
    ------
    ValueError : no runs, or one in which nothing was feasible (the message says what came closest).
    """
    if not runs or not all(runs.values()):
        raise ValueError("no runs: give the histories of at least one method")
    ends = {name: [history.best() for history in histories] for name, histories in runs.items()}
    worth = {record.genotype: 0.0 for records in ends.values() for record in records}
    worth = {genotype: float(measure(genotype)) for genotype in worth}
    first, objective = next(iter(runs)), next(iter(runs.values()))[0].objective[0]
    minimised = objective.startswith("-")
    sign = -1 if minimised else 1
    chosen = max(ends[first], key=lambda record: (_value(record), record.genotype))
    return "\n".join(
        [
            f"# What {first} found",
            "",
            f"Chosen was by **{objective.removeprefix('-')}**, {'smaller' if minimised else 'larger'} is better. "
            f"Reported is **{measured}**, which chose nothing.{_limits(next(iter(runs.values()))[0])}",
            "",
            f"| method | runs | evaluations a run | failed | {objective.removeprefix('-')} that chose | {measured} |",
            "|---|---|---|---|---|---|",
            *(_row(name, runs[name], ends[name], worth, sign) for name in runs),
            *(f"| {name} | | | | | {value:.2f} |" for name, value in (defaults or {}).items()),
            "",
            f"What chose is better than what is reported by {_gap(ends[first], worth, sign)} on average. It was the "
            "best of many, so a part of it is luck.",
            "",
            f"## The network: the best of {len(ends[first])} runs of {first} by the number that chose",
            "",
            f"`{describe(chosen.genotype)}`",
            "",
            *(f"- {name}: {value:.6g}" for name, value in chosen.metrics.items()),
            f"- {measured}: {worth[chosen.genotype]:.2f}",
            "",
            *(["## What a reviewer would ask", "", "```", card(checks), "```", ""] if checks else []),
        ]
    )


def _row(
    name: str, histories: Sequence[History], ends: Sequence[Record], worth: Mapping[Genotype, float], sign: int
) -> str:
    lengths = sorted({len(history) for history in histories})
    failed = sum(record.value is None for history in histories for record in history)
    numbers = [sign * np.array([_value(record) for record in ends]), np.array([worth[r.genotype] for r in ends])]
    spans = [str(student_band(some)) if len(some) > 1 else f"{some[0]:.2f}" for some in numbers]
    evaluations = " to ".join(f"{length:,}" for length in (lengths[0], lengths[-1])[: len(lengths)])
    return f"| {name} | {len(histories)} | {evaluations} | {failed} | {spans[0]} | {spans[1]} |"


def _gap(ends: Sequence[Record], worth: Mapping[Genotype, float], sign: int) -> str:
    gaps = np.array([_value(record) - sign * worth[record.genotype] for record in ends])
    return str(student_band(gaps)) if len(gaps) > 1 else f"{gaps[0]:.2f}"


def _limits(history: History) -> str:
    bounds = [
        " and ".join(f"{word} {bound:g}" for word, bound in zip(("at least", "at most"), limits) if bound is not None)
        + f" {name}"
        for name, limits in history.constraints.items()
    ]
    return f" Allowed: {', '.join(bounds)}." if bounds else ""


def _value(record: Record) -> float:
    assert isinstance(record.value, float)  # `best` has found it
    return record.value
