"""A genetic algorithm with two faults, for the bug hunt of lesson 01. It is wrong on purpose: do not use it.

It runs, it prints rising numbers, and it returns a network that looks reasonable. Read it before you trust it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Individual = dict[str, Any]
"""``{"genes": a list of six operations, "fitness": its fitness, percent}``"""

POINTS = (0.0, 1.0, 3.0, 7.0, 1.0)
"""For none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3."""


def estimate(genes: list[int]) -> float:
    """Estimate the accuracy of a cell in percent: a network that can compute more will be more accurate."""
    return 50 + sum(POINTS[gene] for gene in genes)


def naive_genetic_algorithm(
    evaluate: Callable[[tuple[int, ...]], float], seed: int = 0, population_size: int = 20, generations: int = 10
) -> list[list[Individual]]:
    """Breed cells: the better half are parents, each child is a copy of one with one operation changed.

    Parameters
    ----------
    evaluate : returns the validation accuracy of a cell, given as a tuple of six operations, in percent.
    seed, population_size, generations : of the run; it may evaluate population_size · generations cells.

    Returns
    -------
    All generations, each a list of individuals, the first ones random.
    """
    rng = np.random.default_rng(seed)
    population: list[Individual] = []
    for _ in range(population_size):
        genes = rng.integers(5, size=6).tolist()
        population.append({"genes": genes, "fitness": estimate(genes)})
    history = [population]
    while len(history) < generations:
        parents = sorted(population, key=lambda individual: -individual["fitness"])[: population_size // 2]
        population = []
        for _ in range(population_size):
            child = parents[rng.integers(len(parents))].copy()
            child["genes"][rng.integers(6)] = int(rng.integers(5))
            child["fitness"] = estimate(child["genes"])
            population.append(child)
        history.append(population)
    return history
