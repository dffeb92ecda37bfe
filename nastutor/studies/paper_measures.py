"""Claims of papers as numbers: what stored runs say, above zero where a claim holds or a correlation to be compared.

Each measure is a few lines; what it stands on was computed by the module of this room that it opens. The claims
themselves, with their margins, are in `nastutor.studies.paper_claims`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from nastutor.benchmarks import load_benchmark
from nastutor.hardware.lookup_table import without_dead_edges
from nastutor.loop.history import History
from nastutor.loop.search import repeat
from nastutor.objectives.pareto import hypervolume
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
from nastutor.studies.collapse import load_collapse_study
from nastutor.studies.equal_seconds import worth
from nastutor.studies.once_for_all import load_once_for_all
from nastutor.studies.oneshot import WATCHED, OneShotStudy, load_oneshot_study, watched_cells
from nastutor.studies.proxies import load_proxies
from nastutor.studies.proxyless import load_proxyless
from nastutor.studies.runtimes import load_runtimes
from nastutor.studies.searches import incumbent_rows, load_study, open_table, study_curves
from nastutor.studies.sequence_sharing import load_sharing

FULL_TRAINING = 12
"""Epochs of a full training of the glyphs table."""
CURES = ("weight decay", "partial channels", "dropped skips", "GDAS", "stop by curvature")
"""Of DARTS, as `nastutor.studies.collapse` names them."""


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


def equal_epochs(epochs: int, runs: int = 300) -> tuple[list[History], list[History]]:
    """Search glyphs by Hyperband, sweep after sweep, and by random search with full trainings, for as many epochs."""
    bench = load_benchmark("glyphs", search_seed=0)

    def hyperband(seed: int) -> Hyperband:
        return Hyperband(bench.space, seed, max_epochs=FULL_TRAINING, sweeps=None)

    def random_search(seed: int) -> RandomSearch:
        return RandomSearch(bench.space, seed)

    return (
        repeat(hyperband, bench.evaluate, seeds=range(runs), max_epochs=epochs, progress=False),
        repeat(random_search, bench.evaluate, epochs // FULL_TRAINING, range(runs), progress=False),
    )


def hyperband_leads(epochs: int) -> Band:
    """Return by how many points Hyperband is ahead of random search with full trainings, for equal epochs."""
    bench = load_benchmark("glyphs", search_seed=0)
    one, other = (
        curves_by_epochs(runs, lambda genotype: bench.report(genotype)["val_accuracy"], epochs, FULL_TRAINING)[:, -1]
        for runs in equal_epochs(epochs)
    )
    return difference_band(one, other)


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
    """Return the study that a method's runs are from: cures are tried on eight cells, whose runs are a study apart."""
    return load_collapse_study() if method in CURES else load_oneshot_study()


def _answers(method: str) -> np.ndarray:
    """Return the cells that a method's runs end with, (runs, 6); of DARTS by the largest α, ``none`` left out."""
    study = _study(method)
    return study.derived(method)[:, -1] if method.startswith("DARTS") else study(method, "genotype")


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
    """Return how much better a supernet's cell is that is read off by what is missed than that of the largest α."""
    study, method = load_collapse_study(), "two cells, first order"
    by_alpha = study.test_accuracy(study.derived(method)[:, -1])
    return student_band(study.test_accuracy(study(method, "by_perturbation")) - by_alpha)


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
    whole = hypervolume(scaled, (0, 0))
    rows = {genotype: row for row, genotype in enumerate(bench.genotypes)}
    missed = []
    for method in (RandomSearch, NSGA2):
        histories = repeat(
            lambda seed, method=method: method(bench.space, seed=seed),  # type: ignore[misc]
            bench.evaluate, evaluations, range(runs), objective=("val_accuracy", f"-{metric}"), progress=False,
        )  # fmt: skip
        found = [[rows[record.genotype] for record in history] for history in histories]
        missed.append([100 * (1 - hypervolume(scaled[run], (0, 0)) / whole) for run in found])
    return difference_band(missed[0], missed[1])


def term_makes_faster(span: float) -> Band:
    """Return by how many milliseconds (of a model) the latency term makes GDAS's cells faster."""
    slow, fast = (
        runs.latencies.of(np.array([without_dead_edges(tuple(cell)) for cell in runs.genotypes[:, -1].tolist()]))
        for runs in (load_proxyless("gdas", "microcontroller", value) for value in (0.0, span))
    )
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
    return student_difference_band(one, other)


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
