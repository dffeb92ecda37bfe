"""What a network costs, as records: counted, of each executed operation and of the whole; and measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nastutor.hardware.checks import is_number


class LayerCosts(NamedTuple):
    """What one executed operation costs.

    kind : convolution, linear (every product of matrices and vectors, attention and recurrent layers too), norm,
        pooling or elementwise (everything else: activations, additions, copies, lookups).
    operation : torch's name of it, such as ``relu``.
    macs : multiply-adds of a convolution or a product; 0 for the other kinds.
    params : numbers that it reads from the network's parameters; a lookup reads the rows that it looks up.
    bytes_read, bytes_written : the sizes of the tensors that go in (weights and running statistics too) and come out.
    output_size : numbers that come out.
    """

    kind: str
    operation: str
    macs: int
    params: int
    bytes_read: int
    bytes_written: int
    output_size: int


class NetworkCosts(NamedTuple):
    """What a network costs when it computes its output once.

    layers : the executed operations, in order.
    params : numbers of the parameters that were read, each counted once however often it is used; of a table that is
        looked up in, all of it, since the next input may need other rows.
    macs : of all layers.
    activations : numbers that all convolutions put out: the definition of Radosavovic et al. 2020 (arXiv 2003.13678).
    peak_memory : bytes, see `layer_costs`.
    """

    layers: tuple[LayerCosts, ...]
    params: int
    macs: int
    activations: int
    peak_memory: int


@dataclass(frozen=True, eq=False)
class Latency:
    """How long one forward pass takes, and under which conditions.

    samples : (rounds, repeats) milliseconds, each of one forward pass of a whole batch.
    batch : the first size of the first input.
    threads, precision, clock, machine, torch : the other conditions; clock is the name of the function of `time`.
    """

    samples: np.ndarray
    batch: int
    threads: int
    precision: str
    clock: str
    machine: str
    torch: str

    @property
    def median(self) -> float:
        """Milliseconds of one forward pass: the median over all samples."""
        return float(np.median(self.samples))

    @property
    def quartiles(self) -> tuple[float, float]:
        """Milliseconds that a quarter and three quarters of the samples do not exceed."""
        low, high = np.quantile(self.samples, [0.25, 0.75])
        return float(low), float(high)

    def percentile(self, percent: float) -> float:
        """Return the least sample that so many percent of all do not exceed: milliseconds.

        A service promises a tail, such as the 95th or 99th percentile. It needs samples: of fewer than 20 the 95th is
        the longest.

        Raises
        ------
        ValueError : a number outside 0…100.
        """
        if not is_number(percent) or not 0 <= percent <= 100:
            raise ValueError(f"percent {percent!r}: give a number in 0…100")
        return float(np.quantile(self.samples, percent / 100, method="inverted_cdf"))

    def __str__(self) -> str:
        low, high = self.quartiles
        return (
            f"{self.median:.3g} ms [{low:.3g}, {high:.3g}], 95 % within {self.percentile(95):.3g} (median and "
            f"quartiles of {self.samples.size}; batch {self.batch}, threads {self.threads}, {self.precision}, "
            f"{self.clock}; {self.machine}, torch {self.torch})"
        )
