"""Lesson 11: draws and temperatures, dropped skips, which cures can be told."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from quiz_bank.shared import decide, of_exercise, verdict

PI = np.array([0.1, 0.1, 0.2, 0.5, 0.1])


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    rng = np.random.default_rng(0)
    noisy = np.log(PI) - np.log(rng.exponential(size=(20_000, 5)))
    drawn = {tau: float(((noisy / tau).argmax(axis=1) == 3).mean()) for tau in (0.1, 10.0)}
    soft = {tau: float(softmax(noisy / tau).max(axis=1).mean()) for tau in (0.1, 10.0)}
    rate = 0.5
    kept = (1 / 5) / (1 - rate)
    return [
        of_exercise("cures", 1, which=2),
        of_exercise("cures", 3, which=1, more=[["dropped skips", "GDAS"], ["weight decay", "partial channels"]]),
        decide(
            "What the temperature changes",
            "GDAS draws an operation by the largest of log π + Gumbel noise, and takes the gradient of a softmax of "
            "these sums divided by the temperature τ. What does a lower τ change?",
            {
                "how often each operation is drawn": abs(drawn[0.1] - drawn[10.0]) > 0.01,
                "how much of the gradient the drawn operation gets": drawn[0.1] == drawn[10.0]
                and soft[0.1] > 1.2 * soft[10.0],
                "neither what is drawn nor the gradient": drawn[0.1] == drawn[10.0] and soft[0.1] == soft[10.0],
            },
            f"The drawn one has a weight of {soft[10.0]:.2f} at τ = 10 and {soft[0.1]:.2f} at τ = 0.1; which one is "
            "drawn does not depend on τ.",
        ),
        Number(
            "How often is it drawn?",
            f"The probabilities of the five operations are {PI.tolist()}, the temperature is 10. With which "
            "probability does GDAS draw the fourth?",
            float(PI[3]),
            within=0.01,
            wrong={0.2: "The temperature does not make draws more equal.", 1.0: "It is a draw, not the largest."},
            because="Exactly its π, at every temperature.",
        ),
        Number(
            "A skip that was not dropped",
            f"All α are equal on an edge of five operations. P-DARTS drops its skip with probability {rate}, and a "
            "skip that stays is scaled so that the mean is what it was. What is its weight when it stays?",
            kept,
            within=0.005,
            wrong={0.2: "Then the mean would be half of that.", 0.1: "That is the mean without scaling."},
            because="It counts double, since it is there half of the time.",
        ),
        verdict(
            "cure-partial-channels",
            "glyphs, eight cells",
            "cannot be told",
            "Cannot be told means that more runs are needed.",
        ),
        verdict("cure-dropped-skips", "glyphs, eight cells"),
        verdict("random", "glyphs, eight cells, GDAS", "cannot be told", "Nor is it the other way round."),
    ]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the softmax along the last axis."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)
