"""Layerwise networks: every architecture builds and trains, and what is built is what the table of the space says."""

import math
from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

from nastutor.networks.layerwise_network import ConvolutionalLayer, LayerwiseNetwork  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.spaces import CellSpace, LayerwiseSpace  # noqa: E402
from nastutor.spaces.layerwise import group_count, squeeze_width  # noqa: E402

SMALL, FULL = LayerwiseSpace.small(), LayerwiseSpace.full()
ONE_GROUP = LayerwiseSpace(depths=(1, 3, 4), filters=(3, 8), kernel_sizes=(1, 3))  # 3 filters: one group
CONV = {
    "type": "conv", "filters": 16, "kernel_size": 3, "stride": 1,
    "activation": "relu", "normalization": "batch", "skip": False, "attention": False,
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def samples(space, count, seed=0):
    rng = np.random.default_rng(seed)
    return [space.sample(rng) for _ in range(count)]


def build(genotype, space=SMALL, **options):
    with seeded(0):
        return LayerwiseNetwork(genotype, space, **options)


def images(batch, side, channels=1, dtype=torch.float32):
    return torch.randn(batch, channels, side, side, generator=torch.Generator().manual_seed(1), dtype=dtype)


def count_parameters(module):
    return sum(weights.numel() for weights in module.parameters())


# Every architecture


@pytest.mark.parametrize(
    ("space", "count", "side", "batch"),
    [(SMALL, 100, 8, 4), (SMALL, 100, 32, 2), (FULL, 10, 8, 2), (FULL, 3, 32, 2)],
    ids=["small-8x8", "small-32x32", "full-8x8", "full-32x32"],
)
def test_a_random_sample_builds_and_runs_forward_and_backward(space, count, side, batch):
    x = images(batch, side)
    for genotype in samples(space, count, seed=side):
        network = build(genotype, space)
        scores = network(x)
        assert scores.shape == (batch, 10)
        scores.square().sum().backward()
        for name, weights in network.named_parameters():
            assert weights.grad is not None and weights.grad.isfinite().all(), (space.to_string(genotype), name)
        with torch.no_grad():
            in_evaluation = network.eval()(x)
        assert scores.isfinite().all() and in_evaluation.isfinite().all(), space.to_string(genotype)


def test_every_small_architecture_of_a_sample_takes_a_training_step_that_lowers_its_loss():
    """One small step down the gradient of one batch, in float64."""
    x, labels = images(8, 8, dtype=torch.float64), torch.arange(8)
    for genotype in samples(SMALL, 40, seed=1):
        network = build(genotype).double()
        optimizer = torch.optim.SGD(network.parameters(), lr=1e-4)
        before = F.cross_entropy(network(x), labels)
        before.backward()
        optimizer.step()
        assert F.cross_entropy(network(x), labels) < before, SMALL.to_string(genotype)


@pytest.mark.parametrize(("in_channels", "classes"), [(3, 100), (2, 2)])
def test_colours_and_classes_are_free(in_channels, classes):
    for genotype in samples(SMALL, 20, seed=2):
        network = build(genotype, in_channels=in_channels, classes=classes)
        assert network(images(2, 8, in_channels)).shape == (2, classes)


def test_a_network_of_identities_is_a_linear_classifier_of_the_mean_pixel():
    network = build(SMALL.from_string("identity|identity"), in_channels=3)
    assert count_parameters(network) == 3 * 10 + 10
    x = images(4, 8, 3)
    assert torch.equal(network(x), network.classifier(x.mean(dim=(2, 3))))


def test_an_image_of_one_pixel_passes_every_layer():
    for genotype in samples(SMALL, 50, seed=3):
        assert build(genotype)(images(2, 1)).isfinite().all()


# Canonical forms


@pytest.mark.parametrize("space", [SMALL, ONE_GROUP], ids=["small", "one-group"])
def test_equal_canonical_forms_are_one_network_with_the_same_weights_and_outputs(space):
    """Also under one seed: the first weights are drawn in the same order."""
    others = 0
    for genotype in samples(space, 80, seed=4):
        canonical = space.canonical(genotype)
        others += canonical != genotype
        network, same = build(genotype, space), build(canonical, space)
        weights, same_weights = network.state_dict(), same.state_dict()
        assert list(weights) == list(same_weights)
        assert all(torch.equal(weights[name], same_weights[name]) for name in weights)
        x = images(2, 8, dtype=torch.float64)
        torch.testing.assert_close(network.double()(x), same.double()(x), rtol=1e-10, atol=1e-10)
    assert others > 25


def test_every_single_change_changes_the_network_unless_the_canonical_form_stays():
    """Other parameters, or another function of the same parameters; for every field."""
    x = images(2, 16, dtype=torch.float64)
    changed = set()
    for genotype in samples(SMALL, 10, seed=5):
        network = build(genotype).double()
        weights = network.state_dict()
        for neighbor in SMALL.neighbors(genotype):
            if SMALL.canonical(neighbor) == SMALL.canonical(genotype):
                continue
            other = build(neighbor).double()
            position = next(i for i, (a, b) in enumerate(zip(genotype, neighbor)) if a != b)
            changed.add(SMALL.variables[position].name.split("_", 2)[-1])
            shapes = {name: tensor.shape for name, tensor in other.state_dict().items()}
            if shapes == {name: tensor.shape for name, tensor in weights.items()}:
                other.load_state_dict(weights)
                assert (other(x) - network(x)).abs().max() > 1e-6, (SMALL.to_string(genotype), neighbor)
    assert changed == {"depth", *LayerwiseSpace.fields}


# What is built


def layer_parameters(channels, layer):
    """Count the parameters of a layer by hand, from the table in the docstring of `LayerwiseSpace`."""
    filters, kernel = layer["filters"], layer["kernel_size"] ** 2
    total = channels * kernel + channels * filters if layer["type"] == "depthwise_conv" else channels * filters * kernel
    total += 2 * filters
    if layer["skip"] and (layer["stride"] > 1 or filters != channels):
        total += channels * filters + 2 * filters
    if layer["attention"]:
        width = max(4, filters // 16)
        total += filters * width + width + width * filters + filters
    return total


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("conv-f16-k3-s1-relu-batch", 3 * 16 * 9 + 2 * 16),
        ("conv-f32-k7-s2-gelu-layer", 3 * 32 * 49 + 2 * 32),
        ("dilated_conv-f8-k5-s1-swish-group", 3 * 8 * 25 + 2 * 8),
        ("depthwise_conv-f32-k5-s1-relu-batch", 3 * 25 + 3 * 32 + 2 * 32),
        ("depthwise_conv-f32-k1-s2-relu-batch-skip", 3 * 1 + 3 * 32 + 2 * 32 + 3 * 32 + 2 * 32),
        ("conv-f8-k1-s1-relu-group-se", 3 * 8 + 2 * 8 + (8 * 4 + 4) + (4 * 8 + 8)),
        ("conv-f8-k1-s1-relu-layer|conv-f8-k3-s1-relu-layer-skip", 3 * 8 + 16 + 8 * 8 * 9 + 16),  # the sum is free
    ],
)
def test_parameters_are_those_counted_by_hand(text, parameters):
    network = build(SMALL.from_string(text), in_channels=3)
    assert count_parameters(network.layers) == parameters
    assert count_parameters(network) == parameters + (network.classifier.in_features + 1) * 10


