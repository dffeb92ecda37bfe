import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from nastutor import plots
from nastutor.spaces import ElasticSpace

SPACE = ElasticSpace.small()
COSTS, ACCURACY = np.array([1.0, 2, 3, 4, 5]), np.array([50.0, 80, 70, 90, 85])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_a_card_has_a_bar_for_each_block_as_wide_as_its_channels():
    genotype = SPACE.from_string(
        "stage_1_depth=2|stage_1_width=9|stage_1_kernel_1=5|stage_1_kernel_2=3"
        "|stage_2_depth=1|stage_2_width=24|stage_2_kernel_1=3"
    )
    ax = plots.plot_device_cards(SPACE, {"mine": genotype, "all": SPACE.largest}, {"mine": "a note\nof two lines"})
    filled = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_fill()]
    assert [round(24 * p.get_width()) for p in filled] == [9, 9, 24] + [12] * 3 + [24] * 3
    assert len(ax.patches) == len(filled) + 12
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("5×5") == 1 + 6 and texts.count("3×3") == 2
    assert {"mine", "all", "a note\nof two lines", "9 of 12 channels", "24 of 24 channels"} <= set(texts)
    low, high = sorted(ax.get_ylim())
    assert all(low <= text.get_position()[1] <= high for text in ax.texts)


@pytest.mark.parametrize(("limit", "best", "count"), [(1, 50, 1), (3.5, 80, 3), (9, 90, 5)])
def test_the_best_under_a_limit_is_marked(limit, best, count):
    ax = plots.plot_limit(COSTS, ACCURACY, limit, "MACs")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"the best: {best:.1f} %" in labels and f"{count} that keep it" in labels


def test_few_networks_have_dots_that_can_be_seen():
    few, many = (plots.plot_limit(np.tile(COSTS, n), np.tile(ACCURACY, n), 3, "MACs") for n in (1, 200))
    assert few.get_lines()[0].get_markersize() >= 2 * many.get_lines()[0].get_markersize()


def test_costs_below_ten_thousand_are_written_without_powers_of_ten():
    ax = plots.plot_limit(np.array([23.0, 38.0, 45.0, 60.0, 76.0]), ACCURACY, 40, "µs")
    ax.figure.canvas.draw()
    shown = {label.get_text() for label in ax.get_xticklabels(minor=True)} - {""}
    assert shown and all(text.isdecimal() for text in shown)


def test_a_limit_below_all_is_refused():
    with pytest.raises(ValueError, match=r"MACs ≤ 0\.5 cannot be met: the closest is 1"):
        plots.plot_limit(COSTS, ACCURACY, 0.5, "MACs")


def test_the_lines_cross_where_the_first_becomes_cheaper():
    ax = plots.plot_total_cost({"once": (100, 1), "each": (0, 30), "cheap": (0, 1)}, devices=10)
    assert [text.get_text() for text in ax.texts] == ["from 4"]
    (mark,) = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert mark.get_xydata().tolist() == [[4, 104]]
    assert ax.get_lines()[1].get_ydata().tolist() == [30.0 * n for n in range(1, 11)]
