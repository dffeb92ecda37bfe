"""The layerwise space: its descriptions and strings are exact, and equal canonical forms are equal networks."""

import itertools
import math
import re
from collections import Counter

import numpy as np
import pytest

from nastutor.spaces import LayerwiseSpace
from nastutor.spaces.layerwise import group_count, squeeze_width

SMALL, FULL = LayerwiseSpace.small(), LayerwiseSpace.full()
TINY = LayerwiseSpace(
    depths=(1, 2), filters=(3, 8), kernel_sizes=(1, 3), strides=(1,), activations=("swish",),
    normalizations=("layer", "group"), attention=(False,),
)  # fmt: skip
EVERY_FIELD = LayerwiseSpace(depths=(1, 3, 4), filters=(3, 8), kernel_sizes=(1, 3))
DEEP = LayerwiseSpace(FULL.depths, filters=(3, 16))
FIELDS_PER_LAYER = len(LayerwiseSpace.fields)

both_presets = pytest.mark.parametrize("space", [SMALL, FULL], ids=["small", "full"])


def samples(space, count, seed=0):
    rng = np.random.default_rng(seed)
    return [space.sample(rng) for _ in range(count)]


def random_description(space, rng):
    """Draw a description without the space's help."""
    layers = []
    for _ in range(rng.choice(space.depths)):
        layer = {field: choices[rng.integers(len(choices))] for field, choices in space.choices.items()}
        layers.append({"type": "identity"} if layer["type"] == "identity" else layer)
    return layers


CONV = {
    "type": "conv", "filters": 8, "kernel_size": 3, "stride": 1,
    "activation": "relu", "normalization": "batch", "skip": False, "attention": False,
}  # fmt: skip


# Size and sampling


def test_the_sizes_of_the_presets_are_exact():
    assert SMALL.size == 45_224_897_023_300
    assert FULL.size == 38_046_106_707_969_071_782_702_202_688_010_355_648_042_631_305_622_453_565_477_127_404_687_500
    for space, layers in [(SMALL, 2_593), (FULL, 5_185)]:
        assert layers == 1 + 3 * math.prod(len(choices) for choices in space.choices.values()) // 4
        assert space.size == sum(layers**depth for depth in space.depths)


def test_the_size_is_the_number_of_different_architectures():
    genotypes = list(TINY)
    assert TINY.size == len(set(genotypes)) == len({TINY.to_string(genotype) for genotype in genotypes})
    layer = 1 + 3 * 2 * 2 * 2 * 2
    assert TINY.size == layer + layer**2


def test_the_published_ranges_are_in_the_presets():
    assert FULL.depths == tuple(range(8, 20))
    assert (FULL.choices["filters"][0], FULL.choices["filters"][-1]) == (16, 512)
    assert SMALL.depths == (1, 2, 3, 4)
    assert len(FULL.variables) == 1 + 19 * FIELDS_PER_LAYER


@both_presets
def test_sampling_is_uniform_over_depths(space):
    counts = Counter(len(space.decode(genotype)) for genotype in samples(space, 3_000))
    expected = 3_000 / len(space.depths)
    chi_squared = sum((counts[depth] - expected) ** 2 / expected for depth in space.depths)
    assert chi_squared < {4: 16.3, 12: 31.3}[len(space.depths)]  # the 99.9 % quantiles for 3 and 11 degrees of freedom


# Descriptions and strings


@both_presets
def test_decoding_and_encoding_are_exact_inverses(space):
    for genotype in samples(space, 300):
        assert space.encode(space.decode(genotype)) == genotype
    rng = np.random.default_rng(1)
    for _ in range(300):
        description = random_description(space, rng)
        assert space.decode(space.encode(description)) == description


@both_presets
def test_strings_are_exact_and_tell_architectures_apart(space):
    genotypes = samples(space, 500)
    for genotype in genotypes:
        assert space.from_string(space.to_string(genotype)) == genotype
    assert len({space.to_string(genotype) for genotype in genotypes}) == len(set(genotypes))


def test_a_string_reads_like_the_architecture():
    layers = [CONV | {"skip": True, "attention": True}, {"type": "identity"}, CONV | {"stride": 2}]
    assert SMALL.to_string(SMALL.encode(layers)) == (
        "conv-f8-k3-s1-relu-batch-skip-se|identity|conv-f8-k3-s2-relu-batch"
    )


@both_presets
def test_every_active_variable_shows_and_no_inactive_one_does(space):
    for genotype in samples(space, 6):
        for position, is_active in enumerate(space.active(genotype)):
            value = (genotype[position] + 1) % len(space.variables[position].choices)
            other = (*genotype[:position], value, *genotype[position + 1 :])
            assert (space.decode(other) != space.decode(genotype)) == is_active
            assert (space.to_string(other) != space.to_string(genotype)) == is_active


