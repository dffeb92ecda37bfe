"""Encodings: what can be decoded is decoded exactly, and what does not matter does not show."""

import itertools
import re
from collections import defaultdict

import numpy as np
import pytest

from nastutor.spaces import CellSpace, LayerwiseSpace, SearchSpace, Variable
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS
from nastutor.spaces.encodings import (
    NODE_LABELS,
    PATHS,
    adjacency,
    from_adjacency,
    from_one_hot,
    from_ordinal,
    one_hot,
    ordinal,
    path,
)

CELLS = CellSpace()
ALL = list(CELLS)
LAYERS = LayerwiseSpace.small()


@pytest.fixture(scope="module")
def chains():
    rng = np.random.default_rng(0)
    return [LAYERS.sample(rng) for _ in range(2_000)]


def paths_by_walking(genotype):
    """Every sequence of operations from node 0 to node 3, with repetitions, by following the edges."""

    def walk(node):
        if node == 3:
            yield ()
        for (source, target), operation in zip(EDGES, genotype):
            if source == node and operation != NONE:
                yield from ((OPERATIONS[operation], *rest) for rest in walk(target))

    return list(walk(0))


# Every space


def test_all_cells_come_back_from_every_encoding_that_can_be_decoded():
    assert from_one_hot(CELLS, one_hot(CELLS, ALL)) == ALL
    assert from_ordinal(CELLS, ordinal(CELLS, ALL)) == ALL
    assert from_ordinal(CELLS, ordinal(CELLS, ALL, scaled=False), scaled=False) == ALL
    assert from_adjacency(CELLS, *adjacency(CELLS, ALL)) == ALL


@pytest.mark.parametrize("space", [LAYERS, LayerwiseSpace.full()], ids=["small", "full"])
def test_chains_of_layers_come_back(space):
    rng = np.random.default_rng(1)
    genotypes = [space.sample(rng) for _ in range(1_000)]
    assert from_one_hot(space, one_hot(space, genotypes)) == genotypes
    assert from_ordinal(space, ordinal(space, genotypes)) == genotypes


def test_the_encodings_survive_single_precision(chains):
    assert from_one_hot(LAYERS, one_hot(LAYERS, chains).astype(np.float32)) == chains
    assert from_ordinal(LAYERS, ordinal(LAYERS, chains).astype(np.float32)) == chains


def test_one_hot_has_a_one_for_each_active_variable_and_nothing_for_the_others(chains):
    array = one_hot(LAYERS, chains)
    counts = [len(variable.choices) for variable in LAYERS.variables]
    assert array.shape == (len(chains), sum(counts))
    blocks = np.split(array, np.cumsum(counts)[:-1], axis=1)
    sums = np.stack([block.sum(axis=1) for block in blocks], axis=1)
    np.testing.assert_array_equal(sums, [LAYERS.active(genotype) for genotype in chains])


def test_ordinal_is_the_genotype_between_0_and_1(chains):
    raw, scaled = ordinal(LAYERS, chains, scaled=False), ordinal(LAYERS, chains)
    np.testing.assert_array_equal(raw, chains)
    assert scaled.shape == raw.shape and scaled.min() == 0 and scaled.max() == 1
    single = SearchSpace([Variable("a", ("only",)), Variable("b", (1, 2, 3))])
    np.testing.assert_array_equal(ordinal(single, list(single)), [[0, 0], [0, 0.5], [0, 1]])


def test_inactive_values_do_not_show():
    identity = LAYERS.encode([{"type": "identity"}])
    disturbed = (*identity[:2], *[1] * (len(identity) - 2))
    for encoding in (ordinal, one_hot):
        np.testing.assert_array_equal(encoding(LAYERS, [disturbed]), encoding(LAYERS, [identity]))


def test_changing_one_edge_is_equally_far_in_one_hot_but_not_in_ordinal():
    cell = (2,) * 6
    neighbors = CELLS.neighbors(cell)
    for encoding, distances in [(one_hot, {2}), (ordinal, {0.25, 0.5})]:
        difference = np.abs(encoding(CELLS, neighbors) - encoding(CELLS, [cell])).sum(axis=1)
        assert set(difference) == distances


# Cells


def test_adjacency_is_an_upper_triangular_graph_with_the_operations_on_its_nodes():
    matrices, operations = adjacency(CELLS, ALL)
    assert matrices.shape == (15_625, 8, 8) and operations.shape == (15_625, 8, 7)
    assert (np.tril(matrices) == 0).all() and (operations.sum(axis=2) == 1).all()
    cell = ALL.index((1, 2, 3, 4, 0, 1))
    names = [NODE_LABELS[i] for i in operations[cell].argmax(axis=1)]
    assert names == [
        "input", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", "none", "skip_connect", "output",
    ]  # fmt: skip
    assert not matrices[cell, 5].any() and not matrices[cell, :, 5].any()


