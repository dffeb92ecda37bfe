"""The supernet of the cell space: one network that holds the weights of all 15,625 cells.

Every edge has both convolutions; pooling and the skip have no weights, and `none` is nothing. It computes

* a mixture (DARTS, Liu et al. 2019, arXiv 1806.09055): each edge is the sum of all its operations, weighted;
* a single path (Guo et al. 2020, arXiv 1904.00420): each edge is one operation, those of a genotype;

and the weights of a path can be cut out as a stand-alone `CellNetwork`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d

from nastutor.networks.cell_network import Cell, CellNetwork
from nastutor.networks.operations import ReductionBlock, build_operation, convolution
from nastutor.networks.seeded import seeded
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, EDGES, NODES, NONE, OPERATIONS, POOL, SKIP, CellSpace
from nastutor.spaces.space import Genotype, SearchSpace

_SIZES = {CONV_1X1: 1, CONV_3X3: 3}
_LEAVING = [[edge for edge, (source, _) in enumerate(EDGES) if source == node] for node in NODES[:-1]]
"""The edges that leave each node, by target; one after the other they are the order of the running statistics."""
_ORDER = [edge for edges in _LEAVING for edge in edges]


class MixedCell(nn.Module):
    """A cell with every operation on every edge: (B, C, H, W) → the same shape.

    Parameters
    ----------
    channels : C.
    partial_channels : K; only the first C/K channels go through the operations (see `Supernet`).

    Attributes
    ----------
    kernels : one convolution kernel for each edge and size, named "source_target_operation".
    running_mean, running_var : (2, 6·C/K), of the batch norms after the 1×1 and the 3×3 convolutions.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, partial_channels: int = 1) -> None:
        super().__init__()
        if channels % partial_channels:
            raise ValueError(f"partial_channels {partial_channels}: it must divide the {channels} channels of a cell")
        self.width, self.partial_channels = channels // partial_channels, partial_channels
        self.kernels = nn.ParameterDict(
            {
                f"{source}_{target}_{operation}": convolution(self.width, self.width, size).weight
                for source, target in EDGES
                for operation, size in _SIZES.items()
            }
        )
        self.pool = build_operation(POOL, self.width)
        self.register_buffer("running_mean", torch.zeros(2, len(EDGES) * self.width))
        self.register_buffer("running_var", torch.ones(2, len(EDGES) * self.width))
        self.track_running_stats = True  # as in torch's batch norm: whether training moves the running statistics

    def forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """Return the mixture with `weights` (6, 5): for each edge those of its operations.

        What leaves one node shares its input, so ReLU and pooling are computed once a node, and the convolutions of
        one size of all its edges are one convolution with more output channels. Batch norm without weights of its own
        takes the mixture's as its scale. `coming` is the sum of what flows to the nodes still to come.
        """
        coming: Tensor | float = 0.0
        width = x.shape[1]
        for edges in _LEAVING:
            coming = coming + self._leave(x, edges, weights[edges])  # (B, edges·C, H, W)
            x, coming = coming[:, :width], coming[:, width:]
        return x

    def _leave(self, x: Tensor, edges: list[int], weights: Tensor) -> Tensor:
        """Compute all that leaves a node: (B, C, H, W) and weights (edges, 5) → (B, edges·C, H, W)."""
        x, rest = x[:, : self.width], x[:, self.width :]
        skip, pool = weights[:, [SKIP, POOL]].T[:, :, None, None, None]
        flow = (skip * x[:, None] + pool * _pool(x)[:, None]).flatten(1, 2)
        active = x.relu()
        for operation, size in _SIZES.items():
            kernel = torch.cat([self._kernel(edge, operation) for edge in edges])
            convolved = conv2d(active, kernel, padding=size // 2)
            flow = flow + self._norm(convolved, operation, edges, weights[:, operation].repeat_interleave(self.width))
        if self.partial_channels == 1:
            return flow
        flow = flow.unflatten(1, (len(edges), -1))
        passed = weights.sum(1)[:, None, None, None] * rest[:, None]
        mixed = torch.cat([flow, passed], dim=2).unflatten(2, (self.partial_channels, -1))
        return mixed.transpose(2, 3).flatten(1, 3)  # shuffled: the next operations see other channels

    def _kernel(self, edge: int, operation: int) -> Tensor:
        source, target = EDGES[edge]
        return self.kernels[f"{source}_{target}_{operation}"]

    def _norm(self, x: Tensor, operation: int, edges: Sequence[int], scale: Tensor | None = None) -> Tensor:
        """Normalise what the convolutions of neighbouring edges (in `_ORDER`) gave."""
        tracks = self.track_running_stats or not self.training
        mean, var = self._running(operation, edges) if tracks else (None, None)
        return batch_norm(x, mean, var, scale, training=self.training)

    def _running(self, operation: int, edges: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the running mean and variance of neighbouring edges, as views."""
        row, start = list(_SIZES).index(operation), _ORDER.index(edges[0]) * self.width
        columns = slice(start, start + len(edges) * self.width)
        return self.running_mean[row, columns], self.running_var[row, columns]

    def operation(self, x: Tensor, edge: int, operation: int) -> Tensor:
        """Compute one operation other than `none` on one edge."""
        if operation == SKIP:
            return x
        if operation == POOL:
            return self.pool(x)
        convolved = conv2d(x.relu(), self._kernel(edge, operation), padding=_SIZES[operation] // 2)
        return self._norm(convolved, operation, [edge])

    def by_edge(self, x: Tensor, weights: Tensor) -> Tensor:
        """Return what `forward` returns, computed as papers write it: every operation of every edge by itself."""

        def mixed(edge: int, source: Tensor) -> Tensor:
            terms = (weights[edge, op] * self.operation(source, edge, op) for op in range(NONE + 1, len(OPERATIONS)))
            return sum(terms, torch.zeros_like(source))

        values = [x]
        for node in NODES[1:]:
            into = [(edge, source) for edge, (source, target) in enumerate(EDGES) if target == node]
            values.append(sum((mixed(edge, values[source]) for edge, source in into), torch.zeros_like(x)))
        return values[-1]

    def path(self, x: Tensor, genotype: Genotype, gates: Tensor | None = None) -> Tensor:
        """Return the cell of a genotype; edge e is multiplied by gates[e], if gates (6,) are given."""
        values: list[Tensor | None] = [x]
        for node in NODES[1:]:
            total: Tensor | None = None
            for edge, (source, target) in enumerate(EDGES):
                value = values[source] if target == node else None
                if value is None or genotype[edge] == NONE:
                    continue
                term = self.operation(value, edge, genotype[edge])
                term = term if gates is None else gates[edge] * term
                total = term if total is None else total + term
            values.append(total)
        output = values[-1]
        return torch.zeros_like(x) if output is None else output

    def state_of(self, genotype: Genotype) -> dict[str, Tensor]:
        """Return the kernels and running statistics of a genotype, with the names that a `Cell` gives them."""
        state = {}
        for edge, operation in enumerate(genotype):
            if operation in _SIZES:
                name = "edges.{}_{}".format(*EDGES[edge])
                state[f"{name}.1.weight"] = self._kernel(edge, operation)
                state[f"{name}.2.running_mean"], state[f"{name}.2.running_var"] = self._running(operation, [edge])
        return state


class Supernet(nn.Module):
    """A `CellNetwork` whose cells hold the weights of every genotype.

    Parameters
    ----------
    space : a `CellSpace`.
    channels, cells_per_stage, stages, in_channels, classes : the skeleton, see `CellNetwork`.
    partial_channels : K of PC-DARTS (Xu et al. 2020, arXiv 1907.05737): a 1/K part of the channels goes through the
        mixture, the others pass an edge with the sum of its weights (1, unless the edges are normalised), and the two
        are shuffled. 1: all channels. With K > 1 there are no single paths: a stand-alone cell has other sizes.

    Raises
    ------
    ValueError : a space without a supernet, or a size below 1.

    Notes
    -----
    `none` is one of the five operations that weights are given for, and an architecture may choose it, as in
    NAS-Bench-201 (the derivation of the DARTS paper leaves it out; `nastutor.oneshot.alpha.derive` does either).

    Batch norms in the cells have no scale and bias of their own, as in DARTS and NAS-Bench-201: a scale would undo the
    mixture's weights. Stem, reduction blocks and the last batch norm have them. A cut-out has them everywhere, 1 and 0
    in the cells, so that it computes the same and can be trained on.

    In training mode batch norm uses the statistics of the batch and moves the running ones; evaluation uses the
    running ones, which are an average over whatever the supernet computed: for a single path they are wrong until
    its cut-out is recalibrated. DARTS and NAS-Bench-201 use batch statistics throughout. Both are in
    `nastutor.networks.batch_norm`.
    """

    def __init__(
        self,
        space: SearchSpace,
        channels: int = 16,
        cells_per_stage: int = 5,
        stages: int = 3,
        in_channels: int = 3,
        classes: int = 10,
        partial_channels: int = 1,
    ) -> None:
        super().__init__()
        if not isinstance(space, CellSpace):
            raise ValueError(f"{space!r} has no supernet: give a CellSpace")
        if partial_channels < 1:
            raise ValueError(f"partial_channels {partial_channels}: give at least 1")
        self.space, self.partial_channels = space, partial_channels
        self.skeleton: dict[str, Any] = {
            "channels": channels,
            "cells_per_stage": cells_per_stage,
            "stages": stages,
            "in_channels": in_channels,
            "classes": classes,
        }
        frame = CellNetwork((NONE,) * len(EDGES), **self.skeleton)
        self.stem, self.last, self.classifier = frame.stem, frame.last, frame.classifier
        self.layers = nn.ModuleList()
        width = channels
        for layer in frame.layers:
            if isinstance(layer, ReductionBlock):
                width *= 2
            self.layers.append(MixedCell(width, partial_channels) if isinstance(layer, Cell) else layer)

    def signature(self) -> dict[str, Any]:
        """Name the sizes, as plain JSON values."""
        return {**self.skeleton, "partial_channels": self.partial_channels}

    def forward(self, images: Tensor, weights: Tensor, by_edge: bool = False) -> Tensor:
        """Return the logits of the mixture.

        Parameters
        ----------
        images : (B, in_channels, H, W).
        weights : (6, 5), for each edge of `EDGES` those of its five operations; one-hot rows are a single path (whose
            unreached convolutions, in evaluation mode, give a constant that `path` and a cut-out leave out).
        by_edge : compute each operation of each edge by itself: the same, more slowly.

        Returns
        -------
        (B, classes).
        """
        return self._through(images, lambda cell, x: cell.by_edge(x, weights) if by_edge else cell(x, weights))

    def path(self, images: Tensor, genotype: Sequence[int], gates: Tensor | None = None) -> Tensor:
        """Return the logits (B, classes) of a genotype; only its operations are computed.

        Parameters
        ----------
        images : (B, in_channels, H, W).
        genotype : six operations.
        gates : (6,) factors of the edges; None: 1.

        Raises
        ------
        ValueError : a genotype outside the space, or partial channels.
        """
        self._need_all_channels()
        genotype = self.space.validate(genotype)
        return self._through(images, lambda cell, x: cell.path(x, genotype, gates))

    def _through(self, images: Tensor, compute: Callable[[MixedCell, Tensor], Tensor]) -> Tensor:
        x = self.stem(images)
        for layer in self.layers:
            x = compute(layer, x) if isinstance(layer, MixedCell) else layer(x)
        return self.classifier(self.last(x).mean(dim=(2, 3))).squeeze(1)

    def _need_all_channels(self) -> None:
        if self.partial_channels > 1:
            raise ValueError(
                f"partial_channels {self.partial_channels}: the convolutions of this supernet see a part of the "
                "channels, so it has no single paths to cut out; train the derived cell by itself"
            )

    def cut_out(self, genotype: Sequence[int], prune: bool = True) -> CellNetwork:
        """Copy the weights and running statistics of a genotype into a network of its own.

        Returns
        -------
        A `CellNetwork` in the supernet's mode and precision. It computes what `path` does, in either mode.

        Raises
        ------
        ValueError : a genotype outside the space, or partial channels.
        """
        self._need_all_channels()
        with seeded(0):  # its first weights are replaced
            network = CellNetwork(genotype, **self.skeleton, prune=prune)
        network.to(self.classifier.weight)
        own = dict(self.state_dict())
        for i, layer in enumerate(self.layers):
            if isinstance(layer, MixedCell):
                own.update({f"layers.{i}.{name}": tensor for name, tensor in layer.state_of(network.genotype).items()})
        with torch.no_grad():
            for name, tensor in network.state_dict().items():
                if name in own:  # the others are batch norm's 1, 0 and counter
                    tensor.copy_(own[name])
        return network.train(self.training)


def _pool(x: Tensor) -> Tensor:
    """Average 3×3 neighbours without counting the padding, (B, C, H, W): torch's own takes several times as long.

    The number of neighbours is that of rows times that of columns, so it is an average over rows, then over columns.
    """
    return _neighbours(x.shape[2], x.dtype, x.device) @ (x @ _neighbours(x.shape[3], x.dtype, x.device).T)


@cache
def _neighbours(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return (size, size): row i averages i and its neighbours."""
    index = torch.arange(size, device=device)
    near = ((index[:, None] - index).abs() <= 1).to(dtype)
    return near / near.sum(1, keepdim=True)
