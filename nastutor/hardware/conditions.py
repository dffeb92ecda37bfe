"""The conditions under which a timing is taken: on which machine, and by which clock."""

from __future__ import annotations

import platform
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import get_clock_info, perf_counter, sleep, thread_time
from typing import Any

import torch

CPU = torch.device("cpu")
Clock = Callable[[], float]
"""Returns seconds."""


def as_device(device: Any) -> torch.device:
    """Return a device that can be measured here.

    Raises
    ------
    ValueError : it is neither the processor nor a CUDA device of this machine.
    """
    found = device
    if isinstance(device, str):
        with suppress(RuntimeError):
            found = torch.device(device)
    count = torch.cuda.device_count()
    if isinstance(found, torch.device) and (
        found.type == "cpu" or (found.type == "cuda" and (found.index or 0) < count)
    ):
        return found
    raise ValueError(f"device {device!r}: give 'cpu' or 'cuda'; this machine has {count} CUDA devices")


@cache
def machine(device: torch.device = CPU) -> str:
    """Describe the processor and what torch uses of it, as in ``"AMD EPYC, x86_64, AVX512"``, or name a GPU.

    Latencies belong to a machine: tables of latencies keep this string, and are refused where it is another.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
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


def processor_clock() -> Clock:
    """Return `time.thread_time`, the seconds that the processor worked for this thread.

    Where it counts too coarsely for a forward pass (in steps of 16 ms on Windows), return `time.perf_counter`.
    """
    return thread_time if get_clock_info("thread_time").resolution < 1e-5 else perf_counter


def require_clock(clock: Any, threads: int, on_gpu: bool) -> None:
    """Check that a clock counts seconds, and goes on while others do the work.

    It is tried out, since one cannot tell from a function what it sees: while this thread works, with several threads
    while it waits for another one that works, and for a GPU while everything sleeps. Wall time passes in all cases.

    Raises
    ------
    TypeError : it is no function that returns a number.
    ValueError : it stands still, or counts milliseconds or less.
    """
    try:
        start = clock()
    except Exception:  # it is no function, or one with arguments
        start = None
    if not isinstance(start, int | float):
        raise TypeError(f"clock {clock!r}: give a function that returns seconds, such as time.perf_counter")
    seconds, wall = 0.05, perf_counter()  # more than the steps of any clock
    if on_gpu:
        sleep(seconds)
    elif threads > 1:
        worker = threading.Thread(target=_work, args=(seconds,))
        worker.start()
        worker.join()
    else:
        _work(seconds / 5)
    passed, wall = clock() - start, perf_counter() - wall
    if not passed < 500 * wall:  # what adds up processors' time goes on faster than the wall's, but not so fast
        raise ValueError(
            f"the clock {name_of(clock)} went on by {passed:g} in {wall:.2g} s: give one that counts seconds, such as "
            "time.perf_counter"
        )
    if (on_gpu or threads > 1) and passed < seconds / 2:
        unseen = "the work of a GPU" if on_gpu else f"all of {threads} threads"
        raise ValueError(f"the clock {name_of(clock)} does not see {unseen}: take time.perf_counter, wall time")


def name_of(clock: Clock) -> str:
    """Return the name of a clock's function, or of its class."""
    return getattr(clock, "__name__", type(clock).__name__)


def _work(seconds: float) -> None:
    end = thread_time() + seconds
    while thread_time() < end:
        pass
