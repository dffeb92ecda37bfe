"""What papers claim beyond their searches on tables, as numbers of stored runs that are above zero where it holds.

`nastutor.studies.verdicts` joins them to the claims on searches of `nastutor.studies.ledger`. Each measure is a few
lines; what it stands on was computed by the module of this room that it opens.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.benchmarks.nasbench_graph import SAME_NETWORKS
from nastutor.loop.search import repeat
from nastutor.objectives.pareto import hypervolume_curve
from nastutor.searchers import NSGA2, Hyperband, RandomSearch
from nastutor.spaces.cell import SKIP
from nastutor.spaces.sequence import SequenceSpace
from nastutor.statistics import (
    Band,
    bootstrap_band,
    difference_band,
    rank_correlation,
    rank_correlation_band,
    rank_correlation_difference_band,
    student_band,
    student_difference_band,
)
from nastutor.statistics.fidelity import curves_by_epochs
from nastutor.studies.collapse import CollapseStudy, load_collapse_study
from nastutor.studies.equal_seconds import worth
from nastutor.studies.once_for_all import load_once_for_all
from nastutor.studies.oneshot import WATCHED, OneShotStudy, load_oneshot_study, watched_cells
from nastutor.studies.proxies import load_proxies
from nastutor.studies.proxyless import load_proxyless
from nastutor.studies.recipe_claims import false_steps, recipe_explains_more, searcher_lead, strategy_lead
from nastutor.studies.runtimes import RUNTIMES, load_runtimes
from nastutor.studies.searches import incumbent_rows, load_study, open_table, study_curves
from nastutor.studies.sequence_sharing import load_sharing

GLYPHS, SUPERNET = "glyphs", "glyphs, eight cells"
FCNET_TASKS = ("protein", "naval", "parkinsons", "slice")
SEQUENCE_TASKS = ("recall", "counting", "text")
FIRST, SECOND, PATIENT = "DARTS, first order", "DARTS, second order", "DARTS, eight cells"


class PaperClaim(NamedTuple):
    """A claim of a paper.

    id : one word or a few, for the ledger.
    lesson : where it is looked into.
    paper : who claims it, or first asked.
    text : the claim in a sentence, as it is measured here.
    runs : what the interval is over.
    measures : by table a function that returns a number that is above zero where the claim holds, with its interval.
    """

    id: str
    lesson: str
    paper: str
    text: str
    runs: str
    measures: Mapping[str, Callable[[], Band]]


def _over(margin: float, measure: Callable[..., Band], *arguments: object) -> Callable[[], Band]:
    """Return a function that measures, and takes off what must be exceeded."""
    return lambda: measure(*arguments).less(margin)


def _under(margin: float, measure: Callable[..., Band], *arguments: object) -> Callable[[], Band]:
    """Return a function that measures by how much something is below a number."""

    def below() -> Band:
        band = measure(*arguments)
        return Band(margin - band.mean, margin - band.high, margin - band.low)

    return below


# Tables: noise and transfer


def overstated(table: str, budget: int = 200) -> Band:
    """Return by how much what random search chose looks better by the seed that chose it than by the others."""
    bench, rows = open_table(table), load_study(table, "RandomSearch")[:, :budget]
    seen, truth = (study_curves(bench, rows, seeds)[:, -1] for seeds in ("search", "report"))
    luck = bench.values("val_accuracy", "search") - bench.values("val_accuracy", "report")
    return bootstrap_band(seen - truth - np.nanmean(luck))


def agrees_with_cifar10(dataset: str) -> Band:
    """Return the rank correlation of the cells' accuracies on CIFAR-10 with those on another dataset."""
    one, other = (open_table(name).values("val_accuracy", "report") for name in ("cifar10", dataset))
    return rank_correlation_band(one, other, resamples=200)


def agrees_with_cora(task: str) -> Band:
    """Return the rank correlation of graph networks on cora with the same networks on another task."""
    one, other = (load_benchmark("nasbench_graph", task=name).values("test_accuracy") for name in ("cora", task))
    return rank_correlation_band(one, other, resamples=200)


# Budgets


