"""Latency, measured on the processor in front of you.

What makes a timing worth something:

    warm-up         the first passes fill caches and choose algorithms: they are not counted
    rounds          several networks are measured in turn, again and again, in a new order each time: what slows the
                    machine down for a while hits all of them alike
    a median        a timing is never too short but often far too long, so a mean follows the interruptions
    conditions      batch, threads, precision and machine stand beside the number: without them it means nothing

Wall time is what a user waits for, and what is measured unless you say otherwise. On a machine that is busy with other
work, processor time, ``clock=processor_clock()``, leaves out the waiting for a turn; on an idle one the two agree.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import get_clock_info, perf_counter, thread_time

import numpy as np
import torch
from torch import Tensor, nn

Shape = tuple[int, ...]
"""Of an input: (batch, channels, height, width)."""


@dataclass(frozen=True, eq=False)
class Latency:
    """How long one forward pass takes, and under which conditions.

    samples : (rounds, repeats) milliseconds, each of one forward pass of a whole batch.
    batch, threads, precision, clock, machine, torch : the conditions; clock is the name of the function of `time`.
    """

    samples: np.ndarray
    batch: int
    threads: int
    precision: str
    clock: str
    machine: str
    torch: str

    @property
    def median(self) -> float:
        """Milliseconds of one forward pass: the median over all samples."""
        return float(np.median(self.samples))

    @property
    def quartiles(self) -> tuple[float, float]:
        """Milliseconds that a quarter and three quarters of the samples do not exceed."""
        low, high = np.quantile(self.samples, [0.25, 0.75])
        return float(low), float(high)

    def __str__(self) -> str:
        low, high = self.quartiles
        return (
            f"{self.median:.3g} ms [{low:.3g}, {high:.3g}] (median and quartiles of {self.samples.size}; batch "
            f"{self.batch}, threads {self.threads}, {self.precision}, {self.clock}; {self.machine}, torch {self.torch})"
        )


def measure_latency(
    networks: nn.Module | Sequence[nn.Module],
    input_shape: Shape | Sequence[Shape] = (1, 3, 32, 32),
    threads: int = 1,
    rounds: int = 10,
    warmup: int = 1,
    repeats: int = 3,
    seed: int | Sequence[int] = 0,
    clock: Callable[[], float] = perf_counter,
) -> Latency | list[Latency]:
    """Measure the latency of forward passes on this machine's processor.

    In each round every network has its turn, in a random order: some passes that are not counted, then some that are.

    Parameters
    ----------
    networks : one, or several; they must be on the CPU. Each is measured in evaluation mode, as it is used.
    input_shape : (batch, channels, height, width) for all, or a list with a shape for each network.
    threads : how many torch may use; what it was before is restored.
    rounds : of all networks.
    warmup, repeats : passes in each turn that are not counted, and that are.
    seed : of the input's numbers and of the order of the turns.
    clock : returns seconds: `time.perf_counter`, wall time, or that of `processor_clock` (with one thread only).

    Returns
    -------
    The latency of the one network, or a list in the order of the networks.

    Raises
    ------
    ValueError : nothing to measure, a shape or number that cannot be, or a network that does not take its input.
    TypeError : something that is no torch module.
    """
    modules = [networks] if isinstance(networks, nn.Module) else list(networks)
    shapes = _shapes_for(modules, input_shape)
    for name, number, least in [
        ("threads", threads, 1), ("rounds", rounds, 1), ("warmup", warmup, 0), ("repeats", repeats, 1)
    ]:  # fmt: skip
        if number < least:
            raise ValueError(f"{name} {number}: give at least {least}")
    rng = np.random.default_rng(seed)
    inputs = [_input(module, shape, rng) for module, shape in zip(modules, shapes)]
    samples = np.empty((len(modules), rounds, repeats))
    before, was_training = torch.get_num_threads(), [module.training for module in modules]
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            for number, (module, x) in enumerate(zip(modules, inputs)):
                _check_pass(module.eval(), x, number)
            for turn in range(rounds):
                for i in rng.permutation(len(modules)):
                    samples[i, turn] = _time_passes(modules[i], inputs[i], warmup, repeats, clock)
    finally:
        torch.set_num_threads(before)
        for module, mode in zip(modules, was_training):
            module.train(mode)
    found = [
        Latency(times, shape[0], threads, _precision(x), clock.__name__, machine(), torch.__version__)
        for times, shape, x in zip(samples, shapes, inputs)
    ]
    return found[0] if isinstance(networks, nn.Module) else found


def _time_passes(module: nn.Module, x: Tensor, warmup: int, repeats: int, clock: Callable[[], float]) -> np.ndarray:
    """Return milliseconds, (repeats,)."""
    for _ in range(warmup):
        module(x)
    ticks = [clock()]
    for _ in range(repeats):
        module(x)
        ticks.append(clock())
    return 1000 * np.diff(ticks)


def _shapes_for(modules: Sequence[nn.Module], input_shape: Shape | Sequence[Shape]) -> list[Shape]:
    if not modules:
        raise ValueError("no network to measure: give at least one")
    for module in modules:
        if not isinstance(module, nn.Module):
            raise TypeError(f"{module!r} is no torch module: give networks, or a list of them")
    one_for_all = all(isinstance(size, int | np.integer) for size in input_shape)
    shapes = [tuple(input_shape)] * len(modules) if one_for_all else [tuple(shape) for shape in input_shape]  # type: ignore[arg-type]
    if len(shapes) != len(modules):
        raise ValueError(f"{len(shapes)} input shapes for {len(modules)} networks: give one for all, or one for each")
    for shape in shapes:
        if len(shape) != 4 or not all(isinstance(size, int | np.integer) and size >= 1 for size in shape):
            raise ValueError(f"input shape {shape}: give (batch, channels, height, width), whole numbers from 1")
    return shapes  # type: ignore[return-value]


def _input(module: nn.Module, shape: Shape, rng: np.random.Generator) -> Tensor:
    """Draw normal numbers in the precision of the network's weights."""
    weights = next((weights for weights in module.parameters() if weights.is_floating_point()), torch.empty(0))
    if weights.device.type != "cpu":
        raise ValueError(f"a network is on {weights.device}: this measures processors, move it by .cpu()")
    return torch.from_numpy(rng.standard_normal(shape)).to(weights.dtype)


