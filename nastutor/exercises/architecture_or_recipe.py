"""Exercises of lesson 18: sums of squares, a recipe that misleads, equal budgets, false steps, the range of a grid."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks.fcnet import TASKS, by_recipe
from nastutor.exercises.answers import Wrong, compare, describe, number, sequence
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.loop.search import search
from nastutor.searchers import Ratchet
from nastutor.spaces.fcnet import RECIPE
from nastutor.statistics import share_bands
from nastutor.studies.recipe_claims import METRIC, open_table
from nastutor.studies.recipes import load_recipes


def two_by_two(cells: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Return what rows, columns and interaction explain, in percent, of four cells without noise."""
    values = np.array(cells, dtype=float)
    mean = values.mean()
    rows = values.mean(axis=1, keepdims=True) - mean
    columns = values.mean(axis=0, keepdims=True) - mean
    rest = values - mean - rows - columns
    squares = [float((part**2 * np.ones((2, 2))).sum()) for part in (rows, columns, rest)]
    return (100 * squares[0] / sum(squares), 100 * squares[1] / sum(squares), 100 * squares[2] / sum(squares))


class TwoByTwo(Exercise):
    """Sums of squares of four numbers."""

    TITLE = "Sums of squares by hand"
    QUESTION = (
        "Two architectures (rows) with two recipes (columns) have the log errors {cells}, without noise. What percent "
        "of the variance do architecture, recipe and interaction explain? Answer with three numbers."
    )
    STUB = "percents = ..."
    HINTS = (
        "Take the mean of all four away; the mean of what is left in a row is that row's effect.",
        "What is left without both effects is the interaction: four numbers of one size. Square, add up, divide.",
    )
    GIVEN: ClassVar = {"cells": ((0, 2), (4, 10))}
    OFFICIAL = staticmethod(two_by_two)
    MISTAKES: ClassVar = {
        "columns first": Mistake(
            lambda cells: (*two_by_two(cells)[1::-1], two_by_two(cells)[2]), "the other way round"
        ),
        "adds effects, not squares": Mistake(lambda cells: _sizes(cells), "square them"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        rows, columns, rest = rng.permutation(np.arange(1, 5))[:3].tolist()
        base = int(rng.integers(10, 20))
        signs = ((-1, -1, 1), (-1, 1, -1), (1, -1, -1), (1, 1, 1))
        values = [base + a * rows + b * columns + c * rest for a, b, c in signs]
        return {"cells": ((values[0], values[1]), (values[2], values[3]))}

    def judge(self, answer: Any) -> str:
        given = [number(value) for value in sequence(answer, 3, "three numbers: architecture, recipe, interaction")]
        truth = two_by_two(**self.given)
        if np.allclose(given, truth, atol=0.5):
            return f"{truth[0]:.0f}, {truth[1]:.0f} and {truth[2]:.0f} percent."
        if np.allclose(given, (truth[1], truth[0], truth[2]), atol=0.5):
            raise Wrong("That is the other way round: architectures are the rows.")
        if np.allclose(given, _sizes(self.given["cells"]), atol=0.5):
            raise Wrong("Those are shares of the effects' sizes: square them first.")
        raise Wrong(f"{describe(answer)}: the three add up to 100, and another split does.")


def _sizes(cells: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    roots = np.sqrt(two_by_two(cells))
    return (100 * roots[0] / roots.sum(), 100 * roots[1] / roots.sum(), 100 * roots[2] / roots.sum())


def _place(recipe: Sequence[int]) -> int:
    """Return the column of a recipe in the grid."""
    return int(np.ravel_multi_index(tuple(recipe), (3, 3, 6, 2, 4)))


def misled(task: str, fixed: Sequence[int], final: Sequence[int]) -> float:
    """Choose an architecture under each of two recipes, train both with the second, and compare the reports."""
    values = by_recipe(open_table(task))
    there, here = _place(fixed), _place(final)
    chosen, better = values[:, there, 0].argmin(), values[:, here, 0].argmin()
    return float(values[chosen, here, 1:].mean() - values[better, here, 1:].mean())


class Misled(Exercise):
    """What a fixed recipe costs."""

    TITLE = "A recipe that misleads"
    QUESTION = (
        "Task {task}. Somebody tries all 144 architectures with the recipe {fixed} (the last five values of a "
        "genotype) and keeps the best by seed 0. Later it is trained with the recipe {final}. How much larger is its "
        "log error, mean of seeds 1 to 3, than that of the architecture which is best by seed 0 with {final} itself?"
    )
    STUB = "loss = ..."
    HINTS = (
        "`by_recipe(bench)` is (144, 432, 4); a recipe's column is `np.ravel_multi_index(recipe, (3, 3, 6, 2, 4))`.",
        "`argmin` over seed 0 in two columns, then both rows in the column of the final recipe, seeds 1 to 3.",
    )
    GIVEN: ClassVar = {"task": "slice", "fixed": (1, 1, 3, 1, 0), "final": (0, 0, 1, 0, 0)}
    OFFICIAL = staticmethod(misled)
    MISTAKES: ClassVar = {
        "the other way round": Mistake(lambda task, fixed, final: -misled(task, fixed, final), "the other way round"),
        "reports what chose": Mistake(lambda task, fixed, final: _misled_by(task, fixed, final, slice(1)), "seed 0"),
        "leaves it with the fixed recipe": Mistake(
            lambda task, fixed, final: _stays(task, fixed, final), "with the recipe that it was chosen with"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {
            "task": list(TASKS)[rng.integers(len(TASKS))],
            "fixed": (int(rng.integers(3)), int(rng.integers(3)), int(rng.integers(2, 5)), 1, int(rng.integers(4))),
            "final": (0, 0, int(rng.integers(2)), 0, int(rng.integers(4))),
        }

    def judge(self, answer: Any) -> str:
        truth = misled(**self.given)
        mistakes = [
            (-truth, "That is the other way round: larger is positive."),
            (_misled_by(**self.given, seeds=slice(1)), "That is by seed 0, which chose: report the others."),
            (_stays(**self.given), "That leaves it with the recipe that it was chosen with."),
        ]
        compare(answer, truth, 0.005, mistakes)
        return f"{truth:+.2f}: an error {np.exp(truth):.2f} times that of the other."


def _misled_by(task: str, fixed: Sequence[int], final: Sequence[int], seeds: slice) -> float:
    values = by_recipe(open_table(task))
    there, here = _place(fixed), _place(final)
    rows = values[:, there, 0].argmin(), values[:, here, 0].argmin()
    return float(values[rows[0], here, seeds].mean() - values[rows[1], here, seeds].mean())


def _stays(task: str, fixed: Sequence[int], final: Sequence[int]) -> float:
    values = by_recipe(open_table(task))
    there, here = _place(fixed), _place(final)
    return float(
        values[values[:, there, 0].argmin(), there, 1:].mean() - values[values[:, here, 0].argmin(), here, 1:].mean()
    )


def fair_lead(task: str, budget: int, half: int) -> float:
    """Compare both strategies after `budget` evaluations, neither after half, by the seeds that were not searched."""
    report = open_table(task).values(METRIC)
    ends = [load_recipes(task, strategy)[:, budget - 1] for strategy in ("recipe", "jointly")]
    return float(report[ends[0]].mean() - report[ends[1]].mean())


def _lead(task: str, budget: int, of_recipe: int, seeds: str = "report") -> float:
    values = open_table(task).values(METRIC, seeds)
    recipe = load_recipes(task, "recipe")[:, of_recipe - 1]
    return float(values[recipe].mean() - values[load_recipes(task, "jointly")[:, budget - 1]].mean())


class Unfair(Exercise):
    """A comparison with unequal budgets."""

    TITLE = "Hunt the bug: whose evaluations?"
    QUESTION = (
        "A colleague reports for {task} the lead of tuning jointly over tuning the recipe alone:\n\n"
        "    seen = bench.values('val_log_mse', 'search')\n"
        "    alone = load_recipes('{task}', 'recipe')[:, {half} - 1]\n"
        "    jointly = load_recipes('{task}', 'jointly')[:, {budget} - 1]\n"
        "    lead = seen[alone].mean() - seen[jointly].mean()\n\n"
        "Two things are wrong with it. What is the lead with {budget} evaluations each, mended?"
    )
    STUB = "lead = ..."
    HINTS = (
        "Count the evaluations that each of the two was given.",
        "And what chose the networks may not grade them: `bench.values('val_log_mse')`.",
    )
    GIVEN: ClassVar = {"task": "protein", "budget": 60, "half": 30}
    OFFICIAL = staticmethod(fair_lead)
    MISTAKES: ClassVar = {
        "as it stands": Mistake(lambda task, budget, half: _lead(task, budget, half, "search"), "as it stands"),
        "half as many": Mistake(lambda task, budget, half: _lead(task, budget, half), "half as many"),
        "the seed that chose": Mistake(
            lambda task, budget, half: _lead(task, budget, budget, "search"), "the seed that chose"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        half = int(rng.integers(20, 50))
        return {"task": list(TASKS)[rng.integers(len(TASKS))], "budget": 2 * half, "half": half}

    def judge(self, answer: Any) -> str:
        task, budget, half = self.given["task"], self.given["budget"], self.given["half"]
        truth = fair_lead(**self.given)
        mistakes = [
            (_lead(task, budget, half, "search"), "That is the code as it stands."),
            (_lead(task, budget, half), f"The recipe alone still has half as many evaluations, {half}."),
            (_lead(task, budget, budget, "search"), "Equal budgets, but the seed that chose still grades."),
        ]
        compare(answer, truth, 0.0005, mistakes)
        return f"{truth:+.3f}, where the colleague had {_lead(task, budget, half, 'search'):+.3f}."


def false_steps_of(task: str, seed: int, budget: int) -> tuple[int, int]:
    """Run a ratchet, and ask the other seeds about each step that it kept."""
    bench = open_table(task)
    ratchet = Ratchet(bench.space, seed=seed)
    search(ratchet, bench.evaluate, budget, "-val_log_mse", progress=False)
    errors = [[bench.report(one.genotype)["val_log_mse"] for one in step] for step in ratchet.kept]
    return len(errors), sum(before <= after for before, after in errors)


_counted = cache(false_steps_of)


class FalseSteps(Exercise):
    """How many of the kept steps are none."""

    TITLE = "The ratchet's false steps"
    QUESTION = (
        "`Ratchet(bench.space, seed={seed})` searches {task} (search seed 0) with {budget} evaluations and the "
        "objective `-val_log_mse`. How many steps does it keep, and how many of them are no improvement by the mean of "
        "the other seeds? Answer with two whole numbers."
    )
    STUB = "steps = ..."
    HINTS = (
        "`ratchet.kept` holds a pair of proposals for each step, the one before and the one after.",
        "`bench.report(proposal.genotype)` is the mean of the other three seeds; less is better.",
    )
    GIVEN: ClassVar = {"task": "naval", "seed": 4, "budget": 100}
    OFFICIAL = staticmethod(false_steps_of)
    MISTAKES: ClassVar = {
        "counts the true ones": Mistake(
            lambda task, seed, budget: (
                _counted(task, seed, budget)[0],
                _counted(task, seed, budget)[0] - _counted(task, seed, budget)[1],
            ),
            "Those that are improvements",
        ),
        "asks the seed that kept them": Mistake(
            lambda task, seed, budget: (_counted(task, seed, budget)[0], 0), "seed 0"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"task": list(TASKS)[rng.integers(len(TASKS))], "seed": int(rng.integers(1000)), "budget": 100}

    def judge(self, answer: Any) -> str:
        kept, none = (number(value) for value in sequence(answer, 2, "two whole numbers: kept, none"))
        truth = _counted(**self.given)
        if (kept, none) == truth:
            return f"{truth[1]} of {truth[0]}. The journal calls each of them a success."
        if kept != truth[0]:
            raise Wrong(f"Not {describe(answer)}: {describe(kept)} steps is not the length of `ratchet.kept`.")
        if none == 0:
            raise Wrong("By seed 0 all are improvements, which is why they were kept: ask the others.")
        if none == truth[0] - truth[1]:
            raise Wrong("Those that are improvements: how many are not?")
        raise Wrong(f"{truth[0]} steps are right; {describe(none)} of them being none is not.")


def range_of(task: str) -> Mapping[str, Sequence[Any]]:
    """Keep what an expert would try: small rates, no dropout."""
    return {"init_lr": (0.0005, 0.001), "dropout_1": (0.0,), "dropout_2": (0.0,)}


class Range(Exercise):
    """Open-ended: choose the range so that the answer turns round."""

    TITLE = "Choose the range (open-ended)"
    QUESTION = (
        "On {task} recipes explain more than architectures. Leave choices of the recipe out of the grid so that "
        "architectures explain more: the lower end of their share's 95 % interval above the upper end of the recipe's. "
        "Keep at least eight recipes. Answer with a dictionary from names of variables to the choices that you keep."
    )
    STUB = "keep = ..."
    HINTS = (
        "Which variable explains half of everything (section 3)?",
        "`{'init_lr': (0.0005, 0.001)}` is a beginning.",
    )
    GIVEN: ClassVar = {"task": "slice"}
    OFFICIAL = staticmethod(range_of)
    MISTAKES: ClassVar = {
        "everything": Mistake(lambda task: {}, "Recipes still explain"),
        "one recipe": Mistake(
            lambda task: {
                "init_lr": (0.001,), "dropout_1": (0.0,), "dropout_2": (0.0,), "lr_schedule": ("cosine",)
            },
            "at least eight",
        ),
    }  # fmt: skip
    FEW_ANSWERS = "One range turns it round on several tasks."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"task": ("protein", "parkinsons", "slice")[rng.integers(3)]}

    def judge(self, answer: Any) -> str:
        bench = open_table(self.given["task"])
        known = {variable.name: variable.choices for variable in bench.space.variables if variable.name in RECIPE}
        if not isinstance(answer, Mapping) or not set(answer) <= set(known):
            raise Wrong(f"Give a dictionary whose names are among {', '.join(known)}: got {describe(answer)}.")
        kept_of = {name: sequence(choices, None, f"lists of choices ({name})") for name, choices in answer.items()}
        for name, choices in kept_of.items():
            if not choices:
                raise Wrong(f"{name}: give a list of the choices that you keep, such as {known[name][:2]}.")
            if not all(choice in known[name] for choice in choices):
                raise Wrong(f"{name}: keep some of {known[name]}, got {describe(choices)}.")
        chosen = [[choice in kept_of.get(name, choices) for choice in choices] for name, choices in known.items()]
        kept = np.flatnonzero([all(flags) for flags in itertools.product(*chosen)])
        if len(kept) < 8:
            raise Wrong(f"That keeps {len(kept)} recipes: keep at least eight.")
        architecture, recipe, _ = share_bands(by_recipe(bench)[:, kept])
        if architecture.low <= recipe.high:
            raise Wrong(f"Recipes still explain {recipe} percent, architectures {architecture}: {len(kept)} are left.")
        return f"With {len(kept)} recipes architectures explain {architecture} percent, recipes {recipe}."


exercises = ExerciseSet(
    "architecture_or_recipe", "18 Architecture or recipe", [TwoByTwo, Misled, Unfair, FalseSteps, Range]
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
