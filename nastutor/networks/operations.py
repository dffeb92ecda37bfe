"""The building blocks of a NAS-Bench-201 network (Dong & Yang 2020, arXiv 2001.00326), for one or more replicas.

Replicas are copies of one architecture with their own weights, computed as one network: their channels lie side by
side, every convolution is grouped by replica, and every other operation here treats its channels apart anyway. With
``replicas=1`` all of this is ordinary.

Shapes: B images, R replicas, C channels a replica; a feature map is (B, R·C, H, W).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nastutor.spaces.cell import CONV_1X1, CONV_3X3, OPERATIONS, POOL, SKIP


class ReLUConvBN(nn.Sequential):
    """ReLU, convolution without bias, batch norm: (B, R·C_in, H, W) → (B, R·C_out, H/stride, W/stride)."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int = 1, replicas: int = 1) -> None:
        super().__init__(
            nn.ReLU(),
            convolution(c_in, c_out, kernel, stride, replicas),
            nn.BatchNorm2d(replicas * c_out),
        )


class ReductionBlock(nn.Module):
    """The residual block between stages: half the height and width, C_in → C_out channels.

    Two ReLU-Conv3×3-BN, the first with stride 2, around a shortcut of 2×2 average pooling and a 1×1 convolution.
    """

    def __init__(self, c_in: int, c_out: int, replicas: int = 1) -> None:
        super().__init__()
        self.conv_a = ReLUConvBN(c_in, c_out, 3, 2, replicas)
        self.conv_b = ReLUConvBN(c_out, c_out, 3, 1, replicas)
        # ceil_mode lets odd sizes through, as the strided convolution does; even sizes are not changed by it.
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True), convolution(c_in, c_out, 1, 1, replicas))

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.conv_b(self.conv_a(x))


class Classifier(nn.Module):
    """One linear classifier a replica: (B, R·C) → (B, R, classes). Weights (R·classes, C), bias (R·classes,)."""

    def __init__(self, channels: int, classes: int, replicas: int = 1) -> None:
        super().__init__()
        one = nn.Linear(channels, classes)
        self.replicas = replicas
        self.weight = nn.Parameter(one.weight.detach().repeat(replicas, 1))
        self.bias = nn.Parameter(one.bias.detach().repeat(replicas))

    def forward(self, x: Tensor) -> Tensor:
        if self.replicas == 1:
            return nn.functional.linear(x, self.weight, self.bias).unsqueeze(1)
        features = x.unflatten(1, (self.replicas, -1)).transpose(0, 1)  # (R, B, C)
        weight = self.weight.unflatten(0, (self.replicas, -1)).transpose(1, 2)  # (R, C, classes)
        bias = self.bias.unflatten(0, (self.replicas, 1, -1))  # (R, 1, classes)
        return torch.baddbmm(bias, features, weight).transpose(0, 1)


def convolution(c_in: int, c_out: int, kernel: int, stride: int = 1, replicas: int = 1) -> nn.Conv2d:
    """Return a convolution without bias, padded so that stride 1 keeps height and width; one group a replica."""
    return nn.Conv2d(
        replicas * c_in, replicas * c_out, kernel, stride, padding=kernel // 2, groups=replicas, bias=False
    )


def build_operation(operation: int, channels: int, replicas: int = 1) -> nn.Module:
    """Build the module of an edge of a cell; it keeps the shape (B, R·C, H, W).

    `none` has no module: an edge that carries nothing is left out (see `CellNetwork`).

    Raises
    ------
    ValueError : not one of skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3.
    """
    if operation == SKIP:
        return nn.Identity()
    if operation == CONV_1X1:
        return ReLUConvBN(channels, channels, 1, replicas=replicas)
    if operation == CONV_3X3:
        return ReLUConvBN(channels, channels, 3, replicas=replicas)
    if operation == POOL:
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    raise ValueError(f"operation {operation!r} has no module: choose 1…4 ({', '.join(OPERATIONS[1:])})")
