"""The stored times of sub-networks are those of the plan, agree with themselves, and the table adds up to them."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from nastutor.arrays import read_arrays
from nastutor.statistics import rank_correlation
from nastutor.studies import once_for_all_latencies
from nastutor.studies.once_for_all_latencies import SAMPLES, build, load_elastic_latencies, measured_rows


def test_the_file_holds_the_plan():
    stored = load_elastic_latencies()
    assert (stored.rows == measured_rows(1764)).all() and len(set(stored.rows.tolist())) == 300
    for runtime, count in SAMPLES.items():
        assert stored.samples[runtime].shape == (6, count)
        assert (stored.milliseconds(runtime) > 0.01).all() and (stored.samples[runtime] <= 0).sum() <= 1
    assert stored.bytes.shape == (2, SAMPLES["int8"]) and len(stored.pieces) == 42
    assert stored.conditions["threads"] == 1 and stored.conditions["clock"] == "thread_time"


def test_rounds_agree_and_the_table_adds_up_to_what_was_measured():
    stored = load_elastic_latencies()
    assert all(stored.ceiling(runtime) > 0.85 for runtime in SAMPLES)
    added = stored.added_up(stored.genotypes)
    assert rank_correlation(added, stored.milliseconds()) > 0.9


def test_rounds_that_are_missing_are_added(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(once_for_all_latencies, "SAMPLES", {"onnxruntime": 3, "int8": 2, "eager": 2})
    monkeypatch.setattr(once_for_all_latencies, "all_pieces", lambda space: [])
    path = tmp_path / "latencies.npz"
    build(path, 1)
    first = read_arrays(path)["onnxruntime/milliseconds"]
    build(path, 2)
    both = read_arrays(path)
    assert both["onnxruntime/milliseconds"].shape == (2, 3) and both["int8/milliseconds"].shape == (2, 2)
    assert np.array_equal(both["onnxruntime/milliseconds"][:1], first) and both["bytes"].shape == (2, 2)
