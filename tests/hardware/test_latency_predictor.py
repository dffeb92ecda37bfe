"""What a predictor learns from measurements that really add up, and how its penalty is chosen."""

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.hardware.devices import DEVICES
from nastutor.hardware.lookup_table import without_dead_edges
from nastutor.hardware.predictor import (
    PENALTIES,
    LatencyPredictor,
    features_of_all_edges,
    latency_features,
    learning_curve,
)
from nastutor.searchers.gaussian_process import GaussianProcess
from nastutor.statistics import rank_correlation

EDGES = np.random.default_rng(1).uniform(0.1, 2, (6, 5))


@pytest.fixture(scope="module")
def measured(cells):
    """160 cells whose latency is a sum over the edges, exactly."""
    rng = np.random.default_rng(0)
    genotypes = [cells.sample(rng) for _ in range(160)]
    features = latency_features(genotypes)[:, 5:]
    return genotypes, 0.5 + features @ EDGES.ravel()


def test_features_are_counts_and_choices_without_dead_edges():
    features = latency_features([(3, 0, 0, 1, 0, 3), (4, 4, 4, 4, 4, 2)])
    assert features.shape == (2, 35)
    assert features[:, :5].tolist() == [[5, 1, 0, 0, 0], [0, 0, 1, 0, 5]]
    assert (features[:, 5:].sum(axis=1) == 6).all()


def test_latencies_that_add_up_are_learnt(measured):
    genotypes, times = measured
    predictor = LatencyPredictor().fit(genotypes[:100], times[:100])
    assert np.abs(predictor.predict(genotypes[100:]) / times[100:] - 1).max() < 1e-3


def test_the_penalty_is_the_one_with_the_least_error_when_each_is_left_out(measured):
    genotypes, times = measured
    noisy = times[:20] * np.random.default_rng(0).normal(1, 0.1, 20)
    scale = np.maximum(noisy, np.median(noisy) / 2)
    x = np.hstack([latency_features(genotypes[:20]), np.ones((20, 1))]) / scale[:, None]
    y = noisy / scale

    def left_out(penalty):
        errors = []
        for row in range(20):
            rest, others = np.delete(x, row, axis=0), np.delete(y, row)
            weights = np.linalg.solve(rest.T @ rest + penalty * np.eye(x.shape[1]), rest.T @ others)
            errors.append(y[row] - x[row] @ weights)
        return np.mean(np.square(errors))

    predictor = LatencyPredictor(latency_features).fit(genotypes[:20], noisy)
    assert predictor.penalty == min(PENALTIES, key=left_out)
    weights = np.linalg.solve(x.T @ x + predictor.penalty * np.eye(x.shape[1]), x.T @ y)
    assert predictor.weights == pytest.approx(weights, abs=1e-6)


def test_two_measurements_of_one_cell_teach_that_cell(cells):
    predictor = LatencyPredictor().fit([(3,) * 6, (3,) * 6], [4.0, 4.0])
    assert predictor.predict([(3,) * 6])[0] == pytest.approx(4, rel=1e-3)


def test_more_measurements_predict_better(measured):
    errors, correlations = learning_curve(*measured, counts=(4, 16, 64), subsets=5, tests=60)
    assert errors.shape == correlations.shape == (5, 3)
    assert (np.diff(errors.mean(axis=0)) < 0).all() and (np.diff(correlations.mean(axis=0)) > 0).all()
    again, _ = learning_curve(*measured, counts=(4, 16, 64), subsets=5, tests=60)
    assert again.tolist() == errors.tolist()


