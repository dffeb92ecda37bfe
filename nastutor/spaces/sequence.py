"""Small language models: a stack of up to four layers, each with its own way to mix the positions of a sequence."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from nastutor.arguments import shown
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.variable import Variable

MIXERS = ("nothing", "attention", "convolution", "recurrence")
NOTHING = 0
FEED_FORWARDS = (0, 64)
"""Hidden units of the feed-forward block that follows each mixer; 0: there is none."""
LAYERS = 4
WIDTH = 32
"""Numbers a position; each mixer holds about 4·32² weights, so that none wins by its size."""
FILTER = 4
"""Positions that a convolution sees: this one and the three before it."""


class SequenceSpace(SearchSpace):
    """The 512 ways to write one of 241 stacks of mixers.

    >>> space = SequenceSpace()
    >>> space.to_string((1, 2, 1, 0, 0))
    'convolution attention nothing nothing 64'

    A genotype holds the size of the feed-forward blocks, one for the whole stack, and the mixer of layers 1 to 4. A
    layer with ``nothing`` is no layer: it has no feed-forward block either.

    `canonical` puts what is nothing last, so a stack with holes is the stack without them: 3⁰ + 3¹ + … + 3⁴ = 121
    stacks for each feed-forward size. The empty one has no use for a size, so 2·121 − 1 = 241 functions are left.

    What the mixers compute says `nastutor.networks.SequenceModel`.
    """

    def __init__(self) -> None:
        mixers = [Variable(f"mixer_{layer}", MIXERS) for layer in range(1, LAYERS + 1)]
        super().__init__([Variable("feed_forward", FEED_FORWARDS), *mixers])

    def mixers(self, genotype: Genotype) -> list[str]:
        """List the mixers of the layers that are built, from the input to the output."""
        return [MIXERS[mixer] for mixer in self.validate(genotype)[1:] if mixer != NOTHING]

    def feed_forward(self, genotype: Genotype) -> int:
        """Return the hidden units of each layer's feed-forward block, 0 for none."""
        return FEED_FORWARDS[self.validate(genotype)[0]]

    def canonical(self, genotype: Genotype) -> Genotype:
        size, *mixers = self.validate(genotype)
        some = [mixer for mixer in mixers if mixer != NOTHING]
        return (size if some else 0, *some, *[NOTHING] * (LAYERS - len(some)))

    def weights(self, genotype: Genotype) -> float:
        """Return the number of weights in products of matrices, without embedding and classifier."""
        layer = 4 * WIDTH**2 + 2 * WIDTH * self.feed_forward(genotype)
        return float(len(self.mixers(genotype)) * layer)

    def to_string(self, genotype: Genotype) -> str:
        size, *mixers = self.validate(genotype)
        return " ".join([*(MIXERS[mixer] for mixer in mixers), str(FEED_FORWARDS[size])])

    def from_string(self, text: str) -> Genotype:
        words = text.split(" ") if isinstance(text, str) else []
        sizes = [str(size) for size in FEED_FORWARDS]
        if len(words) != LAYERS + 1 or words[-1] not in sizes or not set(words[:-1]) <= set(MIXERS):
            raise ValueError(
                f"cannot read the stack {shown(text)}: write its {LAYERS} mixers and the feed-forward size, such as "
                f"'convolution attention nothing nothing 64'; mixers are {', '.join(MIXERS)}, sizes {', '.join(sizes)}"
            )
        return (sizes.index(words[-1]), *map(MIXERS.index, words[:-1]))

    @property
    def stages(self) -> tuple[int, ...]:
        """Layer by layer: the size and the first mixer, then one mixer more."""
        return tuple(range(2, LAYERS + 2))

    def complete(self, prefix: Sequence[int]) -> Genotype:
        """Return the stack of a prefix's layers, with nothing after them."""
        reached = self._count_stages(prefix)
        if not reached:
            raise ValueError(f"nothing is decided in (): give a prefix of {self.stages} values")
        return self.validate((*prefix, *[NOTHING] * (LAYERS - reached)))

    def expansions(self, prefix: Sequence[int]) -> list[Genotype]:
        reached = self._count_stages(prefix)
        prefix = self._checked(prefix)
        if reached == LAYERS:
            return []
        if not reached:
            return list(itertools.product(range(len(FEED_FORWARDS)), range(len(MIXERS))))
        return [(*prefix, mixer) for mixer in range(len(MIXERS))]


def stack(mixers: Sequence[str], feed_forward: int = FEED_FORWARDS[-1]) -> Genotype:
    """Return the genotype of a stack, named from the input to the output.

    >>> stack(["convolution", "attention"])
    (1, 2, 1, 0, 0)

    Raises
    ------
    ValueError : more than four mixers, or a name or a size that is none.
    """
    named: list[Any] = list(mixers) if isinstance(mixers, Sequence) and not isinstance(mixers, str) else []
    if not named or len(named) > LAYERS or any(name not in MIXERS for name in named):
        raise ValueError(f"mixers {shown(mixers)}: list 1 to {LAYERS} of {', '.join(MIXERS)}")
    if feed_forward not in FEED_FORWARDS:
        raise ValueError(f"feed_forward {shown(feed_forward)}: choose one of {', '.join(map(str, FEED_FORWARDS))}")
    some = [MIXERS.index(name) for name in named]
    return (FEED_FORWARDS.index(feed_forward), *some, *[NOTHING] * (LAYERS - len(some)))
