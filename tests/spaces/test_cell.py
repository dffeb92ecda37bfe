"""The NAS-Bench-201 cell: its strings, and which genotypes compute the same function."""

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor.hardware.counts import cell_network_costs
from nastutor.spaces import CellSpace
from nastutor.spaces.cell import EDGES, NONE, OPERATIONS, POOL, SKIP

SPACE = CellSpace()
PRIME = 2**31 - 1  # products of two residues fit int64

genotypes = st.tuples(*[st.integers(0, 4)] * 6)


@pytest.fixture(scope="module")
def classes():
    found = defaultdict(list)
    for genotype in SPACE:
        found[SPACE.canonical(genotype)].append(genotype)
    return found


# Which cells compute the same function


def test_there_are_5260_functions_of_which_zero_has_341_genotypes_and_the_identity_400(classes):
    assert SPACE.size == 15_625
    assert len(classes) == 5_260
    assert len(classes[(0,) * 6]) == 341
    assert len(classes[SPACE.canonical((0, 0, 0, 1, 0, 0))]) == 400


def test_the_representative_is_the_smallest_among_its_class_with_fewest_parameters(classes):
    for representative, members in classes.items():
        params, _ = cell_network_costs(np.array(members), classes=10, image_size=32)
        cheapest = [genotype for genotype, count in zip(members, params) if count == params.min()]
        assert representative == min(cheapest)


def test_canonical_is_idempotent(classes):
    assert all(SPACE.canonical(representative) == representative for representative in classes)


def test_equivalents_are_the_class(classes):
    for representative in [(0,) * 6, SPACE.canonical((3, 0, 4, 1, 3, 1)), SPACE.canonical((2, 2, 0, 0, 2, 2))]:
        assert SPACE.equivalents(representative) == classes[representative]


def test_one_convolution_used_twice_is_not_two_convolutions():
    twice, two = (3, 0, 1, 0, 1, 1), (3, 0, 0, 3, 1, 0)
    assert SPACE.canonical(twice) != SPACE.canonical(two)
    assert SPACE.formula(twice) == "2·conv3x3₁(x)"
    assert SPACE.formula(two) == "conv3x3₁(x) + conv3x3₂(x)"


@given(st.tuples(*[st.integers(0, 4)] * 5))
def test_nodes_1_and_2_may_be_swapped_where_no_edge_joins_them(operations):
    a, b, c, d, e = operations
    assert SPACE.canonical((a, b, NONE, c, d, e)) == SPACE.canonical((b, a, NONE, c, e, d))


@given(genotypes, genotypes)
def test_operations_on_dead_edges_do_not_matter(genotype, other):
    live = SPACE.live_edges(genotype)
    changed = tuple(new if old != NONE and not is_live else old for old, new, is_live in zip(genotype, other, live))
    assert SPACE.canonical(changed) == SPACE.canonical(genotype)
    assert SPACE.live_edges(changed) == live


def test_live_edges_are_those_on_a_path_from_input_to_output():
    paths = [{3}, {0, 4}, {1, 5}, {0, 2, 5}]  # by position in EDGES
    for genotype in SPACE:
        on = {position for position, operation in enumerate(genotype) if operation != NONE}
        expected = set().union(*(path for path in paths if path <= on))
        assert SPACE.live_edges(genotype) == tuple(position in expected for position in range(6))


def test_the_formula_is_the_same_exactly_where_the_function_is(classes):
    formulas = {representative: SPACE.formula(representative) for representative in classes}
    assert len(set(formulas.values())) == len(classes)
    for representative, members in itertools.islice(classes.items(), 0, None, 7):
        assert {SPACE.formula(genotype) for genotype in members} == {formulas[representative]}


@pytest.mark.parametrize(
    ("genotype", "formula"),
    [
        ((0, 0, 0, 0, 0, 0), "0"),
        ((0, 0, 0, 1, 0, 0), "x"),
        ((1, 1, 0, 1, 1, 1), "3·x"),
        ((0, 4, 0, 0, 3, 2), "conv1x1₁(pool(x))"),
    ],
)
def test_formulas_of_cells_that_one_can_read(genotype, formula):
    assert SPACE.formula(genotype) == formula


# An independent proof: cells as numeric functions over the integers modulo a prime


def fingerprints(pool, seed):
    """Evaluate every cell with random opaque operations, for all 720 ways to label its edges' convolutions.

    Each edge has its own convolution of each type, a random quadratic polynomial; what cannot be reached is absent
    (None), which is not the number zero. The set of outputs over all labellings does not depend on the labels, and
    is equal for cells that compute the same function.
    """
    rng = np.random.default_rng(seed)
    x = rng.integers(PRIME, size=1)
    labels = np.array(list(itertools.permutations(range(6)))).T  # (6 edges, 720 labellings)
    coefficients = rng.integers(1, PRIME, size=(len(OPERATIONS), 6, 3))

    def apply(operation, edge, value):
        if operation == NONE or value is None:
            return None
        if operation == SKIP:
            return value
        if operation == POOL:
            return pool(value)
        a, b, c = coefficients[operation, labels[edge]].T
        return (((a * value + b) % PRIME) * value + c) % PRIME

    def total(*terms):
        present = [term for term in terms if term is not None]
        return sum(present) % PRIME if present else None

    prints = {}
    for first, second, third in itertools.product(range(5), repeat=3):
        node_1 = apply(first, 0, x)
        node_2 = total(apply(second, 1, x), apply(third, 2, node_1))
        ends = [[apply(op, edge, node) for op in range(5)] for edge, node in [(3, x), (4, node_1), (5, node_2)]]
        for last in itertools.product(range(5), repeat=3):
            output = total(*(end[operation] for end, operation in zip(ends, last)))
            prints[(first, second, third, *last)] = None if output is None else np.unique(output).tobytes()
    return prints


