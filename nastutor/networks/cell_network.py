"""The network of a cell: the skeleton of NAS-Bench-201 (Dong & Yang 2020, arXiv 2001.00326), of any size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nastutor.networks.operations import Classifier, ReductionBlock, build_operation, convolution
from nastutor.spaces.cell import EDGES, NODES, NONE, CellSpace
from nastutor.spaces.space import Genotype


class Cell(nn.Module):
    """One cell: (B, R·C, H, W) → the same shape. `edges` has a module for every operation other than `none`.

    A node that nothing reaches is a zero that is known when the cell is built: edges from it are not computed.
    """

    def __init__(self, genotype: Genotype, channels: int, replicas: int = 1) -> None:
        super().__init__()
        self.edges = nn.ModuleDict(
            {
                f"{source}_{target}": build_operation(operation, channels, replicas)
                for (source, target), operation in zip(EDGES, genotype)
                if operation != NONE
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        values: list[Tensor | None] = [x]
        for node in NODES[1:]:
            total: Tensor | None = None
            for source, value in enumerate(values):
                edge = f"{source}_{node}"
                if value is not None and edge in self.edges:
                    term = self.edges[edge](value)
                    total = term if total is None else total + term
            values.append(total)
        output = values[-1]
        return torch.zeros_like(x) if output is None else output


class CellNetwork(nn.Module):
    """A convolutional network made of copies of one cell.

    Stem (3×3 convolution, batch norm), then `stages` stages of `cells_per_stage` cells with C, 2C, 4C, … channels and
    a residual block of stride 2 between stages, then batch norm, ReLU, global average pooling and a linear classifier.
    The defaults are NAS-Bench-201's network for CIFAR-10; its parameters and MACs are those of
    `nastutor.hardware.counts.cell_network_costs`.

    Parameters
    ----------
    genotype : six operations, see `CellSpace`.
    channels : C, channels of the first stage.
    cells_per_stage, stages : the skeleton.
    in_channels : channels of an image.
    classes : number of classes.
    prune : leave out dead edges: those on no path from the cell's input to its output. The function is the same,
        parameters and time are saved. Without it their weights exist, as in NAS-Bench-201.
    replicas : how many independent networks to compute as one, see `nastutor.networks.operations`.

    Raises
    ------
    ValueError : a genotype outside the space, or a size below 1.

    Notes
    -----
    Deviation: a convolution whose input node nothing reaches adds nothing here. In NAS-Bench-201's own code it adds
    its batch norm's bias, a learned constant. So here two cells with the same canonical form are the same function.
    """

    def __init__(
        self,
        genotype: Sequence[int],
        channels: int = 16,
        cells_per_stage: int = 5,
        stages: int = 3,
        in_channels: int = 3,
        classes: int = 10,
        prune: bool = False,
        replicas: int = 1,
    ) -> None:
        super().__init__()
        sizes = {
            "channels": channels,
            "cells_per_stage": cells_per_stage,
            "stages": stages,
            "in_channels": in_channels,
            "classes": classes,
            "replicas": replicas,
        }
        for name, value in sizes.items():
            if value < 1:
                raise ValueError(f"{name} {value}: give at least 1")
        space = CellSpace()
        self.genotype = space.validate(genotype)
        self.in_channels, self.classes, self.replicas = in_channels, classes, replicas
        built = self.genotype
        if prune:
            built = tuple(op if live else NONE for op, live in zip(built, space.live_edges(built)))
        self.stem = nn.Sequential(
            convolution(in_channels, channels, 3, replicas=replicas), nn.BatchNorm2d(replicas * channels)
        )
        layers: list[nn.Module] = []
        width = channels
        for stage in range(stages):
            if stage > 0:
                layers.append(ReductionBlock(width, 2 * width, replicas))
                width *= 2
            layers.extend(Cell(built, width, replicas) for _ in range(cells_per_stage))
        self.layers = nn.Sequential(*layers)
        self.last = nn.Sequential(nn.BatchNorm2d(replicas * width), nn.ReLU())
        self.classifier = Classifier(width, classes, replicas)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits of a batch.

        Parameters
        ----------
        images : (B, in_channels, H, W); with replicas (B, R·in_channels, H, W), each replica's own images.

        Returns
        -------
        (B, classes); with replicas (B, R, classes).
        """
        features = self.last(self.layers(self.stem(images)))
        logits = self.classifier(features.mean(dim=(2, 3)))
        return logits if self.replicas > 1 else logits.squeeze(1)
