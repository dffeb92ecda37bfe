"""Measures `data/runtimes.npz`: ``python -m nastutor.studies.runtimes data/runtimes.npz``.

The same cells, on the same processor, in four runtimes: PyTorch as it comes (eager), PyTorch with the channels last
in memory, ONNX Runtime, and ONNX Runtime with eight-bit integers. The cells are measured in groups. In each round
every pair of a cell of the group and a runtime has its turn, in a new random order: a pass that is not counted, then
some that are, each of them stored. It measures the cells that the file lacks, and writes it after each group; where
the machine or the versions are others, it begins again. What is timed is the work of the processor, not the waiting
for it, since other work may run beside it; the first half of the rounds beside the second half says what is noise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nastutor.arrays import read_data, read_unfinished, require, write_arrays
from nastutor.hardware.lookup_table import NASBENCH201
from nastutor.hardware.stopwatch import time_in_turns
from nastutor.spaces.space import Genotype
from nastutor.statistics import rank_correlation
from nastutor.studies import command
from nastutor.studies.latencies import PLANS

RUNTIMES = ("eager", "channels_last", "onnxruntime", "int8")
CELLS = {1: 300, 16: 32}
"""How many of the cells of `nastutor.studies.latencies` are to be measured with batches of so many images."""
GROUP = 51
"""Cells that take turns: so many are held in memory, in all runtimes."""
REPEATS = {1: 2, 16: 1}
SIZE = 32


class StoredRuntimes(NamedTuple):
    """What was measured with one size of batch.

    genotypes : the cells, NAS-Bench-201's network around them.
    samples : (rounds, runtimes, cells, repeats) milliseconds of one pass of the whole batch, runtimes as in `RUNTIMES`.
    bytes : (2, cells) of the ONNX files, float32 and int8.
    conditions : machine, versions, threads, clock.
    """

    genotypes: list[Genotype]
    samples: np.ndarray
    bytes: np.ndarray
    conditions: dict[str, Any]

    @property
    def milliseconds(self) -> dict[str, np.ndarray]:
        """(cells,) the median over all passes, for each runtime."""
        return dict(zip(RUNTIMES, np.median(self.samples, axis=(0, 3))))

    @property
    def halves(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """The medians over the first half of the rounds and over the second: what one chooses, the other may judge."""
        half = len(self.samples) // 2
        first, second = (np.median(part, axis=(0, 3)) for part in (self.samples[:half], self.samples[half:]))
        return dict(zip(RUNTIMES, first)), dict(zip(RUNTIMES, second))

    def ceiling(self, runtime: str) -> float:
        """Rank correlation of the first half of the rounds with the second: no two columns can agree much better."""
        first, second = self.halves
        return rank_correlation(first[runtime], second[runtime])


def load_runtimes(batch: int = 1) -> StoredRuntimes:
    """Read what is stored, wherever it was measured.

    Raises
    ------
    ValueError : a batch that was not measured; the message says which were.
    """
    stored = read_data("runtimes.npz", "latencies")
    require(stored, f"batch_{batch}", "samples", "measurements")
    samples = stored[f"batch_{batch}/samples"].astype(float)
    cells = samples.shape[2]
    genotypes = [tuple(row) for row in stored["genotypes"][:cells].tolist()]
    return StoredRuntimes(genotypes, samples, stored["bytes"][:, :cells], json.loads(str(stored["conditions"])))


def build(path: Path, rounds: int = 4, genotypes: Sequence[Genotype] | None = None) -> None:
    """Measure the cells that the file lacks, in as many rounds as those that it has, and write it after each group."""
    import onnxruntime
    import torch

    from nastutor.hardware.conditions import machine

    cells = PLANS["nasbench201"].genotypes[: max(CELLS.values())] if genotypes is None else list(genotypes)
    conditions = {
        "machine": machine(), "torch": torch.__version__, "onnxruntime": onnxruntime.__version__, "threads": 1,
        "clock": "thread_time", "skeleton": dict(NASBENCH201), "size": SIZE,
    }  # fmt: skip
    recipe = json.dumps(conditions, sort_keys=True)
    stored = read_unfinished(path)
    if str(stored.get("conditions")) != recipe:
        stored = {"conditions": np.array(recipe)}
    rounds = len(stored.get("batch_1/samples", range(rounds)))
    torch.set_num_threads(1)
    for start in range(len(stored.get("genotypes", ())), len(cells), GROUP):
        group = cells[start : start + GROUP]
        for name, values in _measured(group, start, rounds).items():
            before = [stored[name]] if name in stored else []
            axis = {"genotypes": 0, "bytes": 1}.get(name, 2)
            stored[name] = np.concatenate([*before, values], axis)
        write_arrays(path, stored)
        print(f"{start + len(group)} of {len(cells)} cells, {path.stat().st_size / 1e3:.0f} kB", flush=True)


def _measured(group: Sequence[Genotype], start: int, rounds: int) -> dict[str, np.ndarray]:
    """Return the arrays of the file for some cells, of which so many come before."""
    import torch

    passes, sizes = _prepare(group)
    found = {"genotypes": np.array(group, np.uint8), "bytes": sizes}
    with torch.inference_mode():
        for batch, count in CELLS.items():
            cells = min(len(group), count - start)
            if cells > 0:
                chosen = [passes[batch][runtime][i] for runtime in RUNTIMES for i in range(cells)]
                times = [time_in_turns(chosen, 1, 1, REPEATS[batch], (turn, batch)) for turn in range(rounds)]
                shape = rounds, len(RUNTIMES), cells, REPEATS[batch]
                found[f"batch_{batch}/samples"] = np.reshape(times, shape).astype(np.float16)
    return found


def _prepare(cells: Sequence[Genotype]) -> tuple[dict[int, dict[str, list[Callable[[], object]]]], np.ndarray]:
    """Return a pass of each cell, by batch and runtime, and the sizes of the ONNX files."""
    from copy import deepcopy

    import torch

    from nastutor.deploy.graph import to_onnx
    from nastutor.deploy.int8 import quantized
    from nastutor.deploy.runtime import Model
    from nastutor.networks.cell_network import CellNetwork
    from nastutor.networks.seeded import seeded

    rng = np.random.default_rng(0)
    images = {batch: rng.standard_normal((batch, 3, SIZE, SIZE), dtype=np.float32) for batch in CELLS}
    nchw = {batch: torch.from_numpy(each) for batch, each in images.items()}
    nhwc = {batch: each.to(memory_format=torch.channels_last) for batch, each in nchw.items()}
    passes: dict[int, dict[str, list[Callable[[], object]]]]
    passes = {batch: {runtime: [] for runtime in RUNTIMES} for batch in CELLS}
    sizes = np.empty((2, len(cells)), np.int32)
    skeleton: dict[str, Any] = dict(NASBENCH201)
    for i, genotype in enumerate(cells):
        with seeded(0):
            network = CellNetwork(genotype, **skeleton).eval()
        last: Any = deepcopy(network)
        last = last.to(memory_format=torch.channels_last)
        written = to_onnx(network, (1, 3, SIZE, SIZE))
        files = written.SerializeToString(), quantized(written, images[1])
        sizes[:, i] = [len(file) for file in files]
        float32, int8 = (Model(file) for file in files)
        for batch, of in passes.items():
            of["eager"].append(_call(network, nchw[batch]))
            of["channels_last"].append(_call(last, nhwc[batch]))
            of["onnxruntime"].append(_call(float32, images[batch]))
            of["int8"].append(_call(int8, images[batch]))
    return passes, sizes


def _call(network: Callable[[Any], object], images: Any) -> Callable[[], object]:
    return lambda: network(images)


if __name__ == "__main__":
    command.run(build, "runtimes", __doc__)
