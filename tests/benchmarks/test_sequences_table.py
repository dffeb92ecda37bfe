"""The table of small language models: what it holds, and that a part of it is a table too."""

import json

import numpy as np
import pytest

from nastutor import load_benchmark
from nastutor.arrays import read_arrays, write_arrays
from nastutor.benchmarks.sequences import ARCHITECTURES
from nastutor.hardware.sequence_costs import sequence_costs
from nastutor.resources import data_path
from nastutor.spaces.sequence import SequenceSpace
from nastutor.studies.sequences import SEEDS, TASKS, architectures, describe
from nastutor.training.sequences import load_task

EMPTY = (0,) * 5


@pytest.fixture(params=TASKS)
def task(request):
    return request.param


def test_rows_are_the_first_architectures_in_the_order_of_training(task):
    table = load_benchmark("sequences", task=task)
    assert len(architectures()) == len(set(architectures())) == ARCHITECTURES
    assert table.genotypes == architectures()[: len(table)]
    assert (table.seeds, table.epochs) == (len(SEEDS), 6)


def test_the_file_says_with_which_data_and_recipe_it_was_made(task):
    pytest.importorskip("torch")
    stored = str(read_arrays(data_path("sequences_table.npz"))[f"{task}/settings"])
    assert stored == describe(task)
    assert json.loads(stored)["data"] == load_task(task).fingerprint()


def test_numbers_are_percentages_of_what_is_asked_and_bits(task):
    table, of_task = load_benchmark("sequences", task=task), load_task(task)
    for split, name in (("validation", "val"), ("test", "test")):
        asked = (of_task.targets[split] >= 0).sum()
        right = table.metrics[f"{name}_accuracy"] / 100 * asked
        np.testing.assert_allclose(right, right.round(), atol=0.01)
        assert ((table.metrics[f"{name}_bits"] > 0) | (table.metrics["diverged"] == 1)).all()
    assert not table.metrics["diverged"].any()


def test_without_a_mixer_a_model_guesses_from_the_token_before_it():
    assert load_benchmark("sequences", task="recall").report(EMPTY)["test_accuracy"] == pytest.approx(12.5, abs=1)
    assert load_benchmark("sequences", task="recall").report(EMPTY)["test_bits"] == pytest.approx(3, abs=0.05)
    assert load_benchmark("sequences", task="counting").report(EMPTY)["test_accuracy"] < 20
    assert 20 < load_benchmark("sequences", task="text").report(EMPTY)["test_accuracy"] < 30


def test_every_way_to_write_a_stack_has_its_row():
    table, space = load_benchmark("sequences", task="recall"), SequenceSpace()
    known = set(table.genotypes)
    written = [genotype for genotype in space if space.canonical(genotype) in known]
    assert len(written) > len(known)
    assert all(table.evaluate(genotype) == table.evaluate(space.canonical(genotype)) for genotype in written)


def test_costs_are_counted_for_the_length_that_is_asked_for():
    genotype, of_task = architectures()[0], load_task("recall")
    for length in (None, 500):
        found = load_benchmark("sequences", task="recall", length=length).evaluate(genotype)
        costs = sequence_costs(genotype, length or of_task.length, of_task.vocabulary, of_task.classes)
        assert (found["params"], found["macs"], found["cache"]) == (costs.params, costs.macs, costs.cache)
    with pytest.raises(ValueError, match="length 0"):
        load_benchmark("sequences", length=0)


def test_curves_end_where_the_metrics_are():
    table = load_benchmark("sequences", task="text", search_seed=1)
    genotype = table.genotypes[0]
    assert table.evaluate(genotype)["val_bits"] == table.curves["val_bits"][0, 1, -1]
    assert table.evaluate(genotype, epochs=2)["val_bits"] == table.curves["val_bits"][0, 1, 1]
    assert "test_bits" not in table.evaluate(genotype, epochs=2)
    assert table.report(genotype)["test_bits"] == pytest.approx(table.metrics["test_bits"][0, [0, 2]].mean())


def test_a_part_of_the_table_opens_and_says_what_is_missing(tmp_path, monkeypatch):
    whole = read_arrays(data_path("sequences_table.npz"))
    path = tmp_path / "sequences_table.npz"
    write_arrays(path, {name: array if name.endswith("settings") else array[:7] for name, array in whole.items()})
    monkeypatch.setattr(
        "nastutor.arrays.data_path", lambda asked: path if asked == "sequences_table.npz" else data_path(asked)
    )
    table, missing = load_benchmark("sequences", task="recall"), architectures()[7]
    assert len(table) == 7 and "7 of 241 trained so far" in table.name
    with pytest.raises(ValueError, match=r"not among the 7 architectures of .* `make sequences` trains the rest"):
        table.evaluate(missing)
    write_arrays(path, {name: array for name, array in whole.items() if not name.startswith("text/")})
    with pytest.raises(ValueError, match=r"no array 'text/genotype'.*`make sequences`"):
        load_benchmark("sequences", task="text")


@pytest.mark.parametrize("nonsense", [None, 3, "RECALL", "", ["recall"]])
def test_unknown_tasks_are_refused_with_the_choices(nonsense):
    with pytest.raises(ValueError, match="choose one of recall, counting, text"):
        load_benchmark("sequences", task=nonsense)
