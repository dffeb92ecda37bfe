"""Reinforcement learning: a policy over architectures that follows the gradient of its expected reward."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nastutor.arguments import one_of, positive_number, real_number, whole_number
from nastutor.networks.controller import Controller, IndependentPolicy, Policy, Walk, one_thread
from nastutor.searchers.searcher import FAILED, Proposal, Searcher, Value
from nastutor.spaces.space import Genotype, SearchSpace

ROUNDS = 10
"""How often what a policy draws outside a limited space is drawn again."""


class PolicyRecord(NamedTuple):
    """The policy that a batch is drawn from.

    evaluations : how many results it was learned from, failed ones included; 0 for the first.
    baseline : the moving average of the rewards, in their unit; NaN for the first.
    entropy : of the policy, in nats, estimated from the batch (see `Walk`).
    modal_genotype, certainty : the greedy genotype and its probability.
    probabilities : per variable, along the greedy path (see `Policy.probabilities`).
    """

    evaluations: int
    baseline: float
    entropy: float
    modal_genotype: Genotype
    certainty: float
    probabilities: list[np.ndarray]


def policy_gradient_loss(log_prob: Tensor, advantage: Tensor) -> Tensor:
    """Return −mean(advantage · log π), whose gradient is minus REINFORCE's estimate (Williams 1992).

    Parameters
    ----------
    log_prob, advantage : (B,); the advantage is a constant, reward less baseline.
    """
    return -(advantage * log_prob).mean()


class Reinforce(Searcher):
    """REINFORCE with an LSTM controller, the method of Zoph & Le 2017 (arXiv 1611.01578).

        repeat: draw batch_size architectures from the policy π, evaluate them: rewards R
                A = (R − baseline) / scale
                Adam step along ∇ [ mean(A · log π) + entropy_weight · mean(entropy) ]
                baseline, scale² = moving averages of R, (R − baseline)²

    Parameters
    ----------
    space, seed : see `Searcher`.
    batch_size : architectures per update, at least 1.
    learning_rate : of Adam, > 0. Independent logits want a larger one, about 0.2.
    entropy_weight : ≥ 0, per nat, in units of the rewards' scale; larger keeps the policy from sharpening too early.
    baseline_decay : weight of the past in the moving averages, 0 ≤ decay < 1.
    policy : ``"lstm"`` (`Controller`) or ``"independent"`` (`IndependentPolicy`: one row of logits per variable).
    hidden, temperature, tanh_constant : see `Controller`; "independent" has no use for `hidden`.

    Notes
    -----
    A batch is asked completely before its results count, and they are taken in the order of the asks, so the run does
    not depend on the order in which they come. `trajectory` holds a `PolicyRecord` for each batch, `controller` the
    policy itself. The defaults were chosen on the CIFAR-10 table of NAS-Bench-201, for 50 to 500 evaluations.

    A policy decides variable by variable and knows no limits: what it draws outside a `LimitedSpace` is drawn again, at
    last from the space. The gradient takes all of them for draws of the policy.

    A failed evaluation is left out of the update. An infeasible one counts as the lowest feasible reward so far; while
    there is none, it is left out. The first baseline is the mean of the first batch.

    Deviations. From Zoph & Le: rewards are divided by their moving scale instead of cubed, so that defaults suit any
    unit, percent included; an entropy bonus, as in Zoph et al. 2018 (1707.07012), and in the objective instead of in
    the reward, where Pham et al. 2018 (1802.03268) have it; one LSTM layer for their two; one machine instead of
    asynchronous parameter servers. From all three: a learning rate 50 to 90 times theirs (0.0006, 0.00035, 0.00035),
    for hundreds of evaluations instead of their ten thousand and more. From Pham et al.: full evaluations instead of
    shared weights; no temperature and tanh bound by default, since with theirs no policy can become certain. The
    gradient of the entropy bonus is taken at the drawn architectures and ignores that the policy also decides which
    these are, as is usual.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        batch_size: int = 10,
        learning_rate: float = 0.03,
        entropy_weight: float = 0.2,
        baseline_decay: float = 0.6,
        policy: str = "lstm",
        hidden: int = 64,
        temperature: float = 1.0,
        tanh_constant: float | None = None,
    ) -> None:
        super().__init__(space, seed)
        self.batch_size = whole_number("batch_size", batch_size, 1)
        self.learning_rate = positive_number("learning_rate", learning_rate)
        self.entropy_weight = real_number("entropy_weight", entropy_weight, "a number of at least 0", lambda x: x >= 0)
        self.baseline_decay = real_number(
            "baseline_decay", baseline_decay, "a number of at least 0 and less than 1", lambda x: 0 <= x < 1
        )
        self.policy = one_of("policy", policy, ("lstm", "independent"))
        self.hidden = whole_number("hidden", hidden, 1)
        self.temperature = positive_number("temperature", temperature)
        self.tanh_constant = None if tanh_constant is None else positive_number("tanh_constant", tanh_constant)
        self.controller: Policy
        bounds = (self.temperature, self.tanh_constant)
        if self.policy == "lstm":
            self.controller = Controller(space, int(self.rng.integers(2**31)), self.hidden, *bounds)
        else:
            self.controller = IndependentPolicy(space, *bounds)
        self.optimizer = torch.optim.Adam(self.controller.parameters(), self.learning_rate)
        self.baseline, self.variance = math.nan, math.nan
        self.lowest = math.inf  # feasible reward so far
        self.trajectory: list[PolicyRecord] = []
        self.results: dict[int, float] = {}  # of the batch under way, by proposal; NaN for an infeasible one
        self._draw_batch()

    def ask(self) -> Proposal | None:
        return self._propose(self.queue.popleft()) if self.queue else None

    def tell(self, proposal: Proposal, value: Value, violation: float = 0.0) -> None:
        score = self._receive(proposal, value, violation)
        if score != FAILED:
            self.results[proposal.id] = score[1] if violation <= 0 else math.nan
        if not self.queue and not self.pending:
            self._update()
            self._draw_batch()

    @one_thread()
    def _draw_batch(self) -> None:
        """Draw the next batch and put the policy on record."""
        walk = self._walk()
        self.queue = deque(walk.genotypes)
        self.batch = dict(enumerate(zip(walk.genotypes, walk.log_prob.tolist()), start=self.asked))
        path = self.controller.greedy()
        record = PolicyRecord(
            evaluations=self.asked,
            baseline=self.baseline,
            entropy=walk.entropy.mean().item(),
            modal_genotype=path.genotypes[0],
            certainty=math.exp(path.log_prob.item()),
            probabilities=[table[0] for table in path.probabilities()],
        )
        self.trajectory.append(record)

    @torch.no_grad()
    def _walk(self) -> Walk:
        """Draw a batch; what is not of the space, because it breaks a limit, is drawn again, at last from the space."""
        walk = self.controller.sample(self.batch_size, self.rng)
        genotypes = list(walk.genotypes)
        for attempt in range(ROUNDS + 1):
            outside = [i for i, genotype in enumerate(genotypes) if genotype not in self.space]
            if not outside:
                break
            if attempt < ROUNDS:
                drawn = self.controller.sample(len(outside), self.rng).genotypes
            else:
                drawn = [self.space.sample(self.rng) for _ in outside]
            for i, genotype in zip(outside, drawn):
                genotypes[i] = genotype
        return walk if genotypes == walk.genotypes else self.controller.score(genotypes)

    @one_thread()
    def _update(self) -> None:
        """Learn from the results of a batch."""
        self.lowest = min([self.lowest, *(value for value in self.results.values() if not math.isnan(value))])
        if self.results and math.isfinite(self.lowest):
            ids = sorted(self.results)
            rewards = np.array([self.results[i] for i in ids])
            rewards[np.isnan(rewards)] = self.lowest
            genotypes, log_prob = zip(*(self.batch[i] for i in ids))
            self._improve(genotypes, torch.tensor(log_prob, dtype=torch.float64), self._advantage(rewards))
        self.results = {}

    def _advantage(self, rewards: np.ndarray) -> Tensor:
        """Return (rewards − baseline) / scale, (B,), and move both on."""
        if math.isnan(self.baseline):
            self.baseline, self.variance = float(rewards.mean()), float(rewards.var())
        gain = rewards - self.baseline
        new = 1 - self.baseline_decay
        self.variance += new * (float((gain**2).mean()) - self.variance)
        self.baseline += new * float(gain.mean())
        return torch.from_numpy(gain / (math.sqrt(self.variance) or 1.0))

    def _improve(self, genotypes: Sequence[Genotype], old_log_prob: Tensor, advantage: Tensor) -> None:
        """Change the policy; `old_log_prob` (B,) is that of the policy the batch was drawn from."""
        walk = self.controller.score(genotypes)
        self._descend(policy_gradient_loss(walk.log_prob, advantage), walk.entropy)

    def _descend(self, loss: Tensor, entropy: Tensor) -> None:
        self.optimizer.zero_grad()
        (loss - self.entropy_weight * entropy.mean()).backward()
        self.optimizer.step()
