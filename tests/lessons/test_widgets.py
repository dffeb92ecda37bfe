import pytest

pytest.importorskip("ipywidgets")

import matplotlib.pyplot as plt
import numpy as np

from nastutor import load_benchmark, plots, search, widgets
from nastutor.lessons.explorer import png_of
from nastutor.searchers import RegularizedEvolution
from nastutor.spaces.sequence import MIXERS, stack
from nastutor.studies.oneshot import load_oneshot_study

pytestmark = pytest.mark.long  # the lessons draw each picture once, and the test in a browser moves a control of each


@pytest.fixture(scope="module")
def history():
    bench = load_benchmark("nasbench201", dataset="cifar10", search_seed=0)
    return search(RegularizedEvolution(bench.space, seed=1), bench.evaluate, budget=60)


@pytest.mark.parametrize(
    ("make", "moves"),
    [
        (widgets.explore_random_search, [("evaluations", 5000), ("dataset", "cifar100")]),
        (widgets.explore_cell, [("edge_0_2", 4), ("edge_2_3", 0)]),
        (widgets.explore_transfer, [("first", "arxiv"), ("second", "cs")]),
        (widgets.explore_shares, [("best", 50), ("dropout", "architecture"), ("task", "slice")]),
        (widgets.explore_ledger, [("claim", "aging"), ("claim", "devices")]),
        (widgets.explore_winners_curse, [("n", 10), ("dataset", "ImageNet16-120")]),
    ],
)
def test_every_control_changes_the_picture(make, moves):
    plt.close("all")  # what other tests left open
    explorer = make()
    seen = [bytes(explorer.image.value)]
    for name, value in moves:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert all(picture.startswith(b"\x89PNG") for picture in seen)
    assert len(set(seen)) == len(seen)
    assert not plt.get_fignums(), "a figure left open would be shown a second time below the cell"


