"""Exercises of lesson 16: counting graph networks, an honest report, tasks that are alike, and warm starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.nasbench_graph import SAME_NETWORKS
from nastutor.exercises.answers import Wrong, choice, compare, describe, sequence
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.loop.search import search
from nastutor.searchers import RandomSearch, RegularizedEvolution
from nastutor.spaces.space import Genotype
from nastutor.statistics import Band, rank_correlation, student_band


@cache
def graph_table(task: str) -> Benchmark:
    """Open the table of a task."""
    return load_benchmark("nasbench_graph", task=task)


def count_graphs(nodes: int, operations: int) -> int:
    """Count the ways to write a graph network: operations, times inputs, without what only skips."""
    inputs = math.factorial(nodes)  # node 1 has one to choose from, node 2 two, …
    return operations**nodes * inputs - inputs


class Count(Exercise):
    """How many ways there are to write a graph network."""

    TITLE = "Count the space"
    QUESTION = (
        "A space of graph networks has {nodes} nodes in a row. Each applies one of {operations} operations, the last "
        "of which is skip, to the input of the network or to one earlier node. How many ways are there to write a "
        "network, without those in which every node skips?"
    )
    STUB = "ways = ..."
    HINTS = (
        "Node 1 can take the input only, node 2 the input or node 1, and so on.",
        "Where every node skips, the inputs may still be chosen freely.",
    )
    GIVEN: ClassVar = {"nodes": 5, "operations": 7}
    OFFICIAL = staticmethod(count_graphs)
    MISTAKES: ClassVar = {
        "counts those that only skip": Mistake(
            lambda nodes, operations: operations**nodes * math.factorial(nodes), "those that only skip are in it"
        ),
        "takes only one of them away": Mistake(
            lambda nodes, operations: operations**nodes * math.factorial(nodes) - 1, "only one of those that only skip"
        ),
        "lets a node take later ones": Mistake(
            lambda nodes, operations: (operations**nodes - 1) * nodes**nodes, "nodes that come later"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"nodes": int(rng.integers(3, 8)), "operations": int(rng.integers(3, 11))}

    def judge(self, answer: Any) -> str:
        nodes, operations = self.given["nodes"], self.given["operations"]
        inputs = math.factorial(nodes)
        mistakes = [
            (operations**nodes * inputs, "Nearly: those that only skip are in it."),
            (operations**nodes * inputs - 1, "Nearly: only one of those that only skip is taken away."),
            ((operations**nodes - 1) * nodes**nodes, "That lets a node take its input from nodes that come later."),
        ]
        compare(answer, count_graphs(nodes, operations), 0, mistakes)
        return f"{inputs:,} ways to connect them, times {operations}^{nodes} − 1 ways to fill them."


@cache
def _evaluated(task: str, seed: int, budget: int) -> tuple[tuple[float, float], ...]:
    """Return validation and test accuracy of what a random search evaluates."""
    bench = graph_table(task)
    history = search(RandomSearch(bench.space, seed=seed), bench.evaluate, budget, progress=False)
    return tuple((record.metrics["val_accuracy"], bench.report(record.genotype)["test_accuracy"]) for record in history)


def honest_report(task: str, seed: int, budget: int) -> float:
    """Search on validation, then report the test accuracy of the one that was chosen."""
    bench = graph_table(task)
    history = search(RandomSearch(bench.space, seed=seed), bench.evaluate, budget, progress=False)
    return bench.report(history.best().genotype)["test_accuracy"]


class HonestReport(Exercise):
    """Which of three numbers goes into the report."""

    TITLE = "The honest report"
    QUESTION = (
        "`RandomSearch(bench.space, seed={seed})` searches the task {task} with {budget} evaluations. What accuracy, "
        "in percent, do you write into the report?"
    )
    STUB = "accuracy = ..."
    HINTS = (
        "What a number has chosen it cannot report.",
        "`bench.report` of the genotype of `history.best()`.",
    )
    GIVEN: ClassVar = {"task": "cora", "seed": 3, "budget": 100}
    OFFICIAL = staticmethod(honest_report)
    MISTAKES: ClassVar = {
        "reports what chose": Mistake(
            lambda task, seed, budget: max(_evaluated(task, seed, budget))[0], "the number that chose it"
        ),
        "chooses by test": Mistake(
            lambda task, seed, budget: max(test for _, test in _evaluated(task, seed, budget)), "the test set chose"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {
            "task": SAME_NETWORKS[rng.integers(len(SAME_NETWORKS))],
            "seed": int(rng.integers(100)),
            "budget": int(rng.choice([50, 100, 150])),
        }

    def judge(self, answer: Any) -> str:
        pairs = _evaluated(**self.given)
        validation, best_test = max(pairs)[0], max(test for _, test in pairs)
        truth = honest_report(**self.given)
        mistakes = [
            (validation, "That is the number that chose it: it is flattered by the choice. Report on the test split."),
            (best_test, "That is the best test accuracy of all: the test set chose, so nothing is left to report on."),
        ]
        compare(answer, truth, 0.005, mistakes)
        return (
            f"{validation:.2f} chose it, {truth:.2f} is reported; the best on the test split, {best_test:.2f}, is lost."
        )


@cache
def _alikeness(task: str) -> dict[str, float]:
    """Return the rank correlation of a task's test accuracies with those of each other."""
    own = graph_table(task).values("test_accuracy")
    return {
        other: rank_correlation(own, graph_table(other).values("test_accuracy"))
        for other in SAME_NETWORKS
        if other != task
    }


