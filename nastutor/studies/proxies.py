"""Score many cells with every zero-cost proxy: `data/zero_cost.npz` (`make proxies`), for comparisons in lessons.

    python -m nastutor.studies.proxies data/zero_cost.npz

The file is written again every few cells; what it has already, by the same recipe, is not computed again. To read it
takes no torch: `load_proxies`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nastutor.arrays import read_data, read_unfinished, require, write_arrays
from nastutor.benchmarks import load_benchmark
from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.training.datasets import load_dataset

if TYPE_CHECKING:
    from torch import Tensor, nn

PROXIES = ("grad_norm", "snip", "grasp", "fisher", "jacob_cov", "naswot", "synflow")
"""The names of `nastutor.training.zero_cost.PROXIES`, in their order."""
SAVE_EVERY = 25
_SMALL = {"channels": 8, "cells_per_stage": 2, "stages": 1, "in_channels": 1, "classes": 10, "prune": True}
_NASBENCH201 = {"channels": 16, "cells_per_stage": 5, "stages": 3, "in_channels": 3, "classes": 10, "prune": True}


@dataclass(frozen=True)
class Plan:
    """Which cells are scored, as which networks, on which batch.

    Attributes
    ----------
    cells : ``"classes"``, the functionally distinct cells in the random order of the trained tables; ``"random"``,
        cells of the whole space; ``"top"``, cells of the best tenth of NAS-Bench-201's CIFAR-10, by the mean over
        seeds, none of which is among the first 1,000 ``"random"`` ones. The first `count` of a fixed random order.
    count : how many.
    inits : seeds of the random weights.
    skeleton : arguments of `CellNetwork`. Dead edges are left out, which changes no score.
    batch : how many images: the first training images of glyphs and their labels.
    inputs : ``"glyphs"``, as they are (8×8); ``"enlarged"``, bilinearly to 32×32 and the same in three channels;
        ``"noise"``, standard normal numbers of that shape in place of the images, with the same labels.
    """

    cells: str
    count: int
    inits: tuple[int, ...]
    skeleton: Mapping[str, Any]
    batch: int
    inputs: str

    def genotypes(self) -> list[Genotype]:
        """Return the cells, in the order in which they are scored."""
        space = CellSpace()
        everything = sorted({space.canonical(g) for g in space}) if self.cells == "classes" else list(space)
        order = np.random.default_rng(0).permutation(len(everything))
        if self.cells == "top":
            accuracy = load_benchmark("nasbench201", dataset="cifar10").values("val_accuracy", seeds="all")
            best = set(np.argsort(-accuracy, kind="stable")[: len(everything) // 10].tolist())
            order = np.array([row for row in order[1000:] if row in best])
        return [everything[row] for row in order[: self.count]]

    def recipe(self) -> str:
        """Write everything that a score depends on, as JSON: all but how many cells there are."""
        described = {name: value for name, value in vars(self).items() if name != "count"}
        described |= {"proxies": PROXIES, "fisher": "a channel once for each of its weights", "dtype": "float32"}
        return json.dumps(described, sort_keys=True)

    def batch_of_images(self) -> tuple[Tensor, Tensor]:
        """Return images (batch, channels, height, width) float32 and labels (batch,)."""
        import torch

        glyphs = load_dataset("glyphs")
        images = torch.from_numpy(glyphs.images["train"][: self.batch])
        labels = torch.from_numpy(glyphs.labels["train"][: self.batch])
        if self.inputs == "enlarged":
            images = torch.nn.functional.interpolate(images, size=(32, 32), mode="bilinear").repeat(1, 3, 1, 1)
        elif self.inputs == "noise":
            images = torch.randn(self.batch, 3, 32, 32, generator=torch.Generator().manual_seed(0))
        return images, labels

    def network(self, genotype: Genotype, init: int = 0) -> nn.Module:
        """Build the network of a cell with fresh weights."""
        from nastutor.networks.cell_network import CellNetwork
        from nastutor.networks.seeded import seeded

        with seeded(init):
            return CellNetwork(genotype, **self.skeleton)


PLANS: Mapping[str, Plan] = {
    "glyphs": Plan("classes", 2000, (0,), _SMALL, 32, "glyphs"),
    "glyphs_inits": Plan("classes", 250, (1, 2), _SMALL, 32, "glyphs"),
    "nasbench201": Plan("random", 150, (0,), _NASBENCH201, 16, "enlarged"),
    "nasbench201_top": Plan("top", 60, (0,), _NASBENCH201, 16, "enlarged"),
    "nasbench201_noise": Plan("random", 30, (0,), _NASBENCH201, 16, "noise"),
}
"""What the file holds."""


class ProxyScores(NamedTuple):
    """What one plan brought.

    genotypes : the cells.
    scores : by proxy, (cells, inits); −∞ where a logarithm of zero was to be taken.
    seconds : by proxy, processor seconds of one score, on average.
    """

    genotypes: list[Genotype]
    scores: dict[str, np.ndarray]
    seconds: dict[str, float]


def load_proxies(name: str) -> ProxyScores:
    """Read the stored scores of a plan.

    Parameters
    ----------
    name : one of `PLANS`.

    Raises
    ------
    ValueError : there is no such plan in the file; the message says which there are.
    """
    stored = read_data("zero_cost.npz", "proxies")
    require(stored, name, "scores", "scores")
    scores, seconds = stored[f"{name}/scores"], stored[f"{name}/seconds"] / stored[f"{name}/scores"][..., 0].size
    return ProxyScores(
        [tuple(row) for row in stored[f"{name}/genotypes"].tolist()],
        {proxy: scores[:, :, i].astype(float) for i, proxy in enumerate(PROXIES)},
        dict(zip(PROXIES, seconds.tolist())),
    )


def build(path: Path) -> None:
    """Score what the file lacks, and write it every few cells."""
    import torch

    torch.set_num_threads(1)
    stored = read_unfinished(path)
    for name, plan in PLANS.items():
        genotypes, recipe = plan.genotypes(), plan.recipe()
        scores = np.full((len(genotypes), len(plan.inits), len(PROXIES)), np.nan, np.float32)
        seconds = np.zeros(len(PROXIES))
        if str(stored.get(f"{name}/recipe")) == recipe:  # the cells are the first of one order, however many
            before = stored[f"{name}/scores"][: len(genotypes)]
            scores[: len(before)] = before
            seconds += stored[f"{name}/seconds"] * len(before) / len(stored[f"{name}/scores"])
        stored |= {f"{name}/scores": scores, f"{name}/seconds": seconds, f"{name}/recipe": np.array(recipe)}
        stored[f"{name}/genotypes"] = np.array(genotypes, np.uint8)
        missing = np.flatnonzero(np.isnan(scores).any(axis=(1, 2))).tolist()
        images, labels = plan.batch_of_images()
        for done, row in enumerate(missing, start=1):
            for i, init in enumerate(plan.inits):
                scores[row, i], spent = _score(plan.network(genotypes[row], init), images, labels)
                seconds += spent
            if done % SAVE_EVERY == 0:
                write_arrays(path, stored)
                print(f"{name}: {len(missing) - done:,} of {len(genotypes):,} cells to go", flush=True)
        write_arrays(path, stored)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


def _score(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[list[float], np.ndarray]:
    """Return the scores and the processor seconds of every proxy."""
    from nastutor.training import zero_cost

    scores, times = [], [time.process_time()]
    for proxy in PROXIES:
        scores.append(zero_cost.PROXIES[proxy](network, images, labels))
        times.append(time.process_time())
    return scores, np.diff(times)


if __name__ == "__main__":
    command.run(build, "proxies", __doc__)
