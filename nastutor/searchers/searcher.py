"""The one protocol of all searchers: `ask` for a proposal, `tell` its value.

This serves one-at-a-time, generational, batched, asynchronous and multi-fidelity methods alike.
"""

from __future__ import annotations

import inspect
import math
from collections import deque
from collections.abc import Collection, Container
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from nastutor.arguments import listed, real_number, shown, whole_number
from nastutor.spaces.space import Genotype, SearchSpace

Value = float | tuple[float, ...] | None
"""What a searcher is told: a number to maximise, a tuple of them (several objectives), or None for a failure."""

Score = tuple[float, float]
"""(−violation, value): larger is better, a feasible architecture before every infeasible one (Deb's rule)."""

FAILED: Score = (-math.inf, -math.inf)


class Proposal(NamedTuple):
    """One architecture to evaluate.

    id : counts a searcher's proposals from 0.
    genotype : the architecture.
    epochs : how long to train it; None leaves that to the evaluator. Multi-fidelity methods set it.
    parents : the ids of the proposals it was made from, if any.
    """

    id: int
    genotype: Genotype
    epochs: int | None = None
    parents: tuple[int, ...] = ()


Member = tuple[Score, Proposal]
"""A proposal with its score: what populations and rungs are made of."""


def rank(member: Member) -> tuple[float, float, Genotype, int]:
    """Return a key that sorts members from best to worst; ties go to the smaller genotype, then the older proposal."""
    (minus_violation, value), proposal = member
    return (-minus_violation, -value, proposal.genotype, proposal.id)


def check_violation(violation: float) -> float:
    """Return a violation as a float, which may be infinite."""
    if type(violation) is float and violation >= 0:
        return violation
    return real_number("violation", violation, "a number of at least 0", lambda number: number >= 0)


