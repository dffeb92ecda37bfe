"""Surrogates: ensembles of small networks that learn from the architectures evaluated so far how to rank the others.

All members of an ensemble are trained at once: a weight has a leading axis for the member, (M, in, out), and one
batched matrix product serves all. Their gradients do not mix, so the members are those that one would train one by
one; they differ in their first weights only, and where the data say little, they disagree (deep ensembles,
Lakshminarayanan et al. 2017, arXiv 1612.01474).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from nastutor.networks.ranks import Scores, ranks
from nastutor.spaces.space import Genotype, SearchSpace

_DECIMALS = 9
"""Predictions are rounded to this, so that architectures with equal features are equal whatever the order of a sum."""
_GRID = 2.0**20
"""After a training, weights are rounded to multiples of 1/this: processors add in different orders and differ in the
last digit of a sum, and from one training to the next that digit would grow tenfold, until other architectures look
best. A power of two, so that sums of rounded weights are exact in any order. A decimal grid would make the inputs of
many ReLUs zero up to that last digit, and whether such a unit learns would be its sign."""


def rank_targets(scores: Scores) -> np.ndarray:
    """Return ranks spread evenly over −√3…√3 (mean 0, variance about 1): what networks learn to predict.

    Accuracies have a long tail of bad architectures, on which a network would spend its effort; and a violated
    constraint has no place on their scale. Ranks keep the order alone.
    """
    return ((ranks(scores) + 0.5) / len(scores) - 0.5) * math.sqrt(12)


class Guess(NamedTuple):
    """How a surrogate ranked architectures before they were evaluated, and what they turned out to be.

    trained_on : the number of results that the surrogate had learnt from.
    candidates : the number of architectures that it ranked.
    genotypes : those that it chose; once they are measured, without those whose evaluation failed.
    predicted : (n,) the mean prediction of the ensemble, in units of `rank_targets`.
    measured : (n,) their values; empty before they are measured.
    correlation : Spearman's rank correlation of the two, −1…1; NaN where it is not defined.
    """

    trained_on: int
    candidates: int
    genotypes: list[Genotype]
    predicted: np.ndarray
    measured: np.ndarray = np.empty(0)
    correlation: float = math.nan

    def measure(self, scores: Mapping[Genotype, tuple[float, float]]) -> Guess:
        """Return the same with the measured values; scores are (−violation, value), and ranked as such."""
        kept = [i for i, genotype in enumerate(self.genotypes) if genotype in scores]
        genotypes, predicted = [self.genotypes[i] for i in kept], self.predicted[kept]
        found = [scores[genotype] for genotype in genotypes]
        correlation = math.nan
        if len(kept) > 1 and np.ptp(predicted) > 0 and len(set(found)) > 1:
            correlation = float(np.corrcoef(ranks(predicted), ranks(found))[0, 1])
        values = np.array([value for _, value in found])
        return Guess(self.trained_on, self.candidates, genotypes, predicted, values, correlation)


class Ensemble:
    """What both kinds share: training and predicting. `parameters` are tensors (M, …), `forward` is the networks."""

    def __init__(self, members: int, width: int, seed: int) -> None:
        for name, number in [("members", members), ("width", width)]:
            if number < 1:
                raise ValueError(f"{name} {number}: choose at least 1")
        self.members, self.width = members, width
        self.generator = torch.Generator().manual_seed(seed)
        self.parameters: list[Tensor] = []

    def forward(self, features: Tensor) -> Tensor:
        """Map features (M, n, D) to predictions (M, n)."""
        raise NotImplementedError

    def fit(
        self,
        features: np.ndarray,
        targets: np.ndarray,
        steps: int = 100,
        learning_rate: float = 0.01,
        weight_decay: float = 1e-3,
    ) -> None:
        """Train on all data in each step (Adam, squared error), on from the present weights, and round what is learnt.

        The rounding, to multiples of 2⁻²⁰, about 10⁻⁶, is far below what matters and far above what processors differ
        by in one training, about 10⁻¹⁴. So the next training begins alike on all of them.

        Parameters
        ----------
        features : (n, D).
        targets : (n,), of mean 0 and variance 1, such as `rank_targets`.
        steps : of Adam; its learning rate falls linearly to zero.
        weight_decay : times half the squared norm of the weights, added to the loss.
        """
        x, y = self._repeated(features), torch.as_tensor(targets, dtype=torch.float64)
        weights = self._joined_parameters()
        optimizer = torch.optim.Adam([weights], lr=learning_rate, weight_decay=weight_decay)
        schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
        for _ in range(steps):
            loss = (self.forward(x) - y).square().mean(dim=1).sum()  # a sum over the members: none feels another
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()
            schedule.step()
        weights.mul_(_GRID).round_().div_(_GRID)

    def _joined_parameters(self) -> Tensor:
        """Lay all parameters, and their gradients, side by side in one tensor: Adam takes its time for each tensor."""
        joined = torch.cat([parameter.detach().flatten() for parameter in self.parameters])
        joined.grad = torch.zeros_like(joined)
        sizes = [parameter.numel() for parameter in self.parameters]
        for parameter, values, gradients in zip(self.parameters, joined.split(sizes), joined.grad.split(sizes)):
            parameter.data, parameter.grad = values.view_as(parameter), gradients.view_as(parameter)
        return joined

    def predict(self, features: np.ndarray, batch: int = 4096) -> np.ndarray:
        """Return each member's predictions, (M, n), for features (n, D)."""
        with torch.no_grad():
            parts = [self.forward(self._repeated(part)).numpy() for part in _batches(features, batch)]
        return np.round(np.concatenate(parts, axis=1), _DECIMALS)

    def _repeated(self, features: np.ndarray) -> Tensor:
        return torch.as_tensor(features, dtype=torch.float64).expand(self.members, -1, -1)

    def _weight(self, *shape: int, bound: float) -> Tensor:
        """Draw a parameter (M, *shape), uniformly from −bound…bound."""
        values = torch.rand(self.members, *shape, generator=self.generator, dtype=torch.float64)
        self.parameters.append(((2 * values - 1) * bound).requires_grad_())
        return self.parameters[-1]


