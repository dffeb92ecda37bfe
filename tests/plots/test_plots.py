import inspect

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from nastutor import load_benchmark, plots, search, searchers
from nastutor.hardware.costs import LayerCosts
from nastutor.hardware.devices import PHONE
from nastutor.searchers import RegularizedEvolution
from nastutor.searchers.hyperband import hyperband_brackets
from nastutor.searchers.reinforce import Reinforce
from nastutor.spaces import COMPANIONS, CellSpace, ElasticSpace, GraphSpace
from nastutor.spaces.sequence import MIXERS, stack
from nastutor.statistics import Band
from nastutor.studies.equal_seconds import Worth
from nastutor.studies.latencies import load_latencies
from nastutor.studies.oneshot import load_oneshot_study
from nastutor.studies.verdicts import Verdict


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def bench():
    return load_benchmark("nasbench201", dataset="cifar10", search_seed=0)


@pytest.fixture(scope="module")
def history(bench):
    return search(RegularizedEvolution(bench.space, seed=1), bench.evaluate, budget=60)


@pytest.fixture(scope="module")
def calls(bench, history):
    """For each picture, arguments to try it with."""
    curves = {"RandomSearch": np.random.default_rng(0).normal(size=(5, 20)), "mine": np.zeros((5, 20))}
    x = np.random.default_rng(1).normal(size=100)
    return {
        "draw_cell": ((3, 0, 1, 2, 0, 4),),
        "draw_graph_network": ((1, 1, 7, 2, 4, 1, 8), GraphSpace()),
        "draw_stack": ((1, 2, 1, 3, 1),),
        "plot_ledger": ({"a claim": {"cells": Band(1.0, 0.5, 2.0), "graphs": Band(0.0, -1.0, 1.0)}},),
        "plot_transfer": (np.eye(2), ["cora", "cs"]),
        "plot_two_tasks": [load_benchmark("nasbench_graph", task=task) for task in ("cora", "cs")],
        "draw_two_input_cell": ([(0, "sep_conv_3x3"), (1, "skip_connect"), (0, "skip_connect"), (2, "dil_conv_3x3")],),
        "plot_brackets": (hyperband_brackets(12, 3),),
        "plot_by_group": ({"a group": np.eye(3)}, "right (%)"),
        "plot_by_length": ((32, 64), {"attention": np.array([1.0, 4.0])}, "milliseconds"),
        "plot_controller": (bench.space, (3, 0, 1, 2, 0, 4), [np.full(5, 0.2)] * 6),
        "plot_claim": ([Verdict("a", "02", "A", "above", "one", "runs", 0.1, -0.1, 0.3, "cannot be told")],),
        "plot_verdict_counts": ({"all": [Verdict("a", "02", "A", "above", "one", "runs", 1.0, 0.5, 1.5, "holds")]},),
        "plot_correlations": ({"all": {"params": Band(0.5, 0.4, 0.6)}},),
        "plot_halving": (load_benchmark("glyphs"),),
        "plot_incumbents": (curves,),
        "plot_landscape": (dict(zip(bench.genotypes, bench.values("val_accuracy"))), bench.genotypes[:2]),
        "plot_learning_curves": ({"a": np.zeros((3, 12)), "b": np.ones(12)},),
        "plot_partial_training": (load_benchmark("glyphs"),),
        "plot_bands_at": ({"RandomSearch": {30: (90.0, 89.0, 91.0), 100: (91.0, 90.0, 92.0)}},),
        "plot_differences": ({"with noise": Band(0.1, -0.1, 0.3), "without": Band(0.2, 0.1, 0.3)}, "without"),
        "plot_run_ends": ({"RandomSearch": [1, 40, 900], "x": [2, 2, 2]},),
        "plot_sorted_accuracies": (x, {"a": 0.5}),
        "plot_rank_scatter": (x, x**3),
        "plot_predictions": ({"a": (x, x), "b": (x, -x)},),
        "plot_family_tree": (history,),
        "plot_winners_curse": (bench,),
        "plot_partitions": ({"all": [0, 1, 2], "some": [0, 0, 1]},),
        "plot_fronts": (np.column_stack([x, x[::-1]]), {"true": np.column_stack([x, x[::-1]])}, "ms"),
        "plot_front_measured_again": (np.column_stack([x, x[::-1]]), np.column_stack([x, x[::-1]]), "ms"),
        "plot_selection": (np.column_stack([x, x[::-1]]), x > 0, "ms"),
        "plot_weighted_sum": (np.column_stack([x, x[::-1]]), 0.5, "ms"),
        "plot_race": ({"you": np.array([40.0, 90.0]), "RandomSearch": np.linspace(80, 90, 20)}, 2, 91.0),
        "plot_random_search_in_table": (bench,),
        "plot_answers": ({"a": x, "b": x + 1},),
        "plot_supernet": ((3, 0, 1, 2, 0, 4),),
        "plot_stopping": ({"a": np.ones((3, 4)), "b": np.zeros((3, 4))}, np.ones(4), 2),
        "plot_equal_seconds": ({"a": Worth(Band(80.0, 78.0, 81.0), 78.0, 0.1, 10.0, 8, 81.0, Band(-1.0, -3.0, 0.5))},),
        "plot_missed": (np.arange(30.0).reshape(6, 5), [0, 1, 2, 3, 4, 0], [4] * 6),
        "plot_device_cards": (ElasticSpace.small(), {"largest": ElasticSpace.small().largest}),
        "plot_limit": (np.abs(x), x, 1.0, "MACs"),
        "plot_total_cost": ({"once": (100.0, 1.0), "each": (0.0, 30.0)},),
        "plot_mixed_edge": ([0.1, 0.2, 0.3, 0.3, 0.1],),
        "plot_kinks": (np.linspace(-1, 1, 9), np.linspace(-1, 1, 9) ** 2, {"autograd": 0.0}),
        "plot_felt_errors": ([0.003, 0.01, 0.1], np.ones((2, 3, 4))),
        "plot_run_bands": ({"a": (np.arange(20), curves["mine"])},),
        "plot_timings": (np.abs(x) + 1, np.abs(x)),
        "plot_cost_against_latency": (np.arange(3.0), np.arange(3.0) + 5, list(COMPANIONS.values())[:3], "MACs"),
        "plot_rank_slope": ({"MACs": x[:3], "ms": x[3:6]}, dict(list(COMPANIONS.items())[:3])),
        "plot_predicted_latency": ({"a": np.abs(x) + 1}, np.abs(x) + 1),
        "plot_measurements_needed": ((4, 8), {"a": np.ones((3, 2))}, "error (%)"),
        "plot_device_shares": ([PHONE], {"a": [LayerCosts("linear", "mm", 10, 10, 40, 40, 10)]}),
        "plot_regret_by_limit": (np.array([1.0, 2.0]), {"a": np.ones((2, 3))}, "ms"),
        "plot_penalised": ({"a": np.array([[90.0, 2.0]])}, np.array([[90.0, 2.0]]), np.array([[80.0, 2.0]]), "ms"),
        "plot_reported_costs": ([(2017.5, "a", 2000.0, "trains"), (2018.0, "b", 0.5, "shares weights")],),
        "plot_shares": ({"a": {"architecture": 3.0, "recipe": 70.0, "interaction": 27.0}},),
        "plot_shares_kept": ({"a": [3.0, 30.0]}, [1.0, 0.1]),
        "you_are_here": ("search space",),
    }


