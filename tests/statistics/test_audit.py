"""The reviewer's checklist: a comparison without a fault passes, and each fault fails the line that names it."""

import numpy as np
import pytest

from nastutor import repeat, search
from nastutor.loop import read_log
from nastutor.searchers import LargestFirst, LocalSearch, RandomSearch, RegularizedEvolution
from nastutor.spaces import SearchSpace, Variable
from nastutor.statistics.audit import CHECKS, NOT_IN_LOGS, RUNS, audit, by_method, card

GRID = SearchSpace([Variable(f"x{i}", (0, 1, 2, 3, 4)) for i in range(3)])
OTHER = SearchSpace([Variable(f"x{i}", (0, 1, 2)) for i in range(3)])
METHODS = (RandomSearch, LocalSearch, LargestFirst)


class Noisy:
    """Measures architectures of the grid, each time with other noise."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, genotype):
        value = 10.0 * sum(genotype) + self.rng.normal()
        return {"val_accuracy": value, "test_accuracy": value - 1, "train_seconds": 36.0}


def size(genotype):
    return float(sum(genotype[:2]))


@pytest.fixture
def write(tmp_path):
    """Log runs of a method, and return the logs as they are read back."""

    def run(method, seeds=range(RUNS), budget=20, space=GRID, evaluate=None, **options):
        settings = {"cost": size} if method is LargestFirst else {}
        name = f"{method.__name__}_{len(list(tmp_path.iterdir()))}_{{seed}}.jsonl"
        repeat(
            lambda seed: method(space, seed=seed, **settings),
            evaluate or Noisy(),
            budget,
            seeds,
            log=tmp_path / name,
            **options,
        )
        return [read_log(tmp_path / name.format(seed=seed)) for seed in seeds]

    return run


def verdicts(logs):
    return {check.question: check.verdict for check in audit(logs)}


def test_a_comparison_without_a_fault_passes_all_that_logs_can_show(write):
    checks = audit([log for method in METHODS for log in write(method)])
    assert [check.verdict for check in checks] == ["pass"] * len(CHECKS) + ["not known"] * len(NOT_IN_LOGS)
    assert "0 fail" in card(checks) and all(check.question in card(checks) for check in checks)


FAULTS = {
    "Are the budgets equal?": lambda write: write(RandomSearch, [90], budget=19),
    "Are there enough runs?": lambda write: write(RegularizedEvolution, range(RUNS - 1)),
    "Has each run of a method a seed of its own?": lambda write: write(RandomSearch, [3]),
    "Is it one problem?": lambda write: write(RandomSearch, [90], space=OTHER),
    "Is nothing chosen on the test split?": lambda write: write(
        RandomSearch, [90], constraints={"test_accuracy": (0, None)}
    ),
    "Did nearly all evaluations succeed?": lambda write: write(
        RegularizedEvolution, evaluate=fails_often, on_error="record"
    ),
}


def fails_often(genotype):
    if genotype[0] == 1:
        raise MemoryError
    return Noisy()(genotype)


@pytest.mark.parametrize("question", FAULTS)
def test_each_fault_is_found(write, question):
    logs = [log for method in METHODS for log in write(method)]
    assert verdicts(logs)[question] == "pass"
    assert verdicts(logs + FAULTS[question](write))[question] == "fail"


@pytest.mark.parametrize(
    "missing, question",
    [(RandomSearch, "Is random search beside it?"), (LargestFirst, "Is the order by size beside it?")],
)
def test_a_missing_baseline_is_found(write, missing, question):
    logs = [log for method in METHODS if method is not missing for log in write(method)]
    assert verdicts(logs)[question] == "fail"


def test_a_method_that_is_no_better_than_random_search_is_not_called_better(write):
    logs = write(RandomSearch) + write(LargestFirst)
    question = "Is some method above random search, beyond chance?"
    assert verdicts(logs)[question] == "not known"  # nothing but baselines
    worse = write(RegularizedEvolution, evaluate=lambda genotype: {"val_accuracy": float(genotype[0])})
    assert verdicts(logs + worse)[question] == "fail"


def test_a_table_hides_its_noise_and_a_search_that_stopped_is_found(write, tmp_path):
    logs = write(RandomSearch, evaluate=lambda genotype: {"val_accuracy": 0.1 * sum(genotype)}, budget=40)
    found = verdicts(logs)
    assert found["Is the noise of an evaluation known?"] == "not known"
    assert found["Is there a number to report?"] == found["Is the cost known?"] == "not known"
    path = logs[0].path
    path.write_bytes(path.read_bytes()[:-3])
    assert verdicts([read_log(path)])["Did all runs end?"] == "fail"


def test_parallel_runs_are_not_compared_with_serial_ones(write, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        search(RandomSearch(GRID), Noisy(), 20, executor=pool, ordered=True, log=tmp_path / "parallel.jsonl")
    found = verdicts([*write(RandomSearch), read_log(tmp_path / "parallel.jsonl")])
    assert found["Did equally many evaluations run at once?"] == "fail"


def test_methods_are_told_apart_by_their_settings_but_not_by_seeds(write, tmp_path):
    for seed in (0, 1):
        for sample in (2, 5):
            search(
                RegularizedEvolution(GRID, seed=seed, sample_size=sample, population_size=10),
                Noisy(),
                12,
                log=tmp_path / f"{seed}_{sample}.jsonl",
            )
    runs = by_method([read_log(path) for path in sorted(tmp_path.iterdir())])
    assert {name: len(logs) for name, logs in runs.items()} == {
        "RegularizedEvolution(sample_size=2)": 2,
        "RegularizedEvolution(sample_size=5)": 2,
    }


def test_epochs_are_what_is_compared_where_the_searcher_sets_them(tmp_path):
    """Halving with another number of architectures makes as many evaluations for other epochs, or the reverse."""
    from nastutor.searchers import Hyperband

    def run(name, epochs):
        searcher = Hyperband(GRID, seed=len(name), max_epochs=9, sweeps=None)
        search(searcher, lambda g, epochs: Noisy()(g), max_epochs=epochs, log=tmp_path / name)
        return read_log(tmp_path / name)

    question = "Are the budgets equal?"
    short, equal, long = (run(name, epochs) for name, epochs in (("a", 60), ("bb", 60), ("ccc", 120)))
    assert verdicts([short, equal])[question] == "pass"
    assert verdicts([short, long])[question] == "fail"
    search(RandomSearch(GRID), Noisy(), 10, log=tmp_path / "open")
    assert verdicts([short, read_log(tmp_path / "open")])[question] == "not known"


def test_no_logs_are_refused():
    with pytest.raises(ValueError, match="name those"):
        audit([])
