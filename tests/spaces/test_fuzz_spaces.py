"""Fuzzing: whatever is given to a space, it answers with a valid result or with a ValueError that says what is allowed.

All inputs follow from fixed seeds; there are about 27,000.
"""

import operator
import random
from collections.abc import Sequence
from numbers import Integral

import numpy as np
import pytest
from garbage import GARBAGE, outcome

from nastutor.spaces import (
    CellSpace,
    ElasticSpace,
    FCNetSpace,
    GraphSpace,
    HeldSpace,
    LayerwiseSpace,
    LimitedSpace,
    SearchSpace,
    SequenceSpace,
    Variable,
    encodings,
)
from nastutor.spaces.layerwise import group_count, squeeze_width

NESTED = SearchSpace(
    [Variable("more_0", ("no", "yes"))]
    + [Variable(f"more_{i}", ("no", "yes"), when={f"more_{i - 1}": ("yes",)}) for i in range(1, 12)]
    + [Variable("units", (16, 32, 64)), Variable("rate", (0.0, 0.3), when={"units": (32, 64), "more_2": ("yes",)})]
)
SPACES = {
    "cell": CellSpace(),
    "small": LayerwiseSpace.small(),
    "full": LayerwiseSpace.full(),
    "elastic": ElasticSpace.small(),
    "stacks": SequenceSpace(),
    "graphs": GraphSpace(),
    "networks and recipes": FCNetSpace(inputs=9),
    "recipes": HeldSpace(FCNetSpace(inputs=9), ("batch_size", "dropout_1"), (2, 2, 0, 0, 0, 0, 1, 1, 2)),
    "nested": NESTED,
    "limited cells": LimitedSpace(CellSpace(), lambda g: {"ones": g.count(1)}, {"ones": 2}),
    "limited chains": LimitedSpace(LayerwiseSpace.small(), lambda g: {"sum": sum(g)}, {"sum": 12}),
    "limited nested": LimitedSpace(NESTED, lambda g: {"sum": sum(g)}, {"sum": 5}),
}
every_space = pytest.mark.parametrize("name", SPACES)


def is_genotype(space, value):
    """The docstring of `validate`, word by word."""
    if isinstance(value, np.ndarray):
        values = value.tolist() if value.ndim == 1 and np.issubdtype(value.dtype, np.integer) else None
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        values = value
    else:
        return False
    if values is None or len(values) != len(space.variables):
        return False
    return all(is_integer(given) and 0 <= given < len(v.choices) for given, v in zip(values, space.variables))


def is_integer(value):
    """Arrays without a dimension are numbers too."""
    value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return isinstance(value, Integral) and not isinstance(value, bool)


def whole(space):
    return space.space if isinstance(space, LimitedSpace) else space


def damaged_genotypes(space, count, seed):
    """Yield genotypes with one to three faults, of every kind that there is; some are still valid."""
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    for _ in range(count):
        values = list(space.sample(rng))
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(values)) if values else 0
            fault = chance.randrange(9)
            if fault == 0:
                values[place : place + 1] = []
            elif fault == 1:
                values.insert(place, chance.choice([0, 1, -1]))
            elif fault == 2:
                values[place : place + 1] = [chance.choice(GARBAGE)]
            elif fault == 3:
                values[place : place + 1] = [chance.choice([-1, -2, 5, 99, 2**70])]
            elif fault == 4 and values:
                values[place] = float(values[place]) if isinstance(values[place], int) and values[place] < 9 else 0.5
            elif fault == 5 and values:
                values[place] = [values[place]]
            elif fault == 6:
                values[place : place + 1] = [chance.random() < 0.5]
            elif fault == 7:
                values[place : place + 1] = [np.int64(chance.randint(-1, 2))]
        form = chance.randrange(5)
        numbers = all(type(value) in (int, float) and abs(value) < 100 for value in values)
        if form == 0 and numbers:
            yield np.array(values)
        elif form == 1 and numbers:
            yield np.array([values])
        else:
            yield values if form == 2 else tuple(values)


