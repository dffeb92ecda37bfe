"""The stored times of language models are those of the plan, agree with themselves, and show what is said of them."""

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.arrays import read_arrays
from nastutor.hardware.sequence_costs import sequence_costs
from nastutor.spaces.sequence import stack
from nastutor.statistics import rank_correlation
from nastutor.studies import sequence_latencies
from nastutor.studies.sequence_latencies import LENGTHS, PIECES, build, load_sequence_latencies, sample


def test_the_file_holds_the_plan():
    stored = load_sequence_latencies()
    assert stored.genotypes == sample() and len(set(stored.genotypes)) == 24
    assert stored.stacks.shape[1:] == (24, len(LENGTHS)) and stored.pieces.shape[1:] == (len(PIECES), len(LENGTHS))
    assert len(stored.stacks) == len(stored.pieces) >= 4
    assert (stored.stacks > 0).all() and (stored.pieces > 0).all()
    assert stored.conditions["clock"] == "thread_time" and stored.conditions["lengths"] == list(LENGTHS)


def test_attention_alone_grows_with_the_square():
    stored = load_sequence_latencies()
    for mixer in ("attention", "convolution", "recurrence"):
        times = np.median(stored.piece(mixer), axis=0)
        assert (times[-1] / times[-3] > 8) == (mixer == "attention"), "from 512 to 2,048 tokens: 4 or 16 times"


def test_pieces_add_up_to_stacks_and_macs_rank_long_sequences():
    stored = load_sequence_latencies()
    measured, modelled = np.median(stored.stacks, axis=0), stored.modelled(stored.genotypes)
    for at in range(len(LENGTHS)):
        assert rank_correlation(modelled[:, at], measured[:, at]) > 0.85
    macs = [sequence_costs(genotype, LENGTHS[-1], 41).macs for genotype in stored.genotypes]
    assert rank_correlation(macs, measured[:, -1]) > 0.8


def test_a_model_adds_the_pieces_of_each_layer():
    stored = load_sequence_latencies()
    of = {name: np.median(stored.piece(name), axis=0) for name in PIECES}
    empty, bare, full = stored.modelled([(0, 0, 0, 0, 0), stack(["attention"], 0), stack(["recurrence", "attention"])])
    assert empty == pytest.approx(of["frame"])
    assert bare == pytest.approx(of["frame"] + of["attention"])
    assert full == pytest.approx(of["frame"] + of["attention"] + of["recurrence"] + 2 * of["feed_forward"])


def test_rounds_that_are_missing_are_added(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sequence_latencies, "DRAWN", 0)
    path = tmp_path / "sequence_latencies.npz"
    build(path, 1, (2, 3))
    first = read_arrays(path)["rounds/stacks"]
    build(path, 2, (2, 3))
    assert read_arrays(path)["rounds/stacks"].shape == (2, 8, 2)
    assert (read_arrays(path)["rounds/stacks"][:1] == first).all()
