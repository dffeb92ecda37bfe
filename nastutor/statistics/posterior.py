"""Choosing among what a search evaluated by what all of it says, instead of by the luckiest number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nastutor.arguments import shown
from nastutor.networks.ranks import normal_scores
from nastutor.searchers.gaussian_process import GaussianProcess
from nastutor.spaces.encodings import one_hot
from nastutor.spaces.space import Genotype, SearchSpace


def posterior_mean(space: SearchSpace) -> Callable[[Sequence[Genotype], Sequence[float]], np.ndarray]:
    """Return what to choose by in `History.best`: the mean of a Gaussian process, given all that was evaluated.

        history.best(by=posterior_mean(bench.space))

    The best of many noisy numbers is partly the luckiest (the winner's curse). The mean at an architecture takes those
    of similar ones into account: a number that its neighbours do not bear out counts for less. What that gains depends
    on how well `GaussianProcess` describes the table; where similar architectures say little of each other, nothing.

    Parameters
    ----------
    space : of the architectures; those that compute the same function, by `space.canonical`, are at one point.

    Returns
    -------
    A function of the genotypes (n) and their values (n,): the means (n,), in normal scores of the values.

    Raises
    ------
    ValueError : no space.
    """
    if not isinstance(space, SearchSpace):
        raise ValueError(f"space {shown(space)}: give a SearchSpace, such as bench.space")

    def means(genotypes: Sequence[Genotype], values: Sequence[float]) -> np.ndarray:
        features = one_hot(space, [space.canonical(genotype) for genotype in genotypes])
        return GaussianProcess(features, normal_scores(values)).predict(features)[0]

    return means
