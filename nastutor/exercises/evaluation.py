"""Exercises of lesson 02: the best of n, honest reports, intervals, and how many runs tell two methods apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises.answers import Called, Wrong, compare, describe, number, pair, sequence
from nastutor.exercises.exercise import Exercise, ExerciseSet
from nastutor.exercises.tables import better_cells, draw_dataset, random_curves, reported, table
from nastutor.loop.history import History
from nastutor.loop.search import repeat, search
from nastutor.searchers import RandomSearch, RegularizedEvolution
from nastutor.spaces import COMPANIONS, CellSpace
from nastutor.statistics import bootstrap_band, difference_band, expected_best_of, incumbent_curves


def expected_best(values: Sequence[float], n: int) -> float:
    """Sort; the best of n draws is the i-th with probability (i/N)ⁿ − ((i−1)/N)ⁿ."""
    ordered = np.sort(values)
    edges = (np.arange(len(ordered) + 1) / len(ordered)) ** n
    return float(ordered @ np.diff(edges))


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
        data, count = np.array(values), len(values)
        edges = (np.arange(count + 1) / count) ** n
        ordered = np.sort(data)
        below = np.array([math.comb(i, n) / math.comb(count, n) if n <= count else math.nan for i in range(count + 1)])
        mistakes = [
            (n * data.mean(), "That is n times the mean; the largest of n is not their sum."),
            (float(data @ np.diff(edges)), "The i-th smallest is meant: sort the values first."),
            (float(ordered[::-1] @ np.diff(edges)), "You sort from the largest; the i-th smallest is meant."),
            (float(data.max()), "That is the largest of all; it is not always drawn."),
            (float(data.mean()), "That is the mean of one draw; it should grow with n."),
            (float(ordered @ np.diff(below)), "That is without replacement; here a value may be drawn twice."),
            (float(ordered @ edges[1:]), "(i/N)ⁿ says that the largest is at most the i-th; how likely is exactly it?"),
        ]
        for mistaken, message in mistakes:
            if abs(value - mistaken) <= 1e-6 * max(1.0, abs(mistaken)):
                return message
        if abs(value - float(ordered @ np.diff(edges))) < 0.03 * np.ptp(data):
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

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        dataset = draw_dataset(rng)
        bench = table(dataset)
        good = np.argsort(-bench.values("val_accuracy", seeds="all"), kind="stable")[50:1500]
        cell = bench.space.to_string(bench.genotypes[rng.choice(good)])
        return {"dataset": dataset, "cell": cell, "chance": float(rng.choice([0.5, 0.9, 0.95, 0.99]))}

    def judge(self, answer: Any) -> str:
        dataset, cell, chance = self.given["dataset"], self.given["cell"], self.given["chance"]
        bench = table(dataset)
        accuracies = bench.values("val_accuracy", seeds="all")
        own = accuracies[bench.genotypes.index(bench.space.from_string(cell))]
        # Means that are equal may differ in the last bit, and then a plain comparison counts some of them as better.
        counts = [better_cells(dataset, cell), int((accuracies > own).sum())]
        share = counts[0] / len(bench)
        exact = math.log(1 - chance) / math.log(1 - share)
        truths = {math.ceil(math.log(1 - chance) / math.log(1 - count / len(bench))) for count in counts}
        without = _draws_without_replacement(counts[0], len(bench), chance)
        value = number(answer)
        said = f"p = {100 * share:.2f} %, and 1 − (1 − p)ⁿ reaches {chance:g} at n = {math.ceil(exact)}"
        if value in truths or value == without:
            return said + (f" ({without} if no cell is drawn twice)." if without != math.ceil(exact) else ".")
        if abs(value - exact) < 0.01:
            raise Wrong("Draws are whole: how many of them reach the chance?")
        if value == math.floor(exact):
            reached = 1 - (1 - share) ** value
            raise Wrong(f"Nearly: with {value:.0f} draws the chance is {100 * reached:.2f} %, just below {chance:g}.")
        mistakes = [
            (1 / share, "That is how many draws it takes on average; often it takes longer."),
            (math.ceil(1 / share), "That is how many draws it takes on average; often it takes longer."),
            (chance / share, "n·p is the expected number of better cells among n, not the chance of one."),
            (math.ceil(chance / share), "n·p is the expected number of better cells among n, not the chance of one."),
            (math.ceil(math.log(chance) / math.log(1 - share)), "That many fail with the chance asked for."),
            *((p, "That is the share of better cells; how many draws does it take?") for p in (share, 100 * share)),
        ]
        for name in DATASETS:
            other = better_cells(name, cell) / len(bench)
            if name != dataset and 0 < other < 1:
                draws = math.ceil(math.log(1 - chance) / math.log(1 - other))
                mistakes.append((draws, f"That is the number for {name}; the question is about {dataset}."))
        for mistaken, message in mistakes:
            if abs(value - mistaken) < min(0.5, 0.01 * mistaken):
                raise Wrong(message)
        low, high = "They beat it less often than that.", "Fewer draws reach that chance."
        compare(value, math.ceil(exact), 0, [], low=low, high=high)
        return said


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

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "budget": int(rng.choice([50, 100, 150]))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        bench = table(self.given["dataset"])
        average = dict(zip(bench.genotypes, bench.values("val_accuracy", seeds="all").tolist()))
        flattery = []
        for seed in range(12):
            searcher = (
                RandomSearch(bench.space, seed=seed) if seed % 2 else RegularizedEvolution(bench.space, seed=seed)
            )
            history = search(searcher, bench.evaluate, self.given["budget"], progress=False)
            best = history.best()
            others = {record.genotype: bench.report(record.genotype)["val_accuracy"] for record in history}
            result = function(bench, history)
            if isinstance(result, Mapping):
                raise Wrong("Return one number, the accuracy to print, not all metrics.")
            value = number(result)
            tied = [others[record.genotype] for record in history if record.value == best.value]
            assert isinstance(best.value, float)
            flattery.append(best.value - others[best.genotype])
            if min(abs(value - right) for right in tied) < 1e-9:
                continue
            average_found = float(np.mean([others[record.genotype] for record in history]))
            mistakes = [
                (best.value, "That is the number that it was selected by: the best of many, luck included."),
                (average[best.genotype], "That average still includes the seed that the search selected on."),
                (max(others.values()), "You select a second time, on the seeds that should only report."),
                (others[history[-1].genotype], "That is the last architecture evaluated, not the one chosen."),
                (average_found, "That is the mean of all evaluated; one was chosen."),
            ]
            for mistaken, message in mistakes:
                if abs(value - mistaken) < 1e-9:
                    raise Wrong(message)
            raise Wrong(f"In a run with seed {seed} you report {value:.4g}: which architecture and which seeds is it?")
        return f"Over {len(flattery)} searches the leaky report flatters by {np.mean(flattery):.2f} points."


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
    SAMPLES = 20

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        runs = int(rng.choice([25, 30, 40, 50]))
        return {"dataset": draw_dataset(rng), "runs": runs, "level": float(rng.choice([0.8, 0.9, 0.99]))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        level, runs = self.given["level"], self.given["runs"]
        pool = random_curves(self.given["dataset"], 50, 300)[:, -1]
        rng = np.random.default_rng(1)
        widths, covered = [], 0
        for _ in range(self.SAMPLES):
            values = rng.choice(pool, runs, replace=False)
            low, high = pair(function(values.copy(), level))
            reference = bootstrap_band(values, level)
            if not low <= values.mean() <= high:
                text = f"an interval that leaves out the mean of the runs, {values.mean():.2f}"
                raise Wrong(f"You return ({low:.2f}, {high:.2f}), {text}.")
            widths.append((high - low) / (reference.high - reference.low))
            covered += low <= pool.mean() <= high
        self._judge_width(float(np.mean(widths)), level, runs)
        return (
            f"Your interval is {np.mean(widths):.2f} times as wide as the package's, and holds the mean of all 300 "
            f"runs in {covered} of {self.SAMPLES} samples of {runs}."
        )

    @staticmethod
    def _judge_width(ratio: float, level: float, runs: int) -> None:
        from scipy import stats

        if 0.92 <= ratio <= 1.12:
            return
        if ratio == 0:
            raise Wrong("Your interval has no width; the mean over runs is not known exactly.")
        z = stats.norm.ppf((1 + level) / 2)
        if 0.75 < ratio / math.sqrt(runs) < 1.25 or abs(ratio * z / math.sqrt(runs) - 1) < 0.1:
            raise Wrong("That is where single runs lie; the mean over runs is known better than one run.")
        if abs(ratio * z - 1) < 0.07:
            raise Wrong("That is the mean plus and minus one standard error, which covers 68 %.")
        if abs(ratio * z * math.sqrt(runs) - z) < 0.07 * z:
            raise Wrong("You divide by the number of runs, not by its square root.")
        other = 2 * stats.norm.cdf(ratio * z) - 1
        if ratio < 1:
            raise Wrong(f"Too narrow: it covers about {100 * other:.3g} %, not {100 * level:g} %.")
        raise Wrong(f"Too wide: it covers about {100 * other:.3g} %, not {100 * level:g} %.")


def runs_to_separate(dataset: str, budgets: Sequence[int], power: float) -> dict[int, float]:
    """Measure difference d and standard deviations with 100 runs; n = (z·s/d)², z = 1.96 + the quantile of power."""
    from scipy import stats

    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    curves = []
    for method in (RegularizedEvolution, RandomSearch):
        histories = repeat(
            lambda seed, method=method: method(bench.space, seed=seed),  # type: ignore[misc]
            bench.evaluate,
            max(budgets),
            seeds=range(100),
            progress=False,
        )
        curves.append(incumbent_curves(histories, lambda genotype: bench.report(genotype)["val_accuracy"]))
    answer = {}
    for budget in budgets:
        evolution, random = curves[0][:, budget - 1], curves[1][:, budget - 1]
        difference = evolution.mean() - random.mean()
        spread = math.sqrt(evolution.var(ddof=1) + random.var(ddof=1))
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
def _pilot(dataset: str, budget: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what evolution and random search find in 200 runs of each, both (runs, evaluations)."""
    bench = table(dataset)
    histories = repeat(
        lambda seed: RegularizedEvolution(bench.space, seed=seed),
        bench.evaluate,
        budget,
        seeds=range(200),
        progress=False,
    )
    return reported(dataset, histories), random_curves(dataset, budget, 200)


