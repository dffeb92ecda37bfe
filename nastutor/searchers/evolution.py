"""Evolutionary search on genotypes: regularized evolution, the method of AmoebaNet, and a genetic algorithm."""

from __future__ import annotations

from collections import deque

import numpy as np

from nastutor.arguments import one_of, probability, truth, whole_number
from nastutor.searchers.searcher import FAILED, Member, Proposal, Searcher, Value, rank
from nastutor.spaces.space import CROSSOVERS, Genotype, SearchSpace
from nastutor.spaces.unseen import TRIES, Unseen


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

    takes_designs = True

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        population_size: int = 20,
        sample_size: int = 10,
        aging: bool = True,
    ) -> None:
        super().__init__(space, seed)
        self.population_size = whole_number("population_size", population_size, 1)
        self.sample_size = whole_number("sample_size", sample_size, 1, self.population_size, "population_size")
        self.aging = truth("aging", aging)
        self.population: deque[Member] = deque()  # oldest first

    def ask(self) -> Proposal | None:
        if self.designs or len(self.population) + len(self.pending) < self.population_size:
            return self._propose(self._draw_start())
        if not self.population:
            return None
        count = min(self.sample_size, len(self.population))
        sample = self.rng.choice(len(self.population), count, replace=False).tolist()
        _, parent = min((self.population[i] for i in sample), key=rank)
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
                self.population.remove(max(self.population, key=rank))


class GeneticAlgorithm(Searcher):
    """A generational genetic algorithm with truncation selection (Holland 1975; Xie & Yuille 2017, arXiv 1703.01513).

        population = population_size random architectures
        repeat: selected   = the best `parents` members of the population
                children   = population_size − elite times: two of the selected, drawn at random, crossed with
                             probability crossover_rate (else one of them), then mutated with probability mutation_rate
                population = the best `elite` members, not evaluated again, and the children

    Parameters
    ----------
    space, seed : see `Searcher`.
    population_size : members of a generation, at least 2.
    parents : how many of them are selected, 1…population_size.
    elite : how many of them stay, 0…parents and fewer than population_size. With 0 the best may be lost.
    crossover : the kind of crossover, ``"uniform"`` or ``"one_point"`` (see `SearchSpace.crossover`).
    crossover_rate, mutation_rate : probabilities, 0…1. A child that is neither crossed nor mutated is a copy.
    repeats : True evaluates a child again that was evaluated before, and it counts again. False breeds another in its
        place, and after `TRIES` of them that were all seen draws a random architecture that was not; the search has
        finished when all have been seen.

    Notes
    -----
    A generation is asked completely before its results count, so the run does not depend on the order in which they
    come. A failed evaluation never becomes a parent; where all have failed, the next generation is random again.

    Deviations from Xie & Yuille, who apply genetic algorithms to networks: truncation instead of the roulette wheel,
    the elite, and a mutation that changes one variable instead of each bit with a small probability. They, too, breed
    what they have seen; the code of Guo et al. 2020 (arXiv 1904.00420) refuses it, as ``repeats=False`` does. Neither
    knows that two genotypes may be one function.
    """

    takes_designs = True

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        population_size: int = 20,
        parents: int = 5,
        elite: int = 1,
        crossover: str = "uniform",
        crossover_rate: float = 0.5,
        mutation_rate: float = 1.0,
        repeats: bool = True,
    ) -> None:
        super().__init__(space, seed)
        self.population_size = whole_number("population_size", population_size, 2)
        self.parents = whole_number("parents", parents, 1, self.population_size, "population_size")
        self.elite = whole_number("elite", elite, 0, min(self.parents, self.population_size - 1))
        self.crossover = one_of("crossover", crossover, CROSSOVERS)
        self.crossover_rate = probability("crossover_rate", crossover_rate)
        self.mutation_rate = probability("mutation_rate", mutation_rate)
        self.repeats = truth("repeats", repeats)
        self.seen: set[Genotype] = set()  # what was proposed
        self.unseen = Unseen(space, self.rng)
        self.is_exhausted = False
        self.population: list[Member] = []  # of the generation under way, as far as it is evaluated
        self.selected: list[Member] = []  # its parents
        self.to_ask = self.population_size

    def ask(self) -> Proposal | None:
        if self.is_exhausted:
            return None
        if self.to_ask <= 0 and not self.designs:
            if self.pending:
                return None
            self._select()
        found = self._breed() if self.repeats else self._breed_new()
        if found is None:
            self.is_exhausted = True
            return None
        self.to_ask -= 1
        genotype, parents = found
        self.seen.add(genotype)
        return self._propose(genotype, parents=parents)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        score = self._receive(proposal, value, violation)
        if score != FAILED:
            self.population.append((score, proposal))

    def _select(self) -> None:
        """Close a generation and open the next."""
        self.selected = sorted(self.population, key=rank)[: self.parents]
        self.population = self.selected[: self.elite]
        self.to_ask = self.population_size - len(self.population)

    def _breed(self) -> tuple[Genotype, tuple[int, ...]]:
        """Return a child and the ids of its parents; in the first generation a first design or a random one."""
        if not self.selected:
            return self._draw_start(), ()
        is_crossed = len(self.selected) > 1 and self.rng.random() < self.crossover_rate
        drawn = self.rng.choice(len(self.selected), 2 if is_crossed else 1, replace=False).tolist()
        parents = [self.selected[i][1] for i in drawn]
        child = parents[0].genotype
        if is_crossed:
            child = self.space.crossover(child, parents[1].genotype, self.rng, self.crossover)
        if self.rng.random() < self.mutation_rate:
            child = self.space.mutate(child, self.rng)
        return child, tuple(parent.id for parent in parents)

    def _breed_new(self) -> tuple[Genotype, tuple[int, ...]] | None:
        """Return one that was not proposed yet, bred if that succeeds, else drawn; None: there is none."""
        for _ in range(TRIES if self.selected else 0):
            child, parents = self._breed()
            if child not in self.seen:
                return child, parents
        genotype = self._next_design(self.seen) or self.unseen.draw(self.seen)
        return None if genotype is None else (genotype, ())
