"""Measures sub-networks of lesson 15 in the runtimes that may serve them: `data/once_for_all_latencies.npz`.

    python -m nastutor.studies.once_for_all_latencies data/once_for_all_latencies.npz

Some sub-networks of `data/once_for_all.npz` are exported and timed in ONNX Runtime, fewer also as int8 and in PyTorch;
and the pieces of a lookup table in ONNX Runtime (`nastutor.hardware.elastic_lookup`). In each round everything has its
turn, in a new random order: passes that are not counted, then some of which the fastest is kept, since other work on
the machine only adds. It goes on where it stopped, if the machine and the versions are the same. To read it takes no
torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nastutor.arrays import append, read_data, read_unfinished, write_arrays
from nastutor.hardware.elastic_lookup import Piece, add_up, all_pieces, build_piece
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import rank_correlation
from nastutor.studies import command
from nastutor.training.datasets import load_dataset

SAMPLES = {"onnxruntime": 300, "int8": 300, "eager": 60}
"""How many sub-networks are measured in each runtime: the first ones of `measured_rows`."""
WARMUP, REPEATS = 2, 20
CALIBRATION_IMAGES = 128
Pass = Callable[[], object]


class ElasticLatencies(NamedTuple):
    """What was measured; one image a pass, one thread.

    genotypes : the sub-networks that were measured: the smallest, the largest, random ones.
    rows : their positions in the space's own order.
    samples : by runtime, (rounds, n): milliseconds of the first n of `genotypes`, the least of a round's passes.
    pieces : milliseconds of the pieces of the lookup table, the median over the rounds.
    bytes : (2, n) sizes of the files of those that are measured as int8 too: float32, int8.
    conditions : machine, versions, threads, clock.
    """

    genotypes: list[Genotype]
    rows: np.ndarray
    samples: dict[str, np.ndarray]
    pieces: dict[Piece, float]
    bytes: np.ndarray
    conditions: dict[str, Any]

    def milliseconds(self, runtime: str = "onnxruntime") -> np.ndarray:
        """Return the median over the rounds, (n,)."""
        return np.median(self.samples[runtime], axis=0)

    def ceiling(self, runtime: str = "onnxruntime") -> float:
        """Rank correlation of the even rounds with the odd ones: no prediction can be expected to agree much better."""
        samples = self.samples[runtime]
        return rank_correlation(np.median(samples[::2], axis=0), np.median(samples[1::2], axis=0))

    def added_up(self, genotypes: Iterable[Genotype]) -> np.ndarray:
        """Return what the lookup table says of sub-networks, measured or not, in milliseconds."""
        space = ElasticSpace.small()
        return np.array([add_up(space, genotype, self.pieces) for genotype in genotypes])


def load_elastic_latencies() -> ElasticLatencies:
    """Read what is stored, wherever it was measured."""
    stored = read_data("once_for_all_latencies.npz", "once-for-all")
    space, rows = ElasticSpace.small(), stored["rows"]
    samples = {runtime: stored[f"{runtime}/milliseconds"].astype(float) for runtime in SAMPLES}
    pieces = dict(zip(all_pieces(space), np.median(stored["pieces/milliseconds"].astype(float), axis=0).tolist()))
    genotypes, conditions = list(space), json.loads(str(stored["conditions"]))
    return ElasticLatencies([genotypes[row] for row in rows], rows, samples, pieces, stored["bytes"], conditions)


def measured_rows(total: int) -> np.ndarray:
    """Return which of `total` sub-networks are measured: the first, which is the smallest, the last, random ones."""
    between = np.random.default_rng(0).permutation(np.arange(1, total - 1))
    return np.array([0, total - 1, *between[: max(SAMPLES.values()) - 2]])


def build(path: Path, rounds: int = 6) -> None:
    """Measure the rounds that the file lacks, and write it after each."""
    import onnxruntime
    import torch

    from nastutor.hardware.conditions import machine
    from nastutor.hardware.stopwatch import time_in_turns

    torch.set_num_threads(1)
    conditions = {
        "machine": machine(), "torch": torch.__version__, "onnxruntime": onnxruntime.__version__, "threads": 1,
        "clock": "thread_time", "passes": REPEATS,
    }  # fmt: skip
    recipe = json.dumps(conditions, sort_keys=True)
    stored = read_unfinished(path)
    if str(stored.get("conditions")) != recipe:
        stored = {"conditions": np.array(recipe)}
    passes, stored["rows"], stored["bytes"] = _prepare(ElasticSpace.small())
    with torch.inference_mode():
        for turn in range(len(stored.get("pieces/milliseconds", ())), rounds):
            everything = [each for group in passes.values() for each in group]
            times = time_in_turns(everything, 1, WARMUP, REPEATS, turn)
            fastest = np.where(times > 0, times, np.inf).min(axis=(1, 2))  # a virtual machine's clock can stand still
            ends = np.cumsum([len(group) for group in passes.values()])[:-1]
            for name, row in zip(passes, np.split(fastest, ends)):
                append(stored, name, {"milliseconds": row.astype(np.float32)})
            write_arrays(path, stored)
            print(f"{turn + 1} of {rounds} rounds, {path.stat().st_size / 1e3:.0f} kB", flush=True)


def _prepare(space: ElasticSpace) -> tuple[dict[str, list[Pass]], np.ndarray, np.ndarray]:
    """Return a pass of each thing that is timed, by group; the rows of sub-networks; the sizes of their files."""
    import torch

    from nastutor.deploy.graph import to_onnx
    from nastutor.deploy.int8 import quantized
    from nastutor.deploy.runtime import Model
    from nastutor.networks.seeded import seeded
    from nastutor.studies.once_for_all import load_network

    network, genotypes = load_network(), list(space)
    images = load_dataset("glyphs").images["train"][:CALIBRATION_IMAGES].astype(np.float32)
    one, tensor = images[:1], torch.from_numpy(images[:1])
    rows, sizes = measured_rows(len(genotypes)), []
    passes: dict[str, list[Pass]] = {group: [] for group in (*SAMPLES, "pieces")}
    for i, row in enumerate(rows):
        alone = network.cut_out(genotypes[row])
        written = to_onnx(alone, one.shape)
        passes["onnxruntime"].append(_call(Model(written.SerializeToString()), one))
        if i < SAMPLES["eager"]:
            passes["eager"].append(_call(alone, tensor))
        if i < SAMPLES["int8"]:
            int8 = quantized(written, images)
            passes["int8"].append(_call(Model(int8), one))
            sizes.append([len(written.SerializeToString()), len(int8)])
        if (i + 1) % 100 == 0:
            print(f"{i + 1} of {len(rows)} sub-networks are ready", flush=True)
    for piece in all_pieces(space):
        with seeded(0):
            written = to_onnx(build_piece(piece).eval(), (1, piece.channels, piece.size, piece.size))
        content = np.zeros((1, piece.channels, piece.size, piece.size), np.float32)
        passes["pieces"].append(_call(Model(written.SerializeToString()), content))
    return passes, rows, np.array(sizes, np.int32).T


def _call(network: Callable[[Any], object], images: Any) -> Pass:
    return lambda: network(images)


if __name__ == "__main__":
    command.run(build, "once_for_all_latencies", __doc__)
