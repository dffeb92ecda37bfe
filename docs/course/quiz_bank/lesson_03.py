"""Lesson 03: tournaments, restarts, the landscape, and where searchers lead."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.exercises.tables import table
from nastutor.spaces import COMPANIONS
from nastutor.statistics import rank_correlation_by_distance
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    bench = table("cifar10")
    values = bench.values("val_accuracy", "all")
    mean = dict(zip(bench.genotypes, values.tolist()))
    cell = COMPANIONS["ResNet-like"]
    better = sum(mean[near] > mean[cell] for near in bench.space.neighbors(cell))
    kept = rank_correlation_by_distance(values.reshape(6 * (5,)))
    lost_at = next(edges for edges, agreement in enumerate(kept, start=1) if agreement < 0.2)
    optima = {name: local_optima(seen) for name, seen in seeds_of().items()}
    return [
        of_exercise("evolution", 2, which=2),
        of_exercise("evolution", 4, which=2),
        Number(
            "Better neighbours",
            f"On CIFAR-10, by the mean of all seeds: how many of the 24 neighbours of the ResNet-like cell `{cell}` "
            "are better than it?",
            better,
            wrong={24 - better: "Those are the neighbours that are worse."},
            because="Even a good cell has better neighbours: that is what local search lives on.",
        ),
        Number(
            "How far does a rank reach?",
            f"Cells that differ on one edge have similar ranks (CIFAR-10, rank correlation {kept[0]:.2f}). On how "
            "many edges must they differ until the correlation is below 0.2?",
            lost_at,
            wrong={1: f"There it is {kept[0]:.2f}.", 6: "It is below 0.2 before all edges differ."},
            because="One change keeps most of the information, some changes lose it.",
        ),
        decide(
            "Where are more local optima?",
            "A local optimum is a cell without a better neighbour. Counted on ImageNet16-120, where are there more?",
            {
                "by the accuracy of seed 0": optima["seed 0"] > 1.05 * optima["mean"],
                "by the mean of all seeds": optima["mean"] > 1.05 * optima["seed 0"],
                "there are equally many": abs(optima["mean"] / optima["seed 0"] - 1) <= 0.05,
            },
            f"{optima['seed 0']} by seed 0, {optima['mean']} by the mean: noise digs holes into a slope.",
        ),
        verdict(
            "aging",
            "cifar100",
            "cannot be told",
            "Whether aging helps cannot be seen where runs end on the best cells anyway.",
        ),
        verdict("size-local", "cifar10", "holds", "An order by size needs no search to get there."),
        verdict("size-local", "arxiv", "does not hold", "On graphs size says little."),
    ]


def seeds_of() -> dict[str, np.ndarray]:
    """Return the accuracies on ImageNet16-120 by one seed and by all."""
    bench = table("ImageNet16-120")
    return {"seed 0": bench.values("val_accuracy", "search"), "mean": bench.values("val_accuracy", "all")}


def local_optima(values: np.ndarray) -> int:
    """Count the cells without a better neighbour."""
    cube = values.reshape(6 * (5,))
    return int(np.all([cube == cube.max(axis, keepdims=True) for axis in range(6)], axis=0).sum())
