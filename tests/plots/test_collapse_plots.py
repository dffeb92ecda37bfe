"""Pictures of collapsing searches show what they are given."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.statistics import Band
from nastutor.studies.equal_seconds import Worth


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


GENOTYPES = np.array([[[3] * 6, [3, 3, 3, 0, 1, 4], [0, 0, 0, 1, 1, 4]], [[2] * 6, [2] * 6, [4] * 6]])
ACCURACY = np.array([[80.0, 90.0, 50.0], [70.0, 60.0, 40.0]])


def thickness(layer):
    """How many edges a layer covers at each epoch."""
    (path,) = layer.get_paths()
    return [sum(path.contains_point((time, edge + 0.5)) for edge in range(6)) for time in (1.2, 2, 2.8)]


def test_the_slide_stacks_the_edges_that_are_not_3x3_and_stars_the_best_epoch():
    figure = plots.plot_slide(GENOTYPES, ACCURACY)
    above, below = figure.axes[:2], figure.axes[2:4]
    assert [thickness(layer) for layer in above[0].collections] == [[0, 1, 3], [0, 1, 2], [0, 1, 1], [0, 0, 0]]
    assert [thickness(layer) for layer in above[1].collections] == [[0, 0, 0], [0, 0, 0], [0, 0, 6], [6, 6, 0]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["none", "skip", "pool", "1×1"]
    assert len({layer.get_hatch() for layer in above[0].collections}) == 4
    for ax, accuracy in zip(below, ACCURACY):
        (star,) = (line for line in ax.get_lines() if line.get_marker() == "*")
        assert star.get_xydata().tolist() == [[accuracy.argmax() + 1, accuracy.max()]]
        assert [text.get_text() for text in ax.texts] == [f"{accuracy.max():.1f}", f"{accuracy[-1]:.1f}"]


def test_a_slide_of_other_shapes_is_refused():
    with pytest.raises(ValueError, match=r"genotypes \(2, 3, 6\) and accuracy \(3, 2\)"):
        plots.plot_slide(GENOTYPES, ACCURACY.T)


@pytest.mark.parametrize("epoch", [1, 3])
def test_stopping_marks_the_mean_at_the_epoch(epoch):
    curves = {"with": ACCURACY, "without": ACCURACY + 5}
    ax = plots.plot_stopping(curves, np.array([75.0, 76.0, 77.0]), epoch)
    dots = [line.get_xydata().tolist()[0] for line in ax.get_lines() if line.get_marker() == "o"]
    assert dots == [[epoch, ACCURACY[:, epoch - 1].mean()], [epoch, ACCURACY[:, epoch - 1].mean() + 5]]
    assert f"random search: {74 + epoch:.1f} %" in ax.get_title()
    assert f"with: {ACCURACY[:, epoch - 1].mean():.1f} [" in ax.get_title()


@pytest.mark.parametrize("epoch", [0, 4])
def test_an_epoch_outside_the_run_is_refused(epoch):
    with pytest.raises(ValueError, match="choose 1…3"):
        plots.plot_stopping({"a": ACCURACY}, np.ones(3), epoch)


def test_published_ranks_are_dots_a_panel_a_dataset():
    ranks = {"one": {"A": [1, 20], "B": [300]}, "two": {"A": [7]}}
    figure = plots.plot_published(ranks, {"one": 5, "two": 6}, of=1000)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["one", "two"]
    for ax, by_method, mark in zip(figure.axes, ranks.values(), (5, 6)):
        dots = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
        assert [line.get_xdata().tolist() for line in dots] == list(by_method.values())
        assert [label.get_text() for label in ax.get_yticklabels()] == list(by_method)
        assert ax.xaxis_inverted() and mark in [line.get_xdata()[0] for line in ax.get_lines()]


def test_what_is_missed_is_written_into_its_cell_and_both_choices_are_marked():
    lost = np.arange(30.0).reshape(6, 5) - 4
    lost[:, 0] = np.nan  # not asked
    by_alpha, by_loss = [0, 1, 2, 3, 4, 0], lost[:, 1:].argmax(axis=1) + 1
    ax = plots.plot_missed(lost, by_alpha, by_loss)
    assert [text.get_text() for text in ax.texts][5:10] == ["nan", "2.0", "3.0", "4.0", "5.0"]
    assert [line.get_xdata().tolist() for line in ax.get_lines()] == [by_alpha, by_loss.tolist()]
    assert [label.get_text() for label in ax.get_yticklabels()][2] == "1 → 2"


def worth(mean, random, lead):
    return Worth(Band(mean, mean - 2, mean + 1), mean - 2, 0.1, 12.0, 9, random, Band(*lead))


def test_equal_seconds_puts_the_best_on_top_and_marks_what_can_be_told():
    answers = {
        "behind": worth(80.0, 85.0, (-5.0, -7.0, -3.0)),
        "ahead": worth(89.0, 86.0, (3.0, 1.0, 5.0)),
        "open": worth(87.0, 86.0, (1.0, -1.0, 3.0)),
    }
    ax = plots.plot_equal_seconds(answers, {"a": 89.5})
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [f"{name}\n9 trainings" for name in ("ahead", "open", "behind")] and ax.yaxis_inverted()
    dots = [line for line in ax.get_lines() if line.get_marker() in "oXs"]
    assert [(line.get_xdata()[0], line.get_marker()) for line in dots] == [(89, "o"), (87, "s"), (80, "X")]
    ticks = [line.get_xdata()[0] for line in ax.get_lines() if line.get_marker() == "|"]
    assert ticks == [86, 86, 85] and len({line.get_color() for line in dots}) == 3
    lines = [line for line in ax.get_lines() if line.get_label() != "a"]
    bands = [list(line.get_xdata()) for line in lines if len(line.get_xdata()) == 2]
    assert bands == [[87, 90], [85, 88], [78, 81]]
