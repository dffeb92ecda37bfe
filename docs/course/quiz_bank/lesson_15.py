"""Lesson 15: counting sub-networks, batch norm, when it pays, what the sandwich serves."""

from __future__ import annotations

from itertools import count

from gift import Number, Question

from nastutor.studies.once_for_all import load_once_for_all
from quiz_bank.shared import decide, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    widths, kernels, depths = 3, 2, (1, 2, 3)
    stage = sum(kernels**depth for depth in depths)
    both = (widths * stage) ** 2
    once, search, each = 60.0, 1.5, 3.0
    pays = next(devices for devices in count(1) if once + devices * search < devices * each)
    shared = load_once_for_all().shared
    gained = {method: float((found.val_accuracy - found.before).mean()) for method, found in shared.items()}
    return [
        of_exercise("once_for_all", 1, which=2),
        of_exercise("once_for_all", 3, which=2),
        Number(
            "Depth and kernels",
            "A stage has one to three blocks, and each block a kernel of 3×3 or 5×5. In how many ways can depth and "
            "kernels be chosen?",
            stage,
            wrong={kernels**3: "Shallower stages count too.", 3 * kernels: "Each block has a kernel of its own."},
            because="2 + 4 + 8.",
        ),
        Number(
            "All sub-networks",
            f"An elastic network has two stages. Each has one of {widths} widths, one to three blocks, and in each "
            "block a kernel of 3×3 or 5×5. How many sub-networks are there?",
            both,
            wrong={2 * widths * stage: "The stages are chosen independently.", stage**2: "The widths count too."},
            because="(3 · 14)².",
        ),
        Number(
            "When does it pay?",
            f"Training once takes {once:g} s, choosing for a device {search:g} s of evaluations. Training one network "
            f"for each device takes {each:g} s. From how many devices on is training once cheaper?",
            pays,
            wrong={
                once / each: "Choosing costs something for each device too.",
                once / (each - search): "There both cost the same.",
            },
            because="The first N with T + N·s < N·t.",
        ),
        decide(
            "Measured anew",
            "50 sub-networks are cut out of a trained elastic network. Their batch norm is measured anew on training "
            "images; no weight changes. What happens to their validation accuracy, on average?",
            {
                "it rises by more than five points": min(gained.values()) > 5,
                "it stays within a point of what it was": max(map(abs, gained.values())) < 1,
                "it falls, as the weights no longer fit": max(gained.values()) < 0,
            },
            f"It rises by {min(gained.values()):.0f} points or more: the running statistics were an average over "
            "hundreds of sub-networks.",
        ),
        verdict("sandwich", "glyphs", "holds", "It trains the smallest in every step."),
        verdict("once-for-all", "glyphs, shrinking", "holds", "As a ranking; as a number it is lower for small ones."),
    ]
