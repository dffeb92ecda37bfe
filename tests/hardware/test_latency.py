"""Timings are taken in turn, under stated conditions, and leave networks and torch as they were."""

import functools
import itertools
import math
import time

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from nastutor.hardware import latency as latency_module  # noqa: E402
from nastutor.hardware.conditions import machine, processor_clock, require_clock  # noqa: E402
from nastutor.hardware.costs import Latency  # noqa: E402
from nastutor.hardware.latency import measure_latency  # noqa: E402
from nastutor.hardware.stopwatch import time_in_turns  # noqa: E402
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
        ({"input_shape": (0, 3, 4, 4)}, "whole numbers from 1"),
        ({"input_shape": [(1, 3, 4, 4), (1, 3, 4, 4)]}, "2 input shapes for 1 networks"),
        ({"input_shape": None, "inputs": [torch.zeros(1)] * 2}, "2 inputs for 1 networks"),
        ({"threads": 0}, "threads 0: give a whole number, at least 1"),
        ({"rounds": 0}, "rounds 0: give a whole number, at least 1"),
        ({"warmup": -1}, "warmup -1: give a whole number, at least 0"),
        ({"repeats": 0}, "repeats 0: give a whole number, at least 1"),
        ({"networks": [nn.LazyLinear(3)]}, "has no shape yet"),
        ({"networks": [nn.Linear(4, 4, device="meta")]}, "a network is on meta: this measures processors and CUDA"),
    ],
)
def test_bad_input_is_refused(changed, message):
    arguments = {"networks": [nn.Identity()], "input_shape": (1, 3, 4, 4)} | changed
    with pytest.raises(ValueError, match=message):
        measure_latency(**arguments)


def test_only_networks_can_be_measured():
    for bad in ([(1, 2, 3)], 3, "network", lambda x: x):
        with pytest.raises(TypeError, match="is no torch module"):
            measure_latency(bad)


def test_a_machine_is_one_line_and_always_the_same():
    assert machine() and "\n" not in machine() and machine() == machine()


def test_quartiles_enclose_the_median():
    latency = Latency(np.arange(1.0, 13).reshape(4, 3), 1, 1, "float32", "perf_counter", "m", "t")
    assert latency.quartiles == pytest.approx((3.75, 9.25)) and latency.median == 6.5


