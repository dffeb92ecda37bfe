"""Speed of the cell supernet's two forms in one run: all edges that leave a node together, and edge by edge."""

import statistics
import time

import torch
from torch.nn.functional import cross_entropy

from nastutor.networks import Supernet
from nastutor.networks.seeded import seeded
from nastutor.spaces.cell import CellSpace

SKELETON = {"channels": 8, "cells_per_stage": 2, "stages": 1, "in_channels": 1}
BATCH = 64


def main(repeats: int = 60) -> None:
    torch.set_num_threads(1)
    print(f"\nsupernet, one thread, batches of {BATCH} images of 8×8, {SKELETON}: processor ms, forward and backward")
    print(f"median [quartiles] of {repeats} steps, the two forms by turns; largest difference of outputs and gradients")
    print("-" * 108)
    for dtype in (torch.float32, torch.float64):
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
        bands = ["{1:.2f} [{0:.2f}, {2:.2f}]".format(*statistics.quantiles(times[key], n=4)) for key in times]
        ratio = statistics.median(times[True]) / statistics.median(times[False])
        off = (results[True] - results[False]).abs().max().item()
        print(f"{str(dtype)[6:]:<10} together {bands[0]}   edge by edge {bands[1]}   {ratio:.2f} times   {off:.0e}")


if __name__ == "__main__":
    main()
