"""Drawing what was not drawn before, with an end."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import numpy as np

from nastutor.spaces.space import Genotype, SearchSpace

TRIES = 100
"""Draws in a row that may bring nothing new. Where one architecture in a thousand is new, nine rows in ten do so."""
LISTED = 10_000
"""How many of the architectures that are left are listed at once."""


class Unseen:
    """Draws architectures of a space that were not seen yet, until there are none.

        draw as the space does
        after `TRIES` draws that were all seen: list what is left, and go through that in random order

    Drawing again until something new comes has no end once all has been seen, and practically none where the rest is
    what a space draws once in a million times: behind 22 yes/no questions, each of which matters only after a yes.

    Of very many that are left the first `LISTED` are shuffled, then the next. Where a space cannot be listed (see
    `SearchSpace.is_listable`), the end comes instead of the list.

    Parameters
    ----------
    space, rng : what to draw from, and with.
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self.space, self.rng = space, rng
        self.left: list[Genotype] | None = None  # None as long as drawing succeeds

    def draw(self, seen: Collection[Genotype]) -> Genotype | None:
        """Return one that is not among `seen`, architectures of the space that become more; None: there are none."""
        if self.left is None:
            if not self.space.is_larger_than(len(seen)):
                return None
            for _ in range(TRIES):
                genotype = self.space.sample(self.rng)
                if genotype not in seen:
                    return genotype
            self.left = []
        while self.left and self.left[-1] in seen:
            self.left.pop()
        if not self.left and self.space.is_listable:
            left = list(itertools.islice((genotype for genotype in self.space if genotype not in seen), LISTED))
            self.left = [left[i] for i in self.rng.permutation(len(left)).tolist()]
        return self.left.pop() if self.left else None
