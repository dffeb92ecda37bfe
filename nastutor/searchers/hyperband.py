"""Successive halving and Hyperband: train many architectures briefly, and only the best of them on."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from nastutor.arguments import whole_number
from nastutor.searchers.searcher import FAILED, Member, Proposal, Searcher, Value, rank
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import Unseen


class Rung(NamedTuple):
    """A step of successive halving: how many architectures are trained, and for how many epochs in all."""

    configurations: int
    epochs: int


def halving_rungs(configurations: int, max_epochs: int, halvings: int, eta: int) -> list[Rung]:
    """List the rungs of one bracket: ⌊n/ηⁱ⌋ architectures for ⌊R/η^(s−i)⌋ epochs, i = 0…s.

    Parameters
    ----------
    configurations, max_epochs, halvings, eta : n, R, s and η of the paper.
    """
    return [Rung(configurations // eta**i, max_epochs // eta ** (halvings - i)) for i in range(halvings + 1)]


def hyperband_brackets(max_epochs: int, eta: int) -> list[list[Rung]]:
    """List the brackets of Hyperband, s = s_max…0, where bracket s starts with ⌈(s_max + 1)/(s + 1)·η^s⌉ architectures.

    For R = 81 and η = 3 the brackets start with 81, 34, 15, 8 and 5. Where the quotient is rounded down before the
    product, as in HpBandSter, it is 81, 27, 9, 6 and 5.
    """
    most = _count_halvings(max_epochs, 1, eta)
    sizes = {s: -(-(most + 1) * eta**s // (s + 1)) for s in range(most, -1, -1)}
    return [halving_rungs(size, max_epochs, s, eta) for s, size in sizes.items()]


class Brackets(Searcher):
    """Brackets of successive halving, one after the other: what `SuccessiveHalving` and `Hyperband` share.

    Parameters
    ----------
    space, seed : see `Searcher`.
    brackets : the rungs of each bracket, from the first to the last.
    sweeps : how often all brackets are run, each time with new architectures; None: for ever.
    """

    takes_designs = True

    def __init__(
        self, space: SearchSpace, seed: int | np.random.Generator, brackets: list[list[Rung]], sweeps: int | None
    ) -> None:
        super().__init__(space, seed)
        self.brackets = brackets
        self.sweeps = sweeps
        self.opened = 0  # brackets begun so far
        self.epochs = 0  # of the rung under way
        self.queue: deque[tuple[Genotype, tuple[int, ...]]] = deque()  # its genotypes and parents still to ask
        self.results: list[Member] = []  # told so far
        self.rungs_left: deque[Rung] = deque()  # of the bracket under way

    def ask(self) -> Proposal | None:
        if not self.queue and not self.pending:
            self.promote()
            if not self.queue:
                self._open_bracket()
        if not self.queue:
            return None
        genotype, parents = self.queue.popleft()
        return self._propose(genotype, self.epochs, parents)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        self.results.append((self._receive(proposal, value, violation), proposal))

    def promote(self) -> None:
        """Close a rung, all of it told: queue its best, to be trained on up to the epochs of the next."""
        if self.rungs_left:
            count, self.epochs = self.rungs_left.popleft()
            best = sorted((result for result in self.results if result[0] != FAILED), key=rank)[:count]
            self.queue.extend((proposal.genotype, (proposal.id,)) for _, proposal in best)
        self.results = []

    def _open_bracket(self) -> None:
        if self.sweeps is not None and self.opened == self.sweeps * len(self.brackets):
            return
        first, *others = self.brackets[self.opened % len(self.brackets)]
        self.opened += 1
        self.epochs, self.rungs_left = first.epochs, deque(others)
        self.queue.extend((genotype, ()) for genotype in self._sample(first.configurations))

    def _sample(self, count: int) -> list[Genotype]:
        """Take first designs, then draw: different genotypes, or where there are too few, all and then repetitions."""
        drawn: dict[Genotype, None] = {}
        unseen = Unseen(self.space, self.rng)
        while len(drawn) < count and (genotype := self._next_design(drawn) or unseen.draw(drawn)) is not None:
            drawn[genotype] = None
        return [*drawn, *(self.space.sample(self.rng) for _ in range(count - len(drawn)))]


class SuccessiveHalving(Brackets):
    """Successive halving (Jamieson & Talwalkar 2016, arXiv 1502.07943; the inner loop of Hyperband, see there).

        rung = n random architectures, trained for r epochs
        repeat: rung = the best 1/η of the rung, trained on to η times the epochs
        until they are trained for R epochs

    Parameters
    ----------
    space, seed : see `Searcher`.
    configurations : n, at least η to the power of the number of halvings, so that one reaches the last rung.
    max_epochs : R, the epochs of the last rung.
    min_epochs : the fewest epochs of the first rung, 1…max_epochs.
    eta : η, one in how many is promoted, at least 2.

    Notes
    -----
    A promotion is a proposal with the genotype and, as its parent, the proposal of the rung below: `search` charges
    its additional epochs only. A rung is asked completely before any of it is promoted, so the run does not depend
    on the order in which results come. Finished after the last rung.

    Deviations: rungs are counted from the top, R, R/η, R/η², … epochs, rounded down to whole ones, as far as
    `min_epochs` allows (so the first rung has at least that, and fewer than η times that); η is an integer; ties go to
    the smaller genotype; a failed evaluation is never promoted, even where fewer than one in η succeed; no genotype
    comes twice in the first rung if the space has enough.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        configurations: int = 27,
        max_epochs: int = 27,
        min_epochs: int = 1,
        eta: int = 3,
    ) -> None:
        self.max_epochs, self.eta = _check(max_epochs, eta)
        self.min_epochs = whole_number("min_epochs", min_epochs, 1, self.max_epochs, "max_epochs")
        halvings = _count_halvings(self.max_epochs, self.min_epochs, self.eta)
        self.configurations = whole_number("configurations", configurations, 1)
        if self.configurations < self.eta**halvings:
            raise ValueError(
                f"configurations {configurations}: {halvings} halvings with eta {eta} leave none; "
                f"give at least {self.eta**halvings}, or raise min_epochs"
            )
        rungs = halving_rungs(self.configurations, self.max_epochs, halvings, self.eta)
        super().__init__(space, seed, [rungs], sweeps=1)


