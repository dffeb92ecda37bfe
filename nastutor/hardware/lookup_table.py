"""A lookup table of latencies: measure each operation once, predict any network by adding up.

The tables of ProxylessNAS (Cai et al. 2019, arXiv 1812.00332) and FBNet (Wu et al. 2019, arXiv 1812.03443). The
latency of a cell network is written as

    latency(genotype) = fixed + Σ over the six edges of latency(edge, operation),

where `fixed` is the network around the operations, and an edge costs what its operation takes in every cell of the
network, at the shape of each stage. That is linear, so it has a gradient where operations are mixed (lesson 14).

Deviations: FBNet times an operation by itself. Here a chain of ten copies is timed and divided, as in a network,
where the weights of one operation have been pushed out of the cache by those of the others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from nastutor.arguments import as_numbers, truth
from nastutor.arrays import read_arrays, write_arrays
from nastutor.hardware.checks import Shape, as_image_shape, as_list, as_milliseconds, whole
from nastutor.hardware.costs import Latency
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS, SKIP, CellSpace
from nastutor.spaces.space import Genotype

NASBENCH201: Mapping[str, int] = {
    "channels": 16, "cells_per_stage": 5, "stages": 3, "in_channels": 3, "classes": 10,
}  # fmt: skip
"""The skeleton of NAS-Bench-201 for CIFAR-10: arguments of `CellNetwork`."""
COPIES = 10
"""How many copies of an operation are timed as a chain."""
_SPACE = CellSpace()
_CONDITIONS = ("threads", "precision", "clock", "machine", "torch")
_STORED = ("skeleton", "input_shape", *_CONDITIONS)


def without_dead_edges(genotype: Sequence[int]) -> Genotype:
    """Return the cell with `none` on every edge that is on no path from its input to its output."""
    valid = _SPACE.validate(genotype)
    return tuple(op if live else NONE for op, live in zip(valid, _SPACE.live_edges(valid)))


@dataclass(frozen=True, eq=False)
class LookupTable:
    """What each operation takes at each shape of a skeleton, and the rest of the network.

    Dead edges cost nothing, unless you say that they are computed: they are left out of a genotype before its costs are
    added up, as one would leave them out of a network that is to be fast (``CellNetwork(..., prune=True)``).

    A node with k terms makes k − 1 sums. To stay linear, every operation pays for one sum, except those from the
    cell's input, which come first at their node. So where a node has terms but none from the input, one sum too much
    is counted.

    operations : (stages, 5) milliseconds of one operation, 0 for `none`.
    sums : (stages,) milliseconds of one sum.
    rest : milliseconds of the network whose cells hand their input on: stem, reduction blocks, head, and the loops.
    skeleton, input_shape : arguments of `CellNetwork`, and (batch, channels, height, width).
    threads, precision, clock, machine, torch : the conditions, as in `Latency`.
    """

    operations: np.ndarray
    sums: np.ndarray
    rest: float
    skeleton: Mapping[str, int]
    input_shape: Shape
    threads: int
    precision: str
    clock: str
    machine: str
    torch: str

    @classmethod
    def measure(
        cls,
        skeleton: Mapping[str, int] = NASBENCH201,
        input_shape: Shape = (1, 3, 32, 32),
        threads: int = 1,
        rounds: int = 20,
        seed: int = 0,
        clock: Callable[[], float] = perf_counter,
        device: str = "cpu",
    ) -> LookupTable:
        """Measure a table on this machine: five pieces for each stage, and the rest; needs torch.

        Parameters
        ----------
        skeleton, input_shape : see the class.
        threads, rounds, seed, clock : see `measure_latency`.
        device : of torch, to which the pieces are moved: ``"cpu"`` or ``"cuda"``.

        Raises
        ------
        ValueError : a skeleton that `CellNetwork` does not take, an input_shape that is not that of its images, or what
            `measure_latency` refuses.
        """
        from nastutor.hardware.conditions import as_device
        from nastutor.hardware.latency import measure_latency
        from nastutor.hardware.lookup_pieces import build_pieces

        _require_skeleton(skeleton)
        modules, shapes = build_pieces(skeleton, input_shape, COPIES)
        modules = [module.to(as_device(device)) for module in modules]
        found = measure_latency(modules, shapes, threads, rounds, seed=seed, clock=clock)
        assert isinstance(found, list)
        return cls.from_pieces([piece.median for piece in found], skeleton, input_shape, found[0])

    @classmethod
    def from_pieces(
        cls, milliseconds: Sequence[float], skeleton: Mapping[str, int], input_shape: Shape, conditions: Latency
    ) -> LookupTable:
        """Make a table from what the modules of `build_pieces` took, in their order.

        Raises
        ------
        ValueError : a skeleton or an input_shape that no `CellNetwork` has, or not a latency for each piece.
        TypeError : conditions that are no `Latency`.
        """
        _require_skeleton(skeleton)
        if not isinstance(conditions, Latency):
            raise TypeError(f"conditions {conditions!r}: give one of the latencies, which tells them")
        pieces = as_numbers("milliseconds", milliseconds)
        if pieces.shape != (1 + len(OPERATIONS) * skeleton["stages"],):
            raise ValueError(
                f"latencies of pieces of shape {pieces.shape}: give 1 and {len(OPERATIONS)} for each of "
                f"{skeleton['stages']} stages"
            )
        times = pieces[1:].reshape(-1, len(OPERATIONS)) / COPIES  # the four operations, then a sum
        operations = np.hstack([np.zeros((len(times), 1)), times[:, :-1]])
        return cls(
            operations, times[:, -1], float(pieces[0]), dict(skeleton), as_image_shape(input_shape),
            conditions.threads, conditions.precision, conditions.clock, conditions.machine, conditions.torch,
        )  # fmt: skip

    def edge_latencies(self) -> np.ndarray:
        """Return what each operation on each edge costs in the whole network, (6, 5) milliseconds."""
        cells = self.skeleton["cells_per_stage"]
        sums = np.where(np.arange(len(OPERATIONS)) == NONE, 0, self.sums.sum())
        is_first = np.array([source == 0 for source, _ in EDGES])
        return cells * (self.operations.sum(axis=0) + np.where(is_first[:, None], 0, sums))

    @property
    def fixed(self) -> float:
        """Milliseconds that do not depend on the cell: the rest without the skip that each of its cells has."""
        return float(self.rest - self.skeleton["cells_per_stage"] * self.operations[:, SKIP].sum())

    def predict(self, genotypes: Iterable[Sequence[int]], prune: bool = True) -> np.ndarray:
        """Return the latencies of cells, (n,) milliseconds, by adding up.

        Parameters
        ----------
        genotypes : n cells.
        prune : False for networks whose dead edges are built and computed, ``CellNetwork(..., prune=False)``.

        Raises
        ------
        ValueError : a genotype outside the space.
        """
        built = without_dead_edges if truth("prune", prune) else _SPACE.validate
        rows = [built(genotype) for genotype in as_list("genotypes", genotypes)]
        cells = np.array(rows, dtype=int).reshape(-1, len(EDGES))
        return self.fixed + self.edge_latencies()[np.arange(len(EDGES)), cells].sum(axis=1)

    def additivity_errors(self, genotypes: Sequence[Sequence[int]], milliseconds: np.ndarray) -> np.ndarray:
        """Return predicted / measured − 1 of measured cells, (n,): below 0 where a network is slower than the sum.

        Raises
        ------
        ValueError : not one latency above 0 for each cell, or a genotype outside the space.
        """
        genotypes = as_list("genotypes", genotypes)
        measured = as_milliseconds(milliseconds, len(genotypes))
        return self.predict(genotypes) / measured - 1

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table, with its conditions, to an npz file."""
        arrays = {"operations": self.operations, "sums": self.sums, "rest": np.array(self.rest)}
        write_arrays(Path(path), arrays | {"conditions": np.array(json.dumps(self._conditions()))})

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        skeleton: Mapping[str, int] = NASBENCH201,
        input_shape: Shape = (1, 3, 32, 32),
        any_machine: bool = False,
        device: str = "cpu",
    ) -> LookupTable:
        """Read a table that was measured for this machine, version of torch, skeleton and input.

        Parameters
        ----------
        any_machine : take the table of another machine or version of torch: its numbers are then not those of this one.
            It takes no torch.
        device : of torch, on which the table must have been measured.

        Raises
        ------
        FileNotFoundError : there is no such file.
        ValueError : the file is no lookup table, or it was measured for something else; the message says what differs.
        """
        arrays = read_arrays(str(path))
        if not {"operations", "sums", "rest", "conditions"} <= set(arrays):
            raise ValueError(f"{path} is no lookup table: it holds {', '.join(arrays) or 'nothing'}")
        found = _read_conditions(arrays["conditions"], path)
        wanted = {
            "space": _described_space(),
            **({} if any_machine else _here(device)),
            "skeleton": dict(skeleton),
            "input_shape": list(as_image_shape(input_shape)),
        }
        differing = [name for name in wanted if found[name] != wanted[name]]
        if differing:
            differences = "; ".join(f"{name} {found[name]}, not {wanted[name]}" for name in differing)
            advice = "measure one with LookupTable.measure"
            if {"machine", "torch"} & set(differing):
                advice += ", or pass any_machine=True to use the numbers of another machine or version"
            raise ValueError(f"{path} was measured for {differences}: {advice}")
        stages = found["skeleton"]["stages"]
        shapes = [arrays[name].shape for name in ("operations", "sums", "rest")]
        if shapes != [(stages, len(OPERATIONS)), (stages,), ()]:
            raise ValueError(f"{path} is no lookup table of {stages} stages: its arrays have shapes {shapes}")
        return cls(
            arrays["operations"], arrays["sums"], float(arrays["rest"]), found["skeleton"], tuple(found["input_shape"]),
            *(found[name] for name in _CONDITIONS),
        )  # fmt: skip

    def _conditions(self) -> dict[str, object]:
        return {"space": _described_space()} | {name: getattr(self, name) for name in _STORED}


def _here(device: str) -> dict[str, str]:
    """Return the conditions that belong to this machine."""
    import torch

    from nastutor.hardware.conditions import as_device, machine

    return {"machine": machine(as_device(device)), "torch": torch.__version__}


def _described_space() -> str:
    return f"{', '.join(OPERATIONS)} on {EDGES}"


def _read_conditions(stored: np.ndarray, path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        found = json.loads(str(stored))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not {"space", *_STORED} <= set(found):
        raise ValueError(f"{path} is no lookup table: its conditions are no record of {', '.join(_STORED)}")
    return found


def _require_skeleton(skeleton: Mapping[str, int]) -> None:
    if not isinstance(skeleton, Mapping) or set(skeleton) != set(NASBENCH201):
        raise ValueError(f"skeleton {skeleton!r}: give {', '.join(NASBENCH201)}, by name")
    whole(1, **skeleton)
