"""Language models: what each mixer computes, against a plain loop, and that nothing looks ahead."""

import numpy as np
import pytest
import torch

from nastutor.networks import SequenceModel
from nastutor.networks.seeded import seeded
from nastutor.networks.sequence_model import (
    FILTER,
    HEADS,
    MIXER_CLASSES,
    Attention,
    Convolution,
    Recurrence,
    rotate,
    scan,
)
from nastutor.spaces import SequenceSpace
from nastutor.spaces.sequence import WIDTH, stack

F = torch.nn.functional
SPACE = SequenceSpace()


def made(mixer, length=11):
    """A mixer in float64, and a batch for it."""
    with seeded(0):
        return mixer(WIDTH).double(), torch.randn(3, length, WIDTH, dtype=torch.float64)


def model(genotype, vocabulary=7, classes=None):
    with seeded(0):
        return SequenceModel(genotype, vocabulary, classes).double()


@pytest.mark.parametrize("name", MIXER_CLASSES)
def test_no_output_moves_with_a_later_token(name):
    network = model(stack([name, name]))
    tokens = torch.arange(12)[None] % 7
    before = network(tokens)
    for at in range(12):
        changed = tokens.clone()
        changed[0, at] = (changed[0, at] + 1) % 7
        moved = (network(changed) - before).abs().amax(dim=2)[0]
        assert torch.all(moved[:at] == 0) and moved[at] > 0


def test_attention_is_that_of_torch():
    mixer, x = made(Attention)
    query, key, value = (
        part.view(3, 11, HEADS, WIDTH // HEADS).transpose(1, 2) for part in mixer.project(x).chunk(3, dim=2)
    )
    mixed = F.scaled_dot_product_attention(rotate(query), rotate(key), value, is_causal=True)
    expected = mixer.out(mixed.transpose(1, 2).reshape(3, 11, WIDTH))
    torch.testing.assert_close(mixer(x), expected, rtol=1e-12, atol=1e-12)


def test_a_product_of_rotated_vectors_depends_on_their_distance_alone():
    one, other = torch.randn(2, 1, 8, dtype=torch.float64)
    products = rotate(one.expand(10, 8)) @ rotate(other.expand(10, 8)).T
    for distance in range(-9, 10):
        along = products.diagonal(distance)
        torch.testing.assert_close(along, along[:1].expand_as(along), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(products[0, 0], (one @ other.T)[0, 0])


def test_a_convolution_is_that_of_torch():
    mixer, x = made(Convolution)
    value, gate_in, gate_out = mixer.project(x).chunk(3, dim=2)
    rows = F.pad((value * gate_in).transpose(1, 2), (FILTER - 1, 0))
    mixed = F.conv1d(rows, mixer.filters.T[:, None], groups=WIDTH).transpose(1, 2)
    torch.testing.assert_close(mixer(x), mixer.out(mixed * gate_out), rtol=1e-12, atol=1e-12)


def test_a_recurrence_is_its_loop():
    mixer, x = made(Recurrence)
    value, gate, gate_out = mixer.project(x).chunk(3, dim=2)
    decay = torch.sigmoid(gate + mixer.memory)
    state, states = torch.zeros(3, WIDTH, dtype=torch.float64), []
    for t in range(11):
        state = decay[:, t] * state + (1 - decay[:, t]) * value[:, t]
        states.append(state)
    expected = mixer.out(torch.stack(states, dim=1) * F.silu(gate_out))
    torch.testing.assert_close(mixer(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 3, 8, 13])
def test_a_scan_is_its_loop_at_any_length(length):
    decay, inputs = torch.rand(2, 2, length, 3, dtype=torch.float64)
    state, states = torch.zeros(2, 3, dtype=torch.float64), []
    for t in range(length):
        state = decay[:, t] * state + inputs[:, t]
        states.append(state)
    torch.testing.assert_close(scan(decay, inputs), torch.stack(states, dim=1))


def test_a_stack_with_holes_builds_the_network_without_them():
    rng = np.random.default_rng(0)
    tokens = torch.arange(9)[None] % 7
    for genotype in (SPACE.sample(rng) for _ in range(10)):
        one, other = model(genotype), model(SPACE.canonical(genotype))
        assert one.state_dict().keys() == other.state_dict().keys()
        assert torch.equal(one(tokens), other(tokens))


def test_scores_are_given_at_every_position():
    assert model(stack(["attention"]))(torch.zeros(2, 5, dtype=torch.int64)).shape == (2, 5, 7)
    assert model(stack(["attention"]), 7, 3)(torch.zeros(2, 5, dtype=torch.int64)).shape == (2, 5, 3)


def test_tokens_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"tokens have shape \(5,\): this network takes \(batch, length\)"):
        model(stack(["attention"]))(torch.zeros(5, dtype=torch.int64))
    with pytest.raises(ValueError, match="vocabulary"):
        SequenceModel(stack(["attention"]), 0)
