"""What a search may spend."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nastutor.searchers.searcher import Proposal


class Budget:
    """What a search may spend: evaluations, simulated training seconds, epochs."""

    def __init__(self, budget: int | None, max_seconds: float | None, max_epochs: int | None) -> None:
        if budget is None and max_seconds is None and max_epochs is None:
            raise ValueError("give a budget (evaluations), max_seconds or max_epochs, or the search may never end")
        if budget is not None and (not isinstance(budget, int | np.integer) or budget <= 0):
            raise ValueError(f"budget {budget!r}: give a positive whole number of evaluations")
        for name, limit in [("max_seconds", max_seconds), ("max_epochs", max_epochs)]:
            if limit is not None and not limit > 0:
                raise ValueError(f"{name} {limit!r}: give a positive number")
        self.evaluations, self.max_seconds, self.max_epochs = budget, max_seconds, max_epochs
        self.seconds = 0.0
        self.epochs = 0
        self._runs: dict[int, tuple[Proposal, float]] = {}

    def is_spent(self, evaluations: int) -> bool:
        return (
            (self.evaluations is not None and evaluations >= self.evaluations)
            or (self.max_seconds is not None and self.seconds >= self.max_seconds)
            or (self.max_epochs is not None and self.epochs >= self.max_epochs)
        )

    def charge(self, proposal: Proposal, metrics: Mapping[str, float]) -> None:
        if self.max_seconds is None and self.max_epochs is None:
            return
        seconds = metrics.get("train_seconds", 0.0)
        if self.max_seconds is not None and metrics and "train_seconds" not in metrics:
            raise ValueError(f"max_seconds needs the metric train_seconds; evaluate returned {', '.join(metrics)}")
        if self.max_epochs is not None and proposal.epochs is None:
            raise ValueError("max_epochs needs a searcher that sets the epochs; this one leaves them open: use budget")
        if self.max_seconds is not None and not math.isfinite(seconds):
            raise ValueError(f"max_seconds needs finite train_seconds; evaluate returned {seconds}")
        trained, spent = 0, 0.0
        if proposal.parents and proposal.parents[0] in self._runs:
            parent, parent_seconds = self._runs[proposal.parents[0]]
            if parent.genotype == proposal.genotype and (parent.epochs or 0) < (proposal.epochs or 0):
                trained, spent = parent.epochs or 0, parent_seconds
        self.epochs += (proposal.epochs or 0) - trained
        self.seconds += seconds - spent
        self._runs[proposal.id] = (proposal, seconds)
