"""The report says what was chosen by what, what it is worth, and beside what it must stand."""

import numpy as np
import pytest

from nastutor import search
from nastutor.loop import read_log
from nastutor.searchers import RandomSearch, RegularizedEvolution
from nastutor.spaces import SearchSpace, Variable
from nastutor.statistics.audit import audit
from nastutor.statistics.report import report

GRID = SearchSpace([Variable(f"x{i}", (0, 1, 2, 3, 4)) for i in range(3)])


def noisy(genotype):
    """Measure with luck that an architecture keeps: three points above or below what it is worth."""
    lucky = 3 if hash(genotype) % 2 else -3
    return {"val_accuracy": 10.0 * sum(genotype) + lucky, "params": float(genotype[0])}


def worth(genotype):
    return 10.0 * sum(genotype)


def runs_of(method, count=3, **options):
    return [search(method(GRID, seed=seed), noisy, 15, **options) for seed in range(count)]


def test_rows_hold_the_means_of_what_chose_and_of_what_is_reported(tmp_path):
    runs = {"evolution": runs_of(RegularizedEvolution), "random": runs_of(RandomSearch)}
    search(RandomSearch(GRID), noisy, 5, log=tmp_path / "run.jsonl")
    checks = audit([read_log(tmp_path / "run.jsonl")])
    text = report(runs, worth, "true accuracy", GRID.to_string, {"the default": 30.0}, checks)
    for name, histories in runs.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {name} | 3 | 15 | 0 |")]
        means = [float(cell.split()[0]) for cell in row.split("|")[5:7]]
        ends = [history.best() for history in histories]
        expected = [np.mean([e.value for e in ends]), np.mean([worth(e.genotype) for e in ends])]
        assert means == pytest.approx(expected, abs=0.01)
    best = max((history.best() for history in runs["evolution"]), key=lambda record: record.value)
    assert f"`{GRID.to_string(best.genotype)}`" in text and f"- true accuracy: {worth(best.genotype):.2f}" in text
    assert "| the default | | | | | 30.00 |" in text
    assert "What chose is better than what is reported by" in text and "Is random search beside it?" in text


def test_a_single_run_has_no_interval_and_what_is_minimised_is_shown_as_it_is():
    runs = {"random": runs_of(RandomSearch, 1, objective="-val_accuracy", constraints={"params": (1, 3)})}
    text = report(runs, worth, "true error")
    best = runs["random"][0].best()
    assert f"| random | 1 | 15 | 0 | {best.metrics['val_accuracy']:.2f} | {worth(best.genotype):.2f} |" in text
    assert "smaller is better" in text and "Allowed: at least 1 and at most 3 params." in text
    assert f"reported by {worth(best.genotype) - best.metrics['val_accuracy']:.2f}" in text


def test_nothing_to_report_is_refused():
    for nothing in ({}, {"random": []}):
        with pytest.raises(ValueError, match="no runs"):
            report(nothing, worth, "accuracy")
    with pytest.raises(ValueError, match="closest"):
        report({"random": runs_of(RandomSearch, 1, constraints={"params": (9, None)})}, worth, "accuracy")
