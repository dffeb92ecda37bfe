"""What a search may spend."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping

from nastutor.searchers.searcher import Proposal

FREE_IN_A_ROW = 1000
"""A search with `max_seconds` alone ends after so many evaluations in a row that cost nothing."""


class Budget:
    """What a search may spend: evaluations, simulated training seconds, epochs."""

    def __init__(self, budget: int | None, max_seconds: float | None, max_epochs: int | None) -> None:
        if budget is None and max_seconds is None and max_epochs is None:
            raise ValueError("give a budget (evaluations), max_seconds or max_epochs, or the search may never end")
        if budget is not None and not (_is(numbers.Integral, budget) and budget > 0):
            raise ValueError(f"budget {budget!r}: give a positive whole number of evaluations")
        for name, limit in [("max_seconds", max_seconds), ("max_epochs", max_epochs)]:
            if limit is not None and not (_is(numbers.Real, limit) and 0 < limit < math.inf):
                raise ValueError(f"{name} {limit!r}: give a positive number, not infinite")
        self.evaluations, self.max_seconds, self.max_epochs = budget, max_seconds, max_epochs
        self.seconds = 0.0
        self.epochs = 0
        self.free_in_a_row = 0  # counted where nothing but the seconds can end the search
        self._runs: dict[int, tuple[Proposal, float]] = {}

    def is_spent(self, evaluations: int) -> bool:
        return (
            (self.evaluations is not None and evaluations >= self.evaluations)
            or (self.max_seconds is not None and self.seconds >= self.max_seconds)
            or (self.max_epochs is not None and self.epochs >= self.max_epochs)
            or self.free_in_a_row >= FREE_IN_A_ROW
        )

    def charge(self, proposal: Proposal, metrics: Mapping[str, float], has_failed: bool = False) -> None:
        if self.max_seconds is None and self.max_epochs is None:
            return
        if self.max_epochs is not None and proposal.epochs is None:
            raise ValueError("max_epochs needs a searcher that sets the epochs; this one leaves them open: use budget")
        seconds = metrics.get("train_seconds", math.nan)
        if not 0 <= seconds < math.inf:
            if self.max_seconds is not None and metrics and not has_failed:
                shown = ", ".join(f"{name} = {value:g}" for name, value in metrics.items())
                raise ValueError(f"max_seconds needs train_seconds, finite and not negative; evaluate returned {shown}")
            seconds = 0.0
        trained, spent = 0, 0.0
        if proposal.parents and proposal.parents[0] in self._runs:
            parent, parent_seconds = self._runs[proposal.parents[0]]
            if parent.genotype == proposal.genotype and (parent.epochs or 0) < (proposal.epochs or 0):
                trained, spent = parent.epochs or 0, parent_seconds
        self.epochs += (proposal.epochs or 0) - trained
        cost = max(seconds - spent, 0.0)
        is_free = self.seconds + cost == self.seconds and self.evaluations is None and self.max_epochs is None
        self.free_in_a_row = self.free_in_a_row + 1 if is_free else 0
        self.seconds += cost
        self._runs[proposal.id] = (proposal, seconds)


def _is(kind: type, value: object) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
