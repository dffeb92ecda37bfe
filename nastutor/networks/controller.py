"""Policies: distributions over the genotypes of a search space that can be sampled, scored and differentiated.

Shapes: B genotypes, V variables, H hidden units.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from nastutor.networks.seeded import seeded
from nastutor.spaces.space import Genotype, SearchSpace


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread inside a ``with`` block.

    A policy's matrices are so small that more threads only wait for each other (on busy cores, many times as long), and
    sums on one thread do not depend on how many cores there are.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class Walk(NamedTuple):
    """What a policy says on its way through the variables.

    genotypes : B of them, zero where inactive.
    log_prob : (B,) the logarithm of each genotype's probability.
    entropy : (B,) the entropies of the choices along the way, added up, in nats. Their mean over genotypes drawn from
        the policy is an unbiased estimate of the policy's entropy (by the chain rule).
    tables : for each variable (B, choices), the log-probabilities of its choices given those before.
    active : (B, V) whether a choice was to be made.
    """

    genotypes: list[Genotype]
    log_prob: Tensor
    entropy: Tensor
    tables: list[Tensor]
    active: Tensor

    def probabilities(self) -> list[np.ndarray]:
        """Return for each variable (B, choices) probabilities, NaN where it is inactive."""
        masks = self.active.numpy().T[:, :, None]
        return [np.where(mask, table.detach().exp().numpy(), np.nan) for mask, table in zip(masks, self.tables)]


class Policy(nn.Module, ABC):
    """A distribution over the genotypes of a space, one categorical choice per variable, in the variables' order.

        for each variable: probabilities = softmax(tanh_constant · tanh(logits / temperature))
                           choose from them; an inactive variable is 0, with probability 1

    All in float64, so that a run depends little on the machine.

    Parameters
    ----------
    space : any search space.
    temperature : > 0; above 1 flattens the choices. 5 in ENAS.
    tanh_constant : bounds the logits to ±tanh_constant, so that no probability reaches 0 or 1; None: no bound. 2.5
        in ENAS (1.1 in its published code).
    """

    def __init__(self, space: SearchSpace, temperature: float = 1.0, tanh_constant: float | None = None) -> None:
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"temperature {temperature}: give a number above 0")
        if tanh_constant is not None and not tanh_constant > 0:
            raise ValueError(f"tanh_constant {tanh_constant}: give a number above 0, or None for no bound")
        self.space = space
        self.counts = [len(variable.choices) for variable in space.variables]
        self.is_conditional = any(variable.when for variable in space.variables)
        self.temperature, self.tanh_constant = temperature, tanh_constant

    @abstractmethod
    def step(self, position: int, previous: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        """Return the logits (B or 1, choices) of one variable, and what to remember for the next.

        Parameters
        ----------
        position : of the variable, 0…V − 1.
        previous : (B,) the choices at the variable before; None at the first.
        state : what the step before remembered; None at the first.
        """

    def walk(self, batch: int, choose: Callable[[int, Tensor], Tensor]) -> Walk:
        """Go through the variables; `choose` maps (position, log-probabilities (B, choices)) to choices (B,)."""
        rows: list[Genotype] = [()] * batch
        previous, state = None, None
        log_prob = entropy = torch.zeros(batch, dtype=torch.float64)
        tables, masks = [], []
        active = torch.ones(batch, dtype=torch.bool)
        for position in range(len(self.counts)):
            logits, state = self.step(position, previous, state)
            logits = logits / self.temperature
            if self.tanh_constant is not None:
                logits = self.tanh_constant * torch.tanh(logits)
            table = torch.log_softmax(logits, dim=-1).expand(batch, -1)
            previous = choose(position, table)
            chosen, spread = table.gather(1, previous[:, None])[:, 0], (table.exp() * table).sum(1)
            if self.is_conditional:
                active = torch.tensor([self.space.active(row)[-1] for row in rows])
                previous, chosen, spread = previous * active, chosen * active, spread * active
            log_prob, entropy = log_prob + chosen, entropy - spread
            rows = [(*row, value) for row, value in zip(rows, previous.tolist())]
            tables.append(table)
            masks.append(active)
        return Walk(rows, log_prob, entropy, tables, torch.stack(masks, dim=1))

    @torch.no_grad()
    def sample(self, batch: int, rng: np.random.Generator) -> Walk:
        """Draw genotypes independently; takes B·V uniform numbers from `rng`, whatever is chosen."""
        uniform = torch.from_numpy(rng.random((batch, len(self.counts))))

        def choose(position: int, table: Tensor) -> Tensor:
            below = table.exp().cumsum(1)[:, :-1] <= uniform[:, position, None]  # rounding cannot pass the last choice
            return below.sum(1)

        return self.walk(batch, choose)

    def score(self, genotypes: Sequence[Genotype]) -> Walk:
        """Go along given genotypes; log_prob and entropy carry gradients.

        Raises
        ------
        ValueError : a genotype that is not of the space, or is not zero where it is inactive.
        """
        given = torch.tensor([self.space.validate(genotype) for genotype in genotypes]).reshape(-1, len(self.counts))
        walk = self.walk(len(given), lambda position, _: given[:, position])
        for genotype, same in zip(genotypes, walk.genotypes):
            if tuple(genotype) != same:
                raise ValueError(f"genotype {genotype} is not zero where it is inactive: give {same}")
        return walk

    def log_prob(self, genotypes: Sequence[Genotype]) -> Tensor:
        """Return the logarithm of each genotype's probability, (B,)."""
        return self.score(genotypes).log_prob

    def entropy(self, genotypes: Sequence[Genotype]) -> Tensor:
        """Return the entropies of the choices along each genotype, added up: (B,), in nats."""
        return self.score(genotypes).entropy

    @torch.no_grad()
    def greedy(self) -> Walk:
        """Take the most probable choice at every variable (the first of equals): one genotype, B = 1.

        With independent choices it is the most probable genotype; otherwise it need not be, though once the policy
        gives it more than one half it is.
        """
        return self.walk(1, lambda _, table: table.argmax(1))

    def modal_genotype(self) -> Genotype:
        """Return the genotype of `greedy`."""
        return self.greedy().genotypes[0]

    def probabilities(self) -> list[np.ndarray]:
        """Return for each variable the probabilities of its choices along the greedy path, (choices,) each.

        These are conditional on the most probable choices before; where choices are independent and no variable is
        conditional, they are the marginal ones. NaN for a variable that is inactive on the path.
        """
        return [table[0] for table in self.greedy().probabilities()]


