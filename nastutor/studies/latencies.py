"""Measures `data/latencies.npz`: ``python -m nastutor.studies.latencies data/latencies.npz``.

It goes on where it stopped: what the file has from this machine and version of torch is kept. In each round all
networks of a plan have their turn, in a new random order, and then the pieces of its lookup table.

Other work may run beside it. So what is measured is the time that the processor worked, not wall time; and each turn is
summed up by its mean, the rounds by their lower quartile. What is interrupted finds its caches empty afterwards: that
share of an interruption belongs to a long pass and to many short ones alike, and a median over short passes would leave
it out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

import numpy as np

from nastutor.arrays import append, read_data, read_unfinished, require, write_arrays
from nastutor.hardware.costs import Latency
from nastutor.hardware.lookup_table import COPIES, LookupTable
from nastutor.spaces.cell import COMPANIONS, NONE, CellSpace
from nastutor.spaces.space import Genotype
from nastutor.studies import command

MARKED: Mapping[str, Genotype] = {
    "all skip": COMPANIONS["all skip"],
    "pools, one 1×1": (4, 4, 4, 4, 4, 2),
    "three 1×1": (2, 1, 1, 1, 2, 2),
    "all 1×1": (2, 2, 2, 2, 2, 2),
    "pools, one 3×3": (4, 4, 4, 3, 4, 4),
    "1×1s, one 3×3": (2, 2, 2, 3, 2, 2),
    "ResNet-like": COMPANIONS["ResNet-like"],
    "three 3×3 in a row": (3, 0, 3, 0, 0, 3),
    "three 3×3, pools": (3, 4, 3, 4, 2, 3),
    "all 3×3": COMPANIONS["all 3×3"],
    "all pool": (4, 4, 4, 4, 4, 4),
    "one 3×3": (0, 0, 0, 3, 0, 0),
}
"""Cells with a name, the first of every plan. The first ten differ in their MACs, and stand in the order of these."""
SAVE_EVERY, PIECE_REPEATS = 2, 40


@dataclass(frozen=True)
class Plan:
    """What to measure.

    cells : how many: the `MARKED` ones, then the first of a fixed random order of all cells without dead edges.
    channels, cells_per_stage, stages, in_channels, classes : the skeleton, see `CellNetwork`.
    size, batch : height and width of an image, and how many are passed at once.
    rounds : how many turns each network and piece has: one pass that is not counted, then `repeats`, of which the mean.
    repeats : of a network; a piece has `PIECE_REPEATS`.
    threads : of torch.
    """

    cells: int
    size: int
    rounds: int
    repeats: int = 3
    batch: int = 1
    channels: int = 16
    cells_per_stage: int = 5
    stages: int = 3
    in_channels: int = 3
    classes: int = 10
    threads: int = 1

    @cached_property
    def genotypes(self) -> list[Genotype]:
        """The cells, in the order in which they are stored."""
        space = CellSpace()
        alive = [g for g in space if all(live == (op != NONE) for op, live in zip(g, space.live_edges(g)))]
        order = np.random.default_rng(0).permutation(len(alive))
        marked = list(MARKED.values())
        drawn = [alive[i] for i in order if any(alive[i]) and alive[i] not in marked]
        return [*marked, *drawn][: self.cells]

    @property
    def skeleton(self) -> dict[str, Any]:
        """Arguments of `CellNetwork`."""
        return {name: getattr(self, name) for name in _SKELETON}

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """(batch, channels, height, width)."""
        return self.batch, self.in_channels, self.size, self.size

    def recipe(self, machine: str, torch: str) -> str:
        """Write what a number depends on, as JSON: all but the number of rounds."""
        described = {name: value for name, value in asdict(self).items() if name != "rounds"}
        described |= {"machine": machine, "torch": torch, "precision": "float32", "clock": "thread_time"}
        return json.dumps(described, sort_keys=True)


_SKELETON = ("channels", "cells_per_stage", "stages", "in_channels", "classes")
_GLYPHS = {"channels": 8, "cells_per_stage": 2, "stages": 1, "in_channels": 1}

PLANS: Mapping[str, Plan] = {
    "nasbench201": Plan(400, 32, 12),
    "glyphs": Plan(400, 8, 60, repeats=10, **_GLYPHS),
    "size_4": Plan(len(MARKED), 4, 12),
    "size_8": Plan(len(MARKED), 8, 12),
    "size_16": Plan(len(MARKED), 16, 12),
    "size_64": Plan(len(MARKED), 64, 12),
    "batch_16": Plan(100, 32, 4, repeats=1, batch=16),
}
"""By name: the network of NAS-Bench-201, the small one of the glyphs table, and the first with other inputs."""


class StoredLatencies(NamedTuple):
    """What one plan brought.

    genotypes : the cells.
    rounds : (rounds, cells) milliseconds of one forward pass of the whole batch, the mean of each turn.
    table : the lookup table that was measured in the same rounds; its `machine` says where.
    """

    genotypes: list[Genotype]
    rounds: np.ndarray
    table: LookupTable

    @property
    def milliseconds(self) -> np.ndarray:
        """(cells,) the lower quartile over the rounds: being disturbed makes a turn longer, never shorter."""
        return typical(self.rounds)


def typical(rounds: np.ndarray) -> np.ndarray:
    """Return the lower quartile over the rounds (rounds, n) of each column, (n,)."""
    return np.quantile(rounds, 0.25, axis=0)


def load_latencies(name: str) -> StoredLatencies:
    """Read what is stored of a plan, wherever it was measured.

    Parameters
    ----------
    name : one of `PLANS`.

    Raises
    ------
    ValueError : there is no such plan in the file; the message says which there are.
    """
    stored = read_data("latencies.npz", "latencies")
    require(stored, name, "rounds", "latencies")
    recipe = json.loads(str(stored[f"{name}/recipe"]))
    pieces = stored[f"{name}/pieces"].astype(float)
    conditions = Latency(pieces, *(recipe[field.name] for field in fields(Latency)[1:]))
    skeleton = {key: recipe[key] for key in _SKELETON}
    shape = (recipe["batch"], recipe["in_channels"], recipe["size"], recipe["size"])
    table = LookupTable.from_pieces(typical(pieces).tolist(), skeleton, shape, conditions)
    genotypes = [tuple(row) for row in stored[f"{name}/genotypes"].tolist()]
    return StoredLatencies(genotypes, stored[f"{name}/rounds"].astype(float), table)


def build(path: Path, plans: Mapping[str, Plan] = PLANS) -> None:
    """Measure what the file lacks, and write it every few rounds."""
    import torch

    from nastutor.hardware.conditions import machine

    stored = read_unfinished(path)
    for name, plan in plans.items():
        recipe = plan.recipe(machine(), torch.__version__)
        if str(stored.get(f"{name}/recipe")) != recipe:
            for part in ("rounds", "pieces"):
                stored.pop(f"{name}/{part}", None)
        stored |= {f"{name}/recipe": np.array(recipe), f"{name}/genotypes": np.array(plan.genotypes, np.uint8)}
        _measure_rounds(plan, stored, name, path)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def _measure_rounds(plan: Plan, stored: dict[str, np.ndarray], name: str, path: Path) -> None:
    """Add the rounds that are missing."""
    from nastutor.hardware.latency import measure_latency
    from nastutor.hardware.lookup_pieces import build_pieces
    from nastutor.networks.cell_network import CellNetwork

    done = len(stored.get(f"{name}/rounds", ()))
    if done >= plan.rounds:
        return
    pieces, shapes = build_pieces(plan.skeleton, plan.input_shape, COPIES)
    networks = [CellNetwork(genotype, **plan.skeleton) for genotype in plan.genotypes]
    for turn in range(done, plan.rounds):
        found = {
            "rounds": measure_latency(
                networks, plan.input_shape, plan.threads, 1, 1, plan.repeats, (0, turn), thread_time
            ),
            "pieces": measure_latency(pieces, shapes, plan.threads, 1, 1, PIECE_REPEATS, (0, turn), thread_time),
        }
        for part, latencies in found.items():
            assert isinstance(latencies, list)
            append(stored, name, {part: np.array([latency.samples.mean() for latency in latencies], np.float32)})
        if (turn + 1) % SAVE_EVERY == 0 or turn + 1 == plan.rounds:
            write_arrays(path, stored)
            print(f"{name}: {turn + 1} of {plan.rounds} rounds", flush=True)


if __name__ == "__main__":
    command.run(build, "latencies", __doc__)
