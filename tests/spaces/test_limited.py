"""Limited spaces: exactly what keeps the limits, over any space and any cost, and an end whatever the limits are."""

import math
import re
from collections import Counter
from fractions import Fraction
from zlib import crc32

import numpy as np
import pytest

from nastutor.spaces import CellSpace, ElasticSpace, LayerwiseSpace, LimitedSpace, SearchSpace, Variable
from nastutor.spaces.encodings import from_one_hot, one_hot, path

CHAINS = LayerwiseSpace(
    (1, 2), (8, 16), ("conv", "identity"), (1, 3), (1, 2), ("relu",), ("batch",), attention=(False,)
)
QUESTIONS = SearchSpace(Variable(f"q{i}", ("no", "yes"), {f"q{i - 1}": ("yes",)} if i else {}) for i in range(22))


def luck(genotype):
    """A cost that grows with nothing: half of all architectures are below 0.5."""
    return {"luck": crc32(bytes(genotype)) / 2**32, "sum": sum(genotype)}


def width(genotype):
    return {"filters": sum(layer.get("filters", 0) for layer in CHAINS.decode(genotype))}


CASES = {
    "cells by luck": (CellSpace(), luck, {"luck": 0.001}),
    "cells without convolutions": (CellSpace(), lambda g: {"convs": g.count(2) + g.count(3)}, {"convs": 0}),
    "elastic": (ElasticSpace.small(), luck, {"sum": 1}),
    "elastic by luck": (ElasticSpace.small(), luck, {"luck": 0.01, "sum": 9}),
    "chains": (
        CHAINS,
        lambda g: {"filters": sum(layer.get("filters", 0) for layer in CHAINS.decode(g))},
        {"filters": 16},
    ),
    "chains by luck": (CHAINS, luck, {"luck": 0.4}),
    "nested": (QUESTIONS, lambda g: {"noes": -sum(g)}, {"noes": -19}),
    "limited twice": (LimitedSpace(ElasticSpace.small(), luck, {"sum": 3}), luck, {"luck": 0.2}),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    space, costs, limits = CASES[request.param]
    inside = [g for g in space if all(costs(g)[name] <= limit for name, limit in limits.items())]
    return LimitedSpace(space, costs, limits), inside


def test_it_has_exactly_the_architectures_that_keep_the_limits(case):
    space, inside = case
    assert list(space) == inside and space.size == len(inside) > 0
    assert [space.is_larger_than(n) for n in (0, space.size - 1, space.size)] == [True, True, False]
    assert sum(genotype in space for genotype in space.space) == len(inside)


def test_whatever_it_makes_keeps_the_limits(case):
    space, inside = case
    members, rng = set(inside), np.random.default_rng(0)
    for _ in range(12):
        a, b = space.sample(rng), space.sample(rng)
        child, crossed = space.mutate(a, rng), space.crossover(a, b, rng)
        assert {a, b, child, crossed, space.crossover(b, a, rng, "one_point"), space.canonical(a)} <= members
        assert set(space.neighbors(a)) == set(space.space.neighbors(a)) & members
        assert space.crossover(a, a, rng) == a
        for genotype in (a, child, crossed):
            assert space.encode(space.decode(genotype)) == genotype == space.from_string(space.to_string(genotype))
            assert space.to_string(genotype) == space.space.to_string(genotype)
            assert space.active(genotype) == space.space.active(genotype)


def test_mutation_and_sampling_reach_what_they_can(case):
    space, inside = case
    rng = np.random.default_rng(1)
    if len(inside) < 10:
        assert {space.sample(rng) for _ in range(10 * len(inside))} == set(inside)
    parent = inside[0]
    children = {space.mutate(parent, rng) for _ in range(20)}
    assert len(inside) == 1 or children - {parent}, "a change that keeps the limits, or else another sample"


def test_each_function_has_one_canonical_form_and_it_is_inside(case):
    """Also a function whose form in the whole space breaks a limit, as many do whose cost is luck."""
    space, inside = case
    forms = {genotype: space.canonical(genotype) for genotype in inside}
    assert set(forms.values()) <= set(inside)
    assert space.representatives() == list(dict.fromkeys(forms.values()))
    functions = {genotype: space.space.canonical(genotype) for genotype in inside}
    assert len(set(forms.values())) == len(set(functions.values()))
    for genotype, form in forms.items():
        assert forms[form] == form and functions[form] == functions[genotype]
        assert form == functions[genotype] or functions[genotype] not in space, "the space's own form where it fits"


def test_what_stands_for_a_function_is_the_first_that_fits():
    """Of the 67 spellings of one function; the whole space's form costs too much, as a measured cost may say."""
    cells = CellSpace()
    spellings = cells.equivalents((3, 3, 0, 0, 1, 3))
    dear = {cells.canonical(spellings[0]), spellings[1]}
    space = LimitedSpace(cells, lambda g: {"ms": g in dear}, {"ms": 0})
    first = next(cell for cell in spellings if cell not in dear)
    assert {space.canonical(cell) for cell in spellings if cell not in dear} == {first}


def test_encodings_take_it(case):
    space, inside = case
    assert from_one_hot(space, one_hot(space, inside[:20])) == inside[:20]
    with pytest.raises(ValueError, match="breaks the limit"):
        one_hot(space, [next(g for g in space.space if g not in set(inside))])


def test_a_genotype_outside_is_refused_with_the_limit_that_it_breaks():
    space = LimitedSpace(ElasticSpace.small(), luck, {"sum": 3, "luck": 0.9})
    outside = next(g for g in space.space if sum(g) == 4 and luck(g)["luck"] < 0.9)
    message = re.escape(f"{space.space.to_string(outside)} breaks the limit sum ≤ 3: it has 4")
    rng, inside = np.random.default_rng(0), space.sample(np.random.default_rng(0))
    for call in (
        space.validate, space.decode, space.to_string, space.canonical, space.neighbors,
        lambda g: space.mutate(g, rng), lambda g: space.crossover(inside, g, rng),
        lambda g: space.encode(space.space.decode(g)), lambda g: space.from_string(space.space.to_string(g)),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            call(outside)
    with pytest.raises(ValueError, match="choose 0…2"):
        space.validate((9,) * 10)


def test_nothing_is_thrown_away_where_the_limits_are_wide():
    """Then the random numbers are those of the space itself, and runs are the same."""
    space = ElasticSpace.small()
    wide = LimitedSpace(space, luck, {"sum": 1000})
    for one, other in zip(range(100), range(100)):
        a, b = np.random.default_rng(one), np.random.default_rng(other)
        parent = space.sample(a)
        assert wide.sample(b) == parent
        assert wide.mutate(parent, b) == space.mutate(parent, a)
        assert wide.crossover(parent, space.smallest, b) == space.crossover(parent, space.smallest, a)
    assert wide.size == space.size


def test_narrow_limits_are_drawn_from_uniformly():
    """One in 15,625 cells is hardly ever drawn, so the list decides."""
    inside = set(list(CellSpace())[::3000])
    space = LimitedSpace(CellSpace(), lambda g: {"outside": g not in inside}, {"outside": 0})
    rng = np.random.default_rng(0)
    counts = Counter(space.sample(rng) for _ in range(300))
    assert set(counts) == inside and len(inside) == 6
    assert sum((count - 50) ** 2 / 50 for count in counts.values()) < 20.5, "chi-square, 5 degrees, 0.001"


def test_where_no_change_keeps_the_limits_a_mutation_is_a_sample():
    pair = [(0,) * 6, (4,) * 6]
    space = LimitedSpace(CellSpace(), lambda g: {"outside": g not in pair}, {"outside": 0})
    rng = np.random.default_rng(0)
    assert space.neighbors(pair[0]) == []
    assert {space.mutate(pair[0], rng) for _ in range(12)} == set(pair)
    single = LimitedSpace(CellSpace(), lambda g: {"sum": sum(g)}, {"sum": 0})
    assert single.mutate((0,) * 6, rng) == single.sample(rng) == (0,) * 6


@pytest.mark.parametrize("kind", [np.float32, Fraction, lambda cost: np.array([cost]), lambda cost: np.array([[cost]])])
def test_a_cost_is_any_one_number(kind):
    """As a metric is."""
    assert LimitedSpace(ElasticSpace.small(), lambda g: {"size": kind(sum(g))}, {"size": 1}).size == 7


# Limits that cannot be met


@pytest.mark.parametrize(
    ("space", "costs", "limits"),
    [
        (CellSpace(), luck, {"luck": -0.01}),
        (ElasticSpace.small(), luck, {"luck": 0.0, "sum": 2}),
        (CHAINS, luck, {"sum": -1.0}),
        (QUESTIONS, lambda g: {"far": abs(sum(g) - 15.4)}, {"far": 0.1}),
    ],
)
def test_limits_that_nothing_keeps_are_refused_with_the_closest(space, costs, limits):
    def excess(genotype):
        return sum(max(0, costs(genotype)[n] - limit) / (abs(limit) or 1) for n, limit in limits.items())

    closest = min(space, key=excess)
    spent = ", ".join(f"{name} {costs(closest)[name]:g}" for name in limits)
    with pytest.raises(
        ValueError, match=re.escape(f"the closest is {space.to_string(closest)}, with {spent}")
    ) as error:
        LimitedSpace(space, costs, limits)
    assert all(f"{name} ≤ {limit:g}" in str(error.value) for name, limit in limits.items())


@pytest.mark.parametrize(
    ("costs", "limits", "message"),
    [
        (luck, {"watts": 1}, r"limit on 'watts': choose among what costs\(.*\) returns, luck, sum"),
        (luck, {"luck": math.nan}, "limit on 'luck': nan: give a finite number"),
        (luck, {"luck": "small"}, "limit on 'luck': 'small': give a finite number"),
        (luck, ["luck"], "give the largest value allowed by name of the cost"),
        (None, {"luck": 1}, "costs None: give a function"),
        (lambda g: None, {"luck": 1}, "limit on 'luck': choose among .* nothing by name: None"),
        (lambda g: {"luck": "?"}, {"luck": 1}, r"has luck '\?': return a number"),
        (lambda g: {"luck": "1"}, {"luck": 1}, "has luck '1': return a number"),
        (lambda g: {"luck": np.ones(2)}, {"luck": 1}, r"has luck array\(.*\): return a number"),
        (lambda g: {"luck": math.nan}, {"luck": 1}, "luck ≤ 1 cannot be met: the closest is .*, with luck nan"),
    ],
)
def test_what_makes_no_sense_is_refused(costs, limits, message):
    with pytest.raises(ValueError, match=message):
        LimitedSpace(ElasticSpace.small(), costs, limits)
    with pytest.raises(ValueError, match="needs a SearchSpace first"):
        LimitedSpace(costs, luck, {"luck": 1})


# Spaces that are too large to look through


def filters(genotype):
    return {"filters": sum(layer.get("filters", 0) for layer in LayerwiseSpace.small().decode(genotype))}


def test_in_a_large_space_narrow_limits_are_kept_too_and_the_size_is_not_made_up():
    space = LimitedSpace(LayerwiseSpace.small(), filters, {"filters": 0})
    rng = np.random.default_rng(0)
    members = {space.space.encode([{"type": "identity"}] * depth) for depth in (1, 2, 3, 4)}
    parent = space.sample(rng)
    for _ in range(5):
        assert {space.sample(rng), parent, space.crossover(parent, space.sample(rng), rng)} <= members
        parent = space.mutate(parent, rng)
    assert set(space.neighbors(max(members))) == members - {max(members)}, (
        "shallower ones; a new layer is a convolution"
    )
    assert not space.is_listable and space.is_larger_than(4)
    with pytest.raises(ValueError, match="more than 200,000 would have to be looked through"):
        space.size  # noqa: B018
    assert repr(space) == f"LimitedSpace(filters ≤ 0 in {LayerwiseSpace.small()!r})"


def test_in_a_large_space_the_closest_is_what_was_come_to():
    message = "filters ≤ -1 cannot be met: the closest of those that 200 draws and .* is identity.*, with filters 0"
    with pytest.raises(ValueError, match=message):
        LimitedSpace(LayerwiseSpace.small(), filters, {"filters": -1})


def test_in_a_large_space_an_architecture_whose_form_breaks_a_limit_stands_for_itself():
    whole = LayerwiseSpace.small()
    identity_first = whole.encode([{"type": "identity"}, *whole.decode(whole.sample(np.random.default_rng(0)))[:1]])
    form = whole.canonical(identity_first)
    space = LimitedSpace(whole, lambda g: {"ms": g == form}, {"ms": 0})
    assert form not in space and space.canonical(identity_first) == identity_first


def test_in_a_huge_space_a_draw_that_misses_walks_to_what_keeps_the_limits():
    space = LimitedSpace(LayerwiseSpace.full(), lambda g: {"sum": sum(g)}, {"sum": 10})
    rng = np.random.default_rng(0)
    assert all(sum(space.sample(rng)) <= 10 for _ in range(3))


# What others ask of a space


def test_signatures_tell_limits_apart():
    spaces = [
        ElasticSpace.small(),
        LimitedSpace(ElasticSpace.small(), luck, {"sum": 3}),
        LimitedSpace(ElasticSpace.small(), luck, {"sum": 4}),
        LimitedSpace(ElasticSpace.small(), luck, {"sum": 3, "luck": 0.5}),
        LimitedSpace(CHAINS, luck, {"sum": 3}),
    ]
    assert len({str(space.signature()) for space in spaces}) == len(spaces)
    assert LimitedSpace(CHAINS, luck, {"sum": 3}).signature() == LimitedSpace(CHAINS, luck, {"sum": 3.0}).signature()


def test_it_grows_where_its_space_does():
    space = LimitedSpace(CellSpace(), lambda g: {"convs": g.count(2) + g.count(3)}, {"convs": 1})
    assert space.stages == (1, 3, 6)
    for prefix in [(), *space.expansions(()), (3,), (3, 1, 0)]:
        whole = space.space.expansions(prefix)
        assert space.expansions(prefix) == [more for more in whole if space.space.complete(more) in space]
    with pytest.raises(ValueError, match="breaks the limit convs ≤ 1"):
        space.complete((3, 3, 3))
    with pytest.raises(ValueError, match="has no stages"):
        LimitedSpace(ElasticSpace.small(), luck, {"sum": 3}).expansions(())


def test_encodings_of_cells_take_limited_cells():
    space = LimitedSpace(CellSpace(), lambda g: {"convs": g.count(2) + g.count(3)}, {"convs": 1})
    inside = list(space)[:50]
    np.testing.assert_array_equal(path(space, inside), path(CellSpace(), inside))
    with pytest.raises(ValueError, match="give a CellSpace, not LimitedSpace"):
        path(LimitedSpace(ElasticSpace.small(), luck, {"sum": 3}), [(0,) * 10])
