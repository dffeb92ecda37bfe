"""Exercises of lesson 11: the temperature of a sampler, a stopping rule, which cure survives, seconds well spent."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import Wrong, compare, describe, sequence, whole_number
from nastutor.exercises.called import Called, explain_values
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.spaces.cell import COMPANIONS
from nastutor.statistics import Band, expected_best_of, student_band, student_difference_band
from nastutor.studies.collapse import load_collapse_study
from nastutor.studies.oneshot import load_oneshot_study

UNCURED = "DARTS, eight cells"
CURED = ("weight decay", "partial channels", "dropped skips", "GDAS")
NOTHING = "nothing"
"""Answers the third exercise where no cure survives."""


def temperature(alpha: tuple[float, ...], noise: tuple[float, ...], share: float) -> float:
    """Solve for τ: the weight of the operation drawn falls from 1 to 1/5 as τ grows."""
    from scipy.optimize import brentq

    total = np.array(alpha) + np.array(noise)  # the softmax of α instead would differ by a constant
    rest = total - total.max()  # of the operation drawn: 0

    def weight(tau: float) -> float:
        return 1 / np.exp(rest / tau).sum()

    if weight(1e-3) < share:  # two are level: no temperature tells them apart
        return math.nan
    return float(brentq(lambda tau: weight(tau) - share, 1e-3, 1e3))


class Temperature(Exercise):
    """The temperature at which a Gumbel-softmax is nearly one-hot."""

    TITLE = "Hot and cold"
    QUESTION = (
        "GDAS draws the operation of an edge by adding Gumbel noise to log softmax(α) and taking the largest. The "
        "gradient comes from softmax((log softmax(α) + noise)/τ). For α = {alpha} and the noise {noise}, which "
        "temperature τ gives the operation drawn a weight of {share}? Answer with a number, to 1 %."
    )
    STUB = "tau = ..."
    HINTS = (
        "Subtract the largest of α + noise from all five: then the weight of the operation drawn is "
        "1 / Σ exp(difference / τ). (log softmax(α) is α minus a constant, which drops out.)",
        "It falls as τ grows, so `scipy.optimize.brentq` finds where it crosses, or twenty halvings of an interval do.",
    )
    GIVEN: ClassVar = {"alpha": (0.6, 0.1, -0.4, 0.5, -0.8), "noise": (-0.3, 0.4, 0.2, 0.9, 1.4), "share": 0.9}
    OFFICIAL = staticmethod(temperature)
    MISTAKES: ClassVar = {
        "upside down": Mistake(lambda **given: 1 / temperature(**given), "That is 1/τ"),
        "without the noise": Mistake(
            lambda alpha, noise, share: temperature(alpha, (0.0,) * 5, share), "without the noise"
        ),
        "the noise subtracted": Mistake(
            lambda alpha, noise, share: temperature(alpha, tuple(-value for value in noise), share), "not subtracted"
        ),
        "the noise alone": Mistake(
            lambda alpha, noise, share: temperature((0.0,) * 5, noise, share), "the noise alone"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            alpha, noise = rng.normal(0, 0.6, 5).round(1) + 0.0, rng.gumbel(size=5).round(1) + 0.0  # no −0.0
            first, second = np.sort(alpha + noise)[[-1, -2]]
            if first - second > 0.25 and (alpha + noise).argmax() != alpha.argmax():
                share = float(rng.choice([0.6, 0.7, 0.8, 0.9]))
                return {"alpha": tuple(alpha.tolist()), "noise": tuple(noise.tolist()), "share": share}

    def judge(self, answer: Any) -> str:
        alpha, noise, share = (self.given[name] for name in ("alpha", "noise", "share"))
        truth = temperature(alpha, noise, share)
        silent, opposite = (0.0,) * 5, tuple(-value for value in noise)
        mistakes = [
            (1 / truth, "That is 1/τ: the sum is divided by τ."),
            (temperature(alpha, silent, share), "That is without the noise: the draw is made with it."),
            (temperature(alpha, opposite, share), "The noise is added, not subtracted."),
            (temperature(silent, noise, share), "That is the noise alone: α belongs to the sum."),
            (float(np.log(truth)), "That is the logarithm of τ."),
        ]
        compare(
            answer, truth, 0.01 * truth, [item for item in mistakes if abs(item[0] - truth) > 0.02 * truth],
            low="A colder softmax is sharper.", high="A hotter softmax is flatter.",
        )  # fmt: skip
        total = np.array(alpha) + np.array(noise)
        weights = [1 / np.exp((total - total.max()) / tau).sum() for tau in (10.0, 0.1)]
        return (
            f"τ = {truth:.3g}. GDAS begins at τ = 10, where the operation drawn has a weight of {weights[0]:.2f} "
            f"(all five nearly alike), and ends at 0.1, where it has {weights[1]:.2f}. What is drawn does not depend "
            "on τ."
        )


def stop_by_curvature(eigenvalues: np.ndarray, window: int, ratio: float) -> int:
    """Compare the mean of the last epochs with the mean of those just before."""
    for now in range(2 * window, len(eigenvalues) + 1):  # epochs so far
        recent, before = eigenvalues[now - window : now].mean(), eigenvalues[now - 2 * window : now - window].mean()
        if before / recent < ratio:
            return now - window
    return len(eigenvalues)


class Curvature(Exercise):
    """Write the stopping rule of RobustDARTS."""

    TITLE = "Stop by the curvature"
    QUESTION = (
        "Write the rule of RobustDARTS, `stop(eigenvalues, window, ratio)`. `eigenvalues` is an array (epochs,) of the "
        "whole run, the largest eigenvalue after each epoch. Let λ̄(i) be the mean of the `window` epochs that end with "
        "epoch i. Find the first epoch i, counted from 1, with λ̄(i − window) / λ̄(i) < `ratio`, where both means have "
        "all their epochs. The answer is the cell of epoch i − window: return that number. If there is no such i, "
        "return the last epoch. The check uses window = {window} and ratio = {ratio} on every stored run and on random "
        "numbers (seed {seed}), then says how good the cells are."
    )
    STUB = "def stop(eigenvalues, window, ratio):\n    ..."
    HINTS = (
        "i begins at 2 · window: only then λ̄(i − window) has all its epochs.",
        "With `now` epochs behind you, the two slices are `[now - window:now]` and `[now - 2*window:now - window]`.",
    )
    GIVEN: ClassVar = {"window": 5, "ratio": 0.75, "seed": 0}
    OFFICIAL = staticmethod(stop_by_curvature)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "epochs from 0": Mistake(
            lambda **given: lambda *values: stop_by_curvature(*values) - 1, "Epochs are counted from 1"
        ),
        "the epoch at which the rule fires": Mistake(
            lambda **given: partial(_stop_by, answer=0), "go back by `window`"
        ),
        "single epochs": Mistake(lambda **given: partial(_stop_by, single=True), "compares single epochs"),
        "the fraction upside down": Mistake(lambda **given: partial(_stop_by, inverted=True), "is upside down"),
        "the last epoch is not asked": Mistake(lambda **given: partial(_stop_by, unseen=1), "at the last epoch too"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        ratio = float(rng.choice([0.6, 0.7, 0.75, 0.8, 0.85]))
        return {"window": int(rng.integers(3, 7)), "ratio": ratio, "seed": int(rng.integers(1, 1000))}

    def judge(self, answer: Any) -> str:
        function, window, ratio = Called(answer), self.given["window"], self.given["ratio"]
        study, method = load_oneshot_study(), "DARTS, eigenvalues"
        rng = np.random.default_rng(self.given["seed"])
        runs = study(method, "eigenvalues").astype(float)
        made_up = [np.exp(rng.normal(0, 0.4, size=30).cumsum() * 0.3) for _ in range(6)]
        at_the_end = [np.append(np.ones(now - 1), 10.0) for now in (2 * window, 2 * window + 3)]  # i is the last epoch
        inputs = [np.ones(2 * window), np.arange(1.0, 2 * window), *at_the_end, *made_up, *runs]
        values = [whole_number(function(given.copy(), window, ratio), "What your function returns") for given in inputs]
        explain_values(values, inputs, _STOPS, window, ratio)
        stops = np.array([stop_by_curvature(values, window, ratio) for values in runs])
        accuracy = study.test_accuracy(study(method, "genotypes"))
        at_stop = accuracy[np.arange(len(runs)), stops - 1]
        when = ", ".join(map(str, stops))
        return (
            f"The cells of epochs {when}: {student_band(at_stop)} %, better cells "
            f"{study.share_better(at_stop).mean():.1%}; those of the end {student_band(accuracy[:, -1])} %, "
            f"{study.share_better(accuracy[:, -1]).mean():.1%}."
        )


def _stop_by(
    eigenvalues: np.ndarray,
    window: int,
    ratio: float,
    answer: int = 1,
    single: bool = False,
    inverted: bool = False,
    unseen: int = 0,
) -> int:
    """Write the rule with something else: which epoch to answer, what to compare, how to divide, where to end."""
    for now in range(2 * window, len(eigenvalues) + 1 - unseen):
        width = 1 if single else window
        recent, before = eigenvalues[now - width : now].mean(), eigenvalues[now - window - width : now - window].mean()
        if (recent / before if inverted else before / recent) < ratio:
            return now - window * answer
    return len(eigenvalues)


_STOPS: Sequence[tuple[Callable[..., int], str]] = [
    (stop_by_curvature, ""),
    (lambda values, *rest: stop_by_curvature(values, *rest) - 1, "Epochs are counted from 1."),
    (partial(_stop_by, answer=0), "That is the epoch i at which the rule fires; go back by `window`."),
    (partial(_stop_by, answer=2), "Go back by `window`, not by twice as much."),
    (partial(_stop_by, single=True), "That compares single epochs: take means over `window`."),
    (partial(_stop_by, inverted=True), "The fraction is upside down: the earlier mean by the later."),
    (partial(_stop_by, unseen=1), "The rule may fire at the last epoch too."),
    (
        lambda values, *rest: stop_by_curvature(values, *rest) % len(values),
        "If the rule never fires, return the last epoch.",
    ),
]


def gains(level: int, with_none: bool) -> dict[str, Band]:
    """Return, for each cure, how much better its cells are than those of the search without a cure, in points."""
    study, plain = load_collapse_study(), load_oneshot_study()
    baseline = plain.test_accuracy(plain.derived(UNCURED, with_none)[:, -1])
    return {
        cure: student_difference_band(
            study.test_accuracy(study.derived(cure, with_none)[:, -1]), baseline, level=level / 100
        )
        for cure in CURED
    }


def surviving(level: int, with_none: bool) -> list[str]:
    """Keep those whose interval lies above zero."""
    return [cure for cure, band in gains(level, with_none).items() if band.low > 0] or [NOTHING]


class Survivors(Exercise):
    """Which cure survives a fair test."""

    TITLE = "Which cure survives?"
    QUESTION = (
        "Take the cells derived after the last epoch, `study.derived(method, with_none={with_none})[:, -1]`, and their "
        "true accuracy (`study.test_accuracy`): without cure `DARTS, eight cells` of `load_oneshot_study()`, with "
        + "one of "
        + ", ".join(f"`{name}`" for name in CURED)
        + " of `load_collapse_study()`. They were run on different days, so compare them unpaired: the {level} % "
        "interval of `student_difference_band`. Answer with a list of the cures whose interval lies above zero, or "
        '`["nothing"]`.'
    )
    STUB = "names = ..."
    HINTS = (
        "`student_difference_band(with_cure, without, level={level} / 100)` of `nastutor.statistics`, both of them "
        "arrays of one number a run.",
        "`band.low > 0` is what survives.",
    )
    GIVEN: ClassVar = {"level": 95, "with_none": False}
    OFFICIAL = staticmethod(surviving)
    MISTAKES: ClassVar = {
        "by the mean alone": Mistake(
            lambda **given: [cure for cure, band in gains(**given).items() if band.mean > 0],
            "whose interval does not lie above zero",
            shares="the check tells how many are too many, not by which rule they came in",
        ),
        "all of them": Mistake(
            lambda **given: list(CURED),
            "whose interval does not lie above zero",
            shares="as with those whose mean is above zero",
        ),
        "a name that the study does not have": Mistake(lambda **given: ["PC-DARTS"], "The names are"),
    }
    FEW_ANSWERS = "Few sets of cures survive, whatever the level and the operations that may be derived."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"level": int(rng.integers(80, 100)), "with_none": bool(rng.integers(2))}

    def judge(self, answer: Any) -> str:
        names = sequence(answer, None, "a list of names")
        unknown = [name for name in names if not isinstance(name, str) or name not in (*CURED, NOTHING)]
        if unknown:
            raise Wrong(f"The names are {', '.join(CURED)}, or {NOTHING!r}: got {describe(unknown[0])}.")
        if not names or (NOTHING in names and len(set(names)) > 1):
            raise Wrong(f"Name the cures that survive, or {[NOTHING]} alone.")
        bands = gains(**self.given)
        missed = [name for name in CURED if bands[name].low > 0 and name not in names]
        added = [name for name in CURED if bands[name].low <= 0 and name in names]
        faults = [f"you leave out {len(missed)} whose interval lies above zero"] if missed else []
        faults += [f"you name {len(added)} whose interval does not lie above zero"] if added else []
        if faults:
            raise Wrong(f"{' and '.join(faults).capitalize()}. Compare unpaired, by Student's t.")
        said = ", ".join(f"{name} {band}" for name, band in bands.items())
        return f"Points above the search without a cure, {self.given['level']} % intervals: {said}."


BOUGHT = ("weight decay", "partial channels", "dropped skips", "GDAS", "stop by curvature", "two cells, first order")
"""What the plan of the last exercise may buy: runs of `nastutor.studies.collapse`."""


def price(plan: Mapping[str, int]) -> float:
    """Return what a plan costs, in trainings from scratch: its runs, and the training of what each answers."""
    study = load_collapse_study()
    one = study("training from scratch", "seconds").mean()
    return float(sum(count * (study(name, "seconds").sum(axis=1).mean() / one + 1) for name, count in plan.items()))


def found_by(plan: Mapping[str, int]) -> float:
    """Return the test accuracy of the best answer of a plan, percent: the mean over the ways to choose its runs."""
    study = load_collapse_study()
    ways = [itertools.combinations(study(name, "genotype").tolist(), count) for name, count in plan.items()]
    kept = [study.best_of(np.array(sum(way, ())), sum(plan.values())) for way in itertools.product(*ways)]
    return float(np.mean(kept))


def found_by_random(trainings: int) -> float:
    """Return the test accuracy of what random search finds: chosen by the first seed's validation, expected value."""
    table = load_benchmark("glyphs")
    rows = {genotype: row for row, genotype in enumerate(table.genotypes)}
    each = [rows[table.space.canonical(genotype)] for genotype in table.space]
    seen, others = table.metrics["val_accuracy"][each, 0], table.metrics["test_accuracy"][each, 1:].mean(axis=1)
    return float(expected_best_of(trainings, seen, others))


