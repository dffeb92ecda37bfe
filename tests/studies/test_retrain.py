"""The trained tables are what training gives: two cheap cells trained again, and the scripts that do it with more."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from nastutor import load_benchmark
from nastutor.studies.table_quality import judge

SCRIPTS = Path(__file__).parents[1] / "bench"


def load(name):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def script():
    return load("retrain")


@pytest.fixture(scope="module")
def table():
    return load_benchmark("glyphs", search_seed=0)


@pytest.mark.long
@pytest.mark.parametrize("cell", [(1, 1, 1, 1, 1, 1), (0, 0, 0, 4, 0, 0)])
def test_a_cheap_cell_trained_again_with_the_same_seeds_is_in_the_table(script, table, cell):
    """Equal on the machine that made the table, nearly equal elsewhere: cells without weights amplify rounding little.

    In float64 they differ by up to 0.2 points; other seeds differ by 2 or 3.
    """
    stored = table.metrics["val_accuracy"][table.genotypes.index(cell)]
    assert script.retrain(cell, (0, 1, 2)) == pytest.approx(stored, abs=0.6)


def test_the_judgement_accepts_seed_noise_and_catches_tables_that_are_wrong():
    rng = np.random.default_rng(0)
    accepted = [judge(rng.normal(size=20))[0] for _ in range(1000)]
    assert np.mean(accepted) > 0.99
    assert not judge(rng.normal(1.5, 1, 20))[0], "all rows are off by 1.5 standard deviations"
    assert not judge(rng.normal(0, 2.5, 20))[0], "rows are of other cells with similar accuracies"
    assert not judge(rng.normal(0, 0.2, 20))[0], "agrees better than other seeds can"
    assert not judge(np.array([6.0] + [0.5, -0.5] * 10))[0], "one row is wrong"
    assert judge(np.zeros(20), same_seeds=True)[0]


def test_most_rows_of_a_shuffled_table_are_not_reproduced(script, table):
    """What the script would find if each row were another cell's: the check can fail."""
    accuracy = table.metrics["val_accuracy"]
    rows = np.random.default_rng(0).choice(len(accuracy), (2, 20))
    z = [
        script.standardised_difference(accuracy[a], accuracy[b], script.noise_near(accuracy, accuracy[b].mean()))
        for a, b in rows.T
    ]
    assert not judge(np.array(z))[0]


def test_language_models_are_compared_with_their_rows_and_rows_of_others_are_caught(monkeypatch, capsys):
    script, tables = (
        load("retrain_sequences"),
        {task: load_benchmark("sequences", task=task) for task in ("recall", "text")},
    )
    monkeypatch.setattr(script, "TASKS", tuple(tables))

    def bits(genotype, task, seeds):
        assert list(seeds) == [0, 1, 2]
        return tables[task].metrics["val_bits"][tables[task].genotypes.index(genotype)]

    monkeypatch.setattr(script, "retrain", bits)
    assert script.main(["--same-seeds", "--rows", "6"]) == 0
    said = capsys.readouterr().out
    assert "6 of 6 rows are equal to the last bit" in said and said.count("recall ") == said.count("text ") == 3
    monkeypatch.setattr(script, "retrain", lambda *given: 1.3 * bits(*given))
    assert script.main(["--same-seeds", "--rows", "6"]) == 1
    assert "0 of 6 rows are equal" in capsys.readouterr().out