def readers(space, genotype, rng):
    """Everything that takes a genotype."""
    other = space.sample(np.random.default_rng(0))
    return {
        "decode": lambda: space.decode(genotype),
        "to_string": lambda: space.to_string(genotype),
        "canonical": lambda: space.canonical(genotype),
        "neighbors": lambda: space.neighbors(genotype),
        "mutate": lambda: space.mutate(genotype, rng),
        "crossover first": lambda: space.crossover(genotype, other, rng),
        "crossover second": lambda: space.crossover(other, genotype, rng, "one_point"),
        "one_hot": lambda: encodings.one_hot(space, [genotype]),
        "ordinal": lambda: encodings.ordinal(space, [other, genotype]),
    }


@every_space
def test_a_genotype_is_taken_by_all_methods_or_refused_by_all(name):
    space, rng, chance = SPACES[name], np.random.default_rng(1), random.Random(name)
    for value in [*GARBAGE, *damaged_genotypes(whole(space), 250, seed=2)]:
        made, error = outcome(lambda value=value: space.validate(value))
        if error is None:
            assert is_genotype(space, value)
            assert made == tuple(map(operator.index, value)) and all(type(number) is int for number in made)
        else:
            assert not is_genotype(space, value) or "breaks the limit" in error
        assert (value in space) == (error is None)
        for method, call in chance.sample(sorted(readers(space, value, rng).items()), 3):
            _, refusal = outcome(call)
            assert (refusal is None) == (error is None), (method, value)
            assert error is None or refusal == error, "the message of validate"


@every_space
def test_activity_takes_prefixes(name):
    space = SPACES[name]
    for value in [*GARBAGE, *damaged_genotypes(whole(space), 60, seed=3)]:
        mask, error = outcome(lambda value=value: space.active(value))
        if error is None:
            rest = (0,) * (len(space.variables) - len(value))
            assert is_genotype(space, [*value, *rest])
            assert mask == space.active((*value, *rest))[: len(mask)]
            assert len(mask) == min(len(value) + 1, len(space.variables))


def damaged_texts(space, count, seed):
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    alphabet = "|=~+-_ 0123456789abcfksxé∞\n\x00"
    for _ in range(count):
        text = space.to_string(space.sample(rng))
        for _ in range(chance.randint(1, 4)):
            place, fault = chance.randint(0, len(text)), chance.randrange(6)
            if fault == 0:
                text = text[:place] + text[place + 1 :]
            elif fault == 1:
                text = text[:place] + chance.choice(alphabet) + text[place:]
            elif fault == 2:
                text = text[:place]
            elif fault == 3:
                text += text[place:]
            elif fault == 4:
                text = text.replace(chance.choice("0123456789ntr"), chance.choice(["1", "3", "99" * 3000, ""]), 1)
            else:
                text = "|".join(chance.sample(parts := text.split("|"), len(parts)))
        yield text


@every_space
def test_a_text_is_read_or_refused(name):
    space = SPACES[name]
    for text in [*GARBAGE, *damaged_texts(space, 250, seed=4)]:
        genotype, error = outcome(lambda text=text: space.from_string(text))
        if error is None:
            assert space.validate(genotype) == genotype
            written = space.to_string(genotype)
            assert sorted(written.split("|")) == sorted(text.split("|")), "the same parts, perhaps in another order"
            assert written == text or type(whole(space)) in (SearchSpace, ElasticSpace, FCNetSpace, HeldSpace)


def test_a_text_of_a_million_characters_is_refused_with_a_short_message():
    """A reader that tries every beginning would need a million times a million steps."""
    for space in SPACES.values():
        for text in ("a" * 10**6, "|" * 10**6, "~0|" * 300_000, space.to_string((0,) * len(space.variables)) * 30_000):
            _, error = outcome(lambda space=space, text=text: space.from_string(text))
            assert error is not None and len(error) < 2000


