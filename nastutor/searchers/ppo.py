"""Proximal policy optimization: several careful steps on each batch, the method that found NASNet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from nastutor.arguments import positive_number, whole_number
from nastutor.searchers.reinforce import Reinforce
from nastutor.spaces.space import Genotype, SearchSpace


def clipped_loss(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """Return −mean(min(r·A, clip(r, 1 − ε, 1 + ε)·A)) with r = π/π_old (Schulman et al. 2017, equation 7).

    Where r has moved by more than ε in the direction that A asks for, the gradient is zero; at r = 1 it is REINFORCE's.

    Parameters
    ----------
    log_prob, old_log_prob, advantage : (B,).
    clip : ε.
    """
    ratio = (log_prob - old_log_prob).exp()
    return -torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


class PPO(Reinforce):
    """PPO with the controller of NASNet (Schulman et al. 2017, arXiv 1707.06347; Zoph et al. 2018, 1707.07012).

        repeat: draw batch_size architectures from π_old = π, evaluate them: rewards R
                A = (R − baseline) / scale, as in `Reinforce`
                epochs times: r = π / π_old
                              Adam step along ∇ [ mean(min(r·A, clip(r, 1 ± ε)·A)) + entropy_weight · mean(entropy) ]

    Parameters
    ----------
    space, seed, batch_size, entropy_weight, baseline_decay : see `Reinforce`. The bonus on entropy counts in every
        epoch and is never clipped, so it wants less weight here.
    learning_rate : of Adam, > 0. Independent logits want a larger one, about 0.05.
    epochs : gradient steps per batch, at least 1.
    clip : ε, > 0; 0.2 in the paper.
    policy, hidden, temperature, tanh_constant : see `Reinforce`.

    Notes
    -----
    Failed and infeasible evaluations, `trajectory` and `controller`: see `Reinforce`.

    Deviations. From Schulman et al.: the whole architecture is one action, so r is the ratio of genotype probabilities
    (NASNet's "joint probability") and there is no value network, the moving baseline takes its place; each of the
    epochs takes the whole batch as one minibatch. From Zoph et al., who give a learning rate of 0.00035, an entropy
    weight of 0.00001 and a baseline weight of 0.95, for 20,000 networks: the defaults here suit some hundred; rewards
    are divided by their moving scale; one machine instead of 500 workers.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int | np.random.Generator = 0,
        batch_size: int = 5,
        learning_rate: float = 0.005,
        entropy_weight: float = 0.1,
        baseline_decay: float = 0.8,
        epochs: int = 4,
        clip: float = 0.2,
        policy: str = "lstm",
        hidden: int = 64,
        temperature: float = 1.0,
        tanh_constant: float | None = None,
    ) -> None:
        self.epochs = whole_number("epochs", epochs, 1)
        self.clip = positive_number("clip", clip)
        super().__init__(
            space, seed, batch_size, learning_rate, entropy_weight, baseline_decay,
            policy, hidden, temperature, tanh_constant,
        )  # fmt: skip

    def _improve(self, genotypes: Sequence[Genotype], old_log_prob: Tensor, advantage: Tensor) -> None:
        for _ in range(self.epochs):
            walk = self.controller.score(genotypes)
            self._descend(clipped_loss(walk.log_prob, old_log_prob, advantage, self.clip), walk.entropy)
