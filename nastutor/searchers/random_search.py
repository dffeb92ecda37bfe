"""Random search: the baseline that every other method has to beat (Li & Talwalkar 2019, arXiv 1902.07638)."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import truth
from nastutor.searchers.searcher import Proposal, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import Unseen


class RandomSearch(Searcher):
    """Propose independent uniform samples of the space.

        repeat:  evaluate a random architecture;  remember the best

    Parameters
    ----------
    space, seed : see `Searcher`.
    replace : True draws with replacement (the textbook method: an architecture may come twice and counts twice);
        False never proposes one twice and finishes when the space is exhausted (see `Unseen`).
    """

    takes_designs = True

    def __init__(self, space: SearchSpace, seed: int | np.random.Generator = 0, replace: bool = True) -> None:
        super().__init__(space, seed)
        self.replace = truth("replace", replace)
        self.unseen = Unseen(space, self.rng)
        self.seen: set[Genotype] = set()

    def ask(self) -> Proposal | None:
        if self.replace:
            return self._propose(self._draw_start())
        genotype = self._next_design(self.seen) or self.unseen.draw(self.seen)
        if genotype is None:
            return None
        self.seen.add(genotype)
        return self._propose(genotype)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        self._strike(proposal)