def damaged_lists(lists, chance):
    """A description by lists, with one to three faults; some are still valid."""
    damaged = [list(values) for values in lists]
    for _ in range(chance.randint(1, 3)):
        values, other = chance.choice(damaged), chance.choice(damaged)
        at = chance.randrange(len(values) + 1)
        values[at : at + chance.randrange(2)] = chance.choice([[], other[:1], [chance.choice(GARBAGE)]])
    return tuple(damaged[: chance.choice([1, 2, 2, 2, 2])])


def damaged_descriptions(space, count, seed):
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    for _ in range(count):
        found = space.decode(space.sample(rng))
        if isinstance(found, tuple):
            yield damaged_lists(found, chance)
            continue
        layers = [dict(layer) for layer in found] if isinstance(found, list) else [dict(found)]
        for _ in range(chance.randint(1, 3)):
            layer, fault = chance.choice(layers), chance.randrange(6)
            key = chance.choice(list(layer)) if layer else "type"
            if fault == 0:
                layer.pop(key, None)
            elif fault == 1:
                layer[chance.choice(["depth", "type", "filters", (0, 1), "é", 7, None])] = chance.choice(GARBAGE)
            elif fault in (2, 3):
                layer[key] = chance.choice(GARBAGE)
            elif fault == 4 and isinstance(found, list):
                layers.insert(0, chance.choice([{"type": "identity"}, dict(layer)]))
            elif fault == 5 and isinstance(found, list):
                layers.append(chance.choice(GARBAGE)) if chance.random() < 0.3 else layers.pop()
            layers = layers or [{}]
            layers = [layer for layer in layers if isinstance(layer, dict)] if chance.random() < 0.5 else layers
            if not all(isinstance(layer, dict) for layer in layers) or not layers:
                break
        yield layers if isinstance(found, list) else layers[0]


@every_space
def test_a_description_is_encoded_or_refused(name):
    space = SPACES[name]
    for description in [*GARBAGE, *damaged_descriptions(space, 250, seed=5)]:
        genotype, error = outcome(lambda description=description: space.encode(description))
        if error is None:
            assert space.validate(genotype) == genotype
            assert space.decode(genotype) == description


@every_space
def test_other_arguments_are_refused(name):
    space = SPACES[name]
    genotype = space.sample(np.random.default_rng(0))
    for value in GARBAGE:
        for call in (
            lambda rng=value: space.sample(rng),
            lambda rng=value: space.mutate(genotype, rng),
            lambda rng=value: space.crossover(genotype, genotype, rng),
            lambda kind=value: space.crossover(genotype, genotype, np.random.default_rng(0), kind),
        ):
            _, error = outcome(call)
            assert error is not None
        for method in ("complete", "expansions"):
            outcome(lambda value=value, method=method: getattr(space, method)(value))


CHAINS = LayerwiseSpace((1, 2, 3), (8, 16), ("conv", "identity"), (3,), (1, 2), ("relu",), ("batch", "group"))
GROWING = {
    "cell": SPACES["cell"],
    "chains": CHAINS,
    "limited cells": SPACES["limited cells"],
    "limited chains": LimitedSpace(CHAINS, lambda g: {"sum": sum(g)}, {"sum": 6}),
}


@pytest.mark.parametrize("name", GROWING)
def test_a_prefix_is_completed_or_refused(name):
    space, whole_space = GROWING[name], whole(GROWING[name])
    start = 1 if isinstance(whole_space, LayerwiseSpace) else 0
    for number, value in enumerate(damaged_genotypes(whole_space, 200, seed=6)):
        prefix = value[start : start + space.stages[number % len(space.stages)]]
        genotype, error = outcome(lambda prefix=prefix: space.complete(prefix))
        if error is None:
            assert space.validate(genotype) == genotype
        grown, error = outcome(lambda prefix=prefix: space.expansions(prefix))
        for more in grown or []:
            assert more[: len(prefix)] == tuple(prefix) and len(more) in space.stages


