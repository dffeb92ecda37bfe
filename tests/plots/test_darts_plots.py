import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from nastutor import plots
from nastutor.primers.scalar_bilevel import resting_point
from nastutor.studies.oneshot import derived_cells


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def alphas():
    """Three runs of four epochs."""
    return np.random.default_rng(0).normal(size=(3, 5, 6, 5))


def test_descents_end_where_the_legend_says():
    _, objective = plots.plot_bilevel((0.0, 0.5)).axes
    labels = [text.get_text() for text in objective.get_legend().get_texts()]
    assert labels == ["ξ = 0, ends at α = 2.00", "ξ = 0.5, ends at α = 1.00"]
    last = [line.get_ydata()[-1] for line in objective.get_lines()]
    assert np.allclose(last, [(resting_point(xi) - 1) ** 2 for xi in (0, 0.5)], atol=1e-3)
    assert len({line.get_linestyle() for line in objective.get_lines()}) == 2


def test_errors_are_drawn_pair_by_pair_and_by_their_geometric_mean():
    errors = np.ones((2, 2, 4))
    errors[:, 0, 0] = 0.1, 0.4
    ax = plots.plot_felt_errors([1e-3, 1e-1], errors)
    drawn = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    assert np.allclose(drawn[plots.FELT_LABELS[0]], [0.2, 1.0]) and np.allclose(drawn[plots.FELT_LABELS[3]], 1)
    assert sum(len(line.get_ydata()) == 2 and line.get_linestyle() == "None" for line in ax.get_lines()) == 2 * 4


def test_the_names_of_gradients_are_in_the_order_of_their_errors():
    pytest.importorskip("torch")
    from nastutor.oneshot.felt_gradient import FeltErrors

    beginnings = {"first_order": "first order", "without_second_term": "second term left out", "paper": "the paper's ε"}
    for field, label in zip(FeltErrors._fields, plots.FELT_LABELS, strict=True):
        assert label.startswith(beginnings.get(field, field))


def test_lines_through_the_middle_of_a_loss_have_their_slopes():
    moves = np.linspace(-0.1, 0.1, 5)
    loss, line = plots.plot_kinks(moves, 3 + moves**2, {"autograd": -2.0}).get_lines()[:2]
    assert np.allclose(line.get_ydata(), 3 - 2 * moves) and np.allclose(loss.get_ydata(), 3 + moves**2)


def test_a_line_of_a_mixed_edge_is_as_wide_as_its_weight():
    ax = plots.plot_mixed_edge([0.1, 0.2, 0.4, 0.2, 0.1])
    widths = [line.get_linewidth() for line in ax.get_lines() if len(line.get_xdata()) == 3]
    assert np.allclose(np.array(widths) / widths[0], [1, 2, 4, 2, 1])
    texts = [text.get_text() for text in ax.texts]
    assert texts[:10:2] == ["none", "skip", "1×1", "3×3", "pool"]
    assert texts[1:10:2] == ["× 0.10", "× 0.20", "× 0.40", "× 0.20", "× 0.10"]


def test_a_cell_is_drawn_before_while_and_after_it_learns():
    stages = {"before": np.full((6, 5), 0.2), "learning": np.tile([0.1, 0.2, 0.3, 0.3, 0.1], (6, 1))}
    edge, *cells = plots.plot_relaxation(stages | {"after": np.eye(5)[[3, 1, 2, 4, 1, 3]]}).axes
    assert [ax.get_title() for ax in cells] == ["before", "learning", "after"]
    assert [len(ax.patches) for ax in cells] == [30, 30, 6]
    assert [text.get_text() for text in edge.texts if text.get_text().startswith("× ")] == [
        f"× {weight:.2f}" for weight in stages["learning"][0]
    ], "the enlarged edge is that of the search, not of its end"


def test_the_weights_of_a_run_stand_above_the_ranks_of_all(alphas):
    ranks = {"one": np.arange(1.0, 13).reshape(3, 4), "other": np.full((3, 4), 100.0)}
    *edges, below = plots.plot_alpha_run(alphas, ranks, run=1).axes
    assert [ax.get_title() for ax in edges] == [
        f"edge {e}" for e in ("0 → 1", "0 → 2", "1 → 2", "0 → 3", "1 → 3", "2 → 3")
    ]
    weights = np.array([[line.get_ydata() for line in ax.get_lines()] for ax in edges])  # (edge, operation, epoch)
    assert np.allclose(weights.sum(axis=1), 1)
    assert np.allclose(weights[2, 3] / weights[2, 0], np.exp(alphas[1, :, 2, 3] - alphas[1, :, 2, 0]))
    thick = [line for line in below.get_lines() if line.get_linewidth() == 2.5]
    assert np.array_equal(thick[0].get_ydata(), ranks["one"][1]) and len(below.get_lines()) == 2 * (3 + 1) + 1
    assert below.get_ylim()[0] > below.get_ylim()[1], "rank 1 is at the top"


def test_an_epoch_shows_its_weights_its_cell_and_its_accuracy(alphas):
    cells, accuracies = derived_cells(alphas[0, 1:]), np.array([50.0, 61.5, 70.0, 40.0])
    table, drawing, below = plots.plot_alpha_epoch(alphas[0], cells, accuracies, epoch=2).axes
    framed = [(text.get_position(), text.get_text()) for text in table.texts if text.get_bbox_patch() is not None]
    assert [position for position, _ in framed] == [(operation, edge) for edge, operation in enumerate(cells[1])]
    powers = np.exp(alphas[0, 2])
    shares = powers / powers.sum(axis=1, keepdims=True)
    assert [text for _, text in framed] == [f"{shares[edge, operation]:.2f}" for edge, operation in enumerate(cells[1])]
    assert "61.5 %" in drawing.get_title() and below.get_lines()[1].get_xydata().tolist() == [[2, 61.5]]


@pytest.mark.parametrize("epoch", [0, 5])
def test_epochs_that_were_not_run_are_refused(alphas, epoch):
    with pytest.raises(ValueError, match="choose 1…4"):
        plots.plot_alpha_epoch(alphas[0], derived_cells(alphas[0, 1:]), np.zeros(4), epoch)


def test_bands_have_the_mean_of_the_runs_and_searchers_their_style():
    where = np.array([1.0, 2.0, 4.0])
    values = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    first, second = plots.plot_run_bands({"a": (where, values), "RandomSearch": (where, values + 1)}).get_lines()
    assert first.get_xydata().tolist() == [[1, 2], [2, 3], [4, 4]]
    assert (second.get_color(), second.get_linestyle()) == plots.SEARCHER_STYLES["RandomSearch"]
