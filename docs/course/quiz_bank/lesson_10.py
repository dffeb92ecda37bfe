"""Lesson 10: published cells, a cell of skips, runs that fall, one seed on two machines."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.benchmarks.published_searches import look_up_published
from nastutor.spaces import COMPANIONS, CellSpace
from nastutor.spaces.cell import OPERATIONS
from nastutor.studies.collapse import load_collapse_study
from nastutor.studies.oneshot import load_oneshot_study
from quiz_bank.shared import decide, verdict

CELLS = CellSpace()


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    share = min(found.rank for found in look_up_published("cifar10") if "DARTS" in found.method) / CELLS.size
    cifar100 = [found.rank for found in look_up_published("cifar100") if "DARTS" in found.method]
    study = load_oneshot_study()
    true = study.test_accuracy(study.derived("DARTS, first order", with_none=True))
    fell = int((true[:, -1] < true[:, 2]).sum())
    edges = study.derived("DARTS, eight cells")[:, -1]
    counts = {name: float((edges == number).sum(axis=1).mean()) for number, name in enumerate(OPERATIONS)}
    again = load_collapse_study()
    second = again.test_accuracy(again("two cells, first order", "genotype"))
    first = study.test_accuracy(study.derived("DARTS, first order"))[: len(second), -1]
    apart = float(np.abs(first - second).mean())
    return [
        decide(
            "A published failure",
            "Six published runs of DARTS on NAS-Bench-201 and CIFAR-10 may derive any operation. Where do their "
            "cells rank among all?",
            {
                "in the best tenth": share < 0.1,
                "about in the middle": 0.4 < share < 0.6,
                "in the worst tenth": share > 0.9,
            },
            "All six are the cell of skips.",
        ),
        decide(
            "One dataset's story",
            "On CIFAR-10 all published runs of DARTS on NAS-Bench-201 ended with the same cell of skips. On CIFAR-100 "
            "they derived other cells. What is the best rank among these?",
            {
                "in the better half": min(cifar100) < CELLS.size / 2,
                "in the worse half": min(cifar100) >= CELLS.size / 2,
            },
            f"The best has rank {min(cifar100):,}, the worst {max(cifar100):,} of {CELLS.size:,}.",
        ),
        Number(
            "A cell of skips",
            f"All six edges carry a skip, `{COMPANIONS['all skip']}`; a node is the sum of what arrives. By what does "
            "the cell multiply its input?",
            multiple(COMPANIONS["all skip"]),
            wrong={
                6: "Count the paths from input to output, not the edges.",
                3: "Do not forget the direct edge.",
                1: "Nodes add up.",
            },
            because="Once for each path from input to output.",
        ),
        Number(
            "Runs that fall",
            f"{len(true)} stored runs of first-order DARTS (a supernet of two cells, the operation `none` may be "
            "derived) have a good cell after three epochs. How many end with a worse one after fifty?",
            fell,
            wrong={} if fell == 0 else {0: "Every run loses what it had."},
            because="The search cannot notice: it sees the mixture.",
        ),
        decide(
            "What eight cells end on",
            "A supernet of eight cells is searched by DARTS; the operation `none` is not allowed in what is derived. "
            "Which operation fills most of the six edges in the end?",
            {name: count == max(counts.values()) for name, count in counts.items() if name != "none"},
            ", ".join(f"{name} {count:.1f}" for name, count in counts.items() if name != "none") + " edges on average.",
        ),
        decide(
            "The same seed, another machine",
            "The same search was run with the same settings and seeds on another machine, where sums round "
            "differently in the eighth digit. By how much do the accuracies of the derived cells differ, on average "
            "over the seeds?",
            {
                "not at all": apart == 0,
                "by less than 0.1 points": 0 < apart < 0.1,
                "by more than a point": apart > 1,
            },
            f"By {apart:.1f} points: a seed's story is weather, not a cause.",
        ),
        verdict("collapse", "glyphs, eight cells", "holds", "The deeper supernet falls for sure."),
        verdict("collapse", "glyphs", "cannot be told", "With two cells and without `none` the loss is small."),
        verdict("depth", "glyphs"),
    ]


def multiple(cell: tuple[int, ...]) -> int:
    """Return by what a cell of skips multiplies its input."""
    reached = [1, 0, 0, 0]
    for (source, target), operation in sorted(zip(CELLS.edges, cell)):
        reached[target] += reached[source] * (operation == OPERATIONS.index("skip_connect"))
    return reached[-1]
