"""Searches on the table of small language models, and the claims that are asked there."""

import json

import numpy as np
import pytest

from nastutor.arrays import read_arrays
from nastutor.resources import data_path
from nastutor.studies import ledger, searches, sequence_searches

NUMPY_ALONE = ("RandomSearch", "LargestFirst", "LocalSearch", "GeneticAlgorithm", "RegularizedEvolution")


@pytest.mark.parametrize("task", sequence_searches.PLAN)
def test_what_is_stored_is_what_the_command_computes(task):
    for label, method in sequence_searches.METHODS.items():
        if method.searcher in NUMPY_ALONE:
            assert np.array_equal(searches.load_study(task, label)[7], searches.run_once(task, method, seed=7)), label


def test_every_method_is_stored_for_every_task_with_its_present_settings():
    pytest.importorskip("torch")
    stored = read_arrays(data_path("sequence_studies.npz"))
    for task, methods in sequence_searches.PLAN.items():
        for label, method in methods.items():
            assert stored[f"{task}/{label}"].shape == (method.runs, method.budget)
            present = json.loads(json.dumps(searches.describe(method, task)))
            assert json.loads(str(stored[f"{task}/{label}.settings"])) == present
    assert len(stored) == 2 * len(sequence_searches.PLAN) * len(sequence_searches.METHODS)


def test_largest_first_tries_none_but_the_largest_stacks():
    space = searches.open_table("text").space
    largest = max(map(space.weights, space))
    for rows in searches.load_study("text", "LargestFirst")[:5]:
        chosen = [searches.open_table("text").genotypes[row] for row in rows]
        assert {space.weights(genotype) for genotype in chosen} == {largest} and len(set(chosen)) == len(chosen)


def test_a_lead_among_language_models_is_that_after_a_quarter_of_the_evaluations():
    bench = searches.open_table("text")
    runs = [searches.load_study("text", method) for method in ("LocalSearch", "RandomSearch")]
    means = [searches.study_curves(bench, rows)[:, step].mean() for rows, step in zip(runs, (12, 49))]
    found = ledger.lead("LocalSearch", 50, "RandomSearch", 200, "text").mean
    assert found == pytest.approx(means[0] - means[1])
