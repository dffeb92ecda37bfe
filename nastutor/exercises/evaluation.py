"""Exercises of lesson 02: the best of n, honest reports, intervals, and how many runs tell two methods apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises.answers import Wrong, describe, fits, number, pair, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import accuracies, better_cells, cell_row, draw_dataset, table
from nastutor.lessons.source import show_source
from nastutor.loop.history import History
from nastutor.loop.search import repeat, search
from nastutor.searchers import RandomSearch, RegularizedEvolution, Searcher
from nastutor.spaces import COMPANIONS, CellSpace
from nastutor.statistics import Band, bootstrap_band, difference_band, expected_best_of, incumbent_curves

if TYPE_CHECKING:
    from IPython.display import Markdown


def expected_best(values: Sequence[float], n: int) -> float:
    """Sort; the best of n draws is the i-th with probability (i/N)ⁿ − ((i−1)/N)ⁿ."""
    ordered = np.sort(values)
    edges = (np.arange(len(ordered) + 1) / len(ordered)) ** n
    return float(ordered @ np.diff(edges))


def _chances(count: int, n: int) -> np.ndarray:
    """Return how likely each of `count` values, in order, is the largest of n draws with replacement."""
    return np.diff((np.arange(count + 1) / count) ** n)


def _chances_without_replacement(count: int, n: int) -> np.ndarray:
    return np.diff([math.comb(i, n) / math.comb(count, n) if n <= count else math.nan for i in range(count + 1)])


class BestOfDraws(Exercise):
    """The expected best of n draws in closed form."""

    TITLE = "The best of n draws"
    QUESTION = (
        "Write `expected_best(values, n)`: the expected largest of n values drawn from a list with replacement, in "
        "closed form. The check tries small lists, and the {dataset} table with n = {draws}."
    )
    STUB = "def expected_best(values, n):\n    ..."
    HINTS = (
        "What is the probability that all n draws are among the i smallest of the N values?",
        "(i/N)ⁿ; so the largest is exactly the i-th with probability (i/N)ⁿ − ((i−1)/N)ⁿ, once the values are sorted.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "draws": 50}
    OFFICIAL = staticmethod(expected_best)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "not sorted": Mistake(
            lambda dataset, draws: lambda values, n: values @ _chances(len(values), n), "sort the values first"
        ),
        "sorted from the largest": Mistake(
            lambda dataset, draws: lambda values, n: np.sort(values)[::-1] @ _chances(len(values), n),
            "sort from the largest",
        ),
        "the chance of at most the i-th": Mistake(
            lambda dataset, draws: lambda values, n: np.sort(values) @ np.cumsum(_chances(len(values), n)),
            "how likely is exactly it",
        ),
        "without replacement": Mistake(
            lambda dataset, draws: lambda values, n: np.sort(values) @ _chances_without_replacement(len(values), n),
            "without replacement",
        ),
        "the largest of all": Mistake(lambda dataset, draws: lambda values, n: max(values), "the largest of all"),
        "the mean": Mistake(lambda dataset, draws: lambda values, n: np.mean(values), "it should grow with n"),
        "a simulation": Mistake(
            lambda dataset, draws: (
                lambda values, n: np.random.default_rng(0).choice(values, (20_000, n)).max(axis=1).mean()
            ),
            "as a simulation is",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "draws": int(rng.integers(2, 300))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        accuracies = table(self.given["dataset"]).values("val_accuracy", seeds="search")
        draws = self.given["draws"]
        small: list[tuple[list[float], int]] = [
            ([1.0, 2.0, 6.0], 1),
            ([1.0, 2.0, 6.0], 2),
            ([6.0, 1.0, 2.0], 3),
            ([4.0, 4.0, 1.0, 9.0], 2),
        ]
        for values, n in [*small, (accuracies.tolist(), draws)]:
            truth = expected_best_of(n, np.array(values))
            value = number(function(np.array(values), n))
            if abs(value - truth) > 1e-6 * max(1.0, abs(truth)):
                raise Wrong(
                    f"For {_name(values)} and n = {n} you return {value:.6g}. {self._mistake(value, values, n)}"
                )
        return f"The best of {draws} draws is {expected_best_of(draws, accuracies):.2f} on average, by the search seed."

    @staticmethod
    def _mistake(value: float, values: Sequence[float], n: int) -> str:
        data, chances = np.array(values), _chances(len(values), n)
        ordered = np.sort(data)
        mistakes = [
            (n * data.mean(), "That is n times the mean; the largest of n is not their sum."),
            (data @ chances, "The i-th smallest is meant: sort the values first."),
            (ordered[::-1] @ chances, "You sort from the largest; the i-th smallest is meant."),
            (data.max(), "That is the largest of all; it is not always drawn."),
            (data.mean(), "That is the mean of one draw; it should grow with n."),
            (
                ordered @ _chances_without_replacement(len(values), n),
                "That is without replacement; here a value may be drawn twice.",
            ),
            (
                ordered @ np.cumsum(chances),
                "(i/N)ⁿ says that the largest is at most the i-th; how likely is exactly it?",
            ),
        ]
        for mistaken, message in mistakes:
            if abs(value - mistaken) <= 1e-6 * max(1.0, abs(mistaken)):
                return message
        if abs(value - ordered @ chances) < 0.03 * np.ptp(data):
            return "That is near, as a simulation is; the closed form is exact."
        return "With n = 1 it must be the mean, and with large n it must approach the largest value."


def _name(values: Sequence[float]) -> str:
    return describe(list(values)) if len(values) < 10 else f"the {len(values):,} accuracies of the table"


def draws_to_beat(dataset: str, cell: str, chance: float) -> int:
    """Solve 1 − (1 − p)ⁿ ≥ chance for n, where p is the share of better cells."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracies = bench.values("val_accuracy", seeds="all")
    own = accuracies[bench.genotypes.index(bench.space.from_string(cell))]
    share = float((accuracies > own).mean())
    return math.ceil(math.log(1 - chance) / math.log(1 - share))


