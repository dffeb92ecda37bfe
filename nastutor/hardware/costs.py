"""What is counted of a network: one record for each executed operation, one for the whole."""

from __future__ import annotations

from typing import NamedTuple


class LayerCosts(NamedTuple):
    """What one executed operation costs.

    kind : convolution, linear, norm, pooling or elementwise (everything else: activations, additions, copies).
    operation : torch's name of it, such as ``relu``.
    macs : multiply-adds of a convolution or a matrix product; 0 for the other kinds.
    params : numbers that it reads from the network's parameters.
    bytes_read, bytes_written : the sizes of the tensors that go in (weights and running statistics too) and come out.
    output_size : numbers that come out.
    """

    kind: str
    operation: str
    macs: int
    params: int
    bytes_read: int
    bytes_written: int
    output_size: int


class NetworkCosts(NamedTuple):
    """What a network costs when it computes its output once.

    layers : the executed operations, in order.
    params : numbers of the parameters that were read, each counted once however often it is used.
    macs : of all layers.
    activations : numbers that all convolutions put out: the definition of Radosavovic et al. 2020 (arXiv 2003.13678).
    peak_memory : bytes, see `layer_costs`.
    """

    layers: tuple[LayerCosts, ...]
    params: int
    macs: int
    activations: int
    peak_memory: int
