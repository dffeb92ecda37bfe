"""A reviewer's checklist, read off the logs of searches: what passes, what does not, and what no log can say.

After the best practices of Lindauer & Hutter (2020, arXiv 1909.02453), as far as logs show whether they were kept.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nastutor.loop.logged import LoggedSearch
from nastutor.statistics.bands import student_difference_band
from nastutor.statistics.fidelity import epochs_spent

RUNS = 10
"""So many runs of a method are enough; fewer are not."""
FAILURES = 0.1
"""Up to this share of a method's evaluations may fail."""
RANDOM, SIZE = "RandomSearch", "LargestFirst"
"""The two methods that must stand beside every other."""

Runs = dict[str, list[LoggedSearch]]
"""By method its runs."""


class Check(NamedTuple):
    """One line of the checklist.

    question : what a reviewer asks.
    verdict : ``"pass"``, ``"fail"`` or ``"not known"``.
    found : what the logs say.
    advice : what to do about it; empty if it passes.
    """

    question: str
    verdict: str
    found: str
    advice: str = ""


def audit(logs: Sequence[LoggedSearch]) -> list[Check]:
    """Check the logs of one comparison: the runs of all its methods.

    Parameters
    ----------
    logs : at least one, see `nastutor.loop.read_log`.

    Raises
    ------
    ValueError : no logs.
    """
    if not logs:
        raise ValueError("no logs: name those of all runs that are compared")
    runs = by_method(logs)
    return [check(runs) for check in CHECKS] + [Check(*line) for line in NOT_IN_LOGS]


def card(checks: Sequence[Check]) -> str:
    """Write the checklist as lines of text, what fails with advice, and a count at the end."""
    lines = []
    for verdict, question, found, advice in ((c.verdict, c.question, c.found, c.advice) for c in checks):
        lines.append(f"{verdict:<9}  {question}  {found}")
        lines += [f"{'':<9}    → {advice}"] if advice else []
    count = {verdict: sum(check.verdict == verdict for check in checks) for verdict in ("pass", "fail", "not known")}
    return "\n".join([*lines, ", ".join(f"{number} {verdict}" for verdict, number in count.items())])


def by_method(logs: Sequence[LoggedSearch]) -> Runs:
    """Sort runs by their methods: searchers of one class whose settings differ in nothing but the seed.

    Returns
    -------
    By name the runs. A name is that of the class, with the settings in which methods of this class differ.
    """
    settings = [{name: str(value) for name, value in log.searcher.items() if name != "seed"} for log in logs]
    found: Runs = defaultdict(list)
    for log, own in zip(logs, settings):
        same_class = [other for other in settings if other["class"] == own["class"]]
        differ = [name for name in own if any(other.get(name) != own[name] for other in same_class)]
        label = ", ".join(f"{name}={own[name]}" for name in differ)
        found[f"{own['class']}({label})" if label else own["class"]].append(log)
    return dict(found)


def is_complete(runs: Runs) -> Check:
    """Look for proposals without a result."""
    stopped = [log.path.name for log in _all(runs) if log.unfinished]
    return _check(
        "Did all runs end?",
        not stopped,
        f"{len(_all(runs))} logs, undamaged; "
        + (f"without all results: {_listed(stopped)}" if stopped else "all ended"),
        "go on with them: the same call with the same log computes only what is missing",
    )


def is_one_problem(runs: Runs) -> Check:
    """Compare the spaces, the objectives and the constraints."""
    problems = [(log.space, log.history.objective, log.history.constraints) for log in _all(runs)]
    differ = [
        name for name, values in zip(("space", "objective", "constraints"), zip(*problems)) if not _all_equal(values)
    ]
    return _check(
        "Is it one problem?",
        not differ,
        f"{' and '.join(differ)} differ between logs" if differ else f"objective {', '.join(problems[0][1])} in all",
        "compare only searches of one space for one goal",
    )


