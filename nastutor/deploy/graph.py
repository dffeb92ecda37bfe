"""Writes a network as an ONNX graph: named tensors, and nodes that make one from others.

A trace says which operations the network executes. What no output needs is dropped, dead edges of a cell among it. A
batch norm behind a convolution is only a scale and a shift once the training is over: it goes into the weights. Each
operation that is left becomes one or a few nodes, by one rule in `MODULES` or `FUNCTIONS` below.

``torch.onnx.export`` does this for every network that torch can trace. This one does it for the networks of this
package, in a few milliseconds, and can be read.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from nastutor.arguments import positive_number, real_number
from nastutor.hardware.checks import Shape, as_image_shape
from nastutor.hardware.running import require_network

OPSET, IR_VERSION = 17, 8
"""Of 2022: runtimes that are older than the newest onnx read them too."""


class Graph:
    """The nodes and constants written so far."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._written: dict[tuple[Any, ...], str] = {}

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return the name of the tensor that it makes. The same of the same tensors is made once."""
        key = (operation, inputs, tuple(sorted(attributes.items())))
        if key not in self._written:
            output = self._written[key] = f"{operation.lower()}_{len(self.nodes)}"
            self.nodes.append(helper.make_node(operation, list(inputs), [output], name=output, **attributes))
        return self._written[key]

    def constant(self, values: Tensor | np.ndarray) -> str:
        """Add a constant: weights as float32, shapes as int64; return its name."""
        array = values.detach().cpu().numpy() if isinstance(values, Tensor) else values
        name = f"constant_{len(self.constants)}"
        kind = np.float32 if np.issubdtype(array.dtype, np.floating) else np.int64
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, kind), name))
        return name


def _convolution(graph: Graph, conv: nn.Conv2d, x: str) -> str:
    weights = [graph.constant(weight) for weight in (conv.weight, conv.bias) if weight is not None]
    return graph.add(
        "Conv", x, *weights, kernel_shape=conv.kernel_size, strides=conv.stride, dilations=conv.dilation,
        pads=(*conv.padding, *conv.padding), group=conv.groups,
    )  # fmt: skip


def _batch_norm(graph: Graph, norm: nn.BatchNorm2d, x: str) -> str:
    numbers: list[Any] = [norm.weight, norm.bias, norm.running_mean, norm.running_var]
    return graph.add("BatchNormalization", x, *map(graph.constant, numbers), epsilon=norm.eps)


def _group_norm(graph: Graph, norm: nn.GroupNorm, x: str) -> str:
    """Standardise each group as one long channel, then scale and shift the channels."""
    groups = graph.add("Reshape", x, graph.constant(np.array([0, norm.num_groups, -1])))
    ones = graph.constant(np.ones(norm.num_groups)), graph.constant(np.zeros(norm.num_groups))
    standard = graph.add("InstanceNormalization", groups, *ones, epsilon=norm.eps)
    back = graph.add("Reshape", standard, graph.add("Shape", x))
    scale, shift = (graph.constant(each[:, None, None]) for each in (norm.weight, norm.bias))
    return graph.add("Add", graph.add("Mul", back, scale), shift)


def _average_pool(graph: Graph, pool: nn.AvgPool2d, x: str) -> str:
    sizes = pool.kernel_size, pool.stride, pool.padding
    size, stride, padding = ((each, each) if isinstance(each, int) else each for each in sizes)
    # In ceil mode a window may reach beyond the image. torch never counts what is there, ONNX only without pads.
    counts = pool.count_include_pad and any(padding)
    return graph.add(
        "AveragePool", x, kernel_shape=size, strides=stride, pads=(*padding, *padding),
        ceil_mode=int(pool.ceil_mode), count_include_pad=int(counts),
    )  # fmt: skip


def _gelu(graph: Graph, _: nn.GELU, x: str) -> str:
    half, one, root = (graph.constant(np.array(number)) for number in (0.5, 1.0, math.sqrt(2)))
    share = graph.add("Add", graph.add("Erf", graph.add("Div", x, root)), one)
    return graph.add("Mul", graph.add("Mul", x, share), half)


def _linear(graph: Graph, x: str, weight: Tensor, bias: Tensor) -> str:
    return graph.add("Gemm", x, graph.constant(weight), graph.constant(bias), transB=1)


def _mean(graph: Graph, x: str, dim: Sequence[int]) -> str:
    if tuple(dim) != (2, 3):
        raise ValueError(f"a mean over the dimensions {dim}: only one over all pixels, (2, 3), has a rule")
    return graph.add("Flatten", graph.add("GlobalAveragePool", x))


def _slice(graph: Graph, x: str, index: tuple[Any, ...]) -> str:
    if any(place not in (None, slice(None)) for place in index):
        raise ValueError(f"the index {index}: only ':' and None have a rule")
    return graph.add("Unsqueeze", x, graph.constant(np.flatnonzero([place is None for place in index])))


def _zeros(graph: Graph, x: str) -> str:
    return graph.add("ConstantOfShape", graph.add("Shape", x))


MODULES: Mapping[type[nn.Module], Callable[[Graph, Any, str], str]] = {
    nn.Conv2d: _convolution,
    nn.BatchNorm2d: _batch_norm,
    nn.GroupNorm: _group_norm,
    nn.AvgPool2d: _average_pool,
    nn.Linear: lambda graph, layer, x: _linear(graph, x, layer.weight, layer.bias),
    nn.ReLU: lambda graph, _, x: graph.add("Relu", x),
    nn.Sigmoid: lambda graph, _, x: graph.add("Sigmoid", x),
    nn.SiLU: lambda graph, _, x: graph.add("Mul", x, graph.add("Sigmoid", x)),
    nn.GELU: _gelu,
    nn.Identity: lambda graph, _, x: x,
}
"""How each kind of layer is written: (graph, layer, name of its input) → name of its output."""
FUNCTIONS: Mapping[Any, Callable[..., str]] = {
    operator.add: lambda graph, a, b: graph.add("Add", a, b),
    operator.mul: lambda graph, a, b: graph.add("Mul", a, b),
    operator.getitem: _slice,
    nn.functional.linear: _linear,
    torch.zeros_like: _zeros,
    "mean": _mean,
    "squeeze": lambda graph, x, dim: graph.add("Squeeze", x, graph.constant(np.array([dim]))),
    "unsqueeze": lambda graph, x, dim: graph.add("Unsqueeze", x, graph.constant(np.array([dim]))),
}
"""How each function, and each method of a tensor by its name, is written; arguments as in torch."""


def to_onnx(
    network: nn.Module, input_shape: Shape = (1, 3, 32, 32), mean: float = 0.0, std: float = 1.0
) -> onnx.ModelProto:
    """Write what a network computes in evaluation mode as an ONNX model; the network itself stays as it is.

    Parameters
    ----------
    network : `CellNetwork`, `LayerwiseNetwork`, or one made of the same layers. Sub-networks of an elastic network or
        of a supernet are first cut out (`cut_out`).
    input_shape : (batch, channels, height, width) of its images; the model takes any batch.
    mean, std : what the model takes off its images, and divides them by, before the network sees them: those of a
        `Dataset`, and the model takes images in the units that the dataset was made of.

    Returns
    -------
    A model with one input, ``images``, and one output, ``scores``, both float32. Edges that are on no path to the
    output are not in it, whether or not the network was pruned; neither are skips and batch norms behind convolutions.

    Raises
    ------
    ValueError : a layer or an operation that has no rule here, images that the network does not take, or a std that is
        not positive.
    TypeError : something that is no network.
    """
    require_network(network)
    mean, std = real_number("mean", mean, "a finite number"), positive_number("std", std)
    _, channels, height, width = as_image_shape(input_shape)
    copied = deepcopy(network).float().cpu().eval()
    traced = _trace(copied)
    try:
        with torch.no_grad():
            classes = traced(torch.zeros(2, channels, height, width)).shape[1]
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"the network does not take images of shape {tuple(input_shape)}: {error}") from error
    graph, names = Graph(), dict[fx.Node, Any]()
    for node in traced.graph.nodes:
        if node.op == "placeholder":
            names[node] = _normalised(graph, "images", mean, std)
        elif node.op == "get_attr":
            names[node] = operator.attrgetter(node.target)(traced)
        elif node.op == "call_module":
            names[node] = _write_module(graph, traced.get_submodule(node.target), names[node.args[0]])
        elif node.op != "output":
            arguments = fx.map_arg((node.args, node.kwargs), names.__getitem__)
            names[node] = _write_function(graph, node.target, *arguments)
    (result,) = (names[node.args[0]] for node in traced.graph.nodes if node.op == "output")
    graph.nodes.append(helper.make_node("Identity", [result], ["scores"]))
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", channels, height, width])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", classes])]
    written = helper.make_graph(graph.nodes, "network", inputs, outputs, graph.constants)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(written, producer_name="nastutor", opset_imports=opset, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model


def _normalised(graph: Graph, x: str, mean: float, std: float) -> str:
    if (mean, std) == (0.0, 1.0):
        return x
    off, scale = (graph.constant(np.array(number, np.float32)) for number in (mean, std))
    return graph.add("Div", graph.add("Sub", x, off), scale)


def _trace(network: nn.Module) -> fx.GraphModule:
    """Return what the network executes, without what no output needs, its batch norms in the convolutions' weights."""
    try:
        traced = fx.symbolic_trace(network)
    except Exception as error:  # whatever the network's own code does with what is no tensor yet
        raise ValueError(
            f"{type(network).__name__} cannot be traced, since its steps depend on data: {error}"
        ) from error
    traced.graph.eliminate_dead_code()
    layers = dict(traced.named_modules())
    for norm in [node for node in traced.graph.nodes if node.op == "call_module"]:
        conv = norm.args[0]
        is_norm = isinstance(layers[norm.target], nn.BatchNorm2d)
        if is_norm and conv.op == "call_module" and isinstance(layers[conv.target], nn.Conv2d) and len(conv.users) == 1:
            layers[conv.target] = fuse_conv_bn_eval(layers[conv.target], layers[norm.target])
            traced.add_submodule(conv.target, layers[conv.target])
            norm.replace_all_uses_with(conv)
            traced.graph.erase_node(norm)
    traced.recompile()
    return traced


def _write_module(graph: Graph, module: nn.Module, x: str) -> str:
    if type(module) not in MODULES:
        known = ", ".join(sorted(kind.__name__ for kind in MODULES))
        raise ValueError(f"layer {module}: no ONNX rule for it; there are rules for {known}")
    return MODULES[type(module)](graph, module, x)


def _write_function(graph: Graph, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> str:
    if target not in FUNCTIONS:
        known = ", ".join(sorted(getattr(each, "__name__", each) for each in FUNCTIONS))
        raise ValueError(f"operation {getattr(target, '__name__', target)}: no ONNX rule for it; rules are for {known}")
    return FUNCTIONS[target](graph, *arguments, **named)