def test_every_control_of_the_acquisition_changes_the_picture():
    pytest.importorskip("torch")
    explorer = widgets.explore_acquisition()
    seen = [bytes(explorer.image.value)]
    for name, value in [("observations", 4), ("beta", 2.5), ("acquisition", "mean"), ("acquisition", "its")]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_the_proxies_follow_their_controls():
    rng = np.random.default_rng(0)
    explorer = widgets.explore_proxies({"a": rng.normal(size=50), "b": rng.normal(size=50)}, rng.normal(size=50))
    seen = [bytes(explorer.image.value)]
    for name, value in [("score", "b"), ("share", 50)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_a_stack_with_holes_is_the_stack_without_them_and_a_missing_one_is_told():
    genotypes = [stack(["attention"]), stack(["attention", "convolution"])]
    measures = {"recall": plots.Measured(np.array([1.0, 2.0]), "high")}
    explorer = widgets.explore_stack(genotypes, measures, genotypes[0])
    first = bytes(explorer.image.value)
    explorer.controls["mixer_2"].value = MIXERS.index("convolution")
    assert bytes(explorer.image.value) != first
    with_holes = explorer.draw(1, mixer_1=0, mixer_2=1, mixer_3=0, mixer_4=2)
    assert "rank 1 of 2" in " ".join(ax.get_xlabel() for ax in with_holes.axes)
    plt.close(with_holes)
    with pytest.raises(ValueError, match="not among the 2 architectures"):
        explorer.draw(0, **{f"mixer_{layer}": 3 for layer in range(1, 5)})


def test_the_bilevel_problem_follows_its_controls():
    explorer = widgets.explore_bilevel()
    seen = [bytes(explorer.image.value)]
    for name, value in [("xi", 0.5), ("weight_rate", 0.3), ("xi", 0.0)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_the_runs_over_alpha_follow_their_controls():
    explorer = widgets.explore_alpha(load_oneshot_study(), ["DARTS, first order", "DARTS, second order"])
    seen = [bytes(explorer.image.value)]
    moves = [("epoch", 5), ("epoch", 30), ("with_none", True), ("seed", 1), ("method", "DARTS, second order")]
    for name, value in moves:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_the_weights_follow_their_controls():
    rng = np.random.default_rng(0)
    explorer = widgets.explore_weights({cost: rng.normal(size=(50, 2)) for cost in ("latency (ms)", "parameters")})
    seen = [bytes(explorer.image.value)]
    for name, value in [("weight", 0.9), ("cost", "parameters"), ("weight", 0.0)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_every_edge_changes_the_shares_of_a_cell():
    pytest.importorskip("torch")
    from nastutor.studies.latencies import load_latencies

    explorer = widgets.explore_cost_shares(load_latencies("nasbench201").table, (1,) * 6)
    seen = [bytes(explorer.image.value)]
    for name in explorer.controls:
        explorer.controls[name].value = 3
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == 7


def test_the_winners_follow_their_controls():
    rng = np.random.default_rng(0)
    latencies = {name: rng.uniform(1, 9, size=40) for name in ("a (model)", "b")}
    explorer = widgets.explore_winners(
        {"x": (latencies, rng.uniform(50, 90, 40), 60.0), "y": (latencies, rng.uniform(80, 99, 40), 80.0)}
    )
    seen = [bytes(explorer.image.value)]
    for name, value in [("height", 0), ("space", "y"), ("height", 95)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_stopping_follows_its_controls():
    rng = np.random.default_rng(0)
    curves = {method: {"with none": rng.normal(size=(3, 6))} for method in ("a", "b")}
    explorer = widgets.explore_stopping(curves, {method: rng.normal(size=6) for method in curves}, epoch=3)
    seen = [bytes(explorer.image.value)]
    for name, value in [("epoch", 6), ("method", "b"), ("epoch", 1)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_the_family_tree_follows_its_slider(history):
    explorer = widgets.explore_family_tree(history)
    last = bytes(explorer.image.value)
    for step in (1, 25):
        explorer.controls["step"].value = step
        assert explorer.image.value != last


def test_an_error_in_the_drawing_is_shown_and_raised(history):
    explorer = widgets.explore_family_tree(history)
    picture = bytes(explorer.image.value)
    explorer.controls["step"].min = 0
    with pytest.raises(ValueError, match="choose 1…60"):
        explorer.controls["step"].value = 0
    assert "choose 1…60" in explorer.error.value
    explorer.controls["step"].value = len(history)
    assert explorer.error.value == ""
    assert explorer.image.value == picture


def test_every_control_of_halving_changes_the_picture():
    explorer = widgets.explore_halving(load_benchmark("glyphs"))
    seen = [bytes(explorer.image.value)]
    for name, value in [("eta", 2), ("configurations", 12), ("seed", 5)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == 4


def test_the_shared_weights_follow_their_sliders():
    explorer = widgets.explore_shared_weights(load_oneshot_study())
    seen = [bytes(explorer.image.value)]
    for name, value in [("epoch", 5), ("run", 1), ("epoch", 20)]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_the_limit_follows_its_controls():
    rng = np.random.default_rng(0)
    explorer = widgets.explore_limit({name: rng.uniform(1, 100, 50) for name in ("a", "b")}, rng.uniform(50, 90, 50))
    seen = [bytes(explorer.image.value)]
    for name, value in [("share", 0), ("share", 100), ("cost", "b")]:
        explorer.controls[name].value = value
        seen.append(bytes(explorer.image.value))
    assert len(set(seen)) == len(seen)


def test_a_stored_notebook_keeps_the_text_form_and_no_picture(history):
    stored = widgets.explore_family_tree(history)._repr_mimebundle_()
    assert stored.pop("application/vnd.jupyter.widget-view+json")
    assert stored == {"text/plain": "<interactive picture: step=60>"}


def test_drawing_twice_gives_the_same_bytes():
    first, second = (png_of(plots.draw_cell((3, 0, 1, 2, 0, 4))) for _ in range(2))
    assert first == second
