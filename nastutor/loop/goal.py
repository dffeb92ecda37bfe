"""What a search is after: objectives with their signs, and constraints."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nastutor.arguments import shown
from nastutor.loop.history import RESERVED, is_reserved
from nastutor.searchers.searcher import Proposal, Value

Bounds = tuple[float | None, float | None]


class Goal:
    """Turns metrics into what a searcher is told: objective values with their signs, and constraint violation."""

    def __init__(self, objective: str | Sequence[str], constraints: Mapping[str, Bounds] | None) -> None:
        if not isinstance(objective, Sequence):
            raise ValueError(f"objective {objective!r}: give a metric's name, or a tuple of names")
        if not isinstance(constraints, Mapping | None):
            raise ValueError(f"constraints {constraints!r}: give bounds by metric, such as {{'params': (None, 1e6)}}")
        self.names = (objective,) if isinstance(objective, str) else tuple(objective)
        if not self.names:
            raise ValueError("objective is empty: name a metric, such as 'val_accuracy' or '-latency_ms'")
        self.terms: list[tuple[str, float]] = []
        for name in self.names:
            metric = name.removeprefix("-") if isinstance(name, str) else ""
            if not metric or metric[0] == "-":
                raise ValueError(f"objective {name!r}: give a metric's name, with a leading '-' to minimise it")
            self.terms.append((metric, -1.0 if name[0] == "-" else 1.0))
        metrics = [metric for metric, _ in self.terms]
        if len(set(metrics)) < len(metrics):
            raise ValueError(f"objective {self.names}: each metric once")
        self.constraints = {name: self._bounds(name, bounds) for name, bounds in (constraints or {}).items()}
        self._fitting: tuple[str, ...] | None = None  # the names of metrics that were last found to fit
        self.check_names([*metrics, *self.constraints])

    def _bounds(self, name: str, bounds: Bounds) -> Bounds:
        try:
            lowest, highest = (None if bound is None else float(bound) for bound in bounds)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"constraint {name}: give (lowest, highest), None for no bound, got {shown(bounds)}"
            ) from None
        if lowest is None and highest is None:
            raise ValueError(f"constraint {name}: (None, None) allows everything; give a bound or leave it out")
        if not (-math.inf if lowest is None else lowest) <= (math.inf if highest is None else highest):
            raise ValueError(f"constraint {name}: nothing lies between {bounds[0]} and {bounds[1]}")
        return lowest, highest

    def header(self) -> dict[str, Any]:
        return {"objective": list(self.names), "constraints": {name: [*b] for name, b in self.constraints.items()}}

    def check_names(self, metrics: Iterable[str]) -> None:
        """Raise ValueError for a metric that could be no column of `History.to_frame`, or no objective."""
        for name in metrics:
            if not isinstance(name, str) or not name or name[0] == "-":
                raise ValueError(f"metric {name!r}: give a name, without a leading '-', which means to minimise")
            if is_reserved(name):
                raise ValueError(f"metric {name!r}: a history has that name for itself, as {RESERVED}; choose another")

    def judge(self, metrics: Mapping[str, float], proposal: Proposal) -> tuple[Value, float, str | None]:
        """Return (value, violation, None), or (None, 0, why a used metric is unusable)."""
        names = tuple(metrics)
        if names != self._fitting:
            self.check_names(names)
            self._check_used(names, proposal)
            self._fitting = names
        values = []
        for metric, sign in self.terms:
            value = metrics[metric]
            if not math.isfinite(value):
                return None, 0.0, f"{metric} is {value}"
            values.append(sign * value)
        violation = 0.0
        for name, (lowest, highest) in self.constraints.items():
            value = metrics[name]
            if not math.isfinite(value):
                return None, 0.0, f"{name} is {value}"
            if lowest is not None and value < lowest:
                violation += (lowest - value) / (abs(lowest) or 1.0)
            if highest is not None and value > highest:
                violation += (value - highest) / (abs(highest) or 1.0)
        return (values[0] if len(values) == 1 else tuple(values)), violation, None

    def _check_used(self, names: Sequence[str], proposal: Proposal) -> None:
        used = [("objective", metric) for metric, _ in self.terms] + [("constraint", name) for name in self.constraints]
        for role, name in used:
            if name not in names:
                known = ", ".join(names) or "nothing"
                message = f"{role} {name!r}: the evaluation of {proposal.genotype} returned {known}"
                raise ValueError(f"{message}; choose among these")
