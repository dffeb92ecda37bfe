"""Choosing by the posterior mean: the curse of the winner undone where neighbours know better."""

import numpy as np

from nastutor import search
from nastutor.searchers import RandomSearch
from nastutor.statistics import bootstrap_band, posterior_mean
from nastutor.studies.searches import load_study


def test_a_number_that_its_neighbours_do_not_bear_out_is_not_chosen(cells):
    """More 3×3 convolutions are better here; one cell without any was lucky."""

    def evaluate(genotype):
        return {"val_accuracy": 100.0 if genotype == (0,) * 6 else 10.0 * genotype.count(3)}

    around = [(0,) * 6, *cells.neighbors((0,) * 6), (3,) * 6, *cells.neighbors((3,) * 6)]
    history = search(RandomSearch(cells).start_from(around), evaluate, len(around))
    assert history.best().genotype == (0,) * 6
    assert history.best(by=posterior_mean(cells)).genotype == (3,) * 6


def test_where_there_is_no_noise_it_chooses_among_the_best(cells):
    history = search(RandomSearch(cells, 0), lambda genotype: {"val_accuracy": float(genotype.count(3))}, 60)
    assert history.best(by=posterior_mean(cells)).value >= history.best().value - 1


def test_equivalent_architectures_are_one_point(cells):
    a = next(g for g in cells if cells.canonical(g) != g)
    genotypes = [a, cells.canonical(a), (3,) * 6, (1,) * 6]
    means = posterior_mean(cells)(genotypes, [1.0, 2.0, 3.0, 4.0])
    assert means[0] == means[1] and means.shape == (4,)


def test_it_is_worth_more_on_the_seeds_that_were_not_searched(open_table):
    """On ImageNet16-120, for searches that see many of the best cells; paired, since the runs are the same."""
    table, rows = open_table("ImageNet16-120"), load_study("ImageNet16-120", "BayesianSearch")[:20]
    seen, others = (table.values("val_accuracy", seeds)[rows] for seeds in ("search", "report"))
    means = posterior_mean(table.space)
    by_mean = [means([table.genotypes[row] for row in run], values) for run, values in zip(rows, seen)]
    luckiest, borne_out = (
        np.take_along_axis(others, np.argmax(scores, axis=1)[:, None], axis=1)[:, 0] for scores in (seen, by_mean)
    )
    assert bootstrap_band(borne_out - luckiest).low > 0