def test_a_percentile_is_a_sample_that_so_many_do_not_exceed():
    latency = Latency(np.arange(1.0, 101).reshape(10, 10), 1, 1, "float32", "perf_counter", "m", "t")
    assert [latency.percentile(p) for p in (0, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
    assert "95 % within 95 " in str(latency)
    with pytest.raises(ValueError, match="percent 101: give a number in 0…100"):
        latency.percentile(101)


def test_sequences_vectors_and_tokens_are_measured_too():
    networks = [nn.LSTM(3, 4, batch_first=True), nn.Linear(3, 4).double()]
    sequence, vector = measure_latency(networks, [(2, 7, 3), (5, 3)], rounds=2)
    assert (sequence.batch, vector.batch) == (2, 5) and (sequence.precision, vector.precision) == ("float32", "float64")
    tokens = measure_latency(nn.Embedding(10, 4), inputs=torch.zeros(6, 2, dtype=torch.long), rounds=2)
    assert tokens.batch == 6 and tokens.precision == "float32" and (tokens.samples > 0).all()


def test_several_arguments_and_inputs_for_each_network():
    attention, bilinear = nn.MultiheadAttention(8, 2, batch_first=True), nn.Bilinear(3, 4, 5)
    given = [(torch.zeros(3, 5, 8),) * 3, (torch.zeros(2, 3), torch.zeros(2, 4))]
    found = measure_latency([attention, bilinear], inputs=given, rounds=2)
    assert [latency.batch for latency in found] == [3, 2]
    with pytest.raises(TypeError, match="give either input_shape or inputs"):
        measure_latency(bilinear, (2, 3), inputs=given[1])


class OwnModule(nn.Module):
    """Holds parts that are in different modes, and returns a dictionary; in training mode it refuses to run."""

    def __init__(self):
        super().__init__()
        self.frozen, self.free = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
        self.frozen.eval()

    def forward(self, x):
        assert not self.training and not self.free.training
        return {"both": (self.frozen(x), self.free(x))}


def test_each_part_of_a_network_gets_its_own_mode_back():
    network = OwnModule()
    measure_latency([network, network.free], (2, 3), rounds=2)
    assert network.training and network.free.training and not network.frozen.training
    with pytest.raises(ValueError, match="network 0 does not take an input of shape"):
        measure_latency(network, (2, 4))
    assert network.training and network.free.training and not network.frozen.training


def test_a_clock_that_cannot_see_all_threads_is_refused():
    network = nn.Linear(3, 4)
    for blind in (time.thread_time, lambda: time.thread_time()):
        with pytest.raises(ValueError, match=r"does not see all of 2 threads: take time\.perf_counter"):
            measure_latency(network, (2, 3), threads=2, clock=blind)
        assert measure_latency(network, (2, 3), threads=1, clock=blind, rounds=1).threads == 1
    for seeing in (time.perf_counter, time.monotonic, time.process_time):
        assert measure_latency(network, (2, 3), threads=2, clock=seeing, rounds=1).clock == seeing.__name__


def test_a_gpu_is_timed_by_the_wall_only():
    for blind in (time.thread_time, time.process_time):
        with pytest.raises(ValueError, match="does not see the work of a GPU"):
            require_clock(blind, threads=1, on_gpu=True)
    require_clock(time.perf_counter, threads=1, on_gpu=True)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("fast", [time.perf_counter_ns, lambda: 1000 * time.perf_counter(), lambda: math.inf])
def test_a_clock_that_counts_no_seconds_is_refused(fast, threads):
    with pytest.raises(ValueError, match="give one that counts seconds, such as time"):
        measure_latency(nn.Identity(), (1, 3), rounds=1, threads=threads, clock=fast)


def test_a_clock_may_be_any_function_that_returns_seconds():
    ticks = functools.partial(next, itertools.count(0.0, 0.5))
    latency = measure_latency(nn.Identity(), (1, 3), rounds=1, clock=ticks)
    assert latency.median == pytest.approx(500) and latency.clock == "partial"
    for bad in (None, 3, lambda: "now"):
        with pytest.raises(TypeError, match="give a function that returns seconds"):
            measure_latency(nn.Identity(), (1, 3), clock=bad)


class Queue:
    """A device that is handed work at once and does it when one waits for it, on a clock of its own."""

    def __init__(self):
        self.now = self.waiting = 0.0

    def launch(self, x):
        self.waiting += 0.002
        return x

    def finish(self):
        self.now, self.waiting = self.now + self.waiting, 0.0


def test_the_clock_is_read_when_the_device_has_finished():
    queue = Queue()
    one_pass = functools.partial(latency_module._pass, queue.launch, (1,), queue.finish)
    times = time_in_turns([one_pass], rounds=2, warmup=3, repeats=4, clock=lambda: queue.now)
    assert times == pytest.approx(np.full((1, 2, 4), 2.0))  # neither nothing, nor the passes of the warm-up


def test_a_gpu_is_waited_for_and_named(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"a GPU, {device}")
    device = torch.device("cuda", 1)
    latency_module._finisher(device)()
    assert waited == [device] and machine(device) == "a GPU, cuda:1"
    latency_module._finisher(torch.device("cpu"))()
    assert waited == [device]


def test_the_stopwatch_refuses_what_measures_nothing():
    for wrong in ({"rounds": 0}, {"repeats": 0}, {"warmup": -1}):
        with pytest.raises(ValueError, match="give a whole number"):
            time_in_turns([int], **wrong)
