"""Exercises of lesson 17: stacks with holes, causal attention, a recurrence, a temperature, what solves recall."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.exercises.answers import Wrong, compare, describe, number, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.darts import SINGLE, is_near, read_array
from nastutor.exercises.exercise import Exercise, Mistake
from nastutor.exercises.exercise_set import ExerciseSet
from nastutor.spaces.sequence import SequenceSpace

if TYPE_CHECKING:
    from torch import Tensor


def count_stacks(mixers: int, layers: int, sizes: int, built: int) -> list[int]:
    """Strings; functions, of which the empty stack is one whatever its size; places for the layers that are built."""
    strings = sizes * (mixers + 1) ** layers
    functions = sizes * sum(mixers**depth for depth in range(layers + 1)) - (sizes - 1)
    return [strings, functions, math.comb(layers, built)]


def _with(place: int, value: float, **given: int) -> list[float]:
    """Return the three numbers with one of them wrong."""
    numbers: list[float] = [*count_stacks(**given)]
    numbers[place] = value
    return numbers


class StacksWithHoles(Exercise):
    """How many strings, functions, and spellings of one function there are."""

    TITLE = "Stacks with holes"
    QUESTION = (
        "A stack has {layers} layers. Each is one of {mixers} mixers or `nothing`, and the whole stack has one of "
        "{sizes} feed-forward sizes. A layer with `nothing` is no layer, without a feed-forward block too, so a stack "
        "with holes computes what the stack without them computes. Answer with a list of three whole numbers: how many "
        "ways there are to write a stack; how many different functions; in how many ways one function of {built} "
        "mixers is written."
    )
    STUB = "numbers = ..."
    HINTS = (
        "A function is its mixers in their order, with a size: count those of no, of one, of two … mixers.",
        "The empty stack has no block whose size could differ. The mixers of one function keep their order: only the "
        "places of the holes are free.",
    )
    GIVEN: ClassVar = {"mixers": 3, "layers": 4, "sizes": 2, "built": 2}
    OFFICIAL = staticmethod(count_stacks)
    MISTAKES: ClassVar = {
        "nothing is no choice": Mistake(
            lambda **given: _with(0, given["sizes"] * given["mixers"] ** given["layers"], **given),
            "`nothing` may be written",
        ),
        "the empty stack for each size": Mistake(
            lambda **given: _with(1, count_stacks(**given)[1] + given["sizes"] - 1, **given), "once for each size"
        ),
        "no empty stack": Mistake(
            lambda **given: _with(1, count_stacks(**given)[1] - 1, **given), "the empty stack is a function too"
        ),
        "full stacks alone": Mistake(
            lambda **given: _with(1, given["sizes"] * given["mixers"] ** given["layers"], **given),
            "those without a hole alone",
        ),
        "mixers in any order": Mistake(
            lambda **given: _with(2, math.perm(given["layers"], given["built"]), **given), "keep their order"
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        layers = int(rng.integers(4, 8))
        return {
            "mixers": int(rng.integers(2, 6)),
            "layers": layers,
            "sizes": int(rng.integers(2, 5)),
            "built": int(rng.integers(2, layers)),
        }

    def judge(self, answer: Any) -> str:
        found = [number(value) for value in sequence(answer, 3, "a list of three whole numbers")]
        mixers, layers, sizes, built = (self.given[name] for name in ("mixers", "layers", "sizes", "built"))
        strings, functions, spellings = count_stacks(**self.given)
        full = sizes * mixers**layers
        mistakes: list[list[tuple[float, str]]] = [
            [
                (full, "Strings: `nothing` may be written as well."),
                (strings / sizes, "Strings: the feed-forward size is a choice too."),
                (layers ** (mixers + 1) * sizes, "Strings: each layer chooses a mixer, not the other way round."),
            ],
            [
                (functions + sizes - 1, "Functions: you count the empty stack once for each size, and it has no use."),
                (functions - 1, "Functions: the empty stack is a function too."),
                (full, "Functions: those without a hole alone; shorter stacks are functions too."),
                (strings, "Functions: stacks that differ in the places of their holes are the same."),
            ],
            [
                (math.perm(layers, built), "Spellings: the mixers keep their order, only the holes move."),
                (1, "Spellings: the holes may stand at other places."),
                (2**layers, "Spellings: how many holes there are is fixed."),
            ],
        ]
        for value, truth, typical in zip(found, (strings, functions, spellings), mistakes):
            compare(value, truth, 0, [item for item in typical if item[0] != truth])
        return (
            f"{strings:,} strings for {functions:,} functions. One of {built} mixers has {spellings:,} spellings, a "
            "full one a single one: a uniform draw of strings is no uniform draw of functions."
        )


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Hide what comes later before the softmax, so that the weights of the rest add up to 1."""
    length, width = query.shape
    scores = query @ key.T / width**0.5
    later = scores.new_ones(length, length).triu(1).bool()
    return scores.masked_fill(later, -math.inf).softmax(dim=1) @ value


