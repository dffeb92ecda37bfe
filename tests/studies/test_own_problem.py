"""Lesson 20's datasets, and its search on a cluster that loses a process."""

import time
from concurrent.futures import ThreadPoolExecutor

import pandas
import pytest

from nastutor import search
from nastutor.loop import read_log
from nastutor.resources import data_path
from nastutor.studies.own_problem import (
    BUDGET,
    CLUSTER_LOG,
    FOLDS,
    SPACE,
    WORKERS,
    evaluator,
    search_with_a_death,
    searcher,
    vowels,
)


def slowly(genotype):
    time.sleep(0.05)
    return {"val_accuracy": SPACE.weights(genotype) % 97}


def test_a_search_on_a_cluster_that_loses_a_process_loses_nothing(tmp_path):
    pytest.importorskip("distributed")
    disturbed = search_with_a_death(tmp_path / "run.jsonl", slowly, budget=16)
    with ThreadPoolExecutor(WORKERS) as pool:
        assert list(disturbed) == list(search(searcher(), slowly, 16, executor=pool, ordered=True))
    assert list(read_log(tmp_path / "run.jsonl").history) == list(disturbed)


def test_the_stored_run_is_whole_and_its_trainings_come_out_again():
    pytest.importorskip("torch")
    stored = read_log(data_path(CLUSTER_LOG))
    assert len(stored.history) == BUDGET and not stored.unfinished
    first = next(iter(stored.history))
    assert evaluator()(first.genotype)["val_accuracy"] == pytest.approx(first.value)


@pytest.mark.parametrize("fold", FOLDS)
def test_scales_are_those_of_the_people_trained_on(fold):
    rows = pandas.read_csv(data_path("vowels_train.csv"))
    dataset, encoder = vowels(fold)
    assert {split: len(labels) for split, labels in dataset.labels.items()} == {
        "train": 264,
        "validation": 264,
        "test": 462,
    }
    training = rows[~rows.speaker.isin(fold)]
    assert [column.name for column in encoder.columns] == list(rows.columns[1:-1])
    for column in encoder.columns:
        assert column.center == pytest.approx(training[column.name].mean())


def test_the_last_training_has_all_training_people():
    dataset, _ = vowels()
    assert len(dataset.labels["train"]) == len(dataset.labels["validation"]) == 528