def _precision(x: Tensor) -> str:
    return str(x.dtype).removeprefix("torch.")


def _check_pass(module: nn.Module, x: Tensor, number: int) -> None:
    try:
        module(x)
    except RuntimeError as error:
        raise ValueError(f"network {number} does not take an input of shape {tuple(x.shape)}: {error}") from error


def processor_clock() -> Callable[[], float]:
    """Return `time.thread_time`, the seconds that the processor worked for this thread.

    Where it counts too coarsely for a forward pass (in steps of 16 ms on Windows), return `time.perf_counter`.
    """
    return thread_time if get_clock_info("thread_time").resolution < 1e-5 else perf_counter


@cache
def machine() -> str:
    """Describe the processor and what torch uses of it, as in ``"AMD EPYC, x86_64, AVX512"``.

    Latencies belong to a machine: tables of latencies keep this string, and are refused where it is another.
    """
    name = platform.processor()
    try:
        if platform.system() == "Linux":
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            name = next((line.split(":", 1)[1] for line in lines if line.startswith("model name")), name)
        elif platform.system() == "Darwin":
            command = ["sysctl", "-n", "machdep.cpu.brand_string"]
            name = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.SubprocessError):  # the name is then what Python says
        pass
    parts = [" ".join(name.split()), platform.machine(), torch.backends.cpu.get_cpu_capability()]
    return ", ".join(part for part in parts if part)
