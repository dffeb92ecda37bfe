"""Images lie channels last where that is faster, and not where a kernel of torch then damages memory."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.overrides import TorchFunctionMode  # noqa: E402

from nastutor.networks.elastic_network import ElasticNetwork, build_alone  # noqa: E402
from nastutor.spaces.elastic import ElasticSpace  # noqa: E402
from nastutor.training.datasets import from_arrays  # noqa: E402
from nastutor.training.trainer import Recipe, train  # noqa: E402

LAST = torch.channels_last


class Watch(TorchFunctionMode):
    """Writes down each convolution that is trained: channels in, kernel size, stride, whether it is channels last."""

    def __init__(self):
        self.seen = set()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is torch.conv2d and torch.is_grad_enabled():
            names = ("input", "weight", "bias", "stride")
            given = dict(zip(names, args)) | (kwargs or {})
            images, weight, stride = given["input"], given["weight"], given.get("stride", 1)
            stride = stride[0] if isinstance(stride, tuple) else stride
            # In other words: not in the usual order. Tensors of one channel or pixel may be both.
            is_last = any(not t.is_contiguous() and t.is_contiguous(memory_format=LAST) for t in (images, weight))
            self.seen.add((images.shape[1], weight.shape[-1], stride, is_last))
        return function(*args, **(kwargs or {}))


def chain(*convolutions):
    return nn.Sequential(*convolutions, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 10))


def functional_chain():
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Conv2d(1, 6, 3), nn.Linear(4, 10)
            self.weight = nn.Parameter(torch.randn(4, 6, 1, 1))

        def forward(self, x):
            return self.last(nn.functional.conv2d(self.first(x), self.weight, stride=2).mean((2, 3)))

    return Functional()


NARROW = ElasticSpace(widths=((2, 6), (4, 8)), depths=(1, 2), kernels=(1, 3))
TRAPS = {
    "modules": lambda: chain(nn.Conv2d(1, 6, 3), nn.Conv2d(6, 12, 1, 2)),
    "a function": functional_chain,
    "already channels last": lambda: chain(nn.Conv2d(1, 6, 3), nn.Conv2d(6, 12, 1, 2)).to(memory_format=LAST),
    "an elastic network": partial(ElasticNetwork, NARROW),
    "alone": lambda: build_alone(ElasticSpace.small(), ElasticSpace.small().smallest),
}


@pytest.fixture(scope="module")
def few():
    return from_arrays(np.random.default_rng(0).normal(size=(200, 8, 8)), np.arange(200) % 10)


@pytest.mark.parametrize("build", TRAPS.values(), ids=TRAPS)
def test_the_kernel_that_damages_memory_is_never_called(build, few):
    """It aborts the process on processors with AVX2, not always, and within a few trainings."""
    with Watch() as watch:
        for seed in range(3):
            train(build, few, Recipe(1, batch_size=32), seed, progress=False)
    assert any(size == 1 and stride > 1 for _, size, stride, _ in watch.seen)
    assert not [case for case in watch.seen if case[0] < 16 and case[1] == 1 and case[2] > 1 and case[3]]


@pytest.mark.parametrize(
    ("convolutions", "dtype"),
    [
        ((nn.Conv2d(1, 6, 3), nn.Conv2d(6, 12, 3, 2)), "float32"),
        ((nn.Conv2d(1, 6, 3), nn.Conv2d(6, 12, 1)), "float32"),
        ((nn.Conv2d(1, 16, 3), nn.Conv2d(16, 12, 1, 2)), "float32"),
        ((nn.Conv2d(1, 6, 3), nn.Conv2d(6, 12, 1, 2)), "float64"),
    ],
)
def test_all_else_is_trained_channels_last(convolutions, dtype, few):
    with Watch() as watch:
        train(lambda: chain(*convolutions), few, Recipe(1, dtype=dtype), progress=False)
    assert any(is_last for *_, is_last in watch.seen)
