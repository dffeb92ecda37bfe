"""Zero-cost proxies: guesses of how well a network would train, from one batch of images and without training it.

A proxy is a function ``(network, images, labels) → float``; a larger score promises a better network. All are as in
Abdelfattah et al. 2021 (arXiv 2101.08134), which collected most of them, unless the function says otherwise:

| proxy | asks | batch norm | labels |
|---|---|---|---|
| `grad_norm` | how large is the gradient of the loss? | training | used |
| `snip` | how much would the loss change without each weight? | training | used |
| `grasp` | how much would the gradient shrink without each weight? | training | used |
| `fisher` | how much would the loss change without the channel of each weight? | training | used |
| `jacob_cov` | how differently does the output react to different images? | training | not used |
| `naswot` | how differently do the ReLUs react to different images? | training | not used |
| `synflow` | how much could flow through all weights together? | left out | not used, nor are the images |

*Weights* are the parameters with two or more dimensions: those of convolutions and linear layers, without biases and
batch norm. *Training* means that batch norm takes mean and variance from the batch, as in the first step of training.

The network itself is never touched: each proxy works on a copy, in the network's own precision and on its device.

A network whose output does not depend on its input (a cell without a path from input to output) has the score 0 for
the first three, whose gradients vanish, and −∞ for the last three, which are logarithms of such a zero. `fisher` has
what the classifier's bias does to the loss.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import grad

Proxy = Callable[[nn.Module, Tensor, Tensor], float]

_NORMALIZATIONS = (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm)
_ACTIVATIONS = (nn.ReLU, nn.SiLU, nn.GELU)
_EPSILON = 1e-5


def grad_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return Σ over layers of ‖∂L/∂W‖₂, with L the cross-entropy of the batch.

    The paper speaks of the Euclidean norm; this sum of norms, layer by layer, is what its published code takes.

    Parameters
    ----------
    network : (B, channels, height, width) → (B, classes).
    images : (B, channels, height, width), B at least 2.
    labels : (B,) whole numbers, 0…classes−1.

    Raises
    ------
    ValueError : a network without weights, images that it does not take, labels that do not fit, a score that is not
        a number. This holds for every proxy.
    """
    network, images, labels = _prepare(network, images, labels)
    gradients = grad(_loss(network, images, labels), _weights(network), allow_unused=True)
    return _checked("grad_norm", sum(float(g.norm()) for g in gradients if g is not None))


