"""In which order the numbers of images lie in memory while a network is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

FEWEST_CHANNELS = 16
"""From so many channels in, a strided 1×1 convolution is safe in any order."""


def choose_memory_format(network: nn.Module, images: Tensor) -> torch.memory_format:
    """Return the memory format to train a network in: channels last, which is faster, where that is safe.

    The gradient of a strided 1×1 convolution of float32 images with few channels, channels last, is computed by a
    kernel that writes past the end of its memory: oneDNN's `jit_1x1`, with 2 to 7 channels on processors with AVX2, to
    15 with AVX-512 (oneDNN issue 6035; in torch 2.13 and 2.14). The process aborts, or goes on with damaged numbers.

    Parameters
    ----------
    network : any; it is called once, in the mode that it is in.
    images : (B, channels, height, width), in the network's precision and on its device.
    """
    with _Convolutions() as seen, torch.no_grad():
        network(images)
    if seen.has_trap and images.dtype == torch.float32 and images.device.type == "cpu":
        return torch.contiguous_format
    return torch.channels_last


class _Convolutions(TorchFunctionMode):
    """Watches every convolution under it, of modules and functions alike."""

    has_trap = False

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is torch.conv2d:
            images, weight = args[:2]
            stride = args[3] if len(args) > 3 else kwargs.get("stride", 1)
            is_strided_pixel = weight.shape[2:] == (1, 1) and stride not in (1, (1, 1))
            self.has_trap |= is_strided_pixel and 1 < images.shape[1] < FEWEST_CHANNELS
        return function(*args, **kwargs)