@cache
def _glyph_runs(epochs: int) -> dict[str, np.ndarray]:
    """Return what searches on glyphs have found after so many epochs of training, by the seeds not searched."""
    bench = load_benchmark("glyphs", search_seed=0)

    def truth(genotype: tuple[int, ...]) -> float:
        return bench.report(genotype)["val_accuracy"]

    stops = repeat(lambda seed: Hyperband(bench.space, seed, max_epochs=12), bench.evaluate, None, range(300),
                   max_epochs=epochs, progress=False)  # fmt: skip
    full = repeat(lambda seed: RandomSearch(bench.space, seed), bench.evaluate, epochs // 12, range(300),
                  progress=False)  # fmt: skip
    return {
        name: curves_by_epochs(runs, truth, epochs, full=12)[:, -1]
        for name, runs in (("Hyperband", stops), ("RandomSearch", full))
    }


def hyperband_leads(epochs: int) -> Band:
    """Return by how many points Hyperband is ahead of random search with full trainings, for equal epochs."""
    found = _glyph_runs(epochs)
    return difference_band(found["Hyperband"], found["RandomSearch"])


def early_look_ranks(top: float | None = None) -> Band:
    """Return the rank correlation of accuracies after 4 of 12 epochs with those at the end, by other seeds."""
    bench = load_benchmark("glyphs", search_seed=0)
    early = bench.curves["val_accuracy"][:, 0, 3]
    return rank_correlation_band(early, bench.values("val_accuracy", "report"), top, resamples=200)


# Zero-cost proxies


