"""Drawing what was not seen has an end, goes on as the space draws as long as that works, and leaves nothing out."""

import itertools

import numpy as np
import pytest

from nastutor.spaces import CellSpace, ElasticSpace, LayerwiseSpace, LimitedSpace, SearchSpace, Unseen, Variable, unseen


def nested(count):
    """Yes/no questions, each of which matters after a yes only: count + 1 architectures, one drawn in 2^count draws."""
    questions = [Variable(f"q{i}", ("no", "yes"), {f"q{i - 1}": ("yes",)} if i else {}) for i in range(count)]
    return SearchSpace(questions)


def drawn(space, seed=0, most=10**6):
    source, seen = Unseen(space, np.random.default_rng(seed)), {}
    while len(seen) < most and (genotype := source.draw(seen)) is not None:
        assert genotype not in seen
        seen[genotype] = None
    return list(seen), source


SPACES = {
    "chains": LayerwiseSpace((1, 2), (8,), ("conv", "identity"), (3,), (1, 2), ("relu",), ("batch",)),
    "elastic": ElasticSpace((1, 2), ((4, 6), (8,)), (3, 5)),
    "nested": nested(22),
    "deeply nested": nested(400),
    "one": SearchSpace([Variable("a", ("only",))]),
    "limited": LimitedSpace(ElasticSpace.small(), lambda g: {"sum": sum(g)}, {"sum": 1}),
    "limited to one": LimitedSpace(CellSpace(), lambda g: {"sum": sum(g)}, {"sum": 0}),
}


@pytest.mark.parametrize("name", SPACES)
def test_everything_is_drawn_once_and_then_nothing(name):
    found, source = drawn(SPACES[name])
    assert sorted(found) == list(SPACES[name])
    assert [source.draw(found) for _ in range(3)] == [None] * 3


@pytest.mark.parametrize("name", SPACES)
def test_so_it_is_where_lists_are_made_piece_by_piece_or_the_number_is_unknown(name, monkeypatch):
    monkeypatch.setattr(unseen, "LISTED", 3)
    monkeypatch.setattr(SearchSpace, "is_larger_than", lambda space, number: True)
    space = SPACES[name] if name != "deeply nested" else nested(40)
    found, source = drawn(space)
    assert sorted(found) == list(space) and source.draw(found) is None


@pytest.mark.parametrize("space", [CellSpace(), LayerwiseSpace.small(), ElasticSpace.small()], ids=str)
def test_as_long_as_drawing_works_it_takes_the_same_random_numbers(space):
    rng = np.random.default_rng(5)
    draws = iter(lambda: space.sample(rng), None)
    expected = list(itertools.islice(dict.fromkeys(itertools.islice(draws, 2000)), 700))
    assert drawn(space, seed=5, most=700)[0] == expected


def test_what_others_have_seen_in_the_meantime_is_left_out():
    space = nested(22)
    source, seen = Unseen(space, np.random.default_rng(0)), set(list(space)[:-10])
    first = source.draw(seen)
    seen |= {first, *space.neighbors(first)}
    while (genotype := source.draw(seen)) is not None:
        assert genotype not in seen
        seen.add(genotype)
    assert seen == set(space)


def test_the_rest_comes_in_random_order():
    ends = [drawn(nested(22), seed)[0][-8:] for seed in range(8)]
    assert len(set(map(tuple, ends))) == 8 and drawn(nested(22), 3)[0][-8:] == ends[3]


def test_a_huge_space_behind_a_rare_answer_is_reached():
    space = SearchSpace([*nested(30).variables, *(Variable(f"x{i}", (0, 1, 2), {"q29": ("yes",)}) for i in range(20))])
    found, _ = drawn(space, most=400)
    assert len(found) == 400 and sum(genotype[29] for genotype in found) > 300
