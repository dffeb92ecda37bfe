"""The network of a layerwise genotype: a chain of convolutional layers, from an image to class scores."""

from __future__ import annotations

import torch
import torch.fx
from torch import nn

from nastutor.arguments import whole_number
from nastutor.spaces.layerwise import Layer, LayerwiseSpace, group_count, squeeze_width
from nastutor.spaces.space import Genotype

_ACTIVATIONS = {"relu": nn.ReLU, "swish": nn.SiLU, "gelu": nn.GELU}


class LayerwiseNetwork(nn.Module):
    """Builds an architecture of `LayerwiseSpace`, by the table in that class's docstring.

        image ─► layer 1 ─► … ─► layer d ─► mean over pixels ─► linear ─► one score a class

    Parameters
    ----------
    genotype : the architecture.
    space : the space that it belongs to.
    in_channels : of the images, 1 for grey, 3 for colour.
    classes : how many there are to tell apart, at least 2.

    Attributes
    ----------
    layers : the layers in order. An identity builds no module, so architectures with one canonical form build
        networks with the same parameters under the same names: their `state_dict` fits each other.
    classifier : the linear layer.

    Raises
    ------
    ValueError : a genotype outside the space, or a number of channels or classes that cannot be built.
    TypeError : a space that is not a `LayerwiseSpace`.

    Notes
    -----
    Weights are drawn from torch's global generator, by torch's defaults: build the network under `seeded`. Batch norm
    cannot train on a single value a channel: where the strides shrink an image to one pixel, give it batches of two
    or more.
    """

    def __init__(self, genotype: Genotype, space: LayerwiseSpace, in_channels: int = 1, classes: int = 10) -> None:
        super().__init__()
        if not isinstance(space, LayerwiseSpace):
            raise TypeError(f"LayerwiseNetwork needs a LayerwiseSpace second, got {type(space).__name__}")
        self.space = space
        self.genotype = space.validate(genotype)
        self.in_channels = whole_number("in_channels", in_channels, lowest=1)
        self.classes = whole_number("classes", classes, lowest=2)
        self.layers = nn.Sequential()
        channels = self.in_channels
        for layer in space.decode(self.genotype):
            if layer["type"] != "identity":
                self.layers.append(ConvolutionalLayer(channels, layer))
                channels = layer["filters"]
        self.classifier = nn.Linear(channels, self.classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the class scores, before the softmax.

        Parameters
        ----------
        images : (batch, in_channels, height, width).

        Returns
        -------
        (batch, classes).

        Raises
        ------
        ValueError : images of another shape.
        """
        _require_images(images, self.in_channels)
        return self.classifier(self.layers(images).mean(dim=(2, 3)))


@torch.fx.wrap  # a trace, of which `nastutor.deploy` makes a file, does not look inside: there the shapes are unknown
def _require_images(images: torch.Tensor, in_channels: int) -> None:
    if images.ndim != 4 or images.shape[1] != in_channels:
        expected = f"(batch, {in_channels}, height, width)"
        raise ValueError(f"images have shape {tuple(images.shape)}: this network takes {expected}")


class ConvolutionalLayer(nn.Module):
    """One layer: ``attention(activation(normalization(operation(x)))) + shortcut(x)``.

    Parameters
    ----------
    channels : of the input.
    layer : what to build, as `LayerwiseSpace.decode` describes it; not an identity.

    Notes
    -----
    (batch, channels, height, width) becomes (batch, filters, ⌈height / stride⌉, ⌈width / stride⌉).
    """

    def __init__(self, channels: int, layer: Layer) -> None:
        super().__init__()
        filters, stride = layer["filters"], layer["stride"]
        self.operation = _operation(channels, layer)
        self.normalization = _normalization(layer["normalization"], filters)
        self.activation = _ACTIVATIONS[layer["activation"]]()
        self.attention = SqueezeExcitation(filters) if layer["attention"] else nn.Identity()
        self.shortcut: nn.Module | None = None
        if layer["skip"] and stride == 1 and filters == channels:
            self.shortcut = nn.Identity()
        elif layer["skip"]:
            projection = nn.Conv2d(channels, filters, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, _normalization(layer["normalization"], filters))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the layer; shapes as above."""
        y = self.attention(self.activation(self.normalization(self.operation(x))))
        return y if self.shortcut is None else y + self.shortcut(x)


class SqueezeExcitation(nn.Module):
    """Weighs the channels of an image by what it shows as a whole (Hu et al. 2018, arXiv 1709.01507, section 3).

    Parameters
    ----------
    filters : number of channels C. Shapes do not change: (batch, C, height, width).
    """

    def __init__(self, filters: int) -> None:
        super().__init__()
        width = squeeze_width(filters)
        self.gate = nn.Sequential(nn.Linear(filters, width), nn.ReLU(), nn.Linear(width, filters), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply each channel by its gate, a number in (0, 1)."""
        gates = self.gate(x.mean(dim=(2, 3)))  # (batch, C)
        return x * gates[:, :, None, None]


def _operation(channels: int, layer: Layer) -> nn.Module:
    filters, size, stride = layer["filters"], layer["kernel_size"], layer["stride"]
    dilation = 2 if layer["type"] == "dilated_conv" and size > 1 else 1
    padding = dilation * (size - 1) // 2  # so that a side of n pixels becomes ⌈n / stride⌉
    if layer["type"] == "depthwise_conv":
        depthwise = nn.Conv2d(channels, channels, size, stride, padding, groups=channels, bias=False)
        return nn.Sequential(depthwise, nn.Conv2d(channels, filters, 1, bias=False))
    return nn.Conv2d(channels, filters, size, stride, padding, dilation, bias=False)


def _normalization(kind: str, filters: int) -> nn.Module:
    if kind == "batch":
        return nn.BatchNorm2d(filters)
    return nn.GroupNorm(1 if kind == "layer" else group_count(filters), filters)