def test_the_graph_has_the_paths_of_the_cell():
    matrices, operations = adjacency(CELLS, ALL[::7])
    for genotype, matrix, labels in zip(ALL[::7], matrices, operations):
        found = []
        for length in range(1, 4):
            for nodes in itertools.combinations(range(1, 7), length):
                if all(matrix[i, j] for i, j in itertools.pairwise((0, *nodes, 7))):
                    found.append(tuple(NODE_LABELS[labels[node].argmax()] for node in nodes))
        assert sorted(found) == sorted(paths_by_walking(genotype))


def test_a_path_encoding_has_the_paths_of_the_cell():
    array = path(CELLS, ALL)
    assert array.shape == (15_625, 84) and len(set(PATHS)) == 84
    for genotype, row in zip(ALL, array):
        assert {PATHS[column] for column in np.flatnonzero(row)} == set(paths_by_walking(genotype))


def test_cells_that_differ_in_dead_edges_only_have_the_same_path_encoding():
    groups = defaultdict(list)
    for genotype, row in zip(ALL, path(CELLS, ALL)):
        alive = CELLS.live_edges(genotype)
        groups[tuple(op if live else NONE for op, live in zip(genotype, alive))].append(row.tobytes())
    assert len(groups) < len(ALL)
    assert all(len(set(rows)) == 1 for rows in groups.values())


def test_path_encodings_cannot_be_decoded():
    functions = defaultdict(set)
    for genotype, row in zip(ALL, path(CELLS, ALL)):
        functions[row.tobytes()].add(CELLS.canonical(genotype))
    assert len(functions) == 8_045
    assert sum(len(different) > 1 for different in functions.values()) == 400
    twice, once = CELLS.encode(dict.fromkeys(EDGES, "skip_connect")), (1, 1, 1, 1, 0, 1)
    np.testing.assert_array_equal(*path(CELLS, [twice, once]))  # x + x + x + x and x + x + x
    assert CELLS.canonical(twice) != CELLS.canonical(once)


# Errors


@pytest.mark.parametrize("encoding", [ordinal, one_hot, adjacency, path])
def test_an_empty_list_or_a_genotype_of_another_space_is_refused(encoding):
    with pytest.raises(ValueError, match="no genotypes: give a list with at least one"):
        encoding(CELLS, [])
    with pytest.raises(ValueError, match="operation 5 on edge"):
        encoding(CELLS, [ALL[0], (0, 0, 5, 0, 0, 0)])
    with pytest.raises(ValueError, match="a genotype has 6 values here, got 33"):
        encoding(CELLS, [LAYERS.encode([{"type": "identity"}])])


def test_encodings_of_cells_refuse_other_spaces():
    layers = [LAYERS.encode([{"type": "identity"}])]
    for encoding in (adjacency, path):
        with pytest.raises(ValueError, match="this is an encoding of cells: give a CellSpace, not LayerwiseSpace"):
            encoding(LAYERS, layers)
    with pytest.raises(ValueError, match="give a CellSpace"):
        from_adjacency(LAYERS, *adjacency(CELLS, ALL[:1]))


@pytest.mark.parametrize(
    ("decoder", "array", "message"),
    [
        (from_one_hot, np.zeros((1, 29)), "an array of shape (1, 29): give finite numbers of shape (n, 30)"),
        (from_one_hot, np.zeros(30), "an array of shape (30,)"),
        (from_one_hot, np.zeros((0, 30)), "n at least 1"),
        (from_one_hot, np.zeros((1, 30)), "row 0 is not the encoding of a genotype"),
        (from_one_hot, np.ones((1, 30)), "row 0 is not the encoding"),
        (from_one_hot, np.full((1, 30), np.nan), "give finite numbers"),
        (from_ordinal, np.zeros((1, 5)), "(n, 6)"),
        (from_ordinal, np.full((1, 6), 0.3), "row 0 is not the encoding"),
        (from_ordinal, np.full((1, 6), 1.25), "operation 5 on edge (0, 1)"),
        (from_ordinal, np.full((1, 6), -0.25), "operation -1 on edge (0, 1)"),
    ],
)
def test_an_array_that_no_genotype_has_is_refused(decoder, array, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        decoder(CELLS, array)


def test_the_bad_row_is_named_and_inactive_columns_must_be_zero():
    array = one_hot(LAYERS, [LAYERS.encode([{"type": "identity"}])] * 3)
    array[1, -1] = 1
    with pytest.raises(ValueError, match="row 1 is not the encoding"):
        from_one_hot(LAYERS, array)


def test_a_graph_that_is_not_a_cell_is_refused():
    matrices, operations = adjacency(CELLS, ALL[-2:])
    with pytest.raises(ValueError, match="2 matrices, but the operations of 1 cells"):
        from_adjacency(CELLS, matrices, operations[:1])
    matrices[1, 0, 7] = 1
    with pytest.raises(ValueError, match="row 1 is not the encoding"):
        from_adjacency(CELLS, matrices, operations)
