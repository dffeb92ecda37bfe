"""The stored times of four runtimes are those of the plan, agree with themselves, and show what lessons say of them."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from nastutor.arrays import read_arrays
from nastutor.hardware.counts import cell_network_costs
from nastutor.statistics import rank_correlation
from nastutor.studies import runtimes
from nastutor.studies.latencies import MARKED, PLANS
from nastutor.studies.runtimes import CELLS, REPEATS, RUNTIMES, build, load_runtimes


@pytest.mark.parametrize("batch", CELLS)
def test_the_file_holds_the_plan(batch):
    stored = load_runtimes(batch)
    assert stored.genotypes == PLANS["nasbench201"].genotypes[: CELLS[batch]]
    assert stored.samples.shape == (4, len(RUNTIMES), CELLS[batch], REPEATS[batch]) and (stored.samples > 0).all()
    assert stored.bytes.shape == (2, CELLS[batch]) and (stored.bytes[1] < stored.bytes[0]).all()
    assert stored.conditions["threads"] == 1 and stored.conditions["clock"] == "thread_time"


@pytest.mark.parametrize("batch", CELLS)
def test_halves_of_the_rounds_agree(batch):
    stored = load_runtimes(batch)
    assert all(stored.ceiling(runtime) > 0.85 for runtime in RUNTIMES)


def test_a_half_has_the_medians_of_its_rounds_alone():
    stored = load_runtimes()
    samples = np.arange(4 * 4 * 2 * 2, dtype=float).reshape(4, 4, 2, 2)
    first, second = stored._replace(samples=samples).halves
    assert list(first) == list(second) == list(RUNTIMES)
    assert first["eager"].tolist() == [8.5, 10.5] and second["eager"].tolist() == [40.5, 42.5]


def test_the_order_belongs_to_the_runtime():
    stored = load_runtimes()
    times = {name: dict(zip(MARKED, row)) for name, row in stored.milliseconds.items()}
    assert times["eager"]["all pool"] > 1.3 * times["eager"]["all 1×1"]
    assert times["onnxruntime"]["all pool"] < 0.8 * times["onnxruntime"]["all 1×1"]
    assert times["int8"]["all pool"] > 3 * times["onnxruntime"]["all pool"]
    _, macs = cell_network_costs(np.array(stored.genotypes), 10, 32)
    by_macs = {name: rank_correlation(macs, row) for name, row in stored.milliseconds.items()}
    assert by_macs["onnxruntime"] > 0.9 > 0.75 > by_macs["eager"]


def test_rounds_that_are_missing_are_added(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runtimes, "CELLS", {1: 2})
    monkeypatch.setattr(runtimes, "NASBENCH201", dict(runtimes.NASBENCH201, channels=2, cells_per_stage=1, stages=1))
    monkeypatch.setattr(runtimes, "SIZE", 4)
    path, cells = tmp_path / "runtimes.npz", [(1,) * 6, (3,) * 6]
    build(path, 1, cells)
    first = read_arrays(path)["batch_1/samples"]
    build(path, 3, cells)
    assert read_arrays(path)["batch_1/samples"].shape == (3, 4, 2, 2)
    assert (read_arrays(path)["batch_1/samples"][:1] == first).all()


def test_what_was_not_measured_is_refused():
    with pytest.raises(ValueError, match="no measurements 'batch_7': there are batch_1, batch_16"):
        load_runtimes(7)
