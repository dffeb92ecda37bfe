"""Every search ends in spaces where drawing again until something new comes would not."""

import pytest

from nastutor import search
from nastutor.searchers import Hyperband, LocalSearch, RandomSearch, RegularizedEvolution, SuccessiveHalving
from nastutor.spaces import CellSpace, ElasticSpace, LayerwiseSpace, LimitedSpace, SearchSpace, Variable

QUESTIONS = SearchSpace(Variable(f"q{i}", ("no", "yes"), {f"q{i - 1}": ("yes",)} if i else {}) for i in range(22))
CELLS = CellSpace()
SPACES = {
    "nested questions": QUESTIONS,
    "seven of 1,764": LimitedSpace(ElasticSpace.small(), lambda g: {"size": sum(g)}, {"size": 1}),
    "one of 1,764": LimitedSpace(ElasticSpace.small(), lambda g: {"size": sum(g)}, {"size": 0}),
    "four cells that no mutation joins": LimitedSpace(CELLS, lambda g: {"kinds": len(set(g))}, {"kinds": 1}),
    "limited questions": LimitedSpace(QUESTIONS, lambda g: {"noes": -sum(g)}, {"noes": -19}),
}
CHAINS = LayerwiseSpace.small()
HUGE = LimitedSpace(CHAINS, lambda g: {"size": sum(g)}, {"size": 4})


def value(genotype, epochs=None):
    return {"val_accuracy": float(sum(genotype) % 7), "latency_ms": float(sum(genotype))}


@pytest.fixture(params=SPACES)
def narrow(request):
    return SPACES[request.param]


def test_every_searcher_ends_and_stays_inside(make_searcher, narrow):
    history = search(make_searcher(narrow, seed=0), value, 30)
    assert 0 < len(history) <= 30
    assert all(record.genotype in narrow for record in history)


@pytest.mark.parametrize("method", ["Reinforce", "PPO"])
def test_a_policy_ends_and_stays_inside(method, narrow):
    pytest.importorskip("torch")
    from nastutor import searchers

    history = search(getattr(searchers, method)(narrow, seed=0, hidden=4, batch_size=3), value, 6)
    assert len(history) == 6 and all(record.genotype in narrow for record in history)


@pytest.mark.parametrize("name", ["random_without_replacement", "local", "local_steepest", "predictor"])
def test_what_promises_to_visit_everything_once_does(name, narrow):
    if name == "predictor":
        pytest.importorskip("torch")
        from nastutor.searchers import PredictorSearch

        searcher = PredictorSearch(narrow, seed=1, initial=3, batch_size=3, members=2, steps=1, canonical=False)
    elif name == "random_without_replacement":
        searcher = RandomSearch(narrow, seed=1, replace=False)
    else:
        searcher = LocalSearch(narrow, seed=1, steepest=name == "local_steepest")
    history = search(searcher, value, 1000)
    assert sorted(record.genotype for record in history) == list(narrow)
    assert searcher.ask() is None and searcher.ask() is None


@pytest.mark.parametrize("method", [SuccessiveHalving, Hyperband])
def test_a_bracket_holds_everything_once_and_then_repetitions(method, narrow):
    searcher = method(narrow, seed=2)
    first = [searcher.ask().genotype for _ in range(27)]
    assert set(first) == set(narrow)
    assert sorted(first[: narrow.size]) == list(narrow)


def test_a_search_from_first_designs_goes_on_inside(narrow):
    start = list(narrow)[-2:]
    history = search(RegularizedEvolution(narrow, 0, population_size=4, sample_size=2).start_from(start), value, 30)
    assert [record.genotype for record in history][: len(start)] == start
    assert len(history) == 30 and all(record.genotype in narrow for record in history)


def test_progressive_search_grows_within_the_limits():
    pytest.importorskip("torch")
    from nastutor.searchers import ProgressiveSearch

    space = LimitedSpace(CELLS, lambda g: {"convolutions": g.count(2) + g.count(3)}, {"convolutions": 1})
    searcher = ProgressiveSearch(space, seed=0, beam_size=20, steps=1, members=1)
    history = search(searcher, value, 200)
    assert all(record.genotype in space for record in history)
    assert len({record.genotype for record in history}) == len(history) > 40
    with pytest.raises(ValueError, match=r"beam_size 126: give a whole number, 1…\d+ \(the prefixes of the second"):
        ProgressiveSearch(space, beam_size=126)
    pools = LimitedSpace(CELLS, lambda g: {"pools": -g.count(4)}, {"pools": -6})
    with pytest.raises(ValueError, match="no architecture of the first stage"):
        ProgressiveSearch(pools, beam_size=1)


@pytest.mark.parametrize("steepest", [None, False])
def test_a_limited_space_too_large_to_look_through_is_searched_as_far_as_it_is_found(steepest):
    """How many there are is not known, so the end is that no new one is found; a log of the end is always the same."""
    make = (lambda: RandomSearch(HUGE, 0, replace=False)) if steepest is None else lambda: LocalSearch(HUGE, 0)
    runs = [search(make(), value, 25) for _ in range(2)]
    assert [r.genotype for r in runs[0]] == [r.genotype for r in runs[1]]
    assert all(record.genotype in HUGE for record in runs[0])
    assert len({record.genotype for record in runs[0]}) == len(runs[0])


def test_predictions_in_a_large_space_end_where_nothing_new_is_found():
    pytest.importorskip("torch")
    from nastutor.searchers import PredictorSearch

    def width(genotype):
        return {"filters": sum(layer.get("filters", 0) for layer in CHAINS.decode(genotype))}

    space = LimitedSpace(CHAINS, width, {"filters": 0})
    searcher = PredictorSearch(space, seed=1, initial=2, batch_size=2, members=2, steps=1, canonical=False)
    history = search(searcher, value, 100)
    assert 0 < len(history) < 100 and searcher.ask() is None
