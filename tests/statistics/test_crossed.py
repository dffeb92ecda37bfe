"""Bands for runs that share cells: against the plain bootstrap where nothing is shared, and against known truth."""

import numpy as np
import pytest

from nastutor.statistics import bootstrap_band, crossed_band, crossed_difference_band, difference_band

NOISE = 0.3


def width(band):
    return float(band.high - band.low)


def table(rng, cells, seeds, spread=NOISE):
    truth = rng.normal(90, spread, cells)
    return truth, truth[:, None] + rng.normal(0, NOISE, (cells, seeds))


def test_where_all_runs_end_on_one_cell_the_band_is_its_training_noise():
    rng = np.random.default_rng(0)
    _, trained = table(rng, 400, 4)
    band = crossed_band(np.tile(trained[0], (30, 1)), ["same"] * 30, pool=trained)
    assert width(bootstrap_band(np.full(30, trained[0].mean()))) == pytest.approx(0, abs=1e-9)
    assert width(band) == pytest.approx(2 * 1.96 * NOISE / 2, rel=0.1)
    assert band.mean == pytest.approx(trained[0].mean())


def test_where_all_end_on_different_cells_it_is_the_plain_band_and_the_noise_once_more():
    """The cells' means already vary by their noise: the variances of the two add."""
    rng = np.random.default_rng(1)
    _, trained = table(rng, 300, 3, spread=1.0)
    plain, crossed = bootstrap_band(trained.mean(axis=1)), crossed_band(trained, range(300))
    assert crossed.mean == pytest.approx(plain.mean)
    assert width(crossed) == pytest.approx(np.hypot(width(plain), 2 * 1.96 * NOISE / np.sqrt(900)), rel=0.1)


@pytest.mark.parametrize("seeds", [2, 3])
@pytest.mark.parametrize("cells", [1, 3, 10])
def test_it_covers_the_truth_where_the_plain_band_does_not(cells, seeds):
    """30 runs on few cells, 150 times: the expected true accuracy of where the searcher ends."""
    rng = np.random.default_rng(cells)
    pool = table(rng, 100, seeds)[1]
    covered = {"crossed": 0, "plain": 0}
    for _ in range(150):
        truth, trained = table(rng, cells, seeds)
        chance = rng.dirichlet(np.full(cells, 2.0))
        ends = rng.choice(cells, 30, p=chance)
        crossed = crossed_band(trained[ends], ends.tolist(), pool, resamples=200)
        plain = bootstrap_band(trained[ends].mean(axis=1), resamples=300)
        for name, band in (("crossed", crossed), ("plain", plain)):
            covered[name] += bool(band.low <= truth @ chance <= band.high)
    assert covered["crossed"] > 0.9 * 150
    assert covered["plain"] < 0.85 * 150


def test_noise_that_two_methods_share_is_not_in_their_difference():
    rng = np.random.default_rng(3)
    _, trained = table(rng, 2, 3)
    a, b = [0] * 30, [0] * 20
    assert width(crossed_difference_band(trained[a], a, trained[b], b)) == pytest.approx(0, abs=1e-9)
    other = crossed_difference_band(trained[a], a, trained[[1] * 20], [1] * 20)
    assert other.mean == pytest.approx(trained[0].mean() - trained[1].mean()) and width(other) > 0


def test_the_difference_of_runs_on_many_cells_is_about_the_plain_one():
    rng = np.random.default_rng(4)
    _, trained = table(rng, 200, 3, spread=1.0)
    crossed = crossed_difference_band(trained[:120], range(120), trained[120:], range(120, 200))
    plain = difference_band(trained[:120].mean(axis=1), trained[120:].mean(axis=1))
    assert crossed.mean == pytest.approx(plain.mean)
    assert width(plain) < width(crossed) < 1.2 * width(plain)


def test_seeds_that_were_not_trained_are_left_out():
    rows = np.array([[1.0, 3.0, np.nan], [1.0, 3.0, np.nan], [5.0, np.nan, np.nan]])
    band = crossed_band(rows, ["a", "a", "b"])
    assert band.mean == pytest.approx((2 + 2 + 5) / 3)


def test_a_benchmark_gives_the_seeds_that_were_not_searched(open_table):
    bench = open_table("cifar100")
    cell = (3, 3, 3, 1, 2, 3)
    assert np.nanmean(bench.report_seeds(cell)) == pytest.approx(bench.report(cell)["val_accuracy"])
    assert len(bench.report_seeds(cell)) == bench.seeds - 1
    with pytest.raises(ValueError, match="no metric 'params' by seed: choose one of val_accuracy"):
        bench.report_seeds(cell, "params")


@pytest.mark.parametrize(
    ("values", "cells", "message"),
    [
        ([[1.0, 2.0]], ["a"], "at least two runs"),
        ([1.0, 2.0], ["a", "b"], r"got shape \(2,\)"),
        ([[1.0, 2.0]] * 2, ["a"], "1 cells"),
        ([[1.0, 2.0], [1.0, 3.0]], ["a", "a"], "give equal rows for equal cells"),
        ([[np.nan, np.nan], [1.0, 3.0]], ["a", "b"], "run 0 ends on a cell that no seed was trained of"),
        ([[1.0], [2.0]], ["a", "b"], "nothing is known of the noise"),
    ],
)
def test_what_cannot_be_is_refused(values, cells, message):
    with pytest.raises(ValueError, match=message):
        crossed_band(values, cells)
