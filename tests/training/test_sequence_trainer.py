"""Training language models: several seeds at once are each alone, and what can be learned is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nastutor.spaces.sequence import stack
from nastutor.training.sequence_trainer import SequenceRecipe, measure, train_sequences
from nastutor.training.sequences import NOT_ASKED, load_task

SHORT = SequenceRecipe(epochs=2, steps=3, dtype="float64")


def recall(measured):
    """The task with so many sequences for validation and test."""
    task = load_task("recall")
    few = {"train": None, "validation": measured, "test": measured}
    tokens, targets = ({split: part[split][:n] for split, n in few.items()} for part in (task.tokens, task.targets))
    return replace(task, tokens=tokens, targets=targets)


def test_seeds_trained_at_once_are_each_trained_alone():
    genotype, task = stack(["convolution", "attention", "recurrence"]), recall(16)
    together = train_sequences(genotype, task, SHORT, seeds=(0, 5))
    for training in together:
        alone = train_sequences(genotype, task, SHORT, seeds=(training.seed,))[0]
        for name, weights in training.network.state_dict().items():
            torch.testing.assert_close(weights, alone.network.state_dict()[name], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(training.losses, alone.losses, rtol=1e-8)
        assert training.test_accuracy == alone.test_accuracy and not training.diverged
    assert together[0].losses[0] != together[1].losses[0]


def test_one_layer_of_attention_after_a_convolution_solves_recall_and_two_convolutions_do_not():
    recipe = SequenceRecipe(epochs=1, steps=150, learning_rate=1e-2)
    accuracy = {
        mixers: train_sequences(stack(list(mixers)), recall(128), recipe, seeds=(0,))[0].test_accuracy
        for mixers in (("convolution", "attention"), ("convolution", "convolution"))
    }
    assert accuracy["convolution", "attention"] > 95
    assert accuracy["convolution", "convolution"] < 70


def test_accuracy_and_loss_count_what_is_asked_alone():
    targets = torch.tensor([[NOT_ASKED, 1, 0], [2, NOT_ASKED, NOT_ASKED]])

    def one_always(tokens):
        scores = torch.zeros(*tokens.shape, 3)
        scores[..., 1] = 50.0
        return scores

    accuracy, bits = measure(one_always, torch.zeros(2, 3, dtype=torch.int64), targets)
    assert accuracy == pytest.approx(100 / 3)
    assert bits == pytest.approx(2 * 50 / 3 / np.log(2))
    assert measure(lambda t: torch.zeros(*t.shape, 4), torch.zeros(2, 3, dtype=torch.int64), targets)[
        1
    ] == pytest.approx(2)


def test_the_rate_rises_and_falls_to_nothing():
    recipe = SequenceRecipe()
    rates = [recipe.rate(step) for step in range(recipe.epochs * recipe.steps)]
    top = int(np.argmax(rates))
    assert top == recipe.warm_up - 1
    assert np.all(np.diff(rates[: top + 1]) > 0) and np.all(np.diff(rates[top:]) < 0)
    assert rates[-1] < recipe.learning_rate / 1000


def test_a_training_that_explodes_is_told_as_diverged():
    recipe = SequenceRecipe(epochs=1, steps=3, warm_up=1, learning_rate=1e30)
    assert train_sequences(stack(["recurrence"]), recall(16), recipe, seeds=(0,))[0].diverged


@pytest.mark.parametrize(
    "settings", [{"epochs": 0}, {"steps": 0}, {"batch_size": 0}, {"learning_rate": 0}, {"dtype": "half"}]
)
def test_a_recipe_that_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match=r"at least 1|a number above 0|float32, float64"):
        SequenceRecipe(**settings)


def test_no_seed_and_too_large_batches_are_refused():
    with pytest.raises(ValueError, match="give a seed, and at most 9,600"):
        train_sequences(stack(["attention"]), load_task("recall"), SHORT, seeds=())
    with pytest.raises(ValueError, match="batches of 9601"):
        train_sequences(stack(["attention"]), load_task("recall"), SequenceRecipe(batch_size=9601))
