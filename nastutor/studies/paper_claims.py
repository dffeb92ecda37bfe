"""What papers claim beyond their searches on tables: each claim with its margin, on every table that it is asked on.

`nastutor.studies.verdicts` joins them to the claims on searches of `nastutor.studies.ledger`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from nastutor.benchmarks.fcnet import TASKS as FCNET_TASKS
from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.benchmarks.nasbench_graph import SAME_NETWORKS
from nastutor.statistics import Band
from nastutor.studies.oneshot import RUNS
from nastutor.studies.paper_measures import (
    above,
    above_random_search,
    agrees_with_cifar10,
    agrees_with_cora,
    attention_solves,
    early_look_ranks,
    enas_controller_helps,
    front_leads,
    hyperband_leads,
    mixed_above_pure,
    more_skips,
    overstated,
    perturbation_helps,
    proxy_leads,
    proxy_ranks,
    ranks_runtime,
    sandwich_helps_smallest,
    shared_weights_rank,
    shared_weights_rank_stacks,
    sinks,
    size_ranks_stacks,
    subnetworks_rank,
    tells_of_text,
    term_makes_faster,
)
from nastutor.studies.recipe_claims import false_steps, recipe_explains_more, searcher_lead, strategy_lead
from nastutor.studies.runtimes import RUNTIMES
from nastutor.training.sequences import TASKS as SEQUENCE_TASKS

GLYPHS, SUPERNET = "glyphs", "glyphs, eight cells"
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


CITED_CURES = {
    "weight decay": ("Zela et al. 2020, 1909.09656", "more weight decay"),
    "partial channels": ("Xu et al. 2020, 1907.05737", "partial channels (PC-DARTS)"),
    "dropped skips": ("Chen et al. 2019, 1904.12760", "dropped skips (P-DARTS)"),
    "GDAS": ("Dong & Yang 2019, 1910.04465", "GDAS"),
    "stop by curvature": ("Zela et al. 2020, 1909.09656", "stopping by curvature"),
}
SIX = f"{RUNS} runs"

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
        for name, (source, text) in CITED_CURES.items()
    ),
    PaperClaim(
        "perturbation", "11", "Wang et al. 2021 (DARTS-PT), 2108.04392",
        "reading a cell off by what is missed above reading it off α (points)", "runs of the stored study",
        {GLYPHS: perturbation_helps},
    ),
    PaperClaim(
        "random", "11", "Li & Talwalkar 2019, 1902.07638",
        "random search above a cured DARTS, for equal seconds (points)", "runs of the stored study",
        {f"{SUPERNET}, {name}": _under(0.0, above_random_search, name) for name in CITED_CURES},
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
        "ratchet", "18", "keep-or-revert loops, after FunSearch (Romera-Paredes et al. 2024)",
        "keep-or-revert on one seed above evolution (logarithm of the error)", "200 runs each",
        {task: partial(searcher_lead, task, "Ratchet", "RegularizedEvolution") for task in FCNET_TASKS},
    ),
    PaperClaim(
        "false-steps", "18", "keep-or-revert loops, after FunSearch (Romera-Paredes et al. 2024)",
        "of the steps that it kept more than a tenth are none (percent above ten)", "kept steps",
        {task: _over(10.0, false_steps, task) for task in FCNET_TASKS},
    ),
)
# fmt: on