ARRAYS = (
    np.zeros((1, 6)),
    np.full((2, 6), 1e300),
    np.full((1, 30), -1e300),
    np.eye(30),
    np.zeros((1, 8, 8)),
    [[0.25] * 6],
)


def test_arrays_are_decoded_or_refused():
    for name, space in SPACES.items():
        for value in [*GARBAGE, *ARRAYS]:
            for call in (
                lambda value=value, space=space: encodings.from_ordinal(space, value),
                lambda value=value, space=space: encodings.from_one_hot(space, value),
                lambda value=value, space=space: encodings.from_adjacency(space, value, value),
                lambda value=value, space=space: encodings.path(space, value),
                lambda value=value, space=space: encodings.adjacency(space, value),
                lambda value=value, space=space: encodings.ordinal(value, [(0,) * len(space.variables)]),
            ):
                result, error = outcome(call)
                assert error is not None or len(result), name


def total(genotype):
    return {"sum": sum(genotype)}


CONSTRUCTORS = {
    "name": lambda value: Variable(value, (1, 2)),
    "choices": lambda value: Variable("a", value),
    "two choices": lambda value: Variable("a", (value, 3)),
    "when": lambda value: Variable("a", (1, 2), value),
    "when values": lambda value: SearchSpace([Variable("b", (1, 2)), Variable("a", (1, 2), {"b": value})]),
    "when name": lambda value: SearchSpace([Variable("b", (1, 2)), Variable("a", (1, 2), {value: (1,)})]),
    "variables": SearchSpace,
    "variable": lambda value: SearchSpace([Variable("b", (1, 2)), value]),
    "depths": lambda value: LayerwiseSpace(value, (8,)),
    "filters": lambda value: LayerwiseSpace((1, 2), [8, value]),
    "types": lambda value: LayerwiseSpace((1, 2), (8,), types=value),
    "type": lambda value: LayerwiseSpace((1, 2), (8,), types=("conv", value)),
    "skip": lambda value: LayerwiseSpace((1, 2), (8,), skip=(value,)),
    "elastic depths": lambda value: ElasticSpace(value, ((4,),), (3,)),
    "elastic widths": lambda value: ElasticSpace((1, 2), value, (3,)),
    "elastic width": lambda value: ElasticSpace((1, 2), (value, (4, 8)), (3,)),
    "kernels": lambda value: ElasticSpace((1, 2), ((4,),), (value,)),
    "restricted": lambda value: SPACES["elastic"].restricted(1, value, 1),
    "limited space": lambda value: LimitedSpace(value, total, {"sum": 5}),
    "costs": lambda value: LimitedSpace(SPACES["elastic"], value, {"sum": 5}),
    "cost": lambda value: LimitedSpace(SPACES["elastic"], lambda g: value, {"sum": 5}),
    "value of a cost": lambda value: LimitedSpace(SPACES["elastic"], lambda g: {"sum": value}, {"sum": 5}),
    "limits": lambda value: LimitedSpace(SPACES["elastic"], total, value),
    "limit": lambda value: LimitedSpace(SPACES["elastic"], total, {"sum": value}),
    "name of a limit": lambda value: LimitedSpace(SPACES["elastic"], total, {value: 5}),
    "groups": group_count,
    "squeeze": squeeze_width,
}


@pytest.mark.parametrize("kind", CONSTRUCTORS)
def test_a_constructor_builds_a_space_or_says_what_is_allowed(kind):
    for value in GARBAGE:
        if ("name" in kind and not is_hashable(value)) or (kind == "costs" and value is object):
            continue  # no key of a dict, and a function that fails: its error is the caller's to see
        made, _ = outcome(lambda value=value: CONSTRUCTORS[kind](value))
        if isinstance(made, SearchSpace):
            genotype = made.sample(np.random.default_rng(0))
            assert made.from_string(made.to_string(genotype)) == genotype and repr(made)


def is_hashable(value):
    try:
        return isinstance(hash(value), int)
    except TypeError:
        return False
