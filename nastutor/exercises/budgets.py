"""Exercises of lesson 06: rungs, halving, curves that cross, seed noise, and epochs saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.exercises.answers import (
    NotAttempted,
    Wrong,
    choice,
    compare,
    describe,
    describe_error,
    number,
    sequence,
    whole_number,
)
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.loop.search import search
from nastutor.searchers import Hyperband, RandomSearch, Searcher
from nastutor.searchers.hyperband import halving_rungs
from nastutor.spaces import SearchSpace
from nastutor.statistics import bootstrap_band, expected_best_of
from nastutor.studies.table_quality import noise_near, standardised_difference

Rungs = Sequence[tuple[int, int]]
FULL = 12
"""Epochs of full training in the table."""
SHAPES = ((16, 2), (32, 2), (64, 2), (27, 3), (81, 3), (243, 3), (64, 4), (256, 4), (25, 5), (125, 5), (216, 6))
"""R and η of the first exercise."""
RUNS = 100
"""Runs of the open-ended exercise."""


@cache
def _glyphs() -> Benchmark:
    return load_benchmark("glyphs", search_seed=0)


def rungs_of(max_epochs: int, eta: int, s: int) -> tuple[list[tuple[int, int]], int]:
    """List the rungs of bracket s, and add up the epochs that each rung adds to the one before."""
    s_max = 0
    while eta ** (s_max + 1) <= max_epochs:
        s_max += 1
    n = -(-(s_max + 1) * eta**s // (s + 1))  # rounded up
    rungs = [(n // eta**i, max_epochs // eta ** (s - i)) for i in range(s + 1)]
    before = [0] + [epochs for _, epochs in rungs]
    return rungs, sum(count * (epochs - start) for (count, epochs), start in zip(rungs, before))


def _added(rungs: Rungs) -> list[tuple[int, int]]:
    """Return how many architectures a rung has, and by how many epochs it trains them on."""
    before = [0, *(epochs for _, epochs in rungs)]
    return [(count, epochs - start) for (count, epochs), start in zip(rungs, before)]


class RungSizes(Exercise):
    """The rungs of a bracket of Hyperband, and what it costs."""

    TITLE = "Rungs"
    QUESTION = (
        "Hyperband with R = {max_epochs} epochs and η = {eta}: list the rungs of bracket s = {s}, from the first to "
        "the last, each as a pair (how many architectures, trained for how many epochs in all). Then: how many "
        "epochs does the bracket train, if a promoted architecture goes on from where it stopped? Answer with a pair "
        "`(rungs, epochs)`."
    )
    STUB = "answer = ..."
    HINTS = (
        "s_max is the largest s with η^s ≤ R, and the bracket starts with ⌈(s_max + 1)/(s + 1) · η^s⌉ architectures.",
        "From rung to rung the number is divided by η (rounded down) and the epochs are multiplied by η, up to R.",
    )
    GIVEN: ClassVar = {"max_epochs": 27, "eta": 3, "s": 2}
    OFFICIAL = staticmethod(rungs_of)
    MISTAKES: ClassVar = {
        "the last rung first": Mistake(
            lambda **given: (rungs_of(**given)[0][::-1], rungs_of(**given)[1]), "From the first rung to the last"
        ),
        "epochs before architectures": Mistake(
            lambda **given: ([rung[::-1] for rung in rungs_of(**given)[0]], rungs_of(**given)[1]), "In each pair"
        ),
        "the epochs that a rung adds": Mistake(
            lambda **given: (_added(rungs_of(**given)[0]), rungs_of(**given)[1]), "Give the epochs in all"
        ),
        "trained again from the start": Mistake(
            lambda **given: (rungs_of(**given)[0], sum(count * epochs for count, epochs in rungs_of(**given)[0])),
            "again from the start",
        ),
        "all trained to the end": Mistake(
            lambda **given: (rungs_of(**given)[0], rungs_of(**given)[0][0][0] * given["max_epochs"]),
            "train all of them to the end",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        max_epochs, eta = SHAPES[rng.integers(len(SHAPES))]
        s_max = round(np.log(max_epochs) / np.log(eta))
        return {"max_epochs": max_epochs, "eta": eta, "s": int(rng.integers(1, s_max + 1))}

    def judge(self, answer: Any) -> str:
        max_epochs, eta, s = self.given["max_epochs"], self.given["eta"], self.given["s"]
        truth, total = rungs_of(max_epochs, eta, s)
        parts = sequence(answer, 2, "a pair (rungs, epochs)")
        pairs = [sequence(rung, 2, "a list of pairs") for rung in sequence(parts[0], None, "a pair (rungs, epochs)")]
        rungs = [(number(count), number(epochs)) for count, epochs in pairs]
        if rungs != truth:
            raise Wrong(self._say_what_is_wrong(rungs, truth))
        mistakes = [
            (sum(count * epochs for count, epochs in truth), "That trains each promoted one again from the start."),
            (truth[0][0] * max_epochs, "That is what it would cost to train all of them to the end."),
            (truth[0][0] * truth[0][1], "That is the first rung alone: add what the later ones train on."),
            (sum(epochs for _, epochs in truth), "Count every architecture of a rung."),
        ]
        compare(parts[1], total, 0, mistakes)
        everything = truth[0][0] * max_epochs
        return (
            f"{total} epochs for {truth[0][0]} architectures, of which {truth[-1][0]} trained to the end; training all "
            f"of them would take {everything:,}, {everything / total:.1f} times as many."
        )

    def _say_what_is_wrong(self, rungs: list[tuple[float, float]], truth: list[tuple[int, int]]) -> str:
        eta, s = self.given["eta"], self.given["s"]
        if rungs == truth[::-1]:
            return "From the first rung to the last: most architectures and fewest epochs first."
        if [rung[::-1] for rung in rungs] == truth:
            return "In each pair the number of architectures comes first, then the epochs."
        if len(rungs) != len(truth):
            return f"Bracket s = {s} halves {s} times, so it has {s + 1} rungs: got {len(rungs)}."
        counts, epochs = [count for count, _ in rungs], [epoch for _, epoch in rungs]
        right = [epoch for _, epoch in truth]
        if epochs == [right[0]] + [after - before for before, after in pairwise(right)]:
            return "Give the epochs in all, not those that a rung adds."
        if epochs != right:
            if epochs[0] == 1:
                return (
                    f"Only the bracket with s = s_max starts with 1 epoch; this one ends with R after {s} steps of η."
                )
            return f"The last rung trains for R epochs, and each one before for 1/{eta} of the next: look at {epochs}."
        if counts[0] == eta**s != truth[0][0]:
            return "Without the factor (s_max + 1)/(s + 1), rounded up after the product, brackets differ in cost."
        if counts[0] != truth[0][0]:
            return f"The first rung has ⌈(s_max + 1)/(s + 1) · η^s⌉ architectures: {counts[0]:g} is not that."
        return f"Each rung keeps 1/{eta} of the one before, rounded down: look at {[f'{count:g}' for count in counts]}."


def successive_halving(train: Callable[[int, int], float], rungs: Rungs) -> int:
    """Train a rung, keep the best of it for the next one."""
    survivors = list(range(rungs[0][0]))
    for count, epochs in rungs:
        accuracy = {architecture: train(architecture, epochs) for architecture in survivors[:count]}
        survivors = sorted(accuracy, key=lambda architecture: -accuracy[architecture])
    return survivors[0]


def _promote_the_worst(train: Callable[[int, int], float], rungs: Rungs) -> int:
    return successive_halving(lambda architecture, epochs: -train(architecture, epochs), rungs)


def _best_ever_seen(train: Callable[[int, int], float], rungs: Rungs) -> int:
    """Return who had the highest accuracy at any time, eliminated since or not: a mistake."""
    seen: dict[int, float] = {}

    def watched(architecture: int, epochs: int) -> float:
        accuracy = train(architecture, epochs)
        seen[architecture] = max(accuracy, seen.get(architecture, 0.0))
        return accuracy

    successive_halving(watched, rungs)
    return max(seen, key=seen.__getitem__)


class Halving(Exercise):
    """Write successive halving."""

    TITLE = "Write successive halving"
    QUESTION = (
        "Write `halve(train, rungs)`. `rungs` is a list of pairs such as {rungs}: so many architectures, trained for "
        "so many epochs in all. The architectures of the first rung are 0, 1, 2, …; `train(architecture, epochs)` "
        "trains one from where it stopped and returns its accuracy then. Promote the best of each rung to the next, "
        "and return the best of the last. The check calls your function on real learning curves of samples of the "
        "glyphs table (seeds from {seed} on) and watches what you train."
    )
    STUB = "def halve(train, rungs):\n    ..."
    HINTS = (
        "One loop over the rungs; keep a list of who is still in, and a dictionary of accuracies for one rung.",
        "`sorted(accuracy, key=accuracy.get, reverse=True)[:count]`: the rung's best, where count is the next rung's.",
    )
    GIVEN: ClassVar = {"rungs": ((27, 1), (9, 4), (3, 12)), "seed": 0}
    OFFICIAL = staticmethod(successive_halving)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the worst promoted": Mistake(lambda **given: _promote_the_worst, "has the worst of the rung"),
        "the best ever seen": Mistake(lambda **given: _best_ever_seen, "not in the last rung|that is not its best"),
        "everybody trained in every rung": Mistake(
            lambda **given: (
                lambda train, rungs: max(
                    range(rungs[0][0]), key=lambda i: [train(i, epochs) for _, epochs in rungs][-1]
                )
            ),
            "your function trains .* there",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        eta, halvings = [(2, 3), (2, 2), (3, 2), (4, 1)][rng.integers(4)]
        count = int(rng.integers(2 * eta**halvings, 40))  # at least two in the last rung
        rungs = tuple(tuple(rung) for rung in halving_rungs(count, FULL, halvings, eta))
        return {"rungs": rungs, "seed": int(rng.integers(100))}

    def judge(self, answer: Any) -> str:
        function, rungs = Called(answer), self.given["rungs"]
        for seed in range(self.given["seed"], self.given["seed"] + 6):
            rows = np.random.default_rng(seed).choice(len(_glyphs()), rungs[0][0], replace=False)
            _watch(function, _glyphs().curves["val_accuracy"][rows, 0], rungs)
        made_up = np.random.default_rng(self.given["seed"])
        for _ in range(10):  # curves that fall as well: the best so far may be one that was eliminated
            _watch(function, made_up.uniform(10, 90, size=(rungs[0][0], FULL)), rungs)
        paid = sum(count * epochs for count, epochs in rungs)
        paid -= sum(later[0] * rung[1] for rung, later in pairwise(rungs))
        everything = rungs[0][0] * FULL
        return f"Six runs, and ten on made-up curves, each with {paid} epochs instead of the {everything} of all."


def _watch(function: Called, curves: np.ndarray, rungs: Rungs) -> None:
    """Call a reader's halving on learning curves (architectures, epochs); raise `Wrong` for whatever it does wrong."""
    calls: list[tuple[int, int]] = []

    def train(architecture: int, epochs: int) -> float:
        if isinstance(architecture, bool) or not isinstance(architecture, Integral):
            raise ValueError(f"train: architecture {describe(architecture)}: give one number, 0…{len(curves) - 1}")
        if not isinstance(epochs, Integral) or not 0 <= architecture < len(curves) or not 1 <= epochs <= FULL:
            raise ValueError(f"train({architecture}, {epochs}): architectures 0…{len(curves) - 1}, epochs 1…{FULL}")
        calls.append((int(architecture), int(epochs)))
        return float(curves[architecture, epochs - 1])

    chosen = function(train, [tuple(rung) for rung in rungs])
    if not calls:
        raise Wrong("Your function trains nothing.")
    again = [call for call, times in Counter(calls).items() if times > 1]
    if again:
        raise Wrong(f"Your function trains architecture {again[0][0]} for {again[0][1]} epochs more than once.")
    other = sorted({epochs for _, epochs in calls} - {epochs for _, epochs in rungs})
    if other:
        raise Wrong(f"Your function trains for {other[0]} epochs, which is no rung of {list(rungs)}.")
    allowed = set(range(len(curves)))
    for number_of_rung, (count, epochs) in enumerate(rungs, start=1):
        trained = {architecture for architecture, length in calls if length == epochs}
        if len(trained) != count:
            raise Wrong(f"Rung {number_of_rung} has {count} architectures: your function trains {len(trained)} there.")
        if not trained <= allowed:
            raise Wrong(f"In rung {number_of_rung} there is one that was stopped before: only survivors are promoted.")
        if number_of_rung > 1:
            before = curves[:, rungs[number_of_rung - 2][1] - 1]
            out = allowed - trained
            if min(before[list(trained)]) < max(before[list(out)]):
                worst = max(before[list(trained)]) <= min(before[list(out)])
                raise Wrong(
                    f"Rung {number_of_rung} has {'the worst' if worst else 'not the best'} of the rung before: compare "
                    f"what they had after epoch {rungs[number_of_rung - 2][1]}."
                )
        allowed = trained
    last = curves[:, rungs[-1][1] - 1]
    chosen = whole_number(chosen, "What your function returns")
    if chosen not in allowed:
        raise Wrong(f"Your function returns {chosen}, which is not in the last rung: {sorted(allowed)}.")
    if last[chosen] < max(last[list(allowed)]):
        raise Wrong("Your function returns one of the last rung that is not its best.")