def closest_task(task: str) -> str:
    """Return the other task whose test accuracies rank the networks most alike."""
    own = graph_table(task).values("test_accuracy")
    others = [other for other in SAME_NETWORKS if other != task]
    return max(others, key=lambda other: rank_correlation(own, graph_table(other).values("test_accuracy")))


class Closest(Exercise):
    """Which other task ranks the networks most alike."""

    TITLE = "Which task transfers?"
    QUESTION = (
        "Of the seven other tasks with the same networks (cora, citeseer, pubmed, cs, physics, photo, computers, "
        "arxiv), which one ranks the networks most like {task}, by Spearman's correlation of test accuracies? Answer "
        "with its name."
    )
    STUB = "other = ..."
    HINTS = (
        "Predict first: which networks of papers, of authors, of goods are there?",
        '`statistics.rank_correlation(bench.values("test_accuracy"), other.values("test_accuracy"))`.',
    )
    GIVEN: ClassVar = {"task": "physics"}
    OFFICIAL = staticmethod(closest_task)
    MISTAKES: ClassVar = {
        "itself": Mistake(lambda task: task, "is like itself"),
        "the least alike": Mistake(
            lambda task: min(_alikeness(task), key=_alikeness(task).__getitem__), "the least alike of the seven"
        ),
    }
    FEW_ANSWERS = "There are eight tasks."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"task": SAME_NETWORKS[rng.integers(len(SAME_NETWORKS))]}

    def judge(self, answer: Any) -> str:
        task = self.given["task"]
        name = choice(answer, SAME_NETWORKS)
        if name == task:
            raise Wrong(f"Every task is like itself: which of the others is like {task}?")
        found = _alikeness(task)
        if name == min(found, key=found.__getitem__):
            raise Wrong(f"{name} is the least alike of the seven, with {found[name]:.2f}.")
        if found[name] < max(found.values()):
            raise Wrong(f"{name} has {found[name]:.2f}: another one is more alike.")
        return f"{name}, with {found[name]:.2f}; the least alike has {min(found.values()):.2f}."


SEEDS = 10


def favourites(task: str, count: int = 20) -> list[Genotype]:
    """Return the networks with the best validation accuracy on a task, the best first."""
    bench = graph_table(task)
    best = np.argsort(-bench.values("val_accuracy"), kind="stable")[:count]
    return [bench.genotypes[row] for row in best]


@cache
def _evolved(task: str, budget: int, designs: tuple[Genotype, ...], seeds: int) -> np.ndarray:
    """Return what runs of evolution chose, (seeds, 2): validation and test accuracy."""
    bench, found = graph_table(task), []
    for seed in range(seeds):
        searcher = RegularizedEvolution(bench.space, seed=seed).start_from(designs)
        best = search(searcher, bench.evaluate, budget, progress=False).best()
        found.append((best.metrics["val_accuracy"], bench.report(best.genotype)["test_accuracy"]))
    return np.array(found)


def _gains(source: str, target: str, budget: int, seeds: int = SEEDS) -> np.ndarray:
    """Return with minus without a warm start, run by run, (seeds, 2)."""
    return _evolved(target, budget, tuple(favourites(source)), seeds) - _evolved(target, budget, (), seeds)


