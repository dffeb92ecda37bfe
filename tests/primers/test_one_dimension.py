import numpy as np
import pytest

from nastutor.primers.one_dimension import GRID, START, acquire, gaussian_process, hidden_function, observe


def test_a_gaussian_process_goes_through_its_observations_and_knows_nothing_far_away():
    x = np.array([0.1, 0.15, 0.3])
    y = np.array([1.0, 2.0, 0.0])
    mean, deviation = gaussian_process(x, y, np.append(x, 1.0), length=0.05, deviation=0.7)
    assert np.allclose(mean[:3], y, atol=1e-5) and np.allclose(deviation[:3], 0, atol=1e-3)
    assert mean[3] == pytest.approx(y.mean()) and deviation[3] == pytest.approx(0.7)


def test_a_gaussian_process_between_two_points_agrees_with_the_formula_by_hand():
    """Two observations a and b at distances d from the place asked: mean = k·(a + b)/(1 + c), c their correlation."""
    k, c = np.exp(-0.5), np.exp(-2.0)
    mean, deviation = gaussian_process(np.array([0.0, 2.0]), np.array([-1.0, 1.0]), np.array([0.5]), 1.0, 1.0)
    near, far = np.exp(-0.125), np.exp(-1.125)
    assert mean[0] == pytest.approx((far - near) / (1 - c), abs=1e-6)
    middle = gaussian_process(np.array([0.0, 2.0]), np.array([-1.0, 1.0]), np.array([1.0]), 1.0, 1.0)[1]
    assert middle[0] == pytest.approx(np.sqrt(1 - 2 * k**2 / (1 + c)), abs=1e-6)
    assert 0 < deviation[0] < middle[0]


@pytest.mark.parametrize("acquisition", ["ucb", "ei", "its", "mean"])
def test_a_search_observes_each_point_once_and_a_longer_one_goes_on_from_a_shorter_one(acquisition):
    pytest.importorskip("torch")
    long = observe(12, acquisition)
    assert len(set(long)) == 12 and set(long) <= set(GRID)
    assert np.array_equal(long[:7], observe(7, acquisition))
    assert np.allclose(long[:3], START)


def test_without_exploring_the_nearer_hill_is_all_that_is_found():
    pytest.importorskip("torch")
    top = hidden_function(GRID).max()
    assert hidden_function(observe(12, "mean")).max() < 0.65 < 0.95 < top
    for acquisition in ("ucb", "ei", "its"):
        assert hidden_function(observe(12, acquisition)).max() > 0.95 * top


def test_beta_weighs_the_deviation_and_only_for_ucb():
    pytest.importorskip("torch")
    x = GRID[[20, 60, 100]]
    mean, deviation = gaussian_process(x, hidden_function(x), GRID)
    free = ~np.isin(GRID, x)
    for beta in (0.0, 2.0):
        assert np.allclose(acquire(x, "ucb", beta)[free], (mean + beta * deviation)[free])
    assert np.array_equal(acquire(x, "ei", 0.0), acquire(x, "ei", 2.0))
    assert np.all(acquire(x, "ucb")[~free] == -np.inf)


@pytest.mark.parametrize("count", [2, 202])
def test_too_few_and_too_many_observations_are_refused(count):
    with pytest.raises(ValueError, match=r"choose 3…201"):
        observe(count, "ucb")


def test_an_unknown_acquisition_is_refused_with_the_list():
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match=r"'luck': choose one of its, ucb, ei, mean"):
        observe(5, "luck")