class MLPEnsemble(Ensemble):
    """Multilayer perceptrons with ReLU on a vector that encodes an architecture.

    Parameters
    ----------
    inputs : D, the length of the vector.
    members : M, the number of networks.
    width, depth : units in each hidden layer, and the number of these.
    seed : of the first weights, which are those of `torch.nn.Linear`: uniform within 1/√inputs of the layer.
    """

    def __init__(self, inputs: int, members: int = 5, width: int = 64, depth: int = 2, seed: int = 0) -> None:
        super().__init__(members, width, seed)
        sizes = [inputs, *[width] * depth, 1]
        self.layers = [
            (self._weight(rows, columns, bound=rows**-0.5), self._weight(1, columns, bound=rows**-0.5))
            for rows, columns in pairwise(sizes)
        ]

    def forward(self, features: Tensor) -> Tensor:
        *hidden, (weight, bias) = self.layers
        x = features  # (M, n, D)
        for its_weight, its_bias in hidden:
            x = torch.baddbmm(its_bias, x, its_weight).relu()  # (M, n, width)
        return torch.baddbmm(bias, x, weight).squeeze(-1)


class LSTMEnsemble(Ensemble):
    """LSTMs that read the choices of an architecture one by one, as PNAS's surrogate does (arXiv 1712.00559).

    A choice becomes a vector, the LSTM reads the vectors in the order of the variables, and a linear layer maps its
    last output to the prediction. Variables whose names differ in numbers only share their vectors: a 3×3 convolution
    is the same word on every edge, 16 filters in every layer, so what is learnt of small architectures says something
    of larger ones. Inactive variables are not read.

    Parameters
    ----------
    space : its one-hot encoding, `encodings.one_hot`, is what `fit` and `predict` take.
    members : M, the number of networks.
    width : of the vectors and of the LSTM's state.
    seed : of the first weights, uniform: within 0.1 for the vectors (the paper's choice; larger ones generalise worse),
        within 1/√width for the others, as in `torch.nn.LSTM`; the forget gate's bias is 1.
    """

    def __init__(self, space: SearchSpace, members: int = 5, width: int = 32, seed: int = 0) -> None:
        super().__init__(members, width, seed)
        self.counts = [len(variable.choices) for variable in space.variables]
        words = shared_choices(space)
        self.words = torch.from_numpy(words)
        bound = width**-0.5
        self.vectors = self._weight(int(words.max()) + 1, width, bound=0.1)
        self.of_input = self._weight(width, 4 * width, bound=bound)
        self.of_state = self._weight(width, 4 * width, bound=bound)
        self.bias = self._weight(1, 4 * width, bound=bound)
        self.head, self.head_bias = self._weight(width, 1, bound=bound), self._weight(1, 1, bound=bound)
        with torch.no_grad():
            self.bias[:, :, width : 2 * width] = 1.0

    def forward(self, features: Tensor) -> Tensor:
        inputs = torch.bmm(self.vectors, self.of_input)[:, self.words]  # (M, D, 4·width): of each column
        state = memory = features.new_zeros(*features.shape[:2], self.width)  # (M, n, width)
        for is_taken, rows in zip(features.split(self.counts, dim=2), inputs.split(self.counts, dim=1)):
            is_active = is_taken.sum(dim=2, keepdim=True) > 0
            if not is_active.any():  # as in all layers that no chain here has
                continue
            gates = torch.baddbmm(self.bias, is_taken, rows) + torch.bmm(state, self.of_state)
            enter, keep, new, out = gates.chunk(4, dim=2)
            now = keep.sigmoid() * memory + enter.sigmoid() * new.tanh()
            memory = torch.where(is_active, now, memory)
            state = torch.where(is_active, out.sigmoid() * now.tanh(), state)
        return torch.baddbmm(self.head_bias, state, self.head).squeeze(-1)


def shared_choices(space: SearchSpace) -> np.ndarray:
    """Number the choices of a space, equal where variables differ in the numbers in their names only.

    Returns
    -------
    (D,) integers from 0, one a column of `encodings.one_hot`.
    """
    numbers: dict[tuple[str, str], int] = {}
    words: list[int] = []
    for variable in space.variables:
        kind = re.sub(r"\d+", "#", variable.name)
        words.extend(numbers.setdefault((kind, str(choice)), len(numbers)) for choice in variable.choices)
    return np.array(words)


def _batches(features: np.ndarray, size: int) -> list[np.ndarray]:
    return [features[start : start + size] for start in range(0, len(features), size)] or [features]
