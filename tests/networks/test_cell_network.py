"""Cell networks: NAS-Bench-201's counts, shapes, and that equal canonical forms are equal functions."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

import nastutor.networks  # noqa: E402
import nastutor.training  # noqa: E402
from nastutor.benchmarks.nasbench201 import DATASETS  # noqa: E402
from nastutor.hardware.counts import cell_network_costs  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.networks.operations import Classifier, ReductionBlock, build_operation  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.spaces.cell import COMPANIONS, CONVOLUTIONS, EDGES, POOL  # noqa: E402

SMALL = {"channels": 4, "cells_per_stage": 1, "stages": 2, "in_channels": 1}


def count_parameters(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize("ones, threes", [(a, b) for a in range(7) for b in range(7 - a)])
def test_parameters_are_those_of_nas_bench_201(ones, threes):
    genotype = (2,) * ones + (3,) * threes + (0,) * (6 - ones - threes)
    count = count_parameters(CellNetwork(genotype))
    assert count == cell_network_costs(np.array([genotype]), 10, 32)[0][0]
    assert count / 1e6 == pytest.approx(0.073306 + 0.028 * ones + 0.24304 * threes, abs=1e-6)


@pytest.mark.parametrize("classes", [100, 120])
def test_parameters_with_other_classes(classes):
    genotype = COMPANIONS["ResNet-like"]
    assert (
        count_parameters(CellNetwork(genotype, classes=classes))
        == cell_network_costs(np.array([genotype]), classes, 32)[0][0]
    )


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("genotype", [*COMPANIONS.values(), (2, 2, 2, 2, 2, 2), (2, 3, 4, 1, 0, 3), (0,) * 6])
def test_macs_agree_with_torch(genotype, dataset):
    classes, size = DATASETS[dataset]
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        CellNetwork(genotype, classes=classes).eval()(torch.zeros(1, 3, size, size))
    assert counter.get_total_flops() == 2 * cell_network_costs(np.array([genotype]), classes, size)[1][0]


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("operation", [1, 2, 3, 4])
def test_operations_keep_the_shape(operation, replicas):
    x = torch.randn(2, replicas * 4, 5, 6)
    assert build_operation(operation, 4, replicas)(x).shape == x.shape


def test_none_and_unknown_operations_have_no_module():
    for operation in [0, 5]:
        with pytest.raises(ValueError, match=f"operation {operation} has no module: choose 1…4"):
            build_operation(operation, 4)


def test_pooling_does_not_count_the_padding():
    assert torch.equal(build_operation(POOL, 1)(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 4, 4))


@pytest.mark.parametrize("size, halved", [(8, 4), (7, 4), (1, 1)])
def test_the_reduction_block_halves_height_and_width(size, halved):
    assert ReductionBlock(4, 8)(torch.randn(2, 4, size, size)).shape == (2, 8, halved, halved)


def test_the_classifier_of_replicas_is_one_linear_map_each():
    classifier, x = Classifier(5, 3, replicas=2), torch.randn(4, 10)
    classifier.weight.data.normal_()
    classifier.bias.data.normal_()
    for i in range(2):
        expected = x[:, 5 * i : 5 * i + 5] @ classifier.weight[3 * i : 3 * i + 3].T + classifier.bias[3 * i : 3 * i + 3]
        assert torch.allclose(classifier(x)[:, i], expected, atol=1e-6)


@pytest.mark.parametrize("size", [8, 32, 5])
def test_every_companion_gives_logits_and_gradients(size):
    for genotype in COMPANIONS.values():
        network = CellNetwork(genotype, in_channels=3, channels=4, cells_per_stage=1, stages=3, classes=7)
        logits = network(torch.randn(2, 3, size, size))
        assert logits.shape == (2, 7)
        logits.sum().backward()
        assert all(weights.grad is not None for weights in network.parameters())


def test_a_cell_without_a_path_gives_the_same_logits_for_every_image():
    network = CellNetwork((3, 3, 3, 0, 0, 0), **SMALL).eval()
    logits = network(torch.randn(5, 1, 8, 8))
    assert torch.equal(logits, logits[:1].expand(5, -1))


def instances(genotype, cells):
    """List the edges of live convolutions."""
    return [edge for edge, op, live in zip(EDGES, genotype, cells.live_edges(genotype)) if live and op in CONVOLUTIONS]


def with_random_weights(genotype, seed):
    """Build a small network whose weights, biases and running statistics are all drawn at random, in float64."""
    with seeded(seed):
        network = CellNetwork(genotype, **SMALL).double().eval()
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand_like(tensor) + 0.5 if "running_var" in name else torch.randn_like(tensor) * 0.3)
    return network


def carry_over(source, target, matching):
    """Copy the weights of one network to another, convolution instances (edges) by `matching`."""
    state = source.state_dict()
    for name, tensor in target.state_dict().items():
        parts = name.split(".")
        if "edges" in parts:
            edge = tuple(map(int, parts[parts.index("edges") + 1].split("_")))
            if edge not in matching:
                continue
            parts[parts.index("edges") + 1] = "{}_{}".format(*matching[edge])
        tensor.copy_(state[".".join(parts)])


def agree_under_some_matching(a, b, cells):
    """Say whether two cells give equal outputs for some assignment of a's live convolutions to b's."""
    from_a, from_b = instances(a, cells), instances(b, cells)
    kinds_a, kinds_b = dict(zip(EDGES, a)), dict(zip(EDGES, b))
    network_a, images = with_random_weights(a, seed=1), torch.randn(3, 1, 8, 8, dtype=torch.float64)
    network_b = with_random_weights(b, seed=2)
    with torch.no_grad():
        expected = network_a(images)
        for order in itertools.permutations(from_a, len(from_b)):
            if len(from_a) == len(from_b) and all(kinds_a[i] == kinds_b[j] for i, j in zip(order, from_b)):
                carry_over(network_a, network_b, dict(zip(from_b, order)))
                if torch.allclose(network_b(images), expected, rtol=0, atol=1e-10):
                    return True
    return False


def pairs(cells, seed, count, equal):
    """Draw pairs of genotypes with equal canonical forms, or with different forms and the same live convolutions."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        a = cells.sample(rng)
        if equal:
            others = [b for b in cells.equivalents(a) if b != a]
            if others:
                found.append((a, others[rng.integers(len(others))]))
        else:
            b = cells.sample(rng)
            live = [sorted(dict(zip(EDGES, g))[edge] for edge in instances(g, cells)) for g in (a, b)]
            linear = POOL in a and POOL in b  # pool(x + y) = pool(x) + pool(y) is a law that `canonical` leaves out
            if live[0] == live[1] and not linear and cells.canonical(a) != cells.canonical(b):
                found.append((a, b))
    return found


