"""Writes a trained network to an ONNX file, and checks the file against torch before it is kept."""

from __future__ import annotations

import os

import numpy as np
import torch
from torch import Tensor, nn

from nastutor.arguments import shown
from nastutor.arrays import replacing
from nastutor.deploy.graph import to_onnx
from nastutor.deploy.runtime import Model
from nastutor.hardware.running import evaluation_mode

TOLERANCE = 1e-5
"""Of a score, relative to the image's largest where that is above 1: float32 adds in another order."""


def export(
    network: nn.Module, path: str | os.PathLike[str], images: Tensor, mean: float = 0.0, std: float = 1.0
) -> float:
    """Write a network to an ONNX file that gives the scores that torch gives.

    Parameters
    ----------
    network : see `to_onnx`; its weights are written as float32.
    path : of the file; what is there is replaced.
    images : (n, channels, height, width), some that it is checked on. The file takes any number of this size.
    mean, std : of the `Dataset` that the images are from. Given, the file takes images in the units that the dataset
        was made of, and normalises them itself; else it takes normalised images, as the network does.

    Returns
    -------
    The largest difference between a score of the file and one of torch, relative as `TOLERANCE` is.

    Raises
    ------
    ValueError : a network that has no such file (see `to_onnx`), no image to check it on, or scores that differ by more
        than `TOLERANCE`.
    """
    if not isinstance(images, Tensor) or images.ndim != 4 or not len(images):
        raise ValueError(f"images {shown(images)}: give a tensor (n, channels, height, width) of at least one image")
    content = to_onnx(network, tuple(images.shape), mean, std).SerializeToString()
    with evaluation_mode(network), torch.no_grad():
        weights = next(network.parameters(), images)
        expected = network(images.to(weights)).cpu().numpy()
    found = Model(content)(images.cpu().double().numpy() * std + mean)
    scale = np.maximum(1, np.abs(expected).max(axis=1, keepdims=True))
    difference = float((np.abs(found - expected) / scale).max())
    if not difference <= TOLERANCE:
        raise ValueError(
            f"the exported scores differ from torch's by {difference:.1e}: rounding is {TOLERANCE} at most"
        )
    with replacing(path) as file:
        file.write(content)
    return difference
