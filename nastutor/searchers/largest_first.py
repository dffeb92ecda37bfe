"""Largest first: the baseline that knows nothing of an architecture but its size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from nastutor.arguments import real_number, shown, whole_number
from nastutor.searchers.searcher import Proposal, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace


@lru_cache(maxsize=8)
def _weights(space: SearchSpace) -> np.ndarray:
    """Return the weights of a space's canonical forms: kept, since runs come by the hundred."""
    return np.array([space.weights(genotype) for genotype in space.representatives()])


class LargestFirst(Searcher):
    """Evaluate architectures in the order of a cost, from the largest down; learn nothing.

        order the architectures by cost, equal ones at random
        repeat: evaluate the next

    Where deeper and wider is better and nothing costs anything, the number of parameters nearly ranks architectures, so
    a method that searches has to be compared with this too, not with random search alone (Krishnakumar et al. 2022,
    NAS-Bench-Suite-Zero, arXiv 2210.03230, have parameters among their proxies). In a `LimitedSpace` it evaluates the
    largest that fits.

    Parameters
    ----------
    space, seed : see `Searcher`; the seed decides the order of equals.
    cost : what to order by, a function from a genotype to a finite number; None: `space.weights`. With minus a cost the
        cheapest comes first.
    pool : in spaces of more architectures than this, so many random ones are put in order instead of all; at least 1.

    Raises
    ------
    ValueError : None in a space that does not say what its architectures weigh, or a cost that returns no number.

    Notes
    -----
    Of architectures that surely compute the same function, only `space.canonical` is in the order: the others would
    spend evaluations on what is known. So the cost is that of the canonical form: of a cell, without its dead
    convolutions. Finished at the end of the order. A log knows the cost by its name alone.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        cost: Callable[[Genotype], float] | None = None,
        pool: int = 20_000,
    ) -> None:
        super().__init__(space, seed)
        if cost is not None and not callable(cost):
            raise ValueError(f"cost {shown(cost)}: give a function from a genotype to a number")
        self.cost = cost
        self.pool = whole_number("pool", pool, 1)
        self._size(space.sample(np.random.default_rng(0)))  # so that a cost that fits not is refused at once

    @cached_property
    def order(self) -> list[Genotype]:
        """The architectures, largest first: what is proposed, or the first designs of another searcher."""
        is_large = self.space.is_larger_than(self.pool)
        if is_large:
            drawn = [self.space.sample(self.rng) for _ in range(self.pool)]
            different = list(dict.fromkeys(map(self.space.canonical, drawn)))
        else:
            different = self.space.representatives()
        if self.cost is None and not is_large:
            sizes = _weights(self.space)
        else:
            sizes = np.array([self._size(genotype) for genotype in different])
        luck = self.rng.random(len(different))
        return [different[i] for i in np.lexsort((luck, -sizes)).tolist()]

    def ask(self) -> Proposal | None:
        return self._propose(self.order[self.asked]) if self.asked < len(self.order) else None

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        self._strike(proposal)

    def settings(self) -> dict[str, Any]:
        name = None if self.cost is None else getattr(self.cost, "__qualname__", type(self.cost).__qualname__)
        return super().settings() | {"cost": name}

    def _size(self, genotype: Genotype) -> float:
        if self.cost is None:
            return self.space.weights(genotype)
        return real_number(f"cost of {genotype}:", self.cost(genotype), "a function that returns a finite number")
