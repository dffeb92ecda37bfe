"""Lesson 16: a space counted, size on graphs, what was chosen and what is reported."""

from __future__ import annotations

import numpy as np
from gift import Choice, Number, Question

from nastutor import load_benchmark
from nastutor.statistics import rank_correlation
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    ways = 5**3 * 1 * 2 * 3
    bench = load_benchmark("nasbench_graph", task="cora")
    size, test = bench.values("params"), bench.values("test_accuracy")
    by_size = rank_correlation(size, test)
    chosen_on = bench.values("val_accuracy")
    agree, top = rank_correlation(chosen_on, test), rank_correlation(chosen_on, test, top=0.1)
    return [
        of_exercise("graph_networks", 1, which=2),
        of_exercise("graph_networks", 3, which=2),
        Number(
            "Ways to write a network",
            "A network has three layers with one of five operations each. Layer 1 reads the input; layer 2 reads the "
            "input or layer 1; layer 3 the input, layer 1 or layer 2. How many ways are there to write one?",
            ways,
            wrong={
                5**3: "Each layer also chooses where it reads from.",
                3 * 5 * 6: "Choices of different layers multiply.",
            },
            because="5³ operations, 1 · 2 · 3 inputs. As functions they are fewer.",
        ),
        decide(
            "Does size rank?",
            "On NAS-Bench-201 the number of parameters ranks cells well. How well does it rank the graph networks of "
            "cora?",
            {"as well": by_size > 0.6, "hardly": abs(by_size) < 0.3, "the other way round": by_size < -0.3},
            f"With a correlation of {by_size:.2f}: a deeper graph network is not a better one.",
        ),
        what_to_report(bench.values("val_accuracy"), test),
        decide(
            "Validation among the best",
            f"Validation and test accuracy agree on cora at {agree:.2f} over all networks. Among the best tenth?",
            {"about as well": top > agree - 0.1, "much less": 0 < top < agree - 0.3, "the other way round": top < -0.1},
            f"At {top:.2f}: 500 nodes cannot tell the best apart, and more evaluations do not mend it.",
        ),
        verdict("size-ranks", "cora"),
        verdict("local-search", "cora", "holds", "Walking from neighbour to neighbour beats chance here too."),
        verdict("landscape", "cora"),
    ]


def what_to_report(validation: np.ndarray, test: np.ndarray) -> Choice:
    """Ask for the number that a search by validation accuracy may report."""
    best = int(validation.argmax())
    return Choice(
        "What may be reported?",
        f"The network with the best validation accuracy on cora has {validation[best]:.2f} % there and "
        f"{test[best]:.2f} % on the test nodes; the best test accuracy of all networks is {test.max():.2f} %. What "
        "may a search by validation accuracy report?",
        f"{test[best]:.2f} %",
        {
            f"{validation[best]:.2f} %": "It was selected for this number.",
            f"{test.max():.2f} %": "To choose by the test nodes spoils them: this network was not found.",
        },
        "What was chosen on one split is reported on another.",
    )
