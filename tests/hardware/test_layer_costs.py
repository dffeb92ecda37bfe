"""What a network does when it runs: against torch's own counters, and against the counts from a genotype."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.autograd.profiler import profile  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from nastutor.hardware.counts import cell_network_costs, cell_network_memory, layer_costs  # noqa: E402
from nastutor.networks import CellNetwork, LayerwiseNetwork  # noqa: E402
from nastutor.spaces import CellSpace, LayerwiseSpace  # noqa: E402

SPACE = CellSpace()
KNOWN = [(0,) * 6, (1,) * 6, (3,) * 6, (0, 0, 0, 1, 0, 0), (0, 0, 0, 4, 3, 4), (4, 0, 0, 0, 2, 0)]
DRAWN = [SPACE.sample(np.random.default_rng(seed)) for seed in range(12)]


def profiled_peak(network, images):
    """Return torch's own account of the peak, without the scratch space in which a 3×3 convolution unfolds its input.

    Unfolding takes nine times the input's size, and is the only memory here of such a size.
    """
    with torch.no_grad(), profile(profile_memory=True) as profiler:
        network(images)
    events = [event for event in profiler.kineto_results.events() if event.name() == "[memory]"]
    sizes = [event.nbytes() for event in sorted(events, key=_start)]
    return images.nbytes + max(np.cumsum([size for size in sizes if abs(size) % 9 or abs(size) < 1000]))


def _start(event):
    return event.start_ns() if hasattr(event, "start_ns") else event.start_us()  # torch before 2.3


@pytest.mark.parametrize("genotype", KNOWN + DRAWN[:4])
def test_peak_memory_is_what_torch_allocates(genotype):
    """They may differ by two numbers a channel that batch norm allocates and frees again inside."""
    channels, network = 8, CellNetwork(genotype, channels=8, cells_per_stage=2, stages=2).eval()
    counted = layer_costs(network, (1, 3, 16, 16)).peak_memory
    assert 0 <= profiled_peak(network, torch.zeros(1, 3, 16, 16)) - counted <= 2 * 2 * channels * 4


@pytest.mark.parametrize("skeleton", [(4, 2, 3), (8, 1, 1), (4, 1, 2), (8, 3, 1)])
def test_the_counts_of_a_running_network_are_those_of_its_genotype(skeleton):
    channels, cells, stages = skeleton
    for genotype in KNOWN + DRAWN:
        network = CellNetwork(genotype, channels, cells, stages, prune=True)
        found = layer_costs(network, (1, 3, 12, 12))
        built = [op if live else 0 for op, live in zip(genotype, SPACE.live_edges(genotype))]
        (params,), (macs,) = cell_network_costs(np.array([built]), 10, 12, channels, cells, stages)
        (memory,) = cell_network_memory(np.array([built]), 12, channels, cells, stages)
        assert (found.params, found.macs, found.peak_memory) == (params, macs, memory), genotype


@pytest.mark.parametrize("seed", range(4))
def test_any_network_has_torchs_macs_and_its_parameters(seed):
    space = LayerwiseSpace.small()
    network = LayerwiseNetwork(space.sample(np.random.default_rng(seed)), space, in_channels=1, classes=10)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(2, 1, 8, 8))
    found = layer_costs(network, (2, 1, 8, 8))
    assert 2 * found.macs == counter.get_total_flops()
    assert found.params == sum(weights.numel() for weights in network.parameters())


def test_a_network_by_hand():
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(128, 5))
    found = layer_costs(network, (1, 3, 8, 8))
    assert [layer.kind for layer in found.layers] == ["convolution", "elementwise", "pooling", "linear"]
    assert [layer.macs for layer in found.layers] == [64 * 8 * 27, 0, 0, 128 * 5]
    assert [layer.params for layer in found.layers] == [8 * 27 + 8, 0, 0, 128 * 5 + 5]
    assert found.layers[0][4:] == (4 * (3 * 64 + 8 * 27 + 8), 4 * 8 * 64, 8 * 64)
    assert found.activations == 8 * 64 and found.macs == 64 * 8 * 27 + 640
    assert found.peak_memory == 4 * (3 * 64 + 2 * 8 * 64)  # the image, the convolution's output, ReLU's


def test_shared_and_sliced_weights():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(6, 4, 3, 3))

        def forward(self, x):
            x = nn.functional.conv2d(x, self.weight[:4], padding=1)
            return nn.functional.conv2d(x.relu_(), self.weight[:4], padding=1)

    found = layer_costs(Twice(), (1, 4, 5, 5))
    assert found.params == 4 * 4 * 9  # only the slice is read, and it is the same twice
    assert [layer.params for layer in found.layers] == [144, 0, 144]
    assert found.peak_memory == 3 * 4 * 25 * 4  # ReLU in place needs no memory


def test_the_network_is_left_as_it_was_and_precision_counts():
    network = CellNetwork((3,) * 6, 4, 1, 1)
    network.stem.eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    single = layer_costs(network, (1, 3, 8, 8))
    assert network.training and not network.stem.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert layer_costs(network.double(), (1, 3, 8, 8)).peak_memory == 2 * single.peak_memory
    assert layer_costs(network, (3, 3, 8, 8)).macs == 3 * single.macs


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match="ReLU has no parameters, so no precision: give the input itself, inputs="):
        layer_costs(nn.ReLU(), (1, 3, 8, 8))
    with pytest.raises(ValueError, match=r"CellNetwork cannot compute an input of \(1, 2, 8, 8\)"):
        layer_costs(CellNetwork((3,) * 6), (1, 2, 8, 8))
    with pytest.raises(ValueError, match=r"Embedding cannot compute an input of \(2, 5\).*give tokens.*by inputs="):
        layer_costs(nn.Embedding(10, 4), (2, 5))
    with pytest.raises(TypeError, match="give either input_shape"):
        layer_costs(nn.Linear(3, 4), (2, 3), inputs=torch.zeros(2, 3))


class Branches(nn.Module):
    """Takes tokens and numbers, returns a dictionary."""

    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(10, 4), nn.Linear(4, 3)

    def forward(self, tokens, numbers):
        return {"left": self.out(self.table(tokens).mean(1)), "right": (numbers, self.out(numbers))}


def test_several_inputs_of_any_type_are_alive_the_whole_time():
    inputs = (torch.zeros(2, 5, dtype=torch.long), torch.zeros(2, 4))
    found = layer_costs(Branches(), inputs=inputs)
    assert (found.params, found.macs) == (40 + 15, 2 * 2 * 12)
    # tokens, numbers; the looked up rows and their mean, or the mean and what is made of it
    assert found.peak_memory == 8 * 10 + 4 * 8 + 4 * (2 * 5 * 4 + 2 * 4)


def test_a_network_without_parameters_is_counted_on_an_input():
    found = layer_costs(nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)), inputs=torch.zeros(1, 2, 4, 4))
    assert [layer.kind for layer in found.layers] == ["elementwise", "pooling"] and found.macs == found.params == 0


def test_counts_do_not_load_torch():
    import subprocess
    import sys

    rooms = "counts, layer_costs, devices, costs, lookup_table, predictor, carbon"
    code = f"import sys; from nastutor.hardware import {rooms}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
