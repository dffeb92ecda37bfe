"""Exercises of lesson 03: mutation, tournaments, equivalents, restarts, and why old members are removed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises.answers import Wrong, compare, describe, fits, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import accuracies, draw_dataset, table
from nastutor.lessons.source import show_source
from nastutor.loop.search import search
from nastutor.searchers import RandomSearch, RegularizedEvolution
from nastutor.spaces import COMPANIONS, CellSpace, Genotype
from nastutor.statistics import Band, difference_band

if TYPE_CHECKING:
    from IPython.display import Markdown

SPACE = CellSpace()
RUNS = 60
"""Runs of each kind in the experiment on aging."""
QUESTIONS = (("cifar10", 1.0), ("cifar100", 0.2), ("cifar100", 2.0), ("ImageNet16-120", 0.2))
"""Datasets and noises of the experiments on aging that show something, with the other settings of the question."""
LIMITS = {"noise": (0.1, 20), "budget": (30, 500), "population_size": (2, 100), "sample_size": (1, 100)}
"""The settings that the experiment on aging has time for: at most 4 · RUNS · 500 evaluations."""


def mutate(genotype: Genotype, rng: np.random.Generator) -> Genotype:
    """Choose an edge, then one of the four other operations."""
    position = int(rng.integers(6))
    others = [value for value in range(5) if value != genotype[position]]
    return (*genotype[:position], others[rng.integers(4)], *genotype[position + 1 :])


def _replaced(genotype: Genotype, position: int, value: int) -> Genotype:
    return (*genotype[:position], int(value), *genotype[position + 1 :])


def _in_place(genotype: Any, rng: np.random.Generator) -> Any:
    position = int(rng.integers(6))
    genotype[position] = int((genotype[position] + 1 + rng.integers(4)) % 5)
    return genotype


def _any_value(genotype: Genotype, rng: np.random.Generator) -> Genotype:
    return _replaced(genotype, int(rng.integers(6)), int(rng.integers(5)))


def _next_value(genotype: Genotype, rng: np.random.Generator) -> Genotype:
    position = int(rng.integers(6))
    return _replaced(genotype, position, (genotype[position] + 1) % 5)


def _each_edge_perhaps(genotype: Genotype, rng: np.random.Generator) -> Genotype:
    return tuple(int((gene + 1 + rng.integers(4)) % 5) if rng.random() < 1 / 6 else gene for gene in genotype)


def _uneven(genotype: Genotype, rng: np.random.Generator) -> Genotype:
    """Draw a step of 0…4, and take 1 for 0: the next value comes twice as often."""
    position = int(rng.integers(6))
    return _replaced(genotype, position, (genotype[position] + max(1, int(rng.integers(5)))) % 5)


class Mutation(Exercise):
    """Write the mutation of a cell."""

    TITLE = "Mutation"
    QUESTION = (
        "Write `mutate(genotype, rng)`: a child of a cell in which exactly one of the six operations is another, each "
        "of the 24 possible children with equal probability. The check draws 1,200 children of `{parent}`."
    )
    STUB = "def mutate(genotype, rng):\n    ..."
    HINTS = (
        "Draw an edge, then one of the operations that are left: `rng.integers(n)` draws from 0…n−1.",
        "A tuple cannot be changed; build another: (*genotype[:i], value, *genotype[i + 1:]).",
    )
    GIVEN: ClassVar = {"parent": COMPANIONS["ResNet-like"]}
    OFFICIAL = staticmethod(mutate)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "changes the parent": Mistake(lambda parent: _in_place, "so no parent is damaged"),
        "any of the five values": Mistake(lambda parent: _any_value, "children equal their parent"),
        "each edge with a probability of its own": Mistake(lambda parent: _each_edge_perhaps, "in more than one place"),
        "always the next value": Mistake(lambda parent: _next_value, "possible children ever come"),
        "not equally": Mistake(lambda parent: _uneven, "but not equally"),
        "a generator of its own": Mistake(
            lambda parent: lambda genotype, rng: mutate(genotype, np.random.default_rng()), "Equal seeds give different"
        ),
        "the parent of the question": Mistake(
            lambda parent: lambda genotype, rng: mutate(parent, rng), "children of another parent"
        ),
        "a new generator with one seed": Mistake(
            lambda parent: lambda genotype, rng: mutate(genotype, np.random.default_rng(0)), "All children are the same"
        ),
    }
    CHILDREN = 1_200

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"parent": SPACE.sample(rng)}

    def judge(self, answer: Any) -> str:
        from scipy import stats

        function, parent = Called(answer), self.given["parent"]
        rng = np.random.default_rng(0)
        drawn: list[Genotype] = []
        for _ in range(self.CHILDREN):
            try:
                child = function(parent, rng)
            except Wrong as error:
                if "does not support item assignment" in str(error):
                    message = "A genotype is a tuple and cannot be changed, so no parent is damaged: build another."
                    raise Wrong(message) from None
                raise
            if not isinstance(child, tuple):
                raise Wrong(f"A child is a tuple, as its parent is: got {describe(child)}.")
            try:
                drawn.append(SPACE.validate(child))
            except ValueError as error:
                raise Wrong(f"A child of {parent}: {error}") from None
        children, changes = Counter(drawn), Counter[int]()
        for child, times in children.items():
            changes[sum(a != b for a, b in zip(parent, child))] += times
        same, many = changes[0], self.CHILDREN - changes[0] - changes[1]
        if many:
            raise Wrong(f"{many:,} of {self.CHILDREN:,} children differ from their parent in more than one place.")
        if same:
            raise Wrong(f"{same:,} of {self.CHILDREN:,} children equal their parent: the new value must be another.")
        possible = SPACE.neighbors(parent)
        if len(children) == 1:
            raise Wrong("All children are the same: draw from the `rng` that is given, and make no new one.")
        if len(children) < len(possible):
            raise Wrong(f"Only {len(children)} of the {len(possible)} possible children ever come.")
        if stats.chisquare([children[child] for child in possible]).pvalue < 1e-6:
            rare, often = min(children.values()), max(children.values())
            raise Wrong(f"All children come, but not equally: one {rare} times, another {often} times.")
        twin = np.random.default_rng(0)
        if [function(parent, twin) for _ in range(100)] != drawn[:100]:
            raise Wrong("Equal seeds give different children: draw everything from the `rng` that is given.")
        other = tuple((operation + 1) % 5 for operation in parent)
        around = SPACE.neighbors(other)
        if any(function(other, rng) not in around for _ in range(50)):
            raise Wrong(f"Right for this parent, but children of another parent, {other}, are none of its neighbours.")
        return f"All {len(possible)} neighbours come, {min(children.values())} to {max(children.values())} times each."


def chance_of_best(population_size: int, sample_size: int) -> float:
    """Each member is as likely as any other to be among the sample_size that are drawn without replacement."""
    return sample_size / population_size


class TournamentChance(Exercise):
    """The probability that the best member enters a tournament."""

    TITLE = "Entering the tournament"
    QUESTION = (
        "A population has {population_size} members; a tournament draws {sample_size} of them without replacement, as "
        "`RegularizedEvolution` does. What is the probability (three decimals) that the best member of the population "
        "takes part?"
    )
    STUB = "chance = ..."
    DECIMALS = 3
    HINTS = (
        "With sample_size = population_size everybody takes part. With sample_size = 1, who does?",
        "Count the samples that leave the best one out: C(P − 1, S) of C(P, S).",
    )
    GIVEN: ClassVar = {"population_size": 100, "sample_size": 25}
    OFFICIAL = staticmethod(chance_of_best)
    MISTAKES: ClassVar = {
        "with replacement": Mistake(
            lambda population_size, sample_size: 1 - (1 - 1 / population_size) ** sample_size, "with replacement"
        ),
        "the chance of being left out": Mistake(
            lambda population_size, sample_size: 1 - sample_size / population_size, "is left out"
        ),
        "the chance of winning among equals": Mistake(
            lambda population_size, sample_size: 1 / sample_size, "of winning"
        ),
        "the chance in one draw": Mistake(lambda population_size, sample_size: 1 / population_size, "in one draw"),
        "percent": Mistake(lambda population_size, sample_size: 100 * sample_size / population_size, "between 0 and 1"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        size = int(rng.integers(10, 120))
        return {"population_size": size, "sample_size": int(rng.integers(3, size // 2))}

    def judge(self, answer: Any) -> str:
        size, drawn = self.given["population_size"], self.given["sample_size"]
        truth = 1 - math.comb(size - 1, drawn) / math.comb(size, drawn)
        replaced = 1 - (1 - 1 / size) ** drawn
        mistakes = [
            (replaced, "That is with replacement; here nobody is drawn twice."),
            (1 - truth, "That is the probability that the best one is left out."),
            (100 * truth, "A probability lies between 0 and 1."),
            (1 / drawn, "That would be the probability of winning, if all in the tournament were equal."),
            (1 / size, "That is the probability of being drawn in one draw; a tournament has several."),
        ]
        compare(answer, truth, min(0.002, abs(truth - replaced) / 3), mistakes)
        return f"{truth:.3f}: so often the best member is the parent ({replaced:.3f} with replacement)."


def skip_equivalents(
    genotypes: Sequence[Genotype], canonical: Callable[[Genotype], Genotype]
) -> tuple[list[Genotype], float]:
    """Keep the first genotype of each class; the rest need no training."""
    seen, trained = set(), []
    for genotype in genotypes:
        form = canonical(genotype)
        if form not in seen:
            seen.add(form)
            trained.append(genotype)
    return trained, 1 - len(trained) / len(genotypes)


@cache
def _proposals(dataset: str, budget: int, seed: int) -> list[list[Genotype]]:
    """Return what evolution and random search propose in one run each."""
    bench = table(dataset)
    methods = (RegularizedEvolution, RandomSearch)
    runs = [search(method(SPACE, seed=seed), bench.evaluate, budget, progress=False) for method in methods]
    return [[record.genotype for record in history] for history in runs]


class SkipEquivalents(Exercise):
    """Skip equivalent architectures and count what that saves."""

    TITLE = "Skipping equivalents"
    QUESTION = (
        "Write `skip_equivalents(genotypes, canonical)`: given the genotypes that a search evaluated, in order, return "
        "`(trained, saved)`: the list of those that must really be trained, the first of each function, in order, and "
        "the share of evaluations saved (0…1). The check uses runs of {budget} evaluations on {dataset}, seed {seed}."
    )
    STUB = "def skip_equivalents(genotypes, canonical):\n    ..."
    HINTS = (
        "Two genotypes compute the same function if `canonical` returns the same for both.",
        "Go through the run with a set of the canonical forms seen so far.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "budget": 200, "seed": 0}
    OFFICIAL = staticmethod(skip_equivalents)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "only genotypes that come again": Mistake(
            lambda dataset, budget, seed: lambda genotypes, canonical: skip_equivalents(genotypes, lambda same: same),
            "others compute the same function and look different",
        ),
        "the canonical forms": Mistake(
            lambda dataset, budget, seed: (
                lambda genotypes, canonical: skip_equivalents(
                    [canonical(genotype) for genotype in genotypes], canonical
                )
            ),
            "return the genotypes as the search proposed them",
        ),
        "a set, which has no order": Mistake(
            lambda dataset, budget, seed: (
                lambda genotypes, canonical: (
                    sorted(skip_equivalents(genotypes, canonical)[0]),
                    skip_equivalents(genotypes, canonical)[1],
                )
            ),
            "a set forgets the order",
        ),
        "the last of each function": Mistake(
            lambda dataset, budget, seed: lambda genotypes, canonical: skip_equivalents(genotypes[::-1], canonical),
            "You keep the last of each",
        ),
        "the share that is trained": Mistake(
            lambda dataset, budget, seed: (
                lambda genotypes, canonical: (
                    skip_equivalents(genotypes, canonical)[0],
                    1 - skip_equivalents(genotypes, canonical)[1],
                )
            ),
            "the share that is trained",
        ),
        "a count": Mistake(
            lambda dataset, budget, seed: (
                lambda genotypes, canonical: (
                    skip_equivalents(genotypes, canonical)[0],
                    len(genotypes) - len(skip_equivalents(genotypes, canonical)[0]),
                )
            ),
            "which share of the run",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        budget = int(rng.choice([150, 200, 300]))
        return {"dataset": draw_dataset(rng), "budget": budget, "seed": int(rng.integers(1000))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        shares = [self._judge_run(function, genotypes) for genotypes in _proposals(**self.given)]
        return (
            f"In this run regularized evolution spends {100 * shares[0]:.0f} % of its evaluations on functions that it "
            f"knows, random search {100 * shares[1]:.0f} %."
        )

    @staticmethod
    def _judge_run(function: Called, genotypes: list[Genotype]) -> float:
        first: dict[Genotype, Genotype] = {}
        last: dict[Genotype, Genotype] = {}
        for genotype in genotypes:
            first.setdefault(SPACE.canonical(genotype), genotype)
            last[SPACE.canonical(genotype)] = genotype
        saved = 1 - len(first) / len(genotypes)
        result = sequence(function(list(genotypes), SPACE.canonical), 2, "a pair (trained, saved)")
        items = sequence(result[0], None, "a list of the genotypes to train, first")
        trained = [tuple(item) if isinstance(item, list) else item for item in items]  # rows of an array
        share = number(result[1])
        if trained != list(first.values()):
            if trained == list(dict.fromkeys(genotypes)) or set(map(describe, trained)) == set(
                map(describe, genotypes)
            ):
                raise Wrong("You skip genotypes that come again; others compute the same function and look different.")
            if trained == list(first) or sorted(map(describe, trained)) == sorted(map(describe, first)):
                raise Wrong("You return the canonical forms; return the genotypes as the search proposed them.")
            if sorted(map(describe, trained)) == sorted(map(describe, first.values())):
                raise Wrong("The right ones, in another order: a set forgets the order of the run.")
            if sorted(map(describe, trained)) == sorted(map(describe, last.values())):
                raise Wrong("You keep the last of each function; the first one is trained, the later ones are saved.")
            side = "more" if len(trained) > len(first) else "fewer or others"
            raise Wrong(f"Of {len(genotypes)} genotypes you train {len(trained)}, {side} than needed.")
        mistakes = [
            (100 * saved, "That is in percent; the share lies between 0 and 1."),
            (1 - saved, "That is the share that is trained; what is saved is the rest."),
            (len(genotypes) - len(first), "That is how many are saved; which share of the run is it?"),
            (len(genotypes) / len(first) - 1, "That is relative to what is trained; take the share of the whole run."),
        ]
        compare(share, saved, 1e-6, [(value, f"`trained` is right. {text}") for value, text in mistakes])
        return saved


@cache
def ends_of_climbs(dataset: str) -> dict[Genotype, float]:
    """Climb from every cell by steepest ascent; return the accuracy where each climb ends."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracy = {genotype: bench.evaluate(genotype)["val_accuracy"] for genotype in bench.genotypes}
    ends: dict[Genotype, float] = {}
    for start in bench.genotypes:
        path = [start]
        while path[-1] not in ends:
            best = min(bench.space.neighbors(path[-1]), key=lambda neighbor: (-accuracy[neighbor], neighbor))
            if accuracy[best] <= accuracy[path[-1]]:
                ends[path[-1]] = accuracy[path[-1]]
            else:
                path.append(best)
        ends |= dict.fromkeys(path, ends[path[-1]])
    return ends


