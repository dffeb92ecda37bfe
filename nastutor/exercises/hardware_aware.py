"""Exercises of lesson 14: an exponent, a gradient, two rewards, a front with and without a term, a cell for all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import Wrong, choice, compare, describe, number, read_cell, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import draw_dataset, table
from nastutor.objectives.pareto import is_nondominated
from nastutor.objectives.scalarization import mnasnet_reward
from nastutor.spaces import CellSpace, Genotype
from nastutor.studies.proxyless import load_proxyless
from nastutor.studies.runtimes import load_runtimes

SPACE = CellSpace()


def exponent(factor: float, gain: float) -> float:
    """Set acc · lat^w equal to acc · (1 + gain/100) · (factor · lat)^w, and take logarithms."""
    return -math.log(1 + gain / 100) / math.log(factor)


class Exponent(Exercise):
    """The exponent of MnasNet's reward."""

    TITLE = "The exponent"
    QUESTION = (
        "MnasNet chose w so that a network with twice the latency gets the same reward if its accuracy is 5 % higher "
        "(1.05 times). What is w when {factor} times the latency is to be worth {gain} %? Three decimals."
    )
    STUB = "w = ..."
    DECIMALS = 3
    HINTS = (
        "Write the reward of both networks, acc · (lat / T)^w, and set them equal: T and acc cancel.",
        "1 = (1 + gain / 100) · factor^w. Take the logarithm of both sides.",
    )
    GIVEN: ClassVar = {"factor": 3, "gain": 15}
    OFFICIAL = staticmethod(exponent)
    MISTAKES: ClassVar = {
        "no minus sign": Mistake(lambda factor, gain: -exponent(factor, gain), "a cost needs a negative exponent"),
        "the factor of the latency left out": Mistake(lambda factor, gain: -math.log(1 + gain / 100), "You forgot"),
        "a multiple instead of a power": Mistake(lambda factor, gain: -gain / 100 / factor, "a power of the latency"),
        "no logarithm of the gain": Mistake(
            lambda factor, gain: -gain / 100 / math.log(factor), "logarithm of 1 \\+ gain"
        ),
        "upside down": Mistake(lambda factor, gain: 1 / exponent(factor, gain), "Upside down"),
        "MnasNet's own": Mistake(lambda factor, gain: -0.07, "MnasNet's own w"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        # none of these has MnasNet's −0.07
        return {"factor": int(rng.choice([3, 4, 5, 6])), "gain": int(rng.choice([4, 6, 15, 20, 25]))}

    def judge(self, answer: Any) -> str:
        factor, gain = self.given["factor"], self.given["gain"]
        truth = exponent(factor, gain)
        falls = math.log(1 - gain / 100) / math.log(factor)
        if abs(number(answer) - falls) < 0.0006:
            return f"{falls:.4f} takes {gain} % off the slower one; adding them to it gives {truth:.4f}. Both will do."
        mistakes = [
            (-truth, "The size is right; a cost needs a negative exponent."),
            (-math.log(1 + gain / 100), "You forgot the factor of the latency: divide by its logarithm."),
            (-gain / 100 / factor, "The reward is a power of the latency, not a multiple: take logarithms."),
            (-gain / 100 / math.log(factor), "Take the logarithm of 1 + gain / 100 too."),
            (-gain / 100, "That is the gain itself; it comes from the latency's factor to the power of w."),
            (-math.log(factor) / math.log(1 + gain / 100), "Upside down: the latency's logarithm is the divisor."),
            (-math.log10(1 + gain / 100) / factor, "Take the logarithm of the factor too."),
            *(
                (w, f"That is MnasNet's own w; here it is {factor} times the latency, and {gain} %.")
                for w in (-0.07, exponent(2, 5))
            ),
        ]
        compare(answer, truth, 0.0006, mistakes)
        return f"w = {truth:.4f}; MnasNet's own case gives {exponent(2, 5):.4f}, its −0.07."


def gradient(alpha: np.ndarray, costs: np.ndarray, cross_entropy: float) -> np.ndarray:
    """Multiply the derivative of the product by E with that of E by α."""
    p = np.exp(alpha - alpha.max(axis=1, keepdims=True))  # the largest is 1: no α is too large
    p /= p.sum(axis=1, keepdims=True)
    means = (p * costs).sum(axis=1, keepdims=True)
    latency = means.sum()
    return cross_entropy * 0.2 * 0.6 * np.log(latency) ** -0.4 / latency * p * (costs - means)


def _of_latency(alpha: np.ndarray, costs: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the expected latency and its gradient, (edges, operations)."""
    p = np.exp(alpha) / np.exp(alpha).sum(axis=1, keepdims=True)
    means = (p * costs).sum(axis=1, keepdims=True)
    return float(means.sum()), p * (costs - means)


def gradient_by_autograd(alpha: np.ndarray, costs: np.ndarray, cross_entropy: float) -> np.ndarray:
    """Let torch find the gradient. Right, and not what is asked."""
    import torch

    logits = torch.tensor(alpha, requires_grad=True)
    expected = (logits.softmax(1) * torch.tensor(costs)).sum()
    (found,) = torch.autograd.grad(cross_entropy * 0.2 * expected.log() ** 0.6, logits)
    return found.numpy()


@contextmanager
def _watched_autograd() -> Iterator[list[Any]]:
    """Give a list, to which goes whatever torch keeps to compute a gradient from: without autograd it keeps nothing."""
    kept: list[Any] = []
    if find_spec("torch") is None:
        yield kept
        return
    import torch

    def keep(tensor: Any) -> Any:
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield kept


class LatencyGradient(Exercise):
    """The gradient of FBNet's loss, by hand."""

    TITLE = "The gradient of FBNet's product"
    QUESTION = (
        "Section 5 has the gradient of E, the expected latency with p the softmax of each row of α. FBNet's loss is "
        "L = CE · 0.2 · log(E)^0.6. Write `gradient(alpha, costs, cross_entropy)` that returns ∂L/∂α for a fixed CE, a "
        "number; the others are numpy arrays of shape (edges, operations), and E has no fixed part. No autograd. The "
        "check compares it with finite differences (seed {seed})."
    )
    STUB = "def gradient(alpha, costs, cross_entropy):\n    ..."
    HINTS = (
        "∂L/∂α = dL/dE · ∂E/∂α, and the second factor stands in section 5.",
        "dL/dE = CE · 0.2 · 0.6 · log(E)^−0.4 / E, one number for all of α.",
    )
    GIVEN: ClassVar = {"seed": 0}
    OFFICIAL = staticmethod(gradient)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the sign": Mistake(lambda seed: lambda *given: -gradient(*given), "The sign is wrong"),
        "the gradient of E": Mistake(
            lambda seed: lambda alpha, costs, cross_entropy: _of_latency(alpha, costs)[1], "multiply it by dL/dE"
        ),
        "times the loss": Mistake(
            lambda seed: (
                lambda alpha, costs, cross_entropy: (
                    cross_entropy * 0.2 * np.log(_of_latency(alpha, costs)[0]) ** 0.6 * _of_latency(alpha, costs)[1]
                )
            ),
            "multiply by L itself",
        ),
        "the logarithm not derived": Mistake(
            lambda seed: lambda alpha, costs, *rest: gradient(alpha, costs, *rest) * _of_latency(alpha, costs)[0],
            "The logarithm has a derivative too",
        ),
        "the exponent not brought down": Mistake(
            lambda seed: lambda *given: gradient(*given) / 0.6, "its exponent comes down"
        ),
        "the cross entropy left out": Mistake(
            lambda seed: lambda alpha, costs, cross_entropy: gradient(alpha, costs, 1.0),
            "The cross entropy is a factor",
        ),
        "autograd": Mistake(lambda seed: gradient_by_autograd, "No autograd here"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"seed": int(rng.integers(1, 1000))}

    def judge(self, answer: Any) -> str:
        function, rng = Called(answer), np.random.default_rng(self.given["seed"])
        for edges, operations in ((6, 5), (3, 4), (1, 2)):
            alpha, costs = rng.normal(size=(edges, operations)), rng.uniform(2, 9, size=(edges, operations))
            cross_entropy = float(rng.uniform(1.2, 2.3))
            with _watched_autograd() as kept:
                found = function(alpha.copy(), costs.copy(), cross_entropy)
            if kept:
                raise Wrong("No autograd here: write down both factors of the derivative.")
            try:
                found = np.asarray(found, dtype=float)
            except (TypeError, ValueError):
                raise Wrong(f"An array of numbers is asked for: got {describe(found)}.") from None
            if found.shape != alpha.shape:
                raise Wrong(f"The gradient has the shape of α, {alpha.shape}: got {found.shape}.")
            truth = self._differences(alpha, costs, cross_entropy)
            if not np.allclose(found, truth, atol=1e-6):
                raise Wrong(self._mistake(found, alpha, costs, cross_entropy, truth))
        return "The direction is that of E's gradient; its weight follows the cross entropy, and falls as E grows."

    @staticmethod
    def _differences(alpha: np.ndarray, costs: np.ndarray, cross_entropy: float, step: float = 1e-5) -> np.ndarray:
        def loss(logits: np.ndarray) -> float:
            p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            return cross_entropy * 0.2 * float(np.log((p * costs).sum())) ** 0.6

        found = np.empty_like(alpha)
        for index in np.ndindex(alpha.shape):
            move = np.zeros_like(alpha)
            move[index] = step
            found[index] = (loss(alpha + move) - loss(alpha - move)) / (2 * step)
        return found

    @staticmethod
    def _mistake(
        found: np.ndarray, alpha: np.ndarray, costs: np.ndarray, cross_entropy: float, truth: np.ndarray
    ) -> str:
        p = np.exp(alpha) / np.exp(alpha).sum(axis=1, keepdims=True)
        means = (p * costs).sum(axis=1, keepdims=True)
        latency, of_latency = _of_latency(alpha, costs)
        weight = cross_entropy * 0.2 * 0.6 * np.log(latency) ** -0.4 / latency
        mistakes = [
            (-truth, "The sign is wrong: a cost above its edge's mean has a positive derivative."),
            (of_latency, "That is the gradient of E; multiply it by dL/dE."),
            (
                cross_entropy * 0.2 * np.log(latency) ** 0.6 * of_latency,
                "You multiply by L itself; the chain rule wants its derivative by E.",
            ),
            (weight * latency * of_latency, "The logarithm has a derivative too: divide by E."),
            (weight / cross_entropy * of_latency, "The cross entropy is a factor of L, so it is one of the gradient."),
            (weight / 0.6 * of_latency, "The power has a derivative too: its exponent comes down as a factor, 0.6."),
            (
                weight * p * costs,
                "p depends on every α of its row: raising one lowers the others. Subtract the mean of the edge.",
            ),
            (
                weight * (costs - means),
                "Nearly: an operation that is hardly drawn has hardly a gradient. Multiply by p.",
            ),
        ]
        for mistaken, message in mistakes:
            if np.allclose(found, mistaken, atol=1e-6):
                return message
        edge, operation = np.unravel_index(np.abs(found - truth).argmax(), truth.shape)
        return (
            f"For edge {edge}, operation {operation} you have {found[edge, operation]:.4f}; finite differences give "
            "something else."
        )


Cells = Sequence[tuple[str, float, float]]
"""Name, accuracy in percent and latency in milliseconds of each."""


def best_by(cells: Cells, target: float, below: float, above: float) -> str:
    """Return the name of the cell with the largest reward of MnasNet."""
    reward = mnasnet_reward(target, below, above)
    return max(cells, key=lambda cell: reward({"val_accuracy": cell[1], "latency_ms": cell[2]}))[0]


def soft_and_hard(cells: Cells, target: float) -> tuple[str, str]:
    """Compute both rewards of every cell: acc · (lat / T)^−0.07, and acc · (lat / T)^(0 or −1)."""
    return best_by(cells, target, -0.07, -0.07), best_by(cells, target, 0.0, -1.0)


class SoftAndHard(Exercise):
    """Who wins by the soft and by the hard reward."""

    TITLE = "Soft or hard"
    QUESTION = (
        "Four cells with accuracy (%) and latency (ms): {cells}. The target is {target} ms. Which one has the largest "
        "soft reward (w = −0.07 on both sides), and which the largest hard reward (0 up to the target, −1 above)? "
        "Answer with a pair of letters such as ('A', 'B'), soft first."
    )
    STUB = "letters = ..."
    HINTS = (
        "The hard reward of a cell within the target is its accuracy; above it, accuracy · T / latency.",
        "The soft reward is accuracy · (latency / T)^−0.07 for all; its order does not depend on T.",
    )
    GIVEN: ClassVar = {
        "cells": [("A", 92.0, 24.0), ("B", 90.5, 15.5), ("C", 89.0, 9.0), ("D", 83.0, 4.0)],
        "target": 16.0,
    }
    OFFICIAL = staticmethod(soft_and_hard)
    MISTAKES: ClassVar = {
        "hard first": Mistake(lambda cells, target: soft_and_hard(cells, target)[::-1], "The other way round"),
        "hard: the most accurate": Mistake(
            lambda cells, target: (soft_and_hard(cells, target)[0], max(cells, key=lambda cell: cell[1])[0]),
            "is above the target",
        ),
        "hard: the fastest": Mistake(
            lambda cells, target: (soft_and_hard(cells, target)[0], min(cells, key=lambda cell: cell[2])[0]),
            "speed is worth nothing",
        ),
        "soft: ten times the exponent": Mistake(
            lambda cells, target: (best_by(cells, target, -0.7, -0.7), soft_and_hard(cells, target)[1]),
            "the exponent is small",
        ),
        "soft: the most accurate": Mistake(
            lambda cells, target: (max(cells, key=lambda cell: cell[1])[0], soft_and_hard(cells, target)[1]),
            "did you weigh its latency",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            latencies = np.sort(rng.uniform(3, 25, size=4)).round(1)
            accuracies = np.sort(rng.uniform(80, 92, size=4)).round(1)
            target = float(rng.choice([8.0, 12.0, 16.0, 20.0]))
            order = rng.permutation(4)
            cells = [("ABCD"[i], float(accuracies[j]), float(latencies[j])) for i, j in enumerate(order)]
            named = {*soft_and_hard(cells, target), best_by(cells, target, 0.0, 0.0)}  # soft, hard, most accurate
            if len(named) == 3 and self._is_clear(cells, target):
                return {"cells": cells, "target": target}

    @staticmethod
    def _is_clear(cells: Cells, target: float) -> bool:
        """No second place is within half a percent of the first."""
        for below, above in ((-0.07, -0.07), (0.0, -1.0)):
            reward = mnasnet_reward(target, below, above)
            values = sorted(reward({"val_accuracy": a, "latency_ms": t}) for _, a, t in cells)
            if values[-1] < 1.005 * values[-2]:
                return False
        return True

    def judge(self, answer: Any) -> str:
        cells, target = self.given["cells"], self.given["target"]
        latency = {name: time for name, _, time in cells}
        found = tuple(choice(item, list(latency)) for item in sequence(answer, 2, "a pair of letters, soft first"))
        soft, hard = soft_and_hard(cells, target)
        if found == (soft, hard):
            return (
                f"The soft reward picks {soft}, {latency[soft]:g} ms, and would with any target; the hard one {hard}, "
                f"{latency[hard]:g} ms for at most {target:g}."
            )
        if found == (hard, soft):
            raise Wrong("The other way round: the soft reward comes first.")
        most, least = max(cells, key=lambda cell: cell[1])[0], min(latency, key=latency.__getitem__)
        if found[1] != hard and latency[found[1]] > target:
            raise Wrong(f"Hard: {found[1]} is above the target, so its accuracy is multiplied by T / latency.")
        if found[1] == least != hard:
            raise Wrong(f"Hard: {least} is the fastest, but up to the target speed is worth nothing.")
        if found[0] == most != soft:
            raise Wrong(f"Soft: {most} is the most accurate; did you weigh its latency?")
        if found[0] == least != soft:
            raise Wrong(f"Soft: {least} is the fastest; the exponent is small, so accuracy weighs more.")
        raise Wrong(f"{'The hard' if found[0] == soft else 'The soft'} one is not right: compute all four rewards.")


SPANS = {"gdas": (0.0, 0.05, 0.1, 0.2), "darts": (0.0, 0.1)}


@cache
def derived(epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracy and minus latency of the cells that stored runs derived after an epoch, and the span of each run.

    Returns
    -------
    (runs, 2): percent on glyphs, mean of all seeds, and −ms on the modelled microcontroller; (runs,) spans.
    """
    bench = load_benchmark("glyphs", search_seed=0)
    accuracy = bench.values("val_accuracy", "all")
    row_of = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    values, spans = [], []
    for method, of_method in SPANS.items():
        for span in of_method:
            runs = load_proxyless(method, "microcontroller", span)
            for genotype in runs.genotypes[:, epoch - 1].tolist():
                cell = SPACE.canonical(tuple(genotype))
                values.append((accuracy[row_of[cell]], -runs.latencies.of([cell])[0]))
                spans.append(span)
    return np.array(values), np.array(spans)


def front_with_and_without(epoch: int) -> tuple[int, int]:
    """Keep the cells that no other dominates, and count those of runs without and with the term."""
    values, spans = derived(epoch)
    front = is_nondominated(values)
    return int((front & (spans == 0)).sum()), int((front & (spans > 0)).sum())


def two_fronts(epoch: int) -> tuple[int, int]:
    """Take a front of the runs without the term, and another of those with it: a mistake."""
    values, spans = derived(epoch)
    return int(is_nondominated(values[spans == 0]).sum()), int(is_nondominated(values[spans > 0]).sum())


def front_of_slow_cells(epoch: int) -> tuple[int, int]:
    """Turn the sign of the latency round, which is minus already: a mistake."""
    values, spans = derived(epoch)
    front = is_nondominated(values * (1, -1))
    return int((front & (spans == 0)).sum()), int((front & (spans > 0)).sum())


def all_runs(epoch: int) -> tuple[int, int]:
    """Count the runs without and with the term, on the front or not: a mistake."""
    _, spans = derived(epoch)
    return int((spans == 0).sum()), int((spans > 0).sum())


class WithAndWithout(Exercise):
    """Which runs the front of all derived cells comes from."""

    TITLE = "The front with and without the term"
    QUESTION = (
        "Put the cells of all stored runs for the microcontroller together, as derived after epoch {epoch}: "
        "`ex.derived({epoch})` returns accuracy and minus latency (runs, 2), and each run's span, 0 without latency in "
        "the loss. How many of this set's front come from runs without the term, how many with it? Count every run. "
        "Answer: a pair."
    )
    STUB = "counts = ..."
    HINTS = (
        "`is_nondominated(values)` says which are on the front; both columns are maximised already.",
        "Count the front's cells with span == 0, and those with span > 0.",
    )
    GIVEN: ClassVar = {"epoch": 11}
    OFFICIAL = staticmethod(front_with_and_without)
    MISTAKES: ClassVar = {
        "with first": Mistake(lambda epoch: front_with_and_without(epoch)[::-1], "The other way round"),
        "two fronts": Mistake(two_fronts, "You took two fronts"),
        "the latency turned round again": Mistake(front_of_slow_cells, "has its minus sign already"),
        "all runs": Mistake(all_runs, "Those are all runs"),
    }
    FEW_ANSWERS = "Fifteen epochs are stored, and in six of them two fronts by themselves have as many cells as one."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"epoch": int(rng.integers(1, 16))}

    def judge(self, answer: Any) -> str:
        found = tuple(number(item) for item in sequence(answer, 2, "a pair of counts: without, with"))
        epoch = self.given["epoch"]
        truth = front_with_and_without(epoch)
        if found == truth:
            values, spans = derived(epoch)
            means = [(span, *values[spans == span].mean(axis=0)) for span in np.unique(spans)]
            told = "; ".join(f"span {span:g}: {a:.1f} %, {-t:.2f} ms" for span, a, t in means)
            return f"{truth[0]} without, {truth[1]} with. The means: {told}."
        mistakes = [
            (truth[::-1], "The other way round: without the term first."),
            (two_fronts(epoch), "You took two fronts; put all cells together and take one."),
            (front_of_slow_cells(epoch), "The latency has its minus sign already: both columns are maximised."),
            (all_runs(epoch), "Those are all runs; only what no other dominates counts."),
        ]
        for mistaken, message in mistakes:
            if found == mistaken:
                raise Wrong(message)
        raise Wrong(f"{describe(found)} is not right: the front has {sum(truth)} of {sum(all_runs(epoch))} cells.")


LONG_NAMES = {"eager": "eager PyTorch", "onnxruntime": "ONNX Runtime", "int8": "ONNX Runtime with int8"}
"""The runtimes that one cell is to serve."""


@cache
def _measured(dataset: str) -> tuple[list[Genotype], np.ndarray, np.ndarray]:
    """Return the measured cells, their accuracy by search seed 0, and (cells, runtimes) milliseconds."""
    stored, bench = load_runtimes(batch=1), table(dataset)
    row_of = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    accuracy = bench.values("val_accuracy", "search")[[row_of[genotype] for genotype in stored.genotypes]]
    return stored.genotypes, accuracy, np.column_stack([stored.milliseconds[name] for name in LONG_NAMES])


def _ratios(dataset: str, percent: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which cells are accurate enough, and (cells, runtimes) their latency over the least among these."""
    _, accuracy, times = _measured(dataset)
    allowed = accuracy >= np.quantile(accuracy, 1 - percent / 100)
    return allowed, times / times[allowed].min(axis=0)


def one_for_all(dataset: str, percent: int, factor: float) -> Genotype:
    """Divide each latency by the least that the accuracy allows, and take the cell whose worst ratio is smallest."""
    allowed, ratios = _ratios(dataset, percent)
    return _measured(dataset)[0][int(np.where(allowed, ratios.max(axis=1), np.inf).argmin())]


def _first_by(dataset: str, percent: int, column: int) -> Genotype:
    """Return the fastest of the best `percent` % in one runtime."""
    allowed, ratios = _ratios(dataset, percent)
    return _measured(dataset)[0][int(np.where(allowed, ratios[:, column], np.inf).argmin())]


class OneForAll(Exercise):
    """Open-ended: one cell that is nearly the fastest in three runtimes at once."""

    TITLE = "One cell for all (open-ended)"
    QUESTION = (
        "You may ship one cell for three runtimes: `eager`, `onnxruntime` and `int8`. Take the cells of "
        "`load_runtimes(batch=1)`, and of these the best {percent} % on {dataset}, by the accuracy of search seed 0 "
        "(`np.quantile`). In each runtime, divide a cell's `milliseconds` by the least among these; what counts is the "
        "worst of the three ratios. Give a cell whose worst ratio is at most {factor}: six numbers, or its string."
    )
    STUB = "cell = ..."
    HINTS = (
        "`stored.milliseconds[runtime]` is in the order of `stored.genotypes`; look their accuracy up in the table.",
        "Three ratios a cell, their maximum, then the smallest of these among the accurate.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "percent": 60, "factor": 1.45}
    OFFICIAL = staticmethod(one_for_all)
    MISTAKES: ClassVar = {
        "the most accurate cell": Mistake(
            lambda dataset, **limits: _measured(dataset)[0][int(_measured(dataset)[1].argmax())],
            r"the worst is above [\d.]+\.$",
        ),
        "the fastest cell, however accurate": Mistake(
            lambda dataset, **limits: _first_by(dataset, 100, 1), "have at least"
        ),
        "the fastest of the accurate in one runtime": Mistake(
            lambda dataset, percent, factor: _first_by(dataset, percent, 0), "look at the other runtimes"
        ),
    }
    FEW_ANSWERS = "Few cells are nearly the fastest in three runtimes, and many questions share the best of them."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "percent": int(rng.integers(55, 66))}

    def judge(self, answer: Any) -> str:
        dataset, percent, factor = (self.given[name] for name in ("dataset", "percent", "factor"))
        genotypes, accuracy, _ = _measured(dataset)
        cell = read_cell(answer)
        if cell not in genotypes:
            raise Wrong(f"{cell} is not one of the {len(genotypes)} measured cells.")
        row = genotypes.index(cell)
        allowed, ratios = _ratios(dataset, percent)
        if not allowed[row]:
            least = accuracy[allowed].min()
            raise Wrong(f"It has {accuracy[row]:.2f} %; the best {percent} % have at least {least:.2f} %.")
        worst = np.where(allowed, ratios.max(axis=1), np.inf)
        told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in zip(LONG_NAMES.values(), ratios[row]))
        if worst[row] > factor:
            one = [name for name, ratio in zip(LONG_NAMES.values(), ratios[row]) if ratio < 1 + 1e-9]
            alone = f" It is the fastest in {one[0]}; look at the other runtimes." if one else ""
            raise Wrong(f"Its ratios are {told}: the worst is above {factor:g}.{alone}")
        return f"Its ratios are {told}; {(worst <= factor).sum()} cells pass, and the best has {worst.min():.2f}."


exercises = ExerciseSet(
    "hardware_aware",
    "14 Hardware-aware search",
    [Exponent, LatencyGradient, SoftAndHard, WithAndWithout, OneForAll],
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
