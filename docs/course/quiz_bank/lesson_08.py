"""Lesson 08: batch norm of two networks, paths, what shared weights rank, functions asked twice."""

from __future__ import annotations

from gift import Number, Question

from nastutor.spaces import CellSpace
from nastutor.spaces.cell import OPERATIONS
from quiz_bank.shared import LEGEND, of_exercise, verdict


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    deviations, means = (1.0, 2.0), (0.0, 4.0)
    running = sum(deviation**2 for deviation in deviations) / 2
    between = sum((mean - sum(means) / 2) ** 2 for mean in means) / 2
    path, copies = (4, 3, 3, 0, 2, 4), 2
    kernels = copies * sum("conv" in OPERATIONS[operation] for operation in path)
    cells = CellSpace()
    asked = [(3, 0, 0, 0, 3, 0), (0, 3, 0, 0, 0, 3), (3, 4, 0, 0, 3, 0), (3, 0, 3, 1, 0, 1), (0, 0, 0, 3, 0, 0)]
    functions = len({cells.canonical(genotype) for genotype in asked})
    return [
        of_exercise("weight_sharing", 1, which=2),
        of_exercise("weight_sharing", 4, which=2),
        Number(
            "Running variance of two",
            f"Two networks share one batch norm. Batches of the one have mean {means[0]:g} and deviation "
            f"{deviations[0]:g}, of the other mean {means[1]:g} and deviation {deviations[1]:g}; each comes half of "
            "the time, and each batch moves the running statistics a little towards its own. Around which value does "
            "the running variance settle?",
            running,
            within=0.05,
            wrong={
                running + between: "That is the variance of all values together; each batch hands on its own variance.",
                1.5: "Those are the deviations, averaged.",
            },
            because="About the average of the two variances: right for neither.",
        ),
        Number(
            "Who gets a gradient?",
            "A supernet has two cells, one after the other, with a 1×1 and a 3×3 convolution on each of six edges. A "
            f"step trains the path {path}. {LEGEND} How many of its 24 kernels get a gradient?",
            kernels,
            wrong={
                kernels // copies: "There are two cells.",
                24: "Only the path of this step.",
                12: "Poolings have none.",
            },
            because="The convolutions on the path, in each of the two cells.",
        ),
        Number(
            "Evaluations and functions",
            f"A search with shared weights has asked five genotypes: {', '.join(map(str, asked))}. {LEGEND} How many "
            "different functions are these?",
            functions,
            wrong={5: "Dead edges and other orders make other spellings of one function."},
            because="Two convolutions in a row are there three times.",
        ),
        verdict("sharing", "glyphs"),
        verdict(
            "sharing", "glyphs, best tenth", "does not hold", "Where a search has to choose, shared weights say little."
        ),
        verdict("enas-controller", "glyphs", "cannot be told", "Six runs cannot say whether it is the controller."),
    ]
