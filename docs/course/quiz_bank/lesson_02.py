"""Lesson 02: the winner's curse, rankings of the best, what report means, baselines."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.exercises.tables import table
from nastutor.spaces import COMPANIONS
from nastutor.statistics import expected_best_of, expected_winner, rank_correlation
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    images = table("ImageNet16-120")
    by_seed = images.metrics["val_accuracy"]
    curse = {n: float(np.subtract(*expected_winner(n, by_seed))) for n in (1, 10, 200)}
    one, others = images.values("val_accuracy", "search"), images.values("val_accuracy")
    overall, top = rank_correlation(one, others), rank_correlation(one, others, top=0.1)
    values = np.array([1.0, 2.0, 6.0])
    best_of_two = expected_best_of(2, values)
    return [
        of_exercise("evaluation", 2, which=2),
        decide(
            "When is the curse largest?",
            "You keep the best of N random cells by one training, and report that number. For which N is it "
            "overstated most, on average?",
            {f"N = {n}": curse[n] == max(curse.values()) for n in curse} | {"it does not depend on N": False},
            "; ".join(f"N = {n}: {lost:.2f} points" for n, lost in curse.items())
            + ". Whoever selects more, is luckier.",
        ),
        which_seeds(),
        decide(
            "One seed ranks",
            "On ImageNet16-120 the order of all cells by one seed and by the others has a rank correlation of "
            f"{overall:.2f}. What is it among the best tenth?",
            {
                "about the same, to within 0.05": abs(top - overall) < 0.05,
                "clearly lower, but above 0.3": 0.3 < top < overall - 0.05,
                "about zero, to within 0.1": abs(top) < 0.1,
            },
            f"{top:.2f}. The overall one is inflated by poor cells, which anything can recognise.",
        ),
        Number(
            "The best of two draws",
            "Two values are drawn with replacement from the list 1, 2, 6. What is the expected larger one? (Two "
            "decimals.)",
            best_of_two,
            within=0.006,
            wrong={
                float(values.mean()): "That is the mean of one draw.",
                float(values.max()): "That is the largest of all; two draws may miss it.",
                (2 + 6 + 6) / 3: "That is without replacement.",
            },
            because="The i-th smallest of three is the larger of two with probability (i/3)² − ((i−1)/3)².",
        ),
        verdict(
            "one-look-top",
            "cifar100",
            "holds",
            "One seed ranks the whole space well, and its best tenth worse.",
            "one look, a training with one seed, ranks the best tenth worse than all (by more than 0.1)",
        ),
        verdict("size-early", "cora", "does not hold", "On graphs, larger is not better."),
        verdict(
            "size-thirty",
            "cifar10",
            "cannot be told",
            "An interval over runs alone, which all end on one cell, would have said yes.",
        ),
    ]


def which_seeds() -> Question:
    """Ask which trainings `report` takes."""
    bench = table("cifar10")
    cell = COMPANIONS["all 3×3"]
    by_seed = bench.metrics["val_accuracy"][bench.genotypes.index(cell)]
    reported = bench.report(cell)["val_accuracy"]
    taken = {
        "seed 0": by_seed[0],
        "the mean of seeds 1 and 2": by_seed[1:].mean(),
        "the mean of all three": by_seed.mean(),
        "the best of all three": by_seed.max(),
    }
    return decide(
        "What report takes",
        "A table is opened by `load_benchmark(…, search_seed=0)`, and a cell was trained with three seeds. Which "
        "of its "
        'accuracies does `bench.report(cell)["val_accuracy"]` give?',
        {name: bool(np.isclose(value, reported, atol=1e-6)) for name, value in taken.items()},
        "The seeds that a search could not see.",
    )
