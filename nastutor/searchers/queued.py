"""What searchers share that queue what comes next and learn from every result."""

from __future__ import annotations

from collections import deque

import numpy as np

from nastutor.searchers.searcher import FAILED, Proposal, Score, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace

Parents = tuple[int, ...]


class QueuedSearch(Searcher):
    """Ask what is queued, in order; once all of it is told, a method queues more by `_refill`.

    A failed evaluation is not learnt from. Finished when a refill leaves the queue empty.

    Parameters
    ----------
    space, seed : see `Searcher`.
    """

    def __init__(self, space: SearchSpace, seed: int | np.random.Generator) -> None:
        super().__init__(space, seed)
        self.queue: deque[tuple[Genotype, Parents]] = deque()  # to be asked, with their parents
        self.ids: dict[Genotype, int] = {}  # of everything proposed
        self.scores: dict[Genotype, Score] = {}  # of everything evaluated, without failures

    def ask(self) -> Proposal | None:
        if not self.queue and not self.pending:
            self._refill()
        if not self.queue:
            return None
        genotype, parents = self.queue.popleft()
        proposal = self._propose(genotype, parents=parents)
        self.ids[genotype] = proposal.id
        return proposal

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        score = self._receive(proposal, value, violation)
        if score != FAILED:
            self.scores[proposal.genotype] = score

    def _refill(self) -> None:
        """Queue what comes next, if there is anything; nothing is pending."""
        raise NotImplementedError

    def _results(self) -> tuple[list[Genotype], list[Score]]:
        """Return everything that was evaluated, in the order in which it was asked, and its scores."""
        evaluated = sorted(self.scores, key=self.ids.__getitem__)
        return evaluated, [self.scores[genotype] for genotype in evaluated]
