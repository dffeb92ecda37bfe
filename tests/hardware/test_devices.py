"""Roofline models: the formula, what bounds whom, and the additive table against the network itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor.hardware.costs import LayerCosts  # noqa: E402
from nastutor.hardware.counts import layer_costs  # noqa: E402
from nastutor.hardware.devices import DEVICES, MICROCONTROLLER, PHONE, SERVER_GPU, Device, fastest  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.spaces import CellSpace  # noqa: E402

ROUND = Device("round numbers", 1e9, 1e9, 1e-3, 1000, "made up")
SKELETON = {"channels": 4, "cells_per_stage": 2, "stages": 2, "in_channels": 1}
SPACE = CellSpace()


def all_reached(genotype):
    """Every node has an incoming edge that is no `none`; then all of them are reached."""
    return genotype[0] and any(genotype[1:3]) and any(genotype[3:])


def layer(macs, read, written):
    return LayerCosts("convolution", "convolution", macs, 0, read, written, 0)


def test_a_layer_takes_overhead_and_the_longer_of_arithmetic_and_memory():
    assert ROUND.latency_ms([layer(4_000_000, 10, 10)]) == pytest.approx(1 + 4)
    assert ROUND.latency_ms([layer(4_000_000, 3_000_000, 5_000_000)]) == pytest.approx(1 + 8)
    assert ROUND.latency_ms([layer(0, 0, 0)] * 5) == pytest.approx(5)
    assert ROUND.latency_ms([]) == 0


def test_activations_fit_up_to_the_limit():
    assert ROUND.fits(1000) and not ROUND.fits(1001)


def test_arithmetic_bounds_the_microcontroller_and_launches_the_gpu():
    layers = layer_costs(CellNetwork((3,) * 6), (1, 3, 32, 32)).layers
    macs, calls = sum(part.macs for part in layers), len(layers)
    assert MICROCONTROLLER.latency_ms(layers) < 1.2 * 1e3 * macs / MICROCONTROLLER.macs_per_second
    assert SERVER_GPU.latency_ms(layers) < 1.1 * 1e3 * calls * SERVER_GPU.overhead_seconds
    assert MICROCONTROLLER.latency_ms(layers) > 100 * SERVER_GPU.latency_ms(layers)


@pytest.mark.parametrize("name", DEVICES)
def test_the_additive_table_is_the_network_up_to_three_additions_a_cell(name):
    device = DEVICES[name]
    table = device.cell_latencies(8, **SKELETON)
    addition = table.edges[0, 1]
    genotypes = [g for g in (SPACE.sample(np.random.default_rng(seed)) for seed in range(30)) if all_reached(g)]
    assert len(genotypes) > 10
    for genotype, charged in zip(genotypes, table.of(genotypes)):
        layers = layer_costs(CellNetwork(genotype, **SKELETON), (1, 1, 8, 8)).layers
        assert device.latency_ms(layers) == pytest.approx(charged - 3 * addition)
    assert (table.edges[:, 0] == 0).all() and (table.edges[:, 1:] > 0).all()
    assert table.of([(0,) * 6])[0] == table.fixed > 0


def test_on_one_device_pooling_is_cheap_and_on_another_it_is_not():
    """An extra convolution of 3×3 instead of pooling: 35 times the time of a pooling on one, twice on the other."""
    micro, gpu = (DEVICES[name].cell_latencies().edges[0] for name in ("microcontroller", "server GPU"))
    assert micro[3] > 10 * micro[4] and gpu[3] < 3 * gpu[4]


def test_a_device_without_speed_is_refused():
    with pytest.raises(ValueError, match="positive rates and memory"):
        Device("none", 0, 1, 0, 1, "")


def test_the_parts_of_a_latency_add_up_and_name_the_bound():
    layers = [layer(4_000_000, 10, 10), layer(0, 3_000_000, 0), layer(1000, 2000, 0)]
    arithmetic, memory, overhead = ROUND.parts_ms(layers)
    assert (arithmetic, memory, overhead) == (pytest.approx(4), pytest.approx(3.002), pytest.approx(3))
    assert ROUND.latency_ms(layers) == pytest.approx(arithmetic + memory + overhead)


def test_the_fastest_of_those_that_are_accurate_enough():
    latencies = {"a": np.array([1.0, 2.0, 2.0, 9.0]), "b": np.array([9.0, 3.0, 3.0, 1.0])}
    accuracy = np.array([80.0, 90.0, 91.0, 92.0])
    assert fastest(latencies, accuracy, 85).tolist() == [2, 3]  # of two that are equally fast the more accurate
    assert fastest(latencies, accuracy, 0).tolist() == [0, 3]
    with pytest.raises(ValueError, match=r"no architecture has 93 %: the closest has 92.00 %"):
        fastest(latencies, accuracy, 93)


def test_only_layers_and_only_cells_have_a_latency():
    with pytest.raises(
        TypeError, match=r"is no LayerCosts: give layers, such as layer_costs\(network, shape\)\.layers"
    ):
        PHONE.latency_ms(layer_costs(CellNetwork((3,) * 6, **SKELETON), (1, 1, 8, 8)))
    table = PHONE.cell_latencies(8, **SKELETON)
    for wrong in ([(-1,) * 6], [(5,) * 6], (3,) * 12):
        with pytest.raises(ValueError, match=r"choose 0…4|give integers of shape"):
            table.of(wrong)


@pytest.mark.parametrize("position", range(1, 5))
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, "1"])
def test_a_rate_that_is_no_positive_number_is_refused(position, bad):
    numbers = ["a device", 1e9, 1e9, 1e-6, 1e6, "made up"]
    numbers[position] = bad
    with pytest.raises(ValueError, match="as numbers"):
        Device(*numbers)