def warm_gain(source: str, target: str, budget: int) -> float:
    """Evolve with and without the favourites of another task, and compare the reports."""
    bench, gains = graph_table(target), []
    for seed in range(SEEDS):
        reports = []
        for designs in (favourites(source), []):
            searcher = RegularizedEvolution(bench.space, seed=seed).start_from(designs)
            history = search(searcher, bench.evaluate, budget, progress=False)
            reports.append(bench.report(history.best().genotype)["test_accuracy"])
        gains.append(reports[0] - reports[1])
    return float(np.mean(gains))


class WarmGain(Exercise):
    """What a warm start from another task brings."""

    TITLE = "A warm start"
    QUESTION = (
        "`RegularizedEvolution(bench.space, seed)` searches {target} with {budget} evaluations, seeds 0 to 9, once "
        "as it is and once with `.start_from(designs)`: the 20 networks with the best validation accuracy on {source}, "
        "best first. How many points of test accuracy more has the warm start, on average (negative if fewer)?"
    )
    STUB = "gain = ..."
    HINTS = (
        "`np.argsort(-values, kind='stable')[:20]` gives the rows of the designs.",
        "Twenty runs of `search`, ten with designs and ten without; report each, and take the means apart.",
    )
    GIVEN: ClassVar = {"source": "photo", "target": "arxiv", "budget": 50}
    OFFICIAL = staticmethod(warm_gain)
    MISTAKES: ClassVar = {
        "without minus with": Mistake(
            lambda source, target, budget: -_gains(source, target, budget)[:, 1].mean(), "the other way round"
        ),
        "compares what chose": Mistake(
            lambda source, target, budget: _gains(source, target, budget)[:, 0].mean(), "of validation accuracies"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        source, target = rng.permutation(len(SAME_NETWORKS))[:2]
        return {
            "source": SAME_NETWORKS[source],
            "target": SAME_NETWORKS[target],
            "budget": int(rng.choice([40, 50, 60])),
        }

    def judge(self, answer: Any) -> str:
        validation, truth = _gains(**self.given).mean(axis=0)
        mistakes = [
            (-truth, "That is the other way round: with minus without."),
            (validation, "That is the gain of validation accuracies; report the test accuracy of what was chosen."),
        ]
        compare(answer, truth, 0.005, mistakes)
        return f"{truth:+.2f} points of test accuracy, {validation:+.2f} of the validation accuracy that chose."


def _gain_band(source: str, target: str, budget: int) -> Band:
    return student_band(_gains(source, target, budget, 20)[:, 1])


def misleading_pair(budget: int) -> Sequence[str]:
    """Name a source and a target: cora's favourites are those that its few validation nodes flatter most."""
    return "cora", "pubmed"


class Misleading(Exercise):
    """Open-ended: a warm start that misleads."""

    TITLE = "A warm start that misleads (open-ended)"
    QUESTION = (
        "Find a pair (source, target) of different tasks, among the eight with the same networks, for which a warm "
        "start as in question 4 makes the search worse: {budget} evaluations, seeds 0 to 19, the 95 % interval "
        "(Student's t) of the difference of test accuracies, with minus without, below zero. Answer with two names."
    )
    STUB = "pair = ..."
    HINTS = (
        "Whose best networks by validation are not its best by test?",
        "Correlation over all networks is a poor guide: look at twenty designs, not at 26,206.",
    )
    GIVEN: ClassVar = {"budget": 50}
    OFFICIAL = staticmethod(misleading_pair)
    MISTAKES: ClassVar = {
        "one task": Mistake(lambda budget: ("cora", "cora"), "two different tasks"),
        "a start that helps": Mistake(lambda budget: ("pubmed", "cora"), "That start helps"),
    }
    FEW_ANSWERS = "A pair that misleads does so at every budget that is asked for."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"budget": int(rng.choice([45, 50, 55]))}

    def judge(self, answer: Any) -> str:
        source, target = (
            choice(name, SAME_NETWORKS) for name in sequence(answer, 2, "a pair (source, target) of names")
        )
        if source == target:
            raise Wrong(f"Name two different tasks: got {describe(source)} twice.")
        band = _gain_band(source, target, self.given["budget"])
        if band.low > 0:
            raise Wrong(f"That start helps: {band} points.")
        if band.high >= 0:
            raise Wrong(f"Not told apart: {band} points, and zero is inside.")
        return f"From {source} to {target}: {band} points. Experience misleads where it is noisy, or of another kind."


exercises = ExerciseSet("graph_networks", "16 Graph networks", [Count, HonestReport, Closest, WarmGain, Misleading])
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
