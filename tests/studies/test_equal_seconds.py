"""Answers of searches beside random search with as many seconds."""

import numpy as np
import pytest

from nastutor.statistics import student_band
from nastutor.studies.equal_seconds import worth
from nastutor.studies.oneshot import load_oneshot_study

CELLS = np.array([[3, 3, 3, 3, 3, 3], [1, 1, 1, 1, 1, 1], [3, 0, 0, 0, 3, 0]])


def judged(trainings, curves):
    study = load_oneshot_study()
    price = study("training from scratch", "seconds").mean()
    return worth(study, CELLS, np.full(len(CELLS), trainings * price), curves)


def test_random_search_gets_the_seconds_of_a_run():
    curves = np.array([[10.0, 20.0, 30.0], [12.0, 22.0, 32.0]])
    found = judged(2.1, curves)
    accuracy = load_oneshot_study().test_accuracy(CELLS)
    assert (found.trainings, found.random) == (2, 21.0)
    assert found.found == student_band(accuracy) and found.worst == accuracy.min()
    assert found.lead.mean == pytest.approx(accuracy.mean() - 21)
    assert found.share_better == pytest.approx(load_oneshot_study().share_better(accuracy).mean())


def test_a_search_that_costs_more_than_random_search_was_given_is_refused():
    with pytest.raises(ValueError, match="pay for 5 trainings: random search has 3"):
        judged(5, np.ones((2, 3)))
