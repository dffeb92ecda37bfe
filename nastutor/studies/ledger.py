"""The ledger of search claims: what lessons 02 to 05 say of searches on their tables, asked again on ten tables.

One rule for all: a claim is a number that should be above zero, its 95 % interval is computed from stored runs (or from
the table itself), and `Band.verdict` reads it. What a method *has* is the reported accuracy of what it selected.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from nastutor.statistics import (
    Band,
    crossed_difference_band,
    difference_band,
    rank_correlation_band,
)
from nastutor.studies.more_searches import GRAPH_TASKS, TABLES
from nastutor.studies.searches import SEQUENCE_TASKS, load_study, open_table, study_curves, study_ends


class SearchClaim(NamedTuple):
    """A statement of a lesson on searches.

    id : one word or a few.
    paper : that claims it, or is the first source of the question.
    lesson : the number of the lesson.
    text : the statement.
    measure : of the name of a table, a number that is above zero where the statement holds, with its interval.
    """

    id: str
    paper: str
    lesson: str
    text: str
    measure: Callable[[str], Band]


def lead(method: str, evaluations: int, other: str, of_other: int, table: str) -> Band:
    """Return by how many points what a method has after some evaluations is above what another has after its own.

    On tables with training seeds the interval is that of `crossed_difference_band`, of runs and of training noise.
    Graph networks have one number each, so there the interval is of runs alone, and narrower than it should be.

    Parameters
    ----------
    method, other : names of stored runs, see `load_study`.
    evaluations, of_other : after how many evaluations of each. On tasks of language models, of which there are 241
        alone, it is a quarter of these, rounded up.
    table : see `open_table`.
    """
    bench = open_table(table)
    share = 4 if table in SEQUENCE_TASKS else 1
    steps = [math.ceil(count / share) for count in (evaluations, of_other)]
    runs = [(load_study(table, name), step) for name, step in zip((method, other), steps)]
    if table in GRAPH_TASKS:
        first, second = (study_curves(bench, rows)[:, step - 1] for rows, step in runs)
        return difference_band(first, second)
    ends = [study_ends(bench, rows, step) for rows, step in runs]
    return crossed_difference_band(*ends[0], *ends[1], pool=bench.noise_pool())


def _seen_and_reported(table: str) -> tuple[np.ndarray, np.ndarray]:
    bench = open_table(table)
    return bench.values("val_accuracy", "search"), bench.values(bench.reported("val_accuracy"), "report")


@cache
def agreement(table: str) -> Band:
    """Return the rank correlation of what a search sees with what is reported."""
    return rank_correlation_band(*_seen_and_reported(table), resamples=200)


def lost_at_the_top(table: str) -> Band:
    """Return by how much `agreement` is lower in the tenth with the best reports, with an interval that is too wide."""
    everywhere = agreement(table)
    top = rank_correlation_band(*_seen_and_reported(table), top=0.1, resamples=200)
    return Band(everywhere.mean - top.mean, everywhere.low - top.high, everywhere.high - top.low)


def size_ranks(table: str) -> Band:
    """Return the rank correlation of the number of parameters with what is reported."""
    bench = open_table(table)
    has_params = "params" in bench.metrics
    sizes = bench.values("params") if has_params else np.array([bench.space.weights(g) for g in bench.genotypes])
    return rank_correlation_band(sizes, _seen_and_reported(table)[1], resamples=200)


def neighbours_alike(table: str, pairs: int = 2000) -> Band:
    """Return the rank correlation of the reports of architectures with those of one random neighbour of each."""
    bench, rng = open_table(table), np.random.default_rng(0)
    reported = bench.reported("val_accuracy")
    couples = []
    for _ in range(pairs):
        genotype = bench.space.sample(rng)
        neighbours = bench.space.neighbors(genotype)
        couples.append([bench.report(one)[reported] for one in (genotype, neighbours[rng.integers(len(neighbours))])])
    return rank_correlation_band(*np.array(couples).T)


def _above(method: str, evaluations: int, other: str, of_other: int | None = None) -> Callable[[str], Band]:
    return partial(lead, method, evaluations, other, evaluations if of_other is None else of_other)


NAS_BENCH = "Dong & Yang 2020 (NAS-Bench-201), 2001.00326"
SUITE_ZERO = "Krishnakumar et al. 2022 (NAS-Bench-Suite-Zero), 2210.03230"
LOCAL = "White et al. 2021 (local search), 2005.02960"
GENETIC = "Xie & Yuille 2017 (Genetic CNN), 1703.01513"
AMOEBA = "Real et al. 2019 (AmoebaNet), 1802.01548"
NAS_RL = "Zoph & Le 2017, 1611.01578"
ENTROPY = "Williams & Peng 1991"
BANANAS = "White et al. 2021 (BANANAS), 1910.11858"
PNAS = "Liu et al. 2018 (PNAS), 1712.00559"
NASBOT = "Kandasamy et al. 2018 (NASBOT), 1802.07191"

CLAIMS = (
    SearchClaim(
        "one-look",
        NAS_BENCH,
        "02",
        "one look ranks all architectures (rank correlation above 0.9)",
        lambda t: agreement(t).less(0.9),
    ),
    SearchClaim(
        "one-look-top",
        NAS_BENCH,
        "02",
        "it ranks the best tenth worse (by more than 0.1)",
        lambda t: lost_at_the_top(t).less(0.1),
    ),
    SearchClaim(
        "size-ranks",
        SUITE_ZERO,
        "02",
        "parameters rank architectures (rank correlation above 0.5)",
        lambda t: size_ranks(t).less(0.5),
    ),
    SearchClaim(
        "size-early",
        SUITE_ZERO,
        "02",
        "largest first above evolution, at 30",
        _above("LargestFirst", 30, "RegularizedEvolution"),
    ),
    SearchClaim(
        "size-thirty",
        SUITE_ZERO,
        "02",
        "largest first with 30 above evolution with 200",
        _above("LargestFirst", 30, "RegularizedEvolution", 200),
    ),
    SearchClaim(
        "landscape",
        LOCAL,
        "03",
        "one change keeps the rank (correlation above 0.6)",
        lambda t: neighbours_alike(t).less(0.6),
    ),
    SearchClaim(
        "local-search", LOCAL, "03", "local search above random, at 200", _above("LocalSearch", 200, "RandomSearch")
    ),
    SearchClaim(
        "genetic",
        GENETIC,
        "03",
        "genetic algorithm above random, at 200",
        _above("GeneticAlgorithm", 200, "RandomSearch"),
    ),
    SearchClaim(
        "evolution", AMOEBA, "03", "evolution above random, at 200", _above("RegularizedEvolution", 200, "RandomSearch")
    ),
    SearchClaim(
        "size-local",
        SUITE_ZERO,
        "03",
        "largest first above local search, at 50",
        _above("LargestFirst", 50, "LocalSearch"),
    ),
    SearchClaim(
        "first-improvement",
        LOCAL,
        "03",
        "first improvement above steepest, at 100",
        _above("LocalSearch", 100, "LocalSearch, steepest"),
    ),
    SearchClaim(
        "aging",
        AMOEBA,
        "03",
        "aging helps, at 200",
        _above("RegularizedEvolution", 200, "RegularizedEvolution, without aging"),
    ),
    SearchClaim("reinforce", NAS_RL, "04", "REINFORCE above random, at 150", _above("Reinforce", 150, "RandomSearch")),
    SearchClaim(
        "size-reinforce",
        SUITE_ZERO,
        "04",
        "largest first above REINFORCE, at 50",
        _above("LargestFirst", 50, "Reinforce"),
    ),
    SearchClaim(
        "evolution-early",
        AMOEBA,
        "04",
        "evolution above REINFORCE, at 50",
        _above("RegularizedEvolution", 50, "Reinforce"),
    ),
    SearchClaim(
        "entropy",
        ENTROPY,
        "04",
        "the entropy bonus helps, at 200",
        _above("Reinforce", 200, "Reinforce, without entropy"),
    ),
    SearchClaim(
        "predictor", BANANAS, "05", "predictor above random, at 50", _above("PredictorSearch", 50, "RandomSearch")
    ),
    SearchClaim(
        "predictor-evolution",
        BANANAS,
        "05",
        "predictor above evolution, at 150",
        _above("PredictorSearch", 150, "RegularizedEvolution"),
    ),
    SearchClaim(
        "size-predictor",
        SUITE_ZERO,
        "05",
        "largest first with 30 above predictor with 200",
        _above("LargestFirst", 30, "PredictorSearch", 200),
    ),
    SearchClaim(
        "progressive-slow",
        PNAS,
        "05",
        "random above progressive, at 100",
        _above("RandomSearch", 100, "ProgressiveSearch"),
    ),
    SearchClaim(
        "progressive", PNAS, "05", "progressive above REINFORCE, at 200", _above("ProgressiveSearch", 200, "Reinforce")
    ),
    SearchClaim(
        "gaussian-process",
        NASBOT,
        "05",
        "Gaussian process above random, at 50",
        _above("BayesianSearch", 50, "RandomSearch"),
    ),
)


@cache
def search_ledger() -> dict[tuple[SearchClaim, str], Band]:
    """Return, for each claim of `CLAIMS` and each table, what was measured: above zero where the claim holds."""
    return {(claim, table): claim.measure(table) for claim in CLAIMS for table in TABLES}


@cache
def sequence_ledger() -> dict[tuple[SearchClaim, str], Band]:
    """Return the same for the tasks of language models, after a quarter of the evaluations, see `lead`.

    A correlation is NaN, and its claim cannot be told, where all that are ranked reach the same: many solve recall.
    """
    return {(claim, task): claim.measure(task) for claim in CLAIMS for task in SEQUENCE_TASKS}
