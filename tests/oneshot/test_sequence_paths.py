"""Shared weights of language models: they repeat with the seed, they learn, and stacks are measured with them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nastutor.oneshot.sequence_paths import shared_accuracy, train_sequence_paths
from nastutor.spaces.sequence import stack
from nastutor.training.sequence_trainer import SequenceRecipe, measure
from nastutor.training.sequences import load_task

SHORT = SequenceRecipe(epochs=2, steps=4, dtype="float64")


def recall(measured=16):
    """The task with so many validation sequences."""
    task = load_task("recall")
    few = {"train": None, "validation": measured, "test": 1}
    tokens, targets = ({split: part[split][:n] for split, n in few.items()} for part in (task.tokens, task.targets))
    return replace(task, tokens=tokens, targets=targets)


def test_a_seed_trains_the_same_again_and_another_one_something_else():
    one, again, other = (train_sequence_paths(recall(), SHORT, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.losses, again.losses) and one.losses.shape == one.seconds.shape == (2,)
    weights = [done.network.state_dict() for done in (one, again, other)]
    assert all(torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())
    assert not torch.equal(weights[0]["embedding.weight"], weights[2]["embedding.weight"])


def test_it_learns():
    losses = train_sequence_paths(recall(), SequenceRecipe(epochs=2, steps=40)).losses
    assert losses[1] < losses[0] - 0.1


def test_stacks_are_measured_as_their_cut_outs():
    task, network = recall(), train_sequence_paths(recall(), SHORT).network
    stacks = [stack(["attention"]), stack(["convolution", "nothing", "recurrence"], 0)]
    right, bits = shared_accuracy(network, task, stacks)
    split = [torch.from_numpy(part["validation"]) for part in (task.tokens, task.targets)]
    assert [*zip(right, bits)] == [measure(network.cut_out(genotype), *split) for genotype in stacks]
    assert shared_accuracy(network, task, stacks, count=3)[1] == pytest.approx(
        [measure(network.cut_out(genotype), *(part[:3] for part in split))[1] for genotype in stacks]
    )


def test_a_training_that_explodes_and_a_batch_that_is_too_large_are_told():
    with pytest.raises(ValueError, match="diverged in epoch 1: lower the learning rate"):
        train_sequence_paths(recall(), SequenceRecipe(epochs=1, steps=6, warm_up=1, learning_rate=1e30))
    with pytest.raises(ValueError, match="batches of 9601: the task has 9,600 sequences"):
        train_sequence_paths(recall(), SequenceRecipe(batch_size=9601))
