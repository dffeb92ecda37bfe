"""Largest first: its order, what it weighs, and what it reaches where nothing costs anything."""

import itertools
from zlib import crc32

import numpy as np
import pytest

from nastutor import load_benchmark, repeat, search
from nastutor.searchers import LargestFirst, RandomSearch
from nastutor.spaces import CellSpace, ElasticSpace, LayerwiseSpace, LimitedSpace
from nastutor.statistics import difference_band, incumbent_curves

CELLS = CellSpace()
CHAINS = LayerwiseSpace(
    (1, 2), (8, 16), ("conv", "identity"), (1, 3), (1, 2), ("relu",), ("batch",), attention=(False,)
)
BY_LUCK = [
    LimitedSpace(space, lambda genotype: {"luck": crc32(bytes(genotype)) / 2**32}, {"luck": 0.5})
    for space in (CELLS, ElasticSpace.small(), CHAINS)
]
FEW_POOLS = LimitedSpace(CELLS, lambda cell: {"weights": CELLS.weights(cell)}, {"weights": 27})


@pytest.mark.parametrize("space", [CELLS, FEW_POOLS, ElasticSpace.small(), CHAINS, *BY_LUCK])
def test_sizes_fall_and_each_function_comes_once(space):
    order = LargestFirst(space, seed=3).order
    sizes = [space.weights(genotype) for genotype in order]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(order)) == len(order)
    assert set(order) == {space.canonical(genotype) for genotype in space}
    functions = space.space if isinstance(space, LimitedSpace) else space
    assert len({functions.canonical(genotype) for genotype in order}) == len(order)


def test_within_a_limit_the_largest_that_fits_comes_first():
    assert CELLS.weights(LargestFirst(FEW_POOLS).ask().genotype) == 27


def test_the_seed_orders_equals_only():
    orders = [LargestFirst(CELLS, seed=seed).order for seed in range(20)]
    assert {order[0] for order in orders} == {(3,) * 6}
    assert len({order[1] for order in orders}) > 3, "six cells have five 3×3 and one 1×1 convolution"


def test_a_cost_takes_the_place_of_the_size():
    cheapest = LargestFirst(CELLS, cost=lambda cell: -CELLS.weights(cell))
    assert CELLS.weights(cheapest.ask().genotype) == 0
    assert cheapest.settings()["cost"].endswith("<lambda>") and LargestFirst(CELLS).settings()["cost"] is None


def test_in_a_large_space_a_random_pool_is_put_in_order():
    space = LayerwiseSpace.full()
    searcher = LargestFirst(space, seed=0, pool=50)
    history = search(searcher, lambda genotype: {"val_accuracy": space.weights(genotype)}, 100)
    values = [record.value for record in history]
    assert len(values) == 50 and values == sorted(values, reverse=True)


def test_a_space_that_does_not_say_its_size_asks_for_a_cost(chains):
    with pytest.raises(ValueError, match="does not say what its architectures weigh: give a cost"):
        LargestFirst(chains)
    with pytest.raises(ValueError, match="cost 3: give a function"):
        LargestFirst(chains, cost=3)
    for bad in (float("nan"), None, "large"):
        with pytest.raises(ValueError, match=r"cost of \(.*\): .*: give a function that returns a finite number"):
            LargestFirst(chains, cost=lambda genotype, bad=bad: bad)


def test_the_weights_are_those_of_the_networks():
    pytest.importorskip("torch")
    from nastutor.networks import LayerwiseNetwork
    from nastutor.networks.elastic_network import build_alone

    def count(network):
        return sum(tensor.numel() for tensor in network.layers.parameters() if tensor.ndim > 1)

    rng, chains, elastic = np.random.default_rng(0), LayerwiseSpace.small(), ElasticSpace.small()
    for _ in range(40):
        chain, block = chains.sample(rng), elastic.sample(rng)
        assert chains.weights(chain) == count(LayerwiseNetwork(chain, chains)), chains.to_string(chain)
        assert elastic.weights(block) == count(build_alone(elastic, block)), elastic.to_string(block)


def test_the_weights_of_cells_order_them_as_their_parameters_do(open_table):
    table = open_table("cifar10")
    by_weights = {}
    for cell, params in zip(table.genotypes, table.values("params").tolist()):
        by_weights.setdefault(CELLS.weights(cell), set()).add(round(params, 6))
    ordered = [by_weights[weights] for weights in sorted(by_weights)]
    assert all(max(smaller) < min(larger) for smaller, larger in itertools.pairwise(ordered))


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "ImageNet16-120", "glyphs"])
def test_where_nothing_costs_anything_it_is_far_ahead_of_random_search(open_table, dataset):
    """After 30 evaluations, by the seeds that were not searched, ten runs."""
    table = load_benchmark("glyphs", search_seed=0) if dataset == "glyphs" else open_table(dataset)

    def final(method):
        histories = repeat(lambda seed: method(table.space, seed), table.evaluate, 30, range(10))
        return incumbent_curves(histories, lambda genotype: table.report(genotype)["val_accuracy"])[:, -1]

    assert difference_band(final(LargestFirst), final(RandomSearch)).low > 0.5
