"""What runs with short and long trainings spent, and what became of the best architecture."""

import numpy as np
import pytest

from nastutor import search
from nastutor.searchers import Hyperband, RandomSearch, SuccessiveHalving
from nastutor.spaces import SearchSpace, Variable
from nastutor.statistics.fidelity import curves_by_epochs, epochs_spent, follow_winner

SPACE = SearchSpace([Variable("network", ("late", *"abcdefgh"))])


def evaluate(genotype, epochs=None):
    """Nine networks; `late` learns nothing for five epochs and is best at the end, after nine."""
    epochs = 9 if epochs is None else epochs
    is_late = genotype == (0,)
    return {"val_accuracy": (95.0 if epochs > 5 else 10.0) if is_late else 50.0 + epochs + genotype[0] / 10}


def worth(genotype):
    return evaluate(genotype)["val_accuracy"]


def run(make, seed=0, **limit):
    return search(make(SPACE, seed), evaluate, progress=False, **limit)


def halving(space, seed):
    return SuccessiveHalving(space, seed, configurations=9, max_epochs=9)


def test_a_promotion_is_charged_its_additional_epochs():
    assert epochs_spent(run(halving, max_epochs=1000), full=9).tolist() == [*range(1, 10), 11, 13, 15, 21]


@pytest.mark.parametrize("budget", [7, 20, 40])
def test_it_is_what_search_charges(cells, landscape, budget):
    history = search(Hyperband(cells, 0, max_epochs=9, sweeps=None), landscape, max_epochs=budget, progress=False)
    spent = epochs_spent(history, full=9)
    assert spent[-1] >= budget > spent[-2] and (np.diff(spent) > 0).all()


def test_where_a_searcher_leaves_the_epochs_open_training_is_full():
    history = run(RandomSearch, budget=4)
    assert epochs_spent(history, full=9).tolist() == [9, 18, 27, 36]


def test_curves_show_what_was_paid_for_and_no_more():
    histories = [run(halving, max_epochs=1000), run(RandomSearch, budget=2)]
    halved, random = curves_by_epochs(histories, worth, max_epochs=30, full=9)
    assert np.isnan(random[:8]).all() and random[8] == worth(histories[1][0].genotype)
    assert (halved[20:] == worth((8,))).all(), "the last evaluation ends with epoch 21, and nothing comes after it"
    assert curves_by_epochs(histories, worth, max_epochs=5, full=9).shape == (2, 5)
    assert np.isnan(curves_by_epochs(histories[1:], worth, 8, full=9)).all()


def test_the_late_winner_is_lost_at_the_first_rung_and_kept_by_the_patient():
    lost = follow_winner(run(halving, max_epochs=1000), worth)
    assert (lost.winner, lost.epochs, lost.survived, lost.chosen) == ((0,), 1, False, (8,))
    patient = run(lambda space, seed: SuccessiveHalving(space, seed, 9, 9, min_epochs=9), max_epochs=1000)
    assert follow_winner(patient, worth) == ((0,), 9, True, (0,))


def test_the_winner_is_one_that_was_tried():
    history = run(RandomSearch, budget=1)
    assert follow_winner(history, worth).winner == history[0].genotype
