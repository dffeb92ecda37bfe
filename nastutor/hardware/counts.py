"""Exact counts of what a network holds and computes: from a cell's genotype alone; `layer_costs` runs any network."""

from __future__ import annotations

import numpy as np

from nastutor.hardware.checks import as_cells, whole
from nastutor.hardware.layer_costs import layer_costs
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, EDGES, NODES, NONE, POOL, SKIP
from nastutor.spaces.space import Genotype

__all__ = ["cell_network_costs", "cell_network_memory", "layer_costs"]


def cell_network_costs(
    genotypes: np.ndarray,
    classes: int,
    image_size: int,
    channels: int = 16,
    cells_per_stage: int = 5,
    stages: int = 3,
    in_channels: int = 3,
) -> tuple[np.ndarray, np.ndarray]:
    """Count the parameters and multiply-accumulates of the `CellNetwork` of each cell.

    Convolutions have no bias; batch norm has two parameters a channel; a residual reduction block of stride 2 stands
    between stages. A MAC is one multiply-add of a convolution or of the classifier. The defaults are NAS-Bench-201's.

    Parameters
    ----------
    genotypes : (n, 6) integers. Every operation counts: where dead ones are not built, replace them by `none` first.
    classes : number of classes.
    image_size : height and width of the input in pixels.
    channels, cells_per_stage, stages, in_channels : the skeleton, see `CellNetwork`.

    Returns
    -------
    params, macs : (n,) integers.

    Raises
    ------
    ValueError : genotypes of another shape or with other operations, or a number that is not whole or below 1.
    """
    cells = as_cells(genotypes)
    whole(
        1, classes=classes, image_size=image_size, channels=channels, cells_per_stage=cells_per_stage, stages=stages,
        in_channels=in_channels,
    )  # fmt: skip
    widths = [channels * 2**stage for stage in range(stages)]
    sizes = [image_size]
    for _ in range(stages - 1):
        sizes.append((sizes[-1] + 1) // 2)
    stem = 9 * in_channels * channels
    params = stem + 2 * channels + 2 * widths[-1] + (widths[-1] + 1) * classes
    macs = stem * image_size**2 + widths[-1] * classes
    for before, after, size in zip(widths, widths[1:], sizes[1:]):
        weights = 9 * before * after + 9 * after * after + before * after  # two 3×3 convolutions, a 1×1 shortcut
        params += weights + 4 * after
        macs += weights * size**2
    total_params = np.full(len(cells), params)
    total_macs = np.full(len(cells), macs)
    for operation, area in [(CONV_1X1, 1), (CONV_3X3, 9)]:
        edges = (cells == operation).sum(axis=1)
        kernels = [area * width**2 for width in widths]
        per_edge = sum(kernel + 2 * width for kernel, width in zip(kernels, widths))
        total_params += edges * cells_per_stage * per_edge
        total_macs += edges * cells_per_stage * sum(kernel * size**2 for kernel, size in zip(kernels, sizes))
    return total_params, total_macs


def cell_network_memory(
    genotypes: np.ndarray,
    image_size: int,
    channels: int = 16,
    cells_per_stage: int = 5,
    stages: int = 3,
    in_channels: int = 3,
    number_bytes: int = 4,
) -> np.ndarray:
    """Return the peak memory of the `CellNetwork` of each cell for one image, as `layer_costs` defines it.

    It is reached in the first stage, where all feature maps have one size, or in the block that follows.

    Parameters
    ----------
    genotypes, image_size, channels, cells_per_stage, stages, in_channels : see `cell_network_costs`; image_size even.
    number_bytes : of one number: 4 in float32.

    Returns
    -------
    (n,) bytes, integers.

    Raises
    ------
    ValueError : genotypes of another shape or with other operations, an odd image_size where a stage halves it, or a
        number that is not whole or below 1.
    """
    cells = as_cells(genotypes)
    whole(
        1, image_size=image_size, channels=channels, cells_per_stage=cells_per_stage, stages=stages,
        in_channels=in_channels, number_bytes=number_bytes,
    )  # fmt: skip
    if stages > 1 and image_size % 2:
        raise ValueError(f"image_size {image_size}: give an even one, or one stage")
    kinds, row = np.unique(cells, axis=0, return_inverse=True)
    maps = np.empty(len(kinds), dtype=np.int64)
    for i, kind in enumerate(kinds.tolist()):
        in_cell, is_new = _maps_alive(tuple(kind))
        # The frame that calls the stages holds the stem's output; a cell that returns its input adds no second map.
        in_later_cell = in_cell + (is_new and cells_per_stage > 1)
        in_block = 3 + (is_new and stages > 1)  # with one stage: the last batch norm and ReLU
        maps[i] = max(in_later_cell, in_block)
    numbers = in_channels * image_size**2 + maps * channels * image_size**2
    return (numbers * number_bytes)[row.ravel()]


def _maps_alive(genotype: Genotype) -> tuple[int, bool]:
    """Return how many feature maps `Cell.forward` has alive at most, and whether its output is a new one.

    Maps are numbered from 0, the cell's input; an operation other than the skip makes a new one, and so does a sum. A
    convolution needs one more while it works: after ReLU there are two, and so there are before its batch norm is done.
    """
    values: list[int | None] = [0]
    peak = made = 0
    for node in NODES[1:]:
        total: int | None = None
        term: int | None = None
        for source, value in enumerate(values):
            operation = genotype[EDGES.index((source, node))]
            if value is None or operation == NONE:
                continue
            alive = {*values, total, term} - {None}
            if operation == SKIP:
                term = value
            else:
                peak = max(peak, len(alive) + (1 if operation == POOL else 2))
                term = made = made + 1
            if total is None:
                total = term
            else:
                peak = max(peak, len({*values, total, term} - {None}) + 1)
                total = made = made + 1
        values.append(total)
    return max(peak, 1 + (values[-1] is None)), values[-1] != 0
