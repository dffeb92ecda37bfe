"""Exercises of lesson 05: surrogates, acquisition by hand, models per stage, encodings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import CANNOT_BE_TOLD, Wrong, choice, decided_by, describe, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.tables import draw_dataset, table
from nastutor.lessons.source import show_source
from nastutor.spaces import CellSpace
from nastutor.spaces.encodings import one_hot, ordinal, path
from nastutor.statistics import Band, bootstrap_band, expected_best_of, rank_correlation

if TYPE_CHECKING:
    from IPython.display import Markdown

SPACE = CellSpace()
START, BATCH, RUNS = 20, 20, 15
"""The loop of the open-ended exercise: random cells first, then batches; how many runs."""
LEARNS = 0.5
"""By how much the scores' rank correlation has to fall where the accuracies that are learnt are turned upside down.
That of a size, its ties broken by chance or a little of a fit, falls by 0.2 at most, that of surrogates by 1 to 2."""


@cache
def _columns() -> np.ndarray:
    """Return the one-hot columns (30) and the path columns (84) of all cells, in the order of the table."""
    cells = list(SPACE)
    return np.hstack([one_hot(SPACE, cells), path(SPACE, cells)])


@cache
def _quantities() -> np.ndarray:
    """Return the numbers of the operations on the six edges, and ones, of all cells."""
    return np.hstack([ordinal(SPACE, list(SPACE)), np.ones((SPACE.size, 1))])


def rank_of_favourite(dataset: str, cells: int, seed: int) -> int:
    """Fit a weight for each operation on each edge; look up the cell with the largest sum of weights."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    x, accuracies = one_hot(bench.space, bench.genotypes), bench.values("val_accuracy", seeds="search")
    sample = np.random.default_rng(seed).choice(len(bench), cells, replace=False)
    weights = np.linalg.lstsq(x[sample], accuracies[sample], rcond=None)[0]
    favourite = (x @ weights).argmax()
    means = bench.values("val_accuracy", seeds="all")
    return int((means > means[favourite]).sum()) + 1