def axes_functions():
    functions = inspect.getmembers(plots, inspect.isfunction)
    return {n: f for n, f in functions if "ax" in inspect.signature(f).parameters and n[0] != "_"}


def letters_on_a_phone(figure):
    """The size of the smallest letters where the picture is 360 pixels wide, in pixels."""
    if layout := figure.get_layout_engine():
        layout.execute(figure)  # as a drawing of it would
    inches = figure.get_tightbbox().width + 0.2  # notebooks crop a picture and leave a tenth of an inch around it
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return min(text.get_fontsize() for text in shown) / 72 * 360 / inches


def test_every_picture_has_arguments_to_be_tried_with(calls):
    assert set(axes_functions()) == set(calls)


@pytest.mark.parametrize("name", sorted(axes_functions()))
def test_every_picture_draws_on_the_given_axes_or_on_its_own_and_can_be_read_on_a_phone(calls, name):
    function, arguments = axes_functions()[name], calls[name]
    _, ax = plt.subplots()
    assert function(*arguments, ax=ax) is ax
    assert ax.has_data() or ax.texts
    own = function(*arguments)
    assert isinstance(own, Axes) and own is not ax
    assert letters_on_a_phone(own.get_figure()) >= 7


def test_pictures_with_panels_can_be_read_on_a_phone(bench, history):
    pytest.importorskip("torch")
    reinforce = Reinforce(bench.space, seed=0)
    search(reinforce, bench.evaluate, budget=30)
    ranks = {genotype: 1 for genotype in bench.genotypes}
    for figure in (
        plots.plot_cell_explorer((3, 0, 1, 2, 0, 4)),
        plots.plot_race_with_cell({"you": np.array([90.0]), "RandomSearch": np.ones(9)}, 1, 91.0, (3,) * 6, "mine"),
        plots.plot_acquisition(),
        plots.plot_policy_run(reinforce.trajectory, bench.space, ranks),
        plots.plot_score_against_accuracy(np.arange(50.0), np.arange(50.0)),
        plots.plot_shared_weights(load_oneshot_study()),
        plots.plot_bilevel(),
        plots.plot_relaxation({"before": np.full((6, 5), 0.2), "after": np.eye(5)[[3] * 6]}),
        plots.plot_alpha_run(np.zeros((2, 51, 6, 5)), {"none may win": np.ones((2, 50))}),
        plots.plot_alpha_epoch(np.zeros((51, 6, 5)), np.zeros((50, 6), dtype=int), np.full(50, 10.0), 50),
        plots.plot_slide(np.zeros((6, 50, 6), dtype=int), np.full((6, 50), 10.0)),
        plots.plot_published({name: {"DARTS": [9, 99]} for name in "abc"}, dict.fromkeys("abc", 5), of=1000),
        plots.plot_winners({f"microcontroller {i} (model)": np.ones(3) for i in range(5)}, np.full(3, 90.0), 85.0),
        plots.plot_cost_shares(load_latencies("nasbench201").table, (3, 4, 2, 1, 4, 3)),
        plots.plot_reach({name: np.eye(9) for name in MIXERS[1:]}),
        plots.plot_stack_in_table(
            stack(["recurrence"] * 4), 0, {name: plots.Measured(np.arange(3.0), "low") for name in ("a", "b", "c", "d")}
        ),
    ):
        assert letters_on_a_phone(figure) >= 7


