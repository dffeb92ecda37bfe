"""A language model writes: characters drawn one after the other, each from the scores after those before it."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch

from nastutor.arguments import real_number, shown, whole_number
from nastutor.arrays import read_data
from nastutor.networks.sequence_model import SequenceModel
from nastutor.training.sequences import TEXT_LENGTH


@cache
def load_alphabet() -> str:
    """Return the 41 characters of the task ``"text"``, in the order of their tokens; the first ends an entry.

    Raises
    ------
    ValueError : the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    return str(read_data("jargon.npz", "data")["alphabet"])


def to_tokens(text: str) -> np.ndarray:
    """Return the tokens (n,) of n characters.

    Raises
    ------
    ValueError : no text, or a character that is not in the alphabet, such as a capital.
    """
    alphabet = load_alphabet()
    if not isinstance(text, str) or not set(text) <= set(alphabet):
        raise ValueError(f"text {shown(text)}: use the characters {alphabet!r} alone")
    return np.array([alphabet.index(character) for character in text], np.int64)


def write_text(
    network: SequenceModel,
    prompt: str = "\n",
    characters: int = 200,
    temperature: float = 1.0,
    seed: int = 0,
    context: int = TEXT_LENGTH,
) -> str:
    """Let a trained network go on with a text.

        repeat: scores of the next character, after the last `context` ones
                draw it from softmax(scores / temperature)

    Parameters
    ----------
    network : trained on the task ``"text"``; it is asked in evaluation mode and then put back.
    prompt : at least one character, such as ``"\\n"``, which ends an entry: the network begins a new one.
    characters : to write.
    temperature : 1 draws as the network guesses, less prefers what is likely, 0 takes the likeliest each time.
    seed : of the drawing.
    context : characters that the network sees at once; by default as many as it saw in training. Each character is
        computed from all of them anew: no state or cache is kept.

    Returns
    -------
    The prompt and what follows it.

    Raises
    ------
    ValueError : no prompt, characters outside the alphabet, a network with other tokens, or a number out of range.
    """
    tokens = to_tokens(prompt).tolist()
    count, context = whole_number("characters", characters, lowest=0), whole_number("context", context, lowest=1)
    temperature = real_number("temperature", temperature, "a number, at least 0", lambda number: number >= 0)
    if not tokens:
        raise ValueError("the prompt is empty: give at least one character, such as '\\n'")
    alphabet = load_alphabet()
    if (network.vocabulary, network.classes) != (len(alphabet), len(alphabet)):
        raise ValueError(
            f"a network of {network.vocabulary} tokens and {network.classes} answers: the text has {len(alphabet)}"
        )
    rng, was_training = np.random.default_rng(seed), network.training
    network.eval()
    with torch.inference_mode():
        for _ in range(count):
            scores = network(torch.tensor([tokens[-context:]]))[0, -1].double().numpy()
            tokens.append(_draw(scores, temperature, rng))
    network.train(was_training)
    return "".join(alphabet[token] for token in tokens)


def _draw(scores: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(scores.argmax())
    # Divided after the subtraction: however low the temperature is, the likeliest has exp(0) = 1 and none overflows.
    weights = np.exp((scores - scores.max()) / temperature)
    return int(rng.choice(len(scores), p=weights / weights.sum()))
