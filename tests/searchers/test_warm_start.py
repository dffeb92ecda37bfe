import numpy as np
import pytest

from nastutor import repeat, search
from nastutor.searchers import RegularizedEvolution
from nastutor.searchers.warm_start import WarmStart
from nastutor.statistics import difference_band, incumbent_curves

START = [(3, 0, 3, 1, 0, 1), (3,) * 6, (1,) * 6]


def genotypes(history):
    return [record.genotype for record in history]


def test_it_evaluates_the_start_first_and_in_order(cells, landscape):
    history = search(WarmStart(cells, seed=0, start=START), landscape, budget=30)
    assert genotypes(history)[:3] == START
    assert len(set(genotypes(history)[3:20])) == 17, "random ones fill the population"
    assert all(record.proposal.parents for record in list(history)[20:])


def test_with_an_empty_start_it_is_regularized_evolution(any_space, landscape):
    plain = search(RegularizedEvolution(any_space, seed=4, population_size=8, sample_size=4), landscape, budget=40)
    warm = search(WarmStart(any_space, seed=4, population_size=8, sample_size=4), landscape, budget=40)
    assert genotypes(plain) == genotypes(warm)


def test_the_start_takes_part_in_the_evolution(cells, landscape):
    def prefers_the_start(genotype, epochs=None):
        return {"val_accuracy": 100.0 if genotype in START else landscape(genotype)["val_accuracy"] / 2}

    searcher = WarmStart(cells, seed=0, start=START, population_size=3, sample_size=3)
    child = list(search(searcher, prefers_the_start, budget=4))[3]
    assert child.proposal.parents and child.proposal.parents[0] < 3


def test_an_architecture_outside_the_space_is_refused(cells):
    with pytest.raises(ValueError, match=r"operation 7 on edge \(0, 2\)"):
        WarmStart(cells, start=[(0, 7, 0, 0, 0, 0)])


def test_a_start_by_parameters_is_ahead_after_the_first_population(open_table):
    bench = open_table("cifar100")
    params = dict(zip(bench.genotypes, bench.values("params")))

    def pool(seed):
        rng = np.random.default_rng(seed)
        return [bench.space.sample(rng) for _ in range(200)]

    def run(choose):
        histories = repeat(
            lambda seed: WarmStart(bench.space, seed, start=choose(pool(seed))[:20]), bench.evaluate, 30, range(80)
        )
        return incumbent_curves(histories, lambda genotype: bench.report(genotype)["val_accuracy"])[:, -1]

    band = difference_band(run(lambda cells: sorted(cells, key=params.get, reverse=True)), run(list))
    assert band.low > 0.2
