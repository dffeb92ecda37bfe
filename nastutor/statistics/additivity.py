"""How far an architecture is the sum of its parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nastutor.arguments import as_numbers, shown
from nastutor.spaces.space import Genotype


def sum_of_parts(genotypes: Sequence[Genotype], values: np.ndarray) -> np.ndarray:
    """Predict each architecture by the best sum of its parts, fitted to all others: what no sum can do better.

        value ≈ constant + Σ over variables of one number for the value that is chosen

    Least squares, leave one out: the i-th prediction is v_i − (v_i − ŷ_i) / (1 − H_ii), with H the hat matrix.

    Parameters
    ----------
    genotypes : of one space, of a fixed length.
    values : (n,).

    Returns
    -------
    (n,); NaN where no other architecture has one of its parts.
    """
    codes, values = _arrays(genotypes, values)
    columns = [codes[:, i] == value for i in range(codes.shape[1]) for value in np.unique(codes[:, i])]
    parts = np.column_stack(columns).astype(float)
    hat = parts @ np.linalg.pinv(parts)
    rest = 1 - np.diag(hat)
    is_known = rest > 1e-9
    return np.where(is_known, values - (values - hat @ values) / np.where(is_known, rest, 1), np.nan)


def sum_of_replacements(genotypes: Sequence[Genotype], values: np.ndarray, parent: Genotype) -> np.ndarray:
    """Predict architectures from a parent and its neighbours: what single replacements change, added up.

    So Puzzle (Bercovich et al. 2024, arXiv 2411.19146) scores a model in which many blocks are replaced at once.

    Parameters
    ----------
    genotypes, values : what is known, (n,); the parent and its neighbours are looked up here.
    parent : one of the genotypes.

    Returns
    -------
    (n,); NaN where a replacement that an architecture needs is not among the genotypes.

    Raises
    ------
    ValueError : a parent that is not among the genotypes.
    """
    codes, values = _arrays(genotypes, values)
    rows = list(map(tuple, codes.tolist()))
    known = dict(zip(rows, values.tolist()))
    origin = tuple(as_numbers("parent", parent).reshape(-1).tolist())
    if origin not in known:
        raise ValueError(f"parent {shown(parent)} is not among the {len(known)} genotypes: choose one of them")
    base = known[origin]

    def change(place: int, value: float) -> float:
        return known.get((*origin[:place], value, *origin[place + 1 :]), np.nan) - base

    return np.array([base + sum(change(*part) for part in enumerate(genotype)) for genotype in rows])


def _arrays(genotypes: Sequence[Genotype], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes, numbers = as_numbers("genotypes", genotypes), as_numbers("values", values)
    if codes.ndim != 2 or not codes.size or numbers.shape != codes.shape[:1]:
        raise ValueError(f"genotypes {codes.shape}, values {numbers.shape}: give genotypes (n, variables), values (n,)")
    return codes, numbers
