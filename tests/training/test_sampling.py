"""Text from language models: what is drawn follows the scores, the temperature, the seed and the context."""

import numpy as np
import pytest
import torch

from nastutor.networks import SequenceModel
from nastutor.networks.seeded import seeded
from nastutor.spaces.sequence import stack
from nastutor.training.sampling import load_alphabet, to_tokens, write_text
from nastutor.training.sequences import load_task

LETTERS = len(load_alphabet())


class Fixed(torch.nn.Module):
    """After each character these scores, however long the text is; it keeps the lengths that it was asked with."""

    def __init__(self, scores):
        super().__init__()
        self.scores = torch.tensor(scores)
        self.vocabulary = self.classes = LETTERS
        self.lengths = []

    def forward(self, tokens):
        self.lengths.append(tokens.shape[1])
        return self.scores.expand(*tokens.shape, -1)


class Successor(Fixed):
    """Sure that the next character is the next in the alphabet."""

    def forward(self, tokens):
        return 50.0 * torch.nn.functional.one_hot((tokens + 1) % LETTERS, LETTERS)


def model():
    with seeded(0):
        return SequenceModel(stack(["attention", "recurrence"]), LETTERS)


def test_the_tokens_are_those_of_the_task():
    tokens = load_task("text").tokens["train"][0]
    text = "".join(load_alphabet()[token] for token in tokens)
    assert np.array_equal(to_tokens(text), tokens)


@pytest.mark.parametrize("temperature", [0, 1e-300, 0.5, 1])
def test_what_is_certain_is_written_at_any_usual_temperature(temperature):
    alphabet = load_alphabet()
    text = write_text(Successor([]), alphabet[3], 5, temperature)
    assert text == alphabet[3:9]


@pytest.mark.parametrize("temperature", [0.5, 1, 2])
def test_characters_are_drawn_as_often_as_softmax_says(temperature):
    scores = np.full(LETTERS, -np.inf)
    scores[[4, 5, 6]] = [2.0, 1.0, 0.0]
    text = write_text(Fixed(scores), "a", 2000, temperature)[1:]
    expected = np.exp(scores / temperature) / np.exp(scores / temperature).sum()
    counts = np.bincount(to_tokens(text), minlength=LETTERS)
    assert np.abs(counts / 2000 - expected).max() < 4 * np.sqrt(0.25 / 2000)


def test_a_seed_writes_the_same_again_and_another_seed_something_else():
    network = model()
    one, again, other = (write_text(network, "the ", 40, seed=seed) for seed in (0, 0, 1))
    assert one == again != other and one.startswith("the ") and len(one) == 44
    assert write_text(network, "the ", 40, 0, seed=0) == write_text(network, "the ", 40, 0, seed=1)


def test_the_network_sees_the_last_characters_alone_and_is_left_as_it_was():
    network = Fixed(np.zeros(LETTERS)).train()
    write_text(network, "abc", 4, context=5)
    assert network.lengths == [3, 4, 5, 5] and network.training
    assert write_text(network.eval(), "abc", 0) == "abc" and not network.training


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "Capitals"}, "use the characters"),
        ({"prompt": 3}, "use the characters"),
        ({"characters": -1}, "characters -1: give a whole number, at least 0"),
        ({"temperature": -0.1}, "a number, at least 0"),
        ({"temperature": np.nan}, "a number, at least 0"),
        ({"context": 0}, "context 0: give a whole number, at least 1"),
    ],
)
def test_what_cannot_be_written_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        write_text(model(), **settings)


def test_a_network_of_another_task_is_refused():
    with pytest.raises(ValueError, match="a network of 3 tokens and 5 answers: the text has 41"):
        write_text(SequenceModel(stack(["attention"]), 3, 5))
