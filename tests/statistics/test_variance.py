"""The variance of a grid in parts: against sums of squares written out, known effects, and noise alone."""

import numpy as np
import pytest

from nastutor.statistics import crossed_variance, share_bands


def test_two_by_two_by_hand():
    """Cell means 1, 2, 3, 8: effects of rows ±2, of columns ±1.5, and an interaction of ±1; noise has variance 0.02."""
    cells = np.array([[1.0, 2.0], [3.0, 8.0]])
    noiseless = np.stack([cells, cells], axis=2)
    assert crossed_variance(noiseless) == pytest.approx((4.0, 2.25, 1.0, 0.0))
    assert crossed_variance(noiseless).shares() == pytest.approx((400 / 7.25, 225 / 7.25, 100 / 7.25))
    noisy = crossed_variance(np.stack([cells - 0.1, cells + 0.1], axis=2))
    assert noisy == pytest.approx((4 - 0.0025, 2.25 - 0.0025, 1 - 0.0025, 0.02))


def test_the_parts_are_those_of_the_plain_sums_of_squares():
    """Fisher's table, with loops: each mean square less that of the error, over as many as it sums up."""
    values = np.random.default_rng(0).normal(size=(3, 4, 2)) + np.arange(4)[None, :, None]
    rows, columns, seeds = values.shape
    mean = values.mean()
    of_rows = sum(columns * seeds * (values[i].mean() - mean) ** 2 for i in range(rows))
    of_columns = sum(rows * seeds * (values[:, j].mean() - mean) ** 2 for j in range(columns))
    between = sum(seeds * (values[i, j].mean() - mean) ** 2 for i in range(rows) for j in range(columns))
    within = sum((values[i, j, k] - values[i, j].mean()) ** 2 for i, j, k in np.ndindex(values.shape))
    error = within / (rows * columns * (seeds - 1))
    expected = [
        (of_rows - (rows - 1) * error) / values.size,
        (of_columns - (columns - 1) * error) / values.size,
        (between - of_rows - of_columns - (rows - 1) * (columns - 1) * error) / values.size,
        error,
    ]
    assert crossed_variance(values) == pytest.approx(expected)


def test_noise_is_not_taken_for_an_effect():
    """Rows alone matter, and some cells are ten times as noisy: over many grids the other parts are zero on average."""
    rng = np.random.default_rng(1)
    spread = np.where(np.arange(5) == 2, 10.0, 1.0)[None, :, None]
    grids = [
        crossed_variance(np.array([-2.0, 2.0])[:, None, None] + spread * rng.normal(size=(2, 5, 3)))
        for _ in range(1500)
    ]
    means, errors = np.mean(grids, axis=0), np.std(grids, axis=0) / np.sqrt(len(grids))
    assert np.all(np.abs(means - [4.0, 0.0, 0.0, (4 + 100) / 5]) < 3 * errors)
    assert np.all(errors < [0.3, 0.3, 0.3, 0.5])


def test_intervals_of_shares_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    effects = np.arange(6)[:, None, None] + 2.0 * np.arange(5)[None, :, None] % 3
    truth = crossed_variance(np.repeat(effects, 2, axis=2)).shares()[0]
    bands = [share_bands(effects + rng.normal(size=(6, 5, 4)))[0] for _ in range(60)]
    assert 0.9 < np.mean([band.low <= truth <= band.high for band in bands]) <= 1


@pytest.mark.parametrize("shape", [(2, 2), (1, 3, 2), (3, 1, 2), (3, 3, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="at least two of each"):
        crossed_variance(np.zeros(shape))
    with pytest.raises(ValueError, match="at least two of each"):
        crossed_variance(np.full((2, 2, 2), np.nan))
    with pytest.raises(ValueError, match="at least three"):
        share_bands(np.zeros((2, 2, 2)))
