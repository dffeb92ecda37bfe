"""Lesson 06: agreement within noise, rungs, brackets, early looks."""

from __future__ import annotations

import math

from gift import Number, Question

from nastutor import load_benchmark
from nastutor.searchers.hyperband import halving_rungs, hyperband_brackets
from nastutor.statistics import rank_correlation
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    rungs = halving_rungs(27, 12, 2, 3)
    paid, before = 0, 0
    for count, epochs in rungs:
        paid, before = paid + count * (epochs - before), epochs
    from_scratch = sum(count * epochs for count, epochs in rungs)
    brackets = len(hyperband_brackets(27, 3))
    live, table_mean, noise = 89.9, 88.3, 1.2
    z = (live - table_mean) / (noise * math.sqrt(1 + 1 / 3))
    bench = load_benchmark("glyphs", search_seed=0)
    early, final = bench.curves["val_accuracy"][:, 0, 3], bench.values("val_accuracy", "report")
    overall, top = rank_correlation(early, final), rank_correlation(early, final, top=0.1)
    return [
        of_exercise("budgets", 1, which=2),
        Number(
            "What halving pays",
            f"Successive halving trains {', then '.join(f'{n} cells to epoch {e}' for n, e in rungs)}. A promoted "
            "cell trains on. How many epochs are paid in all?",
            paid,
            wrong={
                from_scratch: "A promoted cell need not begin again.",
                27 * 12: "That is training all of them to the end.",
            },
            because="Each rung pays the additional epochs only.",
        ),
        Number(
            "Brackets",
            "How many brackets does Hyperband have for trainings of at most 27 epochs and η = 3?",
            brackets,
            wrong={3: "The bracket that trains everything in full counts too."},
            because="From one epoch first to full training: s = 3, 2, 1, 0.",
        ),
        Number(
            "Within the noise?",
            f"A cell is trained once more, with a new seed: {live} %. The mean of three stored trainings is "
            f"{table_mean} %, the seed noise {noise} points. How many standard deviations of that difference lie "
            "between them? (Two decimals.)",
            z,
            within=0.02,
            wrong={
                (live - table_mean) / noise: "The mean of three is noisy as well.",
                live - table_mean: "That is in points.",
            },
            because="The difference has the deviation σ√(1 + 1/3).",
        ),
        decide(
            "An early look",
            "On glyphs the order of all cells after 4 of 12 epochs agrees with the final order of other seeds at "
            f"{overall:.2f}. And among the best tenth?",
            {
                "about as well": top > overall - 0.1,
                "much less, below 0.4": 0.05 < top < 0.4,
                "the order is reversed": top < -0.1,
            },
            f"At {top:.2f}: an early look throws out losers, it does not choose the winner.",
        ),
        verdict("early", "glyphs, best tenth"),
        verdict("hyperband", "glyphs, 120 epochs", "holds", "While epochs are scarce."),
        verdict("hyperband", "glyphs, 720 epochs", "cannot be told", "The others catch up."),
    ]
