"""Lesson 18: shares of variance, ranges, tuning in turn, kept steps."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from quiz_bank.shared import of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    cells = np.array([[1.0, 3.0], [5.0, 11.0]])
    rows = cells.mean(axis=1, keepdims=True) - cells.mean()
    columns = cells.mean(axis=0, keepdims=True) - cells.mean()
    rest = cells - cells.mean() - rows - columns
    share = 100 * float((rest**2).mean() / cells.var())
    of_rows = 100 * float((rows**2).mean() / cells.var())
    additive = cells[0, 1] + cells[1, 0] - cells[0, 0]
    table = "the first architecture has 1 and 3 with two recipes, the second 5 and 11"
    return [
        of_exercise("architecture_or_recipe", 1, which=2),
        of_exercise("architecture_or_recipe", 2, which=2),
        of_exercise("architecture_or_recipe", 4, which=2),
        Number(
            "The share of the interaction",
            f"Four errors: {table}. How many percent of their variance is interaction? (One decimal.)",
            share,
            within=0.06,
            wrong={
                of_rows: "That is the share of the architecture.",
                100 - share - of_rows: "That is the share of the recipe.",
                100 - share: "That is everything but the interaction.",
            },
            because="What is left when the effects of rows and columns are taken off.",
        ),
        Number(
            "No interaction",
            f"Four errors: {table}. Which number in the place of 11 would leave no interaction?",
            float(additive),
            wrong={5.0: "The second recipe adds something to the first architecture.", 8.0: "Effects add up here."},
            because="The second recipe then adds as much to either architecture.",
        ),
        verdict("recipe", "protein", "holds", "Over the whole grid, in which most recipes are bad."),
        verdict("recipe", "protein, best tenth of the recipes", "does not hold", "Among good recipes it turns round."),
        verdict(
            "joint", "parkinsons", "does not hold", "There the recipe alone does better, and nobody knows beforehand."
        ),
        verdict("ratchet", "naval", "does not hold", "A loop that keeps what looks better climbs less high."),
    ]
