"""Exercises of lesson 01: strings, counting, neighbours, dead edges, and a genetic algorithm with two faults."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from nastutor.exercises.answers import Wrong, compare, describe, number, read_cell, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.exercises.naive_genetic_algorithm import Individual, estimate, naive_genetic_algorithm
from nastutor.exercises.tables import accuracies, draw_dataset, random_result, table
from nastutor.lessons.source import show_source
from nastutor.spaces import CellSpace, Genotype
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS, SKIP
from nastutor.statistics import bootstrap_band

if TYPE_CHECKING:
    from IPython.display import Markdown

SPACE = CellSpace()


def string_of(cell: Mapping[tuple[int, int], str]) -> str:
    """Group the edges by the node that they lead to, and write each with the node that it comes from."""
    nodes = []
    for target in (1, 2, 3):
        parts = [f"{cell[source, target]}~{source}" for source in range(target)]
        nodes.append(f"|{'|'.join(parts)}|")
    return "+".join(nodes)


def _by_source(cell: Mapping[tuple[int, int], str]) -> Genotype:
    return tuple(OPERATIONS.index(cell[edge]) for edge in sorted(cell))


class CellString(Exercise):
    """The string of a drawn cell."""

    TITLE = "The string of a cell"
    QUESTION = (
        "Write the NAS-Bench-201 string of the cell with these operations on its edges (from, to), by hand: `{cell}`"
    )
    STUB = "text = ..."
    HINTS = (
        "Nodes 1, 2 and 3 each get a group, |…|, joined by +; a group lists the edges that lead to its node.",
        "Each edge is written operation~source: the form is |op~0|+|op~0|op~1|+|op~0|op~1|op~2|.",
    )
    GIVEN: ClassVar = {"cell": dict(sorted(SPACE.decode((3, 0, 4, 1, 2, 1)).items()))}
    OFFICIAL = staticmethod(string_of)
    MISTAKES: ClassVar = {
        "edges by the node that they come from": Mistake(
            lambda cell: SPACE.to_string(_by_source(cell)), "list the edges by the node they come from"
        ),
        "the node that an edge leads to": Mistake(
            lambda cell: re.sub(r"~(\d)", lambda found: f"~{int(found[1]) + 1}", string_of(cell)), "Look at the numbers"
        ),
        "no edge without an operation": Mistake(
            lambda cell: re.sub(r"none~\d\|", "", string_of(cell)), "each is written, none too"
        ),
        "operations alone": Mistake(
            lambda cell: re.sub(r"~\d", "", string_of(cell)), "Each operation is followed by ~"
        ),
        "no marks between the nodes": Mistake(lambda cell: string_of(cell).replace("+", ""), "look at the marks"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"cell": dict(sorted(SPACE.decode(SPACE.sample(rng)).items()))}

    def judge(self, answer: Any) -> str:
        cell = self.given["cell"]
        genotype = SPACE.encode(cell)
        if not isinstance(answer, str):
            raise Wrong(f"The answer is a string: got {describe(answer)}.")
        text = answer.strip()
        if text == SPACE.to_string(genotype):
            return f"It computes {SPACE.formula(genotype)}."
        names = re.findall(r"[A-Za-z]\w*", text)
        unknown = [name for name in names if name not in OPERATIONS]
        if unknown:
            raise Wrong(f"{describe(unknown[0])} is no operation: choose among {', '.join(OPERATIONS)}.")
        if len(names) != len(EDGES):
            raise Wrong(f"A cell has six edges, and each is written, none too; yours has {len(names)}.")
        given = tuple(OPERATIONS.index(name) for name in names)
        if "~" not in text:
            raise Wrong("Each operation is followed by ~ and the node that its edge comes from.")
        if given == _by_source(cell):
            raise Wrong("You list the edges by the node they come from; the string groups them by where they lead.")
        sources = [int(digit) for digit in re.findall(r"~(\d)", text)]
        if sources != [source for source, _ in EDGES]:
            message = "the number after ~ is the node that an edge comes from"
            raise Wrong(f"Look at the numbers {sources}: {message}, and every edge has one.")
        if text != SPACE.to_string(given):
            raise Wrong("The operations and numbers are in place; look at the marks: |…| around a node, + between.")
        if SPACE.canonical(given) == SPACE.canonical(genotype):
            raise Wrong("That cell computes the same function, but it is another one: write each edge as drawn.")
        edge = next(edge for edge, operation in zip(EDGES, given) if OPERATIONS[operation] != cell[edge])
        raise Wrong(f"That is the string of another cell: look at edge {edge}.")


RELATIONS = ("exactly", "at least", "at most")


def edge_counts(relation: str, times: int) -> Sequence[int]:
    """Return on how many of the six edges the operation may be."""
    return {"exactly": [times], "at least": range(times, 7), "at most": range(times + 1)}[relation]


def count_cells(operation: str, relation: str, times: int, without: str) -> int:
    """Choose the edges with the operation; each other edge has any of the operations that are left."""
    left = 5 - 1 - len(without.split(" or "))
    return sum(math.comb(6, k) * left ** (6 - k) for k in edge_counts(relation, times))


@cache
def _counted(operation: str, relation: str, times: int, without: str) -> tuple[int, int, list[tuple[float, str]]]:
    """Go through all cells; return how many fit, how many functions they compute, and what mistakes would count."""
    excluded = [OPERATIONS.index(name) for name in without.split(" or ")]
    cells = np.array(list(SPACE))
    is_allowed = ~np.isin(cells, excluded).any(axis=1)
    edges = (cells == OPERATIONS.index(operation)).sum(axis=1)
    fits = {name: np.isin(edges, edge_counts(name, times)) for name in RELATIONS}
    found = cells[fits[relation] & is_allowed]
    classes = len({SPACE.canonical(tuple(cell)) for cell in found.tolist()})
    first = sum((4 - len(excluded)) ** (6 - k) for k in edge_counts(relation, times))
    choices = sum(math.comb(6, k) for k in edge_counts(relation, times))
    mistakes = [
        (int(fits[relation].sum()), f"That counts the cells with {without} too."),
        (first, "That is for given edges; in how many ways can they be chosen?"),
        (choices, "That counts the choices of edges; what is on the others?"),
        (classes, "That counts different functions; the question is about genotypes."),
        (100 * len(found) / SPACE.size, "That is a percentage; how many are they?"),
    ]
    for name in RELATIONS:
        if name != relation:
            said = f"That counts cells with {name} {times}; {relation} {times} are asked for."
            mistakes.append((int((fits[name] & is_allowed).sum()), said))
    return len(found), classes, mistakes


class CountCells(Exercise):
    """How many cells have a property."""

    TITLE = "Counting cells"
    QUESTION = (
        "How many of the 15,625 cells have `{operation}` on {relation} {times} of their edges, and `{without}` on no "
        "edge?"
    )
    STUB = "count = ..."
    HINTS = (
        "Count by hand (which edges, and what may stand on the others), or go through CellSpace() and count.",
        "There are six over k ways to choose the edges; on the others may be what the question does not name.",
    )
    GIVEN: ClassVar = {"operation": "nor_conv_3x3", "relation": "exactly", "times": 2, "without": "none"}
    OFFICIAL = staticmethod(count_cells)
    MISTAKES: ClassVar = {
        "the other operation is allowed": Mistake(
            lambda operation, relation, times, without: sum(
                math.comb(6, k) * 4 ** (6 - k) for k in edge_counts(relation, times)
            ),
            "counts the cells with .* too",
        ),
        "the first edges have the operation": Mistake(
            lambda operation, relation, times, without: sum(
                (4 - len(without.split(" or "))) ** (6 - k) for k in edge_counts(relation, times)
            ),
            "in how many ways can they be chosen",
        ),
        "what is on the other edges does not matter": Mistake(
            lambda operation, relation, times, without: sum(math.comb(6, k) for k in edge_counts(relation, times)),
            "what is on the others",
        ),
        "another relation": Mistake(
            lambda operation, relation, times, without: count_cells(
                operation, "at least" if relation == "exactly" else "exactly", times, without
            ),
            "are asked for",
        ),
        "functions, not cells": Mistake(
            lambda operation, relation, times, without: len(
                {
                    SPACE.canonical(cell)
                    for cell in SPACE
                    if {OPERATIONS.index(name) for name in without.split(" or ")}.isdisjoint(cell)
                    and cell.count(OPERATIONS.index(operation)) in edge_counts(relation, times)
                }
            ),
            "counts different functions",
        ),
    }

    def solution(self) -> Markdown:
        """Return the source of the official solution."""
        return show_source(edge_counts, count_cells)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        relation, times = str(rng.choice(RELATIONS)), int(rng.integers(1, 6))
        operation, *without = (OPERATIONS[i] for i in rng.permutation(len(OPERATIONS))[: rng.integers(2, 4)])
        return {"operation": operation, "relation": relation, "times": times, "without": " or ".join(without)}

    def judge(self, answer: Any) -> str:
        count, classes, mistakes = _counted(**self.given)
        compare(answer, count, 0, mistakes)
        return f"{count:,} genotypes, which compute {classes:,} different functions."


def neighbors(genotype: Genotype, choices: int) -> list[Genotype]:
    """Change each position to each other value, one at a time."""
    found = []
    for position in range(len(genotype)):
        for value in range(choices):
            if value != genotype[position]:
                found.append((*genotype[:position], value, *genotype[position + 1 :]))
    return found


def _replaced(genotype: Genotype, position: int, value: int) -> Genotype:
    return (*genotype[:position], value, *genotype[position + 1 :])


def _one_copy_for_all(genotype: Genotype, choices: int) -> list[Genotype]:
    """Change a copy and forget to change it back, so that steps add up."""
    copy, found = list(genotype), []
    for position in range(len(copy)):
        for value in range(choices):
            if value != genotype[position]:
                copy[position] = value
                found.append(tuple(copy))
    return found


class Neighbors(Exercise):
    """Write `neighbors`."""

    TITLE = "Neighbours"
    QUESTION = (
        "Write `neighbors(genotype, choices)`: the list of all genotypes that differ from a tuple of {length} integers "
        "in exactly one position, each value being 0…choices−1 (here {choices} choices)."
    )
    STUB = "def neighbors(genotype, choices):\n    ..."
    HINTS = (
        "Two loops: over the positions, and over the values that may stand there.",
        "A tuple with one value replaced: (*genotype[:i], value, *genotype[i + 1:]). Leave out the value it has.",
    )
    GIVEN: ClassVar = {"length": 6, "choices": 5}
    OFFICIAL = staticmethod(neighbors)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "the genotype among its neighbours": Mistake(
            lambda length, choices: (
                lambda genotype, n: [_replaced(genotype, i, value) for i in range(len(genotype)) for value in range(n)]
            ),
            "include the genotype itself",
        ),
        "the next value only": Mistake(
            lambda length, choices: (
                lambda genotype, n: [_replaced(genotype, i, (genotype[i] + 1) % n) for i in range(len(genotype))]
            ),
            r"^\(.*has more neighbours than",
        ),
        "values from 1 to choices": Mistake(
            lambda length, choices: (
                lambda genotype, n: [
                    _replaced(genotype, i, value)
                    for i in range(len(genotype))
                    for value in range(1, n + 1)
                    if value != genotype[i]
                ]
            ),
            "is not among the values",
        ),
        "lists": Mistake(
            lambda length, choices: lambda genotype, n: [list(item) for item in neighbors(genotype, n)],
            "Each neighbour is a tuple",
        ),
        "the number of the question, not the argument": Mistake(
            lambda length, choices: lambda genotype, n: neighbors(genotype, choices), "but not for others"
        ),
        "one copy for all": Mistake(lambda length, choices: _one_copy_for_all, "change one only"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"length": int(rng.integers(3, 9)), "choices": int(rng.integers(3, 8))}

    def judge(self, answer: Any) -> str:
        length, choices = self.given["length"], self.given["choices"]
        function = Called(answer)
        self._try(function, length, choices)
        try:
            self._try(function, length + 1, choices + 1)
        except Wrong as error:
            raise Wrong(f"Right for {length} positions and {choices} choices, but not for others: {error}") from None
        count = length * (choices - 1)
        return f"{length} positions × {choices - 1} other values = {count} neighbours, each at distance 1."

    @staticmethod
    def _try(function: Called, length: int, choices: int) -> None:
        rng = np.random.default_rng(0)
        for genotype in map(tuple, rng.integers(choices, size=(50, length)).tolist()):
            found = sequence(function(genotype, choices), None, "a list of genotypes")
            _check_neighbors(genotype, found, choices)
            if len(found) < length * (choices - 1):
                raise Wrong(f"{genotype} has more neighbours than the {len(found)} that you list.")


def _check_neighbors(genotype: Genotype, found: list[Any], choices: int) -> None:
    for item in found:
        if not isinstance(item, tuple):
            raise Wrong(f"Each neighbour is a tuple, which can be kept in a set: got {describe(item)}.")
        if len(item) != len(genotype):
            raise Wrong(f"A neighbour of {genotype} has {len(genotype)} values: got {describe(item)}.")
        outside = [value for value in item if value not in range(choices)]
        if outside:
            raise Wrong(f"{describe(item)}: {describe(outside[0])} is not among the values 0…{choices - 1}.")
        distance = sum(a != b for a, b in zip(genotype, item))
        if distance == 0:
            raise Wrong(f"The neighbours that you list for {genotype} include the genotype itself.")
        if distance > 1:
            raise Wrong(f"{describe(item)} differs from {genotype} in {distance} positions: change one only.")
    repeated = [item for item, times in Counter(found).items() if times > 1]
    if repeated:
        raise Wrong(f"You list {describe(repeated[0])} more than once as a neighbour of {genotype}.")


def remove_dead(genotype: Genotype, output: int) -> Genotype:
    """Keep an edge if the input reaches its start and its end reaches the output."""
    edges = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
    reached, useful = {0}, {output}
    for (source, target), operation in zip(edges, genotype):
        if operation != 0 and source in reached:
            reached.add(target)
    for (source, target), operation in zip(reversed(edges), reversed(genotype)):
        if operation != 0 and target in useful:
            useful.add(source)
    pairs = zip(edges, genotype)
    return tuple(op if source in reached and target in useful else 0 for (source, target), op in pairs)


@cache
def _live(output: int) -> dict[Genotype, tuple[bool, ...]]:
    """Say for every cell which edges are alive."""
    if output == 3:
        return {genotype: SPACE.live_edges(genotype) for genotype in SPACE}
    # Node 2 as the output: let node 3 pass it on and nothing else.
    passed_on = {genotype: (*genotype[:3], NONE, NONE, SKIP) for genotype in SPACE}
    return {genotype: (*SPACE.live_edges(cell)[:3], False, False, False) for genotype, cell in passed_on.items()}


def _reached(genotype: Genotype) -> set[int]:
    """Return the nodes at which something arrives."""
    reached = {0}
    for (source, target), operation in zip(EDGES, genotype):
        if operation != NONE and source in reached:
            reached.add(target)
    return reached


def _forwards_only(genotype: Genotype, output: int) -> Genotype:
    reached = _reached(genotype)
    return tuple(op if source in reached else NONE for (source, _), op in zip(EDGES, genotype))


def _backwards_only(genotype: Genotype, output: int) -> Genotype:
    useful = {output}
    for (source, target), operation in reversed(list(zip(EDGES, genotype))):
        if operation != NONE and target in useful:
            useful.add(source)
    return tuple(op if target in useful else NONE for (_, target), op in zip(EDGES, genotype))


def _after_any_none(genotype: Genotype, output: int) -> Genotype:
    """Take a node for dead if a `none` leads to it, though other edges may lead there too."""
    ends = {target for (_, target), op in zip(EDGES, genotype) if op == NONE}
    kept = tuple(NONE if source in ends else op for (source, _), op in zip(EDGES, genotype))
    return remove_dead(kept, output)


class RemoveDead(Exercise):
    """Write the removal of dead edges."""

    TITLE = "Dead edges"
    QUESTION = (
        "Write `remove_dead(genotype, output)`: the same cell with 0 (`none`) on every edge that lies on no path from "
        "node 0 to the node `output` (here {output}). The check tries all 15,625 cells."
    )
    STUB = "def remove_dead(genotype, output):\n    ..."
    HINTS = (
        "An edge is alive if something arrives at its start and what leaves its end reaches the output: two sweeps.",
        "The edges are in the order (0,1) (0,2) (1,2) (0,3) (1,3) (2,3): forwards for one, backwards for the other.",
    )
    GIVEN: ClassVar = {"output": 3}
    OFFICIAL = staticmethod(remove_dead)
    ASKS_FOR_FUNCTION = True
    FEW_ANSWERS = "A cell has two nodes that can be the output of more than one path, 2 and 3."
    MISTAKES: ClassVar = {
        "what leads nowhere stays": Mistake(lambda output: _forwards_only, r"^\(.*never gets to the output"),
        "what nothing leads to stays": Mistake(lambda output: _backwards_only, "nothing arrives at node"),
        "one none makes all that follows dead": Mistake(lambda output: _after_any_none, "which lies on a path"),
        "the output is always node 3": Mistake(
            lambda output: lambda genotype, _: remove_dead(genotype, 3), "Right with the output at node 3, but not at 2"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"output": 2}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        self._try(function, 3)
        try:
            self._try(function, 2)
        except Wrong as error:
            raise Wrong(f"Right with the output at node 3, but not at 2: {error}") from None
        dead = sum(
            any(operation != NONE and not lives for operation, lives in zip(genotype, live))
            for genotype, live in _live(self.given["output"]).items()
        )
        return f"{dead:,} of {SPACE.size:,} cells have dead edges; without them each computes what it did before."

    def _try(self, function: Called, output: int) -> None:
        for genotype, live in _live(output).items():
            found = read_cell(function(genotype, output))
            if found != tuple(operation if lives else NONE for operation, lives in zip(genotype, live)):
                self._explain(genotype, found, live)

    @staticmethod
    def _explain(genotype: Genotype, found: Genotype, live: tuple[bool, ...]) -> None:
        reached = _reached(genotype)
        for edge, before, after in zip(EDGES, genotype, found):
            if after not in (before, NONE):
                raise Wrong(f"{genotype}: you change the operation on edge {edge} to another; only remove.")
        for edge, after, lives in zip(EDGES, found, live):
            source, target = edge
            if lives and after == NONE:
                raise Wrong(f"{genotype}: you remove edge {edge}, which lies on a path from input to output.")
            if not lives and after != NONE and source not in reached:
                raise Wrong(f"{genotype}: edge {edge} stays, but nothing arrives at node {source}.")
            if not lives and after != NONE:
                raise Wrong(
                    f"{genotype}: edge {edge} stays, but what arrives at node {target} never gets to the output."
                )


def repaired_genetic_algorithm(
    evaluate: Callable[[Genotype], float], seed: int = 0, population_size: int = 20, generations: int = 10
) -> list[list[Individual]]:
    """Measure instead of estimating, and build each child on a list of its own."""
    rng = np.random.default_rng(seed)
    population: list[Individual] = []
    for _ in range(population_size):
        genes = rng.integers(5, size=6).tolist()
        population.append({"genes": genes, "fitness": evaluate(tuple(genes))})
    history = [population]
    while len(history) < generations:
        parents = sorted(population, key=lambda individual: -individual["fitness"])[: population_size // 2]
        population = []
        for _ in range(population_size):
            genes = list(parents[rng.integers(len(parents))]["genes"])
            genes[rng.integers(6)] = int(rng.integers(5))
            population.append({"genes": genes, "fitness": evaluate(tuple(genes))})
        history.append(population)
    return history


class Faults(NamedTuple):
    """What is wrong with the naive genetic algorithm, as measured.

    damaged, individuals : how many individuals of a run no longer have the genes that they were judged by, of how many.
    favourite : the cell with the highest estimate of all 15,625.
    """

    damaged: int
    individuals: int
    favourite: Genotype


@cache
def naive_faults() -> Faults:
    """Run the naive genetic algorithm once, and look through all cells for the best estimate."""
    individuals = [individual for generation in naive_genetic_algorithm(lambda _: 0.0) for individual in generation]
    damaged = sum(individual["fitness"] != estimate(individual["genes"]) for individual in individuals)
    return Faults(damaged, len(individuals), max(SPACE, key=lambda genotype: estimate(list(genotype))))


def _faulty(
    evaluate: Callable[[Genotype], float],
    seed: int,
    size: int,
    generations: int,
    shares_genes: bool = False,
    breeds_from_worse: bool = False,
) -> list[list[Individual]]:
    """Run the repaired algorithm with one of its faults left or another made."""
    rng = np.random.default_rng(seed)
    population = []
    for _ in range(size):
        genes = rng.integers(5, size=6).tolist()
        population.append({"genes": genes, "fitness": evaluate(tuple(genes))})
    history = [population]
    while len(history) < generations:
        ranked = sorted(population, key=lambda individual: individual["fitness"], reverse=not breeds_from_worse)
        population = []
        for _ in range(size):
            parent = ranked[rng.integers(size // 2)]["genes"]
            genes = parent if shares_genes else list(parent)
            genes[rng.integers(6)] = int(rng.integers(5))
            population.append({"genes": genes, "fitness": evaluate(tuple(genes))})
        history.append(population)
    return history


def _knows_a_cell(dataset: str) -> Callable[..., Any]:
    best = list(table(dataset).genotypes[int(accuracies(dataset).argmax())])

    def algorithm(evaluate: Callable[[Genotype], float], seed: int, size: int, generations: int) -> Any:
        for genes in np.random.default_rng(seed).integers(5, size=(size * generations - 1, 6)).tolist():
            evaluate(tuple(genes))
        return [[{"genes": best, "fitness": evaluate(tuple(best))}]]

    return algorithm


class Run(NamedTuple):
    """A run of a reader's algorithm.

    first : the first generation, as (cell, fitness).
    calls : the cells that it evaluated, in order.
    chosen, found : the cell with the highest fitness, as the reader numbers its operations and as the table does.
    """

    first: list[tuple[Genotype, float]]
    calls: list[Genotype]
    chosen: Genotype
    found: Genotype


@cache
def _searched(dataset: str) -> dict[Genotype, float]:
    """Return the accuracy that a search sees of each cell."""
    return dict(zip(table(dataset).genotypes, accuracies(dataset, "search").tolist()))


class BugHunt(Exercise):
    """Open-ended: repair a genetic algorithm."""

    TITLE = "Bug hunt (open-ended)"
    QUESTION = (
        "`nastutor.exercises.naive_genetic_algorithm` runs and looks reasonable, and has two grave faults. Find them, "
        "and write `repaired(evaluate, seed, population_size, generations)`, which returns all generations in the "
        "same form. Any repair or improvement counts that keeps to the budget, leaves earlier generations intact, and "
        "finds better cells on {dataset} than random search with as many evaluations does, by the 95 % band over 100 "
        "runs. In each run `evaluate` numbers the operations in another order, so no cell is known to be good before."
    )
    STUB = "def repaired(evaluate, seed=0, population_size=20, generations=10):\n    ..."
    HINTS = (
        "Keep a deep copy of the first generation, run on, and compare. And which cell has the highest `estimate`?",
        "dict.copy() is shallow: parent and child share one list of genes. And nothing ever calls `evaluate`.",
    )
    GIVEN: ClassVar = {"dataset": "ImageNet16-120"}
    OFFICIAL = staticmethod(repaired_genetic_algorithm)
    ASKS_FOR_FUNCTION = True
    FEW_ANSWERS = "There are three datasets, and the same repair is right on each."
    MISTAKES: ClassVar = {
        "still estimates": Mistake(
            lambda dataset: lambda evaluate, *run: _faulty(lambda genes: estimate(list(genes)), *run),
            "`evaluate` is never called",
        ),
        "still shares the genes": Mistake(
            lambda dataset: partial(_faulty, shares_genes=True), "they were changed after it was judged"
        ),
        "breeds from the worse half": Mistake(
            lambda dataset: partial(_faulty, breeds_from_worse=True), "Worse than random search"
        ),
        "draws at random": Mistake(
            lambda dataset: lambda evaluate, seed, size, generations: _faulty(evaluate, seed, size * generations, 1),
            "not told apart from random search",
        ),
        "knows a good cell": Mistake(_knows_a_cell, "whatever `evaluate` says"),
        "one seed for all runs": Mistake(
            lambda dataset: lambda evaluate, seed, *sizes: _faulty(evaluate, 0, *sizes), "All runs are the same"
        ),
        "one generation too many": Mistake(
            lambda dataset: lambda evaluate, seed, size, generations: _faulty(evaluate, seed, size, generations + 1),
            "the budget is",
        ),
    }
    RUNS, POPULATION, GENERATIONS = 100, 20, 10

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng)}

    def judge(self, answer: Any) -> str:
        dataset, function = self.given["dataset"], Called(answer)
        self._check_first_generation(function)
        runs = [self._run(function, seed, self.GENERATIONS, order=seed) for seed in range(self.RUNS)]
        chosen, times = Counter(run.chosen for run in runs).most_common(1)[0]
        if times > self.RUNS / 2:
            raise Wrong(f"{times} of {self.RUNS} runs choose {chosen}, whatever `evaluate` says: search for a cell.")
        report = dict(zip(table(dataset).genotypes, accuracies(dataset, "report").tolist()))
        band = bootstrap_band([report[run.found] for run in runs])
        random = random_result(dataset, self.POPULATION * self.GENERATIONS)
        said = f"{band} over {self.RUNS} runs, against {random:.2f} for random search with as many evaluations"
        if band.high < random:
            raise Wrong(f"Worse than random search: {said}. Which half of a generation become parents?")
        if band.low <= random:
            raise Wrong(f"Sound, but not told apart from random search: {said}.")
        damaged, individuals, favourite = naive_faults()
        return (
            f"The naive algorithm damages {damaged} of its {individuals} individuals, and its estimate likes "
            f"{favourite} best, {report[favourite]:.2f} % in truth. Yours damages none and finds {said}, all reported "
            "on the other seeds."
        )

    def _check_first_generation(self, function: Called) -> None:
        """What a run of one generation returns must still be there when it has descendants."""
        alone, again, longer, other = (
            self._run(function, seed, generations, order=0) for seed, generations in [(0, 1), (0, 1), (0, 2), (1, 2)]
        )
        if alone != again:
            raise Wrong("Two runs with one seed start differently: draw everything from one generator with that seed.")
        if longer.calls == other.calls:
            raise Wrong("All runs are the same: draw from a generator made with the `seed` that is given.")
        # An algorithm that starts otherwise where it may evaluate more is not to be compared.
        starts_alike = longer.calls[: len(alone.calls)] == alone.calls
        if starts_alike and Counter(alone.first) - Counter(longer.first):
            raise Wrong(
                "The first generation of a run changes when it has children: they still share its lists, or you return "
                "the last generation only."
            )

    def _run(self, function: Called, seed: int, generations: int, order: int) -> Run:
        """Run once, with the operations in one of many orders, and check every individual."""
        accuracy = _searched(self.given["dataset"])
        operations = np.random.default_rng(order).permutation(len(OPERATIONS)).tolist()
        calls: list[Genotype] = []

        def in_the_table(genotype: Genotype) -> Genotype:
            return tuple(operations[gene] for gene in genotype)

        def evaluate(genes: Any) -> float:
            calls.append(SPACE.validate(genes))
            return accuracy[in_the_table(calls[-1])]

        result = function(evaluate, seed, self.POPULATION, generations)
        history = [sequence(part, None, "a list of generations") for part in sequence(result, None, "a list")]
        if not history or not all(history):
            raise Wrong("Return all generations, each a list of individuals: yours are empty.")
        if not calls:
            raise Wrong("`evaluate` is never called: a formula is no measurement, and a silly network can please it.")
        if len(calls) > self.POPULATION * generations:
            raise Wrong(f"{len(calls)} evaluations; the budget is {self.POPULATION} × {generations} here.")
        evaluated, found = set(calls), []
        for born, generation in enumerate(history):
            found.append([self._read(individual, born) for individual in generation])
            for genotype, fitness in found[-1]:
                measured = accuracy[in_the_table(genotype)]
                if abs(fitness - measured) > 1e-6:
                    self._explain(genotype, fitness, measured, born)
                if genotype not in evaluated:
                    raise Wrong(f"Generation {born} holds {genotype}, which was never evaluated.")
        _, chosen = max((fitness, genotype) for generation in found for genotype, fitness in generation)
        return Run(found[0], calls, chosen, in_the_table(chosen))

    @staticmethod
    def _read(individual: Any, born: int) -> tuple[Genotype, float]:
        if not isinstance(individual, dict) or not {"genes", "fitness"} <= set(individual):
            raise Wrong(f'Each individual is {{"genes": …, "fitness": …}}: got {describe(individual)}.')
        try:
            return SPACE.validate(individual["genes"]), number(individual["fitness"])
        except ValueError as error:
            raise Wrong(f"In generation {born}: {error}") from None

    @staticmethod
    def _explain(genotype: Genotype, fitness: float, measured: float, born: int) -> None:
        if abs(fitness - estimate(list(genotype))) < 1e-6:
            raise Wrong(f"The fitness {fitness:.2f} of {genotype} is the estimate; `evaluate` measures {measured:.2f}.")
        raise Wrong(
            f"An individual of generation {born} was given the fitness {fitness:.2f}, but its genes are now "
            f"{genotype}, which has {measured:.2f}: they were changed after it was judged."
        )


exercises = ExerciseSet("encoding", "01 Encoding", [CellString, CountCells, Neighbors, RemoveDead, BugHunt])
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
