"""Exercises of lesson 01: strings, counting, neighbours, dead edges, and a genetic algorithm with two faults."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nastutor.exercises.answers import Called, Wrong, compare, describe, number, sequence
from nastutor.exercises.exercise import Exercise, ExerciseSet
from nastutor.exercises.naive_genetic_algorithm import Individual, estimate, naive_genetic_algorithm
from nastutor.exercises.tables import draw_dataset, table
from nastutor.spaces import CellSpace, Genotype
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS, SKIP
from nastutor.statistics import bootstrap_band

SPACE = CellSpace()


def string_of(cell: Mapping[tuple[int, int], str]) -> str:
    """Group the edges by the node that they lead to, and write each with the node that it comes from."""
    nodes = []
    for target in (1, 2, 3):
        parts = [f"{cell[source, target]}~{source}" for source in range(target)]
        nodes.append(f"|{'|'.join(parts)}|")
    return "+".join(nodes)


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

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        genotype = SPACE.sample(rng)
        while self._by_source(SPACE.decode(genotype)) == genotype:
            genotype = SPACE.sample(rng)
        return {"cell": dict(sorted(SPACE.decode(genotype).items()))}

    @staticmethod
    def _by_source(cell: Mapping[tuple[int, int], str]) -> Genotype:
        return tuple(OPERATIONS.index(cell[edge]) for edge in sorted(cell))

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
        if given == self._by_source(cell):
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


def count_cells(operation: str, times: int, without: str) -> int:
    """Choose the edges with the operation; each other edge has any of the three operations that are left."""
    return math.comb(6, times) * (5 - 2) ** (6 - times)


class CountCells(Exercise):
    """How many cells have a property."""

    TITLE = "Counting cells"
    QUESTION = (
        "How many of the 15,625 cells have `{operation}` on exactly {times} of their edges, and `{without}` on no edge?"
    )
    STUB = "count = ..."
    HINTS = (
        "Count by hand (which edges, and what may stand on the others), or go through CellSpace() and count.",
        "There are six over k ways to choose the edges; the others may have neither of the two operations.",
    )
    GIVEN: ClassVar = {"operation": "nor_conv_3x3", "times": 2, "without": "none"}
    OFFICIAL = staticmethod(count_cells)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        operation, without = (OPERATIONS[i] for i in rng.permutation(len(OPERATIONS))[:2])
        return {"operation": operation, "times": int(rng.integers(1, 5)), "without": without}

    def judge(self, answer: Any) -> str:
        operation, without = (OPERATIONS.index(self.given[name]) for name in ("operation", "without"))
        times = self.given["times"]
        allowed = [genotype for genotype in SPACE if without not in genotype]
        found = [genotype for genotype in allowed if genotype.count(operation) == times]
        on_fixed_edges = [cell for cell in found if all(gene == operation for gene in cell[:times])]
        any_others = sum(genotype.count(operation) == times for genotype in SPACE)
        classes = len({SPACE.canonical(genotype) for genotype in found})
        at_least = sum(genotype.count(operation) >= times for genotype in allowed)
        mistakes = [
            (any_others, f"That counts the cells with {self.given['without']} too."),
            (at_least, f"That counts cells with {times} or more; exactly {times} are asked for."),
            (len(on_fixed_edges), f"That is for {times} given edges; in how many ways can they be chosen?"),
            (len(found) // max(1, len(on_fixed_edges)), "That counts the choices of edges; what is on the others?"),
            (len(found) * 4 ** (6 - times) // 3 ** (6 - times), "The other edges may have neither operation."),
            (classes, "That counts different functions; the question is about genotypes."),
            (100 * len(found) / SPACE.size, "That is a percentage; how many are they?"),
        ]
        compare(answer, len(found), 0, mistakes)
        return f"{len(found):,} genotypes, which compute {classes:,} different functions."


def neighbors(genotype: Genotype, choices: int) -> list[Genotype]:
    """Change each position to each other value, one at a time."""
    found = []
    for position in range(len(genotype)):
        for value in range(choices):
            if value != genotype[position]:
                found.append((*genotype[:position], value, *genotype[position + 1 :]))
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

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"length": int(rng.integers(3, 9)), "choices": int(rng.integers(3, 8))}

    def judge(self, answer: Any) -> str:
        length, choices = self.given["length"], self.given["choices"]
        function = Called(answer)
        rng = np.random.default_rng(0)
        genotypes = [tuple(row) for row in rng.integers(choices, size=(50, length)).tolist()]
        count = length * (choices - 1)
        for genotype in genotypes:
            found = sequence(function(genotype, choices), None, "a list of genotypes")
            _check_neighbors(genotype, found, choices)
            if len(found) < count:
                raise Wrong(f"{genotype} has more neighbours than the {len(found)} that you list.")
        return f"{length} positions × {choices - 1} other values = {count} neighbours, each at distance 1."


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

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"output": 2}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        dead = 0
        for genotype in SPACE:
            try:
                found = SPACE.validate(function(genotype, self.given["output"]))
            except ValueError as error:
                raise Wrong(f"For {genotype}: {error}") from None
            live = self._live(genotype)
            expected = tuple(operation if lives else NONE for operation, lives in zip(genotype, live))
            if found != expected:
                self._explain(genotype, found, live)
            dead += expected != genotype
        return f"{dead:,} of {SPACE.size:,} cells have dead edges; without them each computes what it did before."

    def _live(self, genotype: Genotype) -> tuple[bool, ...]:
        if self.given["output"] == 3:
            return SPACE.live_edges(genotype)
        # Node 2 as the output: let node 3 pass it on and nothing else.
        return (*SPACE.live_edges((*genotype[:3], NONE, NONE, SKIP))[:3], False, False, False)

    def _explain(self, genotype: Genotype, found: Genotype, live: tuple[bool, ...]) -> None:
        reached = {0}
        for (source, target), operation in zip(EDGES, genotype):
            if operation != NONE and source in reached:
                reached.add(target)
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


class BugHunt(Exercise):
    """Open-ended: repair a genetic algorithm."""

    TITLE = "Bug hunt (open-ended)"
    QUESTION = (
        "`nastutor.exercises.naive_genetic_algorithm` runs and looks reasonable, and has two grave faults. Find them, "
        "and write `repaired(evaluate, seed, population_size, generations)`, which returns all generations in the "
        "same form. Any repair or improvement counts that keeps to the budget, leaves earlier generations intact, and "
        "finds better cells on {dataset} than the one that the naive estimate likes best."
    )
    STUB = "def repaired(evaluate, seed=0, population_size=20, generations=10):\n    ..."
    HINTS = (
        "Keep a deep copy of the first generation, run on, and compare. And which cell has the highest `estimate`?",
        "dict.copy() is shallow: parent and child share one list of genes. And nothing ever calls `evaluate`.",
    )
    GIVEN: ClassVar = {"dataset": "ImageNet16-120"}
    OFFICIAL = staticmethod(repaired_genetic_algorithm)
    ASKS_FOR_FUNCTION = True
    RUNS, POPULATION, GENERATIONS = 20, 20, 10

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"dataset": draw_dataset(rng)}

    def judge(self, answer: Any) -> str:
        bench = table(self.given["dataset"])
        function = Called(answer)
        self._check_first_generation(function)
        runs = [self._run(function, seed, self.GENERATIONS) for seed in range(self.RUNS)]
        if all(run == runs[0] for run in runs):
            raise Wrong("All runs are the same: draw from a generator made with the `seed` that is given.")
        found = [max((fitness, cell) for part in run for cell, fitness in part)[1] for run in runs]
        damaged, individuals, favourite = naive_faults()
        favourite_accuracy = bench.report(favourite)["val_accuracy"]
        margin = bootstrap_band([bench.report(genotype)["val_accuracy"] - favourite_accuracy for genotype in found])
        if margin.low <= 0:
            raise Wrong(
                f"Sound, but it finds nothing better than the cell that the estimate likes best ({favourite}, "
                f"{favourite_accuracy:.2f} %): difference {margin} over {self.RUNS} runs."
            )
        return (
            f"The naive algorithm damages {damaged} of its {individuals} individuals, and its estimate likes "
            f"{favourite} best, {favourite_accuracy:.2f} % in truth. Yours damages none and ends {margin.mean:.2f} "
            f"points above that, 95 % band [{margin.low:.2f}, {margin.high:.2f}], reported on the other seeds."
        )

    def _check_first_generation(self, function: Called) -> None:
        """The first generation must be the same whether it is the last one or has descendants."""
        alone, again, with_descendants = (self._run(function, 0, generations)[0] for generations in (1, 1, 2))
        if alone != again:
            raise Wrong("Two runs with one seed start differently: draw everything from one generator with that seed.")
        if alone != with_descendants:
            raise Wrong("The first generation of a run changes when it has children: they still share its lists.")

    def _run(self, function: Called, seed: int, generations: int) -> list[list[tuple[Genotype, float]]]:
        """Run once and check every individual; return the generations as (cell, fitness)."""
        bench = table(self.given["dataset"])
        calls: set[Genotype] = set()
        count = 0

        def evaluate(genes: Any) -> float:
            nonlocal count
            genotype = SPACE.validate(genes)
            calls.add(genotype)
            count += 1
            return bench.evaluate(genotype)["val_accuracy"]

        result = function(evaluate, seed, self.POPULATION, generations)
        history = [sequence(part, None, "a list of generations") for part in sequence(result, None, "a list")]
        if not history or not all(history):
            raise Wrong("Return all generations, each a list of individuals: yours are empty.")
        if not calls:
            raise Wrong("`evaluate` is never called: a formula is no measurement, and a silly network can please it.")
        if count > self.POPULATION * generations:
            raise Wrong(f"{count} evaluations; the budget is {self.POPULATION} × {generations} here.")
        found = []
        for born, generation in enumerate(history):
            found.append([self._read(individual, born) for individual in generation])
            for genotype, fitness in found[-1]:
                measured = bench.evaluate(genotype)["val_accuracy"]
                if abs(fitness - measured) > 1e-6:
                    self._explain(genotype, fitness, measured, born)
                if genotype not in calls:
                    raise Wrong(f"Generation {born} holds {genotype}, which was never evaluated.")
        return found

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
