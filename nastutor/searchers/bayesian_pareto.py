"""Bayesian optimization of two objectives: a Gaussian process for each, and the hypervolume that is expected."""

from __future__ import annotations

import numpy as np

from nastutor.arguments import whole_number
from nastutor.searchers.acquisition import expected_hypervolume_improvement
from nastutor.searchers.candidates import CandidateSearch
from nastutor.searchers.gaussian_process import GaussianProcess
from nastutor.searchers.nsga2 import Member
from nastutor.searchers.pareto_local_search import ParetoLocalSearch
from nastutor.searchers.searcher import Proposal, Value
from nastutor.spaces.space import Genotype, SearchSpace

_LOWEST = -2.0
"""How far below the median values are told apart, in quartile ranges."""


class BayesianParetoSearch(CandidateSearch):
    """Bayesian search by expected hypervolume improvement (Emmerich, Giannakoglou & Naujoks 2006,
    doi:10.1109/TEVC.2005.859463), then Pareto local search.

        evaluate the first designs, and random architectures up to `initial`
        until `model_until` are proposed:
            condition a Gaussian process for each objective on all that is evaluated
            evaluate the `batch_size` candidates by which the hypervolume is expected to grow most
        then: neighbours of the archive, see `ParetoLocalSearch`

    A model knows early where the front is; what is left are cells of which each is a neighbour of one on the front, and
    to look at all of them needs no model, which takes longer with each result.

    Parameters
    ----------
    space, seed : see `Searcher`.
    initial : random architectures before the first model, at least 2; first designs take their place.
    model_until : proposals after which the local search begins, at least 0.
    batch_size : proposals between two models, at least 1.
    canonical : True: the models propose `space.canonical` forms only; the local search proposes any architecture. Give
        False for a cost that was measured for each genotype: in NAS-Bench-201's latencies, of equal functions some
        genotype has a lower one than the canonical form, and those forms alone miss a part of the hypervolume.
    candidates : in spaces of more than 20,000 architectures, how many are scored, see `CandidateSearch`.

    Notes
    -----
    The values told are pairs, both maximised. A batch is told completely before the next is chosen. To a model what
    violates constraints is as bad as the worst; as long as nothing keeps them, it models the violation. A failed
    evaluation is not learnt from. What was proposed is never proposed again.

    Deviations from the paper: the improvement is computed exactly instead of by sampling; a batch is chosen one by one,
    as if each were to bring what is expected of it ("Kriging believer", Ginsbourger et al. 2010,
    doi:10.1007/978-3-642-10701-6_6); targets are robust (in quartile ranges from the median, and what is more than two
    below it counts as two), because costs and accuracies have long tails of bad architectures; the kernel is that of
    `GaussianProcess`. What is robust enough, and `model_until`, were chosen on NAS-Bench-201's CIFAR-10.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        initial: int = 10,
        model_until: int = 150,
        batch_size: int = 5,
        canonical: bool = True,
        candidates: int = 1000,
    ) -> None:
        super().__init__(space, seed, initial, batch_size, "one_hot", canonical, candidates)
        self.model_until = whole_number("model_until", model_until, 0)
        self.members: list[Member] = []  # all that was evaluated
        self.local = ParetoLocalSearch(space, self.rng)

    def ask(self) -> Proposal | None:
        if self.queue or self.designs or self.asked < self.model_until:
            proposal = super().ask()
            if proposal is not None:
                self.local.seen.add(proposal.genotype)
                return proposal
        if self.pending and (self.asked < self.model_until or not self.local.archive):
            return None
        found = self.local.choose()
        if found is None:
            return None
        self.ids[found[0]] = self.asked
        return self._propose(found[0], parents=found[1])

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        if isinstance(value, tuple) and len(value) > 2:
            raise ValueError(f"BayesianParetoSearch takes two objectives, got {len(value)}; NSGA2 takes more")
        received = self._receive_several(proposal, value, violation)
        if received is not None:
            self.members.append((*received, proposal))
            self.local.add(self.members[-1])
            self.scores[proposal.genotype] = (-received[1], received[0][0])  # counted, not compared

    def _best_known(self) -> list[Genotype]:
        return [proposal.genotype for _, _, proposal in self.local.archive]

    def _best_of(self, genotypes: list[Genotype]) -> list[int]:
        members = sorted(self.members, key=lambda member: member[2].id)
        features = self._encode([proposal.genotype for _, _, proposal in members])
        targets = robust_targets(np.array([values for values, _, _ in members]), np.array([m[1] for m in members]))
        models = [GaussianProcess(features, column) for column in targets.T]
        predictions = [model.predict(self._encode(genotypes)) for model in models] if genotypes else []
        front, chosen = targets, list[int]()
        while len(chosen) < min(self.batch_size, len(genotypes)):
            mean, std = (np.column_stack(parts) for parts in zip(*predictions))
            gains = expected_hypervolume_improvement(mean, std, front, targets.min(axis=0))
            gains[chosen] = -1.0
            # Rounded, so that equal ones are equal on every processor.
            best = int(np.round(gains / (gains.max() or 1), 9).argmax())
            chosen.append(best)
            front = np.vstack([front, mean[best]])
        return chosen


def robust_targets(values: np.ndarray, violations: np.ndarray) -> np.ndarray:
    """Return what the models learn, (n, 2): quartile ranges from the median, none below `_LOWEST`, of mean 0.

    Parameters
    ----------
    values : (n, 2), to be maximised; violations : (n,), of constraints.
    """
    is_feasible = violations == 0
    if not is_feasible.any():
        values = -np.column_stack([violations, violations])
    else:
        values = np.where(is_feasible[:, None], values, values[is_feasible].min(axis=0))
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    width = np.where(high > low, high - low, np.maximum(np.ptp(values, axis=0), 1e-300))
    targets = np.maximum((values - middle) / width, _LOWEST)
    return targets - targets.mean(axis=0)
