"""Roofline models of three kinds of devices: **models from data sheets, not measurements**.

Latency of an operation = overhead + max(MACs / peak rate, bytes / bandwidth): it is bound by arithmetic or by memory,
whichever takes longer (Williams, Waterman & Patterson 2009, doi:10.1145/1498765.1498785). Nothing else is modelled: no
caches, no fused operations, no kernel that misses the peak. Real networks reach a fraction of it, and an own fraction
each; so trust what a model says about *why* devices disagree, not its milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nastutor.arguments import as_numbers
from nastutor.hardware.checks import as_cells, is_number, whole
from nastutor.hardware.costs import LayerCosts
from nastutor.hardware.layer_costs import layer_costs
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, EDGES, NONE, OPERATIONS, POOL, SKIP
from nastutor.spaces.space import Genotype


def as_layers(given: Any) -> list[LayerCosts]:
    """Return records of layers as a list.

    Raises
    ------
    TypeError : something else, such as the record of a whole network.
    """
    layers = list(given) if isinstance(given, Iterable) else [given]
    for layer in layers:
        if not isinstance(layer, LayerCosts):
            raise TypeError(f"{layer!r} is no LayerCosts: give layers, such as layer_costs(network, shape).layers")
    return layers


class CellLatencies(NamedTuple):
    """Latencies that add up: latency(genotype) = fixed + Σ over the edges of what their operations cost.

    edges : (6, 5) ms, by edge and operation, over all cells of the network.
    fixed : ms, of everything else.
    """

    edges: np.ndarray
    fixed: float

    def of(self, genotypes: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
        """Return the latency (n,) ms of each of n genotypes.

        Raises
        ------
        ValueError : genotypes of another shape, or with other operations.
        """
        return self.fixed + self._in_cells(genotypes)

    def alone(self, genotypes: Sequence[Sequence[int]] | np.ndarray, noise: float = 0.0, seed: int = 0) -> np.ndarray:
        """Return the latency (n,) ms of cells without the network around them, which span orders of magnitude.

        Parameters
        ----------
        genotypes : n cells. What stands for calling an empty one is a thousandth of what the slowest takes.
        noise : of a measurement, the standard deviation of the latency's logarithm.
        seed : of the noise.

        Raises
        ------
        ValueError : genotypes of another shape, or with other operations.
        """
        milliseconds = self._in_cells(genotypes)
        factors = np.exp(np.random.default_rng(seed).normal(0, noise, len(milliseconds)))
        return (milliseconds + milliseconds.max(initial=0) / 1000) * factors

    def _in_cells(self, genotypes: Sequence[Sequence[int]] | np.ndarray) -> np.ndarray:
        rows = as_cells(genotypes)
        return self.edges[np.arange(len(EDGES)), rows].sum(axis=1)


@dataclass(frozen=True)
class Device:
    """A device by four numbers.

    Parameters
    ----------
    name : for labels.
    macs_per_second : peak rate of multiply-adds in float32.
    bytes_per_second : bandwidth of the memory that holds the activations.
    overhead_seconds : what starting one operation takes.
    memory_bytes : for the activations of one inference.
    source : where the numbers come from.
    """

    name: str
    macs_per_second: float
    bytes_per_second: float
    overhead_seconds: float
    memory_bytes: int
    source: str

    def __post_init__(self) -> None:
        positive = (self.macs_per_second, self.bytes_per_second, self.memory_bytes)
        if (
            not all(map(is_number, (*positive, self.overhead_seconds)))
            or min(positive) <= 0
            or self.overhead_seconds < 0
        ):
            raise ValueError(f"{self}: give positive rates and memory, and an overhead of at least 0, as numbers")

    def latency_ms(self, layers: Iterable[LayerCosts]) -> float:
        """Return the modelled latency of operations one after the other, as `layer_costs` counts them."""
        return sum(self.parts_ms(layers))

    def parts_ms(self, layers: Iterable[LayerCosts]) -> tuple[float, float, float]:
        """Split the latency: operations bound by arithmetic, operations bound by memory, and starting all of them.

        Raises
        ------
        TypeError : something that is no `LayerCosts`.
        """
        arithmetic = memory = overhead = 0.0
        for layer in as_layers(layers):
            compute = layer.macs / self.macs_per_second
            transfer = (layer.bytes_read + layer.bytes_written) / self.bytes_per_second
            arithmetic += compute if compute >= transfer else 0
            memory += transfer if transfer > compute else 0
            overhead += self.overhead_seconds
        return 1e3 * arithmetic, 1e3 * memory, 1e3 * overhead

    def fits(self, peak_memory: int) -> bool:
        """Say whether activations of so many bytes fit (see `layer_costs`).

        Raises
        ------
        ValueError : something that is no number of bytes.
        """
        if not is_number(peak_memory) or peak_memory < 0:
            raise ValueError(f"peak_memory {peak_memory!r}: give bytes, at least 0")
        return peak_memory <= self.memory_bytes

    def cell_latencies(
        self,
        image_size: int = 32,
        channels: int = 16,
        cells_per_stage: int = 5,
        stages: int = 3,
        in_channels: int = 3,
        classes: int = 10,
    ) -> CellLatencies:
        """Return the modelled latencies of the operations of a `CellNetwork` for one image; needs torch.

        An edge costs its operation and one addition to its target node; `none` costs nothing. Against `latency_ms` of
        the network itself this is exact up to additions: a node with k incoming edges is charged k and takes k − 1, so
        a cell whose nodes are all reached costs three additions less. A dead operation is charged; leave it out of the
        genotype where it is not built.

        Parameters
        ----------
        image_size : height and width in pixels; the others are the skeleton, see `CellNetwork`.
        """
        whole(
            1, image_size=image_size, channels=channels, cells_per_stage=cells_per_stage, stages=stages,
            in_channels=in_channels, classes=classes,
        )  # fmt: skip

        def latency(*last_edges: int) -> float:
            genotype = (last_edges[1], NONE, NONE, *last_edges)  # (0, 1), and the three edges into the output
            return self.latency_ms(
                _layers(genotype, image_size, channels, cells_per_stage, stages, in_channels, classes)
            )

        fixed = latency(SKIP, NONE, NONE)
        addition = latency(SKIP, SKIP, NONE) - fixed  # the same input twice
        row = np.zeros(len(OPERATIONS))
        row[SKIP] = addition
        for operation in (CONV_1X1, CONV_3X3, POOL):
            row[operation] = latency(operation, NONE, NONE) - fixed + addition
        return CellLatencies(np.tile(row, (len(EDGES), 1)), fixed)


@lru_cache(maxsize=64)
def _layers(
    genotype: Genotype,
    image_size: int,
    channels: int,
    cells_per_stage: int,
    stages: int,
    in_channels: int,
    classes: int,
) -> tuple[LayerCosts, ...]:
    """Return the layers of a `CellNetwork` for one image: counted once for all devices."""
    from nastutor.networks.cell_network import CellNetwork

    network = CellNetwork(genotype, channels, cells_per_stage, stages, in_channels, classes)
    return tuple(layer_costs(network, (1, in_channels, image_size, image_size)).layers)


def fastest(latencies: Mapping[str, np.ndarray], accuracy: np.ndarray, least: float) -> np.ndarray:
    """Return the fastest architecture of each device among those that are accurate enough.

    Parameters
    ----------
    latencies : by device, (n,) of every architecture; accuracy : (n,) percent.
    least : percent.

    Returns
    -------
    (devices,) rows; of equally fast ones the more accurate, then the first.

    Raises
    ------
    ValueError : nothing is accurate enough, the message says what comes closest; or latencies and accuracies that do
        not belong together.
    """
    if not isinstance(latencies, Mapping) or not is_number(least):
        raise ValueError(
            f"latencies {latencies!r}, least {least!r}: give arrays by the name of the device, a percentage"
        )
    accuracy = as_numbers("accuracies", accuracy)
    by_device = {name: as_numbers(f"latencies of {name}", times) for name, times in latencies.items()}
    for name, times in by_device.items():
        if accuracy.ndim != 1 or not len(accuracy) or times.shape != accuracy.shape:
            raise ValueError(
                f"latencies of {name} of shape {times.shape}, accuracies of shape {accuracy.shape}: give one of each "
                "for every architecture"
            )
    allowed = np.flatnonzero(accuracy >= least)
    if not len(allowed):
        raise ValueError(f"no architecture has {least:g} %: the closest has {accuracy.max():.2f} %")
    return np.array([allowed[np.lexsort((-accuracy[allowed], times[allowed]))[0]] for times in by_device.values()])


MICROCONTROLLER = Device(
    "microcontroller (model)", 0.216e9, 0.86e9, 10e-6, 320 * 1024,
    "STM32F746, a board of MCUNet (Lin et al. 2020, arXiv 2007.10319): Cortex-M7, 216 MHz, one float32 multiply-add "
    "and four bytes a cycle, 320 KiB of SRAM; a call takes some thousand cycles",
)  # fmt: skip
PHONE = Device(
    "phone (model)", 22.7e9, 34e9, 5e-6, 256 * 1024**2,
    "one big core of a Snapdragon 855: 2.84 GHz, eight float32 multiply-adds a cycle (two NEON units), LPDDR4X at 34 "
    "GB/s; an interpreter's call takes microseconds, an app gets some hundred MiB",
)  # fmt: skip
SERVER_GPU = Device(
    "server GPU (model)", 7.85e12, 900e9, 5e-6, 16 * 1024**3,
    "NVIDIA V100 data sheet: 15.7 TFLOP/s in float32 (a multiply-add is two), 900 GB/s, 16 GiB; launching a kernel "
    "takes about five microseconds",
)  # fmt: skip
DEVICES = {"microcontroller": MICROCONTROLLER, "phone": PHONE, "server GPU": SERVER_GPU}
"""The three models by short name. Orders of magnitude; make your own `Device` from another data sheet."""
