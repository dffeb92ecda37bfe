"""Whatever is given in place of an argument, it works or is refused by a message of this package."""

import traceback
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import nastutor  # noqa: E402
from nastutor.hardware.carbon import Footprint  # noqa: E402
from nastutor.hardware.costs import Latency, LayerCosts  # noqa: E402
from nastutor.hardware.counts import cell_network_costs, cell_network_memory, layer_costs  # noqa: E402
from nastutor.hardware.devices import PHONE, Device, fastest  # noqa: E402
from nastutor.hardware.latency import measure_latency  # noqa: E402
from nastutor.hardware.lookup_table import LookupTable, without_dead_edges  # noqa: E402
from nastutor.hardware.predictor import LatencyPredictor, learning_curve  # noqa: E402
from nastutor.studies.latencies import load_latencies  # noqa: E402

PACKAGE = str(Path(nastutor.__file__).parent)
CELLS = [(3, 1, 0, 4, 2, 1), (1,) * 6, (3,) * 6, (2, 4, 0, 1, 1, 3)]
STORED = load_latencies("size_4")
SKELETON = {"channels": 2, "cells_per_stage": 1, "stages": 1, "in_channels": 1, "classes": 2}
IMAGES = (1, 1, 4, 4)
LATENCY = Latency(np.ones((2, 3)), 1, 1, "float32", "perf_counter", "abacus", "2.1")
LAYER = LayerCosts("convolution", "convolution", 1, 2, 3, 4, 5)


class Fragile(nn.Module):
    """A network of somebody's own, which fails in a way of its own."""

    def __init__(self, error):
        super().__init__()
        self.weight, self.error = nn.Parameter(torch.ones(3)), error

    def forward(self, x):
        raise self.error


JUNK = [
    None, True, 0, -1, 3, 1.5, -0.5, float("nan"), float("inf"), 1j, "", "3", "text", b"bytes", object(), len, int,
    (), [], {}, set(), (0,), (-1, 3), (1.5, 2), (2, 3), ("a", "b"), [[]], [(1, 2), (3,)], [None], [True], {"a": 1},
    CELLS, CELLS[0], [CELLS[0], (9,) * 6], np.float64("nan"), np.array(["a"]), np.zeros(0), np.zeros((2, 3)),
    np.full(6, 9), np.full((2, 6), -1), np.full((2, 6), 1.0), torch.zeros(0), torch.zeros(2, 3),
    torch.zeros(2, 3).long(), (torch.zeros(2, 3), None), [torch.zeros(2, 3)], (torch.zeros(2, 3),) * 5,
    nn.ReLU, nn.ReLU(), nn.Linear(3, 4), nn.LSTM(3, 4),
    *map(Fragile, [KeyError("k"), ZeroDivisionError(), AttributeError("a"), StopIteration(), OSError()]),
]  # fmt: skip

FUNCTIONS = {
    "layer_costs": (layer_costs, {"network": nn.Linear(3, 4), "input_shape": (2, 3)}),
    "layer_costs on inputs": (layer_costs, {"network": nn.Linear(3, 4), "inputs": torch.zeros(2, 3)}),
    "measure_latency": (
        measure_latency,
        {
            "networks": nn.Linear(3, 4), "input_shape": (2, 3), "threads": 1, "rounds": 1, "warmup": 0, "repeats": 1,
            "seed": 0,
            "clock": iter(range(10**6)).__next__,
        },
    ),
    "measure_latency on inputs": (
        measure_latency, {"networks": [nn.Linear(3, 4)], "inputs": torch.zeros(2, 3), "rounds": 1},
    ),
    "percentile": (LATENCY.percentile, {"percent": 95}),
    "cell_network_costs": (cell_network_costs, {"genotypes": CELLS, "image_size": 8, **SKELETON}),
    "cell_network_memory": (
        cell_network_memory,
        {"genotypes": CELLS, "image_size": 8, "channels": 2, "cells_per_stage": 1, "stages": 1, "number_bytes": 4},
    ),
    "Device": (
        Device,
        {
            "name": "", "macs_per_second": 1, "bytes_per_second": 1, "overhead_seconds": 0, "memory_bytes": 1,
            "source": "",
        },
    ),
    "latency_ms": (PHONE.latency_ms, {"layers": [LAYER]}),
    "fits": (PHONE.fits, {"peak_memory": 3}),
    "cell_latencies": (PHONE.cell_latencies, {"image_size": 4, **SKELETON}),
    "CellLatencies.of": (PHONE.cell_latencies(4, **SKELETON).of, {"genotypes": CELLS}),
    "fastest": (fastest, {"latencies": {"a": np.ones(4)}, "accuracy": np.ones(4), "least": 0.5}),
    "Footprint": (Footprint, {"seconds": 1, "watts": 1, "pue": 1, "grams_per_kwh": 1}),
    "without_dead_edges": (without_dead_edges, {"genotype": CELLS[0]}),
    "LookupTable.predict": (STORED.table.predict, {"genotypes": CELLS}),
    "additivity_errors": (STORED.table.additivity_errors, {"genotypes": CELLS, "milliseconds": np.ones(4)}),
    "LookupTable.measure": (
        LookupTable.measure,
        {"skeleton": SKELETON, "input_shape": IMAGES, "device": "cpu"},
    ),
    "LookupTable.from_pieces": (
        LookupTable.from_pieces,
        {"milliseconds": [1.0] * 6, "skeleton": SKELETON, "input_shape": IMAGES, "conditions": LATENCY},
    ),
    "LatencyPredictor.fit": (LatencyPredictor().fit, {"genotypes": CELLS, "milliseconds": np.ones(4)}),
    "LatencyPredictor.predict": (LatencyPredictor().fit(CELLS, np.ones(4)).predict, {"genotypes": CELLS}),
    "learning_curve": (
        learning_curve, {"genotypes": CELLS, "milliseconds": [1, 2, 3, 4], "counts": (2,), "subsets": 1, "tests": 2},
    ),
    "load_latencies": (load_latencies, {"name": "size_4"}),
}  # fmt: skip


def written_here(error):
    """Say whether an error was raised by a statement of this package, so with its words."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return place.filename.startswith(PACKAGE) and (place.line or "").startswith("raise ")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_any_argument_works_or_is_refused_in_words_of_this_package(name):
    function, good = FUNCTIONS[name]
    function(**good)
    wrong = []
    for argument in good:
        for junk in JUNK:
            try:
                function(**good | {argument: junk})
            except Exception as error:
                if not isinstance(error, ValueError | TypeError) or not written_here(error):
                    wrong.append(f"{argument}={junk!r}: {error!r}")
    assert not wrong, f"{len(wrong)} wrong answers:\n" + "\n".join(wrong)
