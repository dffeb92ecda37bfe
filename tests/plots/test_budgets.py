"""Pictures of learning curves and of halving show what the table says."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import same_color

from nastutor import load_benchmark, plots, search
from nastutor.searchers import SuccessiveHalving
from nastutor.searchers.hyperband import hyperband_brackets
from nastutor.statistics import rank_correlation
from nastutor.statistics.fidelity import follow_winner


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def bench():
    return load_benchmark("glyphs", search_seed=0)


def markers(ax, marker):
    return [line for line in ax.get_lines() if line.get_marker() == marker]


@pytest.mark.parametrize(("eta", "configurations", "rungs"), [(3, 27, (27, 9, 3)), (2, 16, (16, 8, 4, 2))])
def test_halving_marks_where_each_cell_was_stopped(bench, eta, configurations, rungs):
    ax = plots.plot_halving(bench, eta, configurations, seed=3)
    assert len(markers(ax, "x")) == rungs[0] - rungs[-1] and len(markers(ax, "o")) == rungs[-1]
    assert [text.get_text() for text in ax.texts] == [str(count) for count in rungs]


@pytest.mark.parametrize("seed", range(4))
def test_the_true_winner_is_red_and_the_title_says_what_became_of_it(bench, seed):
    def truth(genotype):
        return bench.report(genotype)["val_accuracy"]

    halving = SuccessiveHalving(bench.space, seed, configurations=27, max_epochs=12)
    fate = follow_winner(search(halving, bench.evaluate, max_epochs=1000, progress=False), truth)
    ax = plots.plot_halving(bench, seed=seed)
    (star,) = markers(ax, "*")
    assert star.get_xydata().tolist() == [[12, truth(fate.winner)]]
    (end,) = (line for line in markers(ax, "x") + markers(ax, "o") if same_color(line.get_color(), plots.RED))
    assert end.get_xdata()[0] == fate.epochs
    said = "reached the last rung" if fate.survived else f"stopped after epoch {fate.epochs};"
    assert said in ax.get_title() and "78 of 324 epochs" in ax.get_title()
    assert f"chosen: {truth(fate.chosen):.1f} %" in ax.get_title()


def test_partial_training_ends_at_the_agreement_of_two_seeds(bench):
    lines = plots.plot_partial_training(bench).get_lines()
    seen, others = bench.values("val_accuracy", "search"), bench.values("val_accuracy")
    for line, top in zip(lines, (None, 0.5, 0.1)):
        assert line.get_ydata()[-1] == pytest.approx(rank_correlation(seen, others, top))
        assert len(line.get_xdata()) == 12


def test_a_learning_curve_is_the_mean_and_its_band_the_extremes():
    seeds = np.array([[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]])
    ax = plots.plot_learning_curves({"two": seeds, "one": seeds[0]})
    assert [line.get_ydata().tolist() for line in ax.get_lines()] == [[15, 30, 45], [10, 20, 30]]
    assert {line.get_linestyle() for line in ax.get_lines()} == {"-", "--"}
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (10, 60)


def test_the_area_under_a_bracket_is_what_it_pays():
    ax = plots.plot_brackets(hyperband_brackets(max_epochs=12, eta=3))
    paid = [int((patch.get_data().values * np.diff(patch.get_data().edges)).sum()) for patch in ax.patches]
    assert paid == [26, 28, 36]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "s = 2: 26 epochs", "s = 1: 28 epochs", "s = 0: 36 epochs",
    ]  # fmt: skip