def test_canonical_agrees_with_a_numeric_fingerprint_of_all_cells():
    rng = np.random.default_rng(99)
    a, b, c = rng.integers(1, PRIME, size=3)
    prints = fingerprints(lambda value: (((a * value + b) % PRIME) * value + c) % PRIME, seed=0)
    pairs = {(SPACE.canonical(genotype), prints[genotype]) for genotype in SPACE}
    assert len(set(prints.values())) == 5_260
    assert len(pairs) == len({representative for representative, _ in pairs}) == 5_260
    assert prints[(0,) * 6] is None


def test_5044_functions_are_left_if_average_pooling_is_taken_as_linear():
    factor = int(np.random.default_rng(98).integers(2, PRIME))
    prints = fingerprints(lambda value: factor * value % PRIME, seed=1)
    pairs = {(SPACE.canonical(genotype), prints[genotype]) for genotype in SPACE}
    assert len(pairs) == 5_260, "a coarser partition: each of our classes lies in one of these"
    functions = {genotype: SPACE.function(genotype, linear_pooling=True) for genotype in SPACE}
    assert len(set(prints.values())) == len(set(functions.values())) == 5_044
    assert len({(functions[genotype], prints[genotype]) for genotype in SPACE}) == 5_044


def test_a_pooled_sum_is_the_sum_of_what_is_pooled_if_pooling_is_linear():
    of_a_sum, sum_of = (3, 3, 1, 0, 0, 4), (3, 3, 0, 0, 4, 4)
    assert SPACE.function(of_a_sum) != SPACE.function(sum_of)
    assert SPACE.function(of_a_sum, linear_pooling=True) == SPACE.function(sum_of, linear_pooling=True)


# Strings and descriptions


def test_a_string_of_nas_bench_201_is_read_edge_by_edge():
    text = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
    genotype = SPACE.from_string(text)
    assert genotype == (4, 2, 1, 2, 1, 1)
    assert SPACE.decode(genotype) == {
        (0, 1): "avg_pool_3x3",
        (0, 2): "nor_conv_1x1",
        (1, 2): "skip_connect",
        (0, 3): "nor_conv_1x1",
        (1, 3): "skip_connect",
        (2, 3): "skip_connect",
    }
    assert SPACE.to_string(genotype) == text


def test_every_cell_is_read_back_from_its_string_and_description():
    texts = set()
    for genotype in SPACE:
        texts.add(text := SPACE.to_string(genotype))
        assert SPACE.from_string(text) == genotype
        assert SPACE.encode(SPACE.decode(genotype)) == genotype
    assert len(texts) == 15_625


GOOD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:-1],
        GOOD + "|",
        f" {GOOD}",
        GOOD + "\n",
        GOOD.replace("none~2", "none~3"),
        GOOD.replace("none~2", "conv_5x5~2"),
        GOOD.replace("none~2", "none"),
        GOOD.replace("|+|none~0|none~1|+", "|+|none~1|none~0|+"),
        GOOD + "+|none~0|none~1|none~2|none~3|",
        GOOD.replace("|+|", "|"),
        GOOD.upper(),
        "(0, 0, 0, 0, 0, 0)",
    ],
)
def test_a_malformed_string_is_refused_and_the_form_shown(text):
    with pytest.raises(ValueError, match=r"cannot read the cell .* write \|op~0\|\+\|op~0\|op~1\|\+.* none, skip"):
        SPACE.from_string(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({(0, 1): "conv_5x5"}, r"operation 'conv_5x5' on edge \(0, 1\): choose one of none"),
        ({(1, 0): "none"}, "describe exactly the edges"),
    ],
)
def test_a_bad_description_of_a_cell_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        SPACE.encode(dict.fromkeys(EDGES, "none") | change)


def test_a_bad_genotype_is_refused_with_its_edge_and_the_operations():
    with pytest.raises(ValueError, match=r"operation 7 on edge \(0, 2\): choose 0…4 \(none, skip_connect, "):
        SPACE.validate((0, 7, 0, 0, 0, 0))
    with pytest.raises(ValueError, match="has 6 values here, got 5"):
        SPACE.canonical((0, 0, 0, 0, 0))


@given(genotypes)
def test_a_cell_has_24_neighbors_and_neighborhood_is_mutual(genotype):
    neighbors = SPACE.neighbors(genotype)
    assert len(set(neighbors)) == 24
    assert all(sum(a != b for a, b in zip(genotype, other)) == 1 for other in neighbors)
    assert all(genotype in SPACE.neighbors(other) for other in neighbors)
