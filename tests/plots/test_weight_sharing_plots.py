import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from nastutor import plots
from nastutor.statistics import student_band
from nastutor.studies.oneshot import WATCHED, WATCHED_EPOCHS, OneShotStudy, watched_cells


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def perfect():
    """A study of two runs: shared weights that know the truth at the last epoch, and are reversed before it."""
    truth = OneShotStudy({}).test_accuracy(np.array(watched_cells()))
    shared = np.broadcast_to(100 - truth, (2, len(WATCHED_EPOCHS), 2, len(truth))).copy()
    shared[:, -1] = truth
    return OneShotStudy({"uniform paths/shared": shared})


def test_a_supernet_has_four_arrows_an_edge_and_a_path_stands_out():
    def arrows(genotype):
        return [p for p in plots.plot_supernet(genotype).patches if isinstance(p, FancyArrowPatch)]

    assert len(arrows(None)) == 24 and all(arrow.get_alpha() == 1 for arrow in arrows(None))
    path = arrows((3, 0, 3, 1, 0, 1))
    assert len(path) == 24 and sum(arrow.get_alpha() == 1 for arrow in path) == 4
    legend = plots.plot_supernet().get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["skip", "1×1", "3×3", "pool"]


def test_the_picture_says_tau_of_both_kinds_of_cells(perfect):
    for epoch, tau in [(WATCHED_EPOCHS[-1], "1.00"), (WATCHED_EPOCHS[0], "-1.00")]:
        figure = plots.plot_shared_weights(perfect, epoch)
        for above, below in np.reshape(figure.axes, (2, 2)).T:
            assert f"all cells: τ = {tau}" in above.get_title() and f"enlarged: τ = {tau}" in below.get_title()
            everything, best = above.get_lines()
            assert len(everything.get_xdata()) == len(best.get_xdata()) == WATCHED
            assert everything.get_marker() != best.get_marker()
            assert np.array_equal(below.get_lines()[0].get_xydata(), best.get_xydata())
    assert min(best.get_ydata()) > np.median(everything.get_ydata())


@pytest.mark.parametrize(("arguments", "text"), [((7,), "after 1, 5, 10"), ((50, 2), "choose 0…1"), ((50, -1), "0…1")])
def test_epochs_and_runs_that_are_not_there_are_refused(perfect, arguments, text):
    with pytest.raises(ValueError, match=text):
        plots.plot_shared_weights(perfect, *arguments)


def test_answers_stand_in_the_row_of_their_method_with_mean_and_band():
    found = {"a": np.array([80.0, 82.0, 87.0]), "b": np.array([60.0, 61.0, 62.0])}
    ax = plots.plot_answers(found, levels={"level": 85.0})
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    for row, (container, values) in enumerate(zip(ax.containers, found.values())):
        (x,), (y,) = container.lines[0].get_data()
        assert x == values.mean() and round(float(y)) == row
        segment = container.lines[2][0].get_segments()[0]
        band = student_band(values)
        assert np.allclose(segment[:, 0], [band.low, band.high])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["level"]
