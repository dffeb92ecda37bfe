"""Searches on glyphs with latency in the loss: `data/proxyless.npz` (`make studies`), for lesson 14.

    python -m nastutor.studies.proxyless data/proxyless.npz

The file is written after every run; what it has already, by the same recipe, is not computed again. To read it takes
no torch: `load_proxyless`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nastutor.arrays import append, read_data, read_unfinished, require, write_arrays
from nastutor.hardware.devices import DEVICES, CellLatencies
from nastutor.spaces.cell import CellSpace
from nastutor.studies import command

if TYPE_CHECKING:
    from nastutor.oneshot.alpha import DifferentiableSearch

SKELETON: Mapping[str, int] = {"channels": 8, "cells_per_stage": 2, "stages": 1, "in_channels": 1}
"""The network of the glyphs table: arguments of `Supernet`, and with image_size=8 of `Device.cell_latencies`."""


@dataclass(frozen=True)
class Plan:
    """Searches that differ in nothing but the seed. `none` takes no part.

    Attributes
    ----------
    method : ``"gdas"``, which trains one path at a time, or ``"darts"``, which trains the mixture (first order).
    device : of `DEVICES`, whose modelled latency is in the loss.
    span : nats that the slowest cell costs more than the fastest: the weight of the latency is span / that difference.
    warmup : the part of the schedule in which the latency does not count yet.
    """

    method: str
    device: str
    span: float
    warmup: float = 0.0
    seeds: int = 5
    epochs: int = 15

    @property
    def name(self) -> str:
        """The method, the device, the span and, if there is one, the warm-up."""
        return f"{self.method}/{self.device}/{self.span:g}" + (f"/{self.warmup:g}" if self.warmup else "")

    def recipe(self) -> str:
        """Write everything that a run depends on, as JSON: all but how many there are."""
        table = self.latencies()
        described = {name: value for name, value in asdict(self).items() if name != "seeds"}
        return json.dumps(described | {"skeleton": dict(SKELETON), "table": table.edges[0].round(9).tolist()})

    def latencies(self) -> CellLatencies:
        """Return what the device is modelled to take for this skeleton and 8×8 images."""
        return DEVICES[self.device].cell_latencies(8, **SKELETON)

    def search(self, seed: int) -> DifferentiableSearch:
        """Run one search."""
        from nastutor.networks.supernet import Supernet
        from nastutor.oneshot import SupernetRecipe, run_darts, run_gdas
        from nastutor.oneshot.proxyless import AddedLatency, ExpectedLatency, without_none
        from nastutor.training.datasets import load_dataset

        table = self.latencies()
        expected = ExpectedLatency(table.edges, table.fixed, with_none=False)
        fastest, slowest = expected.bounds()
        penalty = AddedLatency(expected, self.span / (slowest - fastest), self.warmup)
        build, glyphs = partial(Supernet, CellSpace(), **SKELETON), load_dataset("glyphs")
        if self.method == "gdas":
            recipe = SupernetRecipe(epochs=self.epochs, batch_size=32, learning_rate=0.2)
            return run_gdas(
                build, glyphs, recipe, seed, alpha_learning_rate=0.02, with_none=False, sample_none=False,
                penalty=penalty, progress=False,
            )  # fmt: skip
        recipe = SupernetRecipe(epochs=self.epochs)
        return run_darts(
            build, glyphs, recipe, seed, relax=without_none, with_none=False, penalty=penalty, progress=False
        )


_MICRO, _GPU = "microcontroller", "server GPU"
PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        *(Plan("gdas", _MICRO, span) for span in (0.0, 0.05, 0.1, 0.2)),
        Plan("gdas", _GPU, 0.1),
        *(Plan("gdas", _MICRO, span, warmup=0.5) for span in (0.1, 0.2)),
        *(Plan("darts", _MICRO, span) for span in (0.0, 0.1)),
    )
}
"""What the file holds."""


class ProxylessRuns(NamedTuple):
    """What the runs of one plan brought.

    genotypes : (seeds, epochs, 6) the derived cell after each epoch.
    alphas : (seeds, epochs + 1, 6, 5), before the first epoch and after each.
    seconds : (seeds, epochs) processor seconds.
    table : (6, 5) ms, and fixed, ms: the latencies that the loss had (see `CellLatencies`).
    """

    genotypes: np.ndarray
    alphas: np.ndarray
    seconds: np.ndarray
    table: np.ndarray
    fixed: np.ndarray

    @property
    def latencies(self) -> CellLatencies:
        """The latencies that the loss had."""
        return CellLatencies(self.table, float(self.fixed))


def load_proxyless(method: str, device: str, span: float, warmup: float = 0.0) -> ProxylessRuns:
    """Read the stored runs of a plan.

    Parameters
    ----------
    method, device, span, warmup : see `Plan`.

    Raises
    ------
    ValueError : there are no such runs in the file; the message says which there are.
    """
    stored = read_data("proxyless.npz", "studies")
    if not isinstance(span, Real) or not isinstance(warmup, Real):
        raise ValueError(f"span {span!r} and warmup {warmup!r}: give numbers")
    name = Plan(method, device, span, warmup).name
    require(stored, name, "genotypes", "runs")
    return ProxylessRuns(*(stored[f"{name}/{part}"] for part in ProxylessRuns._fields))


def build(path: Path, plans: Mapping[str, Plan] = PLANS) -> None:
    """Run what the file lacks, and write it after every run."""
    import torch

    torch.set_num_threads(1)
    stored = read_unfinished(path)
    for name, plan in plans.items():
        recipe = plan.recipe()
        if str(stored.get(f"{name}/recipe")) != recipe:
            for part in ProxylessRuns._fields:
                stored.pop(f"{name}/{part}", None)
        for seed in range(len(stored.get(f"{name}/genotypes", ())), plan.seeds):
            found = plan.search(seed)
            new: dict[str, np.ndarray] = {
                "genotypes": np.array(found.genotypes, np.uint8),
                "alphas": found.alphas.astype(np.float32),
                "seconds": found.seconds.astype(np.float32),
            }
            append(stored, name, new)
            table = plan.latencies()
            stored |= {f"{name}/table": table.edges, f"{name}/fixed": np.array(table.fixed)}
            stored[f"{name}/recipe"] = np.array(recipe)
            write_arrays(path, stored)
            print(f"{name}: {seed + 1} of {plan.seeds} runs, {found.genotype}", flush=True)
    print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    command.run(build, "proxyless", __doc__)
