"""Proxies of language models: what is scored is the network between embedding and answer, by the proxies of images."""

import pytest
import torch

from nastutor.networks import SequenceModel
from nastutor.networks.seeded import seeded
from nastutor.spaces.sequence import stack
from nastutor.training.sequence_proxies import PROXIES, AtPosition, score_model
from nastutor.training.sequences import load_task
from nastutor.training.zero_cost import linearized

TASK = load_task("recall")
TOKENS, TARGETS = (torch.from_numpy(part["train"][:8]) for part in (TASK.tokens, TASK.targets))


def model(mixers, size=64):
    with seeded(0):
        return SequenceModel(stack(mixers, size), TASK.vocabulary, TASK.classes).double()


def test_gradient_norm_and_saliency_are_those_of_the_loss_at_the_last_answer():
    network = model(["recurrence", "attention"])
    scores = score_model(network, TOKENS, TARGETS)
    assert tuple(scores) == PROXIES
    torch.nn.functional.cross_entropy(network(TOKENS)[:, 22], TARGETS[:, 22]).backward()
    weights = [w for name, w in network.named_parameters() if w.ndim > 1 and name != "embedding.weight"]
    assert scores["grad_norm"] == pytest.approx(sum(float(w.grad.norm()) for w in weights))
    assert scores["snip"] == pytest.approx(sum(float((w.detach() * w.grad).abs().sum()) for w in weights))


def test_the_network_is_left_as_it_was():
    network = model(["convolution"])
    before = {name: weights.clone() for name, weights in network.state_dict().items()}
    score_model(network, TOKENS, TARGETS)
    assert all(torch.equal(weights, before[name]) for name, weights in network.state_dict().items())
    assert all(weights.grad is None for weights in network.parameters())


def test_a_flow_passes_no_norm_and_a_convolution_raises_it_to_the_third_power():
    assert not any(
        isinstance(m, torch.nn.LayerNorm) for m in linearized(AtPosition(model(["attention"]), 22)).modules()
    )
    ones = torch.ones(1, 1, 24, 32, dtype=torch.float64)
    blocks = {name: linearized(AtPosition(model([name], 0), 22)).blocks for name in ("attention", "convolution")}
    grown = {
        name: [float((block(c * ones[:, 0]) - c * ones[:, 0]).sum()) for c in (1, 2)] for name, block in blocks.items()
    }
    assert grown["attention"][1] == pytest.approx(2 * grown["attention"][0])
    assert grown["convolution"][1] == pytest.approx(8 * grown["convolution"][0])


def test_where_nothing_is_asked_nothing_is_scored():
    with pytest.raises(ValueError, match="no position at which all sequences are asked"):
        score_model(model(["attention"]), TOKENS, torch.full_like(TARGETS, -1))