@pytest.mark.parametrize(("space", "count"), [(SMALL, 200), (FULL, 10)], ids=["small", "full"])
def test_parameters_follow_the_formula_for_random_architectures(space, count):
    for genotype in samples(space, count, seed=6):
        channels, expected = 1, 0
        for layer in space.decode(genotype):
            if layer["type"] != "identity":
                expected += layer_parameters(channels, layer)
                channels = layer["filters"]
        with torch.device("meta"):
            network = LayerwiseNetwork(genotype, space)
        assert count_parameters(network) == expected + 10 * channels + 10


@pytest.mark.parametrize("kind", ["conv", "depthwise_conv", "dilated_conv"])
def test_a_side_of_n_pixels_becomes_n_over_stride_rounded_up(kind):
    for size, stride, skip in product((1, 3, 5, 7), (1, 2, 3), (False, True)):
        fields = {"type": kind, "kernel_size": size, "stride": stride, "skip": skip, "filters": 4}
        layer = ConvolutionalLayer(2, CONV | fields).to("meta")
        for height, width in [(1, 1), (2, 7), (5, 4), (9, 8)]:
            made = layer(torch.empty(2, 2, height, width, device="meta"))
            assert made.shape == (2, 4, math.ceil(height / stride), math.ceil(width / stride))


