"""Speed of the cell supernet's two forms in one run: all edges that leave a node together, and edge by edge."""

import statistics
import time
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from nastutor.networks import Supernet
from nastutor.networks.seeded import seeded
from nastutor.spaces.cell import CellSpace

SKELETON = {"channels": 8, "cells_per_stage": 2, "stages": 1, "in_channels": 1}
BATCH = 64


def measure(repeats: int = 30) -> dict[str, Any]:
    """Return a row a data type: quartiles of both forms' processor ms, and the largest difference of their results.

    A step is forward and backward; the two forms take turns.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = {str(dtype)[6:]: measure_type(dtype, repeats) for dtype in (torch.float32, torch.float64)}
    torch.set_num_threads(threads)
    return {"batch": BATCH, "skeleton": SKELETON, "steps": repeats, "types": rows}


def measure_type(dtype: torch.dtype, repeats: int) -> dict[str, Any]:
    with seeded(0):
        network = Supernet(CellSpace(), **SKELETON).to(dtype)
        images, labels = torch.randn(BATCH, 1, 8, 8, dtype=dtype), torch.randint(10, (BATCH,))
        alpha = torch.randn(6, 5, dtype=dtype, requires_grad=True)
    times: dict[bool, list[float]] = {False: [], True: []}
    results = {}
    for step in range(repeats + 5):
        for by_edge in times:
            start = time.process_time()
            logits = network(images, alpha.softmax(1), by_edge=by_edge)
            gradients = torch.autograd.grad(cross_entropy(logits, labels), [alpha, *network.parameters()])
            if step >= 5:
                times[by_edge].append(1000 * (time.process_time() - start))
            results[by_edge] = torch.cat([part.detach().flatten() for part in (logits, *gradients)])
    together, by_edge = ([round(q, 3) for q in statistics.quantiles(times[key], n=4)] for key in times)
    return {
        "together": together,
        "edge by edge": by_edge,
        "off": (results[True] - results[False]).abs().max().item(),
    }