def test_a_cell_has_one_arrow_per_operation_and_pale_ones_where_no_signal_goes():
    space = CellSpace()
    for genotype in [(3, 0, 1, 2, 0, 4), (3, 3, 3, 3, 3, 3), (2, 0, 0, 1, 0, 0), (0,) * 6]:
        arrows = [p for p in plots.draw_cell(genotype).patches if isinstance(p, FancyArrowPatch)]
        assert len(arrows) == sum(operation != 0 for operation in genotype)
        assert sum(arrow.get_alpha() == 1 for arrow in arrows) == sum(space.live_edges(genotype))


def test_the_explorer_shows_the_formula_and_counts_the_equivalents():
    figure = plots.plot_cell_explorer((3, 0, 0, 0, 3, 0))
    titles = [ax.get_title() for ax in figure.axes]
    assert "conv3x3₁(conv3x3₂(x))" in titles[0]
    count = len(CellSpace().equivalents((3, 0, 0, 0, 3, 0))) - 1
    assert f"{count} other cells" in figure.subfigs[1].get_suptitle()


def test_runs_that_end_on_one_architecture_are_counted():
    ax = plots.plot_run_ends({"RandomSearch": [3] * 54 + [200] * 46})
    assert {text.get_position()[0]: text.get_text() for text in ax.texts} == {3: "54", 200: "46"}


