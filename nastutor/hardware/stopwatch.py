"""One stopwatch for whatever runs a network: torch, ONNX Runtime, or a function of your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import thread_time

import numpy as np

from nastutor.arguments import generator
from nastutor.hardware.checks import whole


def time_in_turns(
    passes: Sequence[Callable[[], object]],
    rounds: int = 10,
    warmup: int = 1,
    repeats: int = 3,
    seed: int | Sequence[int] | np.random.Generator = 0,
    clock: Callable[[], float] = thread_time,
) -> np.ndarray:
    """Time several functions in turn, again and again, in a new random order each time.

    Parameters
    ----------
    passes : each does one forward pass, and returns when the work is done: on a GPU, it synchronizes at its end.
    rounds : turns of each.
    warmup, repeats : passes in each turn that are not counted, and that are.
    seed : of the orders.
    clock : returns seconds; by default those that the processor worked for this thread.

    Returns
    -------
    (passes, rounds, repeats) milliseconds.

    Raises
    ------
    ValueError : a number that is too small.
    """
    whole(1, rounds=rounds, repeats=repeats)
    whole(0, warmup=warmup)
    rng = generator(seed)
    samples = np.empty((len(passes), rounds, repeats))
    for turn in range(rounds):
        for i in rng.permutation(len(passes)):
            for _ in range(warmup):
                passes[i]()
            ticks = [clock()]
            for _ in range(repeats):
                passes[i]()
                ticks.append(clock())
            samples[i, turn] = 1000 * np.diff(ticks)
    return samples
