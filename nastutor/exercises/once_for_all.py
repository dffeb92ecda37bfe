"""Exercises of lesson 15: the size of the paper's space, a kernel in a kernel, batch norm, the sandwich, break-even."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from nastutor.exercises.answers import Wrong, compare, describe, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.oneshot.specialization import break_even
from nastutor.spaces import ElasticSpace, Genotype
from nastutor.studies.once_for_all import METHODS, SEEDS, OnceForAllStudy, load_once_for_all

SPACE = ElasticSpace.small()
OTHER_SPACE = SPACE.restricted(depths=1, widths=2, kernels=1)


def count_architectures(units: int, depths: Sequence[int], kernels: int, widths: int) -> int:
    """A block has kernels · widths forms; a unit of d blocks that to the power d; depths add up, units multiply."""
    block = kernels * widths
    return sum(block**depth for depth in depths) ** units


class PaperSize(Exercise):
    """How many sub-networks the paper's network has."""

    TITLE = "The number in the paper"
    QUESTION = (
        "The network of the paper has {units} units. Each may have {depths} blocks, and each block one of {kernels} "
        "kernel sizes and one of {widths} widths. How many sub-networks are there, exactly?"
    )
    STUB = "count = ..."
    HINTS = (
        "First one block, then a unit of two blocks. What changes when the unit may have two blocks *or* three?",
        "With b forms of a block, a unit has b² + b³ + b⁴ forms, and the units are chosen independently.",
    )
    GIVEN: ClassVar = {"units": 5, "depths": (2, 3, 4), "kernels": 3, "widths": 3}
    OFFICIAL = staticmethod(count_architectures)
    MISTAKES: ClassVar = {
        "one unit": Mistake(lambda units, **unit: count_architectures(1, **unit), "That is one unit"),
        "units added up": Mistake(
            lambda units, **unit: units * count_architectures(1, **unit), "independent choices multiply"
        ),
        "the deepest networks alone": Mistake(
            lambda depths, **others: count_architectures(depths=depths[-1:], **others), "the deepest networks alone"
        ),
        "a unit with all its depths at once": Mistake(
            lambda depths, **others: count_architectures(depths=(sum(depths),), **others), "one depth .or. another"
        ),
        "kernels and widths added": Mistake(
            lambda kernels, widths, **others: count_architectures(kernels=kernels + widths, widths=1, **others),
            "these multiply",
        ),
        "rounded": Mistake(lambda **given: float(f"{count_architectures(**given):.1e}"), "it looks rounded"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        first = int(rng.integers(1, 4))
        return {
            "units": int(rng.integers(3, 7)),
            "depths": tuple(range(first, first + int(rng.integers(2, 4)))),
            "kernels": int(rng.integers(2, 5)),
            "widths": int(rng.integers(2, 5)),
        }

    def judge(self, answer: Any) -> str:
        units, depths = self.given["units"], self.given["depths"]
        kernels, widths = self.given["kernels"], self.given["widths"]
        truth, block = count_architectures(**self.given), kernels * widths
        mistakes = [
            (sum(block**depth for depth in depths), "That is one unit; there are several, chosen independently."),
            (units * sum(block**depth for depth in depths), "You add the units up; independent choices multiply."),
            (block ** (max(depths) * units), "That is the deepest networks alone; shallower ones count too."),
            (math.prod(block**depth for depth in depths) ** units, "A unit has one depth *or* another: add them."),
            (sum((kernels + widths) ** depth for depth in depths) ** units, "Kernel *and* width: these multiply."),
            (len(depths) ** units * block**units, "A unit of d blocks has d kernels and d widths to choose."),
        ]
        value = number(answer)
        is_exact = int(answer) == truth if isinstance(answer, Integral) else value == float(truth)
        if not is_exact and math.isclose(value, truth, rel_tol=0.1) and value > 100:
            raise Wrong(f"{value:.4g} is close: it looks rounded. The exact number is asked for.")
        if not is_exact:
            compare(answer, truth, 0, mistakes)
        return f"{truth:,}, about {truth:.0e}."


def small_kernel(weight: np.ndarray, c_out: int, c_in: int, size: int) -> np.ndarray:
    """Take the first channels, and cut a border of equal width off all sides."""
    border = (weight.shape[-1] - size) // 2
    return weight[:c_out, :c_in, border : weight.shape[-1] - border, border : weight.shape[-1] - border]


def convolve(image: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Convolve (C_in, H, W) with (C_out, C_in, k, k), zero padding so that the size stays: (C_out, H, W)."""
    size, (height, width) = weight.shape[-1], image.shape[1:]
    padded = np.pad(image, ((0, 0), (size // 2,) * 2, (size // 2,) * 2))
    return sum(
        np.einsum("oc,chw->ohw", weight[:, :, i, j], padded[:, i : i + height, j : j + width])
        for i in range(size)
        for j in range(size)
    )


class SmallKernel(Exercise):
    """Slice a small kernel out of a large one."""

    TITLE = "A kernel in a kernel"
    QUESTION = (
        "Write `small_kernel(weight, c_out, c_in, size)`: from a kernel of shape (C_out, C_in, K, K) the first `c_out` "
        "and `c_in` channels, and of these the centre of `size` × `size`. The check convolves images with your kernel, "
        "and with the large one in which everything outside your kernel's place is zero: the two must agree to 1e-12. "
        "It begins with a {size}×{size} in a {large}×{large}."
    )
    STUB = "def small_kernel(weight, c_out, c_in, size):\n    ..."
    HINTS = (
        "The centre leaves a border of (K − size)/2 on every side.",
        "`weight[:c_out, :c_in, b:K - b, b:K - b]` with K = `weight.shape[-1]`.",
    )
    GIVEN: ClassVar = {"size": 3, "large": 5}
    OFFICIAL = staticmethod(small_kernel)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the corner": Mistake(
            lambda **given: lambda weight, c_out, c_in, size: weight[:c_out, :c_in, :size, :size], "That is the corner"
        ),
        "the last channels": Mistake(
            lambda **given: lambda weight, c_out, c_in, size: small_kernel(weight[-c_out:, -c_in:], c_out, c_in, size),
            "These are the last channels",
        ),
        "all channels": Mistake(
            lambda **given: lambda weight, c_out, c_in, size: small_kernel(weight, len(weight), weight.shape[1], size),
            "All channels are still there",
        ),
        "all channels that come in": Mistake(
            lambda **given: lambda weight, c_out, c_in, size: small_kernel(weight, c_out, weight.shape[1], size),
            "All channels that come in are still there",
        ),
        "zeros around": Mistake(
            lambda **given: (
                lambda weight, c_out, c_in, size: np.pad(
                    small_kernel(weight, c_out, c_in, size),
                    ((0, 0), (0, 0), *[((weight.shape[-1] - size) // 2,) * 2] * 2),
                )
            ),
            "with zeros around",
        ),
    }
    FEW_ANSWERS = "A kernel of 1, 3 or 5 in one that is two or four larger: there are six questions."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        size = int(rng.choice([1, 3, 5]))
        return {"size": size, "large": size + 2 * int(rng.integers(1, 3))}

    def judge(self, answer: Any) -> str:
        function, rng = Called(answer), np.random.default_rng(0)
        largest = 0.0
        for large, size in [(self.given["large"], self.given["size"]), (5, 3), (7, 3), (7, 5), (5, 1), (3, 3)]:
            weight = rng.normal(size=(4, 5, large, large))
            truth = small_kernel(weight, 2, 3, size)
            found = function(weight.copy(), 2, 3, size)
            if not isinstance(found, np.ndarray):
                raise Wrong(f"Return an array: got {describe(found)}.")
            if found.shape != truth.shape:
                raise Wrong(self._shape(found, weight, size))
            image, border = rng.normal(size=(3, 6, 6)), (large - size) // 2
            bordered = np.pad(found, ((0, 0), (0, 0), (border,) * 2, (border,) * 2))
            largest = max(largest, float(np.abs(convolve(image, found) - convolve(image, bordered)).max()))
            if not np.array_equal(found, truth):
                raise Wrong(self._mistake(found, weight, size))
        return f"All six agree with the bordered kernel; the largest difference is below {max(largest, 1e-15):.0e}."

    @staticmethod
    def _shape(found: np.ndarray, weight: np.ndarray, size: int) -> str:
        large = weight.shape[-1]
        if found.shape == (2, 3, large, large):
            return (
                f"You return {large}×{large}: with zeros around, it computes the same, but a small kernel is wanted, "
                "which computes less."
            )
        if found.shape[:2] == weight.shape[:2]:
            return "All channels are still there: the first `c_out` and `c_in` are asked for."
        if found.shape[:2] == (2, weight.shape[1]):
            return (
                "All channels that come in are still there: the second axis is theirs, the first `c_in` are asked for."
            )
        return f"The shape is {found.shape}; for c_out 2, c_in 3, size {size} it is {(2, 3, size, size)}."

    @staticmethod
    def _mistake(found: np.ndarray, weight: np.ndarray, size: int) -> str:
        border = (weight.shape[-1] - size) // 2
        centre = slice(border, border + size)
        mistakes = [
            (weight[:2, :3, :size, :size], "That is the corner; the kernel then looks to one side. Take the centre."),
            (weight[-2:, -3:, centre, centre], "These are the last channels; the first are the important ones."),
            (weight[:2, :3, :: max(1, border), :: max(1, border)], "You leave rows out: that is a dilated kernel."),
        ]
        for mistaken, message in mistakes:
            if mistaken.shape == found.shape and np.array_equal(found, mistaken):
                return message
        return "The values are not those of the centre of the first channels."


@cache
def _study() -> OnceForAllStudy:
    return load_once_for_all()


def recalibration_gain(method: str, seed: int) -> float:
    """Average the differences over the sample."""
    measured = load_once_for_all().shared[method]
    return float(np.mean(measured.val_accuracy[seed] - measured.before[seed]))


def _before(method: str, seed: int) -> np.ndarray:
    return _study().shared[method].before[seed]


class Recalibration(Exercise):
    """What batch norm costs before it is measured anew."""

    TITLE = "Batch norm before and after"
    QUESTION = (
        "`load_once_for_all().shared[{method!r}]` has, for seed {seed}, the validation accuracies of 50 sub-networks "
        "with the running statistics that training left (`before`) and with recalibrated ones (`val_accuracy`). How "
        "many points does recalibration bring, on average over the 50?"
    )
    STUB = "points = ..."
    HINTS = (
        "Rows are seeds, columns sub-networks.",
        "After minus before, then the mean.",
    )
    GIVEN: ClassVar = {"method": "sandwich", "seed": 0}
    OFFICIAL = staticmethod(recalibration_gain)
    MISTAKES: ClassVar = {
        "before minus after": Mistake(lambda **given: -recalibration_gain(**given), "The sign"),
        "the median": Mistake(
            lambda method, seed: float(np.median(_study().shared[method].val_accuracy[seed] - _before(method, seed))),
            "That is the median",
        ),
        "the accuracy afterwards": Mistake(
            lambda method, seed: float(_study().shared[method].val_accuracy[seed].mean()), "accuracy afterwards"
        ),
        "a ratio": Mistake(
            lambda method, seed: 100 * recalibration_gain(method, seed) / float(_before(method, seed).mean()),
            "not a ratio",
        ),
    }
    FEW_ANSWERS = "As many answers as there are stored runs: methods times seeds."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"method": str(rng.choice(METHODS)), "seed": int(rng.choice(SEEDS))}

    def judge(self, answer: Any) -> str:
        measured = _study().shared[self.given["method"]]
        seed = self.given["seed"]
        gains = measured.val_accuracy[seed] - measured.before[seed]
        truth = float(gains.mean())
        mistakes = [
            (-truth, "The sign: after minus before."),
            (float(np.median(gains)), "That is the median; the mean is asked for."),
            (float((measured.val_accuracy - measured.before).mean()), "That is the mean over all seeds."),
            (float(gains[1]), "That is the largest sub-network alone."),
            (float(gains[0]), "That is the smallest sub-network alone."),
            (float(gains.max()), "That is the largest gain; the mean is asked for."),
            (float(measured.val_accuracy[seed].mean()), "That is the accuracy afterwards, not the difference."),
            (100 * truth / float(measured.before[seed].mean()), "Points are differences of percentages, not a ratio."),
        ]
        compare(answer, truth, 0.05, mistakes)
        order = np.argsort(gains, kind="stable")
        return (
            f"{truth:.1f} points on average, between {gains[order[0]]:.1f} and {gains[order[-1]]:.1f}; the largest "
            f"sub-network gains {gains[1]:.1f}."
        )


def draw_sandwich(space: ElasticSpace, rng: np.random.Generator, count: int) -> list[Genotype]:
    """The two ends always, what is between them at random."""
    return [space.largest, space.smallest, *(space.sample(rng) for _ in range(count))]


class Sandwich(Exercise):
    """Write the sampler of the sandwich rule."""

    TITLE = "The sandwich"
    QUESTION = (
        "Write `draw_sandwich(space, rng, count)`: the list of sub-networks of one step, with the largest first, then "
        "the smallest, then `count` random ones. The check tries the lesson's space and {count} random ones a step."
    )
    STUB = "def draw_sandwich(space, rng, count):\n    ..."
    HINTS = (
        "`space.largest` and `space.smallest` are genotypes; `space.sample(rng)` draws one.",
        "A list of two, then `count` draws, each a fresh one.",
    )
    GIVEN: ClassVar = {"count": 2}
    OFFICIAL = staticmethod(draw_sandwich)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the smallest first": Mistake(
            lambda count: (
                lambda space, rng, count: [
                    space.smallest,
                    space.largest,
                    *draw_sandwich(space, rng, count)[2:],
                ]
            ),
            "in another order",
        ),
        "the ends counted among the random ones": Mistake(
            lambda count: lambda space, rng, count: draw_sandwich(space, rng, max(count - 2, 0))[:count],
            "A step has",
        ),
        "a generator of its own, fresh each time": Mistake(
            lambda count: lambda space, rng, count: draw_sandwich(space, np.random.default_rng(0), count),
            "the same in every step",
        ),
        "a generator of its own, without a seed": Mistake(
            lambda count: lambda space, rng, count: draw_sandwich(space, np.random.default_rng(), count),
            "Equal generators give different",
        ),
        "the count of the question": Mistake(
            lambda count: lambda space, rng, _: draw_sandwich(space, rng, count), "does it follow `count`"
        ),
        "the space of the lesson": Mistake(
            lambda count: lambda space, rng, count: draw_sandwich(SPACE, rng, count), "does it take the `space`"
        ),
        "numbers for all variables, active or not": Mistake(
            lambda count: (
                lambda space, rng, count: [
                    *draw_sandwich(space, rng, 0),
                    *(tuple(rng.integers([len(v.choices) for v in space.variables]).tolist()) for _ in range(count)),
                ]
            ),
            "not zero where it is inactive",
        ),
        "only ends": Mistake(
            lambda count: (
                lambda space, rng, count: [
                    *draw_sandwich(space, rng, 0),
                    *((space.largest, space.smallest)[int(rng.integers(2))] for _ in range(count)),
                ]
            ),
            "are only the two ends",
        ),
    }
    FEW_ANSWERS = "The number of random sub-networks is all that a variant changes, from one to eight."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"count": int(rng.integers(1, 9))}

    def judge(self, answer: Any) -> str:
        function, count, rng = Called(answer), self.given["count"], np.random.default_rng(0)
        drawn: list[Genotype] = []
        for _ in range(400):
            found = sequence(function(SPACE, rng, count), None, "a list of genotypes")
            if len(found) != count + 2:
                raise Wrong(f"A step has {count + 2} sub-networks for count = {count}: got {len(found)}.")
            try:
                step = [SPACE.validate(item) for item in found]
            except ValueError as error:
                raise Wrong(f"{describe(found)} has something that is no genotype: {error}") from None
            if step[0] != SPACE.largest or step[1] != SPACE.smallest:
                ends = {SPACE.largest, SPACE.smallest}
                order = " The two ends are there, in another order." if ends <= set(step) else ""
                raise Wrong(f"The largest comes first, because the others learn from it; then the smallest.{order}")
            if any(SPACE.canonical(genotype) != genotype for genotype in step):
                raise Wrong("A drawn genotype is not zero where it is inactive: let the space sample it.")
            drawn.extend(step[2:])
        self._check_randomness(drawn, count)
        twins = [sequence(function(SPACE, np.random.default_rng(1), count), None, "a list") for _ in range(2)]
        if [tuple(item) for item in twins[0]] != [tuple(item) for item in twins[1]]:
            raise Wrong("Equal generators give different sub-networks: draw everything from the `rng` that is given.")
        if len(sequence(function(SPACE, rng, count + 3), None, "a list")) != count + 5:
            raise Wrong(f"Right for count = {count}, but not for {count + 3}: does it follow `count`?")
        others = sequence(function(OTHER_SPACE, rng, count), None, "a list")
        if [tuple(item) for item in others[:2]] != [OTHER_SPACE.largest, OTHER_SPACE.smallest]:
            raise Wrong("Right for the lesson's space, but not for another: does it take the `space` that is given?")
        return f"400 steps: {len(set(drawn)):,} different random sub-networks, besides the two ends of each step."

    @staticmethod
    def _check_randomness(drawn: list[Genotype], count: int) -> None:
        steps = [drawn[i : i + count] for i in range(0, len(drawn), count)]
        if set(drawn) == {SPACE.largest, SPACE.smallest}:
            raise Wrong("The random ones are only the two ends again: let the space sample what is between them.")
        if len(set(drawn)) == 1 or len(set(map(tuple, steps))) < 10:
            raise Wrong("The random ones are the same in every step: draw from the `rng` that is given.")
        if count > 1 and all(len(set(step)) == 1 for step in steps):
            raise Wrong("Within a step the random ones are all the same: draw each by itself.")
        for position, variable in enumerate(SPACE.variables):
            if not variable.when:
                shares = np.bincount([genotype[position] for genotype in drawn], minlength=len(variable.choices))
                expected = len(drawn) / len(variable.choices)
                if ((shares - expected) ** 2 / expected).sum() > 25:
                    raise Wrong(f"{variable.name} is not drawn uniformly: its choices come {shares.tolist()} times.")


def plan_that_breaks_even(train: float, evaluation: float, alone: float, devices: int) -> tuple[int, int]:
    """Try numbers of candidates until, with 100 evaluations a device, the break-even point is the one asked for."""
    for evaluations in range(100, 0, -1):
        for candidates in range(1, 1000):
            if break_even((train, evaluations * evaluation), (0, candidates * alone)) == devices:
                return candidates, evaluations
    raise ValueError("no such plan")


class BreakEven(Exercise):
    """Open-ended: what makes once-for-all pay."""

    TITLE = "Break-even (open-ended)"
    QUESTION = (
        "Training the elastic network costs {train} s once, and an evaluation of a search on its weights {evaluation} "
        "s. Without it, each device gets its own search, which trains candidates for {alone} s each. Find a plan for "
        "each device, `(candidates, evaluations)`, with which once-for-all is cheaper from exactly {devices} devices "
        "on. There are many; which one would you trust?"
    )
    STUB = "plan = ..."
    HINTS = (
        "With N devices: training once plus N searches on weights, against N searches that train; write both as costs.",
        "Fix the evaluations, say 100, and look for the number of candidates; fewer candidates move the point up.",
    )
    GIVEN: ClassVar = {"train": 52.0, "evaluation": 0.025, "alone": 2.8, "devices": 3}
    OFFICIAL = staticmethod(plan_that_breaks_even)
    MISTAKES: ClassVar = {
        "one device late": Mistake(
            lambda devices, **costs: plan_that_breaks_even(devices=devices + 1, **costs), "With this plan it pays from"
        ),
        "evaluations that cost more than trainings": Mistake(
            lambda alone, evaluation, **others: (1, math.ceil(alone / evaluation) + 1), "never pays"
        ),
        "half a candidate": Mistake(
            lambda train, alone, devices, **others: (train / alone / devices + 0.05, 100), "must be a whole number"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"devices": int(rng.integers(2, 6)), "train": float(rng.choice([40.0, 60.0, 80.0, 100.0, 120.0]))}

    def judge(self, answer: Any) -> str:
        items = sequence(answer, 2, "a pair (candidates, evaluations)")
        candidates, evaluations = (number(item) for item in items)
        for name, value in [("candidates", candidates), ("evaluations", evaluations)]:
            if value != int(value) or value < 1:
                raise Wrong(f"{name} must be a whole number of at least 1: got {value:g}.")
        train, evaluation, alone = (self.given[name] for name in ("train", "evaluation", "alone"))
        found = break_even((train, evaluations * evaluation), (0, candidates * alone))
        costs = (
            f"{candidates * alone:g} s a device without, {train:g} s and {evaluations * evaluation:g} s a device with"
        )
        if math.isinf(found):
            raise Wrong(f"With this plan once-for-all never pays: {costs}.")
        if found != self.given["devices"]:
            raise Wrong(f"With this plan it pays from {found} devices on, not {self.given['devices']}: {costs}.")
        return f"It pays from {found} devices on: {costs}. Whether both searches find equally good networks is open."


exercises = ExerciseSet("once_for_all", "15 Once for all", [PaperSize, SmallKernel, Recalibration, Sandwich, BreakEven])
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