def test_layers_beyond_the_depth_and_the_fields_of_an_identity_are_inactive():
    genotype = SMALL.encode([CONV, {"type": "identity"}])
    per_layer = [True] * FIELDS_PER_LAYER, [True] + [False] * (FIELDS_PER_LAYER - 1), [False] * FIELDS_PER_LAYER
    first, identity, beyond = per_layer
    assert SMALL.active(genotype) == (True, *first, *identity, *beyond, *beyond)


# What searchers do


@both_presets
def test_whatever_is_made_has_zeros_where_it_is_inactive(space):
    rng = np.random.default_rng(2)
    for a, b in itertools.pairwise(samples(space, 30)):
        children = [space.mutate(a, rng), space.crossover(a, b, rng), space.crossover(a, b, rng, "one_point")]
        for genotype in [a, *children, *children, space.canonical(a), space.neighbors(a)[0]]:
            assert space.encode(space.decode(space.validate(genotype))) == genotype


def test_raising_the_depth_draws_the_new_layers_afresh_and_leaves_the_others():
    rng = np.random.default_rng(3)
    parent = SMALL.encode([CONV, CONV])
    drawn = []
    while len(drawn) < 600:
        child = SMALL.decode(SMALL.mutate(parent, rng))
        if len(child) > 2:
            assert child[:2] == [CONV, CONV]
            drawn.extend(child[2:])
    shares = Counter(layer["type"] for layer in drawn)
    assert all(abs(shares[kind] / len(drawn) - 0.25) < 0.06 for kind in SMALL.choices["type"])


def test_lowering_the_depth_cuts_the_tail_only():
    rng = np.random.default_rng(4)
    for parent in samples(SMALL, 500):
        child = SMALL.mutate(parent, rng)
        before, after = SMALL.decode(parent), SMALL.decode(child)
        if len(after) < len(before):
            assert after == before[: len(after)]


def test_a_crossover_of_two_depths_has_one_of_them():
    rng = np.random.default_rng(5)
    a, b = SMALL.encode([CONV]), SMALL.encode([CONV | {"filters": 32}] * 4)
    for kind in ("uniform", "one_point"):
        children = [SMALL.decode(SMALL.crossover(a, b, rng, kind)) for _ in range(200)]
        assert {len(child) for child in children} <= {1, 4}
        assert all(layer["filters"] == 32 for child in children for layer in child[1:])


# Canonical forms: a network in numpy, written from the table in the class's docstring


def convolve(x, weights, stride=1, dilation=1):
    reach = dilation * (weights.shape[-1] - 1)
    height, width = x.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (reach // 2,) * 2, (reach // 2,) * 2))
    taps = itertools.product(range(weights.shape[-1]), repeat=2)
    return sum(
        np.einsum("oc,bchw->bohw", weights[:, :, i, j], x[:, :, i * dilation :, j * dilation :][:, :, :height, :width])
        for i, j in taps
    )[:, :, ::stride, ::stride]


def normalize(x, kind, rng):
    scale, shift = rng.normal(size=(2, 1, x.shape[1], 1, 1))
    if kind == "group":
        groups = x.reshape(len(x), group_count(x.shape[1]), -1)
        normal = (groups - groups.mean(2, keepdims=True)) / np.sqrt(groups.var(2, keepdims=True) + 1e-5)
        return normal.reshape(x.shape) * scale + shift
    axes = {"batch": (0, 2, 3), "layer": (1, 2, 3)}[kind]
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5) * scale + shift


def activate(x, kind):
    if kind == "relu":
        return np.maximum(x, 0)
    return x / (1 + np.exp(-x)) if kind == "swish" else x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


def network(layers, x, seed=0):
    """Compute the features of a batch; each weight that is needed is the next one of a fixed random sequence."""
    rng = np.random.default_rng(seed)
    for layer in layers:
        if layer["type"] == "identity":
            continue
        filters, size, stride, before = layer["filters"], layer["kernel_size"], layer["stride"], x
        if layer["type"] == "depthwise_conv":
            each = [convolve(x[:, [c]], rng.normal(size=(1, 1, size, size)), stride) for c in range(x.shape[1])]
            x = convolve(np.concatenate(each, axis=1), rng.normal(size=(filters, x.shape[1], 1, 1)))
        else:
            weights = rng.normal(size=(filters, x.shape[1], size, size))
            x = convolve(x, weights, stride, dilation=2 if layer["type"] == "dilated_conv" else 1)
        x = activate(normalize(x, layer["normalization"], rng), layer["activation"])
        if layer["attention"]:
            hidden = np.maximum(x.mean((2, 3)) @ rng.normal(size=(filters, squeeze_width(filters))), 0)
            x = x / (1 + np.exp(-hidden @ rng.normal(size=(hidden.shape[1], filters))))[:, :, None, None]
        if layer["skip"]:
            if stride > 1 or before.shape[1] != filters:
                before = convolve(before, rng.normal(size=(filters, before.shape[1], 1, 1)), stride)
                before = normalize(before, layer["normalization"], rng)
            x = x + before
    return x


