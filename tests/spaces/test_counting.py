"""Sizes of conditional spaces: exact in every order of the variables, and honest where nobody can count."""

import itertools
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_space import spaces

from nastutor.spaces import SearchSpace, Variable, counting

YES = ("yes",)


def switch(name, **when):
    return Variable(name, ("no", "yes"), when)


def detail(name, choices, **when):
    return Variable(name, tuple(range(choices)), when)


def shuffled(space, seed):
    """The same variables in another order that still has each after those that it depends on."""
    rng = np.random.default_rng(seed)
    left, placed = list(space.variables), []
    while left:
        names = {variable.name for variable in placed}
        ready = [variable for variable in left if set(variable.when) <= names]
        placed.append(ready[rng.integers(len(ready))])
        left.remove(placed[-1])
    return SearchSpace(placed)


@given(spaces(), st.integers(0, 1000))
def test_the_order_of_the_variables_does_not_matter(space, seed):
    assert shuffled(space, seed).size == space.size == sum(1 for _ in space)


@pytest.mark.parametrize("pairs", [1, 5, 20, 300])
def test_switches_and_their_details_multiply_even_if_all_switches_come_first(pairs):
    switches = [switch(f"s{i}") for i in range(pairs)]
    details = [detail(f"d{i}", 5, **{f"s{i}": YES}) for i in range(pairs)]
    assert SearchSpace(switches + details).size == (1 + 5) ** pairs


def test_questions_that_matter_after_a_yes_only_add_up():
    nested = [switch("q0")] + [switch(f"q{i}", **{f"q{i - 1}": YES}) for i in range(1, 2000)]
    space = SearchSpace(nested)
    assert space.size == 2001, "so many noes, or yes to the end"
    assert "2,001 architectures" in repr(space)
    everything = [switch(f"q{i}", **{f"q{j}": YES for j in range(i)}) for i in range(60)]
    assert SearchSpace(everything).size == 61, "asking for all earlier ones is the same"


def test_a_deep_space_is_listed_and_its_activity_known_without_recursion():
    space = SearchSpace([switch("q0")] + [switch(f"q{i}", **{f"q{i - 1}": YES}) for i in range(1, 2000)])
    listed = list(itertools.islice(space, 5))
    assert [sum(genotype) for genotype in listed] == [0, 1, 2, 3, 4]
    assert sum(space.active(listed[4])) == 5
    assert space.from_string(space.to_string(listed[4])) == listed[4]
    assert space.neighbors(listed[1])[0] == listed[0]


def test_a_tree_of_conditions():
    """A node has either leaf, or both children: c(depth) = 1 + c(depth − 1)²."""

    def tree(name, depth, when):
        node = switch(name, **when)
        below = [variable for side in "lr" for variable in tree(name + side, depth - 1, {name: YES})] if depth else []
        return [node, *below]

    def count(depth):
        return 1 + (count(depth - 1) ** 2 if depth else 1)

    variables = tree("t", 7, {})
    for space in (SearchSpace(variables), shuffled(SearchSpace(variables), 0)):
        assert len(space.variables) == 255 and space.size == count(7)


def test_a_detail_that_two_switches_must_allow():
    """A row of switches with a detail between each two: a product of 2×2 matrices."""
    switches = 30
    between = [detail(f"d{i}", 3, **{f"s{i}": YES, f"s{i + 1}": YES}) for i in range(switches - 1)]
    matrix = np.array([[1, 1], [1, 3]], dtype=object)
    expected = np.linalg.matrix_power(matrix, switches - 1).sum()
    space = SearchSpace([switch(f"s{i}") for i in range(switches)] + between)
    assert space.size == shuffled(space, 1).size == expected


def tangled(switches):
    pairs = itertools.combinations([f"s{i}" for i in range(switches)], 2)
    details = [detail(f"{a} {b}", 3, **{a: YES, b: YES}) for a, b in pairs]
    return SearchSpace([switch(f"s{i}") for i in range(switches)] + details)


def count_tangled(switches):
    return sum(math.comb(switches, on) * 3 ** math.comb(on, 2) for on in range(switches + 1))


def test_fields_that_matter_together_count_as_one():
    """A chain of 1…300 layers, of 8 fields each: a geometric sum."""
    layers = [
        Variable(f"{field} {layer}", (1, 2, 3), {"depth": tuple(range(layer, 301))})
        for layer in range(1, 301)
        for field in "abcdefgh"
    ]
    space = SearchSpace([Variable("depth", tuple(range(1, 301))), *layers])
    assert space.size == sum(3 ** (8 * depth) for depth in range(1, 301))


def test_where_counting_takes_too_long_a_space_says_how_many_there_are_at_least():
    """Any two of 40 switches have a detail. By hand it is a short sum; in general nobody knows how."""
    assert tangled(8).size == count_tangled(8)
    space = tangled(40)
    with pytest.raises(ValueError, match="too tangled to count exactly"):
        space.size  # noqa: B018
    found = re.fullmatch(r"SearchSpace\(820 variables, ≥ ([\d,]+) architectures\)", repr(space))
    assert 10**6 < int(found[1].replace(",", "")) <= count_tangled(40)
    assert space.is_larger_than(10**6)
    assert space.from_string(space.to_string((1,) * 820)) == (1,) * 820


def test_a_lower_bound_is_one(monkeypatch):
    for patience in (0, 10, 100, 1000):
        monkeypatch.setattr(counting, "PATIENCE", patience)
        for switches in (3, 6, 9):
            number, is_exact = counting.count_architectures(tangled(switches)._counts, tangled(switches)._conditions)
            assert number == count_tangled(switches) if is_exact else number <= count_tangled(switches)


def test_a_number_of_thousands_of_digits_can_be_shown():
    space = SearchSpace(switch(f"s{i}") for i in range(20_000))
    assert space.size == 2**20_000
    assert repr(space) == "SearchSpace(20000 variables, about 10^6020 architectures)"
    short = SearchSpace(switch(f"s{i}") for i in range(40))
    assert repr(short) == "SearchSpace(40 variables, 1,099,511,627,776 architectures)"


class Counted:
    """A choice that counts how often it is compared."""

    compared = 0

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        Counted.compared += 1
        return self.value == other.value

    def __hash__(self):
        return hash(self.value)

    def __str__(self):
        return str(self.value)


def test_choices_are_not_compared_with_each_other():
    """Each with each would be 450 million comparisons."""
    Counted.compared = 0
    choices = tuple(Counted(i) for i in range(30_000))
    space = SearchSpace([Variable("a", choices), Variable("b", (1, 2), when={"a": choices[:15_000]})])
    for genotype in [(29_999, 0), (5, 1)]:
        assert space.encode(space.decode(genotype)) == space.from_string(space.to_string(genotype)) == genotype
    assert space.size == 45_000 and Counted.compared < 200_000
