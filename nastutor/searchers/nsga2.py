"""NSGA-II: evolution for several objectives at once."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import probability, whole_number
from nastutor.objectives.pareto import crowding_distance, nondominated_sort
from nastutor.searchers.searcher import Proposal, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import Unseen

_TRIES = 20
Member = tuple[tuple[float, ...], float, Proposal]
"""Values, violation, and what was proposed."""
Couple = tuple[list[int], list[float]]
"""The places of two parents in the population, and two numbers of 0…1: whether to cross them, whether to mutate."""


def _best(members: list[Member], count: int) -> list[Member]:
    """Return so many, best first: by front, then the lonely before the crowded."""
    values = np.array([value for value, _, _ in members])
    fronts = nondominated_sort(values, np.array([violation for _, violation, _ in members]), count)
    order = np.lexsort((-crowding_distance(values, fronts), fronts))
    return [members[i] for i in order[:count].tolist()]


class NSGA2(Searcher):
    """NSGA-II, Deb et al. 2002 (doi:10.1109/4235.996017); for architectures NSGA-Net, Lu et al. 2019 (1810.03522).

        population = population_size random architectures
        repeat: children   = population_size times: two parents, each the better of two members drawn at random,
                             crossed with probability crossover_rate, then mutated with probability mutation_rate
                population = the best population_size of population and children together

    *Better* is: on an earlier front, and within a front more crowding distance. A front is what nothing left dominates.

    Parameters
    ----------
    space, seed : see `Searcher`.
    population_size : members of a generation, at least 2.
    crossover_rate, mutation_rate : probabilities, 0…1.

    Notes
    -----
    The values told are tuples of two or more objectives, all maximised; `search` flips the sign of those that are
    minimised. A generation is asked completely before its results count. A failed evaluation never enters.

    What was proposed is never proposed again. Finished when everything has been, see `Unseen`.

    Deviations from the paper: genotypes instead of bit strings or real numbers, so crossover is uniform and a mutation
    changes one variable; a child that was proposed before is mutated until it is new, and after 20 times a random new
    architecture takes its place; of members with equal values all but the smallest genotype come after all others:
    they would fill a population with what is one point (in tables many architectures share one); ties between fronts
    and distances go to the smaller genotype.
    """

    takes_designs = True

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        population_size: int = 20,
        crossover_rate: float = 0.9,
        mutation_rate: float = 0.5,
    ) -> None:
        super().__init__(space, seed)
        self.population_size = whole_number("population_size", population_size, 2)
        self.crossover_rate = probability("crossover_rate", crossover_rate)
        self.mutation_rate = probability("mutation_rate", mutation_rate)
        self.population: list[Member] = []  # best first
        self.children: list[Member] = []
        self.couples: list[Couple] = []  # of the generation under way, not bred yet
        self.seen: set[Genotype] = set()  # what was proposed
        self.unseen = Unseen(space, self.rng)
        self.to_ask = self.population_size
        self.is_exhausted = False

    def ask(self) -> Proposal | None:
        if self.is_exhausted:
            return None
        if self.to_ask <= 0 and not self.designs:
            if self.pending:
                return None
            self._select()
        found = self._breed()
        if found is None:
            self.is_exhausted = True
            return None
        self.to_ask -= 1
        genotype, parents = found
        self.seen.add(genotype)
        return self._propose(genotype, parents=parents)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        received = self._receive_several(proposal, value, violation)
        if received is not None:
            self.children.append((*received, proposal))

    def _select(self) -> None:
        """Close a generation: keep the best of population and children, and draw the couples of the next."""
        left = sorted(self.population + self.children, key=lambda member: member[2].genotype)
        self.population, self.children, self.to_ask = [], [], self.population_size
        while left and len(self.population) < self.population_size:
            distinct: dict[tuple[tuple[float, ...], float], Member] = {}
            for member in left:
                distinct.setdefault(member[:2], member)
            self.population += _best(list(distinct.values()), self.population_size - len(self.population))
            left = [member for member in left if distinct[member[:2]] is not member]
        if self.population:
            self.couples = self._draw_couples()

    def _draw_couples(self) -> list[Couple]:
        """Draw parents by tournament (the population is sorted: the smaller place wins), and chances to be changed."""
        count = self.population_size
        places = self.rng.integers(len(self.population), size=(count, 2, 2)).min(axis=2).tolist()
        return list(zip(places, self.rng.random((count, 2)).tolist()))

    def _breed(self) -> tuple[Genotype, tuple[int, ...]] | None:
        """Return a new architecture with the ids of its parents: a child, a first design or a random one; or None."""
        if self.couples and self.space.is_larger_than(len(self.seen)):
            (first, second), (cross, change) = self.couples.pop()
            parents = [self.population[first][2]]
            child = parents[0].genotype
            if first != second and cross < self.crossover_rate:
                parents.append(self.population[second][2])
                child = self.space.crossover(child, parents[1].genotype, self.rng)
            if change < self.mutation_rate:
                child = self.space.mutate(child, self.rng)
            for _ in range(_TRIES):
                if child not in self.seen:
                    return child, tuple(parent.id for parent in parents)
                child = self.space.mutate(child, self.rng)
        genotype = self._next_design(self.seen) or self.unseen.draw(self.seen)
        return None if genotype is None else (genotype, ())