def find_crossing(cells: int, keep: int, epoch: int, seed: int) -> tuple[int, int]:
    """Among the stopped and the promoted, take the pair that ends farthest the other way round on both accounts."""
    bench = load_benchmark("glyphs", search_seed=0)
    rows = np.random.default_rng(seed).choice(len(bench), cells, replace=False)
    seen = bench.curves["val_accuracy"][rows, 0]  # (cells, epochs)
    order = np.argsort(-seen[:, epoch - 1], kind="stable")
    stopped, promoted = order[keep:], order[:keep]
    stopped = stopped[seen[stopped, epoch - 1] < seen[promoted, epoch - 1].min()]
    end, others = seen[:, -1], bench.values("val_accuracy")[rows]
    gap = np.minimum(end[stopped][:, None] - end[promoted], others[stopped][:, None] - others[promoted])
    i, j = np.unravel_index(gap.argmax(), gap.shape)
    return int(rows[stopped[i]]), int(rows[promoted[j]])


def _sample(cells: int, seed: int, **rest: int) -> list[int]:
    return np.random.default_rng(seed).choice(len(_glyphs()), cells, replace=False).tolist()


class Crossing(Exercise):
    """Two learning curves that cross after one of them was stopped."""

    TITLE = "A wrong elimination"
    QUESTION = (
        'Open `load_benchmark("glyphs", search_seed=0)` and take the rows '
        "`np.random.default_rng({seed}).choice(5260, {cells}, replace=False)`. After epoch {epoch}, halving looks at "
        'seed 0 (`bench.curves["val_accuracy"]`, an array (rows, seeds, epochs)) and keeps the best {keep} of them. '
        "Find a cell that it stops and a cell that it keeps although the stopped one ends higher, both on seed 0 and "
        'in the mean of the other seeds (`bench.values("val_accuracy")`). Answer with a pair of rows of the table, '
        "`(stopped, kept)`."
    )
    STUB = "answer = ..."
    HINTS = (
        "Sort the sample by the accuracy after that epoch, and cut it in two.",
        "Among the stopped look for one that ends high, among the kept for one that ends low.",
    )
    GIVEN: ClassVar = {"cells": 27, "keep": 9, "epoch": 1, "seed": 0}
    OFFICIAL = staticmethod(find_crossing)
    MISTAKES: ClassVar = {
        "the kept one first": Mistake(lambda **given: find_crossing(**given)[::-1], "The other way round"),
        "places in the sample": Mistake(
            lambda **given: [_sample(**given).index(row) for row in find_crossing(**given)], "is not in the sample"
        ),
        "twice the kept one": Mistake(lambda **given: find_crossing(**given)[1:] * 2, "is kept: |These two are level"),
        "twice the stopped one": Mistake(lambda **given: find_crossing(**given)[:1] * 2, "is stopped: "),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        cells, keep = [(27, 9), (24, 8), (36, 12), (32, 8)][rng.integers(4)]
        return {"cells": cells, "keep": keep, "epoch": int(rng.integers(1, 4)), "seed": int(rng.integers(1000))}

    def judge(self, answer: Any) -> str:
        bench, epoch, keep = _glyphs(), self.given["epoch"], self.given["keep"]
        rows = np.random.default_rng(self.given["seed"]).choice(len(bench), self.given["cells"], replace=False)
        pair = [whole_number(row, "A row") for row in sequence(answer, 2, "a pair of rows (stopped, kept)")]
        for row in pair:
            if row not in rows:
                raise Wrong(f"Row {row} is not in the sample: give rows of the table, such as {rows[0]}.")
        seen, others = bench.curves["val_accuracy"][:, 0], bench.values("val_accuracy")
        least = np.sort(seen[rows, epoch - 1])[-keep]  # what the worst of the kept has; equal ones may be either
        first, second = seen[pair, epoch - 1]
        if first >= least > second:
            raise Wrong("The other way round: first the one that is stopped, then the one that is kept.")
        if first > least:
            raise Wrong(f"Row {pair[0]} is kept: {first:.1f} % after epoch {epoch}, and {least:.1f} % are enough.")
        if second < least:
            raise Wrong(f"Row {pair[1]} is stopped: {second:.1f} % after epoch {epoch}, and it takes {least:.1f} %.")
        if pair[0] == pair[1] or first == second:
            raise Wrong("These two are level after that epoch: take one that is clearly stopped.")
        (end, other_end), (mean, other_mean) = seen[pair, -1], others[pair]
        if end <= other_end:
            raise Wrong(
                f"On seed 0 the stopped one ends at {end:.1f} %, the kept one at {other_end:.1f} %: not higher."
            )
        if mean <= other_mean:
            raise Wrong(f"By the other seeds it is {mean:.1f} % against {other_mean:.1f} %: that was luck of seed 0.")
        return (
            f"After epoch {epoch} {first:.1f} % against {second:.1f} %, at the end {end:.1f} % against {other_end:.1f} "
            f"% ({mean:.1f} % against {other_mean:.1f} % by the other seeds). Halving cannot see that at epoch {epoch}."
        )


def judge_retraining(cell: tuple[int, ...], accuracy: float, cells: int) -> tuple[float, str]:
    """Divide the difference by the standard deviation that it has if nothing but the seed differs."""
    bench = load_benchmark("glyphs", search_seed=0)
    table = bench.metrics["val_accuracy"]  # (rows, seeds)
    known = table[bench.genotypes.index(cell)]
    noise = noise_near(table, known.mean(), cells)
    z = (accuracy - known.mean()) / (noise * np.sqrt(1 + 1 / len(known)))
    return float(z), "within" if abs(z) <= 2 else "outside"


class SeedNoise(Exercise):
    """Whether a retraining agrees with the table."""

    TITLE = "Within seed noise?"
    QUESTION = (
        "Somebody trains the glyphs cell {cell} again, with another seed, and gets {accuracy} % validation accuracy. "
        "Is that within seed noise of the three trainings in the table? Three numbers say little about a cell's own "
        'noise, so take `noise_near(bench.metrics["val_accuracy"], mean, {cells})` of '
        "`nastutor.studies.table_quality`, the standard deviation over seeds of the {cells} cells with the nearest "
        "mean. How many standard deviations of *the difference between the new training and the mean of the three* "
        'is the new one away (negative if below)? Answer with a pair: that number to two decimals, and `"within"` '
        '(at most 2 either way) or `"outside"`.'
    )
    STUB = "answer = ..."
    HINTS = (
        "The mean of the three is uncertain too: what is the variance of a difference of two independent numbers?",
        "One training has variance σ², a mean of three σ²/3: the difference has σ²(1 + 1/3).",
    )
    GIVEN: ClassVar = {"cell": (0, 3, 0, 1, 0, 3), "accuracy": 86.0, "cells": 200}
    OFFICIAL = staticmethod(judge_retraining)
    MISTAKES: ClassVar = {
        "the sign": Mistake(
            lambda **given: (-judge_retraining(**given)[0], judge_retraining(**given)[1]), "The sign: negative"
        ),
        "the mean of three taken as exact": Mistake(
            lambda **given: (judge_retraining(**given)[0] * np.sqrt(4 / 3), judge_retraining(**given)[1]),
            "takes the mean of the three as exact",
        ),
        "the noise of a mean of three": Mistake(
            lambda **given: (judge_retraining(**given)[0] * 2, judge_retraining(**given)[1]), "the new training is one"
        ),
        "points": Mistake(
            lambda cell, accuracy, cells: (
                accuracy - _glyphs().metrics["val_accuracy"][_glyphs().genotypes.index(cell)].mean(),
                "within",
            ),
            "the difference in points",
        ),
        "the other word": Mistake(
            lambda **given: (
                judge_retraining(**given)[0],
                {"within": "outside", "outside": "within"}[judge_retraining(**given)[1]],
            ),
            "The number is right, and",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        table = _glyphs().metrics["val_accuracy"]
        row = int(rng.choice(np.flatnonzero(table.mean(axis=1) > np.median(table))))
        mean = table[row].mean()
        away = float(rng.choice([0.7, 1.1, 1.5, 2.6, 3.2])) * float(rng.choice([-1, 1]))
        accuracy = round(mean + away * noise_near(table, mean, 200) * np.sqrt(4 / 3), 1)
        return {"cell": _glyphs().genotypes[row], "accuracy": float(accuracy)}

    def judge(self, answer: Any) -> str:
        bench, accuracy = _glyphs(), self.given["accuracy"]
        parts = sequence(answer, 2, 'a pair (number, "within" or "outside")')
        value, word = number(parts[0]), choice(parts[1], ("within", "outside"))
        table = bench.metrics["val_accuracy"]
        known = table[bench.genotypes.index(self.given["cell"])]
        noise, difference = noise_near(table, known.mean(), self.given["cells"]), accuracy - known.mean()
        truth = standardised_difference(np.array(accuracy), known, noise)
        overall = float(np.sqrt(table.var(axis=1, ddof=1).mean()))
        mistakes = [
            (-truth, "The sign: negative if the new training is below the table."),
            (difference / noise, "That takes the mean of the three as exact: it has seed noise too."),
            (difference / (noise / np.sqrt(3)), "That is the noise of the mean of three; the new training is one."),
            (
                difference / known.std(ddof=1),
                "That is the spread of the cell's three numbers alone, mostly luck.",
            ),
            (
                difference / (known.std(ddof=1) * np.sqrt(4 / 3)),
                "That is the spread of the three numbers alone.",
            ),
            (truth * noise / overall, "That is the noise of all cells; bad ones are noisier. Take those nearby."),
            (difference, "That is the difference in points: divide it by its standard deviation."),
            (difference / (noise**2 * 4 / 3), "That divides by the variance; take its root."),
            (
                (accuracy - known[0]) / (noise * np.sqrt(2)),
                "That compares with seed 0 alone: take the mean.",
            ),
        ]
        compare(value, truth, 0.011, mistakes)
        right = "within" if abs(truth) <= 2 else "outside"
        if word != right:
            raise Wrong(f"The number is right, and {value:.2f} is {'at most' if right == 'within' else 'more than'} 2.")
        return (
            f"The table has {', '.join(f'{v:.1f}' for v in known)}, mean {known.mean():.2f}; seed noise {noise:.2f}; "
            f"the difference of {difference:+.2f} points is {truth:+.2f} standard deviations: {right} seed noise."
        )


def make_hyperband(space: SearchSpace, seed: int) -> Searcher:
    """Every answer to how early one can stop, again and again until the budget is spent."""
    return Hyperband(space, seed, max_epochs=12, eta=3, sweeps=None)


@cache
def _all_cells() -> tuple[np.ndarray, np.ndarray]:
    """Return what seed 0 and what the other seeds say of all 15,625 genotypes."""
    bench = _glyphs()
    rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    order = [rows[bench.space.canonical(genotype)] for genotype in bench.space]
    return bench.values("val_accuracy", "search")[order], bench.values("val_accuracy")[order]


def _always(searcher: Searcher) -> Callable[[SearchSpace, int], Searcher]:
    return lambda space, seed: searcher


class EpochsSaved(Exercise):
    """Open-ended: spend epochs better than full training does."""

    TITLE = "Epochs saved at equal quality (open-ended)"
    QUESTION = (
        "Write `make(space, seed)`, which returns a searcher that sets the epochs of its proposals: `Hyperband`, "
        "`SuccessiveHalving` with rungs of your choice, or one of your own. The check runs it 100 times on the glyphs "
        "table with {max_epochs} epochs a run. The 95 % band of what it finds, by the seeds that the search did not "
        "see, must lie above what random search finds on average with full training and the same epochs, which is "
        "known exactly. It then says how many epochs random search needs for the same. How many can you save?"
    )
    STUB = "def make(space, seed):\n    ..."
    HINTS = (
        "Full training takes 12 epochs. What if a searcher is finished before the budget is spent? (`sweeps=None`)",
        "More cells at first, or more patience? Vary η, the number of cells and `min_epochs`.",
    )
    GIVEN: ClassVar = {"max_epochs": 120}
    OFFICIAL = staticmethod(make_hyperband)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "full training": Mistake(
            lambda **given: lambda space, seed: RandomSearch(space, seed), "leaves the epochs open"
        ),
        "the class": Mistake(lambda **given: lambda space, seed: Hyperband, "must return a searcher"),
        "one searcher for all runs": Mistake(
            lambda **given: _always(Hyperband(_glyphs().space, 0, max_epochs=12, eta=3, sweeps=None)),
            "Return a fresh searcher",
        ),
    }
    FEW_ANSWERS = "The budget is all that a variant changes, and at some budgets Hyperband is not told apart."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"max_epochs": FULL * int(rng.choice([4, 5, 6, 7, 11, 12]))}

    def judge(self, answer: Any) -> str:
        make, bench, max_epochs = Called(answer), _glyphs(), self.given["max_epochs"]
        found = []
        for seed in range(RUNS):
            searcher = make(bench.space, seed)
            if not isinstance(searcher, Searcher):
                raise Wrong(f"Your function must return a searcher: with seed {seed} it returns {describe(searcher)}.")
            if searcher.asked:
                raise Wrong(f"Return a fresh searcher: the one for seed {seed} has asked before.")
            try:
                history = search(searcher, bench.evaluate, max_epochs=max_epochs, progress=False)
            except NotImplementedError:
                raise NotAttempted("Your searcher still lacks ask or tell.") from None
            except ValueError as error:
                if "sets the epochs" in str(error):
                    raise Wrong(
                        "Your searcher leaves the epochs open, so it trains everything in full: that is what it is "
                        "compared with. Return one that sets them, such as SuccessiveHalving."
                    ) from None
                raise Wrong(f"With seed {seed} your search fails: {describe_error(error)}") from None
            except Exception as error:
                raise Wrong(f"With seed {seed} your search fails: {describe_error(error)}") from None
            if not len(history):
                raise Wrong(f"With seed {seed} your searcher asks for nothing.")
            found.append((bench.report(history.best().genotype)["val_accuracy"], history.best().genotype))
        if len({genotype for _, genotype in found}) == 1:
            raise Wrong(
                "All runs find the same cell: pass the seed on to the searcher, or it is one run shown many times."
            )
        band = bootstrap_band([accuracy for accuracy, _ in found])
        seen, others = _all_cells()
        random = expected_best_of(max_epochs // FULL, seen, others)
        said = (
            f"{band} over {RUNS} runs, against {random:.2f} for random search with {max_epochs} epochs of full training"
        )
        if band.high < random:
            raise Wrong(f"Worse than random search: {said}.")
        if band.low <= random:
            raise Wrong(f"Not told apart: {said}, which lies within the band.")
        needed = next((n for n in range(1, 500) if expected_best_of(n, seen, others) >= band.mean), None)
        if needed is None:
            return f"{said}, which random search does not reach with {500 * FULL:,} epochs."
        saved = 1 - max_epochs / (needed * FULL)
        return f"{said}. For the same accuracy it needs {needed * FULL} epochs: you save {saved:.0%}."


exercises = ExerciseSet("budgets", "06 Training and budgets", [RungSizes, Halving, Crossing, SeedNoise, EpochsSaved])
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
