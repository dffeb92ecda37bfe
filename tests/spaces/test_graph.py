"""Graph networks: strings as the benchmark's lists, and networks that are one by its rules."""

import itertools

import numpy as np
import pytest

from nastutor import load_benchmark
from nastutor.searchers import ProgressiveSearch
from nastutor.spaces import GraphSpace
from nastutor.spaces.graph import GRAPH_OPERATIONS, PROTEINS_OPERATIONS, join, split

SPACE = GraphSpace()
PROTEINS = GraphSpace(PROTEINS_OPERATIONS)
SKIP = 8


def graph(text):
    return SPACE.from_string(text)


def same(*texts):
    return len({SPACE.canonical(graph(text)) for text in texts}) == 1


def test_the_sizes_are_exact():
    for space, operations in ((SPACE, GRAPH_OPERATIONS), (PROTEINS, PROTEINS_OPERATIONS)):
        assert space.size == 2 * 3 * 4 * (len(operations) ** 4 - 1)


def test_strings_and_descriptions_are_exact_inverses():
    rng = np.random.default_rng(0)
    for space in (SPACE, PROTEINS):
        for genotype in (space.sample(rng) for _ in range(300)):
            assert space.from_string(space.to_string(genotype)) == genotype
            inputs, names = space.decode(genotype)
            assert space.encode((inputs, names)) == genotype == join(*split(genotype))
            assert inputs[0] == 0 and all(source <= node for node, source in enumerate(inputs))


def test_the_benchmarks_own_example_in_any_order_of_nodes_is_one_network():
    assert same("0 1 2 1 gcn gin fc cheb", "0 1 1 2 gcn cheb gin fc", "0 1 1 3 gcn cheb gin fc") is False
    assert same("0 1 2 1 gcn gin fc cheb", "0 1 1 2 gcn gin cheb fc", "0 1 1 3 gcn cheb gin fc")
    assert SPACE.to_string(SPACE.canonical(graph("0 1 2 1 gcn gin fc cheb"))) == "0 1 1 2 gcn gin cheb fc"


def test_a_skip_that_does_nothing_moves_to_the_front_and_a_shortcut_stays():
    chain = "0 1 2 3 skip gcn fc gat"
    assert same(chain, "0 1 2 3 gcn skip fc gat", "0 1 2 3 gcn fc gat skip", "0 0 1 2 gcn skip fc gat") is False
    assert same(chain, "0 1 2 3 gcn skip fc gat", "0 1 2 3 gcn fc skip gat", "0 1 2 3 gcn fc gat skip")
    assert SPACE.to_string(SPACE.canonical(graph("0 1 2 3 gcn fc gat skip"))) == chain
    shortcut = graph("0 1 1 3 gcn skip fc gat")  # of gcn to the output
    assert SPACE.canonical(shortcut)[::2].count(SKIP) == 1
    assert SPACE.decode(SPACE.canonical(shortcut))[1][0] == "gcn"
    assert same("0 0 1 2 skip gcn fc gat", "0 1 2 3 skip gcn fc gat") is False
    assert same("0 0 2 3 skip gcn fc gat", chain), "the network's input is no result that a skip could pass on"


def relabelled(genotype, order):
    """The graph with its nodes numbered in another order, None where a node would come before its input."""
    inputs, operations = split(genotype)
    number = {0: 0} | {node: at for at, node in enumerate(order, 1)}
    sources = [number[inputs[node - 1]] for node in order]
    if any(source >= node for node, source in enumerate(sources, 1)):
        return None
    return join(sources, [operations[node - 1] for node in order])


def test_the_order_of_the_nodes_does_not_matter():
    rng = np.random.default_rng(1)
    for genotype in (SPACE.sample(rng) for _ in range(100)):
        others = [relabelled(genotype, order) for order in itertools.permutations(range(1, 5))]
        assert len({SPACE.canonical(other) for other in others if other}) == 1


def test_a_canonical_form_stands_for_itself_and_has_the_same_operations():
    rng = np.random.default_rng(2)
    for genotype in (SPACE.sample(rng) for _ in range(500)):
        form = SPACE.canonical(genotype)
        assert SPACE.canonical(form) == form
        assert sorted(form[::2]) == sorted(genotype[::2])


def test_every_network_of_the_table_is_a_canonical_form():
    rows = load_benchmark("nasbench_graph", task="cora").genotypes
    assert len(rows) == 26_206 and all(SPACE.canonical(row) == row for row in rows)
    few = load_benchmark("nasbench_graph", task="proteins").genotypes
    assert len(few) == 2_021 and all(PROTEINS.canonical(row) == row for row in few)


def test_a_graph_grows_node_by_node():
    assert SPACE.stages == (1, 3, 5, 7)
    assert len(SPACE.expansions(())) == 8, "a graph of skips alone is none"
    assert len(SPACE.expansions((1,))) == 2 * 9
    assert SPACE.to_string(SPACE.complete((1, 0, 2))) == "0 0 2 3 gcn gin skip skip"
    assert SPACE.expansions((1, 0, 2, 0, 3, 0, 4)) == []
    assert ProgressiveSearch.for_budget(SPACE, 50).ask() is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 1 2 1 gcn gin fc", "write the inputs and then the operations"),
        ("0 1 3 1 gcn gin fc cheb", "inputs are numbers of earlier nodes"),
        ("0 1 2 1 gcn gin fc conv", "operations are gat, gcn"),
        ("0 1 2 ² gcn gin fc cheb", "cannot read the graph"),
        (None, "cannot read the graph None"),
        ("0 1 2 3 skip skip skip skip", "breaks the limit skips ≤ 3"),
    ],
)
def test_what_is_no_graph_is_refused_with_how_one_is_written(text, told):
    with pytest.raises(ValueError, match=told):
        SPACE.from_string(text)


@pytest.mark.parametrize("nonsense", [None, 3, "gcn", ([0, 1], ["gcn", "gin"]), ([0, 1, 2, 3], None), {}])
def test_a_description_that_is_none_is_refused_with_an_example(nonsense):
    with pytest.raises(ValueError, match="describe a graph by two lists"):
        SPACE.encode(nonsense)


def test_other_operations_are_refused():
    with pytest.raises(ValueError, match="choose GRAPH_OPERATIONS or PROTEINS_OPERATIONS"):
        GraphSpace(("gcn", "skip"))
