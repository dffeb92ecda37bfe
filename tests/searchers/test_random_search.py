from collections import Counter

import pytest

from nastutor import search
from nastutor.searchers import RandomSearch


def test_without_replacement_it_visits_every_architecture_once_and_finishes(chains, landscape):
    searcher = RandomSearch(chains, seed=0, replace=False)
    history = search(searcher, landscape, budget=1000)
    assert sorted(record.genotype for record in history) == list(chains)
    assert searcher.ask() is None
    assert history.best().value == max(landscape(genotype)["val_accuracy"] for genotype in chains)


def test_with_replacement_it_goes_on_and_repeats(chains, landscape):
    history = search(RandomSearch(chains, seed=0), landscape, budget=1000)
    assert len(history) == 1000
    assert max(Counter(record.genotype for record in history).values()) > 1


@pytest.mark.parametrize("replace", [True, False])
def test_it_learns_nothing(cells, replace):
    """Random search is the baseline: the values that it is told must not change what it proposes."""

    def run(sign):
        evaluate = lambda genotype: {"val_accuracy": sign * sum(genotype)}  # noqa: E731
        history = search(RandomSearch(cells, seed=0, replace=replace), evaluate, budget=100)
        return [record.genotype for record in history]

    assert run(1.0) == run(-1.0)
