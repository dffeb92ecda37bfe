"""Lesson 05: acquisition functions, stages, and what prediction gains."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.searchers.acquisition import expected_improvement, upper_confidence_bound
from nastutor.spaces import CellSpace
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    mean, std, best, beta = np.array([0.60, 0.50]), np.array([0.02, 0.20]), 0.58, 2.0
    rng = np.random.default_rng(0)
    improvement = expected_improvement(mean, std, best, rng)
    bound = upper_confidence_bound(mean, std, best, rng, beta=beta)
    cells = CellSpace()
    second = [longer for prefix in cells.expansions(()) for longer in cells.expansions(prefix)]
    shown = "A is predicted 0.60 with a deviation of 0.02, B 0.50 with a deviation of 0.20; the best so far has 0.58."
    return [
        of_exercise("progressive", 1, which=1),
        of_exercise("progressive", 3, which=2),
        decide(
            "Expected improvement",
            f"{shown} Which candidate has the larger expected improvement?",
            {
                "A, which is predicted better": improvement[0] > improvement[1],
                "B, which is doubtful": improvement[1] > improvement[0],
                "they are equal": improvement[0] == improvement[1],
            },
            f"A {improvement[0]:.3f}, B {improvement[1]:.3f}: worse counts as zero, so doubt is worth something.",
        ),
        Number(
            "Upper confidence bound",
            f"{shown} What is the upper confidence bound of B with β = {beta:g}? (Two decimals.)",
            float(bound[1]),
            within=0.005,
            wrong={
                float(bound[0]): "That is the bound of A.",
                float(mean[1]): "That is the prediction alone.",
                float(mean[1] - beta * std[1]): "It is optimistic: add the deviations.",
            },
            because="μ + βσ.",
        ),
        decide(
            "Greedy or not?",
            f"{shown} Which rules choose B?",
            {
                "the mean alone, UCB with β = 2 and expected improvement": bool(mean[1] > mean[0]),
                "UCB with β = 2 and expected improvement": bool(
                    mean[1] < mean[0] and bound[1] > bound[0] and improvement[1] > improvement[0]
                ),
                "expected improvement only": bool(bound[1] < bound[0] and improvement[1] > improvement[0]),
                "none of them": bool(bound[1] < bound[0] and improvement[1] < improvement[0]),
            },
            "Only the highest guess has no use for doubt.",
        ),
        Number(
            "Stage 2",
            "Progressive search decides the edges of a four-node cell node by node, five operations an edge. How "
            "many prefixes are there after stage 2, when the edges into the first two nodes are decided?",
            len(second),
            wrong={
                25: "Two edges lead into the second inner node, beside the one of stage 1.",
                15625: "That is stage 3.",
            },
            because="One edge into node 1, two into node 2: 5³.",
        ),
        verdict(
            "size-predictor", "cora", "does not hold", "On graphs size says little, so a predictor earns its keep."
        ),
        verdict("progressive", "cifar10", "holds", "At 200 evaluations, once its lessons are over."),
    ]
