"""The ratchet: change one thing, keep it if the result is better, else take it back."""

from __future__ import annotations

import numpy as np

from nastutor.searchers.searcher import FAILED, Member, Proposal, Searcher, Value
from nastutor.spaces.space import SearchSpace


class Ratchet(Searcher):
    """Keep or revert.

        current = a random architecture
        repeat: child = a mutation of current
                if child is better: current = child (keep it); else forget it (revert)

    Random-mutation hill climbing (Mitchell, Holland & Forrest 1993), the (1+1) strategy of evolution (Rechenberg 1973),
    and the loop into which language models are put today to improve a program: its journal reads like a row of
    discoveries. Each was decided by one noisy comparison, and nothing is ever measured twice.

    Parameters
    ----------
    space, seed : see `Searcher`.

    Notes
    -----
    `kept` lists the steps that were kept, as (what was current, what took its place). An equal result is reverted. In
    parallel, children of what was current when they were asked are compared with what is current when they are told.
    """

    takes_designs = True

    def __init__(self, space: SearchSpace, seed: int | np.random.Generator = 0) -> None:
        super().__init__(space, seed)
        self.current: Member | None = None
        self.kept: list[tuple[Proposal, Proposal]] = []

    def ask(self) -> Proposal | None:
        if self.designs or (self.current is None and not self.pending):
            return self._propose(self._draw_start())
        if self.current is None:
            return None
        parent = self.current[1]
        return self._propose(self.space.mutate(parent.genotype, self.rng), parents=(parent.id,))

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        score = self._receive(proposal, value, violation)
        if score == FAILED or (self.current is not None and score <= self.current[0]):
            return
        if self.current is not None:
            self.kept.append((self.current[1], proposal))
        self.current = (score, proposal)
