import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_measured_costs_are_medians_in_a_band_of_all_rounds_and_counted_ones_are_lines():
    rounds = np.array([[1.0, 4], [2, 9], [7, 5]])
    ax = plots.plot_by_length((32, 64), {"attention": rounds, "recurrence": np.array([3.0, 6])}, "ms")
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert lines == {"attention": [[32, 2], [64, 5]], "recurrence": [[32, 3], [64, 6]]}
    measured, counted = (band.get_paths()[0].vertices[:, 1] for band in ax.collections)
    assert {*measured} == {1, 4, 7, 9} and {*counted} == {3, 6}
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["32", "64"]