class Searcher:
    """What all searchers share: the space, their own random generator, and the book of open proposals.

    A method is a subclass with `ask` and `tell`; each constructor argument is stored under its own name.

    Parameters
    ----------
    space : where to search.
    seed : an integer, at least 0, or a generator to draw from. Equal seeds give equal runs; no global state is touched.

    Raises
    ------
    TypeError : no space.
    ValueError : anything else that is not allowed, here and in all methods; the message says what is.
    """

    takes_designs: ClassVar[bool] = False
    """Whether the method begins with random architectures, in whose place `start_from` may put others."""

    def __init__(self, space: SearchSpace, seed: int | np.random.Generator = 0) -> None:
        if not isinstance(space, SearchSpace):
            raise TypeError(f"{type(self).__name__} needs a SearchSpace first, got {type(space).__name__}")
        self.space = space
        if not isinstance(seed, np.random.Generator):
            seed = whole_number("seed", seed, 0)
        self.rng = np.random.default_rng(seed)
        self.seed = seed if isinstance(seed, int) else str(seed.bit_generator.state)
        self.asked = 0
        self.pending: dict[int, Proposal] = {}
        self.start: list[Genotype] = []  # first designs, all of them
        self.designs: deque[Genotype] = deque()  # those to come
        self.objectives = 0  # of the tuples told so far, for methods with several objectives

    def start_from(self, designs: Collection[Genotype]) -> Self:
        """Put architectures in the place of the first random ones, and return the searcher.

        With the favourites of a cheap score it is the warm-up of Abdelfattah et al. 2021 (arXiv 2101.08134, section 5).

            search(RegularizedEvolution(space, seed=1).start_from(LargestFirst(space, seed=1).order[:20]), …)

        They come in the order given, also where they are more than the method begins with; once they are used up, what
        is missing is drawn at random as without them. The starts of `LocalSearch`, the architectures of `Hyperband`'s
        brackets and the draws of `RandomSearch` are taken from them as well.

        Parameters
        ----------
        designs : architectures of the space, such as the favourites of a cheap score. What that costs is for the caller
            to count. An empty list changes nothing.

        Raises
        ------
        ValueError : an architecture that is not of the space, a searcher that has begun, or a method that does not
            begin with random architectures.
        """
        if not self.takes_designs:
            raise ValueError(
                f"{type(self).__name__} takes no first designs: it does not begin with random architectures of the "
                "space, in whose place they could come"
            )
        if self.asked or self.start:
            raise ValueError(f"first designs come first: this searcher has {len(self.start)}, and asked {self.asked}")
        self.start = [SearchSpace.canonical(self.space, genotype) for genotype in listed("designs", designs)]
        self.designs = deque(self.start)
        return self

    def ask(self) -> Proposal | None:
        """Return the next proposal.

        None while proposals are pending means: wait for one of them; None with nothing pending means: finished.
        Asking again after None, with nothing told between, changes nothing.
        """
        raise NotImplementedError

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        """Take the result of a proposal.

        Parameters
        ----------
        proposal : one that was asked and not told yet.
        value : finite, larger is better; None: the evaluation failed.
        violation : by how much the constraints are missed, at least 0, and 0 where they are met.

        Raises
        ------
        ValueError : a proposal that is not pending, or numbers of another form; nothing has changed then.
        """
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Name the method and its arguments, seed and first designs included, as plain JSON values."""
        names = list(inspect.signature(type(self)).parameters) + ["start"] * bool(self.start)
        return {"class": type(self).__name__} | {name: getattr(self, name) for name in names if name != "space"}

    def _next_design(self, known: Container[Genotype] = ()) -> Genotype | None:
        """Take the next first design that is not known; None: there is none left."""
        while self.designs:
            design = self.designs.popleft()
            if design not in known:
                return design
        return None

    def _draw_start(self) -> Genotype:
        """Take the next first design, or else a random architecture."""
        design = self._next_design()
        return self.space.sample(self.rng) if design is None else design

    def _propose(self, genotype: Genotype, epochs: int | None = None, parents: tuple[int, ...] = ()) -> Proposal:
        proposal = Proposal(self.asked, genotype, epochs, parents)
        self.asked += 1
        self.pending[proposal.id] = proposal
        return proposal

    def _strike(self, proposal: Proposal) -> None:
        """Strike a proposal off the open ones."""
        if not isinstance(proposal, Proposal) or self.pending.get(proposal.id) != proposal:
            raise ValueError(f"{shown(proposal)} is not pending: tell each proposal once, as it was asked")
        del self.pending[proposal.id]

    def _receive(self, proposal: Proposal, value: Value, violation: float) -> Score:
        """Strike a proposal off the open ones and return its score, for methods with one objective."""
        if isinstance(value, tuple):
            raise ValueError(f"{type(self).__name__} maximises one objective, got {len(value)}: {shown(value)}")
        if value is not None and (type(value) is not float or not math.isfinite(value)):
            value = real_number("value", value, "a finite number, larger is better, or None for a failure")
        violation = check_violation(violation)
        self._strike(proposal)
        return FAILED if value is None else (-violation, value)

    def _receive_several(
        self, proposal: Proposal, value: Value, violation: float
    ) -> tuple[tuple[float, ...], float] | None:
        """Strike a proposal off the open ones and return (values, violation), for methods with several objectives.

        None: the evaluation failed.
        """
        if value is not None and not (isinstance(value, tuple) and len(value) > 1):
            name = type(self).__name__
            raise ValueError(
                f"{name} needs several objectives, got one: {shown(value)}; use RegularizedEvolution for one"
            )
        if value is not None and not all(type(number) is float and math.isfinite(number) for number in value):
            value = tuple(real_number("objective", number, "a finite number, larger is better") for number in value)
        if value is not None and self.objectives not in (0, len(value)):
            raise ValueError(f"got {len(value)} objectives, {shown(value)}, and {self.objectives} before")
        violation = check_violation(violation)
        self._strike(proposal)
        if value is None:
            return None
        self.objectives = len(value)
        return value, violation
