"""The supernet of the language models: one network that holds the weights of all 241 stacks.

    tokens ─► embedding ─► layer 1 ─► … ─► layer 4 ─► norm ─► linear
                           attention, convolution or recurrence, then the feed-forward block or none

Each of the four layers has one mixer of each kind, with a norm of its own, and one feed-forward block that all three
share: three times the weights of the largest stack's mixers, once its feed-forward blocks. AutoFormer (Chen et al.
2021, arXiv 2107.00651) calls such sharing inside of a layer entangled weights; its choices are sizes, and a smaller one
is a part of the weights of a larger. Here the choices are kinds of mixers, which have no weights in common; what is
entangled is all that they stand between.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nastutor.arguments import whole_number
from nastutor.networks.seeded import seeded
from nastutor.networks.sequence_model import MIXER_CLASSES, FeedForward, Residual, SequenceModel
from nastutor.spaces.sequence import FEED_FORWARDS, LAYERS, WIDTH, SequenceSpace
from nastutor.spaces.space import Genotype


class SequenceSupernet(nn.Module):
    """Holds the weights of every `SequenceModel` of one task.

    Parameters
    ----------
    vocabulary, classes : see `SequenceModel`.

    Raises
    ------
    ValueError : a number below 1.

    Notes
    -----
    A stack uses the first layers, whatever holes it is written with: genotypes with one canonical form have the same
    weights here, unlike those of the cells' `Supernet`. Weights are drawn from torch's global generator: build the
    network under `seeded`.
    """

    def __init__(self, vocabulary: int, classes: int | None = None) -> None:
        super().__init__()
        self.space = SequenceSpace()
        self.vocabulary = whole_number("vocabulary", vocabulary, lowest=1)
        self.classes = whole_number("classes", vocabulary if classes is None else classes, lowest=1)
        self.embedding = nn.Embedding(self.vocabulary, WIDTH)
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {name: Residual(mixer(WIDTH)) for name, mixer in MIXER_CLASSES.items()}
                | {"feed_forward": Residual(FeedForward(WIDTH, FEED_FORWARDS[-1]))}
            )
            for _ in range(LAYERS)
        )
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, self.classes))

    def blocks(self, genotype: Genotype) -> Iterator[nn.Module]:
        """Yield the residual blocks of a stack from the input to the output, as they are here, not copied.

        Raises
        ------
        ValueError : a genotype outside the space.
        """
        hidden = self.space.feed_forward(genotype)
        for name, layer in zip(self.space.mixers(genotype), self.layers):
            yield layer.get_submodule(name)
            if hidden:
                yield layer.get_submodule("feed_forward")

    def path(self, tokens: Tensor, genotype: Genotype) -> Tensor:
        """Return the scores (batch, length, classes) of a stack; only its blocks are computed.

        Parameters
        ----------
        tokens : (batch, length) integers.

        Raises
        ------
        ValueError : a genotype outside the space.
        """
        x = self.embedding(tokens)
        for block in self.blocks(genotype):
            x = block(x)
        return self.head(x)

    def cut_out(self, genotype: Genotype) -> SequenceModel:
        """Copy the weights of a stack into a network of its own, which computes what `path` does.

        Raises
        ------
        ValueError : a genotype outside the space.
        """
        with seeded(0):  # its first weights are replaced
            network = SequenceModel(genotype, self.vocabulary, self.classes)
        network.to(self.embedding.weight)
        own = [self.embedding, *self.blocks(genotype), self.head]
        with torch.no_grad():
            for mine, copied in zip(own, [network.embedding, *network.blocks, network.head], strict=True):
                copied.load_state_dict(mine.state_dict())
        return network.train(self.training)
