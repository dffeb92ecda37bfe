"""Counts agree with the networks that are built, for skeletons of all sizes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from nastutor.hardware.counts import cell_network_costs  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402


@pytest.mark.parametrize("stages", [1, 2, 3])
@pytest.mark.parametrize("size", [8, 15])
@pytest.mark.parametrize("genotype", [(1, 0, 2, 3, 4, 3), (3, 2, 0, 0, 1, 2), (1,) * 6])
def test_parameters_and_macs_are_those_of_torch(stages, size, genotype):
    skeleton = {"channels": 4, "cells_per_stage": 2, "stages": stages, "in_channels": 1}
    network = CellNetwork(genotype, classes=7, **skeleton)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 1, size, size))
    params, macs = cell_network_costs(np.array([genotype]), 7, size, **skeleton)
    assert params[0] == sum(weights.numel() for weights in network.parameters())
    assert 2 * macs[0] == counter.get_total_flops()
