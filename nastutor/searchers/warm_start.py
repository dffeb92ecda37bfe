"""Evolution that starts from chosen architectures, for instance the favourites of a cheap score."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from nastutor.arguments import listed
from nastutor.searchers.evolution import RegularizedEvolution
from nastutor.searchers.searcher import Proposal
from nastutor.spaces.space import Genotype, SearchSpace


class WarmStart(RegularizedEvolution):
    """The zero-cost warm-up of Abdelfattah et al. 2021 (arXiv 2101.08134, section 5) for regularized evolution.

        evaluate the architectures of `start`, in their order
        go on as regularized evolution does

    Where does `start` come from? Score a pool of random architectures by a proxy, and give the best. What the proxy
    costs is for the caller to count.

    Parameters
    ----------
    space, seed, population_size, sample_size, aging : see `RegularizedEvolution`, which this is with an empty start.
    start : architectures to evaluate first. Fewer than `population_size` are made up for by random ones; with more, the
        first ones die of age as others do.

    Raises
    ------
    ValueError : an architecture of `start` that is not of the space.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        start: Collection[Genotype] = (),
        population_size: int = 20,
        sample_size: int = 10,
        aging: bool = True,
    ) -> None:
        super().__init__(space, seed, population_size, sample_size, aging)
        self.start = [space.validate(genotype) for genotype in listed("start", start)]

    def ask(self) -> Proposal | None:
        if self.asked < len(self.start):
            return self._propose(self.start[self.asked])
        return super().ask()
