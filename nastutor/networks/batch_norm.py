"""Which statistics batch norm uses: those of the batch, the running ones, or ones measured anew for a cut-out.

Where many architectures share weights this matters more than anything else: the running statistics are an average over
all of them, and right for none (Guo et al. 2020, arXiv 1904.00420).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def batch_statistics(network: nn.Module) -> Iterator[None]:
    """Let every batch norm use the statistics of its batch inside a ``with`` block; the running ones stay as they are.

    How DARTS and NAS-Bench-201 evaluate a supernet: what an image gives depends on the others in its batch.
    """
    was_training = network.training
    norms = [(module, module.track_running_stats) for module in network.modules() if _has_statistics(module)]
    network.train()
    for norm, _ in norms:
        norm.track_running_stats = False  # type: ignore[assignment]
    try:
        yield
    finally:
        network.train(was_training)
        for norm, tracks in norms:
            norm.track_running_stats = tracks


def _has_statistics(module: nn.Module) -> bool:
    return hasattr(module, "track_running_stats")  # torch's batch norms, and the cells of a supernet


@torch.no_grad()
def recalibrate(network: nn.Module, images: Tensor, batch_size: int = 64) -> None:
    """Measure the running statistics of every batch norm anew, as the average over batches of training images.

    The weights stay. Leaves the network in evaluation mode.

    Parameters
    ----------
    network : with torch's batch norms, as `Supernet.cut_out` returns.
    images : (n, channels, height, width), n ≥ 2; no labels are needed.
    batch_size : of the batches; images that do not fill a batch are left out, unless there is no full one.

    Raises
    ------
    ValueError : fewer than two images.
    """
    batch_size = min(batch_size, len(images))
    if batch_size < 2:
        raise ValueError(f"{len(images)} images in batches of {batch_size}: batch norm is measured on at least 2")
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over batches
    network.train()
    for start in range(0, len(images) - batch_size + 1, batch_size):
        network(images[start : start + batch_size])
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    network.eval()
