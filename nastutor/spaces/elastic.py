"""The elastic space of once-for-all: stages of one kind of block, with a depth, a width and kernel sizes to choose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from nastutor.arguments import shown, whole_number
from nastutor.spaces.layerwise import Layer, LayerwiseSpace, layer_weights, positive_integers
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.variable import Variable


class ElasticSpace(SearchSpace):
    """Networks of stages; a stage has a depth (number of blocks), a width (channels) and a kernel size in each block.

    >>> space = ElasticSpace.small()
    >>> space.size, space.to_string(space.smallest)
    (1764, 'stage_1_depth=1|stage_1_width=6|stage_1_kernel_1=3|stage_2_depth=1|stage_2_width=12|stage_2_kernel_1=3')

    The block is fixed: convolution, batch norm, ReLU, and a skip connection around the three. The first block of every
    stage but the first has stride 2. All choices are in order, so an architecture with no larger choice anywhere is
    contained in one with larger ones: its first blocks, the first channels, the centre of the kernels.

    Parameters
    ----------
    depths : the numbers of blocks that every stage may have, increasing.
    widths : for each stage the numbers of channels that it may have, increasing.
    kernels : the odd kernel sizes that every block may have, increasing.

    Raises
    ------
    ValueError : an empty list, one that does not increase, or a value that cannot be built.

    Notes
    -----
    Deviations from Cai et al. 2020 (arXiv 1908.09791, section 3.2): there the width is chosen in each block (how many
    channels it has inside, between two 1×1 convolutions), here once a stage; the block there is MobileNetV3's, with a
    depthwise convolution; and the image size is elastic too.
    """

    def __init__(self, depths: Sequence[int], widths: Sequence[Sequence[int]], kernels: Sequence[int]) -> None:
        if isinstance(widths, str) or not isinstance(widths, Sequence) or not widths:
            raise ValueError(f"widths {shown(widths)}: give at least one stage, each with a list of widths")
        self.depths, self.kernels = _increasing("depths", depths), _increasing("kernels", kernels)
        self.widths = tuple(_increasing("widths", values) for values in widths)
        total = range(len(self.widths) * self.depths[0], len(self.widths) * self.depths[-1] + 1)
        self.layerwise = LayerwiseSpace(  # checks that what is asked for can be built
            depths=total,
            filters=sorted({width for values in self.widths for width in values}),
            types=("conv",),
            kernel_sizes=self.kernels,
            strides=(1, 2)[: len(self.widths)],
            activations=("relu",),
            normalizations=("batch",),
            skip=(True,),
            attention=(False,),
        )
        variables = []
        for stage, choices in enumerate(self.widths, start=1):
            depth = f"stage_{stage}_depth"
            variables += [Variable(depth, self.depths), Variable(f"stage_{stage}_width", choices)]
            for block in range(1, self.depths[-1] + 1):
                when = {depth: tuple(number for number in self.depths if number >= block)}
                variables.append(Variable(f"stage_{stage}_kernel_{block}", self.kernels, when))
        super().__init__(variables)

    @classmethod
    def small(cls) -> ElasticSpace:
        """Open a space for 8×8 images on a CPU: 2 stages of 1…3 blocks, kernels 3 and 5, (3·(2 + 4 + 8))² = 1,764."""
        return cls(depths=(1, 2, 3), widths=((6, 9, 12), (12, 18, 24)), kernels=(3, 5))

    @cached_property
    def smallest(self) -> Genotype:
        """The architecture that all others contain."""
        return (0,) * len(self.variables)

    @cached_property
    def largest(self) -> Genotype:
        """The architecture that contains all others."""
        return tuple(len(variable.choices) - 1 for variable in self.variables)

    def restricted(self, depths: int, widths: int, kernels: int) -> ElasticSpace:
        """Return the space of the largest choices only: so many depths, widths (of each stage) and kernel sizes.

        Raises
        ------
        ValueError : a number that is not among 1… the number of choices.
        """
        counts = {"depths": len(self.depths), "widths": min(map(len, self.widths)), "kernels": len(self.kernels)}
        for (name, most), number in zip(counts.items(), (depths, widths, kernels)):
            whole_number(name, number, 1, most, "how many of the largest may be used")
        kept = [values[-widths:] for values in self.widths]
        return ElasticSpace(self.depths[-depths:], kept, self.kernels[-kernels:])

    def stages_of(self, genotype: Genotype) -> list[tuple[int, tuple[int, ...]]]:
        """Return for each stage the width and the kernel size of each of its blocks."""
        values = self.decode(genotype)
        return [
            (
                values[f"stage_{stage}_width"],
                tuple(values[f"stage_{stage}_kernel_{block + 1}"] for block in range(values[f"stage_{stage}_depth"])),
            )
            for stage in range(1, len(self.widths) + 1)
        ]

    def weights(self, genotype: Genotype) -> float:
        """Return the number of weights of the convolutions for grey images; see `layer_weights`."""
        return float(layer_weights(self.layers(genotype)))

    def layers(self, genotype: Genotype) -> list[Layer]:
        """Describe an architecture as `LayerwiseSpace.decode` does; `layerwise` is a space that contains them all."""
        common = {"activation": "relu", "normalization": "batch", "skip": True, "attention": False}
        return [
            {
                "type": "conv",
                "filters": width,
                "kernel_size": kernel,
                "stride": 2 if stage > 0 and block == 0 else 1,
                **common,
            }
            for stage, (width, kernels) in enumerate(self.stages_of(genotype))
            for block, kernel in enumerate(kernels)
        ]


def _increasing(argument: str, values: Sequence[int]) -> tuple[int, ...]:
    numbers = positive_integers(argument, values)
    if any(a >= b for a, b in pairwise(numbers)):
        raise ValueError(f"{argument} {shown(numbers)}: list them from small to large, each once")
    return numbers
