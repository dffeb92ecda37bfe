"""Evolutionary search on genotypes: regularized evolution, the method of AmoebaNet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from nastutor.searchers.searcher import FAILED, Proposal, Score, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace


class RegularizedEvolution(Searcher):
    """Regularized (aging) evolution, Real et al. 2019 (arXiv 1802.01548), algorithm 1.

        population = population_size random architectures
        repeat: sample = sample_size members drawn at random
                child  = mutation of the sample's best
                add the child to the population, remove the oldest member

    Parameters
    ----------
    space, seed : see `Searcher`.
    population_size : P of the paper, 100 there; the default of 20 suits budgets of some hundred evaluations.
    sample_size : S of the paper, 25 there; 1…population_size.
    aging : True removes the oldest member; False removes the worst (the paper's "non-aging" ablation).

    Notes
    -----
    Deviations from the paper: the sample is drawn without replacement; every child is mutated (the paper's identity
    mutation is left out); a failed evaluation never enters the population. Ties go to the smaller genotype.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        population_size: int = 20,
        sample_size: int = 10,
        aging: bool = True,
    ) -> None:
        super().__init__(space, seed)
        if not 1 <= sample_size <= population_size:
            raise ValueError(f"sample_size {sample_size}: choose 1…population_size ({population_size})")
        self.population_size = population_size
        self.sample_size = sample_size
        self.aging = aging
        self.population: deque[Member] = deque()  # oldest first

    def ask(self) -> Proposal | None:
        if len(self.population) + len(self.pending) < self.population_size:
            return self._propose(self.space.sample(self.rng))
        if not self.population:
            return None
        count = min(self.sample_size, len(self.population))
        sample = self.rng.choice(len(self.population), count, replace=False).tolist()
        _, parent = best_of([self.population[i] for i in sample])
        return self._propose(self.space.mutate(parent.genotype, self.rng), parents=(parent.id,))

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        score = self._receive(proposal, value, violation)
        if score == FAILED:
            return
        self.population.append((score, proposal))
        if len(self.population) > self.population_size:
            if self.aging:
                self.population.popleft()
            else:
                self.population.remove(worst_of(self.population))


Member = tuple[Score, Proposal]


def _rank(member: Member) -> tuple[float, float, Genotype, int]:
    (minus_violation, value), proposal = member
    return (-minus_violation, -value, proposal.genotype, proposal.id)


def best_of(members: Iterable[Member]) -> Member:
    """Return the member with the best score; ties go to the smaller genotype, then to the older proposal."""
    return min(members, key=_rank)


def worst_of(members: Iterable[Member]) -> Member:
    """Return the member that `best_of` would choose last."""
    return max(members, key=_rank)