IMAGES = np.random.default_rng(6).normal(size=(2, 3, 5, 5))


@pytest.mark.parametrize("space", [EVERY_FIELD, SMALL, DEEP], ids=["every field", "small", "deep"])
def test_the_canonical_form_is_the_same_network(space):
    for genotype in samples(space, 200 if space is not DEEP else 30):
        representative = space.canonical(genotype)
        assert space.canonical(representative) == representative
        network_of = [network(space.decode(g), IMAGES) for g in (genotype, representative)]
        np.testing.assert_allclose(*network_of, rtol=1e-9, atol=1e-9)


def test_in_a_tiny_space_different_canonical_forms_are_different_networks():
    outputs = {}
    for genotype in TINY:
        output = network(TINY.decode(genotype), IMAGES)
        outputs.setdefault(TINY.canonical(genotype), []).append(output)
    for members in outputs.values():
        assert all(other.shape == members[0].shape and np.allclose(other, members[0]) for other in members)
    first = [members[0] for members in outputs.values()]
    assert len({(output.shape, *np.round(output.ravel(), 6)) for output in first}) == len(first)
    # a layer: 2 types with kernel 1, 3 with kernel 3; 1 normalization of 3 channels, 2 of 8; skip
    layers = (2 + 3) * (1 + 2) * 2
    assert len(outputs) == 1 + layers + layers**2


def test_identities_go_as_far_as_the_depths_allow():
    identity = {"type": "identity"}
    wide = CONV | {"skip": True}

    def shortest(layers):
        return EVERY_FIELD.decode(EVERY_FIELD.canonical(EVERY_FIELD.encode(layers)))

    assert shortest([identity, CONV, identity]) == [CONV]
    assert shortest([identity] * 4) == [identity]
    assert shortest([CONV, identity, identity, wide]) == [CONV, wide, identity]  # depth 2 is not allowed


def test_what_only_looks_equal_stays_different():
    pairs = [
        ({"type": "dilated_conv", "kernel_size": 1}, {"type": "conv", "kernel_size": 1}, True),
        ({"type": "dilated_conv", "kernel_size": 3}, {"type": "conv", "kernel_size": 3}, False),
        ({"type": "depthwise_conv", "kernel_size": 1}, {"type": "conv", "kernel_size": 1}, False),
        ({"normalization": "group", "filters": 3}, {"normalization": "layer", "filters": 3}, True),
        ({"normalization": "group", "filters": 8}, {"normalization": "layer", "filters": 8}, False),
    ]
    for a, b, is_equal in pairs:
        forms = [EVERY_FIELD.canonical(EVERY_FIELD.encode([CONV | change])) for change in (a, b)]
        assert (forms[0] == forms[1]) == is_equal


def test_a_space_without_the_simpler_choice_keeps_the_other():
    space = LayerwiseSpace((1,), (3,), types=("dilated_conv",), normalizations=("group",))
    assert all(space.canonical(genotype) == genotype for genotype in space)


