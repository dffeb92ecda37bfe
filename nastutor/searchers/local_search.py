"""Local search (White, Nolen & Savani 2020, arXiv 2005.02960): move to a better neighbour until there is none."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import truth
from nastutor.searchers.searcher import FAILED, Proposal, Score, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import Unseen


class LocalSearch(Searcher):
    """Hill climbing over single changes, from random starts.

        current = a random architecture
        repeat: evaluate the neighbours of current
                if one is better: current = that neighbour
                else:             restart from a new random architecture (current is a local optimum)

    Parameters
    ----------
    space, seed : see `Searcher`.
    steepest : False moves to the first better neighbour, in random order; True evaluates all and moves to the best.

    Notes
    -----
    An architecture is evaluated once: what is known is not asked for again. Finished when no start is left: the
    space is exhausted (see `Unseen`). `optima` lists the local optima found, in order.

    Deviations from the paper: restarts (the paper stops at the first local optimum), and in parallel the results that
    arrive after a move still count, and are moved to if they are better.
    """

    takes_designs = True

    def __init__(self, space: SearchSpace, seed: int | np.random.Generator = 0, steepest: bool = False) -> None:
        super().__init__(space, seed)
        self.steepest = truth("steepest", steepest)
        self.unseen = Unseen(space, self.rng)
        self.scores: dict[Genotype, Score] = {}
        self.ids: dict[Genotype, int] = {}
        self.current: Genotype | None = None
        self.neighbors: list[Genotype] = []
        self.optima: list[Genotype] = []

    def ask(self) -> Proposal | None:
        while True:
            if self.current is None:
                return self._start()
            while self.neighbors:
                genotype = self.neighbors.pop()
                if genotype not in self.ids:
                    return self._ask_new(genotype, (self.ids[self.current],))
                if not self.steepest and self._is_better(genotype):
                    self._move(genotype)
            if self.pending:
                return None
            self._leave()

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        self.scores[proposal.genotype] = self._receive(proposal, value, violation)
        if self.current is None or (not self.steepest and self._is_better(proposal.genotype)):
            self._move(proposal.genotype)

    def _ask_new(self, genotype: Genotype, parents: tuple[int, ...] = ()) -> Proposal:
        proposal = self._propose(genotype, parents=parents)
        self.ids[genotype] = proposal.id
        return proposal

    def _start(self) -> Proposal | None:
        """Ask for a first design or a random architecture that is not known yet."""
        if self.pending:
            return None
        genotype = self._next_design(self.ids) or self.unseen.draw(self.ids)
        return None if genotype is None else self._ask_new(genotype)

    def _is_better(self, genotype: Genotype) -> bool:
        return self.current is not None and self.scores.get(genotype, FAILED) > self.scores[self.current]

    def _move(self, genotype: Genotype) -> None:
        self.current = genotype
        self.neighbors = self.space.neighbors(genotype)
        self.rng.shuffle(self.neighbors)

    def _leave(self) -> None:
        """All neighbours are known: move to the best of them, or note an optimum and start again."""
        assert self.current is not None
        around = self.space.neighbors(self.current)
        best = min([self.current, *around], key=lambda genotype: (*(-x for x in self.scores[genotype]), genotype))
        if self._is_better(best):
            self._move(best)
        else:
            self.optima.append(self.current)
            self.current = None
