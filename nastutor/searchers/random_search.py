"""Random search: the baseline that every other method has to beat (Li & Talwalkar 2019, arXiv 1902.07638)."""

from __future__ import annotations

import numpy as np

from nastutor.searchers.searcher import Proposal, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace


class RandomSearch(Searcher):
    """Propose independent uniform samples of the space.

        repeat:  evaluate a random architecture;  remember the best

    Parameters
    ----------
    space, seed : see `Searcher`.
    replace : True draws with replacement (the textbook method: an architecture may come twice and counts twice);
        False never proposes one twice and finishes when the space is exhausted.
    """

    def __init__(self, space: SearchSpace, seed: int | np.random.Generator = 0, replace: bool = True) -> None:
        super().__init__(space, seed)
        self.replace = replace
        self.seen: set[Genotype] = set()

    def ask(self) -> Proposal | None:
        if self.replace:
            return self._propose(self.space.sample(self.rng))
        if len(self.seen) == self.space.size:
            return None
        genotype = self.space.sample(self.rng)
        while genotype in self.seen:
            genotype = self.space.sample(self.rng)
        self.seen.add(genotype)
        return self._propose(genotype)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        self._strike(proposal)
