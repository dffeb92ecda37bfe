"""The only place that touches torch's global random generator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's global CPU generator inside a ``with`` block and put its state back afterwards.

    Modules draw their first weights from the global generator, and torch offers no other way; so a network is built as

    >>> with seeded(0):
    ...     network = torch.nn.Linear(3, 2)
    """
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(state)