def snip(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return Σ over weights of |w · ∂L/∂w| (SNIP, Lee et al. 2019, arXiv 1810.02340): the saliency of all weights.

    Parameters, errors: see `grad_norm`.
    """
    network, images, labels = _prepare(network, images, labels)
    weights = _weights(network)
    gradients = grad(_loss(network, images, labels), weights, allow_unused=True)
    return _checked("snip", _product_sums(weights, gradients, Tensor.abs))


def grasp(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return −Σ over weights of w · (H g), with g the gradient of L and H its Hessian (GraSP, arXiv 2002.07376).

    Parameters, errors: see `grad_norm`. Deviation from Wang et al. 2020: the logits are not divided by a temperature.
    """
    network, images, labels = _prepare(network, images, labels)
    weights = _weights(network)
    gradients = grad(_loss(network, images, labels), weights, create_graph=True, allow_unused=True)
    squared = torch.stack([(g.detach() * g).sum() for g in gradients if g is not None]).sum()
    products = grad(squared, weights, allow_unused=True)  # H g
    return _checked("grasp", 0.0 - _product_sums(weights, products))


def fisher(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return Σ over channels a of n · ½ · mean over images of (Σ over pixels of a · ∂L/∂a)², n the channel's weights.

    A channel is one output of a convolution or a linear layer. Theis et al. 2018 (arXiv 1801.05787) and Turner et al.
    2020 (BlockSwap, arXiv 1906.04113) have no n, nor has the formula in Abdelfattah et al. Their published code, which
    made their numbers and is followed here, repeats a channel's value for each of its weights (inputs · kernel size²)
    before it sums, and takes linear layers in: here every module with a weight. Parameters, errors: see `grad_norm`.
    """
    network, images, labels = _prepare(network, images, labels)
    calls: list[tuple[Tensor, Tensor]] = []  # the weight of a layer and its output
    for module in network.modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim >= 2:
            module.register_forward_hook(lambda module, given, output: calls.append((module.weight, output)))
    loss = _loss(network, images, labels)  # fills calls
    gradients = grad(loss, [output for _, output in calls], allow_unused=True)
    total = 0.0
    for (weight, a), g in zip(calls, gradients):
        if g is not None:
            effect = (a.detach() * g).reshape(len(a), len(weight), -1).sum(dim=2)  # (B, C)
            total += weight[0].numel() * float(0.5 * effect.square().mean(dim=0).sum())
    return _checked("fisher", total)


def jacob_cov(network: nn.Module, images: Tensor, labels: Tensor | None = None) -> float:
    """Return −Σ of log(v + ε) + 1 / (v + ε), v the eigenvalues of the correlations between the images' Jacobians.

    An image's Jacobian is the derivative of the sum of all logits by its pixels. Uncorrelated ones (all v = 1) give
    the best score, −B. From the first version of Mellor et al. 2021 (arXiv 2006.04647v1); ε = 1e-5. Parameters,
    errors: see `grad_norm`.
    """
    network, images, _ = _prepare(network, images, labels)
    images.requires_grad_(True)
    (jacobian,) = grad(_logits(network, images).sum(), images, allow_unused=True)
    if jacobian is None or not jacobian.any():
        return -math.inf
    rows = jacobian.flatten(1).double().cpu().numpy()
    if not np.ptp(rows, axis=1).all():
        raise ValueError("jacob_cov: an image has the same derivative at every pixel, which correlates with nothing")
    correlations = np.corrcoef(rows)
    shifted = np.linalg.eigvalsh(correlations) + _EPSILON
    return _checked("jacob_cov", -float((np.log(shifted) + 1 / shifted).sum()))


def agreement(network: nn.Module, images: Tensor) -> np.ndarray:
    """Return K (B, B), the number of activation units in which two images agree on the sign of the unit's input.

    A unit's code is 1 where its input is positive; for swish and gelu units, of which the paper of `naswot` has none,
    too. Units from which no gradient comes back are not counted, as in its published code: dead edges must not matter.
    The diagonal is the number of units. Parameters, errors: see `grad_norm`.
    """
    network, images, _ = _prepare(network, images, None)
    units: list[tuple[Tensor, Tensor]] = []
    for module in network.modules():
        if isinstance(module, _ACTIVATIONS):
            module.register_forward_hook(lambda module, given, output: units.append((given[0] > 0, output)))
    logits = _logits(network, images)
    if not units:
        raise ValueError("naswot counts activation units (ReLU, swish, gelu), and this network has none")
    trained = [(positive, output) for positive, output in units if output.requires_grad]
    gradients = grad(logits.sum(), [output for _, output in trained], allow_unused=True)
    agreements = np.zeros((len(images), len(images)))
    for (positive, _), gradient in zip(trained, gradients):
        if gradient is not None:
            code = positive.flatten(1).double()
            agreements += (code @ code.T + (1 - code) @ (1 - code).T).cpu().numpy()
    return agreements


def naswot(network: nn.Module, images: Tensor, labels: Tensor | None = None) -> float:
    """Return log det K, with K_ij the number of activation units in which images i and j agree, see `agreement`.

    Mellor et al. 2021 (arXiv 2006.04647). Two images with one code give −∞. Parameters, errors: see `grad_norm`.
    """
    _prepare(network, images, labels)  # labels are not used, and are to fit all the same
    sign, log_determinant = np.linalg.slogdet(agreement(network, images))
    return _checked("naswot", float(log_determinant) if sign > 0 else -math.inf)


def linearized(network: nn.Module) -> nn.Module:
    """Return a copy in float64 with every weight and bias positive and without normalisations: what `synflow` asks."""
    copied = copy.deepcopy(network).double().requires_grad_(True)
    for module in list(copied.modules()):
        for name, child in module.named_children():
            if isinstance(child, _NORMALIZATIONS):
                setattr(module, name, nn.Identity())
    with torch.no_grad():
        for parameter in copied.parameters():
            parameter.abs_()
    return copied


def synflow(network: nn.Module, images: Tensor, labels: Tensor | None = None) -> float:
    """Return log Σ over weights of w · ∂R/∂w, with R the sum of the outputs for one image of ones, all weights |w|.

    Tanaka et al. 2020 (arXiv 2006.05467). In float64, because R grows with every layer; the logarithm changes no rank.
    Only the images' shape is used. Parameters, errors: see `grad_norm`. Deviations: normalisations are left out, as in
    the published code of Abdelfattah et al. (Tanaka et al. let batch norm pass with its running statistics, which in
    a fresh network is the same up to its ε).
    """
    network, images, _ = _prepare(network, images, labels)
    network = linearized(network)
    weights = _weights(network)
    flow = _logits(network, torch.ones_like(images[:1], dtype=torch.float64)).sum()
    gradients = grad(flow, weights, allow_unused=True)
    total = _product_sums(weights, gradients)
    return _checked("synflow", math.log(total)) if total else -math.inf


PROXIES: Mapping[str, Proxy] = {
    "grad_norm": grad_norm,
    "snip": snip,
    "grasp": grasp,
    "fisher": fisher,
    "jacob_cov": jacob_cov,
    "naswot": naswot,
    "synflow": synflow,
}
"""Every proxy by name."""


def _weights(network: nn.Module) -> list[Tensor]:
    return [parameter for parameter in network.parameters() if parameter.ndim >= 2]


def _product_sums(
    weights: Sequence[Tensor], factors: Sequence[Tensor | None], of: Callable[[Tensor], Tensor] = torch.clone
) -> float:
    """Add up `of` of weight · factor over all weights; None stands for zeros."""
    return sum(float(of(w.detach() * f).sum()) for w, f in zip(weights, factors) if f is not None)


def _prepare(network: nn.Module, images: Tensor, labels: Tensor | None) -> tuple[nn.Module, Tensor, Tensor]:
    """Return a copy of the network in training mode, and the images and labels as it takes them."""
    if not isinstance(network, nn.Module):
        raise ValueError(f"network of type {type(network).__name__}: give a torch module")
    for name, given in (("images", images), ("labels", labels)):
        if not isinstance(given, Tensor) and (given is not None or name == "images"):
            raise ValueError(f"{name} of type {type(given).__name__}: give a tensor, such as torch.from_numpy(array)")
    weights = _weights(network)
    if not weights:
        raise ValueError(f"{type(network).__name__} has no convolution or linear layer: there is nothing to score")
    if images.ndim != 4 or len(images) < 2:
        raise ValueError(f"images {tuple(images.shape)}: give (batch, channels, height, width), at least two images")
    if labels is None:
        labels = torch.zeros(len(images), dtype=torch.int64)
    elif labels.shape != (len(images),) or labels.is_floating_point():
        raise ValueError(
            f"labels {tuple(labels.shape)} of {labels.dtype} for {len(images)} images: give ({len(images)},) integers"
        )
    copied = copy.deepcopy(network).train().requires_grad_(True)
    device = weights[0].device
    return copied, images.detach().to(device, weights[0].dtype, copy=True), labels.to(device, torch.int64)


def _logits(network: nn.Module, images: Tensor) -> Tensor:
    try:
        logits = network(images)
    except RuntimeError as error:
        raise ValueError(f"the network does not take images {tuple(images.shape)}: {error}") from error
    if logits.ndim != 2 or len(logits) != len(images):
        raise ValueError(
            f"the network gives {tuple(logits.shape)} for {len(images)} images: (batch, classes) is needed"
        )
    if not logits.requires_grad:
        raise ValueError("the network's output depends on none of its parameters")
    if not logits.isfinite().all():
        raise ValueError("the network's output is not finite: look for NaN in the images and in the weights")
    return logits


def _loss(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    logits = _logits(network, images)
    if labels.min() < 0 or labels.max() >= logits.shape[1]:
        raise ValueError(
            f"labels from {labels.min()} to {labels.max()}: this network tells 0…{logits.shape[1] - 1} apart"
        )
    return nn.functional.cross_entropy(logits, labels)


def _checked(name: str, score: float) -> float:
    if math.isnan(score) or score == math.inf:
        raise ValueError(f"{name} is {score}: the images or the weights hold numbers that are too large")
    return score
