"""Encodings: genotypes as arrays of numbers, for predictors and for measuring how far apart architectures are.

The choice of encoding changes what a method finds (White, Neiswanger, Nolen & Savani 2020, "A Study on Encodings for
Neural Architecture Search", arXiv 2007.04965). All functions take a space and a list of genotypes:

    ordinal     one column a variable                       every space    decoded by `from_ordinal`
    one_hot     one column a choice                         every space    decoded by `from_one_hot`
    adjacency   8×8 matrix and the operations of the nodes  CellSpace      decoded by `from_adjacency`
    path        one column a possible path                  CellSpace      cannot be decoded: cells share an encoding

All raise ValueError for an empty list, a genotype outside the space, or a space that they do not know. The decoders
raise it, with the row, for an array that no genotype has. Variables that are inactive do not show in any encoding.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from nastutor.arguments import shown
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS, CellSpace
from nastutor.spaces.limited import LimitedSpace
from nastutor.spaces.space import Genotype, SearchSpace

NODE_LABELS = ("input", *OPERATIONS, "output")
"""The last axis of the operations that `adjacency` returns."""

PATHS = tuple(path for length in (1, 2, 3) for path in itertools.product(OPERATIONS[1:], repeat=length))
"""The columns of `path`: each sequence of one, two or three operations other than `none`; 4 + 16 + 64 = 84."""

_ROUTES = ((3,), (0, 4), (1, 5), (0, 2, 5))  # from the input to the output, as positions in EDGES


def ordinal(space: SearchSpace, genotypes: Sequence[Genotype], scaled: bool = True) -> np.ndarray:
    """Return the genotypes themselves, as numbers.

    Natural where the choices have an order (depth, filters); for operations the distances mean nothing. An inactive
    variable is zero, like its first choice.

    Parameters
    ----------
    scaled : True divides each variable by its number of choices less one, so that it runs from 0 to 1 (0 with one
        choice); False leaves it 0, 1, 2, …

    Returns
    -------
    (n, variables) floats.
    """
    values, is_active = _values(space, genotypes)
    return np.where(is_active, values, 0) / (_spans(space) if scaled else 1.0)


def from_ordinal(space: SearchSpace, array: np.ndarray, scaled: bool = True) -> list[Genotype]:
    """Return the genotypes that `ordinal` made an array of; inactive variables are zero."""
    array = _checked(array, (len(_counts(space)),))
    numbers = np.rint(array * (_spans(space) if scaled else 1.0))
    values = np.clip(numbers, -1, _counts(space)).astype(int)  # what is outside stays outside, however far it was
    genotypes = [space.validate(row) for row in values.tolist()]
    _compare(array, ordinal(space, genotypes, scaled))
    return genotypes


def one_hot(space: SearchSpace, genotypes: Sequence[Genotype]) -> np.ndarray:
    """Return one column a choice, 1 where it is taken; the columns of an inactive variable are all zero.

    The categorical encoding of White et al. 2020 where the variables are the edges of a cell.

    Returns
    -------
    (n, sum of the numbers of choices) floats, variable by variable.
    """
    values, is_active = _values(space, genotypes)
    counts = _counts(space)
    starts = np.cumsum(counts) - counts
    array = np.zeros((len(values), counts.sum()))
    rows, positions = np.nonzero(is_active)
    array[rows, starts[positions] + values[rows, positions]] = 1
    return array


def from_one_hot(space: SearchSpace, array: np.ndarray) -> list[Genotype]:
    """Return the genotypes that `one_hot` made an array of; inactive variables are zero."""
    counts = _counts(space)
    array = _checked(array, (int(counts.sum()),))
    blocks = np.split(array, np.cumsum(counts)[:-1], axis=1)
    values = np.stack([block.argmax(axis=1) for block in blocks], axis=1)
    genotypes = [space.validate(row) for row in values.tolist()]
    _compare(array, one_hot(space, genotypes))
    return genotypes


def adjacency(space: SearchSpace, genotypes: Sequence[Genotype]) -> tuple[np.ndarray, np.ndarray]:
    """Return each cell as a graph with the operations on its nodes, as in NAS-Bench-101 (arXiv 1902.09635).

    NAS-Bench-201 has its operations on the edges. So each of the six edges becomes a node, in the order of
    `CellSpace.edges`, between an input (node 0) and an output (node 7); two are joined where the second edge starts at
    the node at which the first ends. A `none` keeps its place but is joined to nothing.

    Returns
    -------
    matrices : (n, 8, 8) of 0 and 1, upper triangular; entry i, j: node i feeds node j.
    operations : (n, 8, 7) one-hot; the last axis is `NODE_LABELS`.
    """
    values, _ = _values(_cell_space(space), genotypes)
    joined = np.zeros((8, 8))
    ends = [(-1, 0), *EDGES, (3, 4)]  # the input ends at the cell's node 0, the output starts at its node 3
    for (i, (_, end)), (j, (start, _)) in itertools.product(enumerate(ends), repeat=2):
        joined[i, j] = end == start
    edge = ((0, 0), (1, 1))
    is_there = np.pad(values != NONE, edge, constant_values=True)
    is_there[:, [0, -1]] = True
    labels = np.pad(values + 1, edge)
    labels[:, -1] = len(NODE_LABELS) - 1
    return joined * is_there[:, :, None] * is_there[:, None, :], np.eye(len(NODE_LABELS))[labels]


def from_adjacency(space: SearchSpace, matrices: np.ndarray, operations: np.ndarray) -> list[Genotype]:
    """Return the cells that `adjacency` made two arrays of."""
    matrices, operations = _checked(matrices, (8, 8)), _checked(operations, (8, len(NODE_LABELS)))
    if len(matrices) != len(operations):
        raise ValueError(f"{len(matrices)} matrices, but the operations of {len(operations)} cells")
    values = operations[:, 1:-1, 1:-1].argmax(axis=2)
    genotypes = [_cell_space(space).validate(row) for row in values.tolist()]
    for given, right in zip((matrices, operations), adjacency(space, genotypes)):
        _compare(given, right)
    return genotypes


def path(space: SearchSpace, genotypes: Sequence[Genotype]) -> np.ndarray:
    """Return for each possible path from input to output whether a cell has it (White et al. 2021, arXiv 1910.11858).

    A cell has four ways from its input to its output: 0→3, 0→1→3, 0→2→3 and 0→1→2→3. A path is the sequence of the
    operations on one; a way with a `none` on it is no path, so edges that do not matter do not show. (naszilla, the
    paper's code, counts `none` as an operation on NAS-Bench-201 and so has 5 + 25 + 125 = 155 columns.) The columns
    are sorted by length: the first 20 are the truncated encoding with paths of one or two operations.

    There is no decoder: the 15,625 cells have 8,045 different encodings, and 400 of these are shared by cells that
    compute different functions, because a path that a cell has twice counts once and an edge may lie on two paths.

    Returns
    -------
    (n, 84) of 0 and 1; the columns are `PATHS`.
    """
    values, _ = _values(_cell_space(space), genotypes)
    array = np.zeros((len(values), len(PATHS)))
    for route in _ROUTES:
        steps = values[:, route]
        rows = np.flatnonzero((steps != NONE).all(axis=1))
        first = [len(way) for way in PATHS].index(len(route))
        place = 4 ** np.arange(len(route))[::-1]  # a path is a number in base 4
        array[rows, first + (steps[rows] - 1) @ place] = 1
    return array


def _values(space: SearchSpace, genotypes: Sequence[Genotype]) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, variables) integers, and which of them are active."""
    _require_space(space)
    is_list = isinstance(genotypes, Sequence) or (isinstance(genotypes, np.ndarray) and genotypes.ndim > 0)
    if not is_list or len(genotypes) == 0:
        raise ValueError(f"no genotypes: give a list with at least one, got {shown(genotypes)}")
    checked = [space.validate(genotype) for genotype in genotypes]
    values = np.array(checked)
    if not any(variable.when for variable in space.variables):
        return values, np.ones(values.shape, dtype=bool)
    return values, np.array([space.active(genotype) for genotype in checked])


def _require_space(space: SearchSpace) -> None:
    if not isinstance(space, SearchSpace):
        raise ValueError(f"an encoding needs a SearchSpace first, got {shown(space)}")


def _counts(space: SearchSpace) -> np.ndarray:
    _require_space(space)
    return np.array([len(variable.choices) for variable in space.variables])


def _spans(space: SearchSpace) -> np.ndarray:
    return np.maximum(_counts(space) - 1.0, 1.0)


def _cell_space(space: SearchSpace) -> SearchSpace:
    whole = space
    while isinstance(whole, LimitedSpace):
        whole = whole.space
    if not isinstance(whole, CellSpace):
        raise ValueError(
            f"this is an encoding of cells: give a CellSpace, not {shown(space)}; one_hot takes every space"
        )
    return space


def _checked(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    try:
        array = np.asarray(array, dtype=float)
    except (TypeError, ValueError, OverflowError, MemoryError):
        raise ValueError(f"not an array of numbers: {shown(array)}") from None
    if array.shape[1:] != shape or array.ndim != len(shape) + 1 or not len(array) or not np.isfinite(array).all():
        wanted = ", ".join(map(str, ("n", *shape)))
        raise ValueError(f"an array of shape {array.shape}: give finite numbers of shape ({wanted}), n at least 1")
    return array


def _compare(given: np.ndarray, right: np.ndarray) -> None:
    """Refuse what is not the encoding of what it was decoded to."""
    wrong = np.flatnonzero(~np.isclose(given, right, atol=1e-6).reshape(len(given), -1).all(axis=1))
    if wrong.size:
        raise ValueError(f"row {wrong[0]} is not the encoding of a genotype: {given[wrong[0]].tolist()}")