def _attention_like(
    weigh: Callable[[Tensor, Tensor], Tensor], scale: bool = True
) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return an attention that makes weights in its way, of scores and of a mask, True where one may look."""

    def mixed(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        length, width = query.shape
        scores = query @ key.T / (width**0.5 if scale else 1)
        return weigh(scores, scores.new_ones(length, length).tril().bool()) @ value

    return mixed


def torchs_own_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Call what is to be written: right, and not what is asked."""
    from torch.nn.functional import scaled_dot_product_attention

    return scaled_dot_product_attention(query, key, value, is_causal=True)


@contextmanager
def _watched() -> Iterator[list[Any]]:
    """Give a list, to which goes every function of torch that is called."""
    from torch.overrides import TorchFunctionMode

    called: list[Any] = []

    class Watch(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            called.append(func)
            return func(*args, **(kwargs or {}))

    with Watch():
        yield called


MINUS = -1e30
"""So low that exp gives 0; infinity minus infinity would not be a number."""
WRONG_ATTENTIONS: dict[str, tuple[Callable[[Tensor, Tensor, Tensor], Tensor], str]] = {
    "sees the future": (_attention_like(lambda s, seen: s.softmax(dim=1)), "A position sees those after it"),
    "not divided": (
        _attention_like(lambda s, seen: s.masked_fill(~seen, MINUS).softmax(dim=1), scale=False),
        "Divide the products by",
    ),
    "softmax over the questions": (
        _attention_like(lambda s, seen: s.masked_fill(~seen, MINUS).softmax(dim=0)),
        "Your softmax runs over the positions that ask",
    ),
    "hidden after the softmax": (
        _attention_like(lambda s, seen: s.softmax(dim=1) * seen),
        "Your weights do not add up to 1",
    ),
    "zero in place of −∞": (
        _attention_like(lambda s, seen: (s * seen).softmax(dim=1)),
        "A score of 0 is not hidden",
    ),
    "no softmax": (_attention_like(lambda s, seen: s * seen), "That is without a softmax"),
    "hides itself too": (
        _attention_like(lambda s, seen: s.masked_fill(~seen.tril(-1), MINUS).softmax(dim=1)),
        "A position sees itself too",
    ),
}


class CausalAttention(Exercise):
    """The layer that looks things up, in four lines."""

    TITLE = "Causal attention"
    QUESTION = (
        "Write `attention(query, key, value)` with one head. All three are tensors of the shape (length, width). "
        "Position t asks all positions up to itself: the products of its query with their keys, divided by √width, go "
        "through a softmax, and weigh their values. Return (length, width). The check takes {length} positions of "
        "width {width} and random numbers (seed {seed}), compares with "
        "`torch.nn.functional.scaled_dot_product_attention(…, is_causal=True)`, and changes the last position to see "
        "whether an earlier one notices. Write it without that function."
    )
    STUB = "def attention(query, key, value):\n    ..."
    HINTS = (
        "`query @ key.T` has a row for each position that asks. What lies above the diagonal comes later: `triu(1)`.",
        "Put −∞ there *before* the softmax over `dim=1`: exp(−∞) = 0, and the rest adds up to 1.",
    )
    GIVEN: ClassVar = {"length": 7, "width": 4, "seed": 0}
    OFFICIAL = staticmethod(attention)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        name: Mistake(lambda wrong=wrong, **given: wrong, says) for name, (wrong, says) in WRONG_ATTENTIONS.items()
    } | {
        "torch's own": Mistake(lambda **given: torchs_own_attention, "That is torch's own function"),
        "the width of the question": Mistake(
            lambda length, width, seed: (
                lambda query, key, value: attention(query * (query.shape[1] / width) ** 0.5, key, value)
            ),
            "^Right for a width of",
        ),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"length": int(rng.integers(5, 12)), "width": int(rng.integers(3, 9)), "seed": int(rng.integers(1, 100))}

    def judge(self, answer: Any) -> str:
        function, (length, width) = Called(answer), (self.given["length"], self.given["width"])
        self._try(function, (length, width))
        try:
            self._try(function, (width + 3, width + 2))
        except Wrong as error:
            raise Wrong(f"Right for a width of {width}, but not for others: {error}") from None
        return (
            "Equal to torch's own, and no position notices a later one. The table of weights has length² entries: "
            "that is what grows with the square."
        )

    def _try(self, function: Called, shape: tuple[int, int]) -> None:
        import torch

        generator = torch.Generator().manual_seed(self.given["seed"])
        query, key, value = torch.randn(3, *shape, generator=generator, dtype=torch.float64)
        truth = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True).numpy()
        what = "a tensor, one row for each position"
        with _watched() as called:
            found = read_array(function(query.clone(), key.clone(), value.clone()), shape, what)
        if torch.nn.functional.scaled_dot_product_attention in called:
            raise Wrong("That is torch's own function: write down the products, the softmax and the sum.")
        if not is_near(found, truth, SINGLE):
            for wrong, says in WRONG_ATTENTIONS.values():
                if is_near(found, wrong(query, key, value).numpy(), SINGLE):
                    raise Wrong(f"{says}{_ADVICE[says]}")
            if np.isnan(found).any():
                raise Wrong("Some numbers are NaN: a softmax over −∞ alone. A position sees itself too.")
            raise Wrong(f"Row 0 begins with {describe(found[0, 0])}; position 0 sees itself alone: {truth[0, 0]:.6g}.")
        changed = [tensor.clone() for tensor in (query, key, value)]
        for tensor in changed:
            tensor[-1] += 1
        moved = read_array(function(*changed), shape, what)
        if not is_near(moved[:-1], found[:-1], SINGLE):
            raise Wrong("Right, but rows before the last move when the last position is changed.")


