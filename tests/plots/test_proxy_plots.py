import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.statistics import Band, rank_correlation


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_correlations_stand_in_the_row_of_their_score_with_their_band():
    bands = {
        "all": {"synflow": Band(0.7, 0.6, 0.8), "params": Band(0.5, 0.4, 0.6)},
        "best": {"synflow": Band(0.1, -0.2, 0.4), "params": Band(0.0, -0.3, 0.3)},
    }
    ax = plots.plot_correlations(bands)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["synflow", "params"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["all", "best"]
    (whiskers, *_), (points, *_) = (c.lines[2][0].get_segments() for c in ax.containers), ax.containers[0].lines
    assert np.allclose([segment[:, 0] for segment in whiskers], [[0.6, 0.8], [0.4, 0.6]])
    assert np.allclose(points.get_xdata(), [0.7, 0.5])
    assert np.allclose(np.round(points.get_ydata()), [0, 1])
    grounds = [patch for patch in ax.patches if patch.get_alpha() == 0.18]
    assert len(grounds) == 1 and grounds[0].get_y() == 0.5, "the baseline alone has a grey ground"


def test_series_have_their_own_markers():
    bands = {str(number): {"a": Band(0.1, 0.0, 0.2)} for number in range(4)}
    markers = {container.lines[0].get_marker() for container in plots.plot_correlations(bands).containers}
    assert len(markers) == 4


def test_agreements_are_drawn_as_shares_of_the_units_on_one_scale():
    counts = {"few": np.array([[10.0, 4.0], [4.0, 10.0]]), "many": np.array([[100.0, 70.0], [70.0, 100.0]])}
    axes = plots.plot_agreements(counts).axes[:2]
    assert [ax.get_title() for ax in axes] == ["few\n10 units\nmean 0.40", "many\n100 units\nmean 0.70"]
    images = [ax.images[0] for ax in axes]
    assert np.allclose(images[0].get_array(), [[1, 0.4], [0.4, 1]])
    assert images[0].get_clim() == images[1].get_clim()


def test_what_naswot_and_synflow_see_is_drawn_together_with_a_place_for_each_part():
    counts = {name: np.array([[10.0, 4.0], [4.0, 10.0]]) for name in ("few", "many")}
    flows = {"few": [64.0, 10.0, 20.0], "many": [64.0, 10.0, 400.0]}
    *_, below = plots.plot_agreements_and_flows(counts, flows).axes
    assert [label.get_text() for label in below.get_xticklabels()] == ["image", "stem", "cell 1"]
    assert {line.get_label(): list(line.get_ydata()) for line in below.get_lines()} == flows
    assert below.get_yscale() == "log"


def test_training_cut_off_is_a_curve_and_scores_are_levels_over_all_and_in_the_best_tenth():
    rng = np.random.default_rng(0)
    truth = rng.normal(80, 5, size=60)
    after, score = truth + rng.normal(0, 5, size=(3, 60)), truth + rng.normal(0, 3, size=60)
    for ax, top in zip(plots.plot_training_beside_scores(after, {"s": score}, truth).axes, (None, 0.1)):
        curve, level = ax.get_lines()
        assert np.allclose(curve.get_ydata(), [rank_correlation(values, truth, top=top) for values in after])
        assert np.allclose(level.get_ydata(), rank_correlation(score, truth, top=top))


def test_scores_are_drawn_by_rank_so_that_minus_infinity_has_a_place():
    rng = np.random.default_rng(0)
    accuracy = rng.normal(80, 5, size=40)
    scores = accuracy + rng.normal(0, 5, size=40)
    scores[3] = -np.inf
    everything, zoom = plots.plot_score_against_accuracy(scores, accuracy, "s", share=0.25).axes
    drawn = np.concatenate([line.get_xydata() for line in everything.get_lines()])
    assert len(drawn) == 40 and drawn[drawn[:, 0] == 40, 1] == accuracy[3]
    assert len(zoom.get_lines()[0].get_xdata()) == 10
    assert f"{rank_correlation(scores, accuracy):.2f}" in everything.get_title()
    assert f"{rank_correlation(scores, accuracy, top=0.25):.2f}" in zoom.get_title()


@pytest.mark.parametrize("share", [0, -0.1, 1.5])
def test_shares_outside_the_unit_interval_are_refused(share):
    with pytest.raises(ValueError, match="above 0, up to 1"):
        plots.plot_score_against_accuracy(np.arange(5.0), np.arange(5.0), share=share)
