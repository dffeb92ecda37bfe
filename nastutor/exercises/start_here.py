"""Exercises of lesson 00: the three parts of a search, ranks in the table, and the first search of your own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from nastutor import load_benchmark
from nastutor.benchmarks import Benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises.answers import NotAttempted, Wrong, compare, describe, is_number, number, pair, sequence
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import (
    accuracies,
    better_cells,
    cell_row,
    draw_dataset,
    random_curves,
    random_result,
    reported,
    run_searchers,
    table,
)
from nastutor.loop.history import History
from nastutor.loop.search import search
from nastutor.searchers import LocalSearch, Proposal, RandomSearch, RegularizedEvolution, Searcher
from nastutor.spaces import COMPANIONS, CellSpace, Genotype, Variable
from nastutor.statistics import difference_band, expected_best_of

PILLARS = ("search space", "search strategy", "performance estimation")

_NAMES = {name: pillar for pillar in PILLARS for name in (pillar, pillar.split()[-1])} | {"performance": PILLARS[2]}
_ROOMS = dict(zip(("spaces", "searchers", "benchmarks"), PILLARS))
_LINES: dict[str, Any] = {
    "space = CellSpace()": CellSpace,
    "searcher = RegularizedEvolution(space, seed=1)": RegularizedEvolution,
    "proposal = searcher.ask()": Searcher.ask,
    "metrics = bench.evaluate(proposal.genotype)": Benchmark.evaluate,
    'searcher.tell(proposal, metrics["val_accuracy"])': Searcher.tell,
    'kernel = Variable("kernel", (3, 5, 7))': Variable,
    "searcher = RandomSearch(space, seed=1)": RandomSearch,
    "searcher = LocalSearch(space, seed=1, steepest=True)": LocalSearch,
    'bench.report(genotype)["val_accuracy"]': Benchmark.report,
    'bench = load_benchmark("nasbench201", dataset="cifar10")': load_benchmark,
}
"""Lines of a search, and what does the work in each."""

_DENIALS = {
    PILLARS[0]: "It does not say what can be built.",
    PILLARS[1]: "It does not decide what to try next.",
    PILLARS[2]: "It does not say what an architecture is worth.",
}


def pillars_of(lines: str) -> list[str]:
    """Say what each line is about: what can be built, what to try next, or what an architecture is worth."""
    found = []
    for line in lines.splitlines():
        if "bench" in line:
            found.append("performance estimation")
        elif "searcher" in line:
            found.append("search strategy")
        else:
            found.append("search space")
    return found


def _taken_for(pillar: str, *marks: str) -> Callable[[str], list[str]]:
    """Return an answer that takes each line with one of these marks for a pillar, and is right about the others."""

    def answer(lines: str) -> list[str]:
        right = pillars_of(lines)
        written = lines.splitlines()
        return [pillar if any(mark in line for mark in marks) else true for line, true in zip(written, right)]

    return answer


class Pillars(Exercise):
    """Which pillar each line of a search belongs to."""

    TITLE = "The three pillars"
    QUESTION = (
        "Which pillar does each of these lines belong to? Answer with a list of five strings, in order, each "
        '`"search space"`, `"search strategy"` or `"performance estimation"`.\n\n```python\n{lines}\n```'
    )
    STUB = "pillars = ..."
    HINTS = (
        "Ask of each line: does it say what can be built, what to try next, or what an architecture is worth?",
        "A space knows no accuracy. A searcher asks and is told. A benchmark measures.",
    )
    GIVEN: ClassVar = {"lines": "\n".join(tuple(_LINES)[:5])}
    OFFICIAL = staticmethod(pillars_of)
    MISTAKES: ClassVar = {
        "whatever names the space is the space": Mistake(_taken_for(PILLARS[0], "space"), "not say what can be built"),
        "whatever names an architecture chooses it": Mistake(
            _taken_for(PILLARS[1], "genotype"), "not decide what to try next"
        ),
        "asking and telling are estimation": Mistake(
            _taken_for(PILLARS[2], ".ask(", ".tell("), "not say what an architecture is worth"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"lines": "\n".join(tuple(_LINES)[i] for i in rng.permutation(len(_LINES))[:5])}

    def judge(self, answer: Any) -> str:
        lines = self.given["lines"].splitlines()
        if isinstance(answer, dict) and set(answer) == set(lines):
            answer = [answer[line] for line in lines]
        given = sequence(answer, len(lines), f"a list of {len(lines)} strings")
        if all(name is None or name is ... for name in given):
            raise NotAttempted
        # The package keeps each pillar in a folder of its own, so where a thing is defined says what it is.
        truth = [_ROOMS[_LINES[line].__module__.split(".")[1]] for line in lines]
        names = []
        for position, name in enumerate(given, start=1):
            known = _NAMES.get(" ".join(name.lower().split())) if isinstance(name, str) else None
            if known is None:
                raise Wrong(f"Line {position}: {describe(name)} is no pillar; choose among {', '.join(PILLARS)}.")
            names.append(known)
        right = sum(name == true for name, true in zip(names, truth))
        for position, (line, name, true) in enumerate(zip(lines, names, truth), start=1):
            if name != true:
                raise Wrong(f"{right} of {len(lines)} are right. Look at line {position}, {line}: {_DENIALS[name]}")
        return "Space, strategy and estimation can be exchanged one by one: that is why they are kept apart."


def rank_of(dataset: str, cell: str) -> int:
    """Count the cells that are better; the best cell has rank 1."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracies = bench.values("val_accuracy", seeds="all")
    own = accuracies[bench.genotypes.index(bench.space.from_string(cell))]
    return int((accuracies > own).sum()) + 1