def by_hand(module, layer, x):
    """Compute a layer from its weights with torch's functions alone, in training mode."""
    weights = {name: value.double() for name, value in module.state_dict().items()}
    filters, size, stride = layer["filters"], layer["kernel_size"], layer["stride"]

    def normalized(y, prefix):
        scale, shift = weights[f"{prefix}.weight"], weights[f"{prefix}.bias"]
        if layer["normalization"] == "batch":
            return F.batch_norm(y, None, None, scale, shift, training=True)
        groups = {"layer": 1, "group": group_count(filters)}[layer["normalization"]]
        grouped = y.reshape(len(y), groups, -1)
        spread = (grouped.var(dim=2, unbiased=False, keepdim=True) + 1e-5).sqrt()
        grouped = (grouped - grouped.mean(dim=2, keepdim=True)) / spread
        return grouped.reshape(y.shape) * scale[:, None, None] + shift[:, None, None]

    if layer["type"] == "conv":
        y = F.conv2d(x, weights["operation.weight"], stride=stride, padding=(size - 1) // 2)
    elif layer["type"] == "dilated_conv":
        y = F.conv2d(x, weights["operation.weight"], stride=stride, padding=size - 1, dilation=2)
    else:
        planes = [
            F.conv2d(x[:, c : c + 1], weights["operation.0.weight"][c : c + 1], stride=stride, padding=(size - 1) // 2)
            for c in range(x.shape[1])
        ]
        y = F.conv2d(torch.cat(planes, dim=1), weights["operation.1.weight"])
    y = normalized(y, "normalization")
    if layer["activation"] == "relu":
        y = y.clamp(min=0)
    elif layer["activation"] == "swish":
        y = y * torch.sigmoid(y)
    else:
        y = y * (1 + torch.erf(y / math.sqrt(2))) / 2
    if layer["attention"]:
        hidden = y.mean(dim=(2, 3)) @ weights["attention.gate.0.weight"].T + weights["attention.gate.0.bias"]
        assert hidden.shape[1] == squeeze_width(filters)
        gates = hidden.clamp(min=0) @ weights["attention.gate.2.weight"].T + weights["attention.gate.2.bias"]
        y = y * torch.sigmoid(gates)[:, :, None, None]
    if layer["skip"] and (stride > 1 or filters != x.shape[1]):
        projected = (weights["shortcut.0.weight"][:, :, 0, 0] @ x[:, :, ::stride, ::stride].flatten(2)).reshape(y.shape)
        y = y + normalized(projected, "shortcut.1")
    elif layer["skip"]:
        y = y + x
    return y


def test_a_layer_computes_what_the_table_says():
    rng = np.random.default_rng(7)
    generator = torch.Generator().manual_seed(7)
    for channels in (3, 8, 16):
        for _ in range(80):
            layer = {field: choices[rng.integers(len(choices))] for field, choices in SMALL.choices.items()}
            if layer["type"] == "identity":
                continue
            with seeded(0):
                module = ConvolutionalLayer(channels, layer).double()
            with torch.no_grad():
                for weights in module.parameters():  # scales and shifts that are not one and zero
                    weights.copy_(torch.randn(weights.shape, generator=generator, dtype=torch.float64) / 2)
            x = images(3, 7, channels, torch.float64)
            torch.testing.assert_close(module(x), by_hand(module, layer, x), rtol=1e-9, atol=1e-9)


def test_first_weights_come_from_the_global_generator():
    genotype = SMALL.from_string("conv-f8-k3-s1-relu-batch")
    with seeded(3):
        first = LayerwiseNetwork(genotype, SMALL)
    with seeded(3):
        again = LayerwiseNetwork(genotype, SMALL)
    with seeded(4):
        other = LayerwiseNetwork(genotype, SMALL)
    weights = [network.layers[0].operation.weight for network in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


# What is refused


def test_a_genotype_outside_the_space_is_refused():
    genotype = SMALL.from_string("conv-f8-k3-s1-relu-batch")
    with pytest.raises(ValueError, match="value 9 of variable 'layer_1_kernel_size'"):
        LayerwiseNetwork((*genotype[:3], 9, *genotype[4:]), SMALL)
    with pytest.raises(ValueError, match="a genotype has 33 values here, got 6"):
        LayerwiseNetwork((0,) * 6, SMALL)
    with pytest.raises(TypeError, match="needs a LayerwiseSpace second, got CellSpace"):
        LayerwiseNetwork((0,) * 6, CellSpace())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, "in_channels 0: give a whole number, at least 1"),
        ({"in_channels": 1.0}, "in_channels 1.0"),
        ({"in_channels": True}, "in_channels True"),
        ({"classes": 1}, "classes 1: give a whole number, at least 2"),
        ({"classes": "10"}, "classes '10'"),
    ],
)
def test_channels_and_classes_that_cannot_be_built_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build(SMALL.from_string("identity"), **options)


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (1, 8, 8), (8, 8), (2, 64)])
def test_images_of_another_shape_are_refused(shape):
    network = build(SMALL.from_string("conv-f8-k3-s1-relu-batch"))
    with pytest.raises(ValueError, match=r"this network takes \(batch, 1, height, width\)"):
        network(torch.zeros(shape))
