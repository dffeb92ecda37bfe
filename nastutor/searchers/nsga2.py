"""NSGA-II: evolution for several objectives at once."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import probability, real_number, shown, whole_number
from nastutor.searchers.searcher import Proposal, Searcher, Value, check_violation
from nastutor.spaces.space import Genotype, SearchSpace

_TRIES = 20


def nondominated_sort(values: np.ndarray, violations: np.ndarray | None = None) -> np.ndarray:
    """Return the number of each point's front: 0 for those that nothing dominates, 1 for the next, …

    Constrained domination (Deb et al. 2002): a smaller violation dominates a larger one; with equal violations of 0 a
    point dominates another that is nowhere better and somewhere worse. Equal points share a front.

    Parameters
    ----------
    values : (n, objectives), all maximised; violations : (n,), 0 where feasible; None: all feasible.

    Returns
    -------
    (n,) integers.
    """
    values = np.asarray(values, dtype=float)
    missed = np.zeros(len(values)) if violations is None else np.asarray(violations, dtype=float)
    nowhere_worse = (values[:, None] >= values[None, :]).all(axis=2)
    dominates = nowhere_worse & ~nowhere_worse.T & (missed[:, None] == 0) & (missed[None, :] == 0)
    dominates |= missed[:, None] < missed[None, :]
    fronts = np.full(len(values), -1)
    dominators = dominates.sum(axis=0)
    number = 0
    while (fronts < 0).any():
        front = (dominators == 0) & (fronts < 0)
        fronts[front] = number
        dominators = dominators - dominates[front].sum(axis=0)
        number += 1
    return fronts


def crowding_distance(values: np.ndarray) -> np.ndarray:
    """Return how lonely each point of a front is: the sides of the box between its two neighbours, added up.

    In each objective the distance between the next smaller and the next larger value, as a share of the range; the
    two ends of each objective are infinitely lonely. An objective in which all are equal adds nothing.

    Parameters
    ----------
    values : (n, objectives) of one front.

    Returns
    -------
    (n,) floats.
    """
    values = np.asarray(values, dtype=float)
    distance = np.zeros(len(values))
    for column in values.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        width = ordered[-1] - ordered[0]
        if width > 0:
            distance[order[1:-1]] += (ordered[2:] - ordered[:-2]) / width
            distance[order[[0, -1]]] = np.inf
    return distance


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

    Deviations from the paper: genotypes instead of bit strings or real numbers, so crossover is uniform and a mutation
    changes one variable; a child that is in the population already, or among its siblings, is mutated until it is new
    (at most 20 times, and only if there is a new one); ties between fronts and distances go to the smaller genotype.
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
        self.population: list[tuple[tuple[float, ...], float, Proposal]] = []  # (values, violation), best first
        self.children: list[tuple[tuple[float, ...], float, Proposal]] = []
        self.taken: set[Genotype] = set()  # genotypes of the population and of the generation under way
        self.to_ask = self.population_size
        self.objectives = 0  # of the values told so far

    def ask(self) -> Proposal | None:
        if self.to_ask <= 0 and not self.designs:
            if self.pending:
                return None
            self._select()
        self.to_ask -= 1
        genotype, parents = self._child() if self.population else (self._draw_start(), ())
        for _ in range(_TRIES if self.space.is_larger_than(len(self.taken)) else 0):
            if genotype not in self.taken:
                break
            genotype = self.space.mutate(genotype, self.rng)
        self.taken.add(genotype)
        return self._propose(genotype, parents=parents)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        if value is not None and not (isinstance(value, tuple) and len(value) > 1):
            raise ValueError(
                f"NSGA2 needs several objectives, got one: {shown(value)}; use RegularizedEvolution for one"
            )
        if value is not None:
            value = tuple(real_number("objective", number, "a finite number, larger is better") for number in value)
            if self.objectives not in (0, len(value)):
                raise ValueError(f"got {len(value)} objectives, {shown(value)}, and {self.objectives} before")
        violation = check_violation(violation)
        self._strike(proposal)
        if value is not None:
            self.objectives = len(value)
            self.children.append((value, violation, proposal))

    def _select(self) -> None:
        """Close a generation: keep the best of population and children, and open the next."""
        everyone = sorted(self.population + self.children, key=lambda member: (member[2].genotype, member[2].id))
        self.population, self.children, self.to_ask = [], [], self.population_size
        if everyone:
            values = np.array([value for value, _, _ in everyone])
            fronts = nondominated_sort(values, np.array([violation for _, violation, _ in everyone]))
            lonely = np.empty(len(everyone))
            for front in range(fronts.max() + 1):
                lonely[fronts == front] = crowding_distance(values[fronts == front])
            best = np.lexsort((-lonely, fronts))[: self.population_size]
            self.population = [everyone[i] for i in best]
        self.taken = {proposal.genotype for _, _, proposal in self.population}

    def _child(self) -> tuple[Genotype, tuple[int, ...]]:
        """Draw two parents by tournament (the population is sorted: the smaller index wins) and make their child."""
        first, second = (int(self.rng.integers(len(self.population), size=2).min()) for _ in range(2))
        parents = [self.population[first][2]]
        child = parents[0].genotype
        if first != second and self.rng.random() < self.crossover_rate:
            parents.append(self.population[second][2])
            child = self.space.crossover(child, parents[1].genotype, self.rng)
        if self.rng.random() < self.mutation_rate:
            child = self.space.mutate(child, self.rng)
        return child, tuple(parent.id for parent in parents)
