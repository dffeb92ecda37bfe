"""What builds the table of small language models: cheap ones trained again are in it, and a build goes on."""

import numpy as np
import pytest

pytest.importorskip("torch")

from concurrent.futures import ThreadPoolExecutor

from nastutor import load_benchmark
from nastutor.arrays import read_arrays
from nastutor.studies import sequences


@pytest.mark.long
def test_the_empty_stack_trained_again_is_in_the_table():
    """Equal on the machine that made the table, nearly equal elsewhere; other seeds differ by more."""
    table = load_benchmark("sequences", task="recall")
    number = sequences.architectures().index((0,) * 5)
    again = sequences.train_number(number, "recall")
    assert again["test_bits"] == pytest.approx(table.metrics["test_bits"][number], abs=1e-3)
    assert again["bits"] == pytest.approx(table.curves["val_bits"][number], abs=1e-3)


def test_a_build_goes_on_where_it_stopped_and_drops_what_has_other_settings(tmp_path, monkeypatch):
    path, forms, asked = tmp_path / "sequences.npz", sequences.architectures(), []

    def train_number(number, task):
        asked.append((number, task))
        return {"genotype": np.array(forms[number]), "seconds": np.array(1.0)}

    def build(architectures, settings):
        asked.clear()
        monkeypatch.setattr(sequences, "architectures", lambda: forms[:architectures])
        monkeypatch.setattr(sequences, "describe", settings.get)
        sequences.build(path, ThreadPoolExecutor(1))

    monkeypatch.setattr(sequences, "METHODS", {task: (train_number, {"task": task}) for task in ("recall", "text")})
    monkeypatch.setattr(sequences, "TASKS", ("recall", "text"))
    build(2, {"recall": "a", "text": "b"})
    assert asked == [(0, "recall"), (0, "text"), (1, "recall"), (1, "text")]
    build(3, {"recall": "a", "text": "b"})
    assert asked == [(2, "recall"), (2, "text")]
    build(3, {"recall": "a", "text": "c"})
    assert asked == [(0, "text"), (1, "text"), (2, "text")]
    assert list(map(tuple, read_arrays(path)["text/genotype"].tolist())) == forms[:3]
