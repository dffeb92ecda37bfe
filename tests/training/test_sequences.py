"""Tasks of sequences: what is asked can be answered from what came before, by a plain program."""

import numpy as np
import pytest

from nastutor.training.datasets import SPLITS
from nastutor.training.sequences import (
    KEYS,
    NOT_ASKED,
    ONE,
    PAIRS,
    RESET,
    SEQUENCES,
    TASKS,
    TEXT_LENGTH,
    load_task,
)


@pytest.mark.parametrize("name", TASKS)
def test_tokens_and_targets_are_those_that_are_announced(name):
    task = load_task(name)
    for split in SPLITS:
        tokens, targets = task.tokens[split], task.targets[split]
        assert tokens.shape == targets.shape and tokens.shape[1] == task.length
        assert set(np.unique(tokens)) <= set(range(task.vocabulary))
        assert set(np.unique(targets)) <= {NOT_ASKED, *range(task.classes)}
        assert len(tokens) == SEQUENCES[split] or name == "text"


@pytest.mark.parametrize("name", TASKS)
def test_no_sequence_of_a_test_was_trained_on(name):
    task = load_task(name)
    seen = {row.tobytes() for row in task.tokens["train"]}
    assert not any(row.tobytes() in seen for split in ("validation", "test") for row in task.tokens[split])


def test_a_query_is_answered_by_what_followed_the_key():
    task = load_task("recall")
    for tokens, targets in zip(task.tokens["test"][:200], task.targets["test"]):
        known = {}
        for at, token in enumerate(tokens):
            assert (targets[at] != NOT_ASKED) == (token < KEYS and token in known)
            if targets[at] != NOT_ASKED:
                assert known[token] == KEYS + targets[at] == tokens[at + 1]
            elif token < KEYS:
                known[token] = tokens[at + 1]
        assert len(known) == PAIRS


def test_ones_are_counted_since_the_last_reset():
    task = load_task("counting")
    for tokens, targets in zip(task.tokens["test"][:200], task.targets["test"]):
        count = 0
        for token, target in zip(tokens, targets):
            count = 0 if token == RESET else count + (token == ONE)
            assert target == count


def test_every_character_asks_for_the_next():
    task = load_task("text")
    for split in SPLITS:
        tokens, targets = task.tokens[split], task.targets[split]
        assert tokens.shape[1] == TEXT_LENGTH and np.array_equal(tokens[:, 1:], targets[:, :-1])
        assert np.array_equal(tokens[1:, 0], targets[:-1, -1])


def test_a_task_is_the_same_each_time_and_another_is_another():
    prints = {name: load_task(name).fingerprint() for name in TASKS}
    load_task.cache_clear()
    assert prints == {name: load_task(name).fingerprint() for name in TASKS}
    assert len(set(prints.values())) == len(TASKS)


@pytest.mark.parametrize("name", ["glyphs", "", None, 3])
def test_an_unknown_task_is_refused_with_those_that_there_are(name):
    with pytest.raises(ValueError, match="choose one of recall, counting, text"):
        load_task(name)