def _predict(x: np.ndarray, accuracies: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Return what least squares on a sample predict for all."""
    return x @ np.linalg.lstsq(x[sample], accuracies[sample], rcond=None)[0]


def _sample(cells: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(SPACE.size, cells, replace=False)


@cache
def _favourite(dataset: str, cells: int, seed: int) -> int:
    """Return the row of the cell that the linear surrogate likes best."""
    seen = table(dataset).values("val_accuracy", seeds="search")
    return int(_predict(_columns()[:, :30], seen, _sample(cells, seed)).argmax())


def _best_measured(dataset: str, cells: int, seed: int) -> int:
    sample = _sample(cells, seed)
    return int(sample[table(dataset).values("val_accuracy", seeds="search")[sample].argmax()])


def _rank_of(row: int, dataset: str, seeds: str = "all") -> int:
    return _better(table(dataset).values("val_accuracy", seeds=seeds), row)[0] + 1


class LinearFavourite(Exercise):
    """The rank of the cell that a linear surrogate likes best."""

    TITLE = "A linear surrogate"
    QUESTION = (
        "How good is the favourite of a linear surrogate? In five lines: (1) draw {cells:,} rows of the table on "
        "{dataset}, `rows = np.random.default_rng({seed}).choice(15625, {cells}, replace=False)`; (2) their accuracies "
        'are `bench.values("val_accuracy", seeds="search")[rows]`; (3) fit one weight a column of the one-hot '
        "encoding to them, by `np.linalg.lstsq`; (4) predict all 15,625 cells, and take the one with the highest "
        "prediction; (5) answer with its true rank: among all cells, by the mean accuracy over all seeds, the best "
        "having rank 1. Guess first."
    )
    STUB = "rank = ..."
    HINTS = (
        "`one_hot(bench.space, bench.genotypes)` is an array (15625, 30); the sample's rows are for the fit.",
        "`(x @ weights).argmax()` is the row of the favourite; its rank is one more than the number of better cells.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "cells": 15625, "seed": 0}
    OFFICIAL = staticmethod(rank_of_favourite)
    MISTAKES: ClassVar = {
        "the best rank is 0": Mistake(
            lambda **given: _rank_of(_favourite(**given), given["dataset"]) - 1, "Count from 1"
        ),
        "by the search seed": Mistake(
            lambda **given: _rank_of(_favourite(**given), given["dataset"], "search"), "the rank by the search seed"
        ),
        "the best of those measured": Mistake(
            lambda **given: _rank_of(_best_measured(**given), given["dataset"]), "the best cell measured"
        ),
        "the row": Mistake(lambda **given: _favourite(**given), "the row of the favourite"),
        "the accuracy": Mistake(
            lambda **given: float(table(given["dataset"]).values("val_accuracy", seeds="all")[_favourite(**given)]),
            "That is its accuracy",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        cells, seed = int(rng.choice([300, 500, 1000, 2000])), int(rng.integers(100))
        return {"dataset": draw_dataset(rng), "cells": cells, "seed": seed}

    def judge(self, answer: Any) -> str:
        bench, cells = table(self.given["dataset"]), self.given["cells"]
        seen, means = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy", seeds="all")
        sample = _sample(cells, self.given["seed"])
        x = _columns()[:, :30]
        predicted = _predict(x, seen, sample)
        favourite = int(predicted.argmax())
        value = number(answer)
        better, ties = _better(means, favourite)
        if better + 1 <= value <= better + 1 + ties and value == int(value):
            cell = bench.genotypes[favourite]
            explained = 1 - ((seen - predicted) ** 2).sum() / ((seen - seen.mean()) ** 2).sum()
            return (
                f"The favourite {cell} has on each edge the operation with the largest weight: predicted "
                f"{predicted[favourite]:.2f}, in truth {means[favourite]:.2f}; {better:,} cells are better. A sum over "
                f"edges explains {100 * explained:.0f} % of the variance; what an operation does to the other edges, "
                "and so which of the good cells is best, it cannot express."
            )
        best = int(sample[seen[sample].argmax()])
        among = int(sample[predicted[sample].argmax()])
        mistakes: list[tuple[float, str]] = [
            (better, "Count from 1: the best cell has rank 1, not 0."),
            (favourite, "That is the row of the favourite in the table, which is not sorted by accuracy."),
            (_better(seen, favourite)[0] + 1, "That is the rank by the search seed: take the mean over all seeds."),
            (_better(means, best)[0] + 1, "That is the best cell measured; which one does the surrogate like best?"),
            (
                _better(means, among)[0] + 1,
                "That is its favourite among the cells that it was fitted to: predict all 15,625.",
            ),
            (_better(means, int(predicted.argmin()))[0] + 1, "That is the cell with the lowest prediction."),
            (
                _better(means, int(_predict(_quantities(), seen, sample).argmax()))[0] + 1,
                "That takes the numbers 0…4 of the operations as quantities: encode them one-hot.",
            ),
            (
                _better(means, int(_predict(_columns()[:, 30:], seen, sample).argmax()))[0] + 1,
                "That is with the path encoding; one-hot is asked for.",
            ),
            (means[favourite], "That is its accuracy; how many cells are better?"),
            (predicted[favourite], "That is the prediction; look the cell up in the table."),
        ]
        for mistaken, message in mistakes:
            if abs(value - mistaken) < (1e-6 if mistaken == int(mistaken) else 0.01):
                raise Wrong(message)
        if not 1 <= value <= len(bench) or value != int(value):
            raise Wrong(f"A rank is a whole number from 1 to {len(bench):,}: got {value:g}.")
        raise Wrong(f"{value:.0f} is too {'good' if value <= better else 'bad'} a rank.")


def _better(accuracies: np.ndarray, row: int) -> tuple[int, int]:
    """Count the better cells, and the others that are equal."""
    better = int((accuracies > accuracies[row] + 1e-9).sum())
    return better, int((accuracies > accuracies[row] - 1e-9).sum()) - better - 1


def acquisition(
    means: Sequence[float], deviations: Sequence[float], best: float, beta: float
) -> tuple[list[float], list[float]]:
    """UCB = μ + βσ; EI = (μ − best) Φ(z) + σ φ(z) with z = (μ − best) / σ."""
    from scipy import stats

    mean, deviation = np.array(means), np.array(deviations)
    z = (mean - best) / deviation
    improvement = (mean - best) * stats.norm.cdf(z) + deviation * stats.norm.pdf(z)
    return (mean + beta * deviation).tolist(), improvement.tolist()


class Acquisition(Exercise):
    """UCB and EI of two candidates."""

    TITLE = "UCB and EI by hand"
    QUESTION = (
        "The best accuracy so far is {best}. A surrogate predicts two candidates with means {means} and standard "
        "deviations {deviations} (normal distributions, in points). Compute for both the upper confidence bound with "
        "β = {beta}, and the expected improvement over the best. Answer with a pair `(ucb, ei)` of two lists, ucb to "
        "two decimals, ei to three; `scipy.stats.norm` has Φ (cdf) and φ (pdf)."
    )
    STUB = "answer = ..."
    HINTS = (
        "UCB: mean plus β standard deviations. EI is the mean of max(0, accuracy − best), so it is never negative.",
        "With z = (mean − best) / deviation, EI = (mean − best) Φ(z) + deviation φ(z).",
    )
    GIVEN: ClassVar = {"best": 91.0, "means": (91.2, 90.6), "deviations": (0.2, 0.8), "beta": 2.0}
    OFFICIAL = staticmethod(acquisition)
    MISTAKES: ClassVar = {
        "ei first": Mistake(lambda **given: acquisition(**given)[::-1], "The other way round"),
        "a pair for each candidate": Mistake(
            lambda **given: np.transpose(acquisition(**given)).tolist(), "for each candidate: first both"
        ),
        "the lower bound": Mistake(
            lambda beta, **given: (acquisition(beta=-beta, **given)[0], acquisition(beta=beta, **given)[1]),
            "the lower confidence bound",
        ),
        "β left out": Mistake(
            lambda beta, **given: (acquisition(beta=1, **given)[0], acquisition(beta=beta, **given)[1]), "lacks β"
        ),
        "the improvement of the mean": Mistake(
            lambda means, best, **given: (
                acquisition(means=means, best=best, **given)[0],
                [max(mean - best, 0) for mean in means],
            ),
            "the improvement of the mean",
        ),
        "the expected best": Mistake(
            lambda best, **given: (
                acquisition(best=best, **given)[0],
                [best + gain for gain in acquisition(best=best, **given)[1]],
            ),
            "the expected best after it",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        best = float(rng.integers(400, 940)) / 10
        above, below = rng.integers(1, 4) / 10, rng.integers(2, 7) / 10
        deviations = (float(rng.integers(2, 5)) / 10, float(rng.integers(6, 12)) / 10)
        means = (round(best + float(above), 1), round(best - float(below), 1))
        return {"best": best, "means": means, "deviations": deviations, "beta": float(rng.choice([0.5, 1.5, 2.0, 3.0]))}

    def judge(self, answer: Any) -> str:
        from scipy import stats

        best, beta = self.given["best"], self.given["beta"]
        mean, deviation = np.array(self.given["means"]), np.array(self.given["deviations"])
        parts = sequence(answer, 2, "a pair (ucb, ei) of two lists")
        found = [np.array([number(value) for value in sequence(part, 2, "two lists of two numbers")]) for part in parts]
        z = (mean - best) / deviation
        phi, density = stats.norm.cdf(z), stats.norm.pdf(z)
        bound = mean + beta * deviation
        improvement = (mean - best) * phi + deviation * density
        truths = [(bound, 0.011), (improvement, 0.0015)]
        if all(_close(value, truth, by) for value, (truth, by) in zip(np.transpose(found), truths)):
            raise Wrong("You list (ucb, ei) for each candidate: first both upper confidence bounds, then both EI.")
        if all(_close(value, truth, by) for value, (truth, by) in zip(found[::-1], truths)):
            raise Wrong("The other way round: first the upper confidence bounds, then the expected improvements.")
        bounds = [
            (mean - beta * deviation, "is the lower confidence bound; it explores nothing"),
            (mean + beta * deviation**2, "has the variance; take the standard deviation"),
            (mean + deviation, "lacks β"),
            (mean, "is the mean alone; add β standard deviations"),
            (beta * deviation, "lacks the mean"),
            (bound - best, "is measured from the best so far; the bound needs no best"),
        ]
        improvements = [
            ((mean - best) * phi, "lacks the term with φ: uncertain candidates may improve by much"),
            ((mean - best) * phi + density, "lacks the standard deviation before φ"),
            (phi, "is the probability of an improvement; take its size, on average"),
            (np.maximum(mean - best, 0), "is the improvement of the mean; take the mean of the improvement"),
            (mean - best, "is the improvement of the mean; take the mean of the improvement"),
            (
                improvement - (mean - best),
                "has the wrong sign: here larger is better, so z = (mean − best) / deviation",
            ),
            ((mean - best) * density + deviation * phi, "has Φ and φ exchanged"),
            (improvement + best, "is the expected best after it; take how far that rises above the best so far"),
            (
                (mean - best) * stats.norm.cdf(z / deviation) + deviation * stats.norm.pdf(z / deviation),
                "divides by the variance; take the standard deviation",
            ),
        ]
        for value, (truth, by), mistakes, name in zip(found, truths, (bounds, improvements), ("UCB", "EI")):
            if _close(value, truth, by):
                continue
            text = [message for mistaken, message in mistakes if _close(value, mistaken, by)]
            if text:
                raise Wrong(f"Your {name} {text[0]}.")
            place = int(np.abs(value - truth).argmax())
            side = "small" if value[place] < truth[place] else "large"
            raise Wrong(f"Your {name} of candidate {place + 1} is too {side}: {value[place]:.6g}.")
        likes = [("first", "second")[int(truth.argmax())] for truth, _ in truths]
        ending = (
            f"Both choose the {likes[0]}"
            if likes[0] == likes[1]
            else f"UCB chooses the {likes[0]}, EI the {likes[1]}: β decides how much a doubt is worth"
        )
        return f"UCB {bound[0]:.2f} and {bound[1]:.2f}, EI {improvement[0]:.3f} and {improvement[1]:.3f}. {ending}."


def _close(found: Any, truth: np.ndarray, tolerance: float) -> bool:
    return bool((np.abs(np.asarray(found) - truth) <= tolerance).all())


def models_per_stage(operations: int, nodes: int, beam_size: int) -> tuple[int, int]:
    """Node j has j incoming edges, so each cell of the beam has operations to the power of j expansions."""
    beam = evaluated = operations  # the first stage has one edge
    scored = 0
    for edges in range(2, nodes):
        expansions = beam * operations**edges
        scored += expansions
        beam = min(beam_size, expansions)
        evaluated += beam
    return evaluated, scored


def _plus(counts: tuple[int, int], more: tuple[int, int]) -> tuple[int, int]:
    return counts[0] + more[0], counts[1] + more[1]


class ModelsPerStage(Exercise):
    """How many cells progressive search evaluates, and how many it scores."""

    TITLE = "Models per stage"
    QUESTION = (
        "Cells have {nodes} nodes, an edge from each node to each later one, and {operations} operations per edge. "
        "Progressive search grows them node by node: stage 1 decides the edges into node 1, stage 2 those into node 2, "
        "and so on. In stage 1 it evaluates all cells. In each later stage the surrogate scores all expansions of the "
        "cells evaluated in the stage before (every choice on the new node's edges), and the {beam_size} with the best "
        "scores are evaluated, or all if there are fewer. How many cells are evaluated, and how many scored, in all "
        "stages together? Answer with a pair `(evaluated, scored)`. Count every one, also where it computes the same "
        "as another, smaller or not."
    )
    STUB = "answer = ..."
    HINTS = (
        "How many edges does the node of stage 2 bring, and how many ways are there to choose operations for them?",
        "Stage 1 has one edge, stage 2 two, stage 3 three: so many expansions has each cell that is grown.",
    )
    GIVEN: ClassVar = {"operations": 5, "nodes": 4, "beam_size": 20}
    OFFICIAL = staticmethod(models_per_stage)
    MISTAKES: ClassVar = {
        "scored first": Mistake(lambda **given: models_per_stage(**given)[::-1], "The other way round"),
        "stage 1 left out": Mistake(
            lambda operations, **given: _plus(models_per_stage(operations, **given), (-operations, 0)),
            "you leave out stage 1",
        ),
        "stage 1 scored too": Mistake(
            lambda operations, **given: _plus(models_per_stage(operations, **given), (0, operations)),
            "in stage 1 there is no surrogate yet",
        ),
        "one edge a node": Mistake(
            lambda operations, nodes, beam_size: (
                models_per_stage(operations, nodes, beam_size)[0],
                operations**2 + (nodes - 3) * beam_size * operations,
            ),
            "not one edge in all",
        ),
        "every cell": Mistake(
            lambda operations, nodes, beam_size: models_per_stage(operations, nodes, 10**9), "those are all cells"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        operations, nodes = int(rng.integers(3, 8)), int(rng.integers(4, 6))
        return {"operations": operations, "nodes": nodes, "beam_size": int(rng.choice([10, 15, 25, 50, 100]))}

    def judge(self, answer: Any) -> str:
        operations, nodes, beam_size = self.given["operations"], self.given["nodes"], self.given["beam_size"]
        evaluated, scored = models_per_stage(operations, nodes, beam_size)
        stages = range(1, nodes)
        sizes = [operations ** (stage * (stage + 1) // 2) for stage in stages]  # cells of each stage
        given = sequence(answer, 2, "a pair (evaluated, scored)")
        first, second = number(given[0]), number(given[1])
        if (first, second) == (scored, evaluated) and scored != evaluated:
            raise Wrong("The other way round: first how many are evaluated, then how many are scored.")
        one_edge = operations**2 + sum(beam_size * operations for _ in stages[2:])
        counts: list[tuple[float, str]] = [
            (beam_size * len(stages), f"stage 1 has only {operations} cells."),
            (evaluated - operations, "you leave out stage 1, where all cells are evaluated."),
            (operations + beam_size, "the best are evaluated in each later stage, not only in one."),
            (beam_size, "add up the stages."),
            (sum(sizes), "those are all cells of all stages; only the beam is evaluated."),
            (sizes[-1], "those are all cells of the last stage; only the beam is evaluated."),
            (scored, "those are scored; only the best are evaluated."),
        ]
        scores: list[tuple[float, str]] = [
            (scored + operations, "in stage 1 there is no surrogate yet; all cells are evaluated."),
            (sum(sizes), "those are all cells of all stages; only what the beam grows into is scored."),
            (sum(sizes[1:]), "those are all cells; from stage 3 on only the beam grows."),
            (one_edge, "a new node has one edge from each node before it, not one edge in all."),
            (beam_size * operations ** (nodes - 1), "that is the last stage alone; add up the stages."),
            (scored - evaluated + operations, "those that are evaluated are scored before."),
            (
                beam_size * sum(operations**edges for edges in stages[1:]),
                f"stage 2 grows from the {operations} cells of stage 1.",
            ),
        ]
        for value, truth, mistakes, name in (
            (first, evaluated, counts, "evaluated"),
            (second, scored, scores, "scored"),
        ):
            if value == truth:
                continue
            text = next((message for mistaken, message in mistakes if value == mistaken), "")
            if text:
                raise Wrong(f"`{name}`: {text}")
            raise Wrong(f"`{name}` is too {'small' if value < truth else 'large'}: got {value:,.6g}.")
        return (
            f"{evaluated:,} evaluated and {scored:,} scored, of {sizes[-1]:,} cells; the stages hold "
            f"{', '.join(f'{size:,}' for size in sizes)}. Scores are cheap and evaluations are not."
        )


def ridge_scores(x: np.ndarray, accuracies: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Fit a sample by ridge regression with penalty 1 on centred columns, and return what it says of all cells."""
    z, y = x[sample] - x[sample].mean(axis=0), accuracies[sample] - accuracies[sample].mean()
    return x @ np.linalg.solve(z.T @ z + np.eye(x.shape[1]), z.T @ y)  # but for a constant


@cache
def encoding_correlations(dataset: str, cells: int, draws: int) -> np.ndarray:
    """Return the rank correlations on the unseen cells: (draws, path or one-hot, all or best tenth)."""
    bench = load_benchmark("nasbench201", dataset=dataset, search_seed=0)
    accuracies, means = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy", seeds="all")
    encoded = [encode(bench.space, bench.genotypes) for encode in (path, one_hot)]
    found = np.empty((draws, 2, 2))
    for seed in range(draws):
        sample = np.random.default_rng(seed).choice(len(bench), cells, replace=False)
        unseen = np.delete(np.arange(len(bench)), sample)
        for i, x in enumerate(encoded):
            scores = ridge_scores(x, accuracies, sample)[unseen]
            found[seed, i] = [rank_correlation(scores, means[unseen], top=top) for top in (None, 0.1)]
    return found


def encoding_bands(dataset: str, cells: int, draws: int) -> tuple[Band, Band]:
    """Return path minus one-hot over all unseen cells and over the best tenth; both learn from the same draws."""
    gains = encoding_correlations(dataset, cells, draws)
    gains = gains[:, 0] - gains[:, 1]
    return bootstrap_band(gains[:, 0]), bootstrap_band(gains[:, 1])


def better_encodings(dataset: str, cells: int, draws: int) -> list[str]:
    """Decide by the bands."""
    bands = encoding_bands(dataset, cells, draws)
    return ["path" if band.low > 0 else "one_hot" if band.high < 0 else "cannot be told" for band in bands]


class PathOrOneHot(Exercise):
    """Which encoding a linear surrogate learns more from, decided by intervals."""

    TITLE = "Path or one-hot?"
    QUESTION = (
        "A linear surrogate (ridge regression with penalty 1 on centred columns) learns the search-seed accuracies of "
        "{cells} cells on {dataset}, `np.random.default_rng(seed).choice(15625, {cells}, replace=False)` for {draws} "
        "seeds 0, 1, 2, … With which encoding, `path` or `one_hot`, does it rank the unseen cells better? Take the "
        "rank correlation with the mean accuracy of all seeds, once over all unseen cells, once over their best tenth "
        "(`rank_correlation(…, top=0.1)`). Both encodings learn from the same draws, so put a 95 % band on the {draws} "
        "differences (`bootstrap_band`). First predict. Answer with a list of two, each "
        '`"path"`, `"one_hot"` or `"cannot be told"`: over all, over the best tenth. Two answers are accepted where '
        "zero is within a quarter of a band's width from its nearer end."
    )
    STUB = "better = ..."
    HINTS = (
        "Ridge: with z and y centred, the weights are np.linalg.solve(z.T @ z + np.eye(columns), z.T @ y).",
        "Most cells are such that nobody would want them; a search has to choose among the best. Look at both apart.",
    )
    GIVEN: ClassVar = {"dataset": "ImageNet16-120", "cells": 100, "draws": 20}
    OFFICIAL = staticmethod(better_encodings)
    MISTAKES: ClassVar = {
        "the opposite": Mistake(
            lambda **given: [
                {"path": "one_hot", "one_hot": "path"}.get(word, word) for word in better_encodings(**given)
            ],
            "The mean over the draws says the opposite",
        ),
        "nothing can be told": Mistake(lambda **given: [CANNOT_BE_TOLD] * 2, "It can be told"),
    }
    FEW_ANSWERS = (
        "Two of three words: paths rank all cells better on every table, so that the best tenth alone differs."
    )

    def solution(self) -> Markdown:
        """Return the source of the whole experiment."""
        return show_source(ridge_scores, encoding_correlations, encoding_bands, better_encodings)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "cells": int(rng.choice([30, 50, 100, 200, 400]))}

    def judge(self, answer: Any) -> str:
        words = ("path", "one_hot", CANNOT_BE_TOLD)
        given = [choice(word, words) for word in sequence(answer, 2, "a list of two of the words")]
        bands = encoding_bands(**self.given)
        accepted = [decided_by(band, "path", "one_hot") for band in bands]
        for word, band, right, place in zip(given, bands, accepted, ("all unseen cells", "the best tenth")):
            if word in right:
                continue
            if word == CANNOT_BE_TOLD:
                text = "It can be told: the band of the paired differences leaves out zero."
            elif (word == "path") != (band.mean > 0):
                text = "The mean over the draws says the opposite."
            else:
                text = "Its mean is higher, but the band holds zero."
            count = sum(word in right for word, right in zip(given, accepted))
            raise Wrong(f"{count} of 2 are right. Over {place}: {text}")
        means = encoding_correlations(**self.given).mean(axis=0)
        parts = [
            f"over {place} {means[0, i]:.2f} with path, {means[1, i]:.2f} with one-hot, difference {band}"
            for i, (band, place) in enumerate(zip(bands, ("all", "the best tenth")))
        ]
        return f"Rank correlation {'; '.join(parts)}. Paths show which edges are dead, and that sorts out bad cells."


