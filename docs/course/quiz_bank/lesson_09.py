"""Lesson 09: the scalar problem, mixtures, deriving a cell, both orders."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.primers import scalar_bilevel
from nastutor.spaces import CellSpace
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    xi = 0.25
    rest = scalar_bilevel.resting_point(xi)
    first = float(scalar_bilevel.gradient(2.0, 2.0, 0.0))
    exact = 2 * (2.0 - 1)
    alpha = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
    weights = np.exp(alpha) / np.exp(alpha).sum()
    cells = CellSpace()
    numbers = len(cells.edges) * len(cells.operations)
    return [
        of_exercise("darts", 2, which=8),
        of_exercise("darts", 4, which=2),
        Number(
            "Where it comes to rest",
            "In the scalar problem L_train = (w − α)², L_val = αw − 2α + 1, steps of α and of w alternate; the "
            f"gradient of α looks one step of w of the length ξ = {xi} ahead. At which α does it come to rest? (Two "
            "decimals.)",
            rest,
            within=0.006,
            wrong={1.0: "That is the solution, which needs ξ = 1/2.", 2.0: "That is where ξ = 0 rests."},
            because="At w = α and a gradient of zero: α = 2 / (1 + 2ξ).",
        ),
        decide(
            "First order at the wrong place",
            "In the scalar problem L_train = (w − α)², L_val = αw − 2α + 1 the solution is α = w = 1. A descent stands "
            "at α = w = 2. What does the first order (ξ = 0), which takes w for a constant, do with α?",
            {
                "it stays": first == 0 and exact != 0,
                "it falls, as it should": first > 0,
                "it rises": first < 0,
            },
            "∂L_val/∂α = w − 2 is zero there: the first order does not see that w follows α.",
        ),
        Number(
            "A softmax of α",
            "On an edge α is 1 for the 3×3 convolution and 0 for the four other operations. What is the weight of "
            "the 3×3 in the mixture? (Two decimals.)",
            float(weights[3]),
            within=0.006,
            wrong={0.2: "That is the weight while all α are equal.", 1.0: "Nothing is decided yet: it is a mixture."},
            because="e / (e + 4).",
        ),
        Number(
            "How many α?",
            "How many numbers α does DARTS learn for one cell of NAS-Bench-201?",
            numbers,
            wrong={
                cells.size: "Those are the cells: the corners of the space in which α moves.",
                6: "Each operation has one.",
            },
            because="Six edges, five operations.",
        ),
        verdict("second-order", "glyphs", "cannot be told", "Its price can be told: more than twice the time."),
        verdict("darts", "glyphs, eight cells", "does not hold", "At the end of the search, for equal seconds."),
    ]
