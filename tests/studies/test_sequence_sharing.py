"""What is said of language models without training each: the file holds the plan, and what is made is what is said."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from nastutor.arrays import read_data
from nastutor.networks import SequenceModel
from nastutor.networks.seeded import seeded
from nastutor.oneshot import sequence_paths
from nastutor.spaces.sequence import stack
from nastutor.statistics import rank_correlation
from nastutor.studies import sequence_sharing
from nastutor.studies.sequence_sharing import METHODS, PROXIES, RUNS, TASKS, describe, load_sharing, score, share
from nastutor.studies.sequences import architectures
from nastutor.training import sequence_proxies
from nastutor.training.sequences import load_task


@pytest.mark.parametrize("task", TASKS)
def test_the_file_holds_the_plan(task):
    stored = load_sharing(task)
    assert stored.genotypes == architectures()
    assert stored.right.shape == stored.bits.shape == (RUNS, 241)
    assert ((stored.right >= 0) & (stored.right <= 100)).all() and (stored.bits > 0).all()
    assert tuple(stored.scores) == PROXIES == sequence_proxies.PROXIES
    assert all(scores.shape == (RUNS, 241) and np.isfinite(scores).all() for scores in stored.scores.values())
    assert (np.diff(stored.losses[:, [0, -1]]) < 0).all(), "the supernets learn"


def test_the_file_was_made_by_this_plan():
    stored = read_data("sequence_sharing.npz", "studies")
    assert {method: str(stored[f"{method}/settings"]) for method in METHODS} == {m: describe(m) for m in METHODS}


def test_supernets_agree_with_each_other_and_know_who_solves_recall():
    for task in TASKS:
        right = load_sharing(task).right
        assert all(rank_correlation(right[i], right[j]) > 0.9 for i, j in ((0, 1), (0, 2), (1, 2)))
    place = architectures().index
    solves, cannot = place(stack(["convolution", "attention"])), place(stack(["convolution"] * 4))
    right = load_sharing("recall").right
    assert (right[:, solves] > right[:, cannot] + 20).all()


def test_a_score_is_computed_again_in_the_place_of_its_stack():
    stored, task = load_sharing("recall"), load_task("recall")
    place = architectures().index(stack(["convolution", "attention"]))
    with seeded(0):
        network = SequenceModel(architectures()[place], task.vocabulary, task.classes)
    batch = (torch.from_numpy(part["train"][: sequence_sharing.BATCH]) for part in (task.tokens, task.targets))
    for proxy, value in sequence_proxies.score_model(network, *batch).items():
        assert stored.scores[proxy][0, place] == pytest.approx(value, rel=1e-2)


def test_a_run_brings_all_stacks_in_the_order_of_the_table(monkeypatch):
    few = [(0, 0, 0, 0, 0), stack(["attention", "recurrence"])]
    monkeypatch.setattr(sequence_sharing, "architectures", lambda: few)
    monkeypatch.setattr(sequence_sharing, "MEASURED", 8)
    short = replace(sequence_paths.SUPERNET_RECIPE, epochs=2, steps=2)
    monkeypatch.setattr(sequence_paths, "SUPERNET_RECIPE", short)
    task, made = load_task("recall"), share(0, "recall")
    network = sequence_paths.train_sequence_paths(task, short, 0).network
    right, bits = sequence_paths.shared_accuracy(network, task, few, 8)
    assert made["right"] == pytest.approx(right) and made["bits"] == pytest.approx(bits)
    assert made["losses"].shape == (2,)
    assert score(0, "recall")["scores"].shape == (len(PROXIES), 2)


def test_what_is_not_stored_is_refused():
    with pytest.raises(ValueError, match="no shared weights 'counting': there are recall, text"):
        load_sharing("counting")
