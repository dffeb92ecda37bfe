"""Running a network to count or to time it: on which input, in evaluation mode, and what to say if it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

Inputs: TypeAlias = "Tensor | tuple[Tensor, ...]"
"""What a network is called with: its one argument, or all of them."""


def require_network(network: Any) -> None:
    """Check that something is a network that can be run.

    Raises
    ------
    TypeError : it is no torch module.
    ValueError : it has lazy layers whose weights are not made yet, or sparse weights.
    """
    if not isinstance(network, nn.Module):
        raise TypeError(f"{network!r} is no torch module: give networks, or a list of them")
    for name, weights in network.named_parameters():
        if nn.parameter.is_lazy(weights):
            raise ValueError(f"{name} of {type(network).__name__} has no shape yet: run the network on an input first")
        if weights.layout is not torch.strided:
            raise ValueError(f"{name} of {type(network).__name__} is sparse: give it as a dense tensor, .to_dense()")


def as_arguments(inputs: Any) -> tuple[Tensor, ...]:
    """Return the arguments of a network as a tuple.

    Raises
    ------
    TypeError : something that is no tensor.
    """
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    if not arguments or not all(isinstance(argument, Tensor) for argument in arguments):
        raise TypeError(f"inputs {inputs!r}: give a tensor, or a tuple of tensors for a network of several arguments")
    return arguments


def describe(arguments: Sequence[Tensor]) -> str:
    """Name the shapes of arguments, as in ``(1, 3, 32, 32)``; of integers with their type."""
    types = ["" if x.is_floating_point() else f" {str(x.dtype).removeprefix('torch.')}" for x in arguments]
    return " and ".join(f"{tuple(x.shape)}{kind}" for x, kind in zip(arguments, types))


@contextmanager
def evaluation_mode(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode inside a ``with`` block, and each of its modules back as it was afterwards."""
    modes = {module: module.training for module in network.modules()}
    with suppress(NotImplementedError):  # by what `torch.export` makes: it has one mode, in which it was exported
        network.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
