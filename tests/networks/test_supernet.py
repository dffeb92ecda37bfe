"""The supernet: the fast form is the papers' form, a path is a cut-out, and batch norm's modes are what they say."""

import pytest

torch = pytest.importorskip("torch")

from nastutor.networks import CellNetwork, Supernet  # noqa: E402
from nastutor.networks.batch_norm import batch_statistics, recalibrate  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.networks.supernet import MixedCell, _pool  # noqa: E402
from nastutor.spaces import SearchSpace, Variable  # noqa: E402
from nastutor.spaces.cell import COMPANIONS, CellSpace  # noqa: E402

SPACE = CellSpace()
SMALL = {"channels": 4, "cells_per_stage": 2, "stages": 2, "in_channels": 1, "classes": 3}
CELLS = [*COMPANIONS.values(), (2, 3, 4, 1, 0, 3), (0, 3, 3, 2, 2, 4), (3, 3, 3, 0, 0, 0), (0,) * 6]


@pytest.fixture
def network():
    with seeded(0):
        network = Supernet(SPACE, **SMALL).double()
        for tensor in network.state_dict().values():  # also scales, biases and running statistics
            if tensor.is_floating_point():
                tensor.add_(0.3 * torch.rand_like(tensor))
    return network


@pytest.fixture
def images():
    return torch.randn(6, 1, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def weights():
    logits = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    return logits.softmax(1).requires_grad_()


def one_hot(genotype):
    return torch.nn.functional.one_hot(torch.tensor(genotype), 5).double()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("size", [(8, 8), (5, 7)])
def test_the_fast_form_computes_what_the_papers_write(network, images, weights, training, size):
    network.train(training)
    images = images[:, :, : size[0], : size[1]]
    leaves = [weights, *network.parameters()]
    results = []
    for by_edge in (False, True):
        running = {name: buffer.clone() for name, buffer in network.named_buffers()}
        logits = network(images, weights, by_edge=by_edge)
        gradients = torch.autograd.grad(logits.square().sum(), leaves)
        results.append([logits, *gradients, *(buffer.clone() for buffer in network.buffers())])
        network.load_state_dict(running, strict=False)
    assert all(torch.allclose(a, b, rtol=1e-10, atol=1e-10) for a, b in zip(*results))


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (2, 5)])
def test_pooling_by_two_products_is_torchs(size):
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    assert torch.allclose(_pool(x), torch.nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False), atol=1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("genotype", CELLS)
@pytest.mark.parametrize("prune", [True, False])
def test_a_cut_out_computes_the_path(network, images, genotype, training, prune):
    alone = network.train(training).cut_out(genotype, prune=prune)
    assert isinstance(alone, CellNetwork) and alone.training == training and alone.genotype == genotype
    assert torch.allclose(alone(images), network.path(images, genotype), rtol=0, atol=1e-10)


@pytest.mark.parametrize("genotype", CELLS)
def test_one_hot_weights_are_the_path_with_batch_statistics(network, images, genotype):
    logits = network(images, one_hot(genotype))
    assert torch.allclose(logits, network.path(images, genotype), rtol=0, atol=1e-10)
    network.eval()
    same = torch.allclose(network(images, one_hot(genotype)), network.path(images, genotype), rtol=0, atol=1e-10)
    assert same == (genotype != (0, 3, 3, 2, 2, 4))  # there a convolution reads a node that nothing reaches


def test_a_cut_out_has_weights_of_its_own(network, images):
    alone = network.cut_out((3,) * 6)
    before = network.classifier.weight.clone()
    alone(images).sum().backward()
    with torch.no_grad():
        for parameter in alone.parameters():
            parameter.zero_()
    assert torch.equal(network.classifier.weight, before) and network.classifier.weight.grad is None


def test_a_path_learns_with_its_own_weights_only(network, images):
    network.path(images, (3, 0, 2, 1, 4, 3)).sum().backward()
    for layer in network.layers:
        if isinstance(layer, MixedCell):
            trained = {name for name, kernel in layer.kernels.items() if kernel.grad is not None}
            assert trained == {"0_1_3", "1_2_2", "2_3_3"}