class Rank(Exercise):
    """The rank of a cell."""

    TITLE = "A rank"
    QUESTION = (
        "Which rank has the cell `{cell}` among all 15,625 on {dataset}, by mean validation accuracy over all seeds "
        '(`bench.values("val_accuracy", seeds="all")`)? The best cell has rank 1.'
    )
    STUB = "rank = ..."
    HINTS = (
        "`bench.genotypes` and `bench.values(...)` are in the same order; `bench.space.from_string` reads a cell.",
        "Compare all accuracies with the one of this cell and count those that are larger.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "cell": CellSpace().to_string(COMPANIONS["all 3×3"])}
    OFFICIAL = staticmethod(rank_of)
    MISTAKES: ClassVar = {
        "the best cell has rank 0": Mistake(lambda dataset, cell: better_cells(dataset, cell), "Count again from 1"),
        "the cell itself is counted as better": Mistake(
            lambda dataset, cell: int((accuracies(dataset) >= accuracies(dataset)[cell_row(dataset, cell)]).sum()) + 1,
            "those that are larger, not those that are as large",
        ),
        "sorted from the worst": Mistake(
            lambda dataset, cell: int((accuracies(dataset) < accuracies(dataset)[cell_row(dataset, cell)]).sum()) + 1,
            "count from the worst cell",
        ),
        "by the search seed": Mistake(
            lambda dataset, cell: better_cells(dataset, cell, "search") + 1, "the rank by the search seed alone"
        ),
        "by the report seeds": Mistake(
            lambda dataset, cell: better_cells(dataset, cell, "report") + 1, "the rank by the report seeds"
        ),
        "the row of the table": Mistake(cell_row, "the table is not sorted by accuracy"),
        "the accuracy": Mistake(
            lambda dataset, cell: float(accuracies(dataset)[cell_row(dataset, cell)]), "its accuracy in percent"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        space = CellSpace()
        return {"dataset": draw_dataset(rng), "cell": space.to_string(space.sample(rng))}

    def judge(self, answer: Any) -> str:
        dataset, cell = self.given["dataset"], self.given["cell"]
        values, row = accuracies(dataset), cell_row(dataset, cell)
        better = better_cells(dataset, cell)
        worse = int((values < values[row] - 1e-9).sum())
        ties = len(values) - better - worse - 1  # any order among equals is a rank too
        value = number(answer)
        if better + 1 <= value <= better + 1 + ties and value == int(value):
            return f"{better:,} cells are better, {worse:,} worse."
        mistakes: dict[float, str] = {
            better: "Count again from 1: the best cell has rank 1, not 0.",
            better + ties + 2: "Count those that are larger, not those that are as large: the cell is one of them.",
            row: "That is where the cell stands in the table, not its rank: the table is not sorted by accuracy.",
            better_cells(dataset, cell, "search") + 1: 'That is the rank by the search seed alone: use seeds="all".',
            better_cells(dataset, cell, "report") + 1: 'That is the rank by the report seeds: use seeds="all".',
        }
        if worse <= value <= worse + 1 + ties:
            raise Wrong("You count from the worst cell: sort from the best, so that the best has rank 1.")
        if value in mistakes:
            raise Wrong(mistakes[value])
        if abs(value - values[row]) < 0.01:
            raise Wrong("That is its accuracy in percent; the rank says how many cells are better, plus one.")
        if not 1 <= value <= len(values) or value != int(value):
            raise Wrong(f"A rank is a whole number from 1 to {len(values):,}: got {value:g}.")
        raise Wrong(f"{value:.0f} is too {'small' if value < better + 1 else 'large'}: {_which_side(value, better)}")


def _which_side(value: float, better: int) -> str:
    return "more cells are better than that." if value < better + 1 else "fewer cells are better than that."


def share_that_beats(dataset: str, cell: str) -> float:
    """Return the share of cells with a higher mean accuracy, in percent."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracies = bench.values("val_accuracy", seeds="all")
    own = accuracies[bench.genotypes.index(bench.space.from_string(cell))]
    return 100 * float((accuracies > own).mean())


def _share(dataset: str, cell: str, seeds: str = "all") -> float:
    return 100 * better_cells(dataset, cell, seeds) / len(table(dataset))


class ShareThatBeats(Exercise):
    """The share of cells that beat a cell made by hand."""

    TITLE = "How good is a cell made by hand?"
    QUESTION = (
        "Which share of all cells, in percent with one decimal, has a higher mean validation accuracy (all seeds) on "
        "{dataset} than `{cell}`?"
    )
    STUB = "share = ..."
    DECIMALS = 1
    HINTS = (
        "It is nearly the question before: ranks and shares count the same cells.",
        "The mean of an array of True and False is the share of True; percent is a hundred times that.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "cell": CellSpace().to_string(COMPANIONS["ResNet-like"])}
    OFFICIAL = staticmethod(share_that_beats)
    MISTAKES: ClassVar = {
        "a fraction": Mistake(lambda dataset, cell: _share(dataset, cell) / 100, "as a fraction"),
        "the share of the others": Mistake(
            lambda dataset, cell: 100 - _share(dataset, cell), "the share of cells that do not beat it"
        ),
        "a count": Mistake(lambda dataset, cell: better_cells(dataset, cell), "how many cells beat it"),
        "by the search seed": Mistake(
            lambda dataset, cell: _share(dataset, cell, "search"),
            "by the search seed alone",
        ),
        "by the report seeds": Mistake(
            lambda dataset, cell: _share(dataset, cell, "report"),
            "by the report seeds",
        ),
        "on the dataset before": Mistake(
            lambda dataset, cell: _share(tuple(DATASETS)[tuple(DATASETS).index(dataset) - 1], cell),
            "the question is about",
        ),
    }

    draw = Rank.draw

    def judge(self, answer: Any) -> str:
        dataset, cell = self.given["dataset"], self.given["cell"]
        count, truth = better_cells(dataset, cell), _share(dataset, cell)
        mistakes = [
            (truth / 100, "That is the share as a fraction; answer in percent."),
            (100 - truth, "That is the share of cells that do not beat it; count those that do."),
            (count, "That is how many cells beat it; what is their share of all cells, in percent?"),
            (_share(dataset, cell, "search"), "That is by the search seed alone: use all seeds."),
            (_share(dataset, cell, "report"), "That is by the report seeds: use all seeds."),
        ]
        others = [name for name in DATASETS if name != dataset]
        mistakes += [
            (_share(name, cell), f"That is the share on {name}; the question is about {dataset}.") for name in others
        ]
        compare(answer, truth, 0.05, mistakes, low="More cells beat it.", high="Fewer cells beat it.")
        return f"{count:,} of {len(table(dataset)):,} cells beat it, {truth:.2f} %."


def gain_of_doubling(dataset: str, budget: int) -> tuple[float, float]:
    """Compute the gain, selected by the search seed and reported on the others, and put an interval around it."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    search_seed, other_seeds = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy")
    once, twice = (expected_best_of(n, search_seed, other_seeds) for n in (budget, 2 * budget))
    return 0.8 * (twice - once), 1.2 * (twice - once)


class Doubling(Exercise):
    """What twice the budget buys."""

    TITLE = "Twice the budget"
    QUESTION = (
        "Random search on {dataset} with {budget} evaluations: by how many points of accuracy (of the cell it finds, "
        "reported on the other seeds) does doubling the budget raise the expected result? First predict it: answer "
        "with an interval `(low, high)` whose upper end is at most twice its lower end. Then compute it: an interval "
        "around the computed gain is right, and so is the gain itself, to 15 %, as many simulated runs give it."
    )
    STUB = "gain = ..."
    HINTS = (
        "Look at the curve of random search above: how much does it rise between the two budgets?",
        "`expected_best_of(n, selected_by, reported)` computes the expected result of n draws; take two of them.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "budget": 50}
    OFFICIAL = staticmethod(gain_of_doubling)
    MISTAKES: ClassVar = {
        "reported on the seed that it was selected on": Mistake(
            lambda dataset, budget: float(
                random_result(dataset, 2 * budget, "search") - random_result(dataset, budget, "search")
            ),
            "which flatters",
        ),
        "the accuracy, not its gain": Mistake(
            lambda dataset, budget: random_result(dataset, 2 * budget), "the accuracy after doubling"
        ),
        "a fraction": Mistake(
            lambda dataset, budget: float(np.mean(gain_of_doubling(dataset, budget))) / 100, "Answer in points"
        ),
        "relative to the accuracy": Mistake(
            lambda dataset, budget: 100 * (random_result(dataset, 2 * budget) / random_result(dataset, budget) - 1),
            "relative to the accuracy",
        ),
        "twice the budget gains what the first half gained": Mistake(
            lambda dataset, budget: (random_result(dataset, budget) - random_result(dataset, 1),) * 2,
            "later evaluations are worth less",
        ),
        "an interval that is never wrong": Mistake(lambda dataset, budget: (0, 100), "says too little"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "budget": int(rng.choice(range(10, 201, 10)))}

    def judge(self, answer: Any) -> str:
        dataset, budget = self.given["dataset"], self.given["budget"]
        once, twice = random_result(dataset, budget), random_result(dataset, 2 * budget)
        gain = twice - once
        said = f"Doubling takes random search from {once:.2f} to {twice:.2f}: {gain:.2f} points."
        if not is_number(answer):
            low, high = pair(answer)
            if low < 0 or high > 2 * low:
                raise Wrong("That interval says too little: take a positive one with high at most twice low.")
            if high < gain:
                raise Wrong("The gain is larger than your interval.")
            if low > gain:
                raise Wrong("The gain is smaller than your interval: later evaluations are worth less than early ones.")
            return said
        flattered = random_result(dataset, 2 * budget, "search") - random_result(dataset, budget, "search")
        mistakes = [
            (twice, "That is the accuracy after doubling; by how much does it rise?"),
            (once, "That is the accuracy before doubling; by how much does it rise?"),
            (flattered, "You report on the seed that you selected on, which flatters: report on the other seeds."),
            (gain / 100, "Answer in points, that is in percent of accuracy."),
            (100 * gain / once, "That is relative to the accuracy; answer in points."),
        ]
        prediction = "To predict, answer with an interval (low, high); a single number must be the computed gain."
        compare(answer, gain, 0.15 * gain, mistakes, low=prediction, high=prediction)
        return said


def small_population(seed: int) -> RegularizedEvolution:
    """Evolve early: a budget of 50 leaves more to evolution if the random start takes only ten of it."""
    return RegularizedEvolution(CellSpace(), seed=seed, population_size=10, sample_size=5)


class _Backwards(RegularizedEvolution):
    """Takes the accuracy for an error, which is to be small."""

    def tell(self, proposal: Proposal, value: Any, violation: float = 0.0) -> None:
        super().tell(proposal, -value, violation)


def _starts_from_the_best(dataset: str, budget: int) -> Callable[[int], Any]:
    best = table(dataset).genotypes[int(accuracies(dataset).argmax())]
    return lambda seed: RandomSearch(CellSpace(), seed=seed).start_from([best])


def _used_before(seed: int) -> RandomSearch:
    searcher = RandomSearch(CellSpace(), seed=seed)
    searcher.ask()
    return searcher


def _history(dataset: str, budget: int) -> Callable[[int], Any]:
    return lambda seed: search(small_population(seed), table(dataset).evaluate, budget, progress=False)


def _best_and_its_place(history: History) -> tuple[Genotype, int]:
    """Return the best cell of a run, and which evaluation it was, counted from 1."""
    best = history.best()
    return best.genotype, [record is best for record in history].index(True) + 1


class BeatRandom(Exercise):
    """Open-ended: a search that beats random search."""

    TITLE = "Beat random search (open-ended)"
    QUESTION = (
        "Choose or write any searcher that beats random search on {dataset} at {budget} evaluations, with the 95 % "
        "band of the difference above zero. Write `make_searcher(seed)`: the check runs it for 100 seeds."
    )
    STUB = "def make_searcher(seed):\n    ..."
    HINTS = (
        "`nastutor.searchers` has methods that learn from what they have seen; each takes the space and a seed.",
        "Early on evolution is random search: what does its population_size do at a small budget?",
    )
    GIVEN: ClassVar = {"dataset": "cifar100", "budget": 50}
    OFFICIAL = staticmethod(small_population)
    MISTAKES: ClassVar = {
        "as many random members as evaluations": Mistake(
            lambda dataset, budget: lambda seed: RegularizedEvolution(CellSpace(), seed=seed, population_size=budget),
            "Not told apart",
        ),
        "one seed for all runs": Mistake(
            lambda dataset, budget: lambda seed: RegularizedEvolution(CellSpace(), seed=1), "All runs are the same"
        ),
        "minimises": Mistake(
            lambda dataset, budget: lambda seed: _Backwards(CellSpace(), seed, population_size=10, sample_size=5),
            "worse than random search",
        ),
        "a cell that is known to be good": Mistake(_starts_from_the_best, "knows it before it searches"),
        "a searcher that has searched": Mistake(lambda dataset, budget: _used_before, "Return a fresh searcher"),
        "the run, not the searcher": Mistake(_history, "must return a searcher"),
    }
    ASKS_FOR_FUNCTION = True
    FEW_ANSWERS = "Each question costs hundreds of searches, so there are six."
    SECONDS = 120  # for searchers that train a predictor
    RUNS = 100

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "budget": int(rng.choice([50, 80]))}

    def judge(self, answer: Any) -> str:
        dataset, budget = self.given["dataset"], self.given["budget"]
        histories = run_searchers(answer, dataset, budget, self.RUNS)
        bests = Counter(map(_best_and_its_place, histories))
        (cell, place), times = bests.most_common(1)[0]
        if times > self.RUNS / 2:
            raise Wrong(
                f"In {times} of {self.RUNS} runs the best cell is {cell}, each time evaluation {place}: your "
                "searcher knows it before it searches."
            )
        own = reported(dataset, histories)[:, -1]
        baseline = random_curves(dataset, self.RUNS)[:, budget - 1]
        band = difference_band(own, baseline)
        said = f"{own.mean():.2f} against {baseline.mean():.2f} for random search, difference {band}"
        if band.high < 0:
            raise Wrong(f"Your search is worse than random search: {said}.")
        if band.low <= 0:
            raise Wrong(f"Not told apart: {said}. The band includes zero, so this may be luck.")
        return f"{said}, {self.RUNS} runs each: better than random search."


exercises = ExerciseSet("start_here", "00 Start here", [Pillars, Rank, ShareThatBeats, Doubling, BeatRandom])
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
