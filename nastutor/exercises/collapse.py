"""Exercises of lesson 10: a collapse found in α, what a mixture misses, and a stopping rule scored by the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar

import numpy as np

from nastutor.exercises.answers import Wrong, describe, sequence, whole_number
from nastutor.exercises.called import Called, explain_values
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.spaces.cell import CONV_1X1, CONV_3X3, NONE, POOL, SKIP
from nastutor.statistics import student_band
from nastutor.studies.collapse import load_collapse_study
from nastutor.studies.oneshot import OneShotStudy, derived_cells, load_oneshot_study, trainings_for

FIRST = "DARTS, first order"


@cache
def _study() -> OneShotStudy:
    return load_oneshot_study()


def _first_lasting(is_so: np.ndarray) -> int:
    """Return the first epoch, from 1, from which on something holds to the end; 0 if it does not hold at the end."""
    before = np.flatnonzero(~is_so)
    start = 1 if not len(before) else int(before[-1]) + 2
    return start if start <= len(is_so) else 0


def collapse_epoch(alphas: np.ndarray, count: int) -> int:
    """Count the edges of each derived cell that are none, skip or pool; look for the last epoch with too few."""
    free = np.isin(alphas.argmax(axis=2), (0, 1, 4)).sum(axis=1)  # (epochs,)
    too_few = [epoch for epoch, edges in enumerate(free, start=1) if edges < count]
    start = too_few[-1] + 1 if too_few else 1
    return start if start <= len(free) else 0


class Collapse(Exercise):
    """Detect a collapse from α."""

    TITLE = "Detect a collapse"
    QUESTION = (
        "Write `collapse(alphas, count)`. `alphas` is an array (epochs, 6, 5): the numbers α after each epoch, a row "
        "an edge, a column an operation (none, skip, 1×1, 3×3, pool). The derived cell has on each edge the "
        "operation of the largest α (the first of equals). Return the first epoch, counted from 1, from which on *to "
        "the end* the derived cell has at least `count` edges without parameters (none, skip, pool); return 0 if the "
        "last derived cell has fewer. The check calls your function with count = {count} on every stored run of "
        "DARTS, and on random numbers (seed {seed})."
    )
    STUB = "def collapse(alphas, count):\n    ..."
    HINTS = (
        "`alphas.argmax(axis=2)` is (epochs, 6). `np.isin(…, (0, 1, 4)).sum(axis=1)` counts edges without parameters.",
        "Look for the *last* epoch with fewer than `count`: the collapse begins one later.",
    )
    GIVEN: ClassVar = {"count": 3, "seed": 0}
    OFFICIAL = staticmethod(collapse_epoch)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "epochs from 0": Mistake(lambda **given: _COLLAPSES[1][0], "Epochs are counted from 1"),
        "the first such epoch": Mistake(lambda **given: _ever, "later ones may have fewer again"),
        "more than the count": Mistake(
            lambda **given: lambda alphas, count: collapse_epoch(alphas, count + 1), "`count` itself is enough"
        ),
        "skips alone": Mistake(lambda **given: _lasts(partial(_edges, operations=(SKIP,))), "counts skips alone"),
        "pooling forgotten": Mistake(
            lambda **given: _lasts(partial(_edges, operations=(NONE, SKIP))), "Pooling has no parameters"
        ),
        "the last of equals": Mistake(lambda **given: _COLLAPSES[-1][0], "the first counts, not the last"),
        "the count of the question": Mistake(
            lambda count, seed: lambda alphas, _: collapse_epoch(alphas, count), "does it follow `count`"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"count": int(rng.integers(2, 5)), "seed": int(rng.integers(1, 1000))}

    def judge(self, answer: Any) -> str:
        function, count = Called(answer), self.given["count"]
        runs = _study()(FIRST, "alphas")[:, 1:]
        inputs, values = [*_walks(self.given["seed"]), *runs], []
        for alphas in inputs:
            values.append(whole_number(function(alphas, count), "What your function returns"))
        explain_values(values, inputs, _COLLAPSES, count)
        for other in {2, 3, 4} - {count}:
            for alphas in inputs[:5]:
                if whole_number(function(alphas, other), "What your function returns") != collapse_epoch(alphas, other):
                    raise Wrong(f"Right for count = {count}, but not for {other}: does it follow `count`?")
        when = ", ".join(str(epoch) if epoch else "never" for epoch in values[-len(runs) :])
        return (
            f"With at least {count} edges without parameters, from seed 0 on: {when} (epochs of {runs.shape[1]}). To "
            "see it takes α alone: no truth, no training."
        )


def _lasts(count_edges: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray, int], int]:
    """Look for a lasting collapse by another count of edges, (epochs, 6, 5) → (epochs,)."""
    return lambda alphas, count: _first_lasting(count_edges(alphas) >= count)


def _ever(alphas: np.ndarray, count: int) -> int:
    hits = np.flatnonzero(_edges(alphas) >= count)
    return int(hits[0]) + 1 if len(hits) else 0


def _edges(alphas: np.ndarray, operations: Sequence[int] = (NONE, SKIP, POOL), with_none: bool = True) -> np.ndarray:
    return np.isin(derived_cells(alphas, with_none), operations).sum(axis=-1)


_COLLAPSES: Sequence[tuple[Callable[..., int], str]] = [
    (collapse_epoch, ""),
    (lambda alphas, count: collapse_epoch(alphas, count) - 1, "Epochs are counted from 1."),
    (_ever, "That is the first such epoch; later ones may have fewer again."),
    (_lasts(lambda alphas: _edges(alphas) - 1), "At least `count`, so `count` itself is enough."),
    (_lasts(partial(_edges, operations=(SKIP,))), "That counts skips alone."),
    (_lasts(partial(_edges, operations=(SKIP, POOL))), "none has no parameters either."),
    (_lasts(partial(_edges, operations=(NONE, SKIP))), "Pooling has no parameters."),
    (_lasts(partial(_edges, operations=(NONE, SKIP, CONV_1X1, POOL))), "A 1×1 convolution has parameters."),
    (_lasts(partial(_edges, with_none=False)), "none may be derived here: take the largest of all five."),
    (_lasts(partial(_edges, operations=(CONV_1X1, CONV_3X3))), "That counts the edges with parameters."),
    (
        _lasts(lambda alphas: np.isin(4 - alphas[:, :, ::-1].argmax(axis=2), (NONE, SKIP, POOL)).sum(axis=1)),
        "Of equal α the first counts, not the last.",
    ),
]


def _walks(seed: int) -> Iterator[np.ndarray]:
    """Draw random walks of α: edges change back and forth."""
    rng = np.random.default_rng(seed)
    for epochs in (1, 12, 12, 25, 25, 40, 40, 40):
        yield rng.normal(size=(epochs, 6, 5)).cumsum(axis=0) * rng.choice([0.5, 2.0])
    yield np.zeros((4, 6, 5))  # all equal: the first, none
    level = np.tile((0.0, 1.0, 0.0, 1.0, 0.0), (5, 6, 1))  # skip and 3×3 are equal: the first, skip
    level[:2] = (0.0, 0.0, 1.0, 0.0, 1.0)  # before that 1×1 and pool: 1×1
    yield level
    yield level[:2]  # never


Weights = np.ndarray
Judge = Callable[[Weights], float]


def keep_what_is_missed(accuracy_of: Judge, weights: Weights, order: Sequence[int]) -> tuple[int, ...]:
    """Cut down edge after edge: keep the operation whose removal costs most accuracy, alone from then on."""
    weights = weights.copy()
    for edge in order:
        without = []
        for operation in range(1, weights.shape[1]):  # none is not asked
            changed = weights.copy()
            changed[edge, operation] = 0
            without.append(accuracy_of(changed))
        weights[edge] = np.arange(weights.shape[1]) == 1 + np.argmin(without)
    return tuple(weights.argmax(axis=1).tolist())


def _cut(
    accuracy_of: Judge,
    weights: Weights,
    order: Sequence[int],
    *,
    keep: bool = True,
    rescale: bool = False,
    alone: bool = False,
    sign: int = 1,
    first: int = 1,
    in_order: bool = True,
    with_none: bool = False,
) -> tuple[int, ...]:
    """Write the selection with something else: what is cut, rescaled, judged, kept, and in which order."""
    now, chosen = weights.copy(), np.zeros(len(weights), int)
    for edge in order if in_order else range(len(weights)):
        scores = []
        for operation in range(first, weights.shape[1]):
            changed = now.copy()
            changed[edge, operation] = 0
            changed[edge] /= changed[edge].sum() if rescale else 1
            if alone:
                changed[edge] = np.arange(weights.shape[1]) == operation
            scores.append(accuracy_of(changed) * (-1 if alone else 1) * sign)
        chosen[edge] = first + np.argmin(scores)
        if keep:
            now[edge, int(with_none) :] = 0
            now[edge, chosen[edge]] = 1
    return tuple(chosen.tolist())


def _largest(accuracy_of: Judge, weights: Weights, order: Sequence[int]) -> tuple[int, ...]:
    return tuple((1 + weights[:, 1:].argmax(axis=1)).tolist())


_CUTS: Sequence[tuple[Callable[..., tuple[int, ...]], str]] = [
    (lambda case: keep_what_is_missed(*case), ""),
    (
        lambda case: _cut(*case, keep=False),
        "That judges every edge in the whole mixture: once an edge is decided, its operation stays there alone.",
    ),
    (lambda case: _cut(*case, sign=-1), "That keeps what is missed least."),
    (lambda case: _largest(*case), "That is the largest weight, which is what α says."),
    (
        lambda case: _cut(*case, rescale=True),
        "An operation that is removed gives its weight to no other: do not rescale.",
    ),
    (lambda case: _cut(*case, alone=True), "That keeps what does best alone; asked is what the mixture misses most."),
    (lambda case: _cut(*case, first=0), "none takes part in the mixture and cannot be kept."),
    (lambda case: _cut(*case, in_order=False), "That takes the edges from 0 to 5: take them in the order given."),
    (lambda case: _cut(*case, with_none=True), "On an edge that is decided `none` has the weight 0 too."),
]


def _mixtures(seed: int) -> list[tuple[Judge, Weights, list[int]]]:
    """Draw made-up mixtures, whose edges act on one another: their accuracy, their weights, an order of edges."""
    rng = np.random.default_rng(seed)

    def draw() -> tuple[Judge, Weights, list[int]]:
        worth, together = rng.normal(size=(6, 5)), rng.normal(size=(6, 5, 6, 5))

        def accuracy_of(weights: Weights) -> float:
            value = (worth * weights).sum() + np.einsum("eo,eofp,fp->", weights, together, weights) / 2
            return float(100 / (1 + np.exp(-value / 2)))

        # `none` weighs much, so that it shows whether it is cut too.
        return accuracy_of, rng.dirichlet((8.0, 2.0, 2.0, 2.0, 2.0), size=6), rng.permutation(6).tolist()

    return [draw() for _ in range(9)]


class Perturbation(Exercise):
    """Derive a cell by what is missed."""

    TITLE = "What is missed most"
    QUESTION = (
        "Section 6 went from edge 0 to edge 5 and could keep `none`. The paper's algorithm takes the edges in a random "
        "order and never keeps `none`. Write it: `select(accuracy_of, weights, order)`. `weights` is an array (6, 5), "
        "what softmax(α) gives each operation of each edge; `accuracy_of(weights)` is the accuracy (percent) "
        "of the mixture with such weights; `order` is a list of the six edges. For each edge in that order and each of "
        "the operations 1 to 4: set its weight on that edge to 0, leave all others as they are, and ask for the "
        "accuracy. Keep the operation without which it is lowest: from then on it has the weight 1 on that edge and "
        "the others 0, `none` too. Return the six operations, edge 0 first. The check calls your function on made-up "
        "mixtures (seed {seed}), then says what the stored supernets gave."
    )
    STUB = "def select(accuracy_of, weights, order):\n    ..."
    HINTS = (
        "Two loops, over `order` and `range(1, 5)`; `changed = weights.copy(); changed[edge, operation] = 0` inside.",
        "`1 + np.argmin(…)` of the four accuracies is what is kept; then `weights[edge] = 0; weights[edge, kept] = 1`, "
        "on a copy of what was given.",
    )
    GIVEN: ClassVar = {"seed": 0}
    OFFICIAL = staticmethod(keep_what_is_missed)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "edges are not cut down": Mistake(lambda **given: partial(_cut, keep=False), "in the whole mixture"),
        "the least": Mistake(lambda **given: partial(_cut, sign=-1), "missed least"),
        "the largest weight": Mistake(lambda **given: _largest, "what α says"),
        "weights rescaled": Mistake(lambda **given: partial(_cut, rescale=True), "do not rescale"),
        "alone": Mistake(lambda **given: partial(_cut, alone=True), "does best alone"),
        "none kept": Mistake(lambda **given: partial(_cut, first=0), "cannot be kept"),
        "edges in their own order": Mistake(lambda **given: partial(_cut, in_order=False), "in the order given"),
        "none keeps its weight": Mistake(lambda **given: partial(_cut, with_none=True), "has the weight 0 too"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"seed": int(rng.integers(1, 1000))}

    def judge(self, answer: Any) -> str:
        function, cases, values = Called(answer), _mixtures(self.given["seed"]), []
        for accuracy_of, weights, order in cases:
            cell = sequence(function(accuracy_of, weights, order), 6, "six operations")
            values.append(tuple(whole_number(operation, "An operation") for operation in cell))
        explain_values(values, cases, _CUTS)
        study, method = load_collapse_study(), "two cells, first order"
        by_alpha, by_loss = (
            study.test_accuracy(study(method, name)).round(1).tolist() for name in ("genotype", "by_perturbation")
        )
        return (
            f"On stored supernets of two cells, at the end of a search: by α {by_alpha} %, by what is missed {by_loss} "
            "%, true accuracy, a number a seed."
        )


History = Mapping[str, np.ndarray]
DEEP = "DARTS, eight cells"
SEEN = ("alphas", "train_losses", "val_losses", "val_accuracies", "derived_accuracies")


def stop_when_overfitting(history: History) -> bool:
    """Stop when the mixture begins to know the training images better than others."""
    return bool(history["val_losses"][-1] > history["train_losses"][-1] + 0.05)


def stops_of(should_stop: Callable[[History], Any], epochs: int) -> np.ndarray:
    """Return after how many epochs a rule stops each stored run; never is `epochs`."""
    study, found = _study(), []
    for run in range(len(study(DEEP, "seconds"))):
        values = {name: study(DEEP, name)[run] for name in SEEN}
        values["alphas"] = values["alphas"][1:]
        for now in range(1, epochs + 1):
            is_over = should_stop({name: array[:now].copy() for name, array in values.items()})
            if not isinstance(is_over, bool | np.bool_):
                raise Wrong(f"Return True or False: got {describe(is_over)}.")
            if is_over:
                break
        found.append(now)
    return np.array(found)


class StoppingRule(Exercise):
    """Open-ended: a stopping rule, scored by the truth."""

    TITLE = "A stopping rule of your own (open-ended)"
    QUESTION = (
        "Write `should_stop(history)`, which is asked after every epoch and returns True to stop there. `history` has "
        "what is known so far, without any truth: `alphas` (epochs, 6, 5) and, each (epochs,), `train_losses`, "
        "`val_losses`, `val_accuracies` and `derived_accuracies` (of the mixture, and of the derived cell with shared "
        "weights). The check replays the stored runs on eight cells, at most {epochs} epochs each, and looks the cells "
        "up that are derived then (with_none={with_none}). The 95 % interval (Student's t) of the gain over going on "
        "to the end, run by run, must lie above zero. It tells the share of better cells beside that of two others: "
        "the best epoch in hindsight, and random search with the same seconds. How close can you come without the "
        "truth?"
    )
    STUB = "def should_stop(history):\n    ..."
    HINTS = (
        'A rule that only counts, `len(history["train_losses"]) >= n`, is allowed. Does a rule that looks do better?',
        "What changes first, α, the training loss or the validation loss? Plot them above the true accuracy.",
    )
    GIVEN: ClassVar = {"epochs": 60, "with_none": False}
    OFFICIAL = staticmethod(stop_when_overfitting)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "never": Mistake(lambda **given: lambda history: False, "never stops a run before its end"),
        "shortly before the end": Mistake(
            lambda epochs, with_none: lambda history: len(history["train_losses"]) >= epochs - 1,
            "is not told apart from going on",
        ),
        "a number in place of True": Mistake(lambda **given: lambda history: 1, "Return True or False"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"epochs": int(rng.integers(45, 61)), "with_none": bool(rng.integers(2))}

    def judge(self, answer: Any) -> str:
        study, epochs = _study(), self.given["epochs"]
        stops = stops_of(Called(answer), epochs)
        accuracy = study.test_accuracy(study.derived(DEEP, self.given["with_none"]))[:, :epochs]
        found, end = accuracy[np.arange(len(stops)), stops - 1], accuracy[:, -1]
        if (stops == epochs).all():
            raise Wrong("Your rule never stops a run before its end.")
        band = student_band(found - end)
        said = (
            f"Stopped after {', '.join(map(str, stops))} epochs: {student_band(found)} %, at the end "
            f"{student_band(end)} %, difference {band}"
        )
        if band.high < 0:
            raise Wrong(f"{said}. That is worse than going on to the end.")
        if band.low <= 0:
            raise Wrong(f"{said}. That is not told apart from going on to the end.")
        one = study("training from scratch", "seconds").mean()
        seconds = np.cumsum(study(DEEP, "seconds"), axis=1)[np.arange(len(stops)), stops - 1]
        trainings = trainings_for(float(seconds.mean()), float(one))
        return (
            f"{said}. Better cells: {study.share_better(found).mean():.1%}; in hindsight "
            f"{study.share_better(accuracy.max(axis=1)).mean():.1%}; the best of {trainings} random cells, which takes "
            f"as many seconds, on average {1 / (trainings + 1):.1%} if each were judged without noise."
        )


exercises = ExerciseSet("collapse", "10 When DARTS fails", [Collapse, Perturbation, StoppingRule])
q1, q2, q3 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
