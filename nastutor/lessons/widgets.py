"""Pictures with controls, for lessons in JupyterLab, Notebook and Colab.

Each draws with a pure function of `nastutor.plots`; see `nastutor.lessons.explorer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from nastutor import plots
from nastutor.benchmarks import Benchmark, load_benchmark
from nastutor.benchmarks.fcnet import TASKS as FCNET_TASKS
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.benchmarks.nasbench_graph import SAME_NETWORKS
from nastutor.lessons.explorer import Explorer
from nastutor.loop.history import History
from nastutor.spaces.cell import COMPANIONS, CellSpace
from nastutor.spaces.sequence import FEED_FORWARDS, LAYERS, MIXERS, SequenceSpace
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.studies.oneshot import WATCHED_EPOCHS
from nastutor.studies.recipe_claims import shares

if TYPE_CHECKING:
    from nastutor.hardware.lookup_table import LookupTable
    from nastutor.searchers.reinforce import PolicyRecord
    from nastutor.studies.oneshot import OneShotStudy


@cache
def _table(dataset: str) -> Benchmark:
    return load_benchmark("nasbench201", dataset=dataset, search_seed=0)


@cache
def _accuracy(dataset: str) -> dict[Genotype, float]:
    """Return the mean accuracy of each cell over all its seeds: for looking at a table, not for searching it."""
    table = _table(dataset)
    return dict(zip(table.genotypes, table.values("val_accuracy", "all").tolist()))


def _datasets() -> ipywidgets.ToggleButtons:
    return ipywidgets.ToggleButtons(options=list(DATASETS), description="dataset")


def _slider(description: str, options: list[int], value: int) -> ipywidgets.SelectionSlider:
    return ipywidgets.SelectionSlider(
        options=options, value=value, description=description, continuous_update=False, layout={"width": "60%"}
    )


def explore_random_search() -> Explorer:
    """Show where random search lands in the sorted table: dataset and number of evaluations to choose."""
    return Explorer(
        lambda dataset, evaluations: plots.plot_random_search_in_table(_table(dataset), evaluations),
        dataset=_datasets(),
        evaluations=_slider("evaluations", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000], 200),
    )


def explore_transfer() -> Explorer:
    """Show how two tasks of NAS-Bench-Graph rank the same networks: both tasks to choose."""

    def draw(first: str, second: str) -> Axes:
        there, here = (load_benchmark("nasbench_graph", task=task) for task in (first, second))
        return plots.plot_two_tasks(there, here)

    return Explorer(
        draw,
        first=ipywidgets.Dropdown(options=SAME_NETWORKS, value="cora", description="there"),
        second=ipywidgets.Dropdown(options=SAME_NETWORKS, value="pubmed", description="here"),
    )


def explore_shares() -> Explorer:
    """Show what architectures and recipes explain on a task of FCNet: what is kept and where dropout belongs."""

    def draw(task: str, best: int, dropout: str) -> Axes:
        kept = {"all recipes": 1.0, f"the best {best} %": best / 100}
        return plots.plot_shares(
            {
                label: {part: float(band.mean) for part, band in shares(task, dropout, share).items()}
                for label, share in kept.items()
            }
        )

    return Explorer(
        draw,
        task=ipywidgets.ToggleButtons(options=list(FCNET_TASKS), description="task"),
        best=_slider("best %", [5, 10, 20, 30, 50, 75], 10),
        dropout=ipywidgets.ToggleButtons(options=["recipe", "architecture"], description="dropout is"),
    )


def explore_stack(
    genotypes: Sequence[Genotype], measures: Mapping[str, plots.Measured], genotype: Genotype
) -> Explorer:
    """Show a small language model and its rank by some measures: the feed-forward size and four mixers to choose.

    Parameters
    ----------
    genotypes : the architectures of the table, canonical, in the order of the measures' arrays.
    measures : see `plots.plot_stack_in_table`.
    genotype : the first to show.
    """
    space = SequenceSpace()

    def draw(feed_forward: int, **mixers: int) -> Figure:
        chosen = space.canonical((feed_forward, *mixers.values()))
        if chosen not in genotypes:
            raise ValueError(f"{space.to_string(chosen)} is not among the {len(genotypes)} architectures of the table")
        return plots.plot_stack_in_table(chosen, genotypes.index(chosen), measures)

    sizes = [(str(size), number) for number, size in enumerate(FEED_FORWARDS)]
    names = [(name, number) for number, name in enumerate(MIXERS)]
    return Explorer(
        draw,
        feed_forward=ipywidgets.ToggleButtons(options=sizes, value=genotype[0], description="feed forward"),
        **{
            f"mixer_{layer}": ipywidgets.Dropdown(options=names, value=genotype[layer], description=f"layer {layer}")
            for layer in range(1, LAYERS + 1)
        },
    )


def explore_ledger(claim: str = "size-early") -> Explorer:
    """Show a claim of the ledger, its number and interval on each table: the claim to choose."""
    from nastutor.studies.verdicts import OUT_OF_REACH, load_verdicts

    rows = [row for row in load_verdicts() if row.verdict != OUT_OF_REACH]
    names = list(dict.fromkeys(row.claim for row in rows))
    return Explorer(
        lambda claim: plots.plot_claim([row for row in rows if row.claim == claim]),
        claim=ipywidgets.Dropdown(options=names, value=claim, description="claim"),
    )


def explore_cell(genotype: Genotype = COMPANIONS["ResNet-like"]) -> Explorer:
    """Show a cell, its function, its accuracy and rank on CIFAR-10, and its equivalents: one control per edge."""
    accuracy = _accuracy("cifar10")
    return Explorer(lambda **edges: plots.plot_cell_explorer(tuple(edges.values()), accuracy), **_edges(genotype))


def _edges(genotype: Genotype) -> dict[str, ipywidgets.ToggleButtons]:
    """Return a control for each edge of a cell, in their order."""
    space = CellSpace()
    options = [(name, number) for number, name in enumerate(space.operations)]
    return {
        f"edge_{i}_{j}": ipywidgets.ToggleButtons(options=options, value=value, description=f"{i}→{j}")
        for value, (i, j) in zip(space.validate(genotype), space.edges)
    }


def explore_winners_curse() -> Explorer:
    """Show what the best of N random cells seems worth, and is worth: dataset and N to choose."""
    return Explorer(
        lambda dataset, n: plots.plot_winners_curse(_table(dataset), n),
        dataset=_datasets(),
        n=_slider("N", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000], 200),
    )


def explore_family_tree(history: History, population_size: int = 20) -> Explorer:
    """Show the family tree of an evolution run after as many evaluations as the slider says."""
    step = ipywidgets.IntSlider(
        value=len(history), min=1, max=len(history), description="evaluations", continuous_update=False,
        layout={"width": "60%"},
    )  # fmt: skip
    return Explorer(lambda step: plots.plot_family_tree(history, step, population_size), step=step)


def explore_policy(trajectory: Sequence[PolicyRecord], space: SearchSpace, ranks: Mapping[Genotype, int]) -> Explorer:
    """Show how a policy sharpened: a slider over its updates (see `plots.plot_policy_run`)."""
    update = ipywidgets.IntSlider(
        value=len(trajectory) - 1, min=0, max=len(trajectory) - 1, description="update", continuous_update=False,
        layout={"width": "60%"},
    )  # fmt: skip
    return Explorer(lambda update: plots.plot_policy_run(trajectory, space, ranks, update), update=update)


def explore_acquisition() -> Explorer:
    """Show a search in one dimension: the number of observations, the acquisition and β to choose."""
    return Explorer(
        lambda acquisition, observations, beta: plots.plot_acquisition(observations, acquisition, beta),
        acquisition=ipywidgets.ToggleButtons(options=["ucb", "ei", "its", "mean"], description="acquisition"),
        observations=_slider("observations", list(range(3, 16)), 6),
        beta=ipywidgets.FloatSlider(
            value=1.0, min=0, max=3, step=0.25, description="β (ucb)", continuous_update=False, layout={"width": "60%"}
        ),
    )


def explore_halving(bench: Benchmark) -> Explorer:
    """Show successive halving on a table with learning curves: η, the number of cells and the seed to choose."""
    return Explorer(
        lambda eta, configurations, seed: plots.plot_halving(bench, eta, configurations, seed),
        eta=_slider("η", [2, 3, 4], 3),
        configurations=_slider("cells", [12, 16, 27, 48, 64], 27),
        seed=_slider("seed", list(range(20)), 0),
    )


def explore_bilevel() -> Explorer:
    """Show descents on the scalar bilevel problem, the first order beside it: ξ and the learning rate to choose."""
    return Explorer(
        lambda xi, weight_rate: plots.plot_bilevel(sorted({0.0, xi}), weight_rate),
        xi=ipywidgets.FloatSlider(
            value=0.2, min=0, max=1.5, step=0.05, description="ξ", continuous_update=False, layout={"width": "60%"}
        ),
        weight_rate=ipywidgets.FloatSlider(
            value=0.1, min=0.02, max=0.5, step=0.02, description="rate of w", continuous_update=False,
            layout={"width": "60%"},
        ),
    )  # fmt: skip


def explore_alpha(study: OneShotStudy, methods: Sequence[str]) -> Explorer:
    """Show a stored run over α epoch by epoch: the method, the seed, the epoch and the way to derive to choose."""

    def draw(method: str, seed: int, epoch: int, with_none: bool) -> Figure | SubFigure:
        cells = study.derived(method, with_none)[seed]
        return plots.plot_alpha_epoch(study(method, "alphas")[seed], cells, study.test_accuracy(cells), epoch)

    runs, epochs = (min(study(method, "genotypes").shape[axis] for method in methods) for axis in (0, 1))
    return Explorer(
        draw,
        method=ipywidgets.ToggleButtons(options=list(methods), description="method"),
        seed=_slider("seed", list(range(runs)), 0),
        epoch=_slider("epoch", list(range(1, epochs + 1)), epochs),
        with_none=ipywidgets.Checkbox(value=False, description="`none` may win"),
    )


def explore_proxies(scores: Mapping[str, np.ndarray], accuracy: np.ndarray) -> Explorer:
    """Show scores of architectures against their accuracy: the score and the share of the best to choose."""
    return Explorer(
        lambda score, share: plots.plot_score_against_accuracy(scores[score], accuracy, score, share / 100),
        score=ipywidgets.Dropdown(options=list(scores), description="score"),
        share=_slider("best (%)", [1, 2, 5, 10, 20, 30, 50, 75, 100], 10),
    )


def explore_winners(spaces: Mapping[str, tuple[Mapping[str, np.ndarray], np.ndarray, float]]) -> Explorer:
    """Show which architecture is the fastest on which device: the space and the least accuracy to choose.

    Parameters
    ----------
    spaces : by name, latencies, accuracy and lowest accuracy of the picture (see `plots.plot_winners`). The slider
        goes from the lowest to the highest accuracy, 0…100 %.
    """

    def draw(space: str, height: int) -> Figure:
        latencies, accuracy, lowest = spaces[space]
        least = lowest + height / 100 * (accuracy.max() - lowest)
        return plots.plot_winners(latencies, accuracy, round(least, 1), lowest)

    return Explorer(
        draw,
        space=ipywidgets.ToggleButtons(options=list(spaces), description="space"),
        height=_slider("accuracy (%)", list(range(0, 100, 5)), 75),
    )


def explore_weights(pairs: Mapping[str, np.ndarray], lowest: float | None = None) -> Explorer:
    """Show which points of a front a weighted sum chooses: the cost and the weight of the accuracy to choose.

    Parameters
    ----------
    pairs : by the cost's name with its unit, (n, 2): accuracy and minus that cost.
    lowest : the accuracy at which the picture begins (see `plots.plot_weighted_sum`).
    """
    return Explorer(
        lambda cost, weight: plots.plot_weighted_sum(pairs[cost], weight, cost, lowest=lowest),
        cost=ipywidgets.Dropdown(options=list(pairs), description="cost"),
        weight=ipywidgets.FloatSlider(
            value=0.5, min=0, max=1, step=0.02, description="weight", continuous_update=False, layout={"width": "60%"}
        ),
    )


def explore_shared_weights(study: OneShotStudy) -> Explorer:
    """Show what shared weights say of cells as they learn: the epoch and the seed of the supernet to choose."""
    return Explorer(
        lambda epoch, run: plots.plot_shared_weights(study, epoch, run),
        epoch=_slider("epoch", list(WATCHED_EPOCHS), WATCHED_EPOCHS[-1]),
        run=_slider("seed", list(range(len(study("uniform paths", "shared")))), 0),
    )


def explore_stopping(
    curves: Mapping[str, Mapping[str, np.ndarray]], references: Mapping[str, np.ndarray], epoch: int
) -> Explorer:
    """Show what a search would answer after each epoch: the method and the epoch to choose.

    Parameters
    ----------
    curves, references : by method, what `plots.plot_stopping` draws; as many epochs for each.
    epoch : the first to show.
    """
    epochs = min(len(reference) for reference in references.values())
    return Explorer(
        lambda method, epoch: plots.plot_stopping(curves[method], references[method], epoch),
        method=ipywidgets.Dropdown(options=list(curves), description="method"),
        epoch=_slider("epoch", list(range(1, epochs + 1)), epoch),
    )


def explore_cost_shares(table: LookupTable, genotype: Genotype) -> Explorer:
    """Show where a cell's time and its MACs go by a lookup table of latencies: the six operations to choose."""
    return Explorer(lambda **edges: plots.plot_cost_shares(table, tuple(edges.values())), **_edges(genotype))


def explore_limit(costs: Mapping[str, np.ndarray], accuracy: np.ndarray) -> Explorer:
    """Show the best sub-network under a limit: the cost and the limit, as a share of the range, to choose.

    Parameters
    ----------
    costs : by the cost's name with its unit, (N,).
    accuracy : (N,) percent.
    """

    def draw(cost: str, share: int) -> Axes:
        low, high = np.log(costs[cost].min()), np.log(costs[cost].max())
        limit = costs[cost].max() if share == 100 else float(np.exp(low + share / 100 * (high - low)) * (1 + 1e-9))
        return plots.plot_limit(costs[cost], accuracy, limit, cost)

    return Explorer(
        draw,
        cost=ipywidgets.Dropdown(options=list(costs), description="cost"),
        share=_slider("limit (%)", list(range(0, 101, 5)), 50),
    )
