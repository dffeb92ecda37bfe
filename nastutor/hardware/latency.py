"""Latency, measured on the device in front of you.

What makes a timing worth something:

    warm-up         the first passes fill caches and choose algorithms: they are not counted
    rounds          several networks are measured in turn, again and again, in a new order each time: what slows the
                    machine down for a while hits all of them alike
    a median        a timing is never too short but often far too long, so a mean follows the interruptions
    the whole pass  a GPU is handed its work and goes on alone: the clock is read when it has finished
    conditions      batch, threads, precision and machine stand beside the number: without them it means nothing

Wall time is what a user waits for, and what is measured unless you say otherwise. On a machine that is busy with other
work, processor time, ``clock=processor_clock()``, leaves out the waiting for a turn; on an idle one the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nastutor.arguments import generator
from nastutor.hardware.checks import Shape, as_shape, whole
from nastutor.hardware.conditions import Clock, machine, name_of, processor_clock, require_clock
from nastutor.hardware.costs import Latency
from nastutor.hardware.running import Inputs, as_arguments, describe, evaluation_mode, require_network
from nastutor.hardware.stopwatch import time_in_turns

__all__ = ["Latency", "machine", "measure_latency", "processor_clock"]


def measure_latency(
    networks: nn.Module | Sequence[nn.Module],
    input_shape: Shape | Sequence[Shape] | None = None,
    threads: int = 1,
    rounds: int = 10,
    warmup: int = 1,
    repeats: int = 3,
    seed: int | Sequence[int] = 0,
    clock: Clock = perf_counter,
    inputs: Inputs | list[Inputs] | None = None,
) -> Latency | list[Latency]:
    """Measure the latency of forward passes on this machine's processor, or on a GPU where the network is on one.

    In each round every network has its turn, in a random order: some passes that are not counted, then some that are.

    Parameters
    ----------
    networks : one, or several. Each is measured in evaluation mode, as it is used, and on the device where it is.
    input_shape : of the one input for all networks, the batch first, or a list with a shape for each network; images
        (1, 3, 32, 32) if there are no inputs either. Normal numbers are drawn, in the precision of the weights.
    threads : how many torch may use; what it was before is restored.
    rounds : of all networks.
    warmup, repeats : passes in each turn that are not counted, and that are.
    seed : of the input's numbers and of the order of the turns.
    clock : returns seconds: `time.perf_counter`, wall time; with one thread that of `processor_clock`; with several
        `time.process_time`, which adds up what all of them worked; of a GPU, wall time only.
    inputs : instead of a shape, the input itself for all networks: a tensor, of tokens for example, or a tuple of all
        arguments; or a list of these, one for each network.

    Returns
    -------
    The latency of the one network, or a list in the order of the networks.

    Raises
    ------
    ValueError : nothing to measure, a shape or number that cannot be, a network that does not take its input or is on
        a device that cannot be measured, or a clock that does not see all of the work.
    TypeError : something that is no torch module or no tensor, a clock that cannot be called, or shape and inputs both.
    """
    modules = [networks] if isinstance(networks, nn.Module) else _as_list(networks)
    whole(1, threads=threads, rounds=rounds, repeats=repeats)
    whole(0, warmup=warmup)
    rng = generator(seed)
    arguments = _arguments_for(modules, input_shape, inputs, rng)
    devices = [_device(module, given) for module, given in zip(modules, arguments)]
    finishers = [_finisher(device) for device in devices]
    require_clock(clock, threads, any(device.type != "cpu" for device in devices))
    passes = [partial(_pass, *each) for each in zip(modules, arguments, finishers)]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with ExitStack() as modes, torch.inference_mode():
            for number, (module, given) in enumerate(zip(modules, arguments)):
                modes.enter_context(evaluation_mode(module))
                _check_pass(module, given, number)
            samples = time_in_turns(passes, rounds, warmup, repeats, rng, clock)
    finally:
        torch.set_num_threads(before)
    found = [
        Latency(
            times, _batch(given), threads, _precision(module, given), name_of(clock), machine(device), torch.__version__
        )
        for times, module, given, device in zip(samples, modules, arguments, devices)
    ]
    return found[0] if isinstance(networks, nn.Module) else found


def _pass(module: nn.Module, arguments: Sequence[Tensor], finish: Callable[[], None]) -> None:
    module(*arguments)
    finish()  # a GPU was only handed its work: wait until it is done


def _as_list(networks: Any) -> list[nn.Module]:
    if not isinstance(networks, Iterable) or isinstance(networks, str):
        raise TypeError(f"{networks!r} is no torch module: give networks, or a list of them")
    modules = list(networks)
    if not modules:
        raise ValueError("no network to measure: give at least one")
    return modules


def _arguments_for(
    modules: Sequence[nn.Module],
    input_shape: Shape | Sequence[Shape] | None,
    inputs: Inputs | list[Inputs] | None,
    rng: np.random.Generator,
) -> list[tuple[Tensor, ...]]:
    """Return what each network is called with."""
    for module in modules:
        require_network(module)
    if inputs is not None:
        if input_shape is not None:
            raise TypeError("give either input_shape or inputs: the inputs have their shapes")
        given = inputs if isinstance(inputs, list) else [inputs] * len(modules)
        if len(given) != len(modules):
            raise ValueError(f"{len(given)} inputs for {len(modules)} networks: give one for all, or one for each")
        return [as_arguments(each) for each in given]
    shape = (1, 3, 32, 32) if input_shape is None else input_shape
    is_list = isinstance(shape, list | tuple) and len(shape) > 0 and isinstance(shape[0], list | tuple)
    shapes = [as_shape(each) for each in shape] if is_list else [as_shape(shape)] * len(modules)
    if len(shapes) != len(modules):
        raise ValueError(f"{len(shapes)} input shapes for {len(modules)} networks: give one for all, or one for each")
    return [(_numbers(module, each, rng),) for module, each in zip(modules, shapes)]


def _numbers(module: nn.Module, shape: Shape, rng: np.random.Generator) -> Tensor:
    """Draw normal numbers in the precision of the network's weights, on its device."""
    weights = _weights(module)
    return torch.from_numpy(rng.standard_normal(shape)).to(weights.device, weights.dtype)


def _weights(module: nn.Module) -> Tensor:
    return next((weights for weights in module.parameters() if weights.is_floating_point()), torch.empty(0))


def _device(module: nn.Module, arguments: Sequence[Tensor]) -> torch.device:
    return next(module.parameters(), arguments[0]).device


def _precision(module: nn.Module, arguments: Sequence[Tensor]) -> str:
    numbers = next((x for x in arguments if x.is_floating_point()), _weights(module))
    return str(numbers.dtype).removeprefix("torch.")


def _batch(arguments: Sequence[Tensor]) -> int:
    return len(arguments[0]) if arguments[0].dim() else 1


def _finisher(device: torch.device) -> Callable[[], None]:
    """Return what waits until a device has done all that it was handed."""
    if device.type == "cpu":
        return lambda: None
    if device.type == "cuda":
        return partial(torch.cuda.synchronize, device)
    raise ValueError(f"a network is on {device}: this measures processors and CUDA devices, move it by .cpu()")


def _check_pass(module: nn.Module, arguments: Sequence[Tensor], number: int) -> None:
    try:
        module(*arguments)
    except Exception as error:  # whatever the network's own code raises
        raise ValueError(f"network {number} does not take an input of shape {describe(arguments)}: {error}") from error
