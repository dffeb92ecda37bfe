"""Progressive search: from small architectures to large ones, with a surrogate that says which are worth growing."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from nastutor.arguments import one_of, whole_number
from nastutor.networks.surrogates import Ensemble, Guess, LSTMEnsemble, MLPEnsemble, rank_targets, shared_choices
from nastutor.searchers.queued import QueuedSearch
from nastutor.searchers.searcher import Proposal, Value
from nastutor.spaces.encodings import one_hot
from nastutor.spaces.space import Genotype, SearchSpace

START: dict[Genotype, Genotype] = {(): ()}
"""The beam before the first stage: nothing is decided."""


class ProgressiveSearch(QueuedSearch):
    """Progressive neural architecture search, PNAS (Liu et al. 2018, arXiv 1712.00559), algorithm 1.

        beam = all architectures of the first stage (beam_size random ones, if there are more); evaluate them
        for each further stage:
            train the surrogate on all that is evaluated
            beam = the beam_size best, by the surrogate, of all expansions of the beam; evaluate them

    A stage adds a node to a cell, or a layer to a chain. What is evaluated is always a whole architecture: an
    unfinished genotype, a *prefix*, is completed by the space (see `SearchSpace.stages`).

    Parameters
    ----------
    space : one with stages: `CellSpace`, or a `LayerwiseSpace` of depths 1, 2, 3, …
    seed : see `Searcher`.
    beam_size : K of the paper, 256 there; 1… the number of prefixes of the second stage (125 for cells). It decides how
        many evaluations a run takes, see the notes; `for_budget` chooses it.
    surrogate : ``"mlp"`` sees how often each choice is taken, wherever that is (`MLPEnsemble` on counts of
        `shared_choices`; the paper's MLP sees the mean of the choices' vectors); ``"lstm"`` reads the choices one by
        one (`LSTMEnsemble`). Both know a choice where they have never seen it, as on the edges of a new node; with a
        one-hot encoding a network could not.
    members : networks in the ensemble, at least 1.
    steps : of Adam in each training.
    max_candidates : expansions to rank in a stage, at least beam_size; where there are more, a random sample.

    Raises
    ------
    ValueError : a space that does not grow, a beam larger than what it is chosen from, or an unknown surrogate.

    Notes
    -----
    A run takes up to beam_size evaluations a stage, 5 + 100 + 100 for cells with the default. Stopped before the last
    stage it has seen small architectures only: with a budget of 50 or 100 the default spends all of it on cells of two
    nodes, and is far below random search until about 125. `ProgressiveSearch.for_budget` takes the largest beam with
    which all stages fit into a budget.

    Finished after the last stage. A stage is told completely before the next begins, so the run does not depend on the
    order in which results come. A failed evaluation is not learnt from and does not grow; an architecture that
    violates constraints ranks below all that do not. `trajectory` holds one `Guess` a stage: what the surrogate had
    predicted for the newly evaluated architectures, before it learnt from them; NaN in the first stage.

    A prefix in the beam whose architecture is known from an earlier stage, as (3, 0, 1) of cells is from (3,), is not
    evaluated again. Equivalent cells are not merged: two prefixes that compute the same may grow into different cells.
    Equal predictions, of which ``"mlp"`` makes many, are ordered at random by the seed.

    Deviations from the paper: ranks as targets, with the squared error (there: accuracies with the absolute error);
    all members learn from all data (there: each from four fifths); the surrogate is trained on from its present
    weights.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        beam_size: int = 100,
        surrogate: str = "mlp",
        members: int = 5,
        steps: int = 100,
        max_candidates: int = 20_000,
    ) -> None:
        super().__init__(space, seed)
        self.beam_size = whole_number("beam_size", beam_size, 1)
        first = space.expansions(())
        if not first:
            raise ValueError(f"{space!r}: no architecture of the first stage keeps the limits, so nothing can grow")
        second = 0
        for prefix in first:
            second += len(space.expansions(prefix))
            if second >= self.beam_size:
                break
        why = f"the prefixes of the {'second' if second else 'only'} stage"
        whole_number("beam_size", beam_size, 1, second or len(first), why)
        self.surrogate = one_of("surrogate", surrogate, ("mlp", "lstm"))
        self.members = whole_number("members", members, 1)
        self.steps = whole_number("steps", steps, 1)
        self.max_candidates = whole_number("max_candidates", max_candidates, self.beam_size)
        weights_seed = int(self.rng.integers(2**31))
        words = shared_choices(space)
        self._to_counts = np.eye(words.max() + 1)[words]  # (columns of one_hot, words)
        self.ensemble: Ensemble = (
            LSTMEnsemble(space, self.members, seed=weights_seed)
            if surrogate == "lstm"
            else MLPEnsemble(self._to_counts.shape[1], self.members, seed=weights_seed)
        )
        self.beam = START  # of each prefix, the architecture
        self.trajectory: list[Guess] = []
        self._guess: Guess | None = None  # about the stage under way

    @classmethod
    def for_budget(cls, space: SearchSpace, budget: int, seed: int | np.random.Generator = 0, **options: Any) -> Self:
        """Return a search with the largest beam whose stages all fit into a budget.

        Parameters
        ----------
        space, seed, options : as for the class, without `beam_size`.
        budget : the number of evaluations, at least one a stage.
        """
        stages, first = len(space.stages), len(space.expansions(()))
        budget = whole_number("budget", budget, stages, why="one evaluation a stage")
        second = sum(len(space.expansions(prefix)) for prefix in space.expansions(())) if stages > 1 else first
        beam_size = budget // stages
        if beam_size > first and stages > 1:
            beam_size = (budget - first) // (stages - 1)
        return cls(space, seed, min(beam_size, second), **options)

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        super().tell(proposal, value, violation)
        if not self.queue and not self.pending:
            self._close_stage()

    def predict(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Return each network's prediction, (members, n), in units of `rank_targets`: −√3 is the worst, √3 the best."""
        return self.ensemble.predict(self._encode(genotypes))

    def _refill(self) -> None:
        while not self.queue and self.beam:
            self._grow()

    def _grow(self) -> None:
        """Open the next stage: expand the beam, rank the expansions, queue the best; without any, the search ends."""
        grown = [prefix for prefix, genotype in self.beam.items() if not prefix or genotype in self.scores]
        pool = [(more, self.beam[prefix]) for prefix in sorted(grown) for more in self.space.expansions(prefix)]
        pool = [pool[i] for i in self.rng.permutation(len(pool))[: self.max_candidates].tolist()]
        genotypes = [self.space.complete(prefix) for prefix, _ in pool]
        is_first = self.beam == START
        predicted = np.full(len(pool), np.nan) if is_first or not pool else self._rank(genotypes)
        chosen = np.argsort(-predicted, kind="stable")[: self.beam_size]  # of equals, whichever was shuffled forward
        self.beam = {pool[i][0]: genotypes[i] for i in chosen.tolist()}
        new = [i for i in chosen.tolist() if genotypes[i] not in self.ids]
        self.queue = deque((genotypes[i], () if is_first else (self.ids[pool[i][1]],)) for i in new)
        if pool:
            self._guess = Guess(len(self.scores), len(pool), [genotypes[i] for i in new], predicted[new])
        if not new:
            self._close_stage()

    def _rank(self, genotypes: list[Genotype]) -> np.ndarray:
        """Train the surrogate on all results and return its mean prediction for each architecture."""
        evaluated, scores = self._results()
        self.ensemble.fit(self._encode(evaluated), rank_targets(scores), self.steps)
        return self.predict(genotypes).mean(axis=0)

    def _encode(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        array = one_hot(self.space, genotypes)
        return array if self.surrogate == "lstm" else array @ self._to_counts

    def _close_stage(self) -> None:
        if self._guess is not None:
            self.trajectory.append(self._guess.measure(self.scores))
            self._guess = None