def best_plan(trainings: int) -> dict[str, int]:
    """Try all plans of one method."""
    study = load_collapse_study()
    plans = [{name: count} for name in BOUGHT for count in range(1, len(study(name, "genotype")) + 1)]
    return max((plan for plan in plans if price(plan) <= trainings), key=found_by)


class Plan(Exercise):
    """Open-ended: runs of searches bought with the seconds of so many trainings."""

    TITLE = "Spend the seconds (open-ended)"
    QUESTION = (
        "You may spend the seconds of {trainings} trainings. Which runs of `load_collapse_study()` do you buy? Answer "
        "with a dictionary, from "
        + ", ".join(f"`{name}`" for name in BOUGHT)
        + " to how many runs. A run costs the mean of its seconds, in trainings, and one more: its answer is trained. "
        "Of the trained answers the one with the best validation accuracy is kept and tested. The check takes all ways "
        "to choose so many of the stored runs. On average your plan must find more than random search does with "
        "{trainings} trainings. How far above can you come, and is it more than the all-3×3 cell has, without search?"
    )
    STUB = "plan = ..."
    HINTS = (
        "`study(name, 'seconds').sum(axis=1).mean()` is the price of a run, and the mean of "
        "`study('training from scratch', 'seconds')` that of a training.",
        "Cheap runs can be bought more than once, and the best of several loses the bad ones.",
    )
    GIVEN: ClassVar = {"trainings": 150}
    OFFICIAL = staticmethod(best_plan)
    MISTAKES: ClassVar = {
        "all of them": Mistake(lambda trainings: dict.fromkeys(BOUGHT, 1), "more than you may spend"),
        "nothing": Mistake(lambda trainings: {"GDAS": 0}, "Buy at least one run"),
        "more than are stored": Mistake(lambda trainings: {"GDAS": 77}, "are stored"),
        "the name of a paper": Mistake(lambda trainings: {"PC-DARTS": 1}, "The names are"),
    }
    FEW_ANSWERS = "One method finds most, whatever may be spent; the budget decides how often."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"trainings": int(rng.integers(100, 200))}

    def judge(self, answer: Any) -> str:
        if not isinstance(answer, Mapping):
            raise Wrong(f"Give a dictionary from names to numbers of runs: got {describe(answer)}.")
        study, plan = load_collapse_study(), {}
        for name, count in answer.items():
            if not isinstance(name, str) or name not in BOUGHT:
                raise Wrong(f"The names are {', '.join(BOUGHT)}: got {describe(name)}.")
            runs = len(study(name, "genotype"))
            plan[name] = whole_number(count, f"The number of runs of {name}")
            if not 0 <= plan[name] <= runs:
                raise Wrong(f"{runs} runs of {name} are stored: got {describe(count)}.")
        if not sum(plan.values()):
            raise Wrong("Buy at least one run.")
        cost, limit = price(plan), self.given["trainings"]
        if cost > limit:
            raise Wrong(f"That costs {cost:.0f} trainings, more than you may spend, {limit}.")
        found, random = found_by(plan), found_by_random(limit)
        said = f"On average {found:.2f} %, for {cost:.0f} trainings; random search with {limit}: {random:.2f} %"
        if found <= random:
            raise Wrong(f"{said}. That is not above it.")
        all_3x3 = study.test_accuracy(np.array(COMPANIONS["all 3×3"]))
        return f"{said}; the all-3×3 cell: {all_3x3:.2f} %."


exercises = ExerciseSet("cures", "11 Curing DARTS", [Temperature, Curvature, Survivors, Plan])
q1, q2, q3, q4 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
