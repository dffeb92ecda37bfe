"""Exercises of lesson 07: synflow and naswot by hand, partial correlations, a proxy as a filter."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.exercises.answers import Wrong, compare, describe, describe_error, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import draw_dataset, table
from nastutor.loop.search import search
from nastutor.searchers.evolution import RegularizedEvolution
from nastutor.spaces.space import Genotype
from nastutor.statistics import Band, bootstrap_band, difference_band, rank_correlation, rank_correlation_band
from nastutor.studies.proxies import PROXIES, load_proxies

Matrix = tuple[tuple[float, ...], ...]
RUNS, START = 60, 10
"""The open-ended exercise: runs, and cells that evolution starts from."""


def synflow_sum(first: Matrix, second: Matrix) -> float:
    """With all weights positive, R is what flows from the ones to the outputs; each layer's w · ∂R/∂w adds up to R."""
    flow = (np.abs(second) @ np.abs(first)).sum()
    return 2 * float(flow)


class SynflowByHand(Exercise):
    """The synflow of a linear network of two layers."""

    TITLE = "Synflow by hand"
    QUESTION = (
        "A network without biases and activations: y = V W x, with the first layer W = {first} (a row a hidden unit) "
        "and the second V = {second} (a row an output). Compute its synflow before the logarithm: make all weights "
        "positive, feed an image of ones, add up the outputs to R, and sum w · ∂R/∂w over all weights of both layers."
    )
    STUB = "total = ..."
    HINTS = (
        "R = Σ |V| |W| 1. For one weight of W, w · ∂R/∂w is all that flows through it: from its input to the outputs.",
        "Everything flows through W, and everything flows through V. What do the weights of one layer add up to?",
    )
    GIVEN: ClassVar = {"first": ((1.0, -2.0), (3.0, 0.5)), "second": ((2.0, -1.0),)}
    OFFICIAL = staticmethod(synflow_sum)
    MISTAKES: ClassVar = {
        "one layer": Mistake(lambda first, second: synflow_sum(first, second) / 2, "That is R"),
        "the signs left in": Mistake(
            lambda first, second: 2 * float((np.array(second) @ np.array(first)).sum()), "The signs are still there"
        ),
        "the logarithm": Mistake(lambda first, second: math.log(synflow_sum(first, second)), "which the lesson stores"),
        "layers multiplied": Mistake(
            lambda first, second: (synflow_sum(first, second) / 2) ** 2, "do not multiply them"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            first, second = (
                rng.integers(-4, 5, size=shape).astype(float) for shape in ((2, 2), (rng.integers(1, 3), 2))
            )
            if first.all() and second.all() and (first < 0).any() and (second < 0).any():
                return {name: tuple(map(tuple, m.tolist())) for name, m in (("first", first), ("second", second))}

    def judge(self, answer: Any) -> str:
        first, second = np.array(self.given["first"]), np.array(self.given["second"])
        flow = float((np.abs(second) @ np.abs(first)).sum())
        signed = float((second @ first).sum())
        # w · ∂R/∂w with the signs left in, its absolute value weight by weight
        through = second.sum(axis=0)[:, None] * first, second * first.sum(axis=1)
        mistakes: list[tuple[float, str]] = [
            (flow, "That is R. Both layers have weights: sum w · ∂R/∂w over all of them."),
            (2 * signed, "The signs are still there: make all weights positive first."),
            (signed, "That is the output with the signs left in; make all weights positive, and sum over both layers."),
            (float(sum(np.abs(part).sum() for part in through)), "Make the weights positive before R, not after it."),
            (float(np.abs(first).sum() + np.abs(second).sum()), "That is the sum of |w|; each is to be times ∂R/∂w."),
            (
                math.log(2 * flow),
                "That is its logarithm, which the lesson stores; before the logarithm it is asked for.",
            ),
            (
                math.log(flow),
                "That is the logarithm of R; before the logarithm, and over both layers, it is asked for.",
            ),
            (flow**2, "Sum over the two layers, do not multiply them."),
        ]
        compare(answer, 2 * flow, 1e-6 * flow, [item for item in mistakes if abs(item[0] - 2 * flow) > 0.01 * flow])
        return (
            f"R = {flow:g}, and each of the two layers carries all of it: {2 * flow:g}. A chain of n layers without "
            "biases has n · R: synflow is about the flow R, which multiplies from layer to layer."
        )


def naswot_both(units: Matrix) -> list[float]:
    """Fresh batch norm in evaluation mode changes no sign; in training mode it subtracts the mean over the batch."""
    scores = []
    for values in (np.array(units) - np.mean(units, axis=0), np.array(units)):
        code = (values > 0).astype(float)
        agreements = code @ code.T + (1 - code) @ (1 - code).T
        scores.append(float(np.log(np.linalg.det(agreements))))
    return scores


class BatchNormMode(Exercise):
    """What the mode of batch norm does to naswot."""

    TITLE = "Batch norm and naswot"
    QUESTION = (
        "One layer computes, for three images (rows) and six units (columns), the numbers {units}. Then come a fresh "
        "batch norm and a ReLU. Compute naswot, log det K with K_ij the number of units in which images i and j agree "
        "on the sign of the ReLU's input, once with batch norm in training mode, once in evaluation mode, where a "
        "fresh one divides by 1 and subtracts 0. Answer with a list of two numbers, training mode first, to two "
        "decimals."
    )
    STUB = "scores = ..."
    HINTS = (
        "In training mode batch norm subtracts from each column its mean over the images; what it divides by is "
        "positive, so it changes no sign.",
        "With the code c (1 where positive), K = c cᵀ + (1 − c)(1 − c)ᵀ; the diagonal is the number of units, 6.",
    )
    GIVEN: ClassVar = {"units": ((-1, 1, 5, 1, 1, 5), (-5, 1, -1, 1, 4, 1), (-2, 2, -1, -1, 1, 2))}
    OFFICIAL = staticmethod(naswot_both)
    MISTAKES: ClassVar = {
        "evaluation first": Mistake(lambda units: naswot_both(units)[::-1], "The other way round"),
        "no logarithm": Mistake(lambda units: np.exp(naswot_both(units)), "take its logarithm"),
        "the logarithm to base 10": Mistake(
            lambda units: [score / math.log(10) for score in naswot_both(units)], "take the natural logarithm"
        ),
        "one mode": Mistake(lambda units: naswot_both(units)[1:] * 2, "that is the other mode"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            units = rng.integers(-3, 4, size=(3, 6)) + 2 * rng.choice([-1, 1], size=6)
            codes = [units > 0, units > units.mean(axis=0)]
            kernels = [c.astype(float) @ c.T + (~c).astype(float) @ (~c).T for c in codes]
            if units.all() and (units != units.mean(axis=0)).all() and min(map(np.linalg.det, kernels)) > 1:
                given = {"units": tuple(map(tuple, units.tolist()))}
                training, evaluation = naswot_both(**given)
                if abs(training - evaluation) > 0.2:
                    return given

    def judge(self, answer: Any) -> str:
        found = [number(value) for value in sequence(answer, 2, "a list of two numbers: training, evaluation")]
        units = np.array(self.given["units"], dtype=float)
        truths = naswot_both(self.given["units"])
        if np.allclose(found, truths[::-1], atol=0.011) and not np.allclose(found, truths, atol=0.011):
            raise Wrong("The other way round: training mode first.")
        across = (units > units.mean(axis=1, keepdims=True)).astype(float)
        for value, truth, mode, values in zip(
            found, truths, ("training", "evaluation"), (units - units.mean(axis=0), units)
        ):
            if abs(value - truth) <= 0.011:
                continue
            code = (values > 0).astype(float)
            agree, both = code @ code.T + (1 - code) @ (1 - code).T, code @ code.T
            mistakes: list[tuple[float, str]] = [
                (np.linalg.det(agree), "that is the determinant; take its logarithm"),
                (np.log10(np.linalg.det(agree)), "take the natural logarithm"),
                (_log_det(both), "two images agree also where both are not positive: add (1 − c)(1 − c)ᵀ"),
                (_log_det(6 - agree), "that counts where two images differ; K counts where they agree"),
                (_log_det(agree / 6), "K holds counts, not shares"),
                (
                    _log_det(across @ across.T + (1 - across) @ (1 - across).T),
                    "batch norm works unit by unit, over images",
                ),
                (truths[1 - truths.index(truth)], "that is the other mode"),
            ]
            text = next((text for mistaken, text in mistakes if abs(value - mistaken) <= 0.011), "")
            side = "small" if value < truth else "large"
            raise Wrong(f"In {mode} mode: {text or f'{value:.6g} is too {side}'}.")
        counts = [int(np.ptp(np.sign(v), axis=0).astype(bool).sum()) for v in (units - units.mean(axis=0), units)]
        return (
            f"{truths[0]:.2f} in training mode, {truths[1]:.2f} in evaluation mode: there {counts[1]} of 6 units tell "
            f"the images apart, against {counts[0]}. Say which mode a proxy was computed in."
        )


def _log_det(matrix: np.ndarray) -> float:
    return float(np.linalg.slogdet(matrix)[1])


def partial_correlation(scores: np.ndarray, accuracy: np.ndarray, params: np.ndarray) -> float:
    """Correlate what a straight line in the ranks of params leaves of the other two lists of ranks."""
    from scipy.stats import rankdata

    s, a, p = (rankdata(values) - np.mean(rankdata(values)) for values in (scores, accuracy, params))
    rest_s, rest_a = s - p * (p @ s) / (p @ p), a - p * (p @ a) / (p @ p)
    return float(rest_s @ rest_a / math.sqrt((rest_s @ rest_s) * (rest_a @ rest_a)))


class PartialCorrelation(Exercise):
    """Write the partial rank correlation."""

    TITLE = "What is left beyond parameters"
    QUESTION = (
        "Write `partial(scores, accuracy, params)`: Spearman's partial correlation of scores and accuracy, given "
        "params. Take ranks (`scipy.stats.rankdata`); remove from the ranks of scores and of accuracy what a straight "
        "line in the ranks of params explains; correlate the rests. Or combine the three rank correlations by the "
        "formula. The check compares on {cells} random cells of NAS-Bench-201 and on random numbers, with ties (seed "
        "{seed}). Write it yourself: `nastutor.statistics` has it, for looking up afterwards."
    )
    STUB = "def partial(scores, accuracy, params):\n    ..."
    HINTS = (
        "With r for rank correlations: (r_sa − r_sp · r_ap) / √((1 − r_sp²)(1 − r_ap²)).",
        "`scipy.stats.spearmanr(x, y).statistic` is one rank correlation; with ties, `rankdata` gives average ranks.",
    )
    GIVEN: ClassVar = {"cells": 150, "seed": 0}
    OFFICIAL = staticmethod(partial_correlation)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "params not removed": Mistake(
            lambda **given: lambda s, a, p: rank_correlation(s, a), "That is the plain rank correlation"
        ),
        "no denominator": Mistake(
            lambda **given: lambda s, a, p: rank_correlation(s, a) - rank_correlation(s, p) * rank_correlation(a, p),
            "The denominator is missing",
        ),
        "a difference of correlations": Mistake(
            lambda **given: lambda s, a, p: rank_correlation(s, a) - rank_correlation(a, p),
            "A difference of correlations",
        ),
        "lists exchanged": Mistake(
            lambda **given: lambda s, a, p: partial_correlation(s, p, a), "Two lists are exchanged"
        ),
        "ties with ranks of their own": Mistake(
            lambda **given: (
                lambda *lists: partial_correlation(
                    *(np.argsort(np.argsort(x, kind="stable"), kind="stable") for x in lists)
                )
            ),
            "Ties have ranks of their own",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"cells": int(rng.choice([80, 100, 120, 150])), "seed": int(rng.integers(1, 100))}

    def judge(self, answer: Any) -> str:
        from scipy.stats import pearsonr, rankdata

        function = Called(answer)
        accuracy, scores = _measured("cifar10", self.given["cells"])
        rng = np.random.default_rng(self.given["seed"])
        params = rng.integers(8, size=60).astype(float)
        cases = [(params + rng.normal(0, 2, 60), params**2 + rng.integers(20, size=60), params)]
        cases += [(scores[name], accuracy, scores["params"]) for name in ("synflow", "snip")]
        for s, a, p in cases:
            value, truth = number(function(s.copy(), a.copy(), p.copy())), partial_correlation(s, a, p)
            if abs(value - truth) < 1e-6:
                continue
            r_sa, r_sp, r_ap = rank_correlation(s, a), rank_correlation(s, p), rank_correlation(a, p)
            finite = np.isfinite(s)
            linear = _from_three(*(float(pearsonr(x[finite], y[finite])[0]) for x, y in ((s, a), (s, p), (a, p))))
            broken = [np.argsort(np.argsort(x, kind="stable"), kind="stable") for x in (s, a, p)]
            rest = rankdata(s) - np.polyval(np.polyfit(rankdata(p), rankdata(s), 1), rankdata(p))
            mistakes: list[tuple[float, str]] = [
                (r_sa, "That is the plain rank correlation: params are not removed."),
                (r_sa - r_sp * r_ap, "The denominator is missing."),
                (r_sa - r_ap, "A difference of correlations is no partial correlation: correlate the rests."),
                ((r_sa - r_sp * r_ap) / math.sqrt(1 - r_sp**2) / (1 - r_ap**2), "Take the root of both factors."),
                ((r_sa - r_sp * r_ap) / ((1 - r_sp**2) * (1 - r_ap**2)), "The denominator lacks its square root."),
                (linear, "That is with the values themselves: take their ranks."),
                (_from_three(*(rank_correlation(x, y) for x, y in itertools.combinations(broken, 2))), "Ties have "
                 "ranks of their own in yours: equal values share an average rank (`rankdata`)."),
                (rank_correlation(rest, a), "Params are removed from the scores alone: remove them from accuracy too."),
                (_from_three(r_sp, r_sa, r_ap), "Two lists are exchanged: params are to be removed."),
            ]  # fmt: skip
            raise Wrong(
                next(
                    (text for mistaken, text in mistakes if abs(value - mistaken) < 1e-6),
                    f"Got {value:.4f} where the partial correlation is {'larger' if value < truth else 'smaller'}.",
                )
            )
        lines = (
            f"{name} {rank_correlation(scores[name], accuracy):.2f}, given parameters "
            f"{partial_correlation(scores[name], accuracy, scores['params']):.2f}"
            for name in ("synflow", "snip")
        )
        return f"On {self.given['cells']} cells of CIFAR-10: {'; '.join(lines)}."


def _from_three(r_sa: float, r_sp: float, r_ap: float) -> float:
    rest = (1 - r_sp**2) * (1 - r_ap**2)
    return (r_sa - r_sp * r_ap) / math.sqrt(rest) if rest > 0 else math.nan


@cache
def _measured(dataset: str, cells: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the accuracy, and every score, of the first stored cells of NAS-Bench-201; params and macs among them."""
    bench, stored = table(dataset), load_proxies("nasbench201")
    row_of = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    rows = [row_of[genotype] for genotype in stored.genotypes[:cells]]
    costs = {name: bench.values(name)[rows] for name in ("params", "macs")}
    return bench.values("val_accuracy", "all")[rows], costs | {n: v[:cells, 0] for n, v in stored.scores.items()}


@cache
def bands_beyond(dataset: str, cells: int) -> dict[str, Band]:
    """Return each proxy's partial rank correlation with accuracy, given params, with its 95 % band."""
    bench, stored = load_benchmark("nasbench201", dataset=dataset), load_proxies("nasbench201_top")
    rows = [bench.genotypes.index(genotype) for genotype in stored.genotypes[:cells]]
    accuracy, params = bench.values("val_accuracy", "all")[rows], bench.values("params")[rows]
    return {
        name: rank_correlation_band(scores[:cells, 0], accuracy, given=params) for name, scores in stored.scores.items()
    }


def proxies_that_add(dataset: str, cells: int) -> list[str]:
    """Keep those whose band lies above zero."""
    return [name for name, band in bands_beyond(dataset, cells).items() if band.low > 0]


class WhichAdds(Exercise):
    """Which proxies say something beyond the number of parameters."""

    TITLE = "Which proxy adds anything?"
    QUESTION = (
        'Take the first {cells} cells of `load_proxies("nasbench201_top")`, all of the best tenth, and their mean '
        "accuracy over all seeds on {dataset}. Which of the seven proxies rank cells beyond what the number of "
        "parameters (`params` of the benchmark) says? Put a 95 % band on each partial rank correlation "
        "(`rank_correlation_band(scores, accuracy, given=params)`) and answer with a list of the names whose band lies "
        "above zero. First predict. A proxy whose band ends within a fifth of its width of zero may be named or not."
    )
    STUB = "names = ..."
    HINTS = (
        '`stored = load_proxies("nasbench201_top")` has `genotypes` and `scores[name][:, 0]`; '
        "`bench.genotypes.index(g)` is the row of a cell in the table.",
        "Over all cells each of the seven adds something; here a band may as well lie below zero. Look at its low end.",
    )
    GIVEN: ClassVar = {"dataset": "cifar100", "cells": 60}
    OFFICIAL = staticmethod(proxies_that_add)
    MISTAKES: ClassVar = {
        "all of them": Mistake(lambda **given: list(PROXIES), "All seven"),
        "one that ranks well over all cells": Mistake(
            lambda **given: [*proxies_that_add(**given), "snip"], "of those you name do not"
        ),
    }
    FEW_ANSWERS = "Three tables, and a few cells more or less, leave mostly the same one or two proxies."

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "cells": int(rng.integers(40, 61))}

    def separates(self) -> bool:
        """Say whether one must be named, so that no list is no answer."""
        return super().separates() and any(
            band.low >= (band.high - band.low) / 5 for band in bands_beyond(**self.given).values()
        )

    def judge(self, answer: Any) -> str:
        names = sequence(answer, None, "a list of names of proxies")
        unknown = [name for name in names if not isinstance(name, str) or name not in PROXIES]
        if unknown:
            raise Wrong(f"The proxies are {', '.join(PROXIES)}: got {describe(unknown[0])}.")
        bands = bands_beyond(**self.given)
        sure = {name for name, band in bands.items() if abs(band.low) >= (band.high - band.low) / 5}
        missed = [n for n in PROXIES if n in sure and bands[n].low > 0 and n not in names]
        added = [n for n in PROXIES if n in sure and bands[n].low <= 0 and n in names]
        if len(set(names)) == len(PROXIES) and added:
            raise Wrong("All seven? For some the band holds zero, or lies below it.")
        if missed or added:
            parts = [f"{len(missed)} of the proxies you leave out add something"] if missed else []
            parts += [f"{len(added)} of those you name do not: zero lies in their band or above it"] if added else []
            raise Wrong(f"{'; '.join(parts)}.")
        said = ", ".join(f"{name} {band}" for name, band in bands.items())
        return f"Given parameters: {said}."


Scores = Mapping[str, np.ndarray]


def best_by_two_ranks(cells: Sequence[Genotype], scores: Scores) -> list[int]:
    """Add the ranks by parameters and by synflow, two views that partly disagree, and take the highest sums."""
    from scipy.stats import rankdata

    total = rankdata(scores["params"]) + rankdata(scores["synflow"])
    return np.argsort(-total, kind="stable")[:10].tolist()


@cache
def _glyphs() -> Benchmark:
    return load_benchmark("glyphs", search_seed=0)


@cache
def _stored_glyphs() -> tuple[list[Genotype], dict[str, np.ndarray]]:
    stored = load_proxies("glyphs")
    row_of = {genotype: row for row, genotype in enumerate(_glyphs().genotypes)}
    rows = [row_of[genotype] for genotype in stored.genotypes]
    costs = {name: _glyphs().values(name)[rows] for name in ("params", "macs")}
    return stored.genotypes, costs | {name: values[:, 0] for name, values in stored.scores.items()}


def _evolve(start: Sequence[Genotype], budget: int, seed: int) -> float:
    """Return the accuracy, on the other seeds, of what evolution finds from a start."""
    bench = _glyphs()
    searcher = RegularizedEvolution(bench.space, seed, population_size=START, sample_size=START // 2)
    history = search(searcher.start_from(start), bench.evaluate, budget, progress=False)
    return bench.report(history.best().genotype)["val_accuracy"]


@cache
def _unfiltered(pool: int, budget: int) -> list[float]:
    """Return what evolution finds from the first cells of each pool, which are random."""
    return [
        _evolve([_stored_glyphs()[0][row] for row in _pool(pool, seed)[:START]], budget, seed) for seed in range(RUNS)
    ]


def _pool(pool: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).choice(len(_stored_glyphs()[0]), pool, replace=False).tolist()


class Filter(Exercise):
    """Open-ended: a proxy as a filter in front of evolution."""

    TITLE = "A filter in front of evolution (open-ended)"
    QUESTION = (
        "Write `choose(cells, scores)`: out of a pool of {pool} random cells of glyphs, return the indices of the 10 "
        "that evolution shall start from. `scores` maps each of `params`, `macs` and the seven proxies to an array of "
        "{pool} numbers; nothing is trained yet. The check then evaluates your 10 and goes on with regularized "
        "evolution (a population of 10), {budget} trainings in all, 60 times with a pool each (a few seconds), and "
        "does the same from 10 random cells of each pool. The 95 % band of the difference, on the training seeds that "
        "the search did not see, must lie above zero. Then try to beat your own number: which score, or which mix, is "
        "worth most?"
    )
    STUB = "def choose(cells, scores):\n    ..."
    HINTS = (
        "What says most about a cell before it is trained? Sort by that, take the 10 largest, and see how far it gets.",
        "Add ranks (`scipy.stats.rankdata`) of scores that know different things; 10 cells that are alike teach less.",
    )
    GIVEN: ClassVar = {"pool": 200, "budget": 15}
    OFFICIAL = staticmethod(best_by_two_ranks)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the smallest": Mistake(
            lambda **given: lambda cells, scores: np.argsort(scores["params"], kind="stable")[:10],
            "Worse than no filter",
        ),
        "the first ten": Mistake(
            lambda **given: lambda cells, scores: list(range(10)), "Not told apart from no filter"
        ),
        "the best ten times": Mistake(
            lambda **given: lambda cells, scores: [int(np.argmax(scores["params"]))] * 10, "different whole numbers"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"pool": int(rng.choice([150, 200, 250, 300, 400])), "budget": int(rng.choice([12, 15, 18]))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        pool, budget = self.given["pool"], self.given["budget"]
        genotypes, scores = _stored_glyphs()
        starts = []
        for seed in range(RUNS):
            rows = _pool(pool, seed)
            chosen = function([genotypes[row] for row in rows], {name: v[rows] for name, v in scores.items()})
            starts.append([genotypes[rows[index]] for index in _read_indices(chosen, pool)])
        found = [_evolve(start, budget, seed) for seed, start in enumerate(starts)]
        band = difference_band(found, _unfiltered(pool, budget))
        said = f"{bootstrap_band(found)} with your filter, {bootstrap_band(_unfiltered(pool, budget))} without"
        if band.high < 0:
            raise Wrong(f"Worse than no filter: {said}; difference {band}. Are the best scores the largest?")
        if band.low <= 0:
            raise Wrong(f"Not told apart from no filter: {said}; difference {band}.")
        return f"{said}; difference {band}."


def _read_indices(answer: Any, pool: int) -> list[int]:
    """Read different indices, 0…pool−1."""
    try:
        values = [int(value) for value in sequence(answer, START, f"{START} indices") if float(value) == int(value)]
    except Wrong:
        raise
    except Exception as error:
        raise Wrong(f"Return {START} indices: got {describe(answer)} ({describe_error(error)}).") from None
    if len(set(values)) != START or min(values) < 0 or max(values) >= pool:
        raise Wrong(f"Return {START} different whole numbers from 0 to {pool - 1}: got {describe(answer)}.")
    return values


exercises = ExerciseSet(
    "zero_cost",
    "07 Zero-cost proxies",
    [SynflowByHand, BatchNormMode, PartialCorrelation, WhichAdds, Filter],
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