def test_gates_multiply_the_edges(network, images):
    genotype = (3, 1, 2, 4, 1, 3)
    gates = torch.rand(6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    weights = one_hot(genotype) * gates[:, None]
    assert torch.allclose(network.path(images, genotype, gates), network(images, weights), rtol=0, atol=1e-10)


def test_batch_statistics_leave_the_running_ones_alone(network, images, weights):
    network.eval()
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with batch_statistics(network):
        inside = network(images, weights)
    assert not network.training
    assert all(torch.equal(buffer, before[name]) for name, buffer in network.named_buffers())
    assert torch.equal(network.train()(images, weights), inside)
    assert not torch.equal(network.layers[0].running_mean, before["layers.0.running_mean"])


def test_recalibration_averages_the_statistics_of_the_batches(network, images):
    alone = network.eval().cut_out(COMPANIONS["ResNet-like"])
    before = alone(images)
    with batch_statistics(alone):
        expected = alone(images)
    recalibrate(alone, images, batch_size=2)
    batches = [alone.stem[0](batch).transpose(0, 1).flatten(1) for batch in images.split(2)]
    assert torch.allclose(alone.stem[1].running_mean, torch.stack([b.mean(1) for b in batches]).mean(0))
    assert torch.allclose(alone.stem[1].running_var, torch.stack([b.var(1) for b in batches]).mean(0))
    recalibrate(alone, images)
    assert not alone.training and all(m.momentum == 0.1 for m in alone.modules() if hasattr(m, "momentum"))
    assert (alone(images) - expected).abs().max() < 0.1 * (before - expected).abs().max()
    with pytest.raises(ValueError, match="1 images in batches of 1: batch norm is measured on at least 2"):
        recalibrate(alone, images[:1])


def test_partial_channels_pass_the_others_on_and_shuffle():
    cell, x = MixedCell(4, partial_channels=2).double(), torch.randn(2, 4, 3, 3, dtype=torch.float64)
    skip = torch.zeros(6, 5, dtype=torch.float64)
    skip[0, 1] = skip[2, 1] = skip[5, 1] = 1  # a chain of skips: three shuffles of four channels
    shuffle = [0, 2, 1, 3]
    assert torch.allclose(cell(x, skip), x[:, shuffle], rtol=0, atol=1e-12)
    convolve = skip.clone()
    convolve[5] = torch.tensor([0, 0, 0, 2, 0])
    y = cell(x, convolve)  # channels 2 and 3 of its input pass by with the edge's weight; they come at 1 and 3
    assert torch.allclose(y[:, [1, 3]], 2 * x[:, [2, 3]], rtol=0, atol=1e-12)
    assert not torch.allclose(y[:, [0, 2]], 2 * x[:, [0, 1]], atol=1e-2)
    partial = Supernet(SPACE, **SMALL, partial_channels=2)
    for call in (lambda: partial.cut_out((3,) * 6), lambda: partial.path(torch.zeros(2, 1, 8, 8), (3,) * 6)):
        with pytest.raises(ValueError, match=r"partial_channels 2: .* no single paths to cut out"):
            call()


def test_what_has_no_supernet_is_refused():
    with pytest.raises(ValueError, match=r"SearchSpace\(1 variables, 2 architectures\) has no supernet: give a Cell"):
        Supernet(SearchSpace([Variable("depth", (1, 2))]))
    with pytest.raises(ValueError, match="channels 0: give at least 1"):
        Supernet(SPACE, channels=0)
    with pytest.raises(ValueError, match="partial_channels 3: it must divide the 4 channels"):
        Supernet(SPACE, **SMALL, partial_channels=3)
    with pytest.raises(ValueError, match="partial_channels 0: give at least 1"):
        Supernet(SPACE, **SMALL, partial_channels=0)
    with pytest.raises(ValueError, match="operation 5 on edge"):
        Supernet(SPACE, **SMALL).path(torch.zeros(2, 1, 8, 8), (5,) * 6)
