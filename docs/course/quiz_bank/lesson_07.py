"""Lesson 07: scores of untrained networks, what they add, cells that cannot learn."""

from __future__ import annotations

import math

from gift import Number, Question

from nastutor.exercises.tables import accuracies
from nastutor.spaces import CellSpace
from nastutor.statistics import rank_correlation
from nastutor.studies.proxies import load_proxies
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    score_accuracy, score_size, size_accuracy = 0.80, 0.90, 0.85
    partial = (score_accuracy - score_size * size_accuracy) / math.sqrt((1 - score_size**2) * (1 - size_accuracy**2))
    cells = CellSpace()
    dead = [row for row, cell in enumerate(cells) if not any(cells.live_edges(cell))]
    chance = accuracies("cifar10")[dead].mean()
    return [
        of_exercise("zero_cost", 1, which=2),
        of_exercise("zero_cost", 4, which=2),
        Number(
            "What a score adds",
            f"A score and the accuracy have a rank correlation of {score_accuracy}, score and parameters "
            f"{score_size}, parameters and accuracy {size_accuracy}. What is the partial correlation of score and "
            "accuracy, given parameters? (Two decimals.)",
            partial,
            within=0.006,
            wrong={
                score_accuracy - score_size * size_accuracy: "Divide by what is left of both.",
                score_accuracy: "That is what it says with the parameters in it.",
                score_accuracy - size_accuracy: "That compares the two scores.",
            },
            because="Much of 0.8 is what the size says already.",
        ),
        Number(
            "Cells that cannot learn",
            "How many of the 15,625 cells of NAS-Bench-201 have no path from input to output?",
            len(dead),
            wrong={
                1: "There are many ways to cut all paths; dead edges may carry anything.",
                400: "So many pass their input on unchanged.",
            },
            because=f"They guess: {chance:.1f} % on CIFAR-10.",
        ),
        drawn_again(),
        verdict("proxy-jacob_cov", "glyphs"),
        verdict("proxy-jacob_cov", "cifar10", "holds", "One proxy, two tables, two answers."),
        verdict("proxy-size", "glyphs", "holds", "Counting weights costs nothing."),
    ]


def drawn_again() -> Question:
    """Ask which score changes its order when the random weights are drawn again."""
    more = load_proxies("glyphs_inits")
    agreement = {
        name: rank_correlation(more.scores[name][:, 0], more.scores[name][:, 1])
        for name in ("synflow", "naswot", "grasp")
    }
    return decide(
        "Other random weights",
        "A score is computed twice for the same cells of glyphs, each time with new random weights. Whose second "
        "order has nothing to do with its first?",
        {name: abs(value) < 0.2 for name, value in agreement.items()} | {"none of these": False},
        "; ".join(f"{name} {value:.2f}" for name, value in agreement.items()),
    )
