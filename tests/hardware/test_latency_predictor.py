"""What a predictor learns from measurements that really add up, and how its penalty is chosen."""

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor.hardware.predictor import PENALTIES, LatencyPredictor, latency_features, learning_curve

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
    x = np.hstack([latency_features(genotypes[:20]), np.ones((20, 1))]) / noisy[:, None]

    def left_out(penalty):
        errors = []
        for row in range(20):
            rest = np.delete(x, row, axis=0)
            weights = np.linalg.solve(rest.T @ rest + penalty * np.eye(x.shape[1]), rest.sum(axis=0))
            errors.append(1 - x[row] @ weights)
        return np.mean(np.square(errors))

    predictor = LatencyPredictor().fit(genotypes[:20], noisy)
    assert predictor.penalty == min(PENALTIES, key=left_out)
    weights = np.linalg.solve(x.T @ x + predictor.penalty * np.eye(x.shape[1]), x.sum(axis=0))
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
