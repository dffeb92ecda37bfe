"""Known facts of each proxy, what all of them leave alone, and what they refuse."""

import copy
import math

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from nastutor.networks import CellNetwork, LayerwiseNetwork
from nastutor.networks.seeded import seeded
from nastutor.spaces import COMPANIONS, CellSpace, LayerwiseSpace
from nastutor.training.zero_cost import PROXIES, fisher, grad_norm, grasp, jacob_cov, naswot, snip, synflow

SMALL = {"channels": 4, "cells_per_stage": 1, "stages": 1, "in_channels": 1}
LOGARITHMS = ("jacob_cov", "naswot", "synflow")


def batch(size=8, channels=1, pixels=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(size, channels, pixels, pixels, generator=generator, dtype=torch.float64)
    return images, torch.arange(size) % 10


def cell_network(genotype, seed=0, **sizes):
    with seeded(seed):
        return CellNetwork(genotype, **(SMALL | sizes)).double()


class Pixels(nn.Module):
    """Wraps a network of vectors as one of images."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network(images.flatten(1))


@pytest.fixture
def linear():
    """y = V W x with the numbers of the exercise: two inputs, two hidden units, one output."""
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False)).double()
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, -2.0], [3.0, 0.5]]))
        network[1].weight.copy_(torch.tensor([[2.0, -1.0]]))
    return Pixels(network)


def test_synflow_of_two_linear_layers_by_hand(linear):
    # R = 2·(1 + 2) + 1·(3 + 0.5) = 9.5, and each of the two layers carries all of it
    assert math.exp(synflow(linear, torch.zeros(2, 1, 1, 2))) == pytest.approx(2 * 9.5)


def test_synflow_needs_neither_images_nor_labels_nor_signs(linear):
    images, labels = batch(size=3)
    network = cell_network((3, 0, 3, 1, 0, 1))
    flipped = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in flipped.parameters():
            parameter.neg_()
    assert synflow(network, images, labels) == synflow(flipped, 5 * images)


def test_synflow_grows_by_a_factor_with_the_weights():
    images, _ = batch(size=2)
    network = cell_network((3, 0, 0, 0, 3, 0))  # stem, two convolutions, classifier: one path of four weights
    before = synflow(network, images)
    with torch.no_grad():
        network.stem[0].weight.mul_(3)
    assert synflow(network, images) == pytest.approx(before + math.log(3))


def test_snip_of_a_linear_network_by_hand():
    network = nn.Linear(2, 2, bias=False).double()
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[1.0, -2.0], [0.5, 1.0]]))
    images = torch.tensor([[1.0, 2.0], [2.0, -1.0]], dtype=torch.float64)[:, None, None]
    # logits (-3, 2.5) and (4, 0); labels 0 and 1; gradient of a logit: (softmax − one-hot) / 2
    p, q = 1 / (1 + math.exp(5.5)), 1 / (1 + math.exp(-4))
    rows = [(p - 1) / 2 * np.array([1, 2]) + q / 2 * np.array([2, -1])]
    rows.append(-rows[0])
    expected = sum(np.abs(w * g).sum() for w, g in zip(network.weight.detach().numpy(), rows))
    assert snip(Pixels(network), images, torch.tensor([0, 1])) == pytest.approx(expected)
    assert grad_norm(Pixels(network), images, torch.tensor([0, 1])) == pytest.approx(np.linalg.norm(rows))


def loss_and_weights(network, images, labels):
    network = copy.deepcopy(network).train()
    loss = nn.functional.cross_entropy(network(images), labels)
    return network, loss, [p for p in network.parameters() if p.ndim >= 2]


def test_the_gradient_proxies_against_backward():
    images, labels = batch()
    original = cell_network((3, 2, 1, 0, 3, 2))
    _, loss, weights = loss_and_weights(original, images, labels)
    loss.backward()
    gradients = [w.grad.numpy() for w in weights]
    values = [w.detach().numpy() for w in weights]
    assert grad_norm(original, images, labels) == pytest.approx(sum(np.sqrt((g**2).sum()) for g in gradients))
    assert snip(original, images, labels) == pytest.approx(sum(np.abs(w * g).sum() for w, g in zip(values, gradients)))


def test_grasp_is_how_the_squared_gradient_changes_when_all_weights_shrink():
    images, labels = batch()
    original = cell_network((3, 0, 3, 1, 0, 1))

    def squared_gradient(factor):
        network, _, _ = loss_and_weights(original, images, labels)
        with torch.no_grad():
            for p in network.parameters():
                if p.ndim >= 2:
                    p.mul_(factor)
        loss = nn.functional.cross_entropy(network(images), labels)
        weights = [p for p in network.parameters() if p.ndim >= 2]
        return sum((g**2).sum().item() for g in torch.autograd.grad(loss, weights))

    slope = (squared_gradient(1 + 1e-4) - squared_gradient(1 - 1e-4)) / 2e-4  # 2 wᵀ H g
    assert grasp(original, images, labels) == pytest.approx(-slope / 2, rel=1e-5)


def test_fisher_of_a_linear_network_by_hand():
    # logits (1·1 − 2·2, ½·1 + 1·2) = (−3, 2.5) and (4, 0), of which softmax gives the class 0 p and q; labels 0 and 1
    network = nn.Linear(2, 2, bias=False).double()
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[1.0, -2.0], [0.5, 1.0]]))
    images = torch.tensor([[1.0, 2.0], [2.0, -1.0]], dtype=torch.float64)[:, None, None]
    p, q = 1 / (1 + math.exp(5.5)), 1 / (1 + math.exp(-4))
    effects = [[-3 * (p - 1) / 2, 2.5 * (1 - p) / 2], [4 * q / 2, 0 * -q / 2]]  # a · ∂L/∂a of each image and class
    expected = 2 * sum(0.5 * np.square(effects).mean(axis=0))  # two weights a class
    assert fisher(Pixels(network), images, torch.tensor([0, 1])) == pytest.approx(expected)


def test_naswot_against_numpy_by_counting_agreements():
    images, labels = batch(size=5)
    original = cell_network((3, 0, 0, 0, 2, 0))
    network = copy.deepcopy(original).train()
    codes = []
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_hook(lambda module, given, output: codes.append((given[0] > 0).flatten(1).numpy()))
    network(images)
    bits = np.concatenate(codes, axis=1)
    assert bits.shape[1] == 3 * 4 * 64  # the ReLUs of two convolutions and of the end
    kernel = np.array([[(a == b).sum() for b in bits] for a in bits], dtype=float)
    assert naswot(original, images, labels) == pytest.approx(np.linalg.slogdet(kernel)[1])


def test_naswot_is_minus_infinity_for_images_with_the_same_code():
    images, _ = batch(size=4)
    assert naswot(cell_network((3,) * 6), images[[0, 1, 1, 2]]) == -math.inf
    assert naswot(cell_network((3,) * 6), images) > 0


def test_jacob_cov_of_uncorrelated_and_of_equal_images():
    images, _ = batch(size=3)
    network = cell_network(COMPANIONS["ResNet-like"])
    copied = copy.deepcopy(network).train()
    pixels = images.clone().requires_grad_()
    (jacobian,) = torch.autograd.grad(copied(pixels).sum(), pixels)
    v = np.linalg.eigvals(np.corrcoef(jacobian.flatten(1).numpy())) + 1e-5
    assert jacob_cov(network, images) == pytest.approx(-np.sum(np.log(v) + 1 / v))
    assert jacob_cov(network, images) < -3
    assert jacob_cov(network, images[[0, 0, 0]]) < -1e5, "equal images: two eigenvalues are zero"


def skeleton(kind):
    """A network of every kind that the package has, with a batch for it."""
    if kind == "cells":
        return cell_network((3, 2, 4, 0, 3, 1)), *batch()
    if kind == "NAS-Bench-201":
        with seeded(0):
            return CellNetwork((0, 3, 0, 1, 2, 0), channels=16, cells_per_stage=1, stages=3).double(), *batch(4, 3, 32)
    space = LayerwiseSpace.small()
    genotype = space.sample(np.random.default_rng(3))
    with seeded(0):
        return LayerwiseNetwork(genotype, space).double(), *batch(6)


KINDS = ("cells", "NAS-Bench-201", "layers")


@pytest.mark.parametrize("kind", KINDS)
def test_every_proxy_gives_the_same_finite_number_each_time_and_leaves_the_network_alone(kind):
    network, images, labels = skeleton(kind)
    network.eval()
    network.zero_grad()
    next(network.parameters()).requires_grad_(False)
    state, pixels = copy.deepcopy(network.state_dict()), images.clone()
    for name, proxy in PROXIES.items():
        first, second = proxy(network, images, labels), proxy(network, images, labels)
        assert isinstance(first, float) and math.isfinite(first) and first == second, name
    assert all(torch.equal(before, after) for before, after in zip(state.values(), network.state_dict().values()))
    assert not any(module.training for module in network.modules())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not next(network.parameters()).requires_grad
    assert not any(module._forward_hooks for module in network.modules())
    assert torch.equal(images, pixels) and not images.requires_grad


def test_batch_norm_is_in_training_mode_whatever_the_mode_of_the_network():
    network, images, labels = skeleton("cells")
    scores = {name: proxy(network.train(), images, labels) for name, proxy in PROXIES.items()}
    assert scores == {name: proxy(network.eval(), images, labels) for name, proxy in PROXIES.items()}


def test_a_float32_network_is_scored_with_float64_images():
    network, images, labels = skeleton("cells")
    for name, proxy in PROXIES.items():
        double, single = proxy(network, images, labels), proxy(copy.deepcopy(network).float(), images, labels)
        assert single == pytest.approx(double, rel=2e-3), name


def matched(one, other, names):
    """Give the second network the weights of the first, edge by edge; names: an edge of the second, of the first."""
    target = other.state_dict()
    for key in target:
        parts = key.split(".")
        if "edges" in parts:
            parts[parts.index("edges") + 1] = names[parts[parts.index("edges") + 1]]
        target[key] = one.state_dict()[".".join(parts)]
    other.load_state_dict(target)


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ((3, 0, 0, 0, 2, 0), (0, 3, 0, 0, 0, 2), {"0_2": "0_1", "2_3": "1_3"}),  # through another node
        ((0, 0, 0, 3, 0, 0), (3, 0, 0, 0, 1, 0), {"0_1": "0_3", "1_3": "0_3"}),  # with a skip behind
        ((3, 0, 0, 0, 1, 0), (3, 0, 2, 0, 1, 0), {"0_1": "0_1", "1_3": "1_3"}),  # with a dead convolution
    ],
)
def test_equal_functions_with_equal_weights_have_equal_scores(one, other, names):
    assert CellSpace().canonical(one) == CellSpace().canonical(other)
    images, labels = batch()
    first, second = cell_network(one), cell_network(other)
    dead = {"1_2": "1_2"} if other[2] else {}
    if dead:  # its weights are nobody's
        first.layers[0].edges["1_2"] = copy.deepcopy(second.layers[0].edges["1_2"])
        matched(first, second, names | dead)
        first = cell_network(one)
        first.load_state_dict({k: v for k, v in second.state_dict().items() if "1_2" not in k})
    else:
        matched(first, second, names)
    for name, proxy in PROXIES.items():
        assert proxy(first, images, labels) == pytest.approx(proxy(second, images, labels), rel=1e-9), name


@pytest.mark.parametrize("sizes", [{}, {"stages": 2}])
def test_a_cell_without_a_path_has_the_scores_that_are_promised(sizes):
    images, labels = batch(size=4)
    for genotype in [(0,) * 6, (3, 3, 3, 0, 0, 0), (0, 0, 3, 0, 3, 3)]:
        network = cell_network(genotype, **sizes)
        scores = {name: proxy(network, images, labels) for name, proxy in PROXIES.items()}
        assert all(scores[name] == -math.inf for name in LOGARITHMS), scores
        assert all(scores[name] == 0 for name in ("grad_norm", "snip", "grasp")), scores
        logits = network.classifier.bias.detach().repeat(4, 1).requires_grad_()
        (slopes,) = torch.autograd.grad(nn.functional.cross_entropy(logits, labels), logits)
        effects = 0.5 * (logits.detach() * slopes).square().mean(dim=0)
        assert scores["fisher"] == pytest.approx(float(network.classifier.weight.shape[1] * effects.sum()))


@pytest.mark.parametrize("name", PROXIES)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda n, x, y: (nn.Flatten(), x, y), "no convolution or linear layer"),
        (lambda n, x, y: (n, x[0], y), r"images \(1, 8, 8\): give \(batch, channels, height, width\)"),
        (lambda n, x, y: (n, x[:1], y[:1]), "at least two images"),
        (lambda n, x, y: (n, x.repeat(1, 3, 1, 1), y), r"does not take images \(\d, 3, 8, 8\)"),
        (lambda n, x, y: (n, x, y[:-1]), r"labels \(7,\) of torch.int64 for 8 images"),
        (lambda n, x, y: (n, x, y.double()), "of torch.float64 for 8 images"),
        (lambda n, x, y: (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()).double(), x, y), "is needed"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_given(name, damage, message):
    network, images, labels = damage(*skeleton("cells"))
    with pytest.raises(ValueError, match=message):
        PROXIES[name](network, images, labels)


@pytest.mark.parametrize("name", [name for name in PROXIES if name not in LOGARITHMS])
def test_labels_that_the_network_does_not_know_are_refused(name):
    network, images, labels = skeleton("cells")
    with pytest.raises(ValueError, match=r"labels from 3 to 10: this network tells 0…9 apart"):
        PROXIES[name](network, images, labels + 3)


@pytest.mark.parametrize("name", PROXIES)
def test_weights_that_are_no_numbers_are_refused(name):
    network, images, labels = skeleton("cells")
    with torch.no_grad():
        network.stem[0].weight[0, 0, 0, 0] = math.nan
    with pytest.raises(ValueError, match="not finite"):
        PROXIES[name](network, images, labels)


def test_naswot_needs_activation_units():
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10)).double()
    with pytest.raises(ValueError, match="this network has none"):
        naswot(network, *batch())


@pytest.mark.parametrize("name", PROXIES)
def test_what_is_no_module_or_tensor_is_refused(name):
    network, images, labels = (
        nn.Sequential(nn.Flatten(), nn.Linear(4, 2)),
        torch.ones(2, 1, 2, 2),
        torch.zeros(2).long(),
    )
    for arguments in [(nn.Linear, images, labels), (network, images.numpy(), labels), (network, images, [0, 1])]:
        with pytest.raises(ValueError, match=r"of type \w+: give a t"):
            PROXIES[name](*arguments)
