"""The pieces that a lookup table is measured from: chains of one operation, and the network around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.hardware.checks import Shape, as_image_shape
from nastutor.networks.cell_network import CellNetwork
from nastutor.networks.operations import build_operation
from nastutor.spaces.cell import NONE, OPERATIONS, SKIP


class Sum(nn.Module):
    """Adds a fixed tensor: what a node of a cell does with each term but the first."""

    other: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.register_buffer("other", torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.other


def build_pieces(skeleton: Mapping[str, Any], input_shape: Shape, copies: int) -> tuple[list[nn.Module], list[Shape]]:
    """Build what a table is made of: the rest, then for each stage chains of the four operations and of sums.

    Parameters
    ----------
    skeleton : arguments of `CellNetwork`; input_shape : of its images.
    copies : of the operation, in each chain.

    Returns
    -------
    1 + 5 · stages modules, and the shape of the input of each.

    Raises
    ------
    ValueError : a skeleton that `CellNetwork` does not take, or an input_shape that is not that of its images.
    """
    batch, in_channels, height, width = as_image_shape(input_shape)
    modules: list[nn.Module] = [CellNetwork((NONE, NONE, NONE, SKIP, NONE, NONE), **skeleton)]
    if in_channels != skeleton["in_channels"]:
        raise ValueError(f"input shape {tuple(input_shape)}: the skeleton has in_channels {skeleton['in_channels']}")
    shapes: list[Shape] = [(batch, in_channels, height, width)]
    for stage in range(skeleton["stages"]):
        channels = skeleton["channels"] * 2**stage
        shape = (batch, channels, height, width)
        for operation in range(1, len(OPERATIONS)):
            modules.append(nn.Sequential(*(build_operation(operation, channels) for _ in range(copies))))
        modules.append(nn.Sequential(*(Sum(shape) for _ in range(copies))))
        shapes.extend([shape] * len(OPERATIONS))
        height, width = (height + 1) // 2, (width + 1) // 2
    return modules, shapes