def test_partitions_are_drawn_nested_only_where_they_are():
    partitions = {"each": [0, 1, 2, 3], "halves": [0, 0, 1, 1], "others": [0, 1, 1, 1], "all": [0, 0, 0, 0]}
    notes = [text.get_text() for text in plots.plot_partitions(partitions).texts]
    assert notes == [
        "4", "2", "merges only", "2", "not nested: 1 are torn apart, others merge", "1", "merges only",
    ]  # fmt: skip


def test_the_explorer_shows_what_a_cell_and_its_equivalents_are_worth(bench):
    accuracy = dict(zip(bench.genotypes, bench.values("val_accuracy", "all")))
    cell = (3, 0, 0, 0, 3, 0)
    titles = [ax.get_title() for ax in plots.plot_cell_explorer(cell, accuracy).axes]
    rank = 1 + sum(value > accuracy[cell] for value in accuracy.values())
    assert titles[0].endswith(f"{accuracy[cell]:.2f} %, rank {rank:,} of 15,625")
    assert len({title.split("\n")[1] for title in titles}) > 1, "spellings of one function differ by seed noise"


def test_a_searcher_has_one_colour_everywhere():
    methods = [n for n in searchers.__all__ if n not in ("Proposal", "Searcher")]
    assert set(methods) <= set(plots.SEARCHER_STYLES)
    colors = [plots.SEARCHER_STYLES[name][0] for name in methods]
    assert len(set(colors)) == len(colors)


def test_a_searcher_has_one_marker_everywhere(bench):
    assert set(plots.SEARCHER_MARKERS) == set(plots.SEARCHER_STYLES)
    assert len(set(plots.SEARCHER_MARKERS.values())) == len(plots.SEARCHER_MARKERS)
    name = "LargestFirst"
    look = plots.SEARCHER_STYLES[name][0], plots.SEARCHER_MARKERS[name]
    (curve,) = plots.plot_incumbents({name: np.zeros((3, 4))}).get_lines()
    marks = {"by hand": 90.0, f"{name}, 30 evaluations": 91.0}
    *_, mark = plots.plot_sorted_accuracies(bench.values("val_accuracy"), marks).get_lines()
    for line in (curve, mark):
        assert (line.get_color(), line.get_marker()) == look


def test_no_two_lines_differ_by_colour_alone():
    curves = {name: np.zeros((3, 4)) for name in [*plots.SEARCHER_STYLES, "x", "y", "z"]}
    lines = plots.plot_incumbents(curves).get_lines()
    dashes = [str(line._dash_pattern) for line in lines]  # get_linestyle calls every pattern of one's own "--"
    looks = {(line.get_color(), pattern) for line, pattern in zip(lines, dashes)}
    assert len(looks) == len(curves)
    assert len(set(dashes[: len(plots.SEARCHER_STYLES)])) == len(plots.SEARCHER_STYLES)
    mixed = {name: np.zeros((3, 4)) for name in ("RandomSearch", "RegularizedEvolution", "NSGA2", "x", "y", "z")}
    assert len({str(line._dash_pattern) for line in plots.plot_incumbents(mixed).get_lines()}) == len(mixed)


def test_operations_stay_apart_without_colour():
    styles = {style for _, style, _ in plots.OPERATION_STYLES.values()}
    labels = {label for _, _, label in plots.OPERATION_STYLES.values()}
    assert len(labels) == 5 and len(styles) >= 4
    for color, _, _ in plots.OPERATION_STYLES.values():
        to_rgb(color)


def test_the_family_tree_shows_the_living_and_the_line_of_the_best(history):
    ax = plots.plot_family_tree(history, population_size=20)
    (living,) = (c for c in ax.collections if c.get_label() == "in the population")
    assert len(living.get_offsets()) == 20
    assert np.allclose(sorted(living.get_offsets()[:, 0]), range(40, 60))
    (line,) = (line for line in ax.get_lines() if line.get_label() == "line of the best")
    assert line.get_ydata()[0] == max(record.value for record in history)


