"""Every proxy against a plain second implementation, from its paper's formula or its code's documented reading."""

import copy
from functools import cache

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from nastutor.networks import CellNetwork, LayerwiseNetwork
from nastutor.networks.operations import Classifier
from nastutor.networks.seeded import seeded
from nastutor.spaces import CellSpace, LayerwiseSpace
from nastutor.training.zero_cost import PROXIES


@cache
def networks():
    """Draw 50 small networks, each with a batch: cells of one and two stages, with dead edges and without, chains."""
    rng = np.random.default_rng(0)
    cells, chains = CellSpace(), LayerwiseSpace.small()
    drawn = []
    alive = [genotype for genotype in cells if any(cells.live_edges(genotype))]
    for number in range(50):
        images = torch.from_numpy(rng.normal(size=(5, 1, 8, 8)))
        labels = torch.from_numpy(rng.integers(10, size=5))
        with seeded(number):
            if number % 4 == 3:
                network = LayerwiseNetwork(chains.sample(rng), chains)
            else:
                sizes = {"channels": 3, "cells_per_stage": 1, "stages": 1 + (number % 4 == 0), "in_channels": 1}
                genotype = alive[rng.integers(len(alive))]
                network = CellNetwork(genotype, prune=number % 3 == 0, **sizes)
        drawn.append((network.double(), images, labels))
    return drawn


def layers(network):
    return [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear, Classifier))]


def masked(network, masks):
    """Multiply every weight by its mask in the forward pass."""
    values = {f"{name}.weight": m.weight for name, m in network.named_modules() if m in masks}
    return {name: weight * mask for (name, weight), mask in zip(values.items(), masks.values())}


def gradients_by_mask(network, images, result):
    """Return ∂ result / ∂ c for a mask c of ones on every weight (w · ∂/∂w, as SNIP's paper derives it)."""
    masks = {layer: torch.ones_like(layer.weight, requires_grad=True) for layer in layers(network)}
    outputs = torch.func.functional_call(network, masked(network, masks), images)
    result(outputs).backward()
    return [mask.grad for mask in masks.values() if mask.grad is not None]


def grad_norm(network, images, labels):
    cross_entropy(network(images), labels).backward()
    found = [layer.weight.grad for layer in layers(network) if layer.weight.grad is not None]
    return sum(np.sqrt((gradient.numpy() ** 2).sum()) for gradient in found)


def snip(network, images, labels):
    found = gradients_by_mask(network, images, lambda outputs: cross_entropy(outputs, labels))
    return sum(gradient.abs().sum().item() for gradient in found)


def grasp(network, images, labels):
    """−wᵀ H g as a mixed derivative: −∂²/∂s∂t of the loss of the weights w + s · w + t · g at s = t = 0."""
    weights = {f"{name}.weight": m.weight for name, m in network.named_modules() if m in layers(network)}
    loss = cross_entropy(network(images), labels)
    gradients = torch.autograd.grad(loss, list(weights.values()), materialize_grads=True, allow_unused=True)
    s, t = torch.zeros(2, dtype=torch.float64, requires_grad=True).unbind()
    moved = {name: w.detach() * (1 + s) + t * g for (name, w), g in zip(weights.items(), gradients)}
    loss = cross_entropy(torch.func.functional_call(network, moved, images), labels)
    (by_s,) = torch.autograd.grad(loss, s, create_graph=True)
    return -torch.autograd.grad(by_s, t)[0].item()


def fisher(network, images, labels):
    """The effect of a factor 1 on each image's channel, repeated for each weight of the channel, as the code does."""
    factors = []

    def scale(layer, given, output):
        is_map = isinstance(layer, nn.Conv2d)  # (B, C, H, W), else one number a channel
        factor = torch.ones_like(output[:, :, :1, :1] if is_map else output).requires_grad_()
        factors.append((layer, factor))
        return output * factor

    for layer in layers(network):
        layer.register_forward_hook(scale)
    cross_entropy(network(images), labels).backward()
    total = 0.0
    for layer, factor in factors:
        if factor.grad is not None:
            channels = factor.grad.flatten(1).square().mean(dim=0) / 2  # (C,)
            for channel, weights in zip(channels, layer.weight):
                total += torch.full_like(weights, channel.item()).sum().item()
    return total


def jacob_cov(network, images, labels):
    pixels = images.clone().requires_grad_()
    logits = network(pixels)
    logits.backward(torch.ones_like(logits))
    rows = pixels.grad.flatten(1).numpy()
    rows = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.sqrt((rows**2).sum(axis=1))
    values = np.linalg.eigvals(rows @ rows.T / np.outer(lengths, lengths)).real
    return -sum(np.log(value + 1e-5) + 1 / (value + 1e-5) for value in values)


def naswot(network, images, labels):
    """log det of the number of units minus Hamming distances, over the units that a gradient reaches."""
    seen = []

    def keep(unit, given, output):
        if output.requires_grad:
            output.retain_grad()
        seen.append((given[0].detach() > 0, output))

    for unit in network.modules():
        if isinstance(unit, (nn.ReLU, nn.SiLU, nn.GELU)):
            unit.register_forward_hook(keep)
    network(images).sum().backward()
    codes = np.concatenate([on.flatten(1).numpy() for on, output in seen if output.grad is not None], axis=1)
    distances = np.array([[(one != other).sum() for other in codes] for one in codes])
    return np.linalg.slogdet(codes.shape[1] - distances)[1]


def synflow(network, images, labels):
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, (nn.BatchNorm2d, nn.GroupNorm)):
                setattr(module, name, nn.Identity())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.abs())
    found = gradients_by_mask(network, torch.ones_like(images[:1]), torch.sum)
    return np.log(sum(gradient.abs().sum().item() for gradient in found))


REFERENCES = {f.__name__: f for f in (grad_norm, snip, grasp, fisher, jacob_cov, naswot, synflow)}


@pytest.mark.long
@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_equals_its_reference_on_fifty_networks(name):
    for number, (network, images, labels) in enumerate(networks()):
        expected = REFERENCES[name](copy.deepcopy(network).train(), images, labels)
        found = PROXIES[name](network, images, labels)
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-12), f"network {number}"
