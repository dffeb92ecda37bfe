"""Exercises of lesson 08: paths and weights, fair sampling, batch norm, Kendall's τ, ENAS beside a random pick."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import Wrong, compare, describe, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, EDGES, NONE, CellSpace
from nastutor.spaces.space import Genotype
from nastutor.statistics import Band, bootstrap_band, rank_correlation
from nastutor.studies.oneshot import SKELETON, load_oneshot_study, supernet

if TYPE_CHECKING:
    from nastutor.networks import CellNetwork, Supernet
    from nastutor.training.datasets import Dataset


def count_paths_and_weights(nodes: int, channels: int, cells: int) -> list[int]:
    """Multiply: an operation an edge makes a path; every edge of every cell has both kernels."""
    edges = nodes * (nodes - 1) // 2
    paths = 5**edges
    weights = cells * edges * (1 + 9) * channels**2
    return [paths, weights, paths // 5]


def _changed(place: int, value: int, nodes: int, channels: int, cells: int) -> list[int]:
    """Return the three numbers with one of them wrong."""
    numbers = count_paths_and_weights(nodes, channels, cells)
    numbers[place] = value
    return numbers


class PathsAndWeights(Exercise):
    """How many networks share how many weights."""

    TITLE = "Paths and weights"
    QUESTION = (
        "A cell of {nodes} nodes has an edge from every node to every later one, and each edge one of five operations: "
        "none, skip, average pooling, a 1×1 and a 3×3 convolution, both from {channels} to {channels} channels and "
        "without bias. The supernet has {cells} such cells one after the other: all have the same genotype, each has "
        "weights of its own. Answer with a list of three whole numbers: how many paths there are; how many weights the "
        "convolutions of all edges of all cells have together; how many of the paths use the 3×3 kernel of one given "
        "edge."
    )
    STUB = "numbers = ..."
    HINTS = (
        "An edge has five operations, and the edges choose independently. Kernels: input channels × output channels × "
        "size × size.",
        "A path that uses a given kernel has one operation fixed; the other edges are free.",
    )
    GIVEN: ClassVar = {"nodes": 4, "channels": 8, "cells": 2}
    OFFICIAL = staticmethod(count_paths_and_weights)
    MISTAKES: ClassVar = {
        "none is no choice": Mistake(
            lambda nodes, **given: _changed(0, 4 ** (nodes * (nodes - 1) // 2), nodes, **given), "is a choice as well"
        ),
        "each cell its own genotype": Mistake(
            lambda cells, **given: _changed(
                0, count_paths_and_weights(cells=cells, **given)[0] ** cells, cells=cells, **given
            ),
            "all cells have the same genotype",
        ),
        "weights shared by the cells": Mistake(
            lambda cells, **given: _changed(1, count_paths_and_weights(cells=1, **given)[1], cells=cells, **given),
            "each cell has its own",
        ),
        "a kernel of one channel": Mistake(
            lambda channels, **given: _changed(
                1, count_paths_and_weights(channels=channels, **given)[1] // channels, channels=channels, **given
            ),
            "a kernel has input × output channels",
        ),
        "every path uses the kernel": Mistake(
            lambda **given: _changed(2, count_paths_and_weights(**given)[0], **given), "only paths that chose it use it"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        channels, cells = int(rng.choice([4, 8, 16, 32])), int(rng.integers(2, 10))
        return {"nodes": int(rng.integers(3, 6)), "channels": channels, "cells": cells}

    def judge(self, answer: Any) -> str:
        found = [number(value) for value in sequence(answer, 3, "a list of three whole numbers")]
        nodes, channels, cells = self.given["nodes"], self.given["channels"], self.given["cells"]
        edges = nodes * (nodes - 1) // 2
        paths, weights, sharing = count_paths_and_weights(nodes, channels, cells)
        mistakes: list[list[tuple[float, str]]] = [
            [
                (4**edges, "Paths: `none` is a choice as well."),
                (2**edges, "Paths: operations without weights make paths too."),
                (5.0 ** (edges * cells), "Paths: all cells have the same genotype."),
                (5 * edges, "Paths: the choices of the edges multiply, they do not add up."),
                (float(edges**5), "Paths: five choices on each edge, not the other way round."),
            ],
            [
                (weights / cells, "Weights: each cell has its own."),
                (9 * weights / 10, "Weights: the 1×1 kernels are missing."),
                (weights / edges, "Weights: each edge has its own kernels."),
                (weights / channels, "Weights: a kernel has input × output channels."),
                (float(cells * edges * (1 + 3) * channels**2), "Weights: a 3×3 kernel has nine weights per pair."),
                (weights + 2 * cells * edges * channels, "Weights: the convolutions have no bias."),
                (paths * weights, "Weights: they are shared, each is counted once."),
            ],
            [
                (paths, "Kernel: only paths that chose it use it."),
                (float(paths - 4**edges), "Kernel: that is how many use some 3×3; one given edge is asked for."),
                (4 ** (edges - 1), "Kernel: `none` on another edge is allowed."),
                (2 * paths / 5, "Kernel: the 3×3 alone, not both kernels of the edge."),
                (1, "Kernel: the other edges are still free."),
            ],
        ]
        for value, truth, typical in zip(found, (paths, weights, sharing), mistakes):
            compare(value, truth, 1e-9 * truth, [item for item in typical if item[0] != truth])
        return (
            f"{paths:,} networks, {weights:,} weights, and each kernel serves {sharing:,} networks: what one of them "
            "would want from it, it cannot have for itself."
        )


Counts = Sequence[Sequence[int]]


def chi_squared(counts: Counts, **given: Any) -> list[float]:
    """Sum (observed − expected)² / expected, where every operation is expected a fifth of the time."""
    observed = np.array(counts, dtype=float)
    expected = observed.sum(axis=1, keepdims=True) / observed.shape[1]
    return ((observed - expected) ** 2 / expected).sum(axis=1).tolist()


def sample_counts(edge: int, steps: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Count the operations of one edge in paths that three samplers draw: the rows of `FairSampling`."""
    from nastutor.oneshot.random_sharing import draw_paths

    rng, space, distinct = np.random.default_rng(seed), CellSpace(), load_benchmark("glyphs").genotypes
    samplers = [
        [space.sample(rng) for _ in range(steps)],
        [distinct[row] for row in rng.integers(len(distinct), size=steps)],
        [path for _ in range(steps // 5) for path in draw_paths(space, rng, is_fair=True)],
    ]
    rows = (np.bincount([path[edge] for path in paths], minlength=5) for paths in samplers)
    return tuple(tuple(row.tolist()) for row in rows)


class FairSampling(Exercise):
    """Whether the operations of an edge are trained equally often."""

    TITLE = "Fair sampling"
    QUESTION = (
        "Three samplers drew {steps} paths each (seed {seed}), and this is how often each of the five operations was "
        "trained on edge {edge}: {counts}. The first row is from a sampler that draws each edge's operation uniformly; "
        "the second from one that draws uniformly among the 5,260 functionally distinct cells; the third from one that "
        "takes five paths a step which use every operation of every edge once. Compute for each row "
        "χ² = Σ (observed − expected)² / expected, with a fifth of the draws expected for each operation. Answer with "
        "a list of three numbers, to one decimal. Which sampler is unfair? With four degrees of freedom, uniform "
        "draws give more than 9.49 in 5 % of cases."
    )
    STUB = "chi_squared = ..."
    HINTS = (
        "Every operation is expected steps / 5 times; the five terms of a row add up.",
        "`scipy.stats.chisquare(row).statistic` does the same.",
    )
    GIVEN: ClassVar = {
        "edge": 5,
        "steps": 500,
        "seed": 5,
        "counts": ((88, 97, 92, 119, 104), (0, 34, 148, 153, 165), (100, 100, 100, 100, 100)),
    }
    OFFICIAL = staticmethod(chi_squared)
    MISTAKES: ClassVar = {
        "shares": Mistake(
            lambda counts, steps, **given: [value / steps for value in chi_squared(counts)],
            "take the counts themselves",
        ),
        "averaged": Mistake(lambda counts, **given: [value / 5 for value in chi_squared(counts)], "not averaged"),
        "divided by the degrees of freedom": Mistake(
            lambda counts, **given: [value / 4 for value in chi_squared(counts)], "the degrees of freedom"
        ),
        "the root": Mistake(
            lambda counts, **given: [math.sqrt(value) for value in chi_squared(counts)], "do not take the root"
        ),
        "not squared": Mistake(
            lambda counts, steps, **given: (np.abs(np.array(counts) - steps / 5).sum(axis=1) / (steps / 5)).tolist(),
            "are to be squared",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        given = {
            "edge": int(rng.integers(len(EDGES))),
            "steps": 100 * int(rng.integers(4, 11)),
            "seed": int(rng.integers(1, 1000)),
        }
        return given | {"counts": sample_counts(**given)}

    def judge(self, answer: Any) -> str:
        found = [number(value) for value in sequence(answer, 3, "a list of three numbers")]
        steps, truths = self.given["steps"], chi_squared(self.given["counts"])
        for name, value, truth, row in zip(("First", "Second", "Third"), found, truths, self.given["counts"]):
            observed = np.array(row, dtype=float)
            gap = observed - steps / 5
            mistakes: list[tuple[float, str]] = [
                (truth / steps, f"{name} row: take the counts themselves, not shares."),
                (float((gap**2 / np.maximum(observed, 1)).sum()), f"{name} row: divide by what is expected."),
                (float(np.abs(gap).sum() / (steps / 5)), f"{name} row: the differences are to be squared."),
                (float((gap**2).sum()), f"{name} row: divide by what is expected."),
                (truth / 5, f"{name} row: the five terms are added up, not averaged."),
                (truth / 4, f"{name} row: do not divide by the degrees of freedom."),
                (math.sqrt(truth), f"{name} row: do not take the root."),
            ]
            try:
                compare(value, truth, 0.051, [item for item in mistakes if abs(item[0] - truth) > 0.06])
            except Wrong as reason:
                raise Wrong(str(reason) if "row" in str(reason) else f"{name} row: {reason}") from None
        return (
            f"χ² = {truths[0]:.1f}, {truths[1]:.1f} and {truths[2]:.1f}. Uniform over functions is not uniform over "
            "operations. And 0 is no chance either: the third sampler leaves nothing to luck, which is its point."
        )


CALIBRATION, COMPARED = 320, 4
"""The third exercise: training images, five batches of 64; and of how many cells the statistics are compared."""


def recalibrated(network: Any, images: Any) -> Any:
    """Forget the running statistics, average those of the batches with equal weights, and go to evaluation mode."""
    import torch

    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average
    network.train()
    with torch.no_grad():
        for batch in images.split(64):
            network(batch)
    return network.eval()


def _with_momentum(network: Any, images: Any) -> Any:
    """Go on from the old statistics, with the usual momentum: a mistake."""
    network.train()
    for batch in images.split(64):
        network(batch)
    return network.eval()


class Recalibrate(Exercise):
    """Write the recalibration of batch norm, and see what it does to an order of cells."""

    TITLE = "Recalibrate and rank again"
    QUESTION = (
        "Write `recalibrated(network, images)`. `network` is a `CellNetwork` cut out of a supernet, with the running "
        "statistics that uniform paths left; `images` are 320 training images, a tensor. Give every "
        "`torch.nn.BatchNorm2d` of it new running statistics, the plain average over the batches "
        "`images.split(64)`, let everything else be as it was, and return the network in evaluation mode. The check "
        "trains a small supernet for {epochs} epochs (seed {seed}), compares your statistics, and ranks {cells} cells "
        "before and after. It takes some seconds the first time. Write it yourself: "
        "`nastutor.networks.batch_norm.recalibrate` is for looking up afterwards."
    )
    STUB = "def recalibrated(network, images):\n    ..."
    HINTS = (
        "In training mode a forward pass moves the running statistics by the norm's `momentum`; with "
        "`momentum = None` they become the plain average of all batches since `reset_running_stats()`.",
        "`for norm in network.modules(): if isinstance(norm, torch.nn.BatchNorm2d): …`, then `network.train()`, the "
        "batches under `torch.no_grad()`, then `network.eval()`.",
    )
    GIVEN: ClassVar = {"epochs": 6, "cells": 8, "seed": 0}
    OFFICIAL = staticmethod(recalibrated)
    ASKS_FOR_FUNCTION = True
    SECONDS = 60  # the first check of a question trains its supernet
    MISTAKES: ClassVar = {
        "nothing is measured": Mistake(
            lambda **given: lambda network, images: network.eval(), "only training mode moves"
        ),
        "the last batch alone": Mistake(
            lambda **given: lambda network, images: recalibrated(network, images[-64:]), "of the last batch alone"
        ),
        "left in training mode": Mistake(
            lambda **given: lambda network, images: recalibrated(network, images).train(), "still in training mode"
        ),
        "a running average": Mistake(lambda **given: _with_momentum, "not the plain averages"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        # The same supernet, other cells: to train one takes seconds.
        return {"cells": int(rng.integers(4, 17))}

    def judge(self, answer: Any) -> str:
        import torch

        function = Called(answer)
        self._try_untrained(function)
        supernet_of = self.given["epochs"], self.given["seed"]
        network, data = _small_supernet(*supernet_of)
        images = torch.from_numpy(data.images["train"][:CALIBRATION])
        cells = _sampled_cells(self.given["cells"], self.given["seed"])
        for cell in cells[:COMPARED]:
            alone = network.cut_out(cell).eval()
            old = {name: tensor.clone() for name, tensor in alone.state_dict().items()}
            found = function(alone, images.clone())
            if not isinstance(found, type(alone)):
                raise Wrong(f"Return the network: got {describe(found)}.")
            expected = _before_and_after(cell, *supernet_of).network
            self._compare(found, expected, old, images)
        known = [_before_and_after(cell, *supernet_of) for cell in cells]
        left, anew = [cell.before for cell in known], [cell.after for cell in known]
        table = load_benchmark("glyphs")
        truth = [table.report(cell)["val_accuracy"] for cell in cells]
        taus = [rank_correlation(values, truth, kind="kendall") for values in (left, anew)]
        n = len(cells)
        chance = math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))  # of τ between two random orders (Kendall 1938)
        return (
            f"The mean accuracy of {n} cells goes from {np.mean(left):.1f} to {np.mean(anew):.1f} %. Not one weight "
            f"was trained. Kendall's τ with the truth goes from {taus[0]:.2f} to {taus[1]:.2f}; that says little: "
            f"of {n} cells in random order τ has a standard deviation of {chance:.2f}. Section 4 asks 60 cells and six "
            "supernets."
        )

    def _try_untrained(self, function: Called) -> None:
        """Raise `Wrong` or `NotAttempted` for what returns no network, before time is spent on a training."""
        import torch

        from nastutor.networks import CellNetwork
        from nastutor.networks.seeded import seeded

        with seeded(0):
            small = CellNetwork((NONE, NONE, NONE, CONV_3X3, NONE, NONE), **SKELETON)
        found = function(small, torch.zeros(CALIBRATION, 1, 8, 8))
        if not isinstance(found, torch.nn.Module):
            raise Wrong(f"Return the network: got {describe(found)}.")

    def _compare(self, found: CellNetwork, expected: CellNetwork, old: dict[str, Any], images: Any) -> None:
        """Raise `Wrong` unless the statistics are the expected ones, the weights the old ones and the mode right."""
        import torch

        truth, state = expected.state_dict(), found.state_dict()

        def is_near(wanted: dict[str, Any], part: str) -> bool:
            return all(
                torch.allclose(state[name], tensor, rtol=1e-3, atol=1e-4)
                for name, tensor in wanted.items()
                if name.endswith(part)
            )

        weights = [name for name in old if "running" not in name and "num_batches" not in name]
        if not all(torch.equal(state[name], old[name]) for name in weights):
            raise Wrong("A weight has changed: recalibration moves the running statistics alone.")
        if any(module.training for module in found.modules()):
            raise Wrong("The network is still in training mode: end with network.eval().")
        if is_near(truth, "running_mean") and is_near(truth, "running_var"):
            return
        if is_near(old, "running_mean") and is_near(old, "running_var"):
            raise Wrong("The running statistics are those that the supernet left: only training mode moves them.")
        for images_used, text in [
            (images[:64], "Those are the statistics of the first batch alone: average over all five."),
            (images[-64:], "Those are the statistics of the last batch alone: average over all five."),
        ]:
            if is_near(recalibrated(deepcopy(expected), images_used).state_dict(), "running_mean"):
                raise Wrong(text)
        if is_near(truth, "running_mean"):
            raise Wrong("The means are right, the variances are not.")
        raise Wrong(
            "Those are not the plain averages over the five batches. Did you forget the old statistics "
            "(`reset_running_stats`), and set `momentum = None`? With 0.1 they are a running average."
        )


@cache
def _small_supernet(epochs: int, seed: int) -> tuple[Supernet, Dataset]:
    from nastutor.oneshot import SupernetRecipe, train_uniform_paths
    from nastutor.training import load_dataset

    data = load_dataset("glyphs")
    recipe = SupernetRecipe(epochs=epochs, learning_rate=0.2, batch_size=32)
    return train_uniform_paths(supernet, data, recipe, seed, watched=1, progress=False).network, data


class Recalibrated(NamedTuple):
    """A cell cut out of a supernet and recalibrated, and its validation accuracy before and after, percent."""

    network: CellNetwork
    before: float
    after: float


@cache
def _before_and_after(cell: Genotype, epochs: int, seed: int) -> Recalibrated:
    import torch

    network, data = _small_supernet(epochs, seed)
    alone = network.cut_out(cell).eval()
    before = _validation_accuracy(alone, data)
    recalibrated(alone, torch.from_numpy(data.images["train"][:CALIBRATION]))
    return Recalibrated(alone, before, _validation_accuracy(alone, data))


@cache
def _sampled_cells(count: int, seed: int) -> list[Genotype]:
    rng, space = np.random.default_rng(seed), CellSpace()
    return [space.sample(rng) for _ in range(count)]


def _validation_accuracy(network: CellNetwork, data: Dataset) -> float:
    import torch

    from nastutor.training.trainer import count_correct

    images, labels = (torch.from_numpy(part["validation"][:300]) for part in (data.images, data.labels))
    return 100 * count_correct(network, images, labels)[0].item() / len(labels)


def kendall_by_counting(shared: Sequence[float], alone: Sequence[float], best: int) -> list[float]:
    """Go through all pairs: +1 where both lists put the same cell first, −1 where they do not."""

    def tau(cells: Sequence[int]) -> float:
        signs = [
            np.sign(shared[i] - shared[j]) * np.sign(alone[i] - alone[j]) for i, j in itertools.combinations(cells, 2)
        ]
        return float(np.mean(signs))

    order = sorted(range(len(alone)), key=lambda cell: -alone[cell])
    return [tau(order), tau(order[:best])]


class KendallByHand(Exercise):
    """Kendall's τ of some cells, and of the best of them."""

    TITLE = "Kendall's τ by hand"
    QUESTION = (
        "With shared weights six cells have the accuracies {shared}; trained alone they reach {alone} (%). Compute "
        "Kendall's τ = (concordant − discordant) / pairs, once of all six cells and once of the best {best} of them by "
        "what they reach alone. Answer with a list of two numbers, to two decimals. First guess: which is larger?"
    )
    STUB = "taus = ..."
    HINTS = (
        "Six cells make 15 pairs. A pair is concordant if both lists put the same cell first.",
        "Sort the cells by the second list; then count, for each cell, how many later ones have a smaller value in the "
        "first.",
    )
    GIVEN: ClassVar = {
        "shared": (40.0, 36.5, 46.0, 52.0, 44.5, 47.0),
        "alone": (38.7, 84.4, 71.2, 88.9, 91.6, 90.3),
        "best": 4,
    }
    OFFICIAL = staticmethod(kendall_by_counting)
    MISTAKES: ClassVar = {
        "the best first": Mistake(lambda **given: kendall_by_counting(**given)[::-1], "The other way round"),
        "the share of concordant pairs": Mistake(
            lambda **given: [(1 + tau) / 2 for tau in kendall_by_counting(**given)], "the share of concordant pairs"
        ),
        "not divided": Mistake(
            lambda **given: [15 * tau for tau in kendall_by_counting(**given)], "divide by the number of pairs"
        ),
        "the sign": Mistake(lambda **given: [-tau for tau in kendall_by_counting(**given)], "the wrong way round"),
        "the best by shared weights": Mistake(
            lambda shared, alone, best: [
                kendall_by_counting(shared, alone, best)[0],
                kendall_by_counting(alone, shared, best)[1],
            ],
            "not by shared weights",
        ),
    }
    FEW_ANSWERS = (
        "Six cells make fifteen pairs, so there are few values of τ, and few pairs of them that are far apart."
    )

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            alone = np.concatenate([rng.uniform(30, 75, 2), rng.uniform(83, 92.5, 4)])
            shared = 0.6 * alone - 10 + rng.normal(0, 6, 6)
            lists = {name: tuple(values.round(1).tolist()) for name, values in (("shared", shared), ("alone", alone))}
            given: dict[str, Any] = lists | {"best": int(rng.integers(3, 5))}
            taus = kendall_by_counting(**given)
            if all(len(set(given[name])) == 6 for name in ("shared", "alone")) and abs(taus[0] - taus[1]) > 0.15:
                return given

    def judge(self, answer: Any) -> str:
        found = [number(value) for value in sequence(answer, 2, "a list of two numbers: all, the best")]
        truths = kendall_by_counting(**self.given)
        if np.allclose(found, truths[::-1], atol=0.0051) and not np.allclose(found, truths, atol=0.0051):
            raise Wrong("The other way round: all six cells first.")
        shared, alone = (np.array(self.given[name]) for name in ("shared", "alone"))
        best = self.given["best"]
        by_shared = np.argsort(-shared, kind="stable")[:best]
        for name, value, truth, cells in zip(
            ("All", "Best"), found, truths, (np.arange(6), np.argsort(-alone, kind="stable")[:best])
        ):
            pairs = math.comb(len(cells), 2)
            mistakes: list[tuple[float, str]] = [
                ((1 + truth) / 2, f"{name}: that is the share of concordant pairs; subtract the discordant ones."),
                ((1 - truth) / 2, f"{name}: that is the share of discordant pairs."),
                (truth * pairs, f"{name}: divide by the number of pairs, {pairs}."),
                (truth * pairs / len(cells) ** 2, f"{name}: each pair counts once: {pairs} pairs."),
                (-truth, f"{name}: the sign is the wrong way round."),
                (rank_correlation(shared[cells], alone[cells]), f"{name}: that is Spearman's correlation of ranks."),
                (float(np.corrcoef(shared[cells], alone[cells])[0, 1]), f"{name}: that is Pearson's correlation."),
            ]
            if name == "Best":
                taken = rank_correlation(shared[by_shared], alone[by_shared], kind="kendall")
                mistakes.append((taken, "Best: choose them by what they reach alone, not by shared weights."))
            if abs(value - truth) <= 0.0051:
                continue
            text = next((text for wrong, text in mistakes if abs(value - wrong) <= 0.0051), "")
            raise Wrong(text or f"{name}: {value:.6g} is too {'small' if value < truth else 'large'}.")
        return (
            f"τ = {truths[0]:.2f} of all, {truths[1]:.2f} of the best {best}: a number over all cells says little of "
            "those that a search has to tell apart."
        )


def large_and_promising(cells: Sequence[Genotype], shared: np.ndarray) -> int:
    """Add two ranks that err in different ways: by shared weights, and by the weights of the convolutions."""
    from scipy.stats import rankdata

    weights = [9 * cell.count(CONV_3X3) + cell.count(CONV_1X1) for cell in cells]
    return int(np.argmax(rankdata(shared) + rankdata(weights)))


POOLS = 40
"""The open-ended exercise: pools that are drawn from the random cells of each run."""
Pool = tuple[list[Genotype], np.ndarray, np.ndarray, int]
"""Cells, their accuracies with shared weights and when trained alone, percent, and which has the most parameters."""


@cache
def pools_of(cells: int) -> list[list[Pool]]:
    """Return for each supernet of uniform paths `POOLS` pools of the 100 random cells that it was asked about."""
    study = load_oneshot_study()
    drawn, shared = (study("uniform paths", name) for name in ("RandomSearch", "RandomSearch_accuracies"))
    truth, table = study.test_accuracy(drawn), load_benchmark("glyphs")
    sizes = np.apply_along_axis(lambda cell: table.report(tuple(cell))["params"], -1, drawn)
    pools = []
    for run in range(len(drawn)):
        rng = np.random.default_rng(run)
        rows = [rng.choice(drawn.shape[1], cells, replace=False) for _ in range(POOLS)]
        genotypes = [tuple(genotype) for genotype in drawn[run].tolist()]
        pools.append(
            [
                ([genotypes[i] for i in r], shared[run, r].astype(float), truth[run, r], int(sizes[run, r].argmax()))
                for r in rows
            ]
        )
    return pools


class RandomPick(Exercise):
    """Open-ended: what can be picked from random cells, beside the random pick of RSPS and ENAS's answer."""

    TITLE = "ENAS or a random pick (open-ended)"
    QUESTION = (
        "Section 6 sets ENAS's answer against the best of some random cells by shared weights, run by run. Improve on "
        "the random pick: write `choose(cells, shared)`. Given a list of {cells} random genotypes and the array of "
        "their accuracies with shared weights (%), return the index of the one that you would train; the random pick "
        "is the one with the highest accuracy. The check draws 40 such lists from each stored run of RSPS, looks up "
        "what your choices reach when they are trained alone, and bootstraps the differences to the random pick, run "
        "by run (a paired bootstrap: both come from one supernet). The 95 % band must lie above zero. It also shows "
        "the differences to the cell with the most parameters, for which no supernet is needed, and to ENAS's answer: "
        "can you close those gaps?"
    )
    STUB = "def choose(cells, shared):\n    ..."
    HINTS = (
        "`int(np.argmax(shared))` is the random pick. What else do you know of a cell before it is trained? Lesson 07 "
        'has something that costs nothing: `load_benchmark("glyphs").report(cell)["params"]`.',
        "One score alone, or two that err in different ways? Their ranks (`scipy.stats.rankdata`) can be added.",
    )
    GIVEN: ClassVar = {"cells": 25}
    OFFICIAL = staticmethod(large_and_promising)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the random pick itself": Mistake(
            lambda cells: lambda genotypes, shared: int(np.argmax(shared)), "not told apart from the random pick"
        ),
        "the worst": Mistake(lambda cells: lambda genotypes, shared: int(np.argmin(shared)), "worse. Is the index"),
        "the genotype": Mistake(
            lambda cells: lambda genotypes, shared: genotypes[int(np.argmax(shared))], "Return the index of a cell"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"cells": int(rng.choice(range(10, 41, 2)))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        mine, plain, largest = [], [], []
        for pools in pools_of(**self.given):
            chosen = [_read_index(function(list(cells), shared.copy()), len(cells)) for cells, shared, *_ in pools]
            mine.append(np.mean([truth[index] for index, (_, _, truth, _) in zip(chosen, pools)]))
            plain.append(np.mean([truth[np.argmax(shared)] for _, shared, truth, _ in pools]))
            largest.append(np.mean([truth[index] for _, _, truth, index in pools]))
        study = load_oneshot_study()
        enas = study.test_accuracy(study("ENAS", "genotype"))
        gain, size, gap = (paired_band(mine, other) for other in (plain, largest, enas[: len(mine)]))
        said = f"Yours reach {np.mean(mine):.2f} % on average; the differences to the random pick are {gain}"
        if gain.high < 0:
            raise Wrong(f"{said}: worse. Is the index that of the best, and not of the worst?")
        if gain.low <= 0:
            raise Wrong(f"{said}: not told apart from the random pick.")
        return f"{said}, to the most parameters {size}, to ENAS's answer {gap}."


def paired_band(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> Band:
    """Bootstrap the differences of runs that belong together: what both share cancels."""
    return bootstrap_band(np.subtract(a, b))


def _read_index(answer: Any, count: int) -> int:
    if isinstance(answer, np.ndarray | np.generic) and np.size(answer) == 1:
        answer = np.asarray(answer).item()
    if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < count:
        raise Wrong(f"Return the index of a cell, a whole number from 0 to {count - 1}: got {describe(answer)}.")
    return answer


exercises = ExerciseSet(
    "weight_sharing",
    "08 Weight sharing",
    [PathsAndWeights, FairSampling, Recalibrate, KendallByHand, RandomPick],
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