class Controller(Policy):
    """The recurrent controller of NASNet and ENAS (Zoph & Le 2017, arXiv 1611.01578; Pham et al. 2018, 1802.03268).

        for each variable: h, c   = LSTM(embedding of the previous choice, (h, c))
                           logits = W_variable h + b_variable

    Parameters
    ----------
    space, temperature, tanh_constant : see `Policy`.
    seed : of the first weights, uniform in ±0.1 as in NASNet; the policy begins nearly uniform.
    hidden : H, also the width of the embeddings.

    Notes
    -----
    Deviations: one LSTM layer (NASNet and ENAS; Zoph & Le have two); the heads have a bias; each choice of each
    variable has its own embedding (ENAS shares them among edges). An inactive variable feeds its choice 0 on.
    """

    def __init__(
        self,
        space: SearchSpace,
        seed: int = 0,
        hidden: int = 64,
        temperature: float = 1.0,
        tanh_constant: float | None = None,
    ) -> None:
        super().__init__(space, temperature, tanh_constant)
        if hidden < 1:
            raise ValueError(f"hidden {hidden}: give at least 1 unit")
        total = sum(self.counts)
        with seeded(seed):
            self.embedding = nn.Embedding(total + 1, hidden, dtype=torch.float64)  # the last row: nothing chosen yet
            self.lstm = nn.LSTMCell(hidden, hidden, dtype=torch.float64)
            self.heads = nn.Linear(hidden, total, dtype=torch.float64)  # a block of rows per variable
            for parameter in self.parameters():
                nn.init.uniform_(parameter, -0.1, 0.1)
        self.starts = np.cumsum([0, *self.counts]).tolist()

    def step(self, position: int, previous: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        if previous is None:
            inputs = self.embedding.weight[-1:]  # one row: the same for all until something is chosen
        else:
            inputs = self.embedding(previous + self.starts[position - 1])
            state = [part.expand(len(previous), -1) for part in state]
        state = self.lstm(inputs, state)
        rows = slice(self.starts[position], self.starts[position + 1])
        return nn.functional.linear(state[0], self.heads.weight[rows], self.heads.bias[rows]), state


class IndependentPolicy(Policy):
    """One table of logits per variable, without memory: the choices know nothing of each other. Begins uniform.

    Parameters
    ----------
    space, temperature, tanh_constant : see `Policy`.
    """

    def __init__(self, space: SearchSpace, temperature: float = 1.0, tanh_constant: float | None = None) -> None:
        super().__init__(space, temperature, tanh_constant)
        self.logits = nn.ParameterList([torch.zeros(1, count, dtype=torch.float64) for count in self.counts])

    def step(self, position: int, previous: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        return self.logits[position], None
