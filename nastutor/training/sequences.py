"""Tasks for small language models: two that are made up, each hard for one way to mix positions, and a real text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from nastutor.arguments import one_of
from nastutor.arrays import read_data
from nastutor.training.datasets import SPLITS

SEQUENCES = {"train": 9_600, "validation": 256, "test": 1_024}
"""How many a split of a made-up task has; a training of 600 batches of 16 sees each once."""
NOT_ASKED = -1
"""The target of a position at which nothing is asked."""
KEYS, VALUES, PAIRS, RECALL_LENGTH = 8, 8, 4, 24
COUNTING_LENGTH, ONE, RESET = 32, 1, 2
TEXT_LENGTH = 32


@dataclass(frozen=True, eq=False)
class SequenceTask:
    """Sequences of tokens in three splits, and what is asked at their positions.

    Attributes
    ----------
    name : for messages.
    tokens : by split (``"train"``, ``"validation"``, ``"test"``), (n, length) int64, 0…vocabulary−1.
    targets : by split, the same shape, 0…classes−1, or `NOT_ASKED`.
    vocabulary, classes : how many tokens, how many answers.
    """

    name: str
    tokens: dict[str, np.ndarray]
    targets: dict[str, np.ndarray]
    vocabulary: int
    classes: int

    @property
    def length(self) -> int:
        """Positions of a sequence."""
        return self.tokens["train"].shape[1]

    def fingerprint(self) -> str:
        """Return twelve hexadecimal digits that differ, in all likelihood, where some token or target does."""
        digest = hashlib.sha256()
        for split in SPLITS:
            digest.update(self.tokens[split].tobytes() + self.targets[split].tobytes())
        return digest.hexdigest()[:12]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(self.tokens[split]):,} {split}" for split in SPLITS)
        return f"SequenceTask({self.name}: {sizes}, length {self.length}, {self.vocabulary} tokens)"


def recall(rng: Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Make sequences of multi-query associative recall (Arora et al. 2023, Zoology, arXiv 2312.04927).

    Four keys, each followed by its value; then six of these keys again, drawn with replacement, each followed by its
    value. Asked is the value, where a key comes again: the token after the same key, earlier.

    Returns
    -------
    tokens, targets : (count, `RECALL_LENGTH`); keys are tokens 0…7, values tokens 8…15, targets 0…7.
    """
    keys = rng.permuted(np.tile(np.arange(KEYS), (count, 1)), axis=1)[:, :PAIRS]
    values = rng.integers(VALUES, size=(count, PAIRS))
    queries = rng.integers(PAIRS, size=(count, RECALL_LENGTH // 2 - PAIRS))
    order = np.concatenate([np.tile(np.arange(PAIRS), (count, 1)), queries], axis=1)
    tokens = np.empty((count, RECALL_LENGTH), np.int64)
    tokens[:, ::2] = np.take_along_axis(keys, order, axis=1)
    tokens[:, 1::2] = KEYS + np.take_along_axis(values, order, axis=1)
    targets = np.full_like(tokens, NOT_ASKED)
    targets[:, 2 * PAIRS :: 2] = np.take_along_axis(values, queries, axis=1)
    return tokens, targets


def counting(rng: Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Make sequences of blanks, ones and resets; asked at each position is how many ones came since the last reset.

    Returns
    -------
    tokens, targets : (count, `COUNTING_LENGTH`); 35 % are 0, a blank, 60 % 1, a one, 5 % 2, a reset.
    """
    tokens = rng.choice(3, size=(count, COUNTING_LENGTH), p=[0.35, 0.6, 0.05]).astype(np.int64)
    total = (tokens == ONE).cumsum(axis=1)
    at_reset = np.maximum.accumulate(np.where(tokens == RESET, total, 0), axis=1)
    return tokens, total - at_reset


def _made(
    name: str, make: Callable[[Generator, int], tuple[np.ndarray, np.ndarray]], vocabulary: int, classes: int
) -> SequenceTask:
    pairs = {split: make(np.random.default_rng(seed), SEQUENCES[split]) for seed, split in enumerate(SPLITS)}
    tokens = {split: pair[0] for split, pair in pairs.items()}
    return SequenceTask(name, tokens, {split: pair[1] for split, pair in pairs.items()}, vocabulary, classes)


def _text() -> SequenceTask:
    """Cut each split of `data/jargon.npz` into sequences of `TEXT_LENGTH` characters; asked is always the next."""
    stored = read_data("jargon.npz", "data")
    tokens, targets = {}, {}
    for split, codes in zip(SPLITS, np.split(stored["codes"].astype(np.int64), np.cumsum(stored["sizes"])[:2])):
        count = (len(codes) - 1) // TEXT_LENGTH
        tokens[split] = codes[: count * TEXT_LENGTH].reshape(count, TEXT_LENGTH)
        targets[split] = codes[1 : count * TEXT_LENGTH + 1].reshape(count, TEXT_LENGTH)
    letters = len(str(stored["alphabet"]))
    return SequenceTask("text", tokens, targets, letters, letters)


TASKS: dict[str, Callable[[], SequenceTask]] = {
    "recall": lambda: _made("recall", recall, KEYS + VALUES, VALUES),
    "counting": lambda: _made("counting", counting, 3, COUNTING_LENGTH + 1),
    "text": _text,
}


@cache
def load_task(name: str) -> SequenceTask:
    """Open a task.

    Parameters
    ----------
    name : ``"recall"`` or ``"counting"``, made up by the functions of these names, or ``"text"``, characters of the
        Jargon File.

    Raises
    ------
    ValueError : an unknown name, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    return TASKS[one_of("task", name, TASKS)]()
