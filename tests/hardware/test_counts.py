"""Counts agree with the networks that are built, for skeletons of all sizes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from nastutor.hardware.counts import cell_network_costs, cell_network_memory  # noqa: E402
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


@pytest.mark.parametrize("count", [cell_network_costs, cell_network_memory])
@pytest.mark.parametrize(
    ("genotypes", "message"),
    [
        ([(7,) * 6], "operations 7…7: choose 0…4"),
        ([(-1, 0, 0, 0, 0, 0)], "operations -1…0: choose 0…4"),
        ([(1.0,) * 6], "type float64: give integers of shape"),
        ((1,) * 6, r"genotypes of shape \(6,\)"),
        ([(1,) * 6, (1,) * 5], "give integers of shape"),
    ],
)
def test_what_is_no_operation_is_not_counted_as_nothing(count, genotypes, message):
    with pytest.raises(ValueError, match=message):
        count(genotypes, image_size=8, **({"classes": 10} if count is cell_network_costs else {}))


def test_memory_is_known_for_stages_that_halve_the_image():
    with pytest.raises(ValueError, match="image_size 15: give an even one, or one stage"):
        cell_network_memory([(1,) * 6], 15, stages=2)
    assert cell_network_memory([(1,) * 6], 15, stages=1) > 0
