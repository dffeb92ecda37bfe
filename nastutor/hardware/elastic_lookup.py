"""A lookup table of latencies for an `ElasticSpace`: each block is timed once, in each form that it can have.

As in once-for-all (Cai et al. 2020, arXiv 1908.09791, section 3.4), after ProxylessNAS. A block is timed as a network
of its own, with the mean over pixels and the linear layer behind it; these alone are timed too, and taken off:

    latency(genotype) = head + Σ over its blocks of (block with its head − that head),

where the heads belong to the shape that the last block, or this one, hands on. Each of the timed networks pays once for
being called, and so does the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.layerwise import LayerwiseSpace
from nastutor.spaces.space import Genotype

if TYPE_CHECKING:
    from torch import nn


class Piece(NamedTuple):
    """One form of a block: what comes in, and what it does. A width and a kernel of 0: no block, the head alone.

    channels, size : of the images that come in, which are square.
    width, kernel, stride : of the block's convolution; the shortcut around it has a convolution where shapes change.
    """

    channels: int
    size: int
    width: int = 0
    kernel: int = 0
    stride: int = 1

    @property
    def head(self) -> Piece:
        """The head that follows on this piece."""
        return Piece(self.width or self.channels, -(-self.size // self.stride))


def pieces_of(space: ElasticSpace, genotype: Genotype, in_channels: int = 1, size: int = 8) -> list[Piece]:
    """Return the blocks of an architecture in order, for images of `size` × `size` pixels.

    Raises
    ------
    ValueError : a genotype outside the space.
    """
    found: list[Piece] = []
    for layer in space.layers(space.validate(genotype)):
        head = found[-1].head if found else Piece(in_channels, size)
        found.append(Piece(head.channels, head.size, layer["filters"], layer["kernel_size"], layer["stride"]))
    return found


def all_pieces(space: ElasticSpace, in_channels: int = 1, size: int = 8) -> list[Piece]:
    """Return what a table of the space needs, each once: all forms of blocks, and the heads behind them."""
    blocks = {piece for genotype in space for piece in pieces_of(space, genotype, in_channels, size)}
    return sorted(blocks | {piece.head for piece in blocks})


def add_up(
    space: ElasticSpace, genotype: Genotype, milliseconds: Mapping[Piece, float], in_channels: int = 1, size: int = 8
) -> float:
    """Return what the table says of an architecture, in milliseconds.

    Parameters
    ----------
    milliseconds : of each piece of `all_pieces`.
    """
    blocks = pieces_of(space, genotype, in_channels, size)
    return milliseconds[blocks[-1].head] + sum(milliseconds[block] - milliseconds[block.head] for block in blocks)


def build_piece(piece: Piece, classes: int = 10) -> nn.Module:
    """Build a piece, with its head, as a network of its own with fresh weights; needs torch."""
    from nastutor.networks.layerwise_network import LayerwiseNetwork

    chain = LayerwiseSpace(
        depths=(1,), filters=(piece.width or piece.channels,), types=("conv", "identity"),
        kernel_sizes=(piece.kernel or 1,), strides=(piece.stride,), activations=("relu",), normalizations=("batch",),
        skip=(True,), attention=(False,),
    )  # fmt: skip
    common = {"activation": "relu", "normalization": "batch", "skip": True, "attention": False}
    block = {"type": "conv", "filters": piece.width, "kernel_size": piece.kernel, "stride": piece.stride, **common}
    genotype = chain.encode([block if piece.width else {"type": "identity"}])
    return LayerwiseNetwork(genotype, chain, piece.channels, classes)
