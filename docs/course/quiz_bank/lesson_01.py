"""Lesson 01: neighbours, equal functions, encodings, the size of a space."""

from __future__ import annotations

from gift import Number, Question

from nastutor.spaces import COMPANIONS, CellSpace, SearchSpace, Variable, encodings
from quiz_bank.shared import LEGEND, decide, of_exercise

CELLS = CellSpace()


def questions() -> list[Question]:
    """Return the questions of the lesson."""
    cell = COMPANIONS["ResNet-like"]
    near = len(CELLS.neighbors(cell))
    everything = list(CELLS)
    forms = [CELLS.canonical(genotype) for genotype in everything]
    functions = len(set(forms))
    spellings = {name: forms.count(CELLS.canonical(cell)) for name, cell in SMALL.items()}
    target = (0, 3, 0, 0, 0, 3)
    same = {str(g): CELLS.canonical(g) == CELLS.canonical(target) for g in ((3, 4, 0, 0, 3, 0), *OTHERS)}
    chains = SearchSpace(
        [Variable("depth", (1, 2)), Variable("first", (1, 3, 5)), Variable("second", (1, 3, 5), when={"depth": (2,)})]
    )
    return [
        of_exercise("encoding", 2, which=2),
        Number(
            "Neighbours of a cell",
            "How many cells differ from a given cell of NAS-Bench-201 (six edges, five operations) on exactly one "
            "edge?",
            near,
            wrong={
                near + 6: "The operation that is there already is no change.",
                6: "Each edge can change in more than one way.",
            },
            because="Six edges, four other operations for each.",
        ),
        decide(
            "The same function",
            f"Which cell computes the same as {target}? {LEGEND}",
            same,
            "Look for two 3×3 convolutions in a row and nothing else that reaches the output: dead parts do not count.",
        ),
        decide(
            "How many functions?",
            f"The cell space has {CELLS.size:,} genotypes. How many different functions do they build, if pooling and "
            "convolutions are black boxes?",
            {
                "all of them differ": functions == CELLS.size,
                "about a third of that number": 0.28 < functions / CELLS.size < 0.39,
                "about a hundredth of that number": functions / CELLS.size < 0.02,
            },
            f"{functions:,}: two thirds of all genotypes are spare spellings.",
        ),
        decide(
            "The most spellings",
            "Which of these functions has the most spellings among all genotypes?",
            {name: count == max(spellings.values()) for name, count in spellings.items()},
            ", ".join(f"{name}: {count}" for name, count in spellings.items()),
        ),
        decide(
            "Equal vectors",
            "Which encoding gives equal vectors to all genotypes that compute the same function?",
            equal_vectors(everything, forms),
            "One-hot tells all spellings apart; the path encoding merges many equal cells, but not all.",
        ),
        Number(
            "The size of a space with a condition",
            "A chain has depth 1 or 2, its first layer a kernel of 1, 3 or 5, and its second layer, where there is "
            "one, a kernel of 1, 3 or 5. How many architectures are there?",
            chains.size,
            wrong={
                2 * 3 * 3: "The second kernel means nothing where there is no second layer.",
                3 + 3: "Choices multiply within one depth.",
            },
            because="Three of depth 1, nine of depth 2.",
        ),
    ]


SMALL = {"zero": (0, 0, 0, 0, 0, 0), "the input itself": (0, 0, 0, 1, 0, 0), "one 3×3 convolution": (0, 0, 0, 3, 0, 0)}
OTHERS = ((3, 0, 0, 3, 0, 0), (3, 3, 0, 0, 1, 3), (3, 0, 3, 0, 0, 0))


def equal_vectors(everything: list[tuple[int, ...]], forms: list[tuple[int, ...]]) -> dict[str, bool]:
    """Say which encodings never give two vectors to one function."""
    whole = {}
    for name, encode in {"one-hot": encodings.one_hot, "path": encodings.path}.items():
        pairs = {(form, row.tobytes()) for form, row in zip(forms, encode(CELLS, everything))}
        whole[name] = len(pairs) == len(set(forms))
    return whole | {"both of them": all(whole.values()), "neither of them": not any(whole.values())}