class DrawsToBeat(Exercise):
    """How many random cells beat one made by hand."""

    TITLE = "How much luck beats a hand-made cell?"
    QUESTION = (
        "How many random cells must one draw (with replacement) so that with a chance of at least {chance} one of them "
        "has a higher mean validation accuracy (all seeds) on {dataset} than `{cell}`?"
    )
    STUB = "draws = ..."
    HINTS = (
        "Let p be the share of better cells. What is the chance that none of n draws is better?",
        "1 − (1 − p)ⁿ must reach the chance asked for: take logarithms, and round up to whole draws.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "cell": CellSpace().to_string(COMPANIONS["ResNet-like"]), "chance": 0.95}
    OFFICIAL = staticmethod(draws_to_beat)
    MISTAKES: ClassVar = {
        "rounded down": Mistake(
            lambda dataset, cell, chance: math.floor(_draws(_share(dataset, cell), chance)),
            "just below",
            shares="It may be the number without replacement too, and is then told to be both.",
        ),
        "without replacement": Mistake(
            lambda dataset, cell, chance: _draws_without_replacement(
                better_cells(dataset, cell), len(table(dataset)), chance
            ),
            "no cell were drawn twice",
            shares="It may be the number rounded down too, and is then told to be both.",
        ),
        "the mean number": Mistake(
            lambda dataset, cell, chance: math.ceil(1 / _share(dataset, cell)), "how many draws it takes on average"
        ),
        "an expected number of better cells": Mistake(
            lambda dataset, cell, chance: math.ceil(chance / _share(dataset, cell)),
            "the expected number of better cells",
        ),
        "the chance of failing": Mistake(
            lambda dataset, cell, chance: math.ceil(_draws(_share(dataset, cell), 1 - chance)), "That many fail"
        ),
        "by the search seed": Mistake(
            lambda dataset, cell, chance: math.ceil(_draws(_share(dataset, cell, "search"), chance)),
            "by the search seed alone",
        ),
        "by the report seeds": Mistake(
            lambda dataset, cell, chance: math.ceil(_draws(_share(dataset, cell, "report"), chance)),
            "by the report seeds",
        ),
        "the share": Mistake(lambda dataset, cell, chance: 100 * _share(dataset, cell), "the share of better cells"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        dataset = draw_dataset(rng)
        bench = table(dataset)
        good = np.argsort(-accuracies(dataset), kind="stable")[50:1500]
        cell = bench.space.to_string(bench.genotypes[rng.choice(good)])
        return {"dataset": dataset, "cell": cell, "chance": float(rng.choice([0.8, 0.9, 0.95, 0.99]))}

    def judge(self, answer: Any) -> str:
        dataset, cell, chance = self.given["dataset"], self.given["cell"], self.given["chance"]
        share, cells = _share(dataset, cell), len(table(dataset))
        exact = _draws(share, chance)
        # Means that are equal may differ in the last bit, and then a plain comparison counts some of them as better.
        values = accuracies(dataset)
        plain = float((values > values[cell_row(dataset, cell)]).mean())
        value = number(answer)
        if value in (math.ceil(exact), math.ceil(_draws(plain, chance))):
            return f"p = {100 * share:.2f} %, and 1 − (1 − p)ⁿ reaches {chance:g} at n = {math.ceil(exact)}."
        if value != int(value) and abs(value - exact) < 0.01:
            raise Wrong("Draws are whole: how many of them reach the chance?")
        near = []
        if value == math.floor(exact):
            near.append(f"With {value:.0f} draws the chance is {100 * (1 - (1 - share) ** value):.3f} %, just below.")
        if value == _draws_without_replacement(better_cells(dataset, cell), cells, chance):
            near.append("That would do if no cell were drawn twice; here it may be.")
        if near:
            raise Wrong(f"Nearly. {' '.join(near)}")
        mistakes = [
            (1 / share, "That is how many draws it takes on average; often it takes longer."),
            (math.ceil(1 / share), "That is how many draws it takes on average; often it takes longer."),
            (chance / share, "n·p is the expected number of better cells among n, not the chance of one."),
            (math.ceil(chance / share), "n·p is the expected number of better cells among n, not the chance of one."),
            (math.ceil(_draws(share, 1 - chance)), "That many fail with the chance asked for."),
            *((p, "That is the share of better cells; how many draws does it take?") for p in (share, 100 * share)),
            (math.ceil(_draws(_share(dataset, cell, "search"), chance)), "That is by the search seed alone."),
            (math.ceil(_draws(_share(dataset, cell, "report"), chance)), "That is by the report seeds: use all seeds."),
        ]
        for name in DATASETS:
            if name != dataset and 0 < _share(name, cell) < 1:
                draws = math.ceil(_draws(_share(name, cell), chance))
                mistakes.append((draws, f"That is the number for {name}; the question is about {dataset}."))
        for mistaken, message in mistakes:
            if abs(value - mistaken) < min(0.5, 0.01 * mistaken):
                raise Wrong(message)
        low, high = "They beat it less often than that.", "Fewer draws reach that chance."
        side, more = ("small", low) if value < exact else ("large", high)
        raise Wrong(f"{value:.6g} is too {side}. {more}")


def _share(dataset: str, cell: str, seeds: str = "all") -> float:
    """Return the share of better cells, between 0 and 1."""
    return better_cells(dataset, cell, seeds) / len(table(dataset))


def _draws(share: float, chance: float) -> float:
    """Return how many draws have the chance that one is better, as a real number."""
    return math.log(1 - chance) / math.log(1 - share)


def _draws_without_replacement(better: int, cells: int, chance: float) -> int:
    """Return how many different cells one must draw to have the chance that one is better."""
    none_better, draws = 1.0, 0
    while none_better > 1 - chance and draws < cells:
        none_better *= (cells - better - draws) / (cells - draws)
        draws += 1
    return draws


def honest_report(bench: Benchmark, history: History) -> float:
    """Choose by the search seed, as the search did; report what the other seeds say."""
    return bench.report(history.best().genotype)["val_accuracy"]


class LeakyEvaluation(Exercise):
    """Repair a report that shows the number it was selected by."""

    TITLE = "A leaky report"
    QUESTION = (
        "`lambda bench, history: history.best().value` reports a search by the very number that it was selected by. "
        "Write `report(bench, history)`: the validation accuracy that may be printed for the architecture that the "
        "search chose. The check runs searches of {budget} evaluations on {dataset}."
    )
    STUB = "def report(bench, history):\n    ..."
    HINTS = (
        "What was the architecture selected on? That number is spoilt, for a maximum is also a maximum of luck.",
        "`bench.report(genotype)` gives the metrics on the seeds that the search did not see.",
    )
    GIVEN: ClassVar = {"dataset": "ImageNet16-120", "budget": 100}
    OFFICIAL = staticmethod(honest_report)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the number that it was selected by": Mistake(
            lambda dataset, budget: lambda bench, history: history.best().value, "selected by: the best of many"
        ),
        "the mean over all seeds": Mistake(
            lambda dataset, budget: (
                lambda bench, history: bench.values("val_accuracy", seeds="all")[
                    bench.genotypes.index(history.best().genotype)
                ]
            ),
            "still includes the seed",
        ),
        "the best by the other seeds": Mistake(
            lambda dataset, budget: (
                lambda bench, history: max(bench.report(record.genotype)["val_accuracy"] for record in history)
            ),
            "You select a second time",
        ),
        "the last architecture": Mistake(
            lambda dataset, budget: lambda bench, history: bench.report(history[-1].genotype)["val_accuracy"],
            "the last architecture evaluated",
        ),
        "the mean of all architectures": Mistake(
            lambda dataset, budget: (
                lambda bench, history: np.mean([bench.report(record.genotype)["val_accuracy"] for record in history])
            ),
            "the mean of all evaluated",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "budget": int(rng.choice([50, 75, 100, 125, 150]))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        bench = table(self.given["dataset"])
        flattery = []
        for seed, search_run in enumerate(_searches(self.given["dataset"], self.given["budget"])):
            result = function(bench, search_run.history)
            if isinstance(result, Mapping):
                raise Wrong("Return one number, the accuracy to print, not all metrics.")
            self._judge_report(number(result), search_run, seed)
            flattery.append(search_run.leaky - search_run.right[0])
        return f"Over {len(flattery)} searches the leaky report flatters by {np.mean(flattery):.2f} points."

    @staticmethod
    def _judge_report(value: float, run: SearchRun, seed: int) -> None:
        messages = {
            run.leaky: "That is the number that it was selected by: the best of many, luck included.",
            run.average: "That average still includes the seed that the search selected on.",
            run.largest: "You select a second time, on the seeds that should only report.",
            run.last: "That is the last architecture evaluated, not the one chosen.",
            run.mean: "That is the mean of all evaluated; one was chosen.",
        }
        if any(fits(value, right, 0.005 + 1e-9, messages) for right in run.right):  # two decimals are enough
            return
        nearest = min(messages, key=lambda mistaken: abs(value - mistaken))
        if abs(value - nearest) <= 0.005 + 1e-9:
            raise Wrong(messages[nearest])
        raise Wrong(f"In a run with seed {seed} you report {value:.4g}: which architecture and which seeds is it?")


class SearchRun(NamedTuple):
    """A search, and what may be said of it, in percent.

    history : its evaluations.
    right : what the other seeds say of the chosen architecture, and of those that were as good by the search seed.
    leaky, average : what the search seed says of the chosen one, and the mean of all seeds.
    largest, last, mean : what the other seeds say of their best, of the last one, and of all on average.
    """

    history: History
    right: tuple[float, ...]
    leaky: float
    average: float
    largest: float
    last: float
    mean: float


@cache
def _searches(dataset: str, budget: int) -> list[SearchRun]:
    """Run random search and evolution six times each."""
    bench = table(dataset)
    found = []
    for seed in range(12):
        method = RandomSearch if seed % 2 else RegularizedEvolution
        history = search(method(bench.space, seed=seed), bench.evaluate, budget, progress=False)
        others = {record.genotype: bench.report(record.genotype)["val_accuracy"] for record in history}
        best = history.best()
        assert isinstance(best.value, float)
        average = accuracies(dataset)[bench.genotypes.index(best.genotype)]
        tied = [others[record.genotype] for record in history if record.value == best.value]
        mean = np.mean([others[record.genotype] for record in history])
        numbers = (best.value, average, max(others.values()), others[history[-1].genotype], mean)
        found.append(SearchRun(history, (others[best.genotype], *tied), *map(float, numbers)))
    return found


RUNS, EVALUATIONS = 200, 100
"""Of the pilot study."""
MOST_RUNS = 2_000
"""Where more may be needed, "no number" is a right answer too."""


@cache
def pilot(dataset: str, method: type[Searcher]) -> np.ndarray:
    """Return what each run has found after 1…EVALUATIONS, reported on the other seeds, (RUNS, EVALUATIONS)."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    histories = repeat(
        lambda seed: method(bench.space, seed=seed), bench.evaluate, EVALUATIONS, seeds=range(RUNS), progress=False
    )
    return incumbent_curves(histories, lambda genotype: bench.report(genotype)["val_accuracy"])


def interval(values: Sequence[float], level: float) -> tuple[float, float]:
    """Resample the runs with replacement, and cut off both tails of the means (the percentile bootstrap)."""
    data = np.array(values)
    rng = np.random.default_rng(0)
    means = rng.choice(data, size=(2000, len(data))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


class BootstrapInterval(Exercise):
    """An interval for the mean over runs, by any sound method."""

    TITLE = "An interval"
    QUESTION = (
        "Write `interval(values, level)`: a confidence interval `(low, high)` of the mean over runs, by the bootstrap "
        "or any other sound method. The check gives it the results of {runs} random searches on {dataset} at a time, "
        "with level {level}."
    )
    STUB = "def interval(values, level):\n    ..."
    HINTS = (
        "Draw as many runs as there are, with replacement, and take their mean; do it 2,000 times. How do they spread?",
        "np.quantile of the resampled means, at (1 − level)/2 and (1 + level)/2.",
    )
    GIVEN: ClassVar = {"dataset": "cifar100", "runs": 30, "level": 0.95}
    OFFICIAL = staticmethod(interval)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "where single runs lie": Mistake(
            lambda dataset, runs, level: (
                lambda values, level: tuple(np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))
            ),
            "where single runs lie",
        ),
        "one standard error": Mistake(
            lambda dataset, runs, level: lambda values, level: _around(values, _error(values)), "one standard error"
        ),
        "divided by the number of runs": Mistake(
            lambda dataset, runs, level: (
                lambda values, level: _around(values, _quantile(level) * _error(values) / math.sqrt(len(values)))
            ),
            "not by its square root",
        ),
        "all that is left out on either side": Mistake(
            lambda dataset, runs, level: lambda values, level: interval(values, 2 * level - 1), "half on each side"
        ),
        "whatever the level": Mistake(
            lambda dataset, runs, level: lambda values, _: interval(values, level), "use `level`"
        ),
        "one side": Mistake(
            lambda dataset, runs, level: (
                lambda values, level: (
                    np.mean(values) - 2 * _quantile(level) * _error(values),
                    np.mean(values),
                )
            ),
            "on one side",
        ),
        "the spread of other runs": Mistake(
            lambda dataset, runs, level: (
                lambda values, level_now: _around(
                    values, _mean_reach(dataset, runs, level) * _quantile(level_now) / _quantile(level)
                )
            ),
            "does its width come from `values`",
            shares="Both take from elsewhere what `values` say.",
        ),
        "the number of runs in the question": Mistake(
            lambda dataset, runs, level: (
                lambda values, level: _around(values, _quantile(level) * _error(values) * math.sqrt(len(values) / runs))
            ),
            "does its width come from `values`",
            shares="Both take from elsewhere what `values` say.",
        ),
        "the mean twice": Mistake(
            lambda dataset, runs, level: lambda values, level: (np.mean(values), np.mean(values)), "has no width"
        ),
    }
    SAMPLES = 20

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        runs = int(rng.choice([25, 30, 40, 50]))
        return {"dataset": draw_dataset(rng), "runs": runs, "level": float(rng.choice([0.8, 0.9, 0.95]))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        dataset, level, runs = self.given["dataset"], self.given["level"], self.given["runs"]
        samples, mean = _samples(dataset, runs, level), _pool(dataset).mean()
        found = np.array([self._interval(function, values, level) for values, _ in samples])
        means = np.array([[band.mean] for _, band in samples])
        widths = np.array([band.high - band.low for _, band in samples])
        below, above = np.abs(found - means).mean(axis=0)
        if below + above == 0:
            raise Wrong("Your interval has no width; the mean over runs is not known exactly.")
        if min(below, above) < 0.6 * max(below, above):
            raise Wrong("Most of your interval lies on one side of the mean of the runs: cut off both tails alike.")
        ratio = float((np.diff(found)[:, 0] / widths).mean())
        self._judge_kind(ratio, level, runs)
        narrower = np.array([self._interval(function, values, 0.5) for values, _ in samples[:5]])
        other = float((np.diff(narrower)[:, 0] / widths[:5]).mean())
        if other > 0.9 * ratio:
            raise Wrong(f"Your interval is as wide for the level 0.5 as for {level:g}: use `level`.")
        self._judge_width(ratio, level)
        if not 0.8 <= other / (_quantile(0.5) / _quantile(level)) <= 1.25:
            raise Wrong(f"Right for the level {level:g}, but not for others, such as 0.5: does it follow `level`?")
        values = samples[0][0]
        for what, others in (("ten times as wide", 10 * values), ("half the width", np.tile(values, 4))):
            width = float(np.diff(self._interval(function, others, level))[0] / np.diff(found[0])[0])
            if not 0.8 <= width / (10 if len(others) == runs else 0.5) <= 1.25:
                raise Wrong(
                    f"Of other runs it is not {what}, as it should be: does its width come from `values` alone?"
                )
        covered = int(((found[:, 0] <= mean) & (mean <= found[:, 1])).sum())
        return (
            f"Your interval is {ratio:.2f} times as wide as the package's, and holds the mean of all {RUNS} runs in "
            f"{covered} of {self.SAMPLES} samples of {runs}."
        )

    @staticmethod
    def _interval(function: Called, values: np.ndarray, level: float) -> tuple[float, float]:
        low, high = pair(function(values.copy(), level), infinity=True)
        if math.isinf(low) or math.isinf(high):
            raise Wrong("An interval without an end is a bound on one side of the mean: cut off both tails alike.")
        if not low <= values.mean() <= high:
            text = f"an interval that leaves out the mean of the runs, {values.mean():.2f}"
            raise Wrong(f"You return ({low:.2f}, {high:.2f}), {text}.")
        return low, high

    @staticmethod
    def _judge_kind(ratio: float, level: float, runs: int) -> None:
        """Recognise what is far too wide or too narrow; `ratio` compares its width with the right one."""
        z = _quantile(level)
        if 0.75 < ratio / math.sqrt(runs) < 1.25 or abs(ratio * z / math.sqrt(runs) - 1) < 0.1:
            raise Wrong("That is where single runs lie; the mean over runs is known better than one run.")
        if abs(ratio * z - 1) < 0.07:
            raise Wrong("That is the mean plus and minus one standard error, which covers 68 %.")
        if abs(ratio * math.sqrt(runs) - 1) < 0.07:
            raise Wrong("You divide by the number of runs, not by its square root.")
        if abs(ratio * z / _quantile(2 * level - 1) - 1) < 0.05:
            raise Wrong("You leave out 1 − level on each side; leave out half on each side.")

    @staticmethod
    def _judge_width(ratio: float, level: float) -> None:
        from scipy import stats

        if 0.92 <= ratio <= 1.12:
            return
        other = 2 * stats.norm.cdf(ratio * _quantile(level)) - 1
        side = "narrow" if ratio < 1 else "wide"
        raise Wrong(f"Too {side}: it covers about {100 * other:.3g} %, not {100 * level:g} %.")


def _quantile(level: float) -> float:
    """Return how many standard errors an interval of this level reaches to either side."""
    from scipy import stats

    return float(stats.norm.ppf((1 + level) / 2))


def _error(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def _around(values: np.ndarray, reach: float) -> tuple[float, float]:
    return float(np.mean(values)) - reach, float(np.mean(values)) + reach


def _pool(dataset: str) -> np.ndarray:
    """Return what RUNS random searches of 50 evaluations find."""
    return pilot(dataset, RandomSearch)[:, 49]


@cache
def _samples(dataset: str, runs: int, level: float) -> list[tuple[np.ndarray, Band]]:
    """Return samples of the pool, and the package's interval for each."""
    rng = np.random.default_rng(1)
    samples = [rng.choice(_pool(dataset), runs, replace=False) for _ in range(BootstrapInterval.SAMPLES)]
    return [(values, bootstrap_band(values, level)) for values in samples]


def _mean_reach(dataset: str, runs: int, level: float) -> float:
    """Return how far the package's intervals of the samples reach to either side, on average."""
    return float(np.mean([band.high - band.low for _, band in _samples(dataset, runs, level)])) / 2


def runs_to_separate(dataset: str, budgets: Sequence[int], power: float) -> dict[int, float]:
    """Measure the difference d and the spread s of single runs; n = (z·s/d)², z = 1.96 + the quantile of power."""
    from scipy import stats

    evolution, random = (pilot(dataset, method) for method in (RegularizedEvolution, RandomSearch))
    answer = {}
    for budget in budgets:
        a, b = evolution[:, budget - 1], random[:, budget - 1]
        difference = a.mean() - b.mean()
        spread = math.sqrt(a.var(ddof=1) + b.var(ddof=1))
        z = 1.96 + stats.norm.ppf(power)
        answer[budget] = math.ceil((z * spread / difference) ** 2) if difference > 0 else math.inf
    return answer


class Separation(NamedTuple):
    """How many runs of each method tell evolution from random search.

    runs, low, high : the estimate, and the range that 200 runs leave open.
    half : the runs that do so in half of the studies only.
    unsquared : what comes out if one forgets to square.
    """

    runs: float
    low: float
    high: float
    half: float
    unsquared: float


@cache
def separations(dataset: str, budgets: tuple[int, ...], power: float) -> dict[int, Separation]:
    """Compute how many runs each budget needs, from the pilot."""
    from scipy import stats

    evolution, random = (pilot(dataset, method) for method in (RegularizedEvolution, RandomSearch))
    z = 1.96 + float(stats.norm.ppf(power))
    found = {}
    for step in budgets:
        a, b = evolution[:, step - 1], random[:, step - 1]
        band = difference_band(a, b)
        spread = math.sqrt(a.var(ddof=1) + b.var(ddof=1))
        runs, low, high = (
            (z * spread / d) ** 2 if d > 0 else math.inf for d in map(float, (band.mean, band.high, band.low))
        )
        high = high if high < MOST_RUNS else math.inf
        found[step] = Separation(runs, low, high, runs * (1.96 / z) ** 2, math.sqrt(runs))
    return found


class RunsToSeparate(Exercise):
    """Open-ended: plan a comparison."""

    TITLE = "Plan a comparison (open-ended)"
    QUESTION = (
        "Plan a study: how many runs of each method are needed so that the 95 % interval of the difference between "
        "regularized evolution (default settings) and random search on {dataset} lies above zero in a share {power} "
        "of all such studies, after {budgets} evaluations? Answer with a dictionary "
        "`{{evaluations: runs}}`, found in any way; `math.inf` where you cannot tell them apart. The check allows what "
        "200 runs of each leave open."
    )
    STUB = "runs = ..."
    HINTS = (
        "A pilot of 100 runs of each gives the difference d and the spread s = √(s₁² + s₂²) of single runs.",
        "With n runs the standard error is s/√n; d must exceed it z times, z = 1.96 + 0.84 for a power of 0.8.",
    )
    GIVEN: ClassVar = {"dataset": "cifar100", "budgets": (25, 50, 100), "power": 0.8}
    OFFICIAL = staticmethod(runs_to_separate)
    MISTAKES: ClassVar = {
        "no allowance for the power": Mistake(
            lambda dataset, budgets, power: {
                step: math.ceil(part.half) if part.half < math.inf else math.inf
                for step, part in separations(dataset, budgets, power).items()
            },
            "half of the studies only",
        ),
        "not squared": Mistake(
            lambda dataset, budgets, power: {
                step: part.unsquared for step, part in separations(dataset, budgets, power).items()
            },
            "square the ratio",
        ),
        "as many runs for all budgets": Mistake(
            lambda dataset, budgets, power: dict.fromkeys(
                budgets, runs_to_separate(dataset, budgets, power)[budgets[-1]]
            ),
            "runs are too few",
        ),
        "one run shows it": Mistake(lambda dataset, budgets, power: dict.fromkeys(budgets, 1), "One run has no spread"),
    }

    def solution(self) -> Markdown:
        """Return the source of the whole study."""
        return show_source(pilot, runs_to_separate)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        first, second = int(rng.choice([25, 30, 35, 40])), int(rng.choice([50, 60, 70]))
        power = float(rng.choice([0.8, 0.9, 0.95]))
        return {"dataset": draw_dataset(rng), "budgets": (first, second, EVALUATIONS), "power": power}

    def judge(self, answer: Any) -> str:
        budgets = self.given["budgets"]
        what = f"a dictionary with the keys {', '.join(map(str, budgets))}"
        if isinstance(answer, Mapping):
            if set(answer) != set(budgets):
                raise Wrong(f"The answer is {what}: got {describe(answer)}.")
            answer = [answer[budget] for budget in budgets]
        given = dict(zip(budgets, (number(value, infinity=True) for value in sequence(answer, len(budgets), what))))
        truth = separations(self.given["dataset"], budgets, self.given["power"])
        if any(runs < 2 for runs in given.values()):
            raise Wrong("One run has no spread: no interval can be had from fewer than two.")
        wrong = [budget for budget in budgets if not _fits(given[budget], truth[budget])]
        if not wrong:
            parts = [f"{step} evaluations: {_range(truth[step])}" for step in budgets]
            return f"What {RUNS} runs leave open: {'; '.join(parts)} runs of each."
        certain = [budget for budget in budgets if truth[budget].high < 4 * truth[budget].low]
        if certain and all(abs(given[step] - truth[step].half) <= 0.2 * truth[step].half + 1 for step in certain):
            raise Wrong("That many succeed in half of the studies only: on average d must exceed 1.96 errors by more.")
        if certain and all(abs(given[step] / truth[step].unsquared - 1) <= 0.1 for step in certain):
            raise Wrong("The error shrinks with the square root of the runs: square the ratio.")
        step, runs = wrong[0], given[wrong[0]]
        side = "few" if runs < truth[step].low else "many"
        share = 100.0 if math.isinf(runs) else 100 * _power(self.given["dataset"], step, int(runs))
        raise Wrong(
            f"After {step} evaluations: {runs:.6g} runs are too {side}. Drawn from {RUNS} runs of each, {share:.0f} % "
            f"of such studies have an interval above zero; {100 * self.given['power']:g} % are asked for."
        )


def _power(dataset: str, step: int, runs: int) -> float:
    """Draw 500 studies from the pilot; return the share whose t interval lies above zero."""
    from scipy import stats

    size = min(runs, MOST_RUNS)  # any difference that the pilot shows is found with so many
    rng = np.random.default_rng(0)
    curves = (pilot(dataset, method)[:, step - 1] for method in (RegularizedEvolution, RandomSearch))
    a, b = (rng.choice(found, (500, size)) for found in curves)
    error = np.sqrt((a.var(axis=1, ddof=1) + b.var(axis=1, ddof=1)) / size)
    low = a.mean(axis=1) - b.mean(axis=1) - stats.t.ppf(0.975, 2 * size - 2) * error
    return float((low > 0).mean())


def _fits(runs: float, truth: Separation) -> bool:
    return truth.low / 1.2 <= runs <= 1.2 * truth.high + 1


def _range(truth: Separation) -> str:
    low, high = math.ceil(truth.low), truth.high
    return f"{low} or more, perhaps no number" if math.isinf(high) else f"{low} to {math.ceil(high)}"


exercises = ExerciseSet(
    "evaluation", "02 Evaluation", [BestOfDraws, DrawsToBeat, LeakyEvaluation, BootstrapInterval, RunsToSeparate]
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
