"""Costs of language models: against the network itself and torch's own counter."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from nastutor.hardware.sequence_costs import sequence_costs
from nastutor.networks import SequenceModel
from nastutor.spaces.sequence import FILTER, WIDTH, stack

STACKS = [["attention"], ["convolution"], ["recurrence"], ["recurrence", "attention", "convolution"]]


@pytest.mark.parametrize("mixers", STACKS, ids="-".join)
@pytest.mark.parametrize("hidden", [0, 64])
def test_costs_are_those_of_the_network(mixers, hidden):
    genotype, length = stack(mixers, hidden), 9
    network = SequenceModel(genotype, 11, 5)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, length, dtype=torch.int64))
    costs = sequence_costs(genotype, length, 11, 5)
    assert costs.params == sum(weights.numel() for weights in network.parameters())
    elementwise = {"attention": 0, "convolution": FILTER, "recurrence": 1}
    by_number = sum(elementwise[mixer] for mixer in mixers) * length * WIDTH  # the counter sees matrix products alone
    assert costs.macs - by_number == counter.get_total_flops() / 2


def test_only_attention_grows_with_the_square_and_keeps_what_it_saw():
    for mixer in ("attention", "convolution", "recurrence"):
        short, long = (sequence_costs(stack([mixer]), length, 11) for length in (64, 128))
        assert (long.macs > 2 * short.macs) == (mixer == "attention")
        assert (long.cache > short.cache) == (mixer == "attention")
        assert long.params == short.params
    assert sequence_costs(stack(["attention"]), 100, 11).cache == 2 * 100 * WIDTH
    assert sequence_costs((0, 0, 0, 0, 0), 100, 11).cache == 0


def test_a_token_more_costs_what_a_last_position_does():
    """Attention is computed square, masked parts too; with a cache the new token looks at itself and all before it."""
    for mixers in STACKS:
        short, long = (sequence_costs(stack(mixers), length, 11) for length in (99, 100))
        twice_attended = 2 * WIDTH * mixers.count("attention") * 99
        assert short.next_macs == long.macs - short.macs - twice_attended
    assert short.next_macs < short.macs / 50


@pytest.mark.parametrize(("length", "vocabulary"), [(0, 5), (5, 0), (2.5, 5), ("5", 5)])
def test_a_number_that_is_none_is_refused(length, vocabulary):
    with pytest.raises(ValueError, match=r"length|vocabulary"):
        sequence_costs(stack(["attention"]), length, vocabulary)
