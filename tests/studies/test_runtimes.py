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
def test_the_file_holds_the_cells_of_the_plan(batch):
    stored = load_runtimes(batch)
    cells = len(stored.genotypes)
    assert cells == CELLS[batch] and stored.genotypes == PLANS["nasbench201"].genotypes[:cells]
    assert stored.samples.shape == (4, len(RUNTIMES), cells, REPEATS[batch]) and (stored.samples > 0).all()
    assert stored.bytes.shape == (2, cells) and (stored.bytes[1] < stored.bytes[0]).all()
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


def test_cells_that_are_missing_are_measured_group_by_group(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runtimes, "CELLS", {1: 5, 16: 1})
    monkeypatch.setattr(runtimes, "GROUP", 2)
    monkeypatch.setattr(runtimes, "NASBENCH201", dict(runtimes.NASBENCH201, channels=2, cells_per_stage=1, stages=1))
    monkeypatch.setattr(runtimes, "SIZE", 4)
    path, cells = tmp_path / "runtimes.npz", [(operation,) * 6 for operation in (1, 3, 2, 4)] + [(3, 1, 1, 1, 1, 1)]
    build(path, 2, cells[:2])
    first = read_arrays(path)
    assert first["batch_1/samples"].shape == (2, 4, 2, 2) and first["batch_16/samples"].shape == (2, 4, 1, 1)

    def stop(group, *rest):
        if group == cells[4:]:
            raise KeyboardInterrupt
        return measured(group, *rest)

    measured = runtimes._measured
    monkeypatch.setattr(runtimes, "_measured", stop)
    with pytest.raises(KeyboardInterrupt):
        build(path, 3, cells)
    assert read_arrays(path)["batch_1/samples"].shape == (2, 4, 4, 2)
    monkeypatch.setattr(runtimes, "_measured", measured)
    build(path, 3, cells)
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == [
        "2 of 2 cells", "4 of 5 cells", "5 of 5 cells",
    ]  # fmt: skip
    whole = read_arrays(path)
    assert whole["batch_1/samples"].shape == (2, 4, 5, 2), "as many rounds as the first cells have"
    assert (whole["batch_1/samples"][:, :, :2] == first["batch_1/samples"]).all()
    assert (whole["batch_16/samples"] == first["batch_16/samples"]).all()
    assert whole["genotypes"].tolist() == [list(cell) for cell in cells] and whole["bytes"].shape == (2, 5)


def test_what_was_not_measured_is_refused():
    with pytest.raises(ValueError, match="no measurements 'batch_7': there are batch_1, batch_16"):
        load_runtimes(7)