def test_groups_divide_the_filters_and_hold_at_least_four_channels():
    assert [group_count(n) for n in (1, 3, 4, 7, 8, 16, 24, 32, 64, 128, 512)] == [1, 1, 1, 1, 2, 4, 6, 8, 16, 32, 32]
    assert all(n % group_count(n) == 0 and (n < 8 or n // group_count(n) >= 4) for n in range(1, 1_000))
    assert [squeeze_width(n) for n in (1, 16, 64, 128, 512)] == [4, 4, 4, 8, 32]


# Errors


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("conv", "describe an architecture by a list of layers, got 'conv'"),
        ({"layers": []}, "by a list of layers"),
        ([], "0 layers: choose one of (1, 2, 3, 4)"),
        ([CONV] * 5, "5 layers: choose one of (1, 2, 3, 4)"),
        ([CONV, "conv"], "layer 2 is 'conv': describe it by a dict of type, filters, kernel_size"),
        ([{}], "lacks 'layer_1_type'"),
        ([{"type": "conv"}], "lacks 'layer_1_filters': give one of (8, 16, 32)"),
        ([CONV, CONV | {"filters": 9}], "layer_2_filters = 9: choose one of (8, 16, 32)"),
        ([CONV | {"type": "pool"}], "layer_1_type = 'pool'"),
        ([CONV | {"type": "identity"}], "'layer_1_filters' has no effect here"),
        ([{"type": "identity", "stride": 2}], "'layer_1_stride' has no effect here"),
        ([CONV | {"dropout": 0.1}], "'layer_1_dropout' is not a variable"),
    ],
)
def test_encode_says_what_is_wrong(description, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SMALL.encode(description)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot read the layer ''"),
        ("conv", "cannot read the layer 'conv' in 'conv': write identity, or type-f32-k3-s1-activation-normalization"),
        ("conv-f8-k3-s1-relu-batch|", "cannot read the layer ''"),
        ("conv-f8-k3-s1-relu-batch-se-skip", "cannot read the layer"),
        ("conv-f08-k3-s1-relu-batch", "write it as 'conv-f8-k3-s1-relu-batch'"),
        ("conv-f9-k3-s1-relu-batch", "layer_1_filters = 9"),
        ("identity|conv-f8-k3-s1-tanh-batch", "layer_2_activation = 'tanh'"),
        ("|".join(["identity"] * 5), "5 layers"),
    ],
)
def test_from_string_says_what_is_wrong(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        SMALL.from_string(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depths": ()}, "depths (): give at least one"),
        ({"depths": (0, 1)}, "depths: 0 is not a positive integer"),
        ({"depths": (2, 1)}, "depths (2, 1): list them from small to large"),
        ({"depths": (1, 1)}, "each once"),
        ({"filters": (8, 8.5)}, "filters: 8.5 is not a positive integer"),
        ({"filters": (True,)}, "filters: True is not a positive integer"),
        ({"kernel_sizes": (1, 2)}, "kernel_sizes: 2 is even"),
        ({"strides": (0,)}, "strides: 0"),
        ({"types": ("conv", "pool")}, "types: 'pool' is unknown; choose from ('conv', 'depthwise_conv'"),
        ({"activations": ("relu", "relu")}, "activations ('relu', 'relu'): give at least one, each once"),
        ({"normalizations": ()}, "normalizations ()"),
        ({"skip": (2,)}, "skip: 2 is unknown; choose from (False, True)"),
    ],
)
def test_a_space_that_cannot_be_built_is_refused(change, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        LayerwiseSpace(**({"depths": (1, 2), "filters": (8,)} | change))


def test_numbers_of_numpy_are_numbers():
    space = LayerwiseSpace(np.arange(1, 5), np.array([8, 16, 32]))
    assert space.signature() == SMALL.signature()
    assert all(type(depth) is int for depth in space.depths)


# What goes wrong with a dictionary that is flattened in passing


def naive_encode(layers):
    """Flatten the fields that came to mind, layer after layer."""
    fields = ("type", "filters", "kernel_size", "skip", "attention")
    return [
        SMALL.choices[field].index(layer.get(field, SMALL.choices[field][0])) for layer in layers for field in fields
    ]


def test_a_naive_encoding_loses_fields():
    lost = {"stride": 2, "activation": "gelu", "normalization": "group"}
    for field, value in lost.items():
        other = CONV | {field: value}
        assert naive_encode([CONV]) == naive_encode([other])
        assert SMALL.encode([CONV]) != SMALL.encode([other])
    one_layer = LayerwiseSpace((1,), SMALL.choices["filters"])
    kept = {tuple(naive_encode(one_layer.decode(genotype))) for genotype in one_layer}
    assert (one_layer.size, len(kept)) == (2_593, 1 + 3 * 3 * 4 * 2 * 2)  # 18 architectures share one encoding


def test_a_naive_encoding_breaks_when_the_depth_varies():
    short, long = [CONV], [CONV, CONV]
    with pytest.raises(ValueError, match="inhomogeneous"):
        np.array([naive_encode(short), naive_encode(long)])
    first = CONV | {"filters": 8, "kernel_size": 1}  # every field has its first choice, number 0
    padded = naive_encode(short) + [0] * 5
    assert padded == naive_encode([CONV, first])  # padding is an architecture
    crossed = [b for _, b in zip(naive_encode(short), naive_encode(long))]
    assert len(crossed) == len(naive_encode(short))  # the deeper parent's second layer can never be inherited
    assert len(SMALL.encode(short)) == len(SMALL.encode(long))
