"""The layerwise space: a chain of convolutional layers, each with its own type, width, kernel, stride and more."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import Any

from nastutor.arguments import listed, shown, whole_number
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.variable import Variable

TYPES = ("conv", "depthwise_conv", "dilated_conv", "identity")
KERNEL_SIZES = (1, 3, 5, 7)
STRIDES = (1, 2)
ACTIVATIONS = ("relu", "swish", "gelu")
NORMALIZATIONS = ("batch", "layer", "group")

Layer = dict[str, Any]
"""A layer by field: ``{"type": "conv", "filters": 32, "kernel_size": 3, …}``, or just ``{"type": "identity"}``."""

_FORM = re.compile(r"(\w+)-f(\d{1,9})-k(\d{1,9})-s(\d{1,9})-(\w+)-(\w+)(-skip)?(-se)?")
MOST = 1_000
"""Layers of a chain, and choices of a field: more are taken for a mistake."""


class LayerwiseSpace(SearchSpace):
    """Chains of layers, from an image to a classifier; the depth is the first variable.

    >>> space = LayerwiseSpace.small()
    >>> space.from_string("conv-f16-k3-s1-relu-batch-skip|identity")
    (1, 0, 1, 1, 0, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    A layer computes ``y = attention(activation(normalization(operation(x)))) + shortcut(x)``. The network has no stem
    (layer 1 sees the image) and ends in global average pooling and a linear classifier. What is built:

    ===============  =================================================================================================
    field            builds
    ===============  =================================================================================================
    conv             a k×k convolution with zero padding (k − 1)/2, to `filters` channels
    dilated_conv     the same with dilation 2 and padding k − 1; with k = 1 this is conv with k = 1
    depthwise_conv   a k×k convolution of each input channel by itself, with the stride, then a 1×1 convolution to
                     `filters` channels, whether or not their number changes; nothing between the two
    identity         nothing: its input is its output. It uses no other field, so an identity with stride 2, with a
                     skip connection or with other filters does not exist
    kernel_size      k, odd; larger than the image is allowed, the padding fills it
    stride           s: a side of n pixels becomes ⌈n/s⌉, so one pixel stays one pixel and every chain can be built
    activation       relu; swish, x·sigmoid(x); gelu, x·Φ(x)
    normalization    batch: batch norm. layer: over all channels and pixels of one image (group norm with one group).
                     group: `group_count(filters)` groups. Each with a scale and a shift a channel
    skip             the sum with x itself where the stride is 1 and the filters equal x's channels; otherwise x goes
                     through a 1×1 convolution with the layer's stride and filters and a normalization of the layer's
                     kind. No activation after the sum
    attention        squeeze-and-excitation (Hu et al. 2018, arXiv 1709.01507): pixel mean, linear to
                     `squeeze_width(filters)`, relu, linear to `filters`, sigmoid, times the input; before the sum
    ===============  =================================================================================================

    Convolutions have no bias (a normalization follows each), linear layers have one.

    Sampling is uniform over the depths, not over the architectures, nearly all of which have the largest depth.

    Parameters
    ----------
    depths : the allowed numbers of layers, increasing, at least 1.
    filters : the allowed numbers of output channels.
    types, kernel_sizes, strides, activations, normalizations : the choices of every layer; by default all of the above.
    skip, attention : the choices of every layer; ``(False,)`` leaves it out of the space.

    Raises
    ------
    ValueError : an empty list, a value that cannot be built, one that comes twice, or more than 1,000 of them.
    """

    fields = ("type", "filters", "kernel_size", "stride", "activation", "normalization", "skip", "attention")

    def __init__(
        self,
        depths: Sequence[int],
        filters: Sequence[int],
        types: Sequence[str] = TYPES,
        kernel_sizes: Sequence[int] = KERNEL_SIZES,
        strides: Sequence[int] = STRIDES,
        activations: Sequence[str] = ACTIVATIONS,
        normalizations: Sequence[str] = NORMALIZATIONS,
        skip: Sequence[bool] = (False, True),
        attention: Sequence[bool] = (False, True),
    ) -> None:
        self.depths = positive_integers("depths", depths)
        if list(self.depths) != sorted(self.depths):
            raise ValueError(f"depths {shown(self.depths)}: list them from small to large")
        if self.depths[-1] > MOST:
            raise ValueError(f"depths {shown(self.depths)}: choose at most {MOST:,} layers")
        choices = (
            _some_of("types", types, TYPES),
            positive_integers("filters", filters),
            positive_integers("kernel_sizes", kernel_sizes),
            positive_integers("strides", strides),
            _some_of("activations", activations, ACTIVATIONS),
            _some_of("normalizations", normalizations, NORMALIZATIONS),
            _some_of("skip", skip, (False, True)),
            _some_of("attention", attention, (False, True)),
        )
        even = [size for size in choices[2] if size % 2 == 0]
        if even:
            raise ValueError(f"kernel_sizes: {even[0]} is even; choose odd sizes, which are padded alike on both sides")
        self.choices: dict[str, tuple] = dict(zip(self.fields, choices))
        super().__init__(self._variables())

    def _variables(self) -> list[Variable]:
        variables = [Variable("depth", self.depths)]
        convolutions = tuple(name for name in self.choices["type"] if name != "identity")
        for number in range(1, self.depths[-1] + 1):
            deep_enough = tuple(depth for depth in self.depths if depth >= number)
            for field, choices in self.choices.items():
                when = {"depth": deep_enough} if field == "type" else {_name(number, "type"): convolutions}
                variables.append(Variable(_name(number, field), choices, when))
        return variables

    @classmethod
    def full(cls) -> LayerwiseSpace:
        """Open a space of real size: 8…19 layers of 16, 32, 64, 128, 256 or 512 filters.

        A layer has 1 + 3·6·4·2·3·3·2·2 = 5,185 forms, so there are Σ 5185^d ≈ 3.8·10^70 architectures, exactly
        38,046,106,707,969,071,782,702,202,688,010,355,648,042,631,305,622,453,565,477,127,404,687,500.
        """
        return cls(depths=range(8, 20), filters=(16, 32, 64, 128, 256, 512))

    @classmethod
    def small(cls) -> LayerwiseSpace:
        """Open a space for 8×8 images on a CPU: 1…4 layers of 8, 16 or 32 filters.

        A layer has 1 + 3·3·4·2·3·3·2·2 = 2,593 forms, so there are exactly 45,224,897,023,300 architectures.
        """
        return cls(depths=range(1, 5), filters=(8, 16, 32))

    @classmethod
    def tabular(cls) -> LayerwiseSpace:
        """Open a space of networks for the rows of a table, images of one pixel: 1…4 layers of 16 to 128 units.

        A 1×1 convolution of one pixel is a linear layer. A layer has 1 + 4·3·2·2 = 49 forms.
        """
        return cls(
            depths=range(1, 5),
            filters=(16, 32, 64, 128),
            types=("conv", "identity"),
            kernel_sizes=(1,),
            strides=(1,),
            normalizations=("batch", "layer"),
            attention=(False,),
        )

    def decode(self, genotype: Genotype) -> list[Layer]:  # type: ignore[override]
        """Describe an architecture: one dict a layer, with the fields that the layer uses."""
        values = super().decode(genotype)
        return [
            {field: values[name] for field in self.fields if (name := _name(number, field)) in values}
            for number in range(1, values["depth"] + 1)
        ]

    def encode(self, description: Sequence[Mapping[str, Any]]) -> Genotype:  # type: ignore[override]
        """Return the genotype of a description; the inverse of `decode`.

        Raises
        ------
        ValueError : not a list of dicts, a number of layers that is no depth, a field that is missing, unknown or has
            no effect (every one of an identity's but its type), or a value that is no choice.
        """
        if not isinstance(description, Sequence) or isinstance(description, str):
            raise ValueError(f"describe an architecture by a list of layers, got {shown(description)}")
        if len(description) not in self.depths:
            raise ValueError(f"{len(description)} layers: choose one of {self.depths}")
        values: dict[str, Any] = {"depth": len(description)}
        for number, layer in enumerate(description, start=1):
            if not isinstance(layer, Mapping):
                raise ValueError(f"layer {number} is {shown(layer)}: describe it by a dict of {', '.join(self.fields)}")
            values |= {_name(number, field): value for field, value in layer.items()}
        return super().encode(values)

    @property
    def stages(self) -> tuple[int, ...]:
        """Layer by layer, where all depths 1…n are allowed: a prefix is the values of whole layers, without the depth.

        The first layer of `small` gives 2,593 prefixes, each more layer that many times more.
        """
        if self.depths != tuple(range(1, len(self.depths) + 1)):
            return super().stages
        return tuple(len(self.fields) * depth for depth in self.depths)

    def complete(self, prefix: Sequence[int]) -> Genotype:
        """Return the chain of a prefix's layers: its depth is their number, the values of later layers are zero."""
        if not self._count_stages(prefix):
            raise ValueError(f"no layer is decided in (): give a prefix of {self.stages} values")
        layers = self._checked(prefix, start=1)
        depth = len(layers) // len(self.fields) - 1
        later = len(self.variables) - 1 - len(layers)
        return self._zero_inactive((depth, *layers, *[0] * later))

    def expansions(self, prefix: Sequence[int]) -> list[Genotype]:
        """List the prefixes with one more layer; see `SearchSpace.expansions`."""
        if self._count_stages(prefix) == len(self.stages):
            return []
        layers = self._checked(prefix, start=1)
        return [(*layers, *layer) for layer in self._layers]

    @cached_property
    def _layers(self) -> list[Genotype]:
        """The values of every possible layer, in lexicographic order; zero what `identity` does not use."""
        kind, *others = self.choices.values()
        layers: list[Genotype] = []
        for number, name in enumerate(kind):
            values = [range(len(choices)) if name != "identity" else range(1) for choices in others]
            layers.extend((number, *rest) for rest in itertools.product(*values))
        return layers

    def canonical(self, genotype: Genotype) -> Genotype:
        """Return one genotype for all that surely build the same network.

        Identities are removed as far as the depths allow (the others go to the end), inactive variables are zero, a
        dilated convolution with kernel 1 becomes a convolution, and group norm with one group becomes layer norm.

        Not used, because the networks differ though their functions may not: a depthwise convolution with kernel 1 is
        a scale before a 1×1 convolution, and a stride of 2 does nothing to an image of one pixel.
        """
        layers = [self._simplified(layer) for layer in self.decode(genotype) if layer["type"] != "identity"]
        depth = min(depth for depth in self.depths if depth >= len(layers))
        return self.encode(layers + [{"type": "identity"}] * (depth - len(layers)))

    def _simplified(self, layer: Layer) -> Layer:
        layer = dict(layer)
        if layer["type"] == "dilated_conv" and layer["kernel_size"] == 1 and "conv" in self.choices["type"]:
            layer["type"] = "conv"
        if (
            layer["normalization"] == "group"
            and group_count(layer["filters"]) == 1
            and "layer" in self.choices["normalization"]
        ):
            layer["normalization"] = "layer"
        return layer

    def weights(self, genotype: Genotype) -> float:
        """Return the number of weights of a chain's layers for grey images; see `layer_weights`."""
        return float(layer_weights(self.decode(genotype)))

    def to_string(self, genotype: Genotype) -> str:
        """Write an architecture as ``conv-f32-k3-s1-relu-batch-skip-se|identity|…``, one part a layer."""
        return "|".join(_write(layer) for layer in self.decode(genotype))

    def from_string(self, text: str) -> Genotype:
        """Read what `to_string` writes.

        Raises
        ------
        ValueError : a part has not that form, or what it says is not in the space.
        """
        if not isinstance(text, str):
            raise ValueError(f"an architecture is written layer|layer|…, got {shown(text)}")
        genotype = self.encode([_read(part, text) for part in text.split("|")])
        if self.to_string(genotype) != text:
            raise ValueError(f"cannot read {shown(text)}: write it as {self.to_string(genotype)!r}")
        return genotype


def layer_weights(layers: Sequence[Layer], in_channels: int = 1) -> int:
    """Count the weights of a chain of layers: of convolutions, projections and attention.

    Scales, shifts and biases, and the classifier after the last layer, do not count.

    Parameters
    ----------
    layers : as `LayerwiseSpace.decode` describes them.
    in_channels : of the images.
    """
    total, channels = 0, in_channels
    for layer in layers:
        if layer["type"] == "identity":
            continue
        filters, area = layer["filters"], layer["kernel_size"] ** 2
        depthwise = layer["type"] == "depthwise_conv"
        total += area * channels + channels * filters if depthwise else area * channels * filters
        if layer["skip"] and (layer["stride"] > 1 or filters != channels):
            total += channels * filters
        if layer["attention"]:
            total += 2 * filters * squeeze_width(filters)
        channels = filters
    return total


def group_count(filters: int) -> int:
    """Return the number of groups of group norm: at most 32, and at least 4 channels each, or else one group.

    32 is the default of Wu & He 2018 (arXiv 1803.08494). A group of one channel and one pixel would be zero.

    Parameters
    ----------
    filters : number of channels; the result divides it.
    """
    filters = whole_number("filters", filters, 1)
    return max((n for n in range(1, 33) if filters % n == 0 and filters // n >= 4), default=1)


def squeeze_width(filters: int) -> int:
    """Return the hidden width of squeeze-and-excitation: a sixteenth (Hu et al.'s choice), but at least 4."""
    return max(4, whole_number("filters", filters, 1) // 16)


def _name(number: int, field: str) -> str:
    return f"layer_{number}_{field}"


def _write(layer: Layer) -> str:
    if layer["type"] == "identity":
        return "identity"
    text = "{type}-f{filters}-k{kernel_size}-s{stride}-{activation}-{normalization}".format(**layer)
    return text + "-skip" * layer["skip"] + "-se" * layer["attention"]


def _read(part: str, text: str) -> Layer:
    if part == "identity":
        return {"type": "identity"}
    match = _FORM.fullmatch(part)
    if match is None:
        form = "type-f32-k3-s1-activation-normalization, then -skip and -se or not"
        raise ValueError(f"cannot read the layer {shown(part)} in {shown(text)}: write identity, or {form}")
    kind, filters, size, stride, activation, normalization, skip, attention = match.groups()
    values = (kind, int(filters), int(size), int(stride), activation, normalization, bool(skip), bool(attention))
    return dict(zip(LayerwiseSpace.fields, values))


def positive_integers(argument: str, values: Sequence[int]) -> tuple[int, ...]:
    """Return the numbers that an argument lists, as Python integers: at least one, each once."""
    for value in (numbers := listed(argument, values, MOST)):
        if not isinstance(value, Integral) or isinstance(value, bool) or not 1 <= int(value) < 10**9:
            raise ValueError(f"{argument}: {shown(value)} is not a positive integer (of at most nine digits)")
    return _all_different(argument, [int(value) for value in numbers])


def _some_of(argument: str, values: Sequence[Any], allowed: tuple) -> tuple:
    known = {choice: choice for choice in allowed}
    found = []
    for value in listed(argument, values, MOST):
        try:
            found.append(known[value])
        except (KeyError, TypeError):
            raise ValueError(f"{argument}: {shown(value)} is unknown; choose from {allowed}") from None
    return _all_different(argument, found)


def _all_different(argument: str, values: list) -> tuple:
    if not values or len(set(values)) < len(values):
        raise ValueError(f"{argument} {shown(tuple(values))}: give at least one, each once")
    return tuple(values)
