"""Bayesian search: the Gaussian process against the textbook, quality on real data, and what it does with failures."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from nastutor import repeat, search
from nastutor.networks.ranks import normal_scores
from nastutor.searchers import BayesianSearch, LargestFirst, RandomSearch
from nastutor.searchers.gaussian_process import LENGTHS, NOISES, GaussianProcess, matern
from nastutor.spaces import LayerwiseSpace, SearchSpace, Variable
from nastutor.spaces.encodings import one_hot
from nastutor.statistics import difference_band

SECRET = (3, 2, 1, 4, 2, 3)
CHAINS = LayerwiseSpace.small()


def planted(genotype):
    """The number of edges that agree with a secret cell, in percent."""
    return {"val_accuracy": 100 * sum(a == b for a, b in zip(genotype, SECRET)) / len(SECRET)}


def genotypes(history):
    return [record.genotype for record in history]


# The model


def kernel(a, b, length):
    """The same from the definition, on genotypes: a Hamming distance instead of products of one-hot rows."""
    return matern(np.sqrt((np.array(a)[:, None] != np.array(b)).sum(axis=2)), length)


def sampled(cells, n, seed=0):
    rng = np.random.default_rng(seed)
    found = list(dict.fromkeys(cells.sample(rng) for _ in range(2 * n)))[:n]
    return found, rng


def test_predictions_are_those_of_the_normal_distribution_given_the_data(cells):
    known, rng = sampled(cells, 20)
    others, _ = sampled(cells, 7, seed=1)
    targets = rng.normal(size=20)
    model = GaussianProcess(one_hot(cells, known), targets)
    covariance = kernel(known, known, model.length) + model.noise * np.eye(20)
    across = kernel(known, others, model.length)
    mean, std = model.predict(one_hot(cells, others))
    np.testing.assert_allclose(mean, across.T @ np.linalg.solve(covariance, targets), atol=1e-8)
    assert model.variance == pytest.approx(targets @ np.linalg.solve(covariance, targets) / 20)
    left = 1 - np.einsum("ij,ij->j", across, np.linalg.solve(covariance, across))
    np.testing.assert_allclose(std, np.sqrt(model.variance * left), atol=1e-8)


def test_length_and_noise_are_the_most_likely_of_the_grid(cells):
    known, rng = sampled(cells, 30)
    targets = stats.zscore(rng.normal(size=30) + 2 * np.array([genotype.count(3) for genotype in known]))
    model = GaussianProcess(one_hot(cells, known), targets)
    likelihood = {}
    for length in LENGTHS:
        for noise in NOISES:
            shape = kernel(known, known, length) + noise * np.eye(30)
            variance = targets @ np.linalg.solve(shape, targets) / 30
            density = stats.multivariate_normal(np.zeros(30), variance * shape)
            likelihood[length, noise] = density.logpdf(targets)
    assert max(likelihood, key=likelihood.get) == (model.length, model.noise)


def test_the_kernel_is_that_of_the_book():
    distances = cdist(np.arange(5.0)[:, None], np.arange(5.0)[:, None])
    r = np.sqrt(5) * distances / 1.7
    np.testing.assert_allclose(matern(distances, 1.7), (1 + r + r**2 / 3) * np.exp(-r))
    assert matern(np.array(0.0), 2.0) == 1
    assert (np.linalg.eigvalsh(matern(distances, 1.7)) > 0).all()


def test_what_is_known_is_less_uncertain_and_what_differs_more_the_more_it_differs(cells):
    known, rng = sampled(cells, 30)
    model = GaussianProcess(one_hot(cells, known), rng.normal(size=30))
    _, std = model.predict(one_hot(cells, [known[0], cells.neighbors(known[0])[0]]))
    assert std[0] < std[1] < np.sqrt(model.variance)


def test_normal_scores_are_quantiles_by_rank():
    scores = normal_scores([(0.0, 3.0), (-1.0, 9.0), (0.0, 1.0)])
    np.testing.assert_allclose(scores, stats.norm.ppf([5 / 6, 1 / 6, 1 / 2]), atol=1e-12)


# Searching


@pytest.mark.parametrize("acquisition", ["ei", "its", "ucb", "mean"])
def test_it_solves_a_planted_problem_on_cells(cells, acquisition):
    """Random search finds one class in 5,260; this takes 50 evaluations."""
    searcher = BayesianSearch(cells, seed=0, acquisition=acquisition)
    assert search(searcher, planted, 50).best().genotype == SECRET


@pytest.mark.parametrize("encoding", ["path", "adjacency"])
def test_other_encodings_of_cells_lead_to_better_cells_than_chance(open_table, encoding):
    table = open_table("cifar10")
    searcher = BayesianSearch(table.space, seed=0, encoding=encoding)
    values = [record.value for record in search(searcher, table.evaluate, 40)]
    assert np.median(values[10:]) > np.median(values[:10]) + 0.5


def test_it_beats_random_search_after_50_evaluations(open_table):
    """On the seeds that were not searched."""
    table = open_table("cifar100")

    def final(method, runs):
        histories = repeat(lambda seed: method(table.space, seed), table.evaluate, 50, range(runs))
        return [table.report(history.best().genotype)["val_accuracy"] for history in histories]

    assert difference_band(final(BayesianSearch, 6), final(RandomSearch, 40)).low > 0.3


def test_the_largest_first_it_is_where_largest_first_is_and_goes_on(open_table):
    table = open_table("cifar100")
    order = LargestFirst(table.space, seed=3).order
    searcher = BayesianSearch(table.space, seed=3).start_from(order[:25])
    history = search(searcher, table.evaluate, 60)
    assert genotypes(history)[:25] == order[:25]
    assert history.best().value > max(record.value for record in history[:25])


def test_it_climbs_in_a_space_that_is_too_large_to_score():
    def filters(genotype):
        return {"val_accuracy": float(sum(layer.get("filters", 0) for layer in CHAINS.decode(genotype)))}

    history = search(BayesianSearch(CHAINS, seed=0, candidates=100), filters, 40)
    assert history.best().value > search(RandomSearch(CHAINS, seed=0), filters, 40).best().value
    assert any(record.proposal.parents for record in history[10:])


@pytest.mark.parametrize("canonical", [True, False])
def test_nothing_is_proposed_twice_and_equivalents_only_if_wanted(cells, landscape, canonical):
    history = search(BayesianSearch(cells, seed=0, canonical=canonical, batch_size=10), landscape, 200)
    assert len(set(genotypes(history))) == 200
    assert (len({cells.canonical(genotype) for genotype in genotypes(history)}) == 200) == canonical


def test_it_visits_a_whole_space_once_and_finishes(chains, landscape):
    searcher = BayesianSearch(chains, seed=0)
    assert sorted(genotypes(search(searcher, landscape, 1000))) == list(chains)
    assert searcher.ask() is None


def test_equal_scores_go_to_the_smaller_genotype():
    """Where all that is known is equal, and so is all that is not, nothing but the order decides."""
    space = SearchSpace(Variable(f"x{i}", range(4)) for i in range(3))
    searcher = BayesianSearch(space, seed=0, initial=2).start_from([(0, 0, 0), (3, 3, 3)])
    history = search(searcher, lambda genotype: {"val_accuracy": 1.0}, 3)
    farthest = [g for g in space if not set(g) & {0, 3}]
    assert history[2].genotype == min(farthest)


def test_infeasible_architectures_rank_below_feasible_ones(cells):
    def evaluate(genotype):
        return planted(genotype) | {"params": float(genotype.count(3))}

    searcher = BayesianSearch(cells, seed=0, acquisition="mean")
    history = search(searcher, evaluate, 60, constraints={"params": (None, 0)})
    assert np.mean([record.violation == 0 for record in history[30:]]) > 0.6
    assert history.best().genotype.count(3) == 0


def test_failures_are_not_learnt_from(cells):
    def evaluate(genotype):
        if genotype[0] == 3:
            raise MemoryError("does not fit")
        return planted(genotype)

    searcher = BayesianSearch(cells, seed=0)
    history = search(searcher, evaluate, 60, on_error="record")
    failed = {record.genotype for record in history if record.value is None}
    assert failed and not failed & set(searcher.scores) and len(history) == 60


def test_what_it_predicts_orders_what_it_has_not_seen(open_table):
    table = open_table("cifar10")
    searcher = BayesianSearch(table.space, seed=0)
    with pytest.raises(ValueError, match="0 results so far: predictions need at least 2"):
        searcher.predict([SECRET])
    search(searcher, table.evaluate, 60)
    mean, std = searcher.predict(table.genotypes)
    assert mean.shape == std.shape == (15_625,) and (std > 0).all()
    assert stats.spearmanr(mean, table.values("val_accuracy")).statistic > 0.5


def test_a_resumed_search_equals_the_uninterrupted_one(tmp_path, cells, landscape):
    def run(budget, log=None):
        return genotypes(search(BayesianSearch(cells, seed=3), landscape, budget, log=log))

    run(17, tmp_path / "log.jsonl")
    assert run(30, tmp_path / "log.jsonl") == run(30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "ordinal"}, "encoding 'ordinal': choose one of one_hot, path, adjacency"),
        ({"acquisition": "pi"}, "acquisition 'pi': choose one of its, ucb, ei, mean"),
        ({"initial": 1}, "initial 1: give a whole number, at least 2"),
        ({"batch_size": 20, "candidates": 19}, "candidates 19: give a whole number, at least 20"),
    ],
)
def test_arguments_out_of_range_are_refused(cells, options, message):
    with pytest.raises(ValueError, match=message):
        BayesianSearch(cells, **options)
