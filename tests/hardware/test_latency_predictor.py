"""What a predictor learns from measurements that really add up, and how its penalty is chosen."""

from functools import partial

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.hardware.devices import DEVICES
from nastutor.hardware.lookup_table import without_dead_edges
from nastutor.hardware.predictor import (
    DESCRIPTIONS,
    PENALTIES,
    LatencyPredictor,
    ProcessPredictor,
    counts_of_all_edges,
    counts_of_live_edges,
    counts_without_repeats,
    features_of_all_edges,
    latency_features,
    learning_curve,
)
from nastutor.studies.latencies import load_latencies
from nastutor.studies.runtimes import RUNTIMES, load_runtimes

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
    return genotypes, DEVICES[device].cell_latencies().alone(costing, noise=0.03)


RIDGE = partial(LatencyPredictor, relative=False)


def means(genotypes, times, count, tests, told, subsets=5):
    """Mean error, percent, and rank correlation: the predictor, and ridge and a Gaussian process, told what costs."""
    kinds = [
        (DESCRIPTIONS, LatencyPredictor), (told, RIDGE), (lambda cells: told(cells)[:, 5:], ProcessPredictor),
    ]  # fmt: skip
    curves = [
        learning_curve(genotypes, times, (count,), subsets, tests, features=features, kind=kind)
        for features, kind in kinds
    ]
    return np.mean(curves, axis=(2, 3)).T  # (2, kinds)


@pytest.mark.parametrize("count", [32, 128])
@pytest.mark.parametrize("pays", [False, True], ids=["dead edges are free", "dead edges cost"])
@pytest.mark.parametrize("device", DEVICES)
def test_it_is_never_behind_ridge_where_latencies_span_orders_of_magnitude(device, pays, count, cells):
    genotypes, times = modelled(cells, device, pays)
    assert pays or times.max() / times.min() > 900
    told = features_of_all_edges if pays else latency_features
    (error, ridge_error, _), (ours, ridge, process) = means(genotypes, times, count, 150, told)
    # Both are near what 3 % of noise allows, where 150 cells tell ranks apart by some thousandths.
    assert ours > max(ridge, process) - 0.002 and error < ridge_error


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_it_is_never_behind_ridge_on_a_measured_runtime(runtime):
    stored = load_runtimes()
    errors, correlations = means(stored.genotypes, stored.milliseconds[runtime], 32, 60, latency_features)
    assert correlations[0] > correlations[1:].max() and errors[0] < errors[1:].min()


@pytest.mark.parametrize("count", [32, 128])
@pytest.mark.parametrize("plan", ["nasbench201", "glyphs"])
def test_it_is_never_behind_ridge_on_a_measured_network(plan, count):
    stored = load_latencies(plan)
    errors, correlations = means(stored.genotypes, stored.milliseconds, count, 200, latency_features)
    assert correlations[0] > correlations[1:].max() and errors[0] < errors[1:].min()


def test_whether_dead_edges_cost_is_learnt(cells):
    for pays in (False, True):
        genotypes, times = modelled(cells, "phone", pays)
        predictor = LatencyPredictor().fit(genotypes[:64], times[:64])
        live, with_dead = predictor.predict([(0, 0, 0, 3, 0, 0), (3, 0, 0, 3, 0, 0)])
        assert (with_dead > 1.5 * live) if pays else with_dead == live


def test_that_a_runtime_computes_equal_poolings_once_is_learnt(cells):
    """Two poolings of the cell's input that end in one node, and two of different nodes."""
    rng = np.random.default_rng(0)
    genotypes = [cells.sample(rng) for _ in range(100)]
    once = 0.1 + counts_without_repeats(genotypes) @ [0, 0.1, 0.5, 2, 1]
    predictor = LatencyPredictor().fit(genotypes, once)
    assert predictor.described_by is counts_without_repeats
    equal, different = predictor.predict([(4, 4, 0, 0, 1, 1), (4, 0, 4, 0, 0, 1)])
    assert different - equal == pytest.approx(1 - 0.1, abs=0.02)  # a pooling more, a skip less


def test_counts_are_of_what_is_alive_of_all_or_without_repeats():
    cell = (4, 4, 2, 4, 0, 4)  # 0→1, 0→2, 1→2, 0→3, 1→3, 2→3
    assert counts_of_live_edges([cell, (3, 0, 0, 1, 0, 0)]).tolist() == [[1, 0, 1, 0, 4], [5, 1, 0, 0, 0]]
    assert counts_of_all_edges([cell, (3, 0, 0, 1, 0, 0)]).tolist() == [[1, 0, 1, 0, 4], [4, 1, 0, 1, 0]]
    assert counts_without_repeats([cell, (3, 0, 0, 1, 0, 0)]).tolist() == [[1, 0, 1, 0, 2], [5, 1, 0, 0, 0]]


def test_features_that_are_none_are_refused():
    for features in ((), None, (3,)):
        with pytest.raises(TypeError, match=r"features .*give a"):
            LatencyPredictor(features)