@pytest.mark.parametrize("step", [0, 61])
def test_the_family_tree_refuses_steps_outside_the_run(history, step):
    with pytest.raises(ValueError, match="choose 1…60"):
        plots.plot_family_tree(history, step)


def test_the_map_of_a_lesson_refuses_unknown_parts():
    with pytest.raises(ValueError, match="choose among search space, search strategy, performance estimation"):
        plots.you_are_here("search spice")


def test_reported_costs_stand_at_their_year_with_name_and_number():
    ax = plots.plot_reported_costs(
        [(2017.5, "a", 2000.0, "trains"), (2018.0, "b", 0.17, "shares"), (2018.5, "c", 50.0, "shares")]
    )
    assert {text.get_text(): text.xy for text in ax.texts} == {
        "a: 2,000": (2017.5, 2000.0),
        "b: 0.17": (2018.0, 0.17),
        "c: 50": (2018.5, 50.0),
    }
    assert [line.get_xydata().tolist() for line in ax.get_lines()] == [
        [[2017.5, 2000.0]],
        [[2018.0, 0.17], [2018.5, 50.0]],
    ]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["trains", "shares"]


def test_sorted_accuracies_put_marks_at_their_rank(bench):
    values = bench.values("val_accuracy", "all")
    resnet = values[bench.genotypes.index(COMPANIONS["ResNet-like"])]
    legend = plots.plot_sorted_accuracies(values, {"ResNet": resnet}).get_legend().get_texts()[0].get_text()
    assert f"rank {1 + int((values > resnet).sum()):,}" in legend


def test_a_landscape_has_the_best_in_its_first_column_and_a_step_leads_at_most_one_further(bench):
    values = dict(zip(bench.genotypes, bench.values("val_accuracy", "all").tolist()))
    best = max(values, key=values.__getitem__)
    path = [best]
    rng = np.random.default_rng(0)
    while len(path) < 30:
        path.append(bench.space.neighbors(path[-1])[rng.integers(24)])
    ax = plots.plot_landscape(values, optima=[best], paths=[path])
    drawn = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    columns = drawn["climb 1"][:, 0].round().astype(int)
    assert columns.tolist() == [sum(a != b for a, b in zip(cell, best)) for cell in path]
    assert abs(np.diff(columns)).max() == 1
    assert drawn["climb 1"][:, 1].tolist() == [values[cell] for cell in path]
    assert drawn["local optimum"].round(9).tolist() == [drawn["climb 1"][0].round(9).tolist()]
    assert len(drawn["one architecture"]) == len(bench)


def test_a_landscape_refuses_more_climbs_than_it_has_looks_for(bench):
    values = dict(zip(bench.genotypes, bench.values("val_accuracy")))
    with pytest.raises(ValueError, match="4 paths: give at most 3"):
        plots.plot_landscape(values, paths=[bench.genotypes[:2]] * 4)


def test_a_controller_frames_what_was_chosen_of_each_variable(bench):
    genotype = (3, 0, 1, 2, 0, 4)
    tables = np.random.default_rng(0).dirichlet(np.ones(5), size=6)
    ax = plots.plot_controller(bench.space, genotype, list(tables))
    bold = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    assert bold == [f"{table[choice]:.2f}" for table, choice in zip(tables, genotype)]
    assert sum(text.get_text() == "LSTM" for text in ax.texts) == 6


@pytest.mark.parametrize("name", ["plot_predicted_latency", "plot_selection", "plot_two_tasks"])
def test_the_legend_of_a_cloud_that_may_be_anywhere_stands_outside(calls, name):
    ax = getattr(plots, name)(*calls[name])
    ax.figure.canvas.draw()
    assert not ax.get_legend().get_window_extent().overlaps(ax.get_window_extent())