@cache
def separations(dataset: str, budgets: tuple[int, ...], power: float) -> dict[int, Separation]:
    """Compute how many runs each budget needs, from 200 runs of each method."""
    from scipy import stats

    evolution, random = _pilot(dataset, max(budgets))
    z = 1.96 + float(stats.norm.ppf(power))
    found = {}
    for step in budgets:
        a, b = evolution[:, step - 1], random[:, step - 1]
        band = difference_band(a, b)
        spread = math.sqrt(a.var(ddof=1) + b.var(ddof=1))
        runs, low, high = (
            (z * spread / d) ** 2 if d > 0 else math.inf for d in map(float, (band.mean, band.high, band.low))
        )
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

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "power": float(rng.choice([0.8, 0.9]))}

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
            return f"What 200 runs leave open: {'; '.join(parts)} runs of each."
        certain = [budget for budget in budgets if truth[budget].high < 4 * truth[budget].low]
        if certain and all(abs(given[step] - truth[step].half) <= 0.2 * truth[step].half + 1 for step in certain):
            raise Wrong("That many succeed in half of the studies only: on average d must exceed 1.96 errors by more.")
        if certain and all(abs(given[step] / truth[step].unsquared - 1) <= 0.1 for step in certain):
            raise Wrong("The error shrinks with the square root of the runs: square the ratio.")
        step, runs = wrong[0], given[wrong[0]]
        side = "few" if runs < truth[step].low else "many"
        share = 100.0 if math.isinf(runs) else 100 * _power(self.given["dataset"], budgets, step, int(runs))
        raise Wrong(
            f"After {step} evaluations: {runs:.6g} runs are too {side}. Drawn from 200 runs of each, {share:.0f} % of "
            f"such studies have an interval above zero; {100 * self.given['power']:g} % are asked for."
        )


def _power(dataset: str, budgets: tuple[int, ...], step: int, runs: int) -> float:
    """Draw 500 studies from the pilot; return the share whose t interval lies above zero."""
    from scipy import stats

    size = min(runs, 2000)  # any difference that the pilot shows is found with so many
    rng = np.random.default_rng(0)
    a, b = (rng.choice(curves[:, step - 1], (500, size)) for curves in _pilot(dataset, max(budgets)))
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