def has_equal_budgets(runs: Runs) -> Check:
    """Count evaluations or, where the searcher sets them, epochs, of which the last evaluation may bring some more."""
    question, advice = "Are the budgets equal?", "give each run as many evaluations, epochs or seconds as the others"
    epochs = [record.proposal.epochs for log in _all(runs) for record in log.history]
    evaluations = {len(log.history) for log in _all(runs)}
    if all(each is None for each in epochs):
        return _check(question, len(evaluations) == 1, f"{_span(evaluations)} evaluations a run", advice)
    if None in epochs:
        return Check(question, "not known", "some logs have epochs, others have none", advice)
    spent = {int(epochs_spent(log.history, 0)[-1]) for log in _all(runs) if len(log.history)}
    last = max(each for each in epochs if each is not None)
    return _check(question, max(spent) - min(spent) < last, f"{_span(spent)} epochs a run", advice)


def has_enough_runs(runs: Runs) -> Check:
    """Count the runs of each method."""
    fewest = min(len(logs) for logs in runs.values())
    return _check(
        "Are there enough runs?",
        fewest >= RUNS,
        ", ".join(f"{name}: {len(logs)}" for name, logs in runs.items()),
        f"make at least {RUNS} runs of each method, each with a seed of its own",
    )


def has_seeds_of_their_own(runs: Runs) -> Check:
    """Look for two runs of a method with one seed."""
    same_seed = [
        f"{a.path.name} and {b.path.name}"
        for logs in runs.values()
        for a, b in itertools.combinations(logs, 2)
        if str(a.searcher.get("seed")) == str(b.searcher.get("seed"))
    ]
    return _check(
        "Has each run of a method a seed of its own?",
        not same_seed,
        f"equal seeds: {_listed(same_seed)}" if same_seed else "yes",
        "runs with one seed are one run: count it once, or give it another seed",
    )


def has_random_search(runs: Runs) -> Check:
    """Look for runs of random search."""
    return _baseline(runs, RANDOM, "Is random search beside it?")


def has_size_baseline(runs: Runs) -> Check:
    """Look for runs that evaluate the largest architectures first."""
    return _baseline(runs, SIZE, "Is the order by size beside it?")


def has_equal_workers(runs: Runs) -> Check:
    """Compare how many evaluations were under way at once."""
    workers = sorted({str(log.workers) for log in _all(runs)})
    return _check(
        "Did equally many evaluations run at once?",
        len(workers) == 1,
        f"workers: {', '.join(workers)}",
        "what is asked before results are known is asked more blindly: use equally many workers",
    )


def chooses_without_the_test_split(runs: Runs) -> Check:
    """Look for the word test in what was chosen by."""
    names = {
        name.removeprefix("-") for log in _all(runs) for name in [*log.history.objective, *log.history.constraints]
    }
    on_test = sorted(name for name in names if "test" in name)
    return _check(
        "Is nothing chosen on the test split?",
        not on_test,
        f"chosen by {', '.join(sorted(names))}",
        "search on validation data; what chose is no report any more",
    )


def has_a_report(runs: Runs) -> Check:
    """Look for a metric that nothing was chosen by; the number that chose is too good (the winner's curse)."""
    logged = set.intersection(*(_metrics(log) for log in _all(runs)))
    found = sorted(name for name in logged if "test" in name)
    advice = "evaluate what each run ends with on data, or by seeds, that the search has not seen, and report that"
    if found:
        return Check("Is there a number to report?", "pass", f"each evaluation has {', '.join(found)} too")
    return Check("Is there a number to report?", "not known", "no test metric in the logs", advice)


def shows_its_noise(runs: Runs) -> Check:
    """Pool what architectures differ by that were evaluated more than once."""
    question = "Is the noise of an evaluation known?"
    values = defaultdict(list)
    for record in itertools.chain.from_iterable(log.history for log in _all(runs)):
        if isinstance(record.value, float):
            values[record.genotype, record.proposal.epochs].append(record.value)
    repeated = [np.array(some) for some in values.values() if len(some) > 1]
    if not repeated:
        return Check(question, "not known", "no architecture was evaluated twice", "evaluate the best ones again")
    if not any(np.ptp(some) for some in repeated):
        advice = "train the best ones again with other seeds: a table, or a fixed seed, hides its noise"
        return Check(question, "not known", f"{len(repeated)} architectures came again with equal values", advice)
    squares = sum(float(((some - some.mean()) ** 2).sum()) for some in repeated)
    spread = math.sqrt(squares / sum(len(some) - 1 for some in repeated))
    return Check(question, "pass", f"standard deviation {spread:.3g}, from {len(repeated)} architectures")


