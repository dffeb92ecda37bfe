"""Pictures of lesson 17: what they say is what they were given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.spaces.sequence import stack


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_every_seed_of_every_stack_is_drawn_in_the_row_of_its_group():
    groups = {"a": np.array([[1.0, 3.0], [2.0, 2.0]]), "none": np.empty((0, 2)), "b": np.array([[5.0, 4.0]])}
    ax = plots.plot_by_group(groups, "x", line=("solved", 2.5))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a (2)", "none (0)", "b (1)"]
    dots = [line for line in ax.lines if line.get_marker() == "."]
    assert sorted(x for line in dots for x in line.get_xdata()) == [1, 2, 2, 3, 4, 5]
    assert {round(float(line.get_ydata()[0])) for line in dots} == {0, 2}


def test_a_stack_is_ranked_from_the_good_end_of_each_measure():
    values = np.array([3.0, 1.0, 2.0])
    measures = {"right": plots.Measured(values, "high"), "bits": plots.Measured(values, "low")}
    figure = plots.plot_stack_in_table(stack(["attention"]), 1, measures)
    words = " ".join(ax.get_xlabel() for ax in figure.axes)
    assert "rank 3 of 3 (high" in words and "rank 1 of 3 (low" in words


def test_reach_is_drawn_one_panel_a_mixer():
    figure = plots.plot_reach({"attention": np.tril(np.ones((4, 4))), "convolution": np.eye(4)})
    assert [ax.get_title() for ax in figure.axes] == ["attention", "convolution"]
