"""The supernet of the language models: what a path computes, which weights it has, and what learns."""

import numpy as np
import pytest
import torch

from nastutor.networks import SequenceSupernet
from nastutor.networks.seeded import seeded
from nastutor.spaces import SequenceSpace
from nastutor.spaces.sequence import stack

SPACE = SequenceSpace()
TOKENS = torch.arange(2 * 9).view(2, 9) % 7


@pytest.fixture(scope="module")
def network():
    with seeded(0):
        return SequenceSupernet(7, 5).double()


def test_every_path_is_the_stack_with_its_weights(network):
    for genotype in SPACE.representatives()[::8]:
        alone = network.cut_out(genotype)
        assert alone.genotype == genotype
        torch.testing.assert_close(network.path(TOKENS, genotype), alone(TOKENS), rtol=0, atol=1e-6)


def test_a_stack_with_holes_has_the_weights_of_the_stack_without(network):
    rng = np.random.default_rng(0)
    holes = [genotype for genotype in (SPACE.sample(rng) for _ in range(60)) if SPACE.canonical(genotype) != genotype]
    assert len(holes) > 20
    for genotype in holes:
        assert torch.equal(network.path(TOKENS, genotype), network.path(TOKENS, SPACE.canonical(genotype)))


@pytest.mark.parametrize("size", [0, 64])
def test_a_gradient_reaches_the_path_and_nothing_else(network, size):
    network.zero_grad()
    network.path(TOKENS, stack(["recurrence", "nothing", "attention"], size)).square().sum().backward()
    reached = {name for name, weights in network.named_parameters() if weights.grad is not None}
    blocks = ["layers.0.recurrence.", "layers.1.attention."]
    blocks += ["layers.0.feed_forward.", "layers.1.feed_forward."] if size else []
    inside = {name for name, _ in network.named_parameters() if name.startswith(("embedding.", "head.", *blocks))}
    assert reached == inside and len(reached) == (26 if size else 14)
    assert all(network.get_parameter(name).grad.any() for name in reached)


def test_stacks_share_what_they_have_in_common_and_a_cut_out_shares_nothing(network):
    blocks = {
        mixers: list(network.blocks(stack(list(mixers)))) for mixers in (("attention",), ("attention", "convolution"))
    }
    one, other = blocks.values()
    assert other[:2] == one and len(other) == 4
    before = {name: weights.clone() for name, weights in network.state_dict().items()}
    alone = network.cut_out(stack(["attention"]))
    with torch.no_grad():
        for weights in alone.parameters():
            weights.zero_()
    assert all(torch.equal(weights, before[name]) for name, weights in network.state_dict().items())


def test_it_weighs_its_blocks():
    """Four layers of three mixers of 4·32² weights and of one feed-forward block of 2·32·64."""
    matrices = sum(
        weights.numel() for name, weights in SequenceSupernet(7).layers.named_parameters() if weights.ndim > 1
    )
    filters = 4 * 4 * 32
    assert matrices - filters == 4 * (3 * 4 * 32**2 + 2 * 32 * 64)


def test_what_cannot_be_is_refused(network):
    with pytest.raises(ValueError, match="mixer_1"):
        network.path(TOKENS, (0, 9, 0, 0, 0))
    with pytest.raises(ValueError, match="vocabulary 0"):
        SequenceSupernet(0)
