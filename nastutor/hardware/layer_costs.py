"""Exact counts of any torch network at work: what it executes, and what that needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nastutor.hardware.checks import as_shape
from nastutor.hardware.costs import NetworkCosts

if TYPE_CHECKING:
    from torch import Tensor, nn


def layer_costs(
    network: nn.Module, input_shape: Sequence[int] | None = None, inputs: Tensor | tuple[Tensor, ...] | None = None
) -> NetworkCosts:
    """Run a torch network once, in evaluation mode without gradients, and count what is executed.

    **Multiply-adds** are those of convolutions and of products of matrices and vectors, among them attention, masked
    or not, and recurrent layers, whose every step of the given input counts; also of ``(x * w).sum()`` and of such
    means, where w is a parameter or made of parameters, or both are broadcast. What may hold products and has no rule
    (`nastutor.hardware.mac_rules`) is refused. What works outside of torch's operations, such as NumPy, is not seen.
    Torch's fused encoder layer is run as the operations that it is made of; an LSTM in float32 is one operation where
    torch has oneDNN, and a row of them elsewhere: with equal MACs.

    Views (reshape, transpose, a slice of a weight) move nothing and are no layer. **Peak memory** is the largest sum
    of the sizes of all tensors that are alive at once, the input for the whole time: every output is a new tensor,
    which lives until the network's own Python code holds no reference to it. Parameters and buffers do not count, nor
    does scratch space inside an operation. It belongs to the code as it is written: a compiler could do with less.

    Parameters
    ----------
    network : its mode is restored.
    input_shape : of its one input, with the number of images: ``(1, 3, 32, 32)``. Zeros are made, in the precision and
        on the device of the parameters.
    inputs : instead of a shape, the input itself: a tensor, of tokens for example, or a tuple of all arguments.

    Raises
    ------
    TypeError : a network that is no torch module, inputs that are no tensors, or neither or both of shape and inputs.
    ValueError : a shape that cannot be, a shape for a network without parameters, an input that it cannot compute, or
        an operation without a rule.
    """
    import torch
    from torch.overrides import BaseTorchFunctionMode

    from nastutor.hardware.layer_counter import LayerCounter
    from nastutor.hardware.running import as_arguments, describe, evaluation_mode, require_network

    require_network(network)
    if (input_shape is None) == (inputs is None):
        raise TypeError("give either input_shape, such as (1, 3, 32, 32), or inputs, a tensor or a tuple of tensors")
    name = type(network).__name__
    if inputs is None:
        first = next(network.parameters(), None)
        if first is None:
            raise ValueError(f"{name} has no parameters, so no precision: give the input itself, inputs=…")
        arguments: tuple[Tensor, ...] = (torch.zeros(as_shape(input_shape), dtype=first.dtype, device=first.device),)
    else:
        arguments = as_arguments(inputs)
    counter = LayerCounter(network, arguments)
    try:
        # While any function mode is on, torch's modules leave out their fused versions.
        with evaluation_mode(network), torch.no_grad(), BaseTorchFunctionMode(), counter:
            network(*arguments)
    except Exception as error:  # whatever the network's own code raises
        reason = f"{name} cannot compute an input of {describe(arguments)}: {error}"
        advice = "" if inputs is not None else "; give tokens, or several arguments, by inputs=…"
        raise ValueError(counter.refusal or reason + advice) from error
    if counter.refusal:
        raise ValueError(counter.refusal)
    layers = tuple(counter.layers)
    return NetworkCosts(
        layers,
        counter.params,
        sum(layer.macs for layer in layers),
        sum(layer.output_size for layer in layers if layer.kind == "convolution"),
        counter.peak_memory,
    )
