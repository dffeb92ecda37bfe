"""Timings are taken in turn, under stated conditions, and leave networks and torch as they were."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from nastutor.hardware.latency import Latency, machine, measure_latency, processor_clock  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402


class Scripted(nn.Module):
    """Notes when it is run; each pass takes what the script says, on a clock that all share."""

    def __init__(self, name, now, calls, seconds=lambda number: 0.001):
        super().__init__()
        self.name, self.now, self.calls, self.seconds, self.passes = name, now, calls, seconds, 0

    def forward(self, x):
        self.calls.append(self.name)
        self.now[0] += self.seconds(self.passes)
        self.passes += 1
        return x


def scripted(**seconds):
    now, calls = [0.0], []
    return [Scripted(name, now, calls, rule) for name, rule in seconds.items()], lambda: now[0], calls


def test_networks_have_their_turns_round_after_round_in_a_new_order():
    networks, clock, calls = scripted(a=lambda n: 0.001, b=lambda n: 0.002, c=lambda n: 0.003)
    measure_latency(networks, (1, 1, 2, 2), rounds=20, warmup=2, repeats=3, clock=clock)
    turns = np.array(calls[3:]).reshape(20, 3, 5)  # the first three: does it take the input?
    assert (turns == turns[:, :, :1]).all(), "a turn is five passes of one network"
    assert all(sorted(order) == ["a", "b", "c"] for order in turns[:, :, 0].tolist())
    assert len({tuple(order) for order in turns[:, :, 0].tolist()}) > 3


def test_warm_up_is_not_counted_and_interruptions_do_not_move_the_median():
    (network,), clock, _ = scripted(a=lambda n: 1.0 if n < 4 else 0.1 if n % 10 == 0 else 0.002)
    latency = measure_latency(network, (5, 1, 2, 2), rounds=1, warmup=3, repeats=50, clock=clock)
    assert latency.median == pytest.approx(2) and latency.quartiles == pytest.approx((2, 2))
    assert latency.samples.shape == (1, 50) and latency.samples.mean() > 10 and latency.batch == 5


def test_a_slower_phase_of_the_machine_hits_all_networks_alike():
    now = [0.0]
    networks = [Scripted(k, now, [], lambda n, k=k: k * (0.003 if 2 < now[0] < 4 else 0.001)) for k in (1, 2)]
    one, two = measure_latency(networks, (1, 1, 1, 1), rounds=200, clock=lambda: now[0])
    assert two.samples.mean() / one.samples.mean() == pytest.approx(2, rel=0.02)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_conditions_are_stated(dtype):
    network = CellNetwork((1,) * 6, channels=2, cells_per_stage=1, stages=1).to(dtype)
    latency = measure_latency(network, (2, 3, 4, 4), rounds=2, clock=processor_clock())
    assert (latency.batch, latency.threads, latency.clock) == (2, 1, processor_clock().__name__)
    assert f"torch.{latency.precision}" == str(dtype) and latency.torch == torch.__version__
    for part in ("ms [", "batch 2", "threads 1", latency.precision, machine(), "median"):
        assert part in str(latency)


def test_more_work_takes_longer_and_the_clocks_agree_on_that():
    networks = [CellNetwork(cell, channels=16, cells_per_stage=2, stages=1) for cell in ((1,) * 6, (3,) * 6)]
    small, large = measure_latency(networks, (4, 3, 32, 32), rounds=5, clock=processor_clock())
    assert large.median > 2 * small.median


def test_mode_and_threads_are_as_before_also_after_an_error():
    before = torch.get_num_threads()
    networks = [CellNetwork((1,) * 6, channels=2, cells_per_stage=1, stages=1) for _ in range(2)]
    networks[1].eval()
    measure_latency(networks, (1, 3, 4, 4), threads=before + 1, rounds=1)
    with pytest.raises(ValueError, match=r"network 0 does not take an input of shape \(1, 7, 4, 4\)"):
        measure_latency(networks, (1, 7, 4, 4), threads=before + 1)
    assert torch.get_num_threads() == before and [n.training for n in networks] == [True, False]


def test_measuring_changes_no_weight_and_no_statistic():
    network = CellNetwork((3,) * 6, channels=2, cells_per_stage=1, stages=2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    measure_latency(network, (2, 3, 8, 8), rounds=2)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"networks": []}, "no network to measure"),
        ({"input_shape": (3, 32, 32)}, "give \\(batch, channels, height, width\\)"),
        ({"input_shape": (0, 3, 4, 4)}, "whole numbers from 1"),
        ({"input_shape": [(1, 3, 4, 4), (1, 3, 4, 4)]}, "2 input shapes for 1 networks"),
        ({"threads": 0}, "threads 0: give at least 1"),
        ({"rounds": 0}, "rounds 0: give at least 1"),
        ({"warmup": -1}, "warmup -1: give at least 0"),
        ({"repeats": 0}, "repeats 0: give at least 1"),
    ],
)
def test_bad_input_is_refused(changed, message):
    arguments = {"networks": [nn.Identity()], "input_shape": (1, 3, 4, 4)} | changed
    with pytest.raises(ValueError, match=message):
        measure_latency(**arguments)


def test_only_networks_can_be_measured():
    with pytest.raises(TypeError, match="is no torch module"):
        measure_latency([(1, 2, 3)])


def test_a_machine_is_one_line_and_always_the_same():
    assert machine() and "\n" not in machine() and machine() == machine()


def test_quartiles_enclose_the_median():
    latency = Latency(np.arange(1.0, 13).reshape(4, 3), 1, 1, "float32", "perf_counter", "m", "t")
    assert latency.quartiles == pytest.approx((3.75, 9.25)) and latency.median == 6.5
