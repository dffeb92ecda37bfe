"""What the language models of `SequenceSpace` hold, compute and must keep, as functions of the length of a sequence."""

from __future__ import annotations

from dataclasses import dataclass

from nastutor.arguments import whole_number
from nastutor.spaces.sequence import FILTER, WIDTH, SequenceSpace
from nastutor.spaces.space import Genotype


@dataclass(frozen=True)
class SequenceCosts:
    """Of one architecture.

    Attributes
    ----------
    params : weights, biases and scales of the whole network.
    macs : multiply-accumulates for one sequence: those of matrix products, of the filters of convolutions, and one for
        each number of a state of a recurrence. Attention is counted as it is computed here, masked parts too.
    cache : numbers to keep so that one token more can be computed after the sequence: attention's keys and values, the
        last positions that a filter sees, the state of a recurrence.
    next_macs : multiply-accumulates for one token more, with the cache of the sequence. They are counted: the network
        here computes each sequence anew.
    """

    params: int
    macs: int
    cache: int
    next_macs: int


def sequence_costs(genotype: Genotype, length: int, vocabulary: int, classes: int | None = None) -> SequenceCosts:
    """Count the costs of the `SequenceModel` of an architecture.

    Parameters
    ----------
    genotype : of `SequenceSpace`.
    length : of the sequence.
    vocabulary, classes : see `SequenceModel`.

    Raises
    ------
    ValueError : a genotype outside the space, or a number below 1.
    """
    space = SequenceSpace()
    length = whole_number("length", length, lowest=1)
    vocabulary = whole_number("vocabulary", vocabulary, lowest=1)
    classes = whole_number("classes", vocabulary if classes is None else classes, lowest=1)
    norm, projections = 2 * WIDTH, 4 * WIDTH**2
    params = vocabulary * WIDTH + norm + (WIDTH + 1) * classes
    each, attended, cache = WIDTH * classes, 0, 0  # `each`: MACs of a position by itself
    hidden = space.feed_forward(genotype)
    for mixer in space.mixers(genotype):
        params += norm + projections
        each += projections
        if mixer == "attention":
            attended += 2 * WIDTH  # MACs for each position that a position looks at
            cache += 2 * length * WIDTH
        elif mixer == "convolution":
            params += FILTER * WIDTH
            each += FILTER * WIDTH
            cache += (FILTER - 1) * WIDTH
        else:
            params += WIDTH
            each += WIDTH
            cache += WIDTH
        if hidden:
            params += norm + 2 * WIDTH * hidden + hidden + WIDTH
            each += 2 * WIDTH * hidden
    return SequenceCosts(params, length * (each + length * attended), cache, each + (length + 1) * attended)
