"""Exercises of lesson 20: an evaluator with less noise, leaks, a budget that is shared fairly, a number to report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from nastutor.exercises.answers import Wrong, compare, describe, number, numbers, sequence, whole_number
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.statistics import student_band

Train = Callable[[tuple[int, ...], int], Mapping[str, float]]
Metrics = dict[str, float]


def averaged(train: Train, genotype: tuple[int, ...], seeds: Sequence[int]) -> Metrics:
    """Train with each seed; return the mean accuracy to search by, and what all of it cost."""
    found = [train(genotype, seed) for seed in seeds]
    return {
        "val_accuracy": sum(metrics["val_accuracy"] for metrics in found) / len(found),
        "train_seconds": sum(metrics["train_seconds"] for metrics in found),
    }


def _luckiest(train: Train, genotype: tuple[int, ...], seeds: Sequence[int]) -> Metrics:
    best = max(train(genotype, seed)["val_accuracy"] for seed in seeds)
    return averaged(train, genotype, seeds) | {"val_accuracy": best}


def _by_test(train: Train, genotype: tuple[int, ...], seeds: Sequence[int]) -> Metrics:
    mean = sum(train(genotype, seed)["test_accuracy"] for seed in seeds) / len(seeds)
    return averaged(train, genotype, seeds) | {"val_accuracy": mean}


def _twice(train: Train, genotype: tuple[int, ...], seeds: Sequence[int]) -> Metrics:
    accuracies = [train(genotype, seed)["val_accuracy"] for seed in seeds]
    return averaged(train, genotype, seeds) | {"val_accuracy": sum(accuracies) / len(seeds)}


def _cost_of_one(train: Train, genotype: tuple[int, ...], seeds: Sequence[int]) -> Metrics:
    found = averaged(train, genotype, seeds)
    return found | {"train_seconds": found["train_seconds"] / len(seeds)}


class YourEvaluator(Exercise):
    """An evaluator that trains with several seeds."""

    TITLE = "Your evaluator"
    QUESTION = (
        "`train(genotype, seed)` trains once and returns a dictionary with val_accuracy, test_accuracy and "
        "train_seconds. Write `averaged(train, genotype, seeds)`: it trains with each seed, for instance {seeds}, and "
        "returns a dictionary with val_accuracy, the mean of what a search may choose by, and train_seconds, what all "
        "of it cost."
    )
    STUB = "def averaged(train, genotype, seeds):\n    ..."
    HINTS = (
        "`found = [train(genotype, seed) for seed in seeds]`",
        "Accuracies are averaged, seconds are added up: the search pays for all of them.",
    )
    GIVEN: ClassVar = {"seeds": (0, 1, 2)}
    OFFICIAL = staticmethod(averaged)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the luckiest seed": Mistake(lambda **given: _luckiest, "the best of the seeds"),
        "by the test": Mistake(lambda **given: _by_test, "test_accuracy"),
        "trains twice": Mistake(lambda **given: _twice, "are enough"),
        "another architecture": Mistake(
            lambda **given: lambda train, genotype, seeds: averaged(train, (0, 1, 2), seeds), "the `genotype`"
        ),
        "the seeds of the question": Mistake(
            lambda seeds: lambda train, genotype, _: averaged(train, genotype, seeds), r"^Right for the seeds"
        ),
        "one seed": Mistake(
            lambda **given: lambda train, genotype, seeds: train(genotype, seeds[0]), "^It trains with"
        ),
        "seconds of one": Mistake(lambda **given: _cost_of_one, "add them up"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"seeds": tuple(rng.choice(100, size=rng.integers(2, 6), replace=False).tolist())}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        for case in range(5):
            _try_evaluator(function, self.given["seeds"], case)
        others = tuple(seed + 7 for seed in (*self.given["seeds"], 100))
        try:
            _try_evaluator(function, others, 5)
        except Wrong as error:
            raise Wrong(f"Right for the seeds {self.given['seeds']}, but not for {others}: {error}") from None
        return f"{len(self.given['seeds'])} trainings an architecture: so many times the cost, and less noise."


def _try_evaluator(function: Called, seeds: tuple[int, ...], case: int) -> None:
    """Call a reader's evaluator on made-up trainings; raise `Wrong` for what it does wrong."""
    asked: list[int] = []
    architecture = (case, 1, 2)

    def train(genotype: tuple[int, ...], seed: int) -> Metrics:
        if tuple(genotype) != architecture:
            raise Wrong(f"It trains {describe(genotype)}: the `genotype` that is given is {architecture}.")
        asked.append(seed)
        low, high, seconds = np.random.default_rng([case, whole_number(seed, "A seed")]).uniform(10, 90, 3)
        return {"val_accuracy": float(low), "test_accuracy": float(high), "train_seconds": float(seconds)}

    found = function(train, architecture, seeds)
    if not isinstance(found, Mapping) or not {"val_accuracy", "train_seconds"} <= set(found):
        raise Wrong(f"Return a dictionary with val_accuracy and train_seconds: got {describe(found)}.")
    if set(asked) != set(seeds):
        raise Wrong(f"It trains with the seeds {sorted(set(asked))}, each of {list(seeds)} is to be trained with once.")
    trainings, truth = len(asked), averaged(train, architecture, seeds)
    accuracy, seconds = number(found["val_accuracy"]), number(found["train_seconds"])
    ways = {
        _luckiest: "That is the best of the seeds: a lucky one makes a bad network look good.",
        _by_test: "That averages test_accuracy: a search that sees the test leaves nothing to report.",
    }
    for way, text in ways.items():
        if math.isclose(accuracy, way(train, architecture, seeds)["val_accuracy"]):
            raise Wrong(text)
    if not math.isclose(accuracy, truth["val_accuracy"]):
        raise Wrong(f"val_accuracy is {accuracy:.6g} where the mean is another.")
    if math.isclose(seconds, truth["train_seconds"] / len(seeds)):
        raise Wrong("Those are the seconds of one training: add them up, all are paid for.")
    if not math.isclose(seconds, truth["train_seconds"]):
        raise Wrong(f"train_seconds is {seconds:.6g}, which is not what the trainings took in all.")
    if trainings != len(seeds):
        raise Wrong(f"It trains {trainings} times: {len(seeds)} are enough, so keep what a training returns.")