_ADVICE = {
    "A position sees those after it": ": hide them before the softmax.",
    "Divide the products by": " √width: without it the softmax of wide vectors is nearly a choice.",
    "Your softmax runs over the positions that ask": ": each of them has one softmax, over those it sees.",
    "Your weights do not add up to 1": ": hide what comes later before the softmax, not after it.",
    "A score of 0 is not hidden": ": exp(0) = 1. Put −∞ there.",
    "That is without a softmax": ": the weights of a position must be positive and add up to 1.",
    "A position sees itself too": ": hide what lies above the diagonal, not the diagonal.",
}


def states(decay: Tensor, values: Tensor) -> Tensor:
    """Go from left to right, and keep each state."""
    import torch

    state, found = torch.zeros_like(values[0]), []
    for now, value in zip(decay, values):
        state = now * state + (1 - now) * value
        found.append(state)
    return torch.stack(found)


def _loop(step: Callable[..., Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a loop whose step has the decay, the decay before, the state, the value and the value before."""

    def looped(decay: Tensor, values: Tensor) -> Tensor:
        import torch

        state, found = torch.zeros_like(values[0]), []
        before = (torch.zeros_like(decay[0]), torch.zeros_like(values[0]))
        for now, value in zip(decay, values):
            state = step(now, before[0], state, value, before[1])
            before = now, value
            found.append(state)
        return torch.stack(found)

    return looped


WRONG_LOOPS: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str]] = {
    "the weights exchanged": (
        _loop(lambda a, a_before, h, v, v_before: (1 - a) * h + a * v),
        "The decay belongs to the state, 1 − decay to the value",
    ),
    "all of the value": (_loop(lambda a, a_before, h, v, v_before: a * h + v), "The value is weighed by 1 − decay"),
    "the value before": (
        _loop(lambda a, a_before, h, v, v_before: a * v_before + (1 - a) * v),
        "The value before is not the state",
    ),
    "the decay before": (
        _loop(lambda a, a_before, h, v, v_before: a_before * h + (1 - a_before) * v),
        "That is the gate of the position before",
    ),
    "no state": (_loop(lambda a, a_before, h, v, v_before: (1 - a) * v), "Nothing is remembered"),
}


class RecurrenceAsLoop(Exercise):
    """What the scan of the package computes, in the order in which it happens."""

    TITLE = "A recurrence as a loop"
    QUESTION = (
        "The package computes all states of a gated recurrence at once. Write `states(decay, values)` as the loop that "
        "it stands for: h_t = a_t · h_(t−1) + (1 − a_t) · v_t, number by number, with zeros before the first. `decay` "
        "(the a_t) and `values` are tensors of the shape (length, width); return all states, in the same shape. The "
        "check takes {length} positions of width {width} and random numbers (seed {seed}), and compares with "
        "`nastutor.networks.sequence_model.scan`."
    )
    STUB = "def states(decay, values):\n    ..."
    HINTS = (
        "One state, `torch.zeros_like(values[0])`, that a loop over `zip(decay, values)` replaces.",
        "Collect the states in a list, and `torch.stack` them.",
    )
    GIVEN: ClassVar = {"length": 9, "width": 3, "seed": 0}
    OFFICIAL = staticmethod(states)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        name: Mistake(lambda wrong=wrong, **given: wrong, says) for name, (wrong, says) in WRONG_LOOPS.items()
    } | {
        "the last alone": Mistake(
            lambda **given: lambda decay, values: states(decay, values)[-1], "all states, one row for each position"
        )
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {
            "length": int(rng.integers(6, 20)),
            "width": int(rng.integers(2, 7)),
            "seed": int(rng.integers(1, 100)),
        }

    def judge(self, answer: Any) -> str:
        import torch

        from nastutor.networks.sequence_model import scan

        function, shape = Called(answer), (self.given["length"], self.given["width"])
        generator = torch.Generator().manual_seed(self.given["seed"])
        decay = torch.rand(*shape, generator=generator, dtype=torch.float64)
        values = torch.randn(*shape, generator=generator, dtype=torch.float64)
        truth = scan(decay[None], ((1 - decay) * values)[None])[0].numpy()
        found = read_array(function(decay.clone(), values.clone()), shape, "all states, one row for each position")
        if is_near(found, truth, SINGLE):
            return (
                f"The same in {shape[0]} steps as the scan in {math.ceil(math.log2(shape[0]))}. To write text the loop "
                "is all one needs: one state is kept, however long the text is."
            )
        for wrong, says in WRONG_LOOPS.values():
            if is_near(found, wrong(decay, values).numpy(), SINGLE):
                raise Wrong(f"{says}.")
        raise Wrong(f"State 0 begins with {describe(found[0, 0])}, where (1 − a) · v is {truth[0, 0]:.6g}.")


def draw_letter(scores: np.ndarray, temperature: float, u: float) -> int:
    """Take the letter in whose share of 0…1 the number u lies; without the largest score, exp cannot overflow."""
    shares = np.exp((scores - scores.max()) / temperature)
    ends = (shares / shares.sum()).cumsum()
    return min(int(np.searchsorted(ends, u, side="right")), len(scores) - 1)


def _drawn_with(shares: Callable[[np.ndarray, float], np.ndarray]) -> Callable[[np.ndarray, float, float], int]:
    """Return a drawing of letters whose shares are made in some way."""

    def drawn(scores: np.ndarray, temperature: float, u: float) -> int:
        parts = shares(scores, temperature)
        return min(int(np.searchsorted((parts / parts.sum()).cumsum(), u, side="right")), len(scores) - 1)

    return drawn


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


WRONG_DRAWS: dict[str, tuple[Callable[[np.ndarray, float, float], int], str]] = {
    "always the best": (lambda scores, temperature, u: int(scores.argmax()), "Always the letter with the best score"),
    "no temperature": (_drawn_with(lambda scores, temperature: _softmax(scores)), "The temperature plays no part"),
    "times the temperature": (
        _drawn_with(lambda scores, temperature: _softmax(scores * temperature)),
        "Divide the scores by the temperature",
    ),
    "powers of the temperature": (
        _drawn_with(lambda scores, temperature: _softmax(scores) ** temperature),
        "Divide the scores by the temperature",
    ),
    "scores as shares": (
        _drawn_with(lambda scores, temperature: np.abs(scores) / temperature),
        "Shares are the softmax of the scores",
    ),
    "uniform": (
        lambda scores, temperature, u: int(u * len(scores)),
        "Every letter gets the same share",
    ),
}


class Temperature(Exercise):
    """How a language model writes: a softmax with a temperature, and a number that draws."""

    TITLE = "A letter at a temperature"
    QUESTION = (
        "Write `draw_letter(scores, temperature, u)`. `scores` (an array) holds a score for each of {letters} letters, "
        "0 to {letters} − 1; letter i has the share exp(s_i / temperature) / Σ exp(s_j / temperature). Lay the shares "
        "side by side from 0 to 1, in the order of the letters, and return the letter in whose share u lies "
        "(0 ≤ u < 1). The check takes random scores (seed {seed}), 200 values of u and temperatures from 0.01, where "
        "exp may overflow, to 3."
    )
    STUB = "def draw_letter(scores, temperature, u):\n    ..."
    HINTS = (
        "`np.cumsum` of the shares gives their right ends; u lies in the first whose end is above it.",
        "Subtract the largest score first: it changes no share, and no exp is above 1.",
    )
    GIVEN: ClassVar = {"letters": 5, "seed": 0}
    OFFICIAL = staticmethod(draw_letter)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        name: Mistake(
            lambda wrong=wrong, **given: wrong,
            says,
            "what both do wrong is the same" if "Divide" in says else "",
        )
        for name, (wrong, says) in WRONG_DRAWS.items()
    } | {
        "exp overflows": Mistake(
            lambda **given: _drawn_with(lambda scores, temperature: np.exp(scores / temperature)),
            "Right, but not at a temperature of 0.01",
        )
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"letters": int(rng.integers(4, 12)), "seed": int(rng.integers(1, 100))}

    def judge(self, answer: Any) -> str:
        function, rng = Called(answer), np.random.default_rng(self.given["seed"])
        scores = np.sort(rng.normal(3, 3, self.given["letters"]))[rng.permutation(self.given["letters"])]
        scores += 8 - scores.max()  # e⁸⁰⁰ is more than a float can hold
        at_one, others = [(1.0, u) for u in rng.random(100)], [(t, u) for t in (0.3, 3.0) for u in rng.random(50)]
        cases = [*at_one, *others]
        found = [self._letter(function, scores, *case) for case in cases]
        if found != [draw_letter(scores, *case) for case in cases]:
            for wrong, says in WRONG_DRAWS.values():
                if found == [wrong(scores, *case) for case in cases]:
                    raise Wrong(f"{says}.")
            place = next(i for i, case in enumerate(cases) if found[i] != draw_letter(scores, *case))
            temperature, u = cases[place]
            raise Wrong(f"At temperature {temperature:g} and u = {u:.3f} your function returns letter {found[place]}.")
        close = scores.copy()
        second = np.argsort(scores, kind="stable")[-2]
        close[second] = 7.995  # so that two letters share at 0.01, and both powers overflow
        with np.errstate(all="ignore"):
            cold = [self._letter(function, close, 0.01, u) for u in (0.1, 0.4, 0.6, 0.9)]
        if cold != [draw_letter(close, 0.01, u) for u in (0.1, 0.4, 0.6, 0.9)]:
            raise Wrong("Right, but not at a temperature of 0.01: exp overflows. Subtract the largest score first.")
        best = float(_softmax(scores).max())
        return (
            f"The best letter has {best:.0%} at temperature 1, {_softmax(scores / 0.3).max():.0%} at 0.3, "
            f"{_softmax(scores / 3).max():.0%} at 3. `nastutor.training.sampling.write_text` writes with such a draw."
        )

    def _letter(self, function: Called, scores: np.ndarray, temperature: float, u: float) -> int:
        letters = len(scores)
        value = number(function(scores.copy(), temperature, u))
        if value != int(value) or not 0 <= value < letters:
            raise Wrong(f"Return the number of a letter, 0 to {letters - 1}: got {describe(value)}.")
        return int(value)


def looks_up(mixers: Sequence[str]) -> bool:
    """Ask for an attention that has a layer before it, which can tell a value what its key was."""
    return "attention" in mixers[1:]


@cache
def _recalled() -> tuple[tuple[tuple[str, ...], float], ...]:
    """Return the mixers and the mean test accuracy of every architecture of the table."""
    bench, space = load_benchmark("sequences", task="recall"), SequenceSpace()
    accuracy = bench.values("test_accuracy", "all")
    return tuple((tuple(space.mixers(row)), float(value)) for row, value in zip(bench.genotypes, accuracy))


class SolvesRecall(Exercise):
    """Open-ended: which stacks solve associative recall, from their mixers alone."""

    TITLE = "Who looks things up? (open-ended)"
    QUESTION = (
        "Write `solves(mixers)`, which gets the mixers of a stack as a list of words from the input to the output "
        "(`attention`, `convolution`, `recurrence`), and returns True if you predict that it solves associative "
        "recall: a mean test accuracy of at least {solved} % over three seeds. It is asked about every stack of the "
        "table, and judged by the mean of two shares: of the stacks that solve it those that you find, and of the "
        "others those that you leave out. Reach {least} %."
    )
    STUB = "def solves(mixers):\n    ..."
    HINTS = (
        "To answer a query a layer must find the *same key*, earlier, and return what came *after* it.",
        "What must have happened before the layer that looks up, and which mixers can do that?",
    )
    GIVEN: ClassVar = {"solved": 90, "least": 80}
    OFFICIAL = staticmethod(looks_up)
    ASKS_FOR_FUNCTION = True
    MISTAKES: ClassVar = {
        "all": Mistake(lambda **given: lambda mixers: True, "says the same of all"),
        "a convolution": Mistake(lambda **given: lambda mixers: "convolution" in mixers, "takes too many"),
        "attention in the first layer": Mistake(
            lambda **given: lambda mixers: mixers[:1] == ["attention"], "finds too few"
        ),
        "a word": Mistake(lambda **given: lambda mixers: "yes", "True or False"),
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"solved": int(rng.integers(85, 96)), "least": int(rng.integers(76, 81))}

    def judge(self, answer: Any) -> str:
        function = Called(answer)
        said, truth = [], []
        for mixers, accuracy in _recalled():
            value = function(list(mixers))
            if not isinstance(value, bool | np.bool_):
                raise Wrong(f"Return True or False: got {describe(value)} for {list(mixers)}.")
            said.append(bool(value))
            truth.append(accuracy >= self.given["solved"])
        guess, does = np.array(said), np.array(truth)
        if guess.all() or not guess.any():
            raise Wrong(f"Your rule says the same of all: {does.sum()} of {len(does)} stacks solve it.")
        found, left_out = float(guess[does].mean()), float((~guess)[~does].mean())
        if 50 * (found + left_out) < self.given["least"]:
            fault = "takes too many" if left_out < found else "finds too few"
            mixers, accuracy = _recalled()[int(np.flatnonzero((guess != does) & (guess == (left_out < found)))[0])]
            raise Wrong(
                f"Your rule {fault}: it finds {found:.0%} of those that solve it and leaves out {left_out:.0%} of the "
                f"others, {50 * (found + left_out):.0f} % on average. It misjudges, for instance, "
                f"{' '.join(mixers) or 'the empty stack'}, with {accuracy:.0f} %."
            )
        return (
            f"Your rule finds {found:.0%} of the {does.sum()} stacks that solve recall, and leaves out {left_out:.0%} "
            "of the others, without a single training. Where it fails, look at the seeds: some solve it, some do not."
        )


exercises = ExerciseSet(
    "language_models",
    "17 Language models",
    [StacksWithHoles, CausalAttention, RecurrenceAsLoop, Temperature, SolvesRecall],
)
q1, q2, q3, q4, q5 = exercises
summary, save, load = exercises.summary, exercises.save, exercises.load
