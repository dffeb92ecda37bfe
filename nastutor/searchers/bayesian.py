"""Bayesian optimization with a Gaussian process: no network to train, every candidate scored, every result used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nastutor.arguments import one_of
from nastutor.networks.ranks import normal_scores
from nastutor.searchers.acquisition import ACQUISITIONS
from nastutor.searchers.candidates import CandidateSearch
from nastutor.searchers.gaussian_process import GaussianProcess
from nastutor.spaces.space import Genotype, SearchSpace


class BayesianSearch(CandidateSearch):
    """Efficient global optimization (Jones, Schonlau & Welch 1998, doi:10.1023/A:1008306431147) of architectures.

        evaluate the first designs, and random architectures up to `initial`
        repeat: condition a Gaussian process on all that is evaluated: encoding → normal score of the value's rank
                score candidates: the expected improvement over the best mean of those evaluated
                evaluate the best of them

    See `GaussianProcess` for the model, and `CandidateSearch` for the candidates: all of a small space. Start it from
    what is known of a space, such as its largest architectures: ``.start_from(LargestFirst(space, seed).order[:25])``.

    Parameters
    ----------
    space, seed : see `Searcher`.
    initial : random architectures before the first model, at least 2; first designs take their place.
    batch_size : proposals between two models, at least 1. More than one are the best by themselves, not as a group.
    encoding : what distances are measured by, a name in `ENCODINGS`: ``"one_hot"`` takes every space; ``"path"`` and
        ``"adjacency"`` take cells; ``"ordinal"``, whose numbers are not whole, is refused.
    acquisition : a name in `ACQUISITIONS`: ``"ei"``, ``"its"``, ``"ucb"``, or ``"mean"``, which does not explore.
    canonical : True proposes `space.canonical` forms only, one architecture of each class that computes the same
        function; False: every genotype is another one.
    candidates : in spaces of more than 20,000 architectures, how many are scored; at least `batch_size`.

    Raises
    ------
    ValueError : an argument out of its range, or an encoding that does not fit the space.

    Notes
    -----
    A batch is told completely before the next is chosen, so the run does not depend on the order in which results
    come. A failed evaluation is not learnt from; an architecture that violates constraints ranks below all that do
    not. Scores are rounded, and equal ones go to the smaller genotype. Finished when every architecture has been
    proposed, or, in a large space, when no new one is found.

    Deviations from Jones et al.: categories instead of real numbers, so the kernel is Matérn's of the root of the
    number of variables that differ, with one length for all; an evaluation is noisy, so the improvement is over the
    best mean instead of the best value; length and noise come from a grid; random architectures instead of a Latin
    hypercube; ranks as targets, because accuracies have a long tail of bad architectures. BANANAS (White et al. 2021,
    see `PredictorSearch`) has an ensemble of networks in the place of the Gaussian process.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        initial: int = 10,
        batch_size: int = 1,
        encoding: str = "one_hot",
        acquisition: str = "ei",
        canonical: bool = True,
        candidates: int = 1000,
    ) -> None:
        one_of("encoding", encoding, ("one_hot", "path", "adjacency"))
        super().__init__(space, seed, initial, batch_size, encoding, canonical, candidates)
        self.acquisition = one_of("acquisition", acquisition, tuple(ACQUISITIONS))

    def predict(self, genotypes: Sequence[Genotype]) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation, (n,) each, of normal scores: 0 is the median of what was evaluated.

        Raises
        ------
        ValueError : fewer than two results to learn from.
        """
        if len(self.scores) < 2:
            raise ValueError(f"{len(self.scores)} results so far: predictions need at least 2")
        return self._fit().predict(self._encode([self._form(genotype) for genotype in genotypes]))

    def _fit(self) -> GaussianProcess:
        evaluated, scores = self._results()
        return GaussianProcess(self._encode(evaluated), normal_scores(scores))

    def _best_of(self, genotypes: list[Genotype]) -> list[int]:
        if not genotypes:
            return []
        model = self._fit()
        best = model.predict(model.features)[0].max()
        mean, std = model.predict(self._encode(genotypes))
        values = ACQUISITIONS[self.acquisition](mean, std, best, self.rng)
        values = np.round(values / (np.abs(values).max() or 1), 9)  # so that equal ones are equal on every processor
        return np.argsort(-values, kind="stable")[: self.batch_size].tolist()
