"""Lesson 17: stacks counted, what grows with the length, the order of two layers, temperature."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor import load_benchmark
from nastutor.hardware.sequence_costs import sequence_costs
from nastutor.spaces import SequenceSpace
from nastutor.spaces.sequence import stack
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    space = SequenceSpace()
    functions = len({space.canonical(genotype) for genotype in space})
    grown = {
        name: sequence_costs(stack([name], 0), 2048, 64).next_macs / sequence_costs(stack([name], 0), 32, 64).next_macs
        for name in ("attention", "convolution", "recurrence")
    }
    scores, temperature = np.array([2.0, 1.0, 0.0]), 0.5
    weights = np.exp(scores / temperature) / np.exp(scores / temperature).sum()
    plain = np.exp(scores) / np.exp(scores).sum()
    return [
        of_exercise("language_models", 1, which=2),
        Number(
            "How many functions?",
            "A stack has up to four layers, each with one of three mixers or nothing, and one of two feed-forward "
            "sizes for all of its layers; a layer with nothing is no layer. How many different functions are among "
            "the 2 · 4⁴ genotypes?",
            functions,
            wrong={
                2 * 4**4: "Nothing, attention is attention, nothing.",
                functions + 1: "The empty stack has no size.",
            },
            because="2 · (3 + 9 + 27 + 81) and the empty stack.",
        ),
        decide(
            "What grows with the text?",
            "To add one character to a text, which single layer needs many more multiplications after 2,048 "
            "characters than after 32?",
            {name: factor > 3 for name, factor in grown.items()} | {"all of them": all(f > 3 for f in grown.values())},
            "; ".join(f"{name}: {factor:.1f} times" for name, factor in grown.items()) + ", the output layer included.",
        ),
        order_of_two(),
        Number(
            "A temperature",
            f"Three characters have the scores {scores.tolist()}. With which probability is the first drawn at "
            f"temperature {temperature}? (Two decimals.)",
            float(weights[0]),
            within=0.006,
            wrong={float(plain[0]): "That is at temperature 1.", 1 / 3: "That is at a very high temperature."},
            because="Divide the scores by the temperature before the softmax: below 1 the likely ones get likelier.",
        ),
        verdict("recall", "recall"),
        verdict("mad", "recall", "does not hold", "A cheap task need not rank as the dear one does."),
        verdict("hybrid", "text"),
    ]


def order_of_two() -> Question:
    """Ask which order of a convolution and an attention solves recall, by the table of trainings."""
    bench = load_benchmark("sequences", task="recall")
    right = {}
    for names in (("convolution", "attention"), ("attention", "convolution")):
        both = [stack(list(names), size) for size in (0, 64)]
        rows = [bench.genotypes.index(bench.space.canonical(one)) for one in both]
        right[names] = float(bench.values("test_accuracy", "all")[rows].mean())
    first, last = right.values()
    return decide(
        "Which order looks things up?",
        "Two layers are to recall which value had a key: *c 5 … a 2 … c ?* Which order solves it?",
        {
            "a convolution, then attention": first > 90 > last,
            "attention, then a convolution": last > 90 > first,
            "both": min(first, last) > 90,
            "neither": max(first, last) <= 90,
        },
        f"{first:.0f} percent against {last:.0f}: attention compares positions, so the value must know its key before.",
    )
