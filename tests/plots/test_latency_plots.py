import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots

CELLS = {"a": (3, 0, 0, 0, 0, 0), "b": (4, 4, 4, 4, 4, 4), "c": (2, 0, 0, 1, 0, 0)}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_timings_show_the_mean_of_all_and_the_median_without_the_warm_up():
    ax = plots.plot_timings(np.array([100, 2, 2, 2, 14]), np.array([9, 1, 1, 1, 1]), warmup=1)
    assert labels(ax)[0] == "wall time: mean of all 24.00 ms, median 2.00 ms"
    assert labels(ax)[1] == "processor time: mean of all 2.60 ms, median 1.00 ms"
    assert ax.get_lines()[0].get_xydata().tolist() == [[1, 100]]


def test_cells_are_marked_by_their_poolings():
    ax = plots.plot_cost_against_latency(np.arange(3.0), np.arange(3.0) + 5, list(CELLS.values()), "MACs")
    found = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert found == {"no pooling": [[0, 5], [2, 7]], "one or two": [], "three or more": [[1, 6]]}


def test_ranks_are_drawn_from_the_cheapest_and_equal_costs_share_theirs():
    ax = plots.plot_rank_slope({"MACs": np.array([5.0, 0.0, 0.0]), "ms": np.array([3.0, 9.0, 1.0])}, CELLS)
    slopes = [line.get_ydata().tolist() for line in ax.get_lines() if len(line.get_xdata()) == 2]
    assert slopes == [[3, 2], [1.5, 3], [1.5, 1]]
    assert ax.yaxis_inverted() and [t.get_text() for t in ax.get_xticklabels()] == ["MACs", "ms"]
    assert sorted(text.get_text() for text in ax.texts) == ["a", "a", "b", "b", "c", "c"]


def test_predictions_say_how_far_they_are_off():
    measured = np.array([1.0, 2.0, 4.0])
    ax = plots.plot_predicted_latency({"table": 0.9 * measured, "line": np.full(3, 2.0)}, measured)
    assert labels(ax)[2:] == ["table: 10.0 % off", "line: 50.0 % off"]


def test_no_prediction_lies_outside_the_picture():
    measured = np.array([1.0, 2.0, 4.0])
    ax = plots.plot_predicted_latency({"table": 1.5 * measured}, measured)
    assert ax.get_ylim()[1] > 6


def test_the_band_of_a_learning_curve_encloses_its_mean():
    values = np.random.default_rng(0).uniform(size=(9, 3))
    ax = plots.plot_measurements_needed((4, 8, 16), {"ridge": values}, "error", {"table": 0.5})
    line = ax.get_lines()[0]
    assert line.get_ydata() == pytest.approx(values.mean(axis=0)) and labels(ax) == ["ridge", "table"]


def test_shares_of_a_cell_add_up_and_dead_edges_take_nothing():
    pytest.importorskip("torch")
    from nastutor.hardware.counts import cell_network_costs
    from nastutor.studies.latencies import load_latencies

    table = load_latencies("nasbench201").table
    figure = plots.plot_cost_shares(table, (3, 3, 2, 4, 0, 0))  # nothing leaves node 2: two edges are dead, and (0, 1)
    time, macs = ([bar.get_width() for bar in ax.patches] for ax in figure.axes)
    assert time[:3] == macs[:3] == [0, 0, 0] and time[3] > 0 == macs[3]
    figure = plots.plot_cost_shares(table, (3, 3, 2, 4, 2, 1))
    time, macs = ([bar.get_width() for bar in ax.patches] for ax in figure.axes)
    assert sum(time) == pytest.approx(table.predict([(3, 3, 2, 4, 2, 1)])[0])
    assert 1e6 * sum(macs) == pytest.approx(cell_network_costs(np.array([(3, 3, 2, 4, 2, 1)]), 10, 32)[1][0])
