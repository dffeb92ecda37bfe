import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.primers.one_dimension import GRID, acquire, observe


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("acquisition", ["ucb", "ei", "its", "mean"])
def test_the_arrow_points_at_what_is_observed_next(acquisition):
    pytest.importorskip("torch")
    figure = plots.plot_acquisition(6, acquisition)
    (arrow,) = (line for line in figure.axes[1].get_lines() if line.get_marker() == "v")
    assert arrow.get_xdata() == observe(7, acquisition)[-1]
    assert arrow.get_ydata() == acquire(observe(6, acquisition), acquisition).max()
    (dots,) = (line for line in figure.axes[0].get_lines() if line.get_marker() == "o")
    assert np.array_equal(dots.get_xdata(), observe(6, acquisition))


def test_the_band_is_two_deviations_and_closes_at_the_observations():
    pytest.importorskip("torch")
    figure = plots.plot_acquisition(5, "ucb", figure=plt.figure())
    (band,) = figure.axes[0].collections
    corners = band.get_paths()[0].vertices
    widths = {x: np.ptp(corners[np.isclose(corners[:, 0], x), 1]) for x in GRID}
    assert all(widths[x] < 1e-3 for x in observe(5, "ucb"))
    assert max(widths.values()) > 1


@pytest.mark.parametrize("observations", [5, 10])
def test_the_numbers_of_observations_stay_inside_the_picture(observations):
    """UCB's fifth observation is at the right end."""
    pytest.importorskip("torch")
    figure = plots.plot_acquisition(observations, "ucb")
    figure.canvas.draw()
    inside, numbers = figure.axes[0].get_window_extent(), [text for text in figure.axes[0].texts if text.get_text()]
    assert numbers and all(inside.contains(*corner) for t in numbers for corner in t.get_window_extent().corners())


def test_predictions_are_labelled_with_their_rank_correlation_and_count():
    predicted = np.linspace(-1, 1, 50)
    ax = plots.plot_predictions({"right": (predicted, np.arange(50, 0, -1)), "wrong": (predicted, np.arange(1, 51))})
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["right (50): 1.00", "wrong (50): -1.00"]
    assert ax.yaxis_inverted(), "rank 1 is at the top"


def test_groups_differ_by_more_than_their_colour():
    ax = plots.plot_predictions({name: (np.arange(3.0), np.arange(3.0)) for name in "abcd"})
    shown = [line for line in ax.get_lines() if len(line.get_xdata())]
    assert len({line.get_marker() for line in shown}) == 4


def test_more_groups_than_there_are_markers_are_refused():
    with pytest.raises(ValueError, match="5 groups: give at most 4"):
        plots.plot_predictions({name: (np.arange(3.0), np.arange(3.0)) for name in "abcde"})
