"""Lesson 20: leaks, budgets, splits by what must be new, intervals over people, runs on several workers."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from gift import Number, Question

from nastutor import search
from nastutor.exercises.tables import table
from nastutor.loop.history import History
from nastutor.searchers import RandomSearch, RegularizedEvolution, Searcher
from nastutor.statistics import student_band
from quiz_bank.shared import decide, of_exercise

PEOPLE = (38.0, 61.0, 45.0, 70.0, 52.0, 33.0, 58.0)
"""Test accuracies of seven people, percent."""


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    band = student_band(PEOPLE)
    width = float(band.high - band.low)
    normal = 2 * 1.96 * float(np.std(PEOPLE, ddof=1)) / math.sqrt(len(PEOPLE))
    folds, seeds, budget = 2, 3, 40
    return [
        of_exercise("your_own_problem", 2, which=2),
        of_exercise("your_own_problem", 3, which=2),
        of_exercise("your_own_problem", 4, which=2),
        which_split(),
        Number(
            "An interval over people",
            f"A network is tested on 66 rows of each of seven people, and gets {', '.join(f'{p:g}' for p in PEOPLE)} "
            "percent of theirs right. How wide is the 95 % interval of the mean for new people, from end to end, by "
            "Student's t? (One decimal.)",
            width,
            within=0.1,
            wrong={
                normal: "1.96 is for a spread that is known; seven people only let you guess it.",
                max(PEOPLE) - min(PEOPLE): "That is the range of the people, not the interval of their mean.",
                2 * 1.96 * 50 / math.sqrt(66 * len(PEOPLE)): "Rows of one person resemble each other: count people.",
            },
            because="The interval is over what varies: people.",
        ),
        Number(
            "What an evaluation costs",
            f"An evaluator trains each network with {seeds} seeds on each of {folds} halves of the training people, "
            f"and averages. How many trainings does a search of {budget} evaluations take?",
            budget * folds * seeds,
            wrong={
                budget: "An evaluation is not a training here.",
                budget * (folds + seeds): "Each seed on each half.",
                budget * seeds: "Each seed trains on both halves.",
            },
            because="Less noise is paid for.",
        ),
        more_workers(),
    ]


def which_split() -> Question:
    """Ask which split promises more, where rows of a person resemble each other: by neighbours in made-up rows."""
    rng = np.random.default_rng(0)
    person, label = (values.ravel() for values in np.mgrid[0:12, 0:8])
    person, label = np.tile(person, 6), np.tile(label, 6)
    habits = rng.normal(0, 1, (12, 8, 4))
    rows = habits[person, label] + rng.normal(0, 0.4, (len(person), 4)) + 0.5 * rng.normal(0, 1, (8, 4))[label]
    by_chance = rng.random(len(rows)) < 0.5
    right = {"at random": _neighbours(rows, label, by_chance), "new people": _neighbours(rows, label, person < 6)}
    gap = right["at random"] - right["new people"]
    return decide(
        "How to split",
        "Several rows of each word come from each speaker, and a speaker has a way of saying it. Rows are split into "
        "training and test once at random, once so that the test has other speakers. Which test accuracy is higher?",
        {
            "that of rows split at random": gap > 0.1,
            "that of the test with new speakers": gap < -0.1,
            "they are about equal": abs(gap) <= 0.1,
        },
        f"In made-up rows of that kind {right['at random']:.0%} against {right['new people']:.0%}. Which one you need "
        "depends on whom the network will hear.",
    )


def _neighbours(rows: np.ndarray, label: np.ndarray, is_training: np.ndarray) -> float:
    """Return how often the nearest training row has the label of a test row."""
    known, asked = rows[is_training], rows[~is_training]
    nearest = ((asked[:, None] - known[None]) ** 2).sum(axis=2).argmin(axis=1)
    return float((label[is_training][nearest] == label[~is_training]).mean())


def more_workers() -> Question:
    """Ask which searches propose the same architectures whatever the number of workers is."""
    same = {
        method.__name__: _proposed(method, 1) == _proposed(method, 3) for method in (RandomSearch, RegularizedEvolution)
    }
    return decide(
        "One worker or three",
        "A search with `ordered=True` runs once on one worker and once on three, with the same seed. Which of them "
        "evaluates the same architectures both times?",
        {
            "random search only": same["RandomSearch"] and not same["RegularizedEvolution"],
            "evolution only": same["RegularizedEvolution"] and not same["RandomSearch"],
            "both": all(same.values()),
            "neither": not any(same.values()),
        },
        "Evolution proposes while results of others are still out, so it knows less; with as many workers it repeats.",
    )


def _proposed(method: type[Searcher], workers: int) -> list[tuple[int, ...]]:
    bench = table("cifar10")
    with ThreadPoolExecutor(workers) as pool:
        history: History = search(
            method(bench.space, seed=0),
            bench.evaluate,
            60,
            executor=pool,
            workers=workers,
            ordered=True,
            progress=False,
        )
    return [record.genotype for record in history]