def _scores(plan: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return scores by proxy, parameters too, and what the cells are worth."""
    bench = open_table("glyphs" if plan == "glyphs" else "cifar10")
    found = load_proxies(plan)
    rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    place = [rows[bench.space.canonical(cell) if plan == "glyphs" else cell] for cell in found.genotypes]
    scores = {name: values[:, 0] for name, values in found.scores.items()}
    scores["params"] = np.array([bench.space.weights(cell) for cell in found.genotypes])
    return scores, bench.values(bench.reported("val_accuracy"), "report")[place]


def proxy_leads(proxy: str, plan: str) -> Band:
    """Return by how much a proxy ranks cells better than their parameters do."""
    scores, truth = _scores(plan)
    return rank_correlation_difference_band(scores[proxy], scores["params"], truth)


def proxy_ranks(proxy: str, plan: str) -> Band:
    """Return the rank correlation of a proxy with what cells are worth."""
    scores, truth = _scores(plan)
    return rank_correlation_band(scores[proxy], truth)


# Weight sharing and DARTS


@cache
def _random_curves() -> np.ndarray:
    """Return the test accuracy of the best so far of random search on glyphs, (runs, trainings)."""
    bench, rows = load_benchmark("glyphs", search_seed=0), load_study("glyphs", "RandomSearch")
    best = incumbent_rows(rows, bench.values("val_accuracy", "search")[rows])
    return bench.values("test_accuracy", "report")[best]


def _study(method: str) -> OneShotStudy:
    """Return the study that has a method."""
    plain, cured = load_oneshot_study(), load_collapse_study()
    return plain if f"{method}/seconds" in plain.stored else cured


def _answers(method: str) -> np.ndarray:
    """Return the cells that a method's runs end with, (runs, 6)."""
    study = _study(method)
    if f"{method}/genotype" in study.stored:
        return study(method, "genotype")
    return study.derived(method)[:, -1]


def _truth(method: str) -> np.ndarray:
    return _study(method).test_accuracy(_answers(method))


def above_random_search(method: str) -> Band:
    """Return by how many points a method's answers are ahead of random search with as many processor seconds."""
    study = _study(method)
    seconds = study(method, "seconds").reshape(len(study(method, "seconds")), -1).sum(axis=1)
    return worth(study, _answers(method), seconds, _random_curves()).lead


def above(method: str, other: str) -> Band:
    """Return by how many points the answers of one method are ahead of another's, run by run, unpaired."""
    return student_difference_band(_truth(method), _truth(other))


def sinks(method: str, early: int = 5) -> Band:
    """Return by how many points the cells after a few epochs are better than those at the end."""
    study = _study(method)
    accuracy = study.test_accuracy(study.derived(method))
    return student_band(accuracy[:, early - 1] - accuracy[:, -1])


def more_skips(method: str, other: str) -> Band:
    """Return how many skips more, of six edges, the cells of a method end with."""
    counts = [(_study(name).derived(name)[:, -1] == SKIP).sum(axis=1) for name in (method, other)]
    return student_difference_band(*counts)


def perturbation_helps() -> Band:
    """Return how much better cells are that are read off by what is missed than those by the largest α."""
    study: CollapseStudy = load_collapse_study()
    method = "two cells, first order"
    by_alpha = study.derived(method)[:, -1] if f"{method}/alphas" in study.stored else study(method, "genotype")
    return student_difference_band(study.test_accuracy(study(method, "by_perturbation")), study.test_accuracy(by_alpha))


def shared_weights_rank(top: bool = False) -> Band:
    """Return Kendall's τ of accuracies with shared, recalibrated weights with those of training alone, over runs."""
    study = load_oneshot_study()
    cells = watched_cells()
    part = slice(WATCHED, None) if top else slice(0, WATCHED)
    truth = study.test_accuracy(np.array(cells))[part]
    shared = study("uniform paths", "shared")[:, -1, 1, part]
    return student_band([rank_correlation(run, truth, kind="kendall") for run in shared])


def enas_controller_helps() -> Band:
    """Return by how many points ENAS's cell is ahead of a random pick from the same supernet."""
    study = load_oneshot_study()
    drawn, seen = (study("ENAS", f"random_{name}") for name in ("candidates", "accuracies"))
    picked = drawn[np.arange(len(drawn)), seen.argmax(axis=1)]
    return student_band(study.test_accuracy(study("ENAS", "genotype")) - study.test_accuracy(picked))


# Hardware and several objectives


def front_leads(metric: str, evaluations: int = 200, runs: int = 20) -> Band:
    """Return how many percent of the true hypervolume NSGA-II misses less than random search, on CIFAR-10 cells."""
    bench = load_benchmark("nasbench201", dataset="cifar10", search_seed=0)
    pairs = np.column_stack([bench.values("val_accuracy", "search"), -bench.values(metric, "search")])
    worst, best = pairs.min(axis=0), pairs.max(axis=0)
    scaled = (pairs - worst) / (best - worst)
    whole = hypervolume_curve(scaled[np.argsort(-scaled[:, 0])], (0, 0))[-1]
    rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    missed = []
    for method in (RandomSearch, NSGA2):
        histories = repeat(
            lambda seed, method=method: method(bench.space, seed=seed),  # type: ignore[misc]
            bench.evaluate, evaluations, range(runs), objective=("val_accuracy", f"-{metric}"), progress=False,
        )  # fmt: skip
        found = [[rows[record.genotype] for record in history] for history in histories]
        missed.append([100 * (1 - hypervolume_curve(scaled[run], (0, 0))[-1] / whole) for run in found])
    return difference_band(missed[0], missed[1])


def term_makes_faster(span: float) -> Band:
    """Return by how many milliseconds (of a model) the latency term makes GDAS's cells faster."""
    runs = [load_proxyless("gdas", "microcontroller", value) for value in (0.0, span)]
    slow, fast = (each.latencies.of(each.genotypes[:, -1]) for each in runs)
    return student_difference_band(slow, fast)


def ranks_runtime(one: str, other: str) -> Band:
    """Return the rank correlation of the measured latencies of cells in two runtimes."""
    measured = load_runtimes(batch=1).milliseconds
    return rank_correlation_band(measured[one], measured[other])


def subnetworks_rank(method: str) -> Band:
    """Return the rank correlation of sub-networks with shared weights with the same trained alone, over 16."""
    study = load_once_for_all()
    alone = study.alone["short"].test_accuracy.mean(axis=1)
    shared = study.shared[method].test_accuracy.mean(axis=0)[: len(alone)]
    return rank_correlation_band(shared, alone)


def sandwich_helps_smallest() -> Band:
    """Return by how many points the smallest sub-network is better after the sandwich rule than after shrinking."""
    study = load_once_for_all()
    one, other = (study.shared[name].test_accuracy[:, 0] for name in ("sandwich", "shrinking"))
    return student_band(one - other)


# Language models


def _mixers(task: str) -> tuple[np.ndarray, list[list[str]]]:
    """Return the test accuracies (architectures, seeds) of a task, and what each architecture mixes with."""
    bench = load_benchmark("sequences", task=task)
    return bench.metrics["test_accuracy"], [SequenceSpace().mixers(genotype) for genotype in bench.genotypes]


def attention_solves(task: str, solved: float = 95.0) -> Band:
    """Return which share of trainings more solves a task if there is attention in the stack."""
    accuracy, stacks = _mixers(task)
    share = 100 * (accuracy >= solved).mean(axis=1)
    has = np.array(["attention" in stack for stack in stacks])
    return difference_band(share[has], share[~has])


def mixed_above_pure(task: str, depth: int = 3) -> Band:
    """Return by how many points deep stacks that mix attention with others are ahead of those of one mixer's kind."""
    accuracy, stacks = _mixers(task)
    mean = accuracy.mean(axis=1)
    kinds = [set(stack) if len(stack) >= depth else set() for stack in stacks]
    mixed = np.array(["attention" in kind and len(kind) > 1 for kind in kinds])
    pure = np.array([len(kind) == 1 for kind in kinds])
    return difference_band(mean[mixed], mean[pure])


def tells_of_text(task: str) -> Band:
    """Return the rank correlation of what stacks reach on a made-up task with what they reach on text."""
    benches = [load_benchmark("sequences", task=name) for name in (task, "text")]
    common = [genotype for genotype in benches[0].genotypes if genotype in set(benches[1].genotypes)]
    one, other = (np.array([bench.report(each)["test_accuracy"] for each in common]) for bench in benches)
    return rank_correlation_band(one, other)


def shared_weights_rank_stacks(task: str) -> Band:
    """Return the rank correlation of stacks with shared weights with the same trained alone; intervals over stacks."""
    shared, bench = load_sharing(task), load_benchmark("sequences", task=task)
    rows = {genotype: row for row, genotype in enumerate(shared.genotypes)}
    with_shared = -shared.bits.mean(axis=0)[[rows[genotype] for genotype in bench.genotypes]]
    return rank_correlation_band(with_shared, bench.values("test_accuracy"))


def size_ranks_stacks(task: str) -> Band:
    """Return the rank correlation of the parameters of stacks with what they reach."""
    bench = load_benchmark("sequences", task=task)
    return rank_correlation_band(bench.values("params"), bench.values("test_accuracy"))


CURES = {
    "weight decay": ("Zela et al. 2020, 1909.09656", "more weight decay"),
    "partial channels": ("Xu et al. 2020, 1907.05737", "partial channels (PC-DARTS)"),
    "dropped skips": ("Chen et al. 2019, 1904.12760", "dropped skips (P-DARTS)"),
    "GDAS": ("Dong & Yang 2019, 1910.04465", "GDAS"),
    "stop by curvature": ("Zela et al. 2020, 1909.09656", "stopping by curvature"),
}
SIX = "6 runs"

# fmt: off
PAPER_CLAIMS: tuple[PaperClaim, ...] = (
    PaperClaim(
        "curse", "02", "Dong et al. 2021 (NATS-Bench), 2009.00437",
        "the best of 200 by one seed looks better than it is (points)", "runs of random search",
        {table: partial(overstated, table) for table in (*DATASETS, GLYPHS)},
    ),
    PaperClaim(
        "transfer", "03", "Zoph et al. 2018 (NASNet), 1707.07012",
        "what is good on CIFAR-10 is good elsewhere (rank correlation above 0.5)", "cells",
        {dataset: _over(0.5, agrees_with_cifar10, dataset) for dataset in tuple(DATASETS)[1:]},
    ),
    PaperClaim(
        "graph-transfer", "16", "Qin et al. 2022 (NAS-Bench-Graph), 2206.09166",
        "good graph networks differ between tasks (rank correlation with cora below 0.8)", "networks",
        {task: _under(0.8, agrees_with_cora, task) for task in SAME_NETWORKS if task != "cora"},
    ),
    PaperClaim(
        "early", "06", "Li et al. 2018 (Hyperband), 1603.06560",
        "a third of the training ranks architectures (rank correlation above 0.8)", "cells",
        {"glyphs": _over(0.8, early_look_ranks), "glyphs, best tenth": _over(0.8, early_look_ranks, 0.1)},
    ),
    PaperClaim(
        "hyperband", "06", "Li et al. 2018 (Hyperband), 1603.06560",
        "Hyperband above random search with full trainings, for equal epochs (points)", "300 runs each",
        {f"glyphs, {epochs} epochs": partial(hyperband_leads, epochs) for epochs in (120, 720)},
    ),
    *(
        PaperClaim(
            f"proxy-{proxy}", "07", source, f"{proxy} ranks architectures (rank correlation above 0.5)", "cells",
            {"glyphs": _over(0.5, proxy_ranks, proxy, "glyphs"),
             "cifar10": _over(0.5, proxy_ranks, proxy, "nasbench201")},
        )
        for proxy, source in (
            ("synflow", "Abdelfattah et al. 2021, 2101.08134"),
            ("jacob_cov", "Mellor et al. 2021, 2006.04647"),
            ("snip", "Abdelfattah et al. 2021, 2101.08134"),
        )
    ),
    PaperClaim(
        "proxy-size", "07", "Krishnakumar et al. 2022 (NAS-Bench-Suite-Zero), 2210.03230",
        "counting parameters ranks as well as synflow (behind by less than 0.05)", "cells",
        {"glyphs": _under(0.05, proxy_leads, "synflow", "glyphs"),
         "cifar10": _under(0.05, proxy_leads, "synflow", "nasbench201")},
    ),
    PaperClaim(
        "sharing", "08", "Bender et al. 2018 (One-Shot)",
        "shared weights rank architectures (Kendall's τ above 0.5)", SIX,
        {"glyphs": _over(0.5, shared_weights_rank), "glyphs, best tenth": _over(0.5, shared_weights_rank, True)},
    ),
    PaperClaim(
        "enas", "08", "Pham et al. 2018 (ENAS), 1802.03268",
        "ENAS above random search with trainings, for equal seconds (points)", SIX,
        {"glyphs": partial(above_random_search, "ENAS")},
    ),
    PaperClaim(
        "enas-controller", "08", "Yu et al. 2020, 1902.08142",
        "ENAS's controller above a random pick from its supernet (points)", SIX, {"glyphs": enas_controller_helps},
    ),
    PaperClaim(
        "darts", "09", "Liu et al. 2019 (DARTS), 1806.09055",
        "DARTS above random search, for equal seconds (points)", SIX,
        {GLYPHS: partial(above_random_search, FIRST), SUPERNET: partial(above_random_search, PATIENT)},
    ),
    PaperClaim(
        "second-order", "09", "Liu et al. 2019 (DARTS), 1806.09055", "second order above first (points)", SIX,
        {GLYPHS: partial(above, SECOND, FIRST)},
    ),
    PaperClaim(
        "collapse", "10", "Zela et al. 2020 (RobustDARTS), 1909.09656",
        "DARTS's cells get worse as its search goes on (epoch 5 above the last, points)", SIX,
        {GLYPHS: partial(sinks, FIRST), SUPERNET: partial(sinks, PATIENT)},
    ),
    PaperClaim(
        "depth", "10", "Chen et al. 2019 (P-DARTS), 1904.12760",
        "a deeper supernet ends with more skips (of six edges)", SIX,
        {GLYPHS: partial(more_skips, PATIENT, "DARTS, faster")},
    ),
    *(
        PaperClaim(
            f"cure-{name.replace(' ', '-')}", "11", source, f"{text} above the plain search (points)",
            "runs of the stored study", {SUPERNET: partial(above, name, PATIENT)},
        )
        for name, (source, text) in CURES.items()
    ),
    PaperClaim(
        "perturbation", "11", "Wang et al. 2021 (DARTS-PT), 2108.04392",
        "reading a cell off by what is missed above reading it off α (points)", "runs of the stored study",
        {GLYPHS: perturbation_helps},
    ),
    PaperClaim(
        "random", "11", "Li & Talwalkar 2019, 1902.07638",
        "random search above a cured DARTS, for equal seconds (points)", "runs of the stored study",
        {f"{SUPERNET}, {name}": _under(0.0, above_random_search, name) for name in CURES},
    ),
    PaperClaim(
        "nsga", "12", "Lu et al. 2019 (NSGA-Net), 1810.03522",
        "NSGA-II misses less of the front than random search, at 200 (percent of the hypervolume)", "20 runs each",
        {f"cifar10, {metric}": partial(front_leads, metric) for metric in ("params", "latency_ms")},
    ),
    PaperClaim(
        "latency-term", "14", "Cai et al. 2019 (ProxylessNAS), 1812.00332",
        "a latency term in the loss makes cells faster (ms of a model)", "5 runs each",
        {f"glyphs, span {span}": partial(term_makes_faster, span) for span in (0.05, 0.1)},
    ),
    PaperClaim(
        "devices", "13", "Li et al. 2021 (HW-NAS-Bench), 2103.10584",
        "devices rank differently (rank correlation below 0.9)", "cells",
        {f"{one}, {other}": _under(0.9, ranks_runtime, one, other)
         for one, other in itertools.combinations(RUNTIMES, 2)},
    ),
    PaperClaim(
        "once-for-all", "15", "Cai et al. 2020, 1908.09791",
        "sub-networks rank as they do when they are trained alone (rank correlation above 0.7)", "16 sub-networks",
        {f"glyphs, {method}": _over(0.7, subnetworks_rank, method)
         for method in ("shrinking", "sandwich")},
    ),
    PaperClaim(
        "sandwich", "15", "Yu et al. 2020 (BigNAS), 2003.11142",
        "the sandwich rule serves the smallest sub-network better than shrinking (points)", "3 runs each",
        {GLYPHS: sandwich_helps_smallest},
    ),
    PaperClaim(
        "recall", "17", "Arora et al. 2024 (Zoology), 2312.04927",
        "with attention in the stack more trainings solve a task (percent of them)", "architectures",
        {task: partial(attention_solves, task) for task in ("recall", "counting")},
    ),
    PaperClaim(
        "hybrid", "17", "Lieber et al. 2024 (Jamba), 2403.19887",
        "deep stacks that mix attention with others above those of one kind (points)", "architectures",
        {task: partial(mixed_above_pure, task) for task in SEQUENCE_TASKS},
    ),
    PaperClaim(
        "mad", "17", "Poli et al. 2024 (MAD), 2403.17844",
        "a made-up task ranks stacks as text does (rank correlation above 0.5)", "architectures",
        {task: _over(0.5, tells_of_text, task) for task in ("recall", "counting")},
    ),
    PaperClaim(
        "entangle", "17", "Chen et al. 2021 (AutoFormer), 2107.00651",
        "stacks rank with shared weights as they do when trained alone (rank correlation above 0.5)", "architectures",
        {task: _over(0.5, shared_weights_rank_stacks, task) for task in ("recall", "text")},
    ),
    PaperClaim(
        "size", "17", "Krishnakumar et al. 2022 (NAS-Bench-Suite-Zero), 2210.03230",
        "parameters rank stacks (rank correlation above 0.5)", "architectures",
        {task: _over(0.5, size_ranks_stacks, task) for task in SEQUENCE_TASKS},
    ),
    PaperClaim(
        "recipe", "18", "Yang et al. 2020, 1912.12522",
        "the recipe explains more of the errors than the architecture (percent of the variance)", "training seeds",
        {f"{task}{name}": partial(recipe_explains_more, task, "recipe", best)
         for name, best in (("", 1.0), (", best tenth of the recipes", 0.1)) for task in FCNET_TASKS},
    ),
    PaperClaim(
        "joint", "18", "Zela et al. 2018, 1807.06906",
        "tuning both together above the recipe alone (logarithm of the error)", "200 runs each",
        {task: partial(strategy_lead, task, "jointly", "recipe") for task in FCNET_TASKS},
    ),
    PaperClaim(
        "ratchet", "18", "Romera-Paredes et al. 2024 (FunSearch)",
        "keep-or-revert on one seed above evolution (logarithm of the error)", "200 runs each",
        {task: partial(searcher_lead, task, "Ratchet", "RegularizedEvolution") for task in FCNET_TASKS},
    ),
    PaperClaim(
        "false-steps", "18", "Romera-Paredes et al. 2024 (FunSearch)",
        "of the steps that it kept more than a tenth are none (percent)", "kept steps",
        {task: _over(10.0, false_steps, task) for task in FCNET_TASKS},
    ),
)
# fmt: on
