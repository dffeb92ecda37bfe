"""Pareto local search: the neighbours of what is best so far, for several objectives."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import whole_number
from nastutor.objectives.pareto import crowding_distance
from nastutor.searchers.nsga2 import Member
from nastutor.searchers.searcher import Proposal, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import Unseen

_TRIES = 20


def covers(a: Member, b: Member) -> bool:
    """Say whether a violates less than b, or as much and is nowhere worse: a set that holds a does not need b."""
    return a[1] < b[1] if a[1] != b[1] else all(x >= y for x, y in zip(a[0], b[0]))


class ParetoLocalSearch(Searcher):
    """Pareto local search, Paquete, Chiarandini & Stützle 2004 (doi:10.1007/978-3-642-17144-4_7).

        archive = what nothing dominates of `initial` random architectures
        repeat: member    = the loneliest of `tournament` members of the archive, drawn at random
                neighbour = one of its neighbours that was not evaluated yet; evaluate it
                if nothing in the archive dominates or equals it: add it, and drop what it dominates

    It is `LocalSearch` with a set in the place of the best architecture.

    Parameters
    ----------
    space, seed : see `Searcher`.
    initial : random architectures to begin with, at least 1; first designs take their place.
    tournament : at least 1; 1 takes any member, more prefer those with a large `crowding_distance`.

    Notes
    -----
    The values told are tuples of two or more objectives, all maximised. A smaller violation of constraints dominates a
    larger one. A failed evaluation never enters. What was proposed is never proposed again. Finished when everything
    has been, see `Unseen`.

    Deviations from the paper: neighbours come one at a time, from the whole archive, in place of all neighbours of one
    member; members are drawn with a preference for lonely ones, in place of uniformly, so that gaps of the front are
    filled first; of members with equal values the first stays (in tables many architectures share one point); once no
    member has a new neighbour, where the paper ends, one is mutated until it is new, and after 20 times a random
    architecture takes its place. `tournament` was chosen on NAS-Bench-201's CIFAR-10.
    """

    takes_designs = True

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        initial: int = 20,
        tournament: int = 4,
    ) -> None:
        super().__init__(space, seed)
        self.initial = whole_number("initial", initial, 1)
        self.tournament = whole_number("tournament", tournament, 1, 1_000_000)
        self.archive: list[Member] = []
        self.open: list[Proposal] = []  # members that may have new neighbours, the lonely first
        self.left: dict[Genotype, list[Genotype]] = {}  # neighbours of members that were not looked at yet
        self.seen: set[Genotype] = set()  # what was proposed
        self.unseen = Unseen(space, self.rng)
        self.is_exhausted = False

    def ask(self) -> Proposal | None:
        is_starting = self.designs or self.asked < self.initial
        if not is_starting and not self.archive and self.pending:
            return None
        found = self.choose(at_random=bool(is_starting))
        return None if found is None else self._propose(found[0], parents=found[1])

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        received = self._receive_several(proposal, value, violation)
        if received is not None:
            self.add((*received, proposal))

    def choose(self, at_random: bool = False) -> tuple[Genotype, tuple[int, ...]] | None:
        """Return what comes next, with its parent: a first design or a random one, or a step; None: all is seen."""
        if self.is_exhausted:
            return None
        found = None if at_random else self._neighbor() or self._mutant()
        if found is None:
            genotype = self._next_design(self.seen) or self.unseen.draw(self.seen)
            if genotype is None:
                self.is_exhausted = True
                return None
            found = genotype, ()
        self.seen.add(found[0])
        return found

    def add(self, new: Member) -> None:
        """Put a result into the archive, if nothing there covers it."""
        if any(covers(member, new) for member in self.archive):
            return
        kept = [member for member in self.archive if not covers(new, member)]
        self.archive = sorted([*kept, new], key=lambda member: member[2].genotype)
        lonely = crowding_distance(np.array([values for values, _, _ in self.archive]))
        self.open = [self.archive[i][2] for i in np.argsort(-lonely, kind="stable").tolist()]

    def _neighbor(self) -> tuple[Genotype, tuple[int, ...]] | None:
        """Return a new neighbour of the archive with the id of the member; None: there is none."""
        while self.open:
            place = int(self.rng.integers(len(self.open), size=self.tournament).min())
            member = self.open[place]
            if member.genotype not in self.left:
                neighbors = self.space.neighbors(member.genotype)
                self.rng.shuffle(neighbors)
                self.left[member.genotype] = neighbors
            left = self.left[member.genotype]
            while left:
                genotype = left.pop()
                if genotype not in self.seen:
                    return genotype, (member.id,)
            del self.open[place]
        return None

    def _mutant(self) -> tuple[Genotype, tuple[int, ...]] | None:
        """Return a member that was mutated until it is new, with its id; None: that does not succeed."""
        if self.archive and self.space.is_larger_than(len(self.seen)):
            member = self.archive[self.rng.integers(len(self.archive))][2]
            genotype = member.genotype
            for _ in range(_TRIES):
                genotype = self.space.mutate(genotype, self.rng)
                if genotype not in self.seen:
                    return genotype, (member.id,)
        return None
