"""Lesson 14: rooflines, expected latencies and their gradient, energy, exponents."""

from __future__ import annotations

import numpy as np
from gift import Number, Question

from nastutor.hardware.carbon import Footprint
from nastutor.hardware.devices import DEVICES
from quiz_bank.shared import decide, of_exercise, verdict

TABLE = np.array([0.0, 1.0, 7.0, 2.0])  # ms of four operations on one edge


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    start, arithmetic, memory = 0.005, 2.0, 0.5  # ms
    modelled = start + max(arithmetic, memory)
    alpha = np.array([0.0, 0.0, 1.0, 0.0])
    p = np.exp(alpha) / np.exp(alpha).sum()
    expected = float(p @ TABLE)
    slope = p * (TABLE - expected)
    kwh = Footprint(200 * 3600, 250, 1.58).kwh
    needs = 332
    board = DEVICES["microcontroller"]
    fits = board.fits(needs * 1024)
    named = {"the one of 0 ms": 0, "the one of 1 ms": 1, "the one of 7 ms": 2, "the one of 2 ms": 3}
    return [
        of_exercise("hardware_aware", 1, which=2),
        of_exercise("hardware_aware", 3, which=2),
        Number(
            "A roofline",
            f"An operation needs {arithmetic} ms of arithmetic at the peak rate and {memory} ms to move its bytes; "
            f"starting it takes {start} ms. What does the roofline model say, in ms?",
            modelled,
            within=0.002,
            wrong={
                start + arithmetic + memory: "Both happen at the same time: the longer counts.",
                start + memory: "It is bound by arithmetic.",
                arithmetic: "Starting it takes time too.",
            },
            because="The start, plus the larger of the two.",
        ),
        Number(
            "Expected latency",
            f"Four operations of an edge take {TABLE.tolist()} ms, and α is {alpha.tolist()}. What is the expected "
            "latency of the edge, in ms? (Two decimals.)",
            expected,
            within=0.01,
            wrong={
                float(TABLE.mean()): "Weigh each with its softmax probability.",
                float(TABLE[alpha.argmax()]): "That is the operation with the largest α.",
            },
            because="Σ p F with p the softmax of α.",
        ),
        decide(
            "Who is pushed down?",
            f"Four operations of an edge take {TABLE.tolist()} ms, and α is {alpha.tolist()}. A descent minimises the "
            "expected latency of the edge, and nothing else. Which α falls fastest?",
            {name: slope[index] == slope.max() for name, index in named.items()},
            "What costs more than its edge does on average goes down.",
        ),
        decide(
            "More memory than there is",
            f"A network needs {needs} KiB for its feature maps, the device has {board.memory_bytes / 1024:.0f} KiB. "
            "What follows?",
            {"it does not run": not fits, "it runs a little slower": fits, "it loses accuracy": False},
            "A limit on memory must be a limit, not a term in a reward.",
        ),
        Number(
            "Energy",
            "A search took 200 hours of a GPU that draws 250 W, in a building that needs 1.58 W for each of them. "
            "How many kilowatt hours is that?",
            kwh,
            within=0.5,
            wrong={200 * 0.25: "The building draws more than the GPU.", 1000 * kwh: "Those are watt hours."},
            because="An estimate: all three inputs are assumptions.",
        ),
        verdict("latency-term", "glyphs, span 0.05", "holds", "It brakes; it does not steer well."),
    ]
