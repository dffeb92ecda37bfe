"""Measures of the ledger take the runs that their claims speak of, with equal budgets."""

import json

import numpy as np
import pytest

from nastutor.spaces.cell import NONE
from nastutor.statistics.fidelity import epochs_spent
from nastutor.studies import paper_measures as measures
from nastutor.studies.once_for_all import load_once_for_all
from nastutor.studies.paper_claims import FIRST, PATIENT, SECOND
from nastutor.studies.proxyless import load_proxyless


def test_hyperband_and_random_search_train_for_equally_many_epochs():
    for epochs in (120, 240):
        for runs in measures.equal_epochs(epochs, runs=4):
            spent = [int(epochs_spent(history, measures.FULL_TRAINING)[-1]) for history in runs]
            assert all(epochs <= each < epochs + measures.FULL_TRAINING for each in spent), spent


def test_cures_are_those_of_eight_cells_and_so_is_the_patient():
    for method in (*measures.CURES, PATIENT):
        settings = json.loads(str(measures._study(method)(method, "settings")))
        assert settings["cells"] == 8, method


@pytest.mark.parametrize("method", [FIRST, SECOND, PATIENT, *measures.CURES])
def test_no_answer_of_darts_has_an_edge_without_an_operation(method):
    assert not (measures._answers(method) == NONE).any()


def test_a_lead_over_random_search_is_that_of_the_answers_at_their_price():
    lead = measures.above_random_search("GDAS")
    mean = measures._truth("GDAS").mean()
    curve = measures._random_curves().mean(axis=0)
    assert curve.min() <= mean - lead.mean <= curve.max()


def test_the_counts_that_claims_name_are_those_of_the_stored_runs():
    assert len(load_proxyless("gdas", "microcontroller", 0.05).genotypes) == 5
    study = load_once_for_all()
    assert len(study.alone["short"].test_accuracy) == 16
    assert all(len(shared.test_accuracy) == 3 for shared in study.shared.values())


def test_luck_that_is_no_choice_is_not_counted_as_overstatement():
    """A search of one evaluation chooses nothing, so nothing is overstated."""
    for table in ("cifar100", "glyphs"):
        band = measures.overstated(table, budget=1)
        assert band.low <= 0 <= band.high and np.isfinite(band.mean)