def test_equal_canonical_forms_are_equal_functions(cells):
    for a, b in pairs(cells, seed=0, count=25, equal=True):
        assert agree_under_some_matching(a, b, cells), (a, b)


def test_different_canonical_forms_are_different_functions(cells):
    for a, b in pairs(cells, seed=1, count=25, equal=False):
        assert not agree_under_some_matching(a, b, cells), (a, b)


def test_one_convolution_used_twice_is_not_two_convolutions(cells):
    assert not agree_under_some_matching((3, 0, 1, 0, 1, 1), (3, 0, 0, 3, 1, 0), cells)


def test_pruning_keeps_the_function_and_drops_the_dead(cells):
    rng = np.random.default_rng(3)
    images = torch.randn(3, 1, 8, 8, dtype=torch.float64)
    for genotype in [cells.sample(rng) for _ in range(20)]:
        whole = with_random_weights(genotype, seed=1)
        pruned = CellNetwork(genotype, **SMALL, prune=True).double().eval()
        carry_over(whole, pruned, {edge: edge for edge in EDGES})
        assert torch.equal(whole(images), pruned(images))
        assert len(instances(genotype, cells)) * 2 == sum(
            "edges" in n and n.endswith("1.weight") for n, _ in pruned.named_parameters()
        )


def test_the_seed_fixes_the_weights_and_the_global_generator_goes_on_as_if_nothing_had_been():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with seeded(1):
        first = CellNetwork(COMPANIONS["all 3×3"], **SMALL).state_dict()
    assert torch.equal(torch.rand(3), expected)
    with seeded(1):
        again = CellNetwork(COMPANIONS["all 3×3"], **SMALL).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    with pytest.raises(KeyError), seeded(2, torch.float64):
        assert torch.nn.Linear(1, 1).weight.dtype == torch.float64
        raise KeyError
    assert torch.get_default_dtype() == torch.float32
    state = torch.get_rng_state()
    with seeded(3):
        torch.rand(1)
    assert torch.equal(torch.get_rng_state(), state)


def test_every_public_name_of_the_rooms_is_there_and_others_are_refused():
    for room in (nastutor.networks, nastutor.training):
        assert all(callable(getattr(room, name)) for name in room.__all__)
        with pytest.raises(AttributeError, match=f"module '{room.__name__}' has no attribute 'trian'"):
            _ = room.trian


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"operation 7 on edge \(0, 2\)"):
        CellNetwork((3, 7, 3, 3, 3, 3))
    with pytest.raises(ValueError, match="stages 0: give at least 1"):
        CellNetwork((3,) * 6, stages=0)


def test_datasets_can_be_loaded_without_torch():
    code = """
import sys, nastutor.networks
from nastutor.training import from_arrays, load_dataset
load_dataset("glyphs")
assert not {"torch", "matplotlib", "scipy"} & set(sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=600).returncode == 0
