"""Exact counts of what a network holds and computes, from its genotype alone."""

from __future__ import annotations

import numpy as np

from nastutor.spaces.cell import CONV_1X1, CONV_3X3


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
    """
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
    total_params = np.full(len(genotypes), params)
    total_macs = np.full(len(genotypes), macs)
    for operation, area in [(CONV_1X1, 1), (CONV_3X3, 9)]:
        edges = (np.asarray(genotypes) == operation).sum(axis=1)
        kernels = [area * width**2 for width in widths]
        per_edge = sum(kernel + 2 * width for kernel, width in zip(kernels, widths))
        total_params += edges * cells_per_stage * per_edge
        total_macs += edges * cells_per_stage * sum(kernel * size**2 for kernel, size in zip(kernels, sizes))
    return total_params, total_macs