class Hyperband(Brackets):
    """Hyperband, Li et al. 2018 (JMLR 18(185), arXiv 1603.06560), algorithm 1.

        for s = s_max, …, 0, where s_max = ⌊log_η R⌋:
            n = ⌈(s_max + 1)/(s + 1) · η^s⌉
            successive halving of n random architectures, from R/η^s epochs to R

    Halving alone must guess how early bad architectures can be told from good ones; the brackets try every answer, from
    one epoch (s = s_max) to full training (s = 0, random search), at about the same cost each.

    Parameters
    ----------
    space, seed : see `Searcher`.
    max_epochs : R, the epochs of full training.
    eta : η, one in how many is promoted, at least 2; 3 in the paper.
    sweeps : how often the brackets are run, each time with new architectures; None: until the budget is spent.

    Notes
    -----
    Deviations from the paper: epochs are rounded down to whole ones where R is no power of η, and those listed at
    `SuccessiveHalving`. `brackets` lists the rungs: how many architectures, and for how many epochs.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        max_epochs: int = 27,
        eta: int = 3,
        sweeps: int | None = 1,
    ) -> None:
        self.max_epochs, self.eta = _check(max_epochs, eta)
        if sweeps is not None:
            sweeps = whole_number("sweeps", sweeps, 1)
        super().__init__(space, seed, hyperband_brackets(self.max_epochs, self.eta), sweeps)


def _count_halvings(max_epochs: int, min_epochs: int, eta: int) -> int:
    """Return the largest s with ⌊R/η^s⌋ ≥ min_epochs, in integers: log₃ 243 is 4.999… in floats."""
    halvings = 0
    while max_epochs // eta ** (halvings + 1) >= min_epochs:
        halvings += 1
    return halvings


def _check(max_epochs: int, eta: int) -> tuple[int, int]:
    return whole_number("max_epochs", max_epochs, 1), whole_number("eta", eta, 2)
