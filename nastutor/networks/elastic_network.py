"""The elastic network of once-for-all: one set of weights that holds every architecture of an `ElasticSpace`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nastutor.networks.layerwise_network import LayerwiseNetwork
from nastutor.networks.seeded import seeded
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.space import Genotype


class ElasticKernel(nn.Module):
    """A convolution kernel that contains smaller ones: (C_out, C_in, K, K), K the largest size.

    The next smaller kernel is the centre of this one, flattened and multiplied by a square matrix that all its channels
    share (Cai et al. 2020, section 3.3); the one after that is made of the smaller one in the same way. At first the
    matrices are the identity.

    Parameters
    ----------
    c_out, c_in : the largest numbers of channels.
    sizes : the kernel sizes, increasing.
    is_transformed : False leaves the matrices out.
    """

    def __init__(self, c_out: int, c_in: int, sizes: Sequence[int], is_transformed: bool = True) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        self.weight = nn.Conv2d(c_in, c_out, self.sizes[-1], bias=False).weight
        self.matrices = nn.ParameterDict(
            {f"to_{size}": torch.eye(size * size) for size in (self.sizes[:-1] if is_transformed else ())}
        )

    def slice(self, c_out: int, c_in: int, size: int) -> Tensor:
        """Return the kernel (c_out, c_in, size, size): of the first channels, and the centre."""
        weight = self.weight[:c_out, :c_in]
        for larger, smaller in pairwise(reversed(self.sizes)):
            if larger > size:
                border = (larger - smaller) // 2
                weight = weight[:, :, border : border + smaller, border : border + smaller]
                if self.matrices:
                    weight = (weight.flatten(2) @ self.matrices[f"to_{smaller}"].T).view_as(weight)
        return weight


class ElasticBatchNorm(nn.BatchNorm2d):
    """Batch norm of the first channels: (B, c, H, W) → the same shape, c up to the number it was built with.

    The running statistics are an average over all widths that use a channel, and over all else that came before it.
    """

    def forward(self, x: Tensor) -> Tensor:
        c, is_tracked = x.shape[1], not self.training or self.track_running_stats
        return functional.batch_norm(
            x,
            self.running_mean[:c] if is_tracked else None,  # type: ignore[index]
            self.running_var[:c] if is_tracked else None,  # type: ignore[index]
            self.weight[:c],
            self.bias[:c],
            self.training,
            0.1 if self.momentum is None else self.momentum,
            self.eps,
        )


class ElasticBlock(nn.Module):
    """One block: ``relu(norm(convolution(x))) + shortcut(x)``, as `ConvolutionalLayer` builds it.

    The first block of a stage has a 1×1 convolution and a batch norm in its shortcut, the others have none.
    """

    def __init__(
        self, c_in: int, c_out: int, kernels: Sequence[int], stride: int, is_first: bool, is_transformed: bool
    ) -> None:
        super().__init__()
        self.stride = stride
        self.kernel = ElasticKernel(c_out, c_in, kernels, is_transformed)
        self.norm = ElasticBatchNorm(c_out)
        self.shortcut = ElasticKernel(c_out, c_in, [1]) if is_first else None
        self.shortcut_norm = ElasticBatchNorm(c_out) if is_first else None

    def forward(self, x: Tensor, width: int, size: int) -> Tensor:
        """Map (B, c, H, W) to (B, width, ⌈H/stride⌉, ⌈W/stride⌉) with a kernel of a size."""
        c_in = x.shape[1]
        y = functional.conv2d(x, self.kernel.slice(width, c_in, size), stride=self.stride, padding=size // 2)
        y = self.norm(y).relu()
        if self.shortcut is None or self.shortcut_norm is None:
            return y + x
        return y + self.shortcut_norm(functional.conv2d(x, self.shortcut.slice(width, c_in, 1), stride=self.stride))


class ElasticNetwork(nn.Module):
    """The supernet of an `ElasticSpace`.

        image ─► stage 1 ─► … ─► stage n ─► mean over pixels ─► linear ─► one score a class

    A sub-network takes the first blocks of each stage, the first channels of each block, and of each kernel the centre,
    transformed (see `ElasticKernel`). So all sub-networks share their weights, not only those of one path.

    Parameters
    ----------
    space : the architectures.
    in_channels : of the images; not a width of the first stage.
    classes : how many there are to tell apart.
    is_transformed : False takes the centres of kernels as they are.

    Raises
    ------
    ValueError : a space of another kind, or `in_channels` that a sub-network would pass on without a convolution.
    """

    def __init__(
        self, space: ElasticSpace, in_channels: int = 1, classes: int = 10, is_transformed: bool = True
    ) -> None:
        super().__init__()
        if not isinstance(space, ElasticSpace):
            raise ValueError(f"{space!r} has no elastic network: give an ElasticSpace")
        if in_channels in space.widths[0]:
            raise ValueError(f"in_channels {in_channels}: choose none of the widths of stage 1, {space.widths[0]}")
        self.space = space
        self.skeleton = {"in_channels": in_channels, "classes": classes}
        self.is_transformed = is_transformed
        self.stages = nn.ModuleList()
        c_in = in_channels
        for stage, widths in enumerate(space.widths):
            blocks = nn.ModuleList()
            for block in range(space.depths[-1]):
                stride = 2 if stage > 0 and block == 0 else 1
                blocks.append(ElasticBlock(c_in, widths[-1], space.kernels, stride, block == 0, is_transformed))
                c_in = widths[-1]
            self.stages.append(blocks)
        self.classifier = nn.Linear(c_in, classes)

    def signature(self) -> dict[str, int | bool]:
        """Name the sizes, as plain JSON values."""
        return {**self.skeleton, "is_transformed": self.is_transformed}

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, classes) of the largest sub-network."""
        return self.path(images, self.space.largest)

    def path(self, images: Tensor, genotype: Sequence[int]) -> Tensor:
        """Return the logits of a sub-network; only what it uses is computed.

        Parameters
        ----------
        images : (B, in_channels, H, W).
        genotype : of the space.

        Returns
        -------
        (B, classes).

        Raises
        ------
        ValueError : a genotype outside the space.
        """
        x = images
        for block, width, size in self._chosen(self.space.validate(genotype)):
            x = block(x, width, size)
        features = x.mean(dim=(2, 3))
        return functional.linear(features, self.classifier.weight[:, : features.shape[1]], self.classifier.bias)

    def cut_out(self, genotype: Sequence[int]) -> LayerwiseNetwork:
        """Copy the weights and running statistics of a sub-network into a network of its own.

        Returns
        -------
        A `LayerwiseNetwork` in this network's mode and precision. It computes what `path` does, in either mode.

        Raises
        ------
        ValueError : a genotype outside the space.
        """
        genotype = self.space.validate(genotype)
        alone: Any
        with seeded(0):  # its first weights are replaced
            alone = build_alone(self.space, genotype, **self.skeleton)
        alone.to(self.classifier.weight)
        c_in = self.skeleton["in_channels"]
        with torch.no_grad():
            for layer, (block, width, size) in zip(alone.layers, self._chosen(genotype)):
                layer.operation.weight.copy_(block.kernel.slice(width, c_in, size))
                _copy_norm(layer.normalization, block.norm)
                if block.shortcut is not None:
                    layer.shortcut[0].weight.copy_(block.shortcut.slice(width, c_in, 1))
                    _copy_norm(layer.shortcut[1], block.shortcut_norm)
                c_in = width
            alone.classifier.weight.copy_(self.classifier.weight[:, :c_in])
            alone.classifier.bias.copy_(self.classifier.bias)
        return alone.train(self.training)

    def _chosen(self, genotype: Genotype) -> Iterator[tuple[Any, int, int]]:
        """Go through the blocks of a sub-network, each with its width and kernel size."""
        for blocks, (width, kernels) in zip(self.stages.children(), self.space.stages_of(genotype)):
            for block, size in zip(blocks.children(), kernels):
                yield block, width, size

    @torch.no_grad()
    def sort_channels(self) -> None:
        """Order the channels of each stage by importance, the most important first. The largest network stays the same.

        The importance is the sum of the absolute weights that read a channel. All blocks of a stage add to the same
        channels, so they are ordered alike.
        """
        stages: list[list[Any]] = [list(blocks.children()) for blocks in self.stages.children()]
        for blocks, following in zip(stages, [*stages[1:], []]):
            readers = [block.kernel.weight for block in blocks[1:]]
            readers += [following[0].kernel.weight, following[0].shortcut.weight] if following else []
            readers += [] if following else [self.classifier.weight]
            importance = torch.stack([weight.abs().transpose(0, 1).flatten(1).sum(1) for weight in readers]).sum(0)
            order = importance.argsort(descending=True, stable=True)
            for weight in readers:
                weight.copy_(weight[:, order])
            for block in blocks:
                writers = [block.kernel.weight, *_tensors(block.norm)]
                if block.shortcut is not None:
                    writers += [block.shortcut.weight, *_tensors(block.shortcut_norm)]
                for tensor in writers:
                    tensor.copy_(tensor[order])


def build_alone(space: ElasticSpace, genotype: Genotype, in_channels: int = 1, classes: int = 10) -> LayerwiseNetwork:
    """Build an architecture of an elastic space as a network of its own, with fresh weights."""
    chain = space.layerwise
    return LayerwiseNetwork(chain.encode(space.layers(genotype)), chain, in_channels, classes)


def _tensors(norm: nn.BatchNorm2d) -> list[Tensor]:
    return [norm.weight, norm.bias, norm.running_mean, norm.running_var]  # type: ignore[list-item]


def _copy_norm(target: nn.BatchNorm2d, source: nn.BatchNorm2d) -> None:
    for own, shared in zip(_tensors(target), _tensors(source)):
        own.copy_(shared[: len(own)])
