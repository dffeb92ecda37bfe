"""The only place that touches torch's global random generator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, dtype: torch.dtype | None = None) -> Iterator[None]:
    """Seed torch's global CPU generator inside a ``with`` block and put its state back afterwards.

    Modules draw their first weights from the global generator, and torch offers no other way; so a network is built as

    >>> with seeded(0):
    ...     network = torch.nn.Linear(3, 2)

    Parameters
    ----------
    seed : of the generator.
    dtype : the precision in which modules draw their first weights; None: torch's default. In float32 the last digit
        depends on the processor (on whether it multiplies and adds with one rounding or two), and a training makes
        much of that: what is to be alike everywhere draws in float64.
    """
    state, default = torch.get_rng_state(), torch.get_default_dtype()
    torch.manual_seed(seed)
    torch.set_default_dtype(dtype or default)
    try:
        yield
    finally:
        torch.set_default_dtype(default)
        torch.set_rng_state(state)
