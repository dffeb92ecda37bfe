"""Bayesian search of two objectives: the expected improvement against its definition, and what the search finds."""

import numpy as np
import pytest

from nastutor import search
from nastutor.objectives.pareto import hypervolume, is_nondominated
from nastutor.searchers import BayesianParetoSearch
from nastutor.searchers.acquisition import expected_hypervolume_improvement
from nastutor.searchers.bayesian_pareto import robust_targets
from nastutor.spaces import LayerwiseSpace

OBJECTIVES = ("val_accuracy", "-latency_ms")
FRONT = np.array([[1.0, 4.0], [2.0, 3.0], [4.0, 1.0], [1.0, 1.0]])
REFERENCE = np.zeros(2)


def gain(point):
    """By how much one point raises the hypervolume of the front."""
    return hypervolume(np.vstack([FRONT, point]), REFERENCE) - hypervolume(FRONT, REFERENCE)


def test_what_is_certain_is_expected_to_bring_what_it_brings():
    points = np.array([[3.0, 2.0], [5.0, 0.5], [0.5, 6.0], [1.0, 1.0], [-1.0, 9.0], [6.0, 6.0]])
    found = expected_hypervolume_improvement(points, np.zeros((6, 2)), FRONT, REFERENCE)
    np.testing.assert_allclose(found, [gain(point) for point in points], atol=1e-6)


@pytest.mark.parametrize("mean", [(2.5, 2.5), (0.0, 0.0), (5.0, -1.0)])
def test_it_is_the_mean_over_draws(mean):
    rng = np.random.default_rng(0)
    mean, std = np.array([mean]), np.array([[0.8, 1.5]])
    draws = [gain(point) for point in rng.normal(mean, std, (2_000, 2))]
    (found,) = expected_hypervolume_improvement(mean, std, FRONT, REFERENCE)
    assert abs(found - np.mean(draws)) < 4 * np.std(draws) / np.sqrt(len(draws))


def test_an_empty_front_leaves_the_product_of_what_exceeds_the_reference():
    found = expected_hypervolume_improvement(np.array([[2.0, 3.0]]), np.zeros((1, 2)), FRONT, np.array([9.0, 9.0]))
    np.testing.assert_allclose(found, [0.0], atol=1e-6)
    found = expected_hypervolume_improvement(np.array([[11.0, 12.0]]), np.zeros((1, 2)), FRONT, np.array([9.0, 9.0]))
    np.testing.assert_allclose(found, [6.0], atol=1e-6)


def test_targets_forget_how_bad_the_bad_ones_are_and_what_breaks_limits_is_worst():
    values = np.column_stack([[10.0, 80, 84, 86, 88, 90], [1.0, 2, 3, 4, 5, 6]])
    targets = robust_targets(values, np.zeros(6))
    worse = values.copy()
    worse[0, 0] = -1000
    np.testing.assert_allclose(robust_targets(worse, np.zeros(6)), targets)
    np.testing.assert_allclose(targets.mean(axis=0), 0, atol=1e-12)
    limited = robust_targets(values, np.array([0, 0, 0, 0, 0, 3.0]))
    assert (limited[5] == limited[:5].min(axis=0)).all()
    alone = robust_targets(values, np.arange(1.0, 7.0))
    assert (np.diff(alone[:, 0]) <= 0).all() and alone[0, 0] > alone[5, 0]


def test_equal_values_are_no_trouble(cells):
    run = search(BayesianParetoSearch(cells, 0), lambda genotype: {"a": 1.0, "b": 2.0}, 30, ("a", "b"), progress=False)
    assert len({record.genotype for record in run}) == 30


def test_models_propose_canonical_cells_and_then_neighbours_of_the_archive(cells, landscape):
    searcher = BayesianParetoSearch(cells, seed=1, model_until=40)
    run = list(search(searcher, landscape, 80, OBJECTIVES, progress=False))
    assert all(cells.canonical(record.genotype) == record.genotype for record in run[:40])
    assert any(cells.canonical(record.genotype) != record.genotype for record in run[40:])
    for place, record in enumerate(run[40:], 40):
        (parent,) = record.proposal.parents
        assert is_nondominated(np.array([earlier.value for earlier in run[:place]]))[parent]
    assert len({record.genotype for record in run}) == 80


def test_constraints_are_learnt(cells, landscape):
    limits = {"latency_ms": (None, 5.0)}
    searcher = BayesianParetoSearch(cells, seed=3, model_until=60)
    run = search(searcher, landscape, 60, OBJECTIVES, constraints=limits, progress=False)
    kept = [record.violation == 0 for record in run]
    assert np.mean(kept[30:]) > 3 * np.mean([sum(genotype) <= 5 for genotype in cells])


def test_a_search_goes_on_from_its_log(cells, landscape, tmp_path):
    def run(budget, **options):
        searcher = BayesianParetoSearch(cells, 4, model_until=30)
        return search(searcher, landscape, budget, OBJECTIVES, progress=False, **options)

    run(25, log=tmp_path / "run.jsonl")
    continued = run(50, log=tmp_path / "run.jsonl")
    assert [record.proposal for record in continued] == [record.proposal for record in run(50)]


def test_a_space_too_large_to_score_is_searched_as_well():
    space = LayerwiseSpace.small()

    def costs(genotype):
        return {"a": float(sum(genotype[::2])), "b": -float(sum(genotype[1::2])) + genotype[0]}

    run = search(BayesianParetoSearch(space, 5, model_until=40, candidates=100), costs, 60, ("a", "b"), progress=False)
    assert len({record.genotype for record in run}) == 60
    assert any(record.proposal.parents for record in list(run)[10:40])


def test_a_run_of_failures_ends(cells):
    searcher = BayesianParetoSearch(cells, 5, model_until=20)
    run = search(searcher, lambda genotype: 1 / 0, 60, OBJECTIVES, on_error="record", progress=False)
    assert len(run) == 60


def test_one_or_three_objectives_are_refused(cells):
    searcher = BayesianParetoSearch(cells)
    with pytest.raises(ValueError, match="BayesianParetoSearch needs several objectives, got one"):
        searcher.tell(searcher.ask(), 1.0)
    with pytest.raises(ValueError, match="takes two objectives, got 3; NSGA2 takes more"):
        searcher.tell(searcher.ask(), (1.0, 2.0, 3.0))