@pytest.mark.parametrize(
    ("genotypes", "times", "message"),
    [
        ([(3,) * 6], [1.0], "give a latency for each of 2 or more"),
        ([(3,) * 6] * 2, [1.0], "give a latency for each"),
        ([(3,) * 6] * 2, [1.0, 0.0], "above 0 ms"),
        ([(3,) * 6] * 2, [1.0, float("nan")], "finite"),
        ([(3,) * 6, (9,) * 6], [1.0, 1.0], "operation 9"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(genotypes, times, message):
    with pytest.raises(ValueError, match=message):
        LatencyPredictor().fit(genotypes, times)


def test_nothing_is_predicted_before_something_was_learnt():
    with pytest.raises(ValueError, match="call fit first"):
        LatencyPredictor().predict([(3,) * 6])


@pytest.mark.parametrize("counts", [(), (1, 4), (4, 200)])
def test_counts_that_the_measurements_do_not_allow_are_refused(measured, counts):
    with pytest.raises(ValueError, match=r"choose from 2…100"):
        learning_curve(*measured, counts=counts, tests=60)


def modelled(cells, device, pays_for_dead_edges):
    """300 cells on a modelled device, without the network around them; 3 % of noise."""
    rng = np.random.default_rng(2)
    genotypes = [cells.sample(rng) for _ in range(300)]
    costing = genotypes if pays_for_dead_edges else [without_dead_edges(genotype) for genotype in genotypes]
    edges = DEVICES[device].cell_latencies().edges[np.arange(6), np.array(costing)].sum(axis=1)
    return genotypes, (edges + 1e-3 * edges.max()) * np.exp(rng.normal(0, 0.03, 300))


def plain_ridge(x, y):
    """Ridge regression for absolute errors; its penalty, too, is chosen by leaving one out."""
    x = np.hstack([x, np.ones((len(x), 1))])
    u, s, vt = np.linalg.svd(x, full_matrices=False)

    def left_out(penalty):
        shrink = s**2 / (s**2 + penalty)
        return np.mean(((y - u @ (shrink * (u.T @ y))) / np.maximum(1 - (u**2) @ shrink, 1e-12)) ** 2)

    penalty = min(PENALTIES, key=left_out)
    weights = vt.T @ (s / (s**2 + penalty) * (u.T @ y))
    return lambda rows: rows @ weights[:-1] + weights[-1]


def compared(genotypes, times, count, subsets=8, tests=150):
    """Mean rank correlation and mean median error, percent, of the predictor, plain ridge and a Gaussian process."""
    x, pool = latency_features(genotypes), len(genotypes) - tests
    found = []
    for subset in range(subsets):
        rows = np.random.default_rng(subset).permutation(pool)[:count]
        predictor = LatencyPredictor().fit([genotypes[i] for i in rows], times[rows])
        process = GaussianProcess(x[rows], times[rows])
        answers = [
            predictor.predict(genotypes[pool:]),
            plain_ridge(x[rows], times[rows])(x[pool:]),
            process.predict(x[pool:])[0],
        ]
        errors = [100 * np.median(np.abs(each / times[pool:] - 1)) for each in answers]
        found.append([[rank_correlation(each, times[pool:]) for each in answers], errors])
    return np.mean(found, axis=0)


@pytest.mark.parametrize("count", [32, 128])
@pytest.mark.parametrize("pays", [False, True], ids=["dead edges are free", "dead edges cost"])
@pytest.mark.parametrize("device", DEVICES)
def test_it_is_never_behind_ridge_where_latencies_span_orders_of_magnitude(device, pays, count, cells):
    genotypes, times = modelled(cells, device, pays)
    assert pays or times.max() / times.min() > 1000
    (ours, ridge, process), (our_error, ridge_error, _) = compared(genotypes, times, count)
    assert ours > ridge - 0.003 and our_error < 1.05 * ridge_error, (ours, ridge, process, our_error, ridge_error)
    if pays:
        assert ours > ridge + 0.05 and ours > process


def test_whether_dead_edges_cost_is_learnt(cells):
    for pays, expected in [(False, latency_features), (True, features_of_all_edges)]:
        genotypes, times = modelled(cells, "phone", pays)
        predictor = LatencyPredictor().fit(genotypes[:64], times[:64])
        assert predictor.described_by is expected
        live, with_dead = predictor.predict([(0, 0, 0, 3, 0, 0), (3, 0, 0, 3, 0, 0)])
        assert (with_dead > 1.5 * live) if pays else with_dead == live


def test_features_that_are_none_are_refused():
    for features in ((), None, (3,)):
        with pytest.raises(TypeError, match=r"features .*give a"):
            LatencyPredictor(features)
