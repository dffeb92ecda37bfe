"""Predictor-guided search: learn to rank architectures from those evaluated so far, evaluate those that look best."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from nastutor.arguments import one_of, truth, whole_number
from nastutor.networks.surrogates import Guess, MLPEnsemble, rank_targets
from nastutor.searchers.searcher import FAILED, Proposal, Score, Searcher, Value
from nastutor.spaces import encodings
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import TRIES

SMALL = 20_000
"""Up to this size, all architectures of a space are candidates."""
PARENTS = 10
"""In larger spaces, how many of the best are mutated."""

Parents = tuple[int, ...]


class PredictorSearch(Searcher):
    """Bayesian optimization with a neural predictor, after BANANAS (White et al. 2021, arXiv 1910.11858), algorithm 1.

        evaluate `initial` random architectures
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
    come. A failed evaluation is not learnt from; an architecture that violates constraints ranks below all that do
    not. Finished when every architecture has been proposed, or, in a large space, when no new one is found.
    `trajectory` holds, for each complete batch after the initial one, how well it was predicted; `predict` asks the
    ensemble about any architectures. The defaults were chosen on the CIFAR-10 table of NAS-Bench-201, for up to 150
    evaluations.

    Deviations from the paper: one-hot encoding by default; ranks as targets and the squared error (there: accuracies
    and their mean absolute percentage error); networks of two layers of 64 units that are trained on from their
    present weights (there: ten layers of 20, afresh each time); more candidates, and random ones among them.
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
        super().__init__(space, seed)
        self.initial = whole_number("initial", initial, 2)
        self.batch_size = whole_number("batch_size", batch_size, 1)
        self.encoding = one_of("encoding", encoding, tuple(ENCODINGS))
        self.acquisition = one_of("acquisition", acquisition, tuple(ACQUISITIONS))
        self.canonical = truth("canonical", canonical)
        self.members = whole_number("members", members, 1)
        if self.members == 1 and acquisition != "mean":
            raise ValueError("members 1: give at least 2, so that they can disagree (1 does for 'mean')")
        self.steps = whole_number("steps", steps, 1)
        self.candidates = whole_number("candidates", candidates, self.batch_size)
        self.queue: deque[tuple[Genotype, Parents]] = deque()
        self.ids: dict[Genotype, int] = {}  # of everything proposed
        self.scores: dict[Genotype, Score] = {}  # of everything evaluated, without failures
        self.trajectory: list[Guess] = []
        self._guess: Guess | None = None  # about the batch under way
        self._codes: dict[Genotype, np.ndarray] = {}
        inputs = self._encode([space.sample(np.random.default_rng(0))]).shape[1]
        self.ensemble = MLPEnsemble(inputs, self.members, seed=int(self.rng.integers(2**31)))

    def ask(self) -> Proposal | None:
        if not self.queue and not self.pending:
            self._choose_batch()
        if not self.queue:
            return None
        genotype, parents = self.queue.popleft()
        proposal = self._propose(genotype, parents=parents)
        self.ids[genotype] = proposal.id
        return proposal

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        score = self._receive(proposal, value, violation)
        if score != FAILED:
            self.scores[proposal.genotype] = score
        if self._guess is not None and not self.queue and not self.pending:
            self.trajectory.append(self._guess.measure(self.scores))
            self._guess = None

    def predict(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return each network's prediction, (members, n), in units of `rank_targets`: −√3 is the worst, √3 the best."""
        return self.ensemble.predict(self._encode([self._form(genotype) for genotype in genotypes]))

    def _choose_batch(self) -> None:
        candidates = self._find_candidates()
        genotypes = sorted(candidates)
        if len(self.scores) < 2:
            count = min(self.initial, len(genotypes))
            chosen = self.rng.choice(len(genotypes), count, replace=False).tolist() if count else []
        else:
            chosen = self._best_of(genotypes)
        self.queue.extend((genotypes[i], candidates[genotypes[i]]) for i in chosen)

    def _best_of(self, genotypes: list[Genotype]) -> list[int]:
        """Train, and return the positions of the candidates with the best acquisition, best first."""
        if not genotypes:
            return []
        evaluated = sorted(self.scores, key=self.ids.__getitem__)
        targets = rank_targets([self.scores[genotype] for genotype in evaluated])
        self.ensemble.fit(self._encode(evaluated), targets, self.steps)
        predictions = self.ensemble.predict(self._encode(genotypes))
        mean, std = predictions.mean(axis=0), predictions.std(axis=0)
        values = ACQUISITIONS[self.acquisition](mean, std, targets.max(), self.rng)
        chosen = np.argsort(-values, kind="stable")[: self.batch_size].tolist()
        self._guess = Guess(len(evaluated), len(genotypes), [genotypes[i] for i in chosen], mean[chosen])
        return chosen

    def _find_candidates(self) -> dict[Genotype, Parents]:
        """Return architectures that were not proposed yet, with the ids of what they were mutated from."""
        if not self.space.is_larger_than(SMALL):
            return {genotype: () for genotype in self._everything if genotype not in self.ids}
        best = sorted(self.scores, key=lambda genotype: (*(-x for x in self.scores[genotype]), genotype))[:PARENTS]
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

    @cached_property
    def _everything(self) -> list[Genotype]:
        return list(dict.fromkeys(self._form(genotype) for genotype in self.space))

    def _form(self, genotype: Genotype) -> Genotype:
        return self.space.canonical(genotype) if self.canonical else genotype

    def _encode(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return (n, D); each architecture is encoded once."""
        new = [genotype for genotype in genotypes if genotype not in self._codes]
        if new:
            self._codes.update(zip(new, ENCODINGS[self.encoding](self.space, new)))
        return np.array([self._codes[genotype] for genotype in genotypes])


def _flat_adjacency(space: SearchSpace, genotypes: Sequence[Genotype]) -> np.ndarray:
    matrices, operations = encodings.adjacency(space, genotypes)
    return np.hstack([matrices.reshape(len(genotypes), -1), operations.reshape(len(genotypes), -1)])


ENCODINGS: dict[str, Callable[[SearchSpace, Sequence[Genotype]], np.ndarray]] = {
    "one_hot": encodings.one_hot,
    "ordinal": encodings.ordinal,
    "path": encodings.path,
    "adjacency": _flat_adjacency,
}


# Acquisition functions: how much one wants to evaluate candidates, from the mean and standard deviation (n,) of their
# predictions, the best target so far, and a generator.


def thompson(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """Independent Thompson sampling: for each candidate one draw from the normal distribution (White et al. 2021)."""
    return rng.normal(mean, std)


def upper_confidence_bound(
    mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator, beta: float = 0.5
) -> np.ndarray:
    """The mean plus β standard deviations (Srinivas et al. 2010, arXiv 0912.3995); β = 0.5 as in BANANAS's code."""
    return mean + beta * std


def expected_improvement(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """E[max(f − best, 0)] for a normal f (Močkus 1975): (mean − best)·Φ(z) + std·φ(z), z = (mean − best)/std."""
    gain = mean - best
    z = np.divide(gain, std, out=np.zeros_like(gain), where=std > 0)
    cumulative = 0.5 * (1 + np.array([math.erf(value) for value in z / math.sqrt(2)]))
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.where(std > 0, gain * cumulative + std * density, np.maximum(gain, 0))


def predicted_mean(mean: np.ndarray, std: np.ndarray, best: float, rng: np.random.Generator) -> np.ndarray:
    """The mean alone: exploitation."""
    return mean


ACQUISITIONS: dict[str, Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "its": thompson,
    "ucb": upper_confidence_bound,
    "ei": expected_improvement,
    "mean": predicted_mean,
}
