"""Measures `data/sequence_latencies.npz`, the times of small language models at several lengths (`make latencies`).

    python -m nastutor.studies.sequence_latencies data/sequence_latencies.npz

One pass of one sequence of 32 to 2,048 tokens: through a fixed sample of the language models, and through each of the
pieces of which they all are made. In each round all have their turn at every length, in a new random order. It goes on
where it stopped, if the machine and torch are the same. Other work may run beside it: what is timed is the work of the
processor, not the waiting for it, and the rounds say what is noise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

import numpy as np

from nastutor.arrays import append, read_data, read_unfinished, write_arrays
from nastutor.spaces.sequence import FEED_FORWARDS, WIDTH, SequenceSpace, stack
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.studies.sequences import architectures

LENGTHS = (32, 64, 128, 256, 512, 1024, 2048)
PIECES = ("frame", "attention", "convolution", "recurrence", "feed_forward")
"""The network with no layers; then a block with each mixer, and a feed-forward block, each with its norm."""
VOCABULARY = 41
"""That of the task ``"text"``."""
MARKED: tuple[Genotype, ...] = (
    *(stack([mixer] * layers) for mixer in PIECES[1:4] for layers in (1, 4)),
    stack(["convolution", "attention"]),
    stack(["recurrence", "recurrence", "attention", "recurrence"]),
)
DRAWN = 16
"""So many stacks are drawn beside the marked ones."""


class StoredSequenceLatencies(NamedTuple):
    """Processor milliseconds of one pass of one sequence, in float32 on one thread; each round's mean.

    Attributes
    ----------
    genotypes : the stacks that were measured.
    stacks : (rounds, stacks, lengths), lengths as in `LENGTHS`.
    pieces : (rounds, pieces, lengths), pieces as in `PIECES`.
    conditions : machine, version of torch, clock.
    """

    genotypes: list[Genotype]
    stacks: np.ndarray
    pieces: np.ndarray
    conditions: dict[str, Any]

    def piece(self, name: str) -> np.ndarray:
        """Return the rounds of one of `PIECES`, (rounds, lengths)."""
        return self.pieces[:, PIECES.index(name)]

    def modelled(self, genotypes: Sequence[Genotype]) -> np.ndarray:
        """Add up the pieces of any stacks, the median over rounds of each: (n, lengths) milliseconds.

        It is a lookup table, as for the cells of NAS-Bench-201; beside `stacks` one sees how far it is off.
        """
        space, of = SequenceSpace(), dict(zip(PIECES, np.median(self.pieces, axis=0)))
        found = []
        for genotype in genotypes:
            mixers = space.mixers(genotype)
            size = len(mixers) if space.feed_forward(genotype) else 0
            found.append(of["frame"] + sum(of[mixer] for mixer in mixers) + size * of["feed_forward"])
        return np.array(found)

    def noise(self) -> np.ndarray:
        """Return by how much the median over rounds is above the least, as a share: (lengths,), the stacks' median."""
        return np.median(np.median(self.stacks, axis=0) / self.stacks.min(axis=0) - 1, axis=0)


def load_sequence_latencies() -> StoredSequenceLatencies:
    """Read what is stored, wherever it was measured.

    Raises
    ------
    ValueError : the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    stored = read_data("sequence_latencies.npz", "latencies")
    genotypes = [tuple(row) for row in stored["genotypes"].tolist()]
    stacks, pieces = (stored[f"rounds/{name}"].astype(float) for name in ("stacks", "pieces"))
    return StoredSequenceLatencies(genotypes, stacks, pieces, json.loads(str(stored["conditions"])))


def sample() -> list[Genotype]:
    """Return the stacks that are measured: the marked ones, then others, in the table's random order."""
    others = [genotype for genotype in architectures() if any(genotype) and genotype not in MARKED]
    return [*MARKED, *others[:DRAWN]]


def build(path: Path, rounds: int = 6, lengths: Sequence[int] = LENGTHS) -> None:
    """Measure the rounds that the file lacks, and write it after each."""
    import torch

    from nastutor.hardware.conditions import machine

    conditions = {"machine": machine(), "torch": torch.__version__, "clock": "thread_time", "lengths": list(lengths)}
    recipe = json.dumps(conditions, sort_keys=True)
    stored = read_unfinished(path)
    if str(stored.get("conditions")) != recipe:
        stored = {"conditions": np.array(recipe), "genotypes": np.array(sample(), np.uint8)}
    for turn in range(len(stored.get("rounds/stacks", ())), rounds):
        found = np.stack([_measure(length, turn) for length in lengths], axis=1).astype(np.float32)
        append(stored, "rounds", {"stacks": found[: -len(PIECES)], "pieces": found[-len(PIECES) :]})
        write_arrays(path, stored)
        print(f"{turn + 1} of {rounds} rounds", flush=True)


def _measure(length: int, turn: int) -> list[float]:
    """Return the milliseconds of a pass through each stack, then each piece, the mean over a turn."""
    import torch
    from torch import nn

    from nastutor.hardware.latency import measure_latency
    from nastutor.networks.sequence_model import MIXER_CLASSES, FeedForward, Residual, SequenceModel

    tokens = torch.arange(length)[None] % VOCABULARY
    models = [SequenceModel(genotype, VOCABULARY) for genotype in (*sample(), (0, 0, 0, 0, 0))]
    blocks = [*(mixer(WIDTH) for mixer in MIXER_CLASSES.values()), FeedForward(WIDTH, FEED_FORWARDS[-1])]
    networks: list[nn.Module] = [*models, *map(Residual, blocks)]
    inputs: list[Any] = [tokens] * len(models) + [torch.randn(1, length, WIDTH)] * len(blocks)
    latencies = measure_latency(
        networks,
        rounds=1,
        warmup=int(length < 1024),  # a pass of a hundred milliseconds has warmed up when it begins to count
        repeats=max(1, min(8, 512 // length)),
        seed=(length, turn),
        clock=thread_time,
        inputs=inputs,
    )
    assert isinstance(latencies, list)
    return [float(latency.samples.mean()) for latency in latencies]


if __name__ == "__main__":
    command.run(build, "sequence_latencies", __doc__)