def starts_for_target(dataset: str, top: int, chance: float) -> int:
    """The share of climbs that end at the target gives the number of starts."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    target = np.sort(bench.values("val_accuracy", seeds="search"))[-top]
    share = np.mean([end >= target for end in ends_of_climbs(dataset).values()])
    return math.ceil(math.log(1 - chance) / math.log(1 - share))


@cache
def _climbs(dataset: str, seeds: str = "search") -> tuple[np.ndarray, np.ndarray]:
    """Return the accuracies and, for each start, the row where steepest ascent ends; both (15,625,)."""
    values = accuracies(dataset, seeds)
    rows = np.arange(len(values))
    rank = np.empty(len(rows), dtype=int)
    rank[np.lexsort((rows, -values))] = rows  # ties go to the smaller genotype
    genes = np.array(table(dataset).genotypes)
    steps = 5 ** np.arange(5, -1, -1)  # a genotype's row is its number in base five
    around = np.stack([rows + (value - genes[:, i]) * steps[i] for i in range(6) for value in range(5)], axis=1)
    best = around[rows, rank[around].argmin(axis=1)]
    ends = np.where(values[best] > values, best, rows)
    while (ends[ends] != ends).any():
        ends = ends[ends]
    return values, ends


def _share_of_climbs(dataset: str, top: int, seeds: str = "search") -> float:
    """Return the share of all starts whose climb ends among the best."""
    values, ends = _climbs(dataset, seeds)
    return float((values[ends] >= np.sort(values)[-top]).mean())


def _share_of_optima(dataset: str, top: int) -> float:
    """Return the share of local optima that are among the best."""
    values, ends = _climbs(dataset)
    return float((values[np.unique(ends)] >= np.sort(values)[-top]).mean())


class Restarts(Exercise):
    """How often local search must start to reach a target."""

    TITLE = "Restarts"
    QUESTION = (
        "Steepest ascent (always to the best of the 24 neighbours, until none is better) from a random cell on "
        "{dataset}, by the accuracy of search seed 0: how many independent starts does it take so that, with a chance "
        "of {chance}, one of them ends among the {top} best cells? Compute it from the table, or estimate it; the "
        "check allows 15 %."
    )
    STUB = "starts = ..."
    HINTS = (
        "From which share p of all cells does the climb end at the target? Then it is the question of lesson 02 again.",
        "From each cell follow the best neighbour until the accuracy rises no more; remember where known cells end.",
    )
    GIVEN: ClassVar = {"dataset": "ImageNet16-120", "top": 5, "chance": 0.95}
    OFFICIAL = staticmethod(starts_for_target)
    MISTAKES: ClassVar = {
        "the mean number": Mistake(
            lambda dataset, top, chance: math.ceil(1 / _share_of_climbs(dataset, top)), "the mean number of starts"
        ),
        "an expected number of successes": Mistake(
            lambda dataset, top, chance: chance / _share_of_climbs(dataset, top), "the expected number of successes"
        ),
        "all optima are found alike": Mistake(
            lambda dataset, top, chance: _starts(_share_of_optima(dataset, top), chance),
            "counts all local optima alike",
        ),
        "no climb": Mistake(
            lambda dataset, top, chance: _starts(top / len(table(dataset)), chance), "without any climb"
        ),
        "by the mean of all seeds": Mistake(
            lambda dataset, top, chance: _starts(_share_of_climbs(dataset, top, "all"), chance),
            "the mean over all seeds",
        ),
        "the share": Mistake(lambda dataset, top, chance: 100 * _share_of_climbs(dataset, top), "the share of starts"),
    }

    def solution(self) -> Markdown:
        """Return the source of the official solution."""
        return show_source(ends_of_climbs, starts_for_target)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        chance = float(rng.choice([0.9, 0.95, 0.99]))
        return {"dataset": draw_dataset(rng), "top": int(rng.integers(2, 11)), "chance": chance}

    def judge(self, answer: Any) -> str:
        dataset, top, chance = self.given["dataset"], self.given["top"], self.given["chance"]
        share = _share_of_climbs(dataset, top)
        truth = _starts(share, chance)
        mean = "That is the mean number of starts; which number succeeds with the chance asked for?"
        alike = "That counts all local optima alike; but more starts lead to some of them than to others."
        mistakes = [
            (1 / share, mean),
            (math.ceil(1 / share), mean),
            (chance / share, "n·p is the expected number of successes among n starts, not the chance of one."),
            (_starts(_share_of_optima(dataset, top), chance), alike),
            (_starts(top / len(table(dataset)), chance), "That is for random cells without any climb."),
            (
                _starts(_share_of_climbs(dataset, top, "all"), chance),
                "That is for climbs by the mean over all seeds; these see search seed 0.",
            ),
            *((p, "That is the share of starts that succeed; how many starts?") for p in (share, 100 * share)),
        ]
        if not fits(number(answer), truth, max(0.5, 0.15 * truth), (mistaken for mistaken, _ in mistakes)):
            low, high = "Starts succeed less often than that.", "Fewer starts reach that chance."
            compare(answer, truth, 0, mistakes, low=low, high=high)
        values, ends = _climbs(dataset)
        optima = np.unique(ends)
        reaching = int((values[optima] >= np.sort(values)[-top]).sum())
        return (
            f"{reaching} of {len(optima)} local optima are good enough, and {100 * share:.1f} % of all cells climb "
            f"to {'it' if reaching == 1 else 'them'}: {truth} starts."
        )


def _starts(share: float, chance: float) -> int:
    return 1 if share >= 1 else math.ceil(math.log(1 - chance) / math.log(1 - share))


def noisy_evaluator(dataset: str, noise: float, rng: np.random.Generator) -> Callable[[Genotype], dict[str, float]]:
    """Measure with the mean over all seeds plus Gaussian noise (points), redrawn at each evaluation."""
    accuracy = _mean_accuracies(dataset)

    def evaluate(genotype: Genotype) -> dict[str, float]:
        return {"val_accuracy": accuracy[genotype] + noise * rng.normal()}

    return evaluate


@cache
def _mean_accuracies(dataset: str) -> dict[Genotype, float]:
    bench = table(dataset)
    return dict(zip(bench.genotypes, bench.values("val_accuracy", seeds="all").tolist()))


@cache
def aging_ends(
    dataset: str, noise: float, budget: int, population_size: int, sample_size: int, aging: bool
) -> np.ndarray:
    """Return the accuracy, by the mean over all seeds, of the cell that each run chooses by its noisy values, (60,)."""
    found = []
    for seed in range(RUNS):
        searcher = RegularizedEvolution(SPACE, seed, population_size, sample_size, aging)
        evaluate = noisy_evaluator(dataset, noise, np.random.default_rng([1, seed]))
        history = search(searcher, evaluate, budget, progress=False)
        found.append(_mean_accuracies(dataset)[history.best().genotype])
    return np.array(found)


def aging_bands(
    dataset: str, noise: float, budget: int, population_size: int, sample_size: int
) -> tuple[Band, Band, Band]:
    """Return what aging gains without noise, with noise, and the second minus the first, in points, with 95 % bands."""
    sizes = (budget, population_size, sample_size)
    (aging, worst), (noisy_aging, noisy_worst) = (
        [aging_ends(dataset, level, *sizes, removes_oldest) for removes_oldest in (True, False)]
        for level in (0.0, noise)
    )
    change = difference_band(noisy_aging - noisy_worst, aging - worst)
    return difference_band(aging, worst), difference_band(noisy_aging, noisy_worst), change


def statements_that_hold(dataset: str, noise: float, budget: int, population_size: int, sample_size: int) -> list[bool]:
    """A statement holds if its band lies above zero."""
    return [bool(band.low > 0) for band in aging_bands(dataset, noise, budget, population_size, sample_size)]


class Aging(Exercise):
    """Open-ended: what aging gains, and whether noise is the reason, in a setting of the reader's choice."""

    TITLE = "Why aging? (open-ended)"
    QUESTION = (
        "Regularized evolution removes the oldest member. Let the gain of aging be the accuracy that it finds minus "
        "the accuracy found when the worst is removed, both by the mean of all seeds. The searches see that mean, or, "
        "with noise, that mean plus Gaussian noise of {noise} points (standard deviation), redrawn at each evaluation. "
        "Take {dataset}, {budget} evaluations, population_size {population_size}, sample_size {sample_size}, and 60 "
        "runs of each kind. A statement holds if its 95 % band lies above zero. Which hold?\n\n"
        "1. Without noise, there is a gain.\n"
        "2. With noise, there is a gain.\n"
        "3. The gain with noise is larger than the gain without, as it must be if noise is the reason.\n\n"
        "Answer with a list of three, each `True` or `False`; both are accepted where the low end of a band is within "
        "a quarter of its width from zero. Then find a setting of your own in which another list is right, above all "
        "one where 3 holds. Answer with a dictionary such as "
        '`{{"holds": [False, False, False], "noise": 3.0, "sample_size": 3}}`; you may choose dataset, noise '
        "(0.1…20), budget (30…500), population_size (2…100) and sample_size (1…100), with sample_size ≤ "
        "population_size ≤ budget."
    )
    STUB = "holds = ..."
    HINTS = (
        "The lesson's function does nearly all; the third band is a difference_band of the runs' gains, with and "
        "without noise. That one gain is shown and the other is not does not show that they differ.",
        "A lucky member only matters if the noise is as large as the differences between good cells. And when does a "
        "population get stuck with its best member even without noise?",
    )
    GIVEN: ClassVar = {
        "dataset": "ImageNet16-120",
        "noise": 0.2,
        "budget": 150,
        "population_size": 10,
        "sample_size": 10,
    }
    OFFICIAL = staticmethod(statements_that_hold)
    SECONDS = 60
    FEW_ANSWERS = "Three statements have eight answers, and each question costs seconds of search, so there are few."
    MISTAKES: ClassVar = {
        "the worst removed minus the oldest removed": Mistake(
            lambda **setting: [bool(band.high < 0) for band in aging_bands(**setting)],
            "subtract the other way|Is nothing shown",
            shares="Where no gain is shown to be negative it is the same list as the next.",
        ),
        "bands of single runs, which hold zero": Mistake(
            lambda **setting: [False] * 3,
            "Is nothing shown",
            shares="Where no gain is shown to be negative it is the same list as the one before.",
        ),
        "a setting beyond the limits": Mistake(
            lambda **setting: {"holds": [True] * 3, "noise": 50}, "choose a number from"
        ),
        "a tournament larger than the population": Mistake(
            lambda **setting: {"holds": [True] * 3, "population_size": 5, "sample_size": 10}, "they must rise"
        ),
    }

    def solution(self) -> Markdown:
        """Return the source of the whole experiment."""
        return show_source(noisy_evaluator, aging_ends, aging_bands, statements_that_hold)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        dataset, noise = QUESTIONS[rng.integers(len(QUESTIONS))]
        return {"dataset": dataset, "noise": noise}

    def separates(self) -> bool:
        """Say whether the question is one of those known to show something; to find others takes seconds each."""
        return (self.given["dataset"], self.given["noise"]) in QUESTIONS

    def judge(self, answer: Any) -> str:
        setting = dict(self.given)
        if isinstance(answer, Mapping):
            setting |= self._read(answer)
            answer = answer.get("holds")
        holds = sequence(answer, 3, "a list of three, each True or False")
        for value in holds:
            if not isinstance(value, bool | np.bool_):
                raise Wrong(f"Each of the three is True or False: got {describe(value)}.")
        bands = aging_bands(**setting)
        is_open = [abs(band.low) < (band.high - band.low) / 4 for band in bands]
        right = sum(unsure or value == (band.low > 0) for value, band, unsure in zip(holds, bands, is_open))
        if right < 3:
            if not any(holds):
                raise Wrong("Is nothing shown? The mean of 60 runs is known far better than where single runs lie.")
            if list(holds) == [band.high < 0 for band in bands]:
                raise Wrong("You subtract the other way: the gain is the accuracy with aging minus that without.")
            raise Wrong(
                f"{right} of 3 are right. Do all four kinds of runs, with and without aging, with and without noise, "
                "and put a band on each gain and on the difference of the gains."
            )
        said = f"Aging gains {bands[0]} without noise, {bands[1]} with noise; the noise changes that by {bands[2]}."
        if any(is_open):
            places = ", ".join(str(place) for place, unsure in enumerate(is_open, start=1) if unsure)
            said += f" Other runs may decide otherwise on {places}, where the low end is near zero."
        if not is_open[2]:
            said += f" So noise is {'a' if bands[2].low > 0 else 'not shown to be a'} reason here."
        return said

    def _read(self, answer: Mapping[Any, Any]) -> dict[str, Any]:
        """Read a reader's setting, within what the check has time for."""
        setting: dict[str, Any] = {}
        for name, value in answer.items():
            if name == "dataset":
                if value not in tuple(DATASETS):
                    raise Wrong(f"dataset {describe(value)}: choose one of {', '.join(DATASETS)}.")
                setting[name] = value
            elif name in LIMITS:
                lowest, highest = LIMITS[name]
                given = number(value)
                if not lowest <= given <= highest or (name != "noise" and given != int(given)):
                    kind = "number" if name == "noise" else "whole number"
                    raise Wrong(f"{name} {given:g}: choose a {kind} from {lowest} to {highest}.")
                setting[name] = given if name == "noise" else int(given)
            elif name != "holds":
                raise Wrong(
                    f"{describe(name)} is no part of the setting: choose among holds, dataset, {', '.join(LIMITS)}."
                )
        sizes = self.given | setting
        if not sizes["sample_size"] <= sizes["population_size"] <= sizes["budget"]:
            raise Wrong(
                f"sample_size {sizes['sample_size']}, population_size {sizes['population_size']}, budget "
                f"{sizes['budget']}: they must rise, sample_size ≤ population_size ≤ budget."
            )
        return setting


exercises = ExerciseSet(
    "evolution", "03 Evolutionary search", [Mutation, TournamentChance, SkipEquivalents, Restarts, Aging]
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
