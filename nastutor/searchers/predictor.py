"""Predictor-guided search: learn to rank architectures from those evaluated so far, evaluate those that look best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nastutor.arguments import one_of, whole_number
from nastutor.networks.surrogates import Guess, MLPEnsemble, rank_targets
from nastutor.searchers.acquisition import ACQUISITIONS
from nastutor.searchers.candidates import CandidateSearch
from nastutor.searchers.searcher import Proposal, Value
from nastutor.spaces.space import Genotype, SearchSpace


class PredictorSearch(CandidateSearch):
    """Bayesian optimization with a neural predictor, after BANANAS (White et al. 2021, arXiv 1910.11858), algorithm 1.

        evaluate the first designs, and random architectures up to `initial`
        repeat: train an ensemble of networks: encoding → rank of the value, on all that is evaluated
                score candidates: acquisition(mean, standard deviation) of the ensemble's predictions
                evaluate the `batch_size` best of them

    The candidates are all architectures that were not proposed yet, where the space is small (up to 20,000). In larger
    ones they are `candidates` new ones: half of them mutated one to four times from one of the ten best, half random.

    Parameters
    ----------
    space, seed : see `Searcher`.
    initial : random architectures before the first training, at least 2.
    batch_size : proposals between two trainings, at least 1.
    encoding : a name in `ENCODINGS`: ``"one_hot"`` and ``"ordinal"`` take every space, ``"path"`` (that of the paper)
        and ``"adjacency"`` (matrix and operations, flattened) take cells.
    acquisition : a name in `ACQUISITIONS`: ``"its"`` (independent Thompson sampling, that of the paper), ``"ucb"``,
        ``"ei"``, or ``"mean"``, which does not explore.
    canonical : True proposes `space.canonical` forms only, one architecture of each class that computes the same
        function. In a table whose equivalents are rows of their own, each with its own training noise, that gives up
        the chance to evaluate a function again and keep the luckier number. False: every genotype is another one.
    members : networks in the ensemble; at least 2, except for ``"mean"``.
    steps : of Adam in each training.
    candidates : in large spaces, see above; at least `batch_size`.

    Raises
    ------
    ValueError : an argument out of its range, or an encoding that does not fit the space.

    Notes
    -----
    A batch is told completely before the next is chosen, so the run does not depend on the order in which results
    come. First designs (`start_from`) take the place of random ones; all of them are evaluated before the first
    training. A failed evaluation is not learnt from; an architecture that violates constraints ranks below all that do
    not. Finished when every architecture has been proposed, or, in a large space, when no new one is found.
    `trajectory` holds, for each complete batch after the initial one, how well it was predicted; `predict` asks the
    ensemble about any architectures. The defaults were chosen on the CIFAR-10 table of NAS-Bench-201, for up to 150
    evaluations.

    Deviations from the paper: 20 initial architectures (there: 10); one-hot encoding by default, and the path encoding
    in full (there: without the longest paths); ranks as targets and the squared error (there: accuracies and their mean
    absolute percentage error); networks of two layers of 64 units that are trained on from their present weights
    (there: ten layers of 20, afresh each time); more candidates, random ones among them, and never one that was
    proposed before, as in the paper's code.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        initial: int = 20,
        batch_size: int = 10,
        encoding: str = "one_hot",
        acquisition: str = "its",
        canonical: bool = True,
        members: int = 5,
        steps: int = 50,
        candidates: int = 1000,
    ) -> None:
        super().__init__(space, seed, initial, batch_size, encoding, canonical, candidates)
        self.acquisition = one_of("acquisition", acquisition, tuple(ACQUISITIONS))
        self.members = whole_number("members", members, 1)
        if self.members == 1 and acquisition != "mean":
            raise ValueError("members 1: give at least 2, so that they can disagree (1 does for 'mean')")
        self.steps = whole_number("steps", steps, 1)
        self.trajectory: list[Guess] = []
        self._guess: Guess | None = None  # about the batch under way
        inputs = self._encode([space.sample(np.random.default_rng(0))]).shape[1]
        self.ensemble = MLPEnsemble(inputs, self.members, seed=int(self.rng.integers(2**31)))

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        super().tell(proposal, value, violation)
        if self._guess is not None and not self.queue and not self.pending:
            self.trajectory.append(self._guess.measure(self.scores))
            self._guess = None

    def predict(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return each network's prediction, (members, n), in units of `rank_targets`: −√3 is the worst, √3 the best."""
        return self.ensemble.predict(self._encode([self._form(genotype) for genotype in genotypes]))

    def _best_of(self, genotypes: list[Genotype]) -> list[int]:
        """Train, and return the positions of the candidates with the best acquisition, best first."""
        if not genotypes:
            return []
        evaluated, scores = self._results()
        targets = rank_targets(scores)
        self.ensemble.fit(self._encode(evaluated), targets, self.steps)
        predictions = self.ensemble.predict(self._encode(genotypes))
        mean, std = predictions.mean(axis=0), predictions.std(axis=0)
        values = ACQUISITIONS[self.acquisition](mean, std, targets.max(), self.rng)
        chosen = np.argsort(-values, kind="stable")[: self.batch_size].tolist()
        self._guess = Guess(len(evaluated), len(genotypes), [genotypes[i] for i in chosen], mean[chosen])
        return chosen
