"""The elastic network: a cut-out computes the same, small kernels are centres, sorting changes the order alone."""

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
from torch.nn.functional import conv2d, pad  # noqa: E402

from nastutor.networks import ElasticNetwork, LayerwiseNetwork  # noqa: E402
from nastutor.networks.batch_norm import batch_statistics, recalibrate  # noqa: E402
from nastutor.networks.elastic_network import ElasticKernel, build_alone  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402
from nastutor.spaces import CellSpace, ElasticSpace  # noqa: E402

SPACE = ElasticSpace(depths=(1, 2), widths=((3, 5), (4, 7), (4, 6)), kernels=(1, 3, 5))
RNG = np.random.default_rng(0)
GENOTYPES = [SPACE.smallest, SPACE.largest, *(SPACE.sample(RNG) for _ in range(6))]
every_genotype = pytest.mark.parametrize("genotype", GENOTYPES)


def disturb(network):
    """Move everything away from its first value: scales, biases, matrices and running statistics too."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
            tensor.add_(noise if name.endswith("running_var") else 0.4 * (noise - 0.5))


@pytest.fixture
def network():
    with seeded(0):
        network = ElasticNetwork(SPACE, in_channels=2, classes=3).double()
    disturb(network)
    return network


@pytest.fixture
def images():
    return torch.randn(6, 2, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("training", [True, False])
@every_genotype
def test_a_cut_out_computes_the_path(network, images, genotype, training):
    alone = network.train(training).cut_out(genotype)
    assert isinstance(alone, LayerwiseNetwork) and alone.training == training
    assert torch.allclose(alone(images), network.path(images, genotype), rtol=0, atol=1e-12)
    fresh = build_alone(SPACE, genotype, 2, 3)
    assert {name: t.shape for name, t in fresh.state_dict().items()} == {
        name: t.shape for name, t in alone.state_dict().items()
    }


def test_the_largest_is_what_the_network_computes(network, images):
    assert torch.equal(network.eval()(images), network.path(images, SPACE.largest))


def test_the_small_kernel_is_the_centre_of_a_large_one_with_a_zero_border(images):
    kernel = ElasticKernel(4, 2, (1, 3, 5), is_transformed=False).double()
    for size in (1, 3, 5):
        small = kernel.slice(3, 2, size)
        border = (5 - size) // 2
        bordered = pad(small, (border,) * 4)
        same = conv2d(images, bordered, padding=2)
        assert torch.allclose(conv2d(images, small, padding=size // 2), same, rtol=0, atol=1e-12)
        inner = slice(border, 5 - border)
        assert torch.equal(small, kernel.weight[:3, :2, inner, inner])


def test_matrices_begin_as_the_identity_and_act_on_the_flattened_centre_one_after_the_other():
    kernel = ElasticKernel(4, 2, (1, 3, 5)).double()
    plain = [kernel.slice(4, 2, size) for size in (1, 3, 5)]
    assert all(torch.equal(a, kernel.weight[:, :, b : 5 - b, b : 5 - b]) for a, b in zip(plain, (2, 1, 0)))
    disturb(kernel)
    to_3, to_1 = kernel.matrices["to_3"], kernel.matrices["to_1"]
    centre = kernel.weight[1, 0, 1:4, 1:4].reshape(9)
    three = (to_3 @ centre).reshape(3, 3)
    assert torch.allclose(kernel.slice(4, 2, 3)[1, 0], three, rtol=0, atol=1e-12)
    assert torch.allclose(kernel.slice(4, 2, 1)[1, 0, 0, 0], to_1[0, 0] * three[1, 1], rtol=0, atol=1e-12)


def test_a_path_learns_with_what_it_uses_only(network, images):
    genotype = SPACE.from_string(
        "stage_1_depth=1|stage_1_width=3|stage_1_kernel_1=3|stage_2_depth=2|stage_2_width=7|stage_2_kernel_1=5"
        "|stage_2_kernel_2=1|stage_3_depth=1|stage_3_width=4|stage_3_kernel_1=5"
    )
    network.path(images, genotype).sum().backward()
    assert network.stages[0][1].kernel.weight.grad is None  # a block beyond the depth
    gradient = network.stages[0][0].kernel.weight.grad
    assert gradient[:3].abs().min() == 0 and gradient[:3].abs().max() > 0 and gradient[3:].abs().max() == 0
    used = network.stages[1][1].kernel.weight.grad
    centre = used[:, :, 1:4, 1:4]  # a 1×1 kernel is made of the 3×3 kernel, all of which its matrix reads
    assert (centre != 0).all() and used.count_nonzero() == centre.numel()
    assert network.classifier.weight.grad[:, 4:].abs().max() == 0


def test_sorting_changes_the_order_and_not_the_function(network, images):
    before = network.eval()(images)
    smallest = network.path(images, SPACE.smallest)
    network.sort_channels()
    assert torch.allclose(network(images), before, rtol=0, atol=1e-12)
    assert not torch.allclose(network.path(images, SPACE.smallest), smallest, atol=1e-3)
    importance = network.classifier.weight.abs().sum(0) + network.stages[2][1].kernel.weight.abs().sum((0, 2, 3))
    assert (importance.diff() <= 0).all()
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.sort_channels()
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())


def test_running_statistics_are_of_the_channels_that_were_used(network, images):
    before = network.stages[0][0].norm.running_mean.clone()
    network.train().path(images, SPACE.smallest)
    after = network.stages[0][0].norm.running_mean
    assert (after[:3] != before[:3]).all() and torch.equal(after[3:], before[3:])
    unused = network.stages[0][1].norm.running_mean.clone()
    with batch_statistics(network):
        network.path(images, SPACE.largest)
    assert torch.equal(network.stages[0][1].norm.running_mean, unused)


def test_a_recalibrated_cut_out_has_the_statistics_of_its_own(network, images):
    alone = network.eval().cut_out(SPACE.smallest)
    wrong, running = alone(images), network.stages[0][0].norm.running_mean.clone()
    with batch_statistics(alone):
        right = alone(images)
    recalibrate(alone, images)
    assert (alone(images) - right).abs().max() < 0.3 * (wrong - right).abs().max()
    assert torch.equal(network.stages[0][0].norm.running_mean, running)


def test_what_has_no_elastic_network_is_refused(network, images):
    with pytest.raises(ValueError, match="has no elastic network: give an ElasticSpace"):
        ElasticNetwork(CellSpace())
    with pytest.raises(ValueError, match=r"in_channels 3: choose none of the widths of stage 1, \(3, 5\)"):
        ElasticNetwork(SPACE, in_channels=3)
    for call in (network.cut_out, lambda genotype: network.path(images, genotype)):
        with pytest.raises(ValueError, match="value 2 of variable 'stage_1_depth'"):
            call((2, *SPACE.smallest[1:]))