def ridge_on_ranks(train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Predict ranks, not accuracies, so that cells at chance do not pull; linear in the one-hot columns."""
    one_hot_x, targets = train_x[:, :30], np.argsort(np.argsort(train_y, kind="stable"), kind="stable") / len(train_y)
    z, y = one_hot_x - one_hot_x.mean(axis=0), targets - targets.mean()
    return x[:, :30] @ np.linalg.solve(z.T @ z + np.eye(30), z.T @ y)  # but for a constant


def _search(score: Callable[..., Any], accuracies: np.ndarray, budget: int, seed: int) -> list[int]:
    """Run the loop of the open-ended exercise; return the rows that were seen."""
    x = _columns()
    rows = np.random.default_rng(seed).choice(len(accuracies), START, replace=False).tolist()
    while len(rows) < budget:
        unseen = np.delete(np.arange(len(accuracies)), rows)
        scores = _read_scores(score(x[rows], accuracies[rows], x[unseen]), len(unseen))
        count = min(BATCH, budget - len(rows))
        highest = np.flatnonzero(scores >= np.partition(scores, -count)[-count])  # and what equals the last of them
        rows += unseen[highest[np.argsort(-scores[highest], kind="stable")[:count]]].tolist()
    return rows


def _read_scores(answer: Any, count: int) -> np.ndarray:
    try:
        scores = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise Wrong(f"Return an array of numbers, one for each row of x: got {describe(answer)}.") from None
    if scores.size == count:
        scores = scores.reshape(-1)
    if scores.shape != (count,):
        raise Wrong(f"Return one score for each of the {count:,} rows of x: got an array of shape {scores.shape}.")
    if not np.isfinite(scores).all():
        raise Wrong(f"{(~np.isfinite(scores)).sum():,} of your {count:,} scores are not finite.")
    return scores


class OwnSurrogate(Exercise):
    """Open-ended: a surrogate of one's own."""

    TITLE = "A surrogate of your own (open-ended)"
    QUESTION = (
        "Write `score(train_x, train_y, x)`: learn from the cells evaluated so far, and return one number for each row "
        "of x; the higher, the sooner that cell is evaluated. The check starts from 20 random cells of {dataset}, asks "
        "for scores of all others, evaluates the 20 highest, and so on up to {budget} evaluations. A row is a cell: "
        "`x[:, :30]` is its one-hot encoding, `x[:, 30:]` its path encoding; train_y is in percent. Any method, "
        "with or without a bonus for doubt. It does 15 runs (a few seconds if your function takes milliseconds): the "
        "95 % band of what they find, reported on the other seeds, must lie above what random search finds on average, "
        "which is known exactly. How far above can you get?"
    )
    STUB = "def score(train_x, train_y, x):\n    ..."
    HINTS = (
        "Two cells in a hundred stay at chance, far below all others. What do they do to a fit by least squares?",
        "Ridge regression on ranks, neighbours by Hamming distance, a Gaussian process, an ensemble: all can do it.",
    )
    GIVEN: ClassVar = {"dataset": "cifar10", "budget": 100}
    OFFICIAL = staticmethod(ridge_on_ranks)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the number of 3×3 convolutions, whatever was measured": Mistake(
            lambda **given: lambda train_x, train_y, x: x[:, 3:30:5].sum(axis=1), "do not depend on train_y"
        ),
        "the worst first": Mistake(
            lambda **given: lambda train_x, train_y, x: -ridge_on_ranks(train_x, train_y, x), "Worse than random search"
        ),
        "a score for what is known": Mistake(
            lambda **given: lambda train_x, train_y, x: ridge_on_ranks(train_x, train_y, train_x),
            "Return one score for each",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng), "budget": int(rng.choice([80, 100, 120, 150]))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        bench, budget = table(self.given["dataset"]), self.given["budget"]
        seen, others = bench.values("val_accuracy", seeds="search"), bench.values("val_accuracy")
        random = expected_best_of(budget, seen, others)
        found, learned = [], []
        for seed in range(RUNS):
            rows = _search(function, seen, budget, seed)
            found.append(float(others[rows[int(seen[rows].argmax())]]))
            learned.append(float(np.median(seen[rows[START:]])))
            if seed == 0:  # before time is spent on the other runs
                self._check_that_it_learns(function, seen)
        band = bootstrap_band(found)
        said = f"{band} over {RUNS} runs, against {random:.2f} for random search"
        chosen = (
            f"The median cell that your scores chose has {np.mean(learned):.1f} %, of all cells {np.median(seen):.1f} %"
        )
        if band.high < random:
            raise Wrong(f"Worse than random search: {said}. {chosen}.")
        if band.low <= random:
            raise Wrong(f"Not told apart: {said}, which lies within the band. {chosen}.")
        best = expected_best_of(10**9, seen, others)
        return f"{said}; the cell with the best search seed has {best:.2f}. {chosen}."

    @staticmethod
    def _check_that_it_learns(function: Called, accuracies: np.ndarray) -> None:
        """Turn the accuracies of some cells upside down: the order of the scores has to change, by more than by chance.

        Chance is what changes when the same cells are shown twice, for surrogates that draw random numbers.
        """
        x, rows = _columns(), np.arange(0, len(accuracies), len(accuracies) // START)
        upside_down = accuracies.min() + accuracies.max() - accuracies[rows]
        asked = x[:: len(x) // 500]
        first, again, turned = (
            _read_scores(function(x[rows], values.copy(), asked.copy()), len(asked))
            for values in (accuracies[rows], accuracies[rows], upside_down)
        )
        by_chance, by_learning = (1 - np.nan_to_num(rank_correlation(first, other)) for other in (again, turned))
        if by_learning - by_chance < LEARNS:
            raise Wrong(
                "Your scores do not depend on train_y: they order cells alike where good and bad ones change places. "
                "Large cells first is a baseline, no surrogate."
            )


exercises = ExerciseSet(
    "progressive",
    "05 Progressive search",
    [LinearFavourite, Acquisition, ModelsPerStage, PathOrOneHot, OwnSurrogate],
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
