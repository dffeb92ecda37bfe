"""Small language models: three ways to mix the positions of a sequence, each a few lines, and the stack of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nastutor.arguments import whole_number
from nastutor.spaces.sequence import FILTER, WIDTH, SequenceSpace
from nastutor.spaces.space import Genotype

F = nn.functional
HEADS = 4


class Attention(nn.Module):
    """Causal self-attention (Vaswani et al. 2017, arXiv 1706.03762) with rotary positions (Su et al. 2021, 2104.09864).

    Each position asks all positions up to itself, and takes a mean of their values, weighted by how well they answer.

    Parameters
    ----------
    width : numbers a position. Like all mixers it maps (batch, length, width) to the same shape.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        heads = self.project(x).view(batch, length, 3, HEADS, width // HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (batch, heads, length, width of a head)
        scores = rotate(query / (width // HEADS) ** 0.5) @ rotate(key).transpose(2, 3)
        later = torch.full((length, length), -torch.inf, dtype=x.dtype, device=x.device).triu(1)
        mixed = (scores + later).softmax(dim=3) @ value
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


def rotate(x: Tensor) -> Tensor:
    """Turn pairs of numbers by angles that grow with the position, so that products of two depend on their distance.

    Parameters
    ----------
    x : (…, length, width), width even; number i is paired with number i + width/2.
    """
    length, width = x.shape[-2:]
    speeds = 10_000.0 ** (-torch.arange(0, width, 2, dtype=x.dtype, device=x.device) / width)
    angles = torch.arange(length, dtype=x.dtype, device=x.device)[:, None] * speeds
    first, second = x.chunk(2, dim=-1)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class Convolution(nn.Module):
    """A gated causal depthwise convolution: each number is mixed with its own values at the last positions.

    The gates before and after are those of H3 and Hyena (Poli et al. 2023, arXiv 2302.10866), whose filters are as
    long as the sequence; here they see `FILTER` positions.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, 3 * width, bias=False)
        self.filters = nn.Parameter(torch.randn(FILTER, width) / FILTER**0.5)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[1]
        value, gate_in, gate_out = self.project(x).chunk(3, dim=2)
        padded = F.pad(value * gate_in, (0, 0, FILTER - 1, 0))
        mixed = sum(padded[:, i : i + length] * self.filters[i] for i in range(FILTER))
        return self.out(mixed * gate_out)


class Recurrence(nn.Module):
    """A gated linear recurrence, as in RG-LRU, minGRU or Mamba: h_t = a_t·h_{t−1} + (1 − a_t)·v_t, number by number.

    The gate a_t = σ(W x_t + b) sees the input but not the state, so all states can be computed at once. It is close to
    RG-LRU (De et al. 2024, arXiv 2402.19427) and to minGRU (Feng et al. 2024, arXiv 2410.01201), without the former's
    convolution before it and fixed power of the gate.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, 3 * width, bias=False)
        self.memory = nn.Parameter(torch.linspace(0, 6, width))  # half to 400 positions at the start
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        value, gate, gate_out = self.project(x).chunk(3, dim=2)
        decay = torch.sigmoid(gate + self.memory)
        return self.out(scan(decay, (1 - decay) * value) * F.silu(gate_out))


def scan(decay: Tensor, inputs: Tensor) -> Tensor:
    """Return all states h_t = decay_t·h_{t−1} + inputs_t, h_0 = inputs_0, in log₂(length) steps instead of length.

    After k steps position t holds what the last 2^k inputs gave it (Hillis & Steele 1986).

    Parameters
    ----------
    decay, inputs : (batch, length, width).
    """
    step = 1
    while step < inputs.shape[1]:
        reached = inputs[:, step:] + decay[:, step:] * inputs[:, :-step]
        inputs = torch.cat([inputs[:, :step], reached], dim=1)
        decay = torch.cat([decay[:, :step], decay[:, step:] * decay[:, :-step]], dim=1)
        step *= 2
    return inputs


class FeedForward(nn.Sequential):
    """Two linear layers on each position by itself."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


MIXER_CLASSES: dict[str, type[nn.Module]] = {
    "attention": Attention,
    "convolution": Convolution,
    "recurrence": Recurrence,
}


class SequenceModel(nn.Module):
    """Builds an architecture of `SequenceSpace`: a decoder that predicts something at every position.

        tokens ─► embedding ─► [ x + mixer(norm(x)) ─► x + feed forward(norm(x)) ] … ─► norm ─► linear

    No output depends on a later token.

    Parameters
    ----------
    genotype : the architecture.
    vocabulary : how many tokens there are.
    classes : how many answers there are at a position; None: the tokens, to predict the next.

    Raises
    ------
    ValueError : a genotype outside the space, or a number below 1.

    Notes
    -----
    Weights are drawn from torch's global generator: build the network under `seeded`. Stacks with one canonical form
    build networks with the same parameters under the same names.
    """

    def __init__(self, genotype: Genotype, vocabulary: int, classes: int | None = None) -> None:
        super().__init__()
        space = SequenceSpace()
        self.genotype = space.validate(genotype)
        self.vocabulary = whole_number("vocabulary", vocabulary, lowest=1)
        self.classes = whole_number("classes", vocabulary if classes is None else classes, lowest=1)
        hidden = space.feed_forward(genotype)
        self.embedding = nn.Embedding(self.vocabulary, WIDTH)
        self.blocks = nn.Sequential()
        for name in space.mixers(genotype):
            self.blocks.append(Residual(MIXER_CLASSES[name](WIDTH)))
            if hidden:
                self.blocks.append(Residual(FeedForward(WIDTH, hidden)))
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, self.classes))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores at every position, before the softmax.

        Parameters
        ----------
        tokens : (batch, length) integers, 0…vocabulary−1.

        Returns
        -------
        (batch, length, classes).

        Raises
        ------
        ValueError : tokens of another shape.
        """
        if tokens.ndim != 2:
            raise ValueError(f"tokens have shape {tuple(tokens.shape)}: this network takes (batch, length)")
        return self.head(self.blocks(self.embedding(tokens)))


class Residual(nn.Module):
    """x + block(layer norm(x)): "pre-norm", which trains without a warm-up that is tuned to the depth."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(self.norm(x))
