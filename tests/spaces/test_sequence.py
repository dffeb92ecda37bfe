"""Stacks of mixers: how they are written, and which of them are one function."""

import itertools

import numpy as np
import pytest

from nastutor.searchers import ProgressiveSearch
from nastutor.spaces import SequenceSpace
from nastutor.spaces.sequence import stack

SPACE = SequenceSpace()


def test_512_ways_to_write_241_functions():
    classes = {SPACE.canonical(genotype) for genotype in SPACE}
    assert SPACE.size == len(list(SPACE)) == 2 * 4**4
    assert len(classes) == 2 * sum(3**depth for depth in range(5)) - 1 == 241
    assert all(SPACE.canonical(form) == form for form in classes)


def test_a_stack_with_holes_is_the_stack_without_them():
    for genotype in SPACE:
        form = SPACE.canonical(genotype)
        assert SPACE.mixers(form) == SPACE.mixers(genotype)
        assert "nothing" not in SPACE.to_string(form).partition(" nothing")[0] or not SPACE.mixers(form)
        assert SPACE.feed_forward(form) == SPACE.feed_forward(genotype) or not SPACE.mixers(form)


def test_strings_and_descriptions_are_exact_inverses():
    for genotype in SPACE:
        assert SPACE.from_string(SPACE.to_string(genotype)) == genotype
        assert SPACE.encode(SPACE.decode(genotype)) == genotype


def test_a_stack_by_its_names():
    genotype = stack(["convolution", "attention"], 0)
    assert SPACE.to_string(genotype) == "convolution attention nothing nothing 0"
    assert SPACE.mixers(genotype) == ["convolution", "attention"]
    assert all(stack(SPACE.mixers(g), SPACE.feed_forward(g)) == SPACE.canonical(g) for g in SPACE if SPACE.mixers(g))


def test_more_layers_and_larger_ones_weigh_more():
    for a, b in itertools.pairwise(["attention"] * depth for depth in (1, 2, 3, 4)):
        assert SPACE.weights(stack(a)) < SPACE.weights(stack(b))
        assert SPACE.weights(stack(a, 0)) < SPACE.weights(stack(a))
    kinds = [SPACE.weights(stack([name, name])) for name in ("attention", "convolution", "recurrence")]
    assert len(set(kinds)) == 1, "no mixer wins by size"


def test_a_stack_grows_layer_by_layer():
    assert SPACE.stages == (2, 3, 4, 5)
    assert len(SPACE.expansions(())) == 8 and len(SPACE.expansions((1, 2))) == 4
    assert SPACE.complete((1, 2)) == stack(["convolution"])
    assert SPACE.expansions((1, 2, 2, 2, 2)) == []
    assert ProgressiveSearch.for_budget(SPACE, 50).ask() is not None


@pytest.mark.parametrize(
    "text", ["attention 64", "attention nothing nothing nothing 63", "a b c d 64", "", None, 3, np.zeros(5)]
)
def test_what_is_no_stack_is_refused_with_how_one_is_written(text):
    with pytest.raises(ValueError, match=r"cannot read the stack .*'convolution attention nothing nothing 64'"):
        SPACE.from_string(text)


@pytest.mark.parametrize(
    ("mixers", "size", "told"),
    [
        ([], 64, "list 1 to 4 of"),
        (["attention"] * 5, 64, "list 1 to 4 of"),
        (["mamba"], 64, "'mamba'.*recurrence"),
        ("attention", 64, "list 1 to 4"),
        (["attention"], 32, "choose one of 0, 64"),
    ],
)
def test_names_of_no_stack_are_refused(mixers, size, told):
    with pytest.raises(ValueError, match=told):
        stack(mixers, size)