def is_above_random_search(runs: Runs) -> Check:
    """Compare, by Welch's interval, the number that each run ends with; it chose, so all are too good alike."""
    question = "Is some method above random search, beyond chance?"
    if any(len(log.history.objective) > 1 for log in _all(runs)):
        return Check(question, "not known", "several objectives", "compare the hypervolumes of the fronts")
    ends = {name: [_best(log) for log in logs] for name, logs in runs.items()}
    random = [name for name in ends if name.startswith(RANDOM)]
    others = [name for name in ends if not name.startswith((RANDOM, SIZE))]
    are_known = np.isfinite(list(itertools.chain.from_iterable(ends.values()))).all()
    if not random or not others or min(map(len, ends.values())) < 2 or not are_known:
        advice = f"needs results of two runs or more of {RANDOM} and of another method"
        return Check(question, "not known", "there is nothing to compare", advice)
    bands = {name: student_difference_band(ends[name], ends[random[0]]) for name in others}
    return _check(
        question,
        any(band.low > 0 for band in bands.values()),
        "; ".join(f"{name} − {random[0]}: {band}" for name, band in bands.items()),
        "make more runs, or do not call it better",
    )


def has_few_failures(runs: Runs) -> Check:
    """Count the evaluations that failed, by method."""
    share = {
        name: sum(record.value is None for log in logs for record in log.history)
        / max(1, sum(len(log.history) for log in logs))
        for name, logs in runs.items()
    }
    return _check(
        "Did nearly all evaluations succeed?",
        max(share.values()) <= FAILURES,
        ", ".join(f"{name}: {part:.1%} failed" for name, part in share.items()),
        "failures are part of a result: mend them, or say how many there were and why",
    )


def states_its_cost(runs: Runs) -> Check:
    """Add up the seconds of training, if all runs logged them."""
    question = "Is the cost known?"
    if not all("train_seconds" in _metrics(log) for log in _all(runs)):
        return Check(question, "not known", "no train_seconds in the logs", "let the evaluator return train_seconds")
    seconds = sum(record.metrics.get("train_seconds", 0.0) for log in _all(runs) for record in log.history)
    return Check(question, "pass", f"{seconds / 3600:,.1f} hours of training in all")


CHECKS: list[Callable[[Runs], Check]] = [
    is_complete,
    is_one_problem,
    has_equal_budgets,
    has_enough_runs,
    has_seeds_of_their_own,
    has_random_search,
    has_size_baseline,
    has_equal_workers,
    chooses_without_the_test_split,
    has_a_report,
    shows_its_noise,
    is_above_random_search,
    has_few_failures,
    states_its_cost,
]
NOT_IN_LOGS = [
    ("Is the training recipe published?", "not known", "no log can say", "publish it: it decides more than the search"),
    ("Were settings tuned elsewhere?", "not known", "no log can say", "say where, and what that tuning cost"),
    ("Are hardware and versions stated?", "not known", "no log can say", "state them, beside the seconds"),
]


def _check(question: str, passes: bool, found: str, advice: str) -> Check:
    return Check(question, "pass" if passes else "fail", found, "" if passes else advice)


def _baseline(runs: Runs, method: str, question: str) -> Check:
    return _check(
        question,
        any(name.startswith(method) for name in runs),
        f"methods: {', '.join(runs)}",
        f"add runs of {method} with the same budget",
    )


def _all(runs: Runs) -> list[LoggedSearch]:
    return [log for logs in runs.values() for log in logs]


def _best(log: LoggedSearch) -> float:
    """Return the value of what a run ends with, NaN if nothing is feasible."""
    last = log.history.incumbent()[-1:]
    return last[0].value if last and last[0] is not None and isinstance(last[0].value, float) else math.nan


def _metrics(log: LoggedSearch) -> set[str]:
    return {name for record in log.history for name in record.metrics}


def _all_equal(values: Sequence[object]) -> bool:
    return all(value == values[0] for value in values)


def _span(numbers: set[int]) -> str:
    return f"{min(numbers):,}" if len(numbers) == 1 else f"{min(numbers):,} to {max(numbers):,}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