PEOPLE = ("rows of the same people are split at random", "the six rows of a word go to splits by chance")
SCALES = ("scales are fitted on all rows, then rows are split", "missing values become the mean of all rows")
TESTED = ("the number of epochs is chosen by test accuracy", "of three final trainings the best on the test is kept")
FINE = (
    "scales are fitted on training rows and used on test rows",
    "missing values become the mean of the training rows",
    "a network is chosen by validation accuracy",
    "the chosen network is trained again on training and validation rows",
    "rare classes are copied, within the training rows",
    "the test rows are people of whom no row was trained on",
)
LEAKS = (*PEOPLE, *SCALES, *TESTED)


def leaks(steps: Sequence[str]) -> list[int]:
    """Return the numbers, from 1, of the steps by which the test rows get into the network, or into its choice."""
    return [place for place, step in enumerate(steps, start=1) if step in LEAKS]


def _without(steps: Sequence[str], some: Iterable[str]) -> list[int]:
    return [place for place in leaks(steps) if steps[place - 1] not in some]


class FindTheLeak(Exercise):
    """Which steps let the test rows in."""

    TITLE = "Find the leak"
    QUESTION = (
        "A report describes six steps: {steps}. By which of them does something of the test rows get into the network, "
        "or into its choice? Answer with a list of their numbers, from 1."
    )
    STUB = "numbers = ..."
    HINTS = (
        "Ask of each step: what was it fitted on, or chosen by?",
        "Three of the six leak: one by people, one by what was fitted, one by what was chosen.",
    )
    GIVEN: ClassVar = {"steps": (FINE[0], PEOPLE[0], FINE[2], TESTED[0], SCALES[1], FINE[3])}
    OFFICIAL = staticmethod(leaks)
    MISTAKES: ClassVar = {
        "misses the people": Mistake(lambda steps: _without(steps, PEOPLE), "same person"),
        "misses what was fitted": Mistake(lambda steps: _without(steps, SCALES), "was fitted on rows"),
        "misses what was chosen": Mistake(lambda steps: _without(steps, TESTED), "was chosen by a number"),
        "everything": Mistake(lambda steps: list(range(1, 7)), "uses no test row"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        steps = [str(rng.choice(some)) for some in (PEOPLE, SCALES, TESTED)]
        steps += rng.choice(FINE, size=3, replace=False).tolist()
        return {"steps": tuple(str(step) for step in rng.permutation(steps))}

    def judge(self, answer: Any) -> str:
        steps = self.given["steps"]
        said = {whole_number(each, "A step") for each in sequence(answer, None, "a list of numbers")}
        if not said <= set(range(1, 7)):
            raise Wrong(f"Steps are numbered from 1 to 6: got {sorted(said)}.")
        for place in sorted(said - set(leaks(steps))):
            raise Wrong(f"Step {place} uses no test row: {steps[place - 1]}.")
        missed = [steps[place - 1] for place in leaks(steps) if place not in said]
        for some, text in (
            (PEOPLE, "One is missing: is the same person, or the same word, on both sides?"),
            (SCALES, "One is missing: what was fitted on rows that are tested later?"),
            (TESTED, "One is missing: what was chosen by a number that is reported later?"),
        ):
            if set(missed) & set(some):
                raise Wrong(text)
        return "A split is honest only if everything that was fitted or chosen lies on one side of it."


def evaluations(hours: int, workers: int, seconds: int, methods: int, runs: int) -> int:
    """Return how many evaluations each run of each method gets."""
    trainings = workers * (hours * 3600 // seconds)  # a core does whole trainings
    return trainings // (methods * runs)


def _without_rests(hours: int, workers: int, seconds: int, methods: int, runs: int) -> float:
    """Divide as if a training could be cut into pieces."""
    return hours * 3600 * workers / (seconds * methods * runs)


class ChooseTheBudget(Exercise):
    """How many evaluations a run gets."""

    TITLE = "Choose the budget"
    QUESTION = (
        "One training takes {seconds} seconds on one core, and you have {workers} cores for {hours} hours. {methods} "
        "methods, random search and largest-first among them, get {runs} runs each, all with the same number of "
        "evaluations. What is the largest number a run can have?"
    )
    STUB = "budget = ..."
    HINTS = (
        "Count all trainings that fit into the hours first.",
        "They are shared by all runs of all methods, the baselines among them.",
    )
    GIVEN: ClassVar = {"hours": 8, "workers": 4, "seconds": 45, "methods": 3, "runs": 10}
    OFFICIAL = staticmethod(evaluations)
    MISTAKES: ClassVar = {
        "all for one method": Mistake(lambda **given: evaluations(**given | {"methods": 1}), "baselines"),
        "one run": Mistake(lambda **given: evaluations(**given | {"runs": 1}), "one run of each"),
        "a piece of a training": Mistake(
            lambda **given: _without_rests(**given), "not done", shares="Both count a training that is not finished."
        ),
        "rounded up": Mistake(
            lambda **given: math.ceil(_without_rests(**given)),
            "not done",
            shares="Both count a training that is not finished.",
        ),
        "one core": Mistake(lambda **given: evaluations(**given | {"workers": 1}), "single core"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            given = {
                "hours": int(rng.integers(4, 25)),
                "workers": int(rng.choice([2, 4, 6, 8])),
                "seconds": int(rng.integers(20, 90)),
                "methods": int(rng.choice([3, 4])),
                "runs": int(rng.choice([5, 10])),
            }
            # Rests of the cores add up to no training more; and something is left over, else rounding plays no part.
            if math.floor(_without_rests(**given)) == evaluations(**given) < _without_rests(**given):
                return given

    def judge(self, answer: Any) -> str:
        truth = evaluations(**self.given)
        mistakes = [
            (
                evaluations(**self.given | {"methods": 1}),
                "That gives all to one method: the baselines need as much.",
            ),
            (
                evaluations(**self.given | {"runs": 1}),
                "That is for one run of each method: one proves nothing.",
            ),
            (evaluations(**self.given | {"workers": 1}), "That keeps a single core busy."),
        ]
        compare(answer, truth, 0, mistakes, high="A training that does not fit any more is not done.")
        return f"{truth} each. Fewer runs would leave no interval, fewer methods nothing to compare with."


def to_report(validation: Sequence[float], test: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean test accuracy with Student's 95 % interval."""
    band = student_band(test)
    return float(band.mean), float(band.low), float(band.high)


def _normal(values: Sequence[float]) -> tuple[float, float, float]:
    mean, half = float(np.mean(values)), 1.96 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def _best_run(test: Sequence[float]) -> tuple[float, float, float]:
    _, low, high = to_report((), test)
    return max(test), low, high


class WriteTheReport(Exercise):
    """Open-ended: the number that goes into the report, with its interval."""

    TITLE = "Write the report (open-ended)"
    QUESTION = (
        "Five runs of a search each end with the network of the best validation accuracy: {validation} percent. Their "
        "test accuracies, after training on all training rows, are {test}. Answer with what the report says of the "
        "method: the mean and both ends of its 95 % interval, (mean, low, high), to 0.05. Then write the sentence "
        "around it: by what was chosen, on what it is reported, over what the interval is, and what it does not cover."
    )
    STUB = "report = ..."
    HINTS = (
        "What chose is never what is reported.",
        "`statistics.student_band(values)`: five runs are few, so their spread is itself a guess.",
    )
    GIVEN: ClassVar = {"validation": (56.1, 53.4, 57.2, 55.0, 54.3), "test": (47.2, 43.9, 45.5, 48.8, 44.6)}
    OFFICIAL = staticmethod(to_report)
    MISTAKES: ClassVar = {
        "reports what chose": Mistake(lambda validation, test: to_report((), validation), "chose"),
        "reports the best run": Mistake(lambda validation, test: _best_run(test), "best of the five"),
        "as if the spread were known": Mistake(lambda validation, test: _normal(test), "Student"),
        "the spread of runs": Mistake(
            lambda validation, test: (float(np.mean(test)), min(test), max(test)), "range of the runs"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        test = rng.uniform(42, 50, 5).round(1)
        validation = (test + rng.uniform(5, 11, 5)).round(1)
        return {"validation": tuple(validation.tolist()), "test": tuple(test.tolist())}

    def judge(self, answer: Any) -> str:
        validation, test = self.given["validation"], self.given["test"]
        said, truth = numbers(answer, 3, "three numbers (mean, low, high)"), np.array(to_report(validation, test))
        if np.abs(said - truth).max() <= 0.05:
            return f"{truth[0]:.1f} [{truth[1]:.1f}, {truth[2]:.1f}], over five runs: of these test rows, this recipe."
        if abs(said[0] - np.mean(validation)) <= 0.05:
            raise Wrong("That is the number that chose: each network was taken because it is high.")
        if abs(said[0] - max(test)) <= 0.05:
            raise Wrong("That is the best of the five by the test itself: the next run will not be the best of five.")
        if abs(said[0] - truth[0]) > 0.05:
            raise Wrong(f"The mean is not {said[0]:.6g}.")
        if np.abs(said - np.array(_normal(test))).max() <= 0.05:
            raise Wrong("1.96 is for a spread that is known; of five runs it is guessed, so take Student's t.")
        if np.abs(said[1:] - np.array((min(test), max(test)))).max() <= 0.05:
            raise Wrong("That is the range of the runs, not the interval of their mean.")
        raise Wrong(f"[{said[1]:.6g}, {said[2]:.6g}] is not the interval of the mean.")


exercises = ExerciseSet(
    "your_own_problem", "20 Your own problem", [YourEvaluator, FindTheLeak, ChooseTheBudget, WriteTheReport]
)
q1, q2, q3, q4 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
