import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots

FRONT = np.array([[90.0, -4.0], [80.0, -2.0], [81.0, -3.0], [60.0, -1.0]])  # (81, −3) lies in a dent
CLOUD = np.vstack([FRONT, FRONT - (5, 0.5)])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def labelled(ax, label):
    """Return the points that the legend calls by a name."""
    (line,) = [line for line in ax.get_lines() if line.get_label() == label]
    return line.get_xydata().tolist()


def test_a_front_is_a_staircase_of_what_is_not_dominated():
    ax = plots.plot_fronts(CLOUD, {"true": CLOUD, "found": CLOUD[[0, 4]]}, "ms", {"mine": CLOUD[5]})
    stairs = [line.get_xydata() for line in ax.get_lines() if line.get_drawstyle() == "steps-post"]
    assert stairs[0].tolist() == [[1, 60], [2, 80], [3, 81], [4, 90], [4.5, 90]]
    assert stairs[1].tolist() == [[4, 90], [4.5, 90]]
    assert labelled(ax, "mine") == [[2.5, 75]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["true", "found", "mine"]


@pytest.mark.parametrize(
    ("weight", "winner"), [(0.0, [1, 60]), (0.2, [1, 60]), (0.5, [2, 80]), (0.9, [4, 90]), (1.0, [4, 90])]
)
def test_the_winner_of_a_weight_and_what_none_reaches(weight, winner):
    ax = plots.plot_weighted_sum(CLOUD, weight, "ms")
    assert labelled(ax, "the winner") == [winner]
    assert labelled(ax, "best for no weights") == [[3, 81]]
    assert "reach 3 of 4" in ax.get_title()


def test_the_line_of_equal_scores_has_nothing_above_it():
    for weight in np.linspace(0.05, 0.95, 10):
        ax = plots.plot_weighted_sum(CLOUD, weight, "ms")
        (line,) = [line for line in ax.get_lines() if line.get_label() == "equal scores"]
        (x, y), (x_2, y_2) = line.get_xy1(), line.get_xy2()
        heights = y + (y_2 - y) / (x_2 - x) * (-CLOUD[:, 1] - x)
        assert (CLOUD[:, 0] <= heights + 1e-9).all()


def test_what_cannot_be_weighed_is_refused():
    with pytest.raises(ValueError, match=r"weight 1.5: choose a number, 0…1"):
        plots.plot_weighted_sum(CLOUD, 1.5, "ms")
    with pytest.raises(ValueError, match="nothing to weigh"):
        plots.plot_weighted_sum(np.array([[1.0, 1.0], [0.0, 0.0]]), 0.5, "ms")


def test_the_cells_of_a_front_are_drawn_where_they_are_measured_again():
    again = CLOUD - np.arange(8)[:, None] * (1, 0)
    assert labelled(plots.plot_front_measured_again(CLOUD, again, "ms"), "the same cells, other seeds") == [
        [4, 90], [2, 79], [3, 79], [1, 57],
    ]  # fmt: skip


def test_a_picture_may_begin_above_the_front():
    assert plots.plot_weighted_sum(CLOUD, 0.5, "ms").get_ylim()[0] < 60
    assert 75 < plots.plot_weighted_sum(CLOUD, 0.5, "ms", lowest=80).get_ylim()[0] < 80


def test_late_fronts_share_a_label():
    chain = np.stack([np.arange(7.0), np.arange(7.0)], axis=1)[::-1]
    legend = plots.plot_selection(chain, np.arange(7) < 5, "ms").get_legend()
    assert [text.get_text() for text in legend.get_texts()][3:] == ["front 3: 1 stay", "front 4 and later: 1 stay"]


def test_a_selection_counts_who_stays_of_each_front():
    ax = plots.plot_selection(CLOUD, np.array([1, 1, 0, 1, 1, 0, 0, 0], dtype=bool), "ms")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["front 0: 3 stay", "front 1: 1 stay"]
    hollow = [line.get_xydata().tolist()[0] for line in ax.get_lines() if line.get_markerfacecolor() == "white"]
    assert sorted(hollow) == [[1.5, 55], [2.5, 75], [3, 81], [3.5, 76]]
