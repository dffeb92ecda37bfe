"""Whether what a table is made of fits together; messages say what to give instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral

import numpy as np

from nastutor.arguments import as_numbers
from nastutor.spaces.space import Genotype, SearchSpace

OWN_NAMES = ("architecture", "seeds")
"""Of a table itself, so no metric's: a column of `Benchmark.to_frame`, and what `Benchmark.report` counts."""


def valid_genotypes(name: str, space: SearchSpace, genotypes: Iterable[Genotype]) -> list[Genotype]:
    """Return the rows of a table, if there are any and all are different genotypes of the space."""
    if not isinstance(space, SearchSpace):
        raise ValueError(f"{name}: space {space!r}: give a SearchSpace, such as CellSpace()")
    if not isinstance(genotypes, Iterable):
        raise ValueError(f"{name}: genotypes {genotypes!r}: give a list of genotypes")
    valid = [space.validate(genotype) for genotype in genotypes]
    if not valid:
        raise ValueError(f"{name} has no architectures: give at least one")
    if len(set(valid)) < len(valid):
        raise ValueError(f"{name}: {len(valid) - len(set(valid))} architectures are given twice")
    return valid


def numbers(name: str, given: Mapping[str, np.ndarray], what: str) -> dict[str, np.ndarray]:
    """Return copies of arrays as floats, which nobody can write to: tables share them."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{name}: {what} {given!r}: give a dictionary of arrays by name")
    found = {}
    for metric, values in given.items():
        if not isinstance(metric, str) or metric in OWN_NAMES:
            raise ValueError(f"{name}: metric {metric!r}: give a text, other than {' and '.join(OWN_NAMES)}")
        found[metric] = as_numbers(f"{name}: {metric}", values).copy()
        found[metric].setflags(write=False)
    return found


def count_epochs(
    name: str, rows: int, curves: Mapping[str, np.ndarray], metrics: Mapping[str, np.ndarray]
) -> int | None:
    """Return how many epochs the curves have, None without curves."""
    for metric, values in curves.items():
        if values.ndim != 3 or len(values) != rows or 0 in values.shape:
            raise ValueError(f"{name}: curve {metric} has shape {values.shape}; give ({rows}, seeds, epochs)")
        if metric in metrics:
            raise ValueError(f"{name}: {metric} is given as a metric and as a curve; give the curve alone")
    counts = {values.shape[2] for values in curves.values()}
    if len(counts) > 1:
        raise ValueError(f"{name}: curves with different numbers of epochs: {sorted(counts)}")
    return counts.pop() if counts else None


def count_seeds(name: str, rows: int, metrics: Mapping[str, np.ndarray]) -> int:
    """Return how many seeds the metrics have, 1 where none depends on the seed."""
    if not metrics:
        raise ValueError(f"{name} has no metrics: give at least one, or a curve")
    for metric, values in metrics.items():
        if values.ndim not in (1, 2) or len(values) != rows or 0 in values.shape:
            raise ValueError(f"{name}: {metric} has shape {values.shape}; give ({rows},) or ({rows}, seeds)")
        if np.isnan(values).all():
            raise ValueError(f"{name}: {metric} is NaN everywhere: leave it out")
    counts = {values.shape[1] for values in metrics.values() if values.ndim == 2}
    if len(counts) > 1:
        raise ValueError(f"{name}: metrics with different numbers of seeds: {sorted(counts)}")
    return counts.pop() if counts else 1


def pairs_of_metrics(name: str, given: Mapping[str, str], metrics: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return which metric is reported in the place of which, if these are metrics and none stands on both sides."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{name}: reported_as {given!r}: give a dictionary of names by name")
    for pair in given.items():
        for metric in pair:
            if not isinstance(metric, str) or metric not in metrics:
                raise ValueError(f"{name}: reported_as has {metric!r}: choose among {', '.join(metrics)}")
    both = set(given) & set(given.values())
    if both:
        raise ValueError(f"{name}: {sorted(both)[0]!r} is both searched and reported in reported_as: it can be one")
    return dict(given)


def find_column(name: str, seed: int | str, seed_names: Sequence[int | str], arrays: Iterable[np.ndarray]) -> int:
    """Return the column of the search seed, if it was trained for every architecture.

    Parameters
    ----------
    arrays : metrics (rows,) or (rows, seeds) and curves (rows, seeds, epochs).
    """
    seeded = [values for values in arrays if values.ndim > 1]
    count = seeded[0].shape[1] if seeded else 1
    if len(seed_names) != count or len(set(map(str, seed_names))) != count:
        raise ValueError(f"{name}: seed_names {[*seed_names]}: give {count} different ones, one a column")
    complete = [i for i in range(count) if not any(np.isnan(values[:, i]).any() for values in seeded)]
    if not complete:
        raise ValueError(
            f"{name}: none of {count} seeds was trained for every architecture, and a search needs one that was: leave "
            "out the architectures, or the metrics, that have gaps"
        )
    is_known = isinstance(seed, str | Integral) and not isinstance(seed, bool) and seed in seed_names
    if not is_known or seed_names.index(seed) not in complete:
        why = ", which was not trained for every architecture" if is_known else ""
        raise ValueError(f"{name}: search_seed {seed!r}{why}; choose one of {[seed_names[i] for i in complete]}")
    return seed_names.index(seed)
