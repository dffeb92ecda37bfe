"""Lesson 00: ranks, shares, what may be reported, the size baseline, what a winner keeps."""

from __future__ import annotations

import numpy as np
from gift import Choice, Question

from nastutor import load_benchmark, search
from nastutor.exercises.tables import accuracies, better_cells
from nastutor.searchers import RegularizedEvolution
from nastutor.spaces import COMPANIONS, CellSpace
from nastutor.statistics import expected_winner
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    by_hand = CellSpace().to_string(COMPANIONS["ResNet-like"])
    share = 100 * better_cells("cifar10", by_hand) / len(accuracies("cifar10"))
    glyphs = load_benchmark("glyphs", search_seed=0)
    promised, kept = expected_winner(100, glyphs.metrics["val_accuracy"])
    lost = promised - kept
    return [
        of_exercise("start_here", 2, which=2),
        of_exercise("start_here", 3, which=2),
        what_may_be_reported(),
        decide(
            "A block made by hand",
            "All 15,625 cells of NAS-Bench-201 are trained on CIFAR-10. How many of them beat the ResNet-like cell, "
            "which people designed?",
            {
                "fewer than 3 percent": share < 3,
                "about a quarter": 15 < share < 35,
                "about half": 40 < share < 60,
                "nearly all": share > 90,
            },
            f"{share:.1f} percent: a design made by hand is a strong baseline.",
        ),
        decide(
            "What a winner keeps",
            "Take the best of 100 random cells of *glyphs* by one training, and train it again with another seed. "
            "What happens to its accuracy, on average over all such draws?",
            {"it falls": lost > 0.2, "it stays": abs(lost) <= 0.2, "it rises": lost < -0.2},
            f"It changes by {-lost:.2f} points: the first number was selected for being large, and part of that was "
            "luck.",
        ),
        verdict(
            "size-early",
            "cifar10",
            "holds",
            "An order by size learns nothing, so a win over random search alone is weak.",
        ),
        verdict("evolution", "cifar10"),
    ]


def what_may_be_reported() -> Choice:
    """Ask which of four numbers of a real search may stand in a paper."""
    bench = load_benchmark("nasbench201", dataset="ImageNet16-120", search_seed=0)
    best = search(RegularizedEvolution(bench.space, seed=3), bench.evaluate, 200, progress=False).best()
    report = bench.report(best.genotype)["val_accuracy"]
    of_all = float(np.nanmean(bench.metrics["val_accuracy"][bench.genotypes.index(best.genotype)]))
    return Choice(
        "Which number may be reported?",
        "A search of 200 evaluations on ImageNet16-120 looks at training seed 0 only. The cell that it chooses has "
        f"{best.value:.2f} % on seed 0 and {report:.2f} % on average over the other seeds; the mean over all seeds is "
        f"{of_all:.2f} %. Which number may be reported as the accuracy of the cell?",
        f"{report:.2f} %",
        {
            f"{best.value:.2f} %": "The cell was selected for this number, so part of it is luck.",
            f"{of_all:.2f} %": "This mean contains the seed that selected the cell.",
            f"{max(best.value, report) + 0.5:.2f} %": "No training has given this number.",
        },
        "Only trainings that the search never saw.",
    )
