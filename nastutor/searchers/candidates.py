"""What searchers share that score candidates with a model and evaluate the best of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from nastutor.arguments import one_of, truth, whole_number
from nastutor.searchers.queued import Parents, QueuedSearch
from nastutor.spaces import encodings
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import TRIES

SMALL = 20_000
"""Up to this size, all architectures of a space are candidates."""
PARENTS = 10
"""In larger spaces, how many of the best are mutated."""


def _flat_adjacency(space: SearchSpace, genotypes: Sequence[Genotype]) -> np.ndarray:
    matrices, operations = encodings.adjacency(space, genotypes)
    return np.hstack([matrices.reshape(len(genotypes), -1), operations.reshape(len(genotypes), -1)])


ENCODINGS: dict[str, Callable[[SearchSpace, Sequence[Genotype]], np.ndarray]] = {
    "one_hot": encodings.one_hot,
    "ordinal": encodings.ordinal,
    "path": encodings.path,
    "adjacency": _flat_adjacency,
}


class CandidateSearch(QueuedSearch):
    """Evaluate first designs or random architectures, then again and again the best candidates by `_best_of`.

    The candidates are all architectures that were not proposed yet, where the space is small (up to 20,000). In larger
    ones they are `candidates` new ones: half of them mutated one to four times from one of the ten best, half random.

    A batch is told completely before the next is chosen. A failed evaluation is not learnt from. Finished when every
    architecture has been proposed, or, in a large space, when no new one is found.

    Parameters
    ----------
    space, seed : see `Searcher`.
    initial : architectures before the first model, at least 2: random ones, as far as there are no first designs.
    batch_size : proposals between two models, at least 1.
    encoding : a name in `ENCODINGS`.
    canonical : True proposes `space.canonical` forms only; False: every genotype is another one.
    candidates : in large spaces, see above; at least `batch_size`.
    """

    takes_designs = True

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator,
        initial: int,
        batch_size: int,
        encoding: str,
        canonical: bool,
        candidates: int,
    ) -> None:
        super().__init__(space, seed)
        self.initial = whole_number("initial", initial, 2)
        self.batch_size = whole_number("batch_size", batch_size, 1)
        self.encoding = one_of("encoding", encoding, tuple(ENCODINGS))
        self.canonical = truth("canonical", canonical)
        self.candidates = whole_number("candidates", candidates, self.batch_size)
        self._codes: dict[Genotype, np.ndarray] = {}
        self._encode([space.sample(np.random.default_rng(0))])  # so that an encoding that fits not is refused at once

    def _best_of(self, genotypes: list[Genotype]) -> list[int]:
        """Return the positions of the candidates to evaluate next, best first; there are two results or more."""
        raise NotImplementedError

    def _refill(self) -> None:
        designs = dict.fromkeys(map(self._form, self.designs))
        self.designs.clear()
        self.queue.extend((genotype, ()) for genotype in designs)
        candidates = self._find_candidates()
        genotypes = sorted(genotype for genotype in candidates if genotype not in designs)
        if len(self.scores) < 2:
            count = min(max(self.initial - len(designs), 0), len(genotypes))
            chosen = self.rng.choice(len(genotypes), count, replace=False).tolist() if count else []
        else:
            chosen = self._best_of(genotypes)
        self.queue.extend((genotypes[i], candidates[genotypes[i]]) for i in chosen)

    def _find_candidates(self) -> dict[Genotype, Parents]:
        """Return architectures that were not proposed yet, with the ids of what they were mutated from."""
        if not self.space.is_larger_than(SMALL):
            return {genotype: () for genotype in self._everything if genotype not in self.ids}
        best = self._best_known()
        wanted = self.candidates if best else self.initial
        found: dict[Genotype, Parents] = {}
        misses = 0  # in a row
        for attempt in range(10 * wanted):  # a space may have fewer classes than architectures
            genotype = self.space.sample(self.rng)
            parents: Parents = ()
            if best and attempt % 2:
                genotype = best[self.rng.integers(len(best))]
                parents = (self.ids[genotype],)
                for _ in range(self.rng.integers(1, 5)):
                    genotype = self.space.mutate(genotype, self.rng)
            genotype = self._form(genotype)
            if genotype in self.ids or genotype in found:
                misses += 1
            else:
                misses, found[genotype] = 0, parents
            if len(found) == wanted or misses == TRIES:
                break
        return found

    def _best_known(self) -> list[Genotype]:
        """Return what candidates are mutated from, where a space is large."""
        return sorted(self.scores, key=lambda genotype: (*(-x for x in self.scores[genotype]), genotype))[:PARENTS]

    @cached_property
    def _everything(self) -> list[Genotype]:
        return self.space.representatives() if self.canonical else list(self.space)

    def _form(self, genotype: Genotype) -> Genotype:
        return self.space.canonical(genotype) if self.canonical else genotype

    def _encode(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return (n, D); each architecture is encoded once."""
        new = [genotype for genotype in genotypes if genotype not in self._codes]
        if new:
            self._codes.update(zip(new, ENCODINGS[self.encoding](self.space, new)))
        return np.array([self._codes[genotype] for genotype in genotypes])
