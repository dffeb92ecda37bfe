"""Reading anybody's table of architectures from a CSV file."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from nastutor.spaces.space import Genotype, SearchSpace


def read_csv(
    path: str | os.PathLike[str],
    space: SearchSpace,
    architecture: str,
    metrics: Mapping[str, str] | None,
    seed: str | None,
) -> tuple[list[Genotype], dict[str, np.ndarray]]:
    """Return the genotypes of a file and the metrics that belong to them; arguments: see `Benchmark.from_csv`.

    Returns
    -------
    genotypes, metrics : by name an array (rows,), or (rows, seeds) where there is a column of seeds.
    """
    import pandas

    frame = pandas.read_csv(path)
    chosen = metrics or {name: name for name in frame.columns if name not in (architecture, seed)}
    for column in [architecture, *([seed] if seed else []), *chosen.values()]:
        if column not in frame.columns:
            raise ValueError(f"{path} has no column {column!r}: it has {', '.join(map(str, frame.columns))}")
    genotypes = []
    for number, text in enumerate(frame[architecture], start=2):
        try:
            genotypes.append(space.from_string(str(text)))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
    values = {}
    for name, column in chosen.items():
        try:
            values[name] = pandas.to_numeric(frame[column]).to_numpy(dtype=float)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}, column {column!r}: {error}") from None
    if seed is not None:
        return _by_seed(str(path), genotypes, frame[seed].to_list(), values)
    return genotypes, values


def _by_seed(
    path: str, genotypes: list[Genotype], seeds: list[int], values: Mapping[str, np.ndarray]
) -> tuple[list[Genotype], dict[str, np.ndarray]]:
    """Turn one row per (architecture, seed) into one row per architecture with a column per seed."""
    rows = {genotype: row for row, genotype in enumerate(dict.fromkeys(genotypes))}
    if any(not isinstance(seed, int) or seed < 0 for seed in seeds):
        raise ValueError(f"{path}: seeds must be whole numbers from 0, got {sorted(set(seeds), key=str)[:5]}")
    if len(set(zip(genotypes, seeds))) < len(genotypes):
        raise ValueError(f"{path}: the same architecture comes twice with the same seed")
    index = ([rows[genotype] for genotype in genotypes], seeds)
    tables = {}
    for metric, column in values.items():
        tables[metric] = np.full((len(rows), max(seeds) + 1), np.nan)
        tables[metric][index] = column
    return list(rows), tables
