import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.hardware.costs import LayerCosts
from nastutor.hardware.devices import Device

FAST, SLOW = Device("fast (model)", 1e9, 1e9, 1e-3, 1, ""), Device("slow (model)", 1e6, 1e9, 0, 1, "")
LATENCIES = {
    "a (model)": np.array([1.0, 2.0, 4.0]),
    "b (model)": np.array([9.0, 1.0, 3.0]),
    "c": np.array([8.0, 5.0, 1.0]),
}
ACCURACY = np.array([90.0, 90.0, 95.0])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_the_shares_of_a_bar_add_up_to_a_hundred():
    layers = [LayerCosts("convolution", "", 2_000_000, 0, 500_000, 500_000, 0)]
    ax = plots.plot_device_shares([FAST, SLOW], {"net": layers})
    widths = np.array([[bar.get_width() for bar in group] for group in ax.containers])  # bounds, bars
    assert np.allclose(widths.sum(axis=0), 100)
    assert np.allclose(widths[:, 0], [100 * 2 / 3, 0, 100 / 3]) and np.allclose(widths[:, 1], [100, 0, 0])
    assert [text.get_text().split("\n")[1] for text in ax.get_yticklabels()] == ["net: 3.00 ms", "net: 2,000 ms"]


def test_a_winner_is_one_on_its_own_device_and_its_multiple_elsewhere():
    figure = plots.plot_winners(LATENCIES, ACCURACY, 85.0, lowest=85)
    left, right = figure.axes
    numbers = np.array([float(text.get_text()) for text in left.texts]).reshape(3, 3)
    assert np.allclose(numbers, [[1, 9, 8], [2, 1, 5], [4, 3, 1]])
    assert [text.get_text()[0] for text in left.get_yticklabels()] == ["A", "B", "C"]
    counts = {line.get_label(): line.get_ydata() for line in right.get_lines()}
    assert counts["of all 3 devices"][0] == 3 and counts["of all 3 devices"][-1] == 1
    assert counts["of the 2 models"][0] == 2


@pytest.mark.parametrize(("names", "labels"), [("c", 1), ("ab", 1), ("abc", 2)])
def test_models_have_a_line_of_their_own_where_measurements_stand_beside_them(names, labels):
    shown = {name: times for name, times in LATENCIES.items() if name[0] in names}
    lines = plots.plot_winners(shown, ACCURACY, 85.0, lowest=85).axes[1].get_lines()
    assert len([line for line in lines if line.get_label().startswith("of ")]) == labels


def test_equal_winners_share_a_letter():
    figure = plots.plot_winners(LATENCIES, ACCURACY, 93.0, lowest=90)
    assert [text.get_text()[0] for text in figure.axes[0].get_yticklabels()] == ["A", "A", "A"]


def test_what_was_missed_is_drawn_as_a_mean():
    missed = {"NSGA2": np.array([[1.0, 3.0], [0.5, 0.5]]), "mine": np.ones((2, 2))}
    ax = plots.plot_regret_by_limit(np.array([1.0, 2.0]), missed, "ms")
    assert [line.get_ydata().tolist() for line in ax.get_lines()] == [[2, 0.5], [1, 1]]


def test_answers_stand_before_the_front():
    points = np.array([[90.0, 2.0], [80.0, 1.0]])
    ax = plots.plot_penalised({"without": points}, points[::-1], points, "ms")
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert lines["true front"] == [[1, 80], [2, 90]] and lines["without"] == [[2, 90], [1, 80]]


def test_settings_of_two_pictures_look_different():
    runs = {str(i): np.array([[90.0, 1.0]]) for i in range(4)}
    axes = [plots.plot_penalised(runs, runs["0"], runs["0"], "ms", first_style=first) for first in (0, 4)]
    looks = [{(line.get_marker(), line.get_color()) for line in ax.get_lines()[2:]} for ax in axes]
    assert len(looks[0]) == len(looks[1]) == 4 and not looks[0] & looks[1]
