"""What a search with short and long trainings spent, what it had at each point, and what it lost on the way."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nastutor.arguments import whole_number
from nastutor.loop.budget import Budget
from nastutor.loop.history import History
from nastutor.spaces.space import Genotype
from nastutor.statistics.runs import Report, as_histories


def epochs_spent(history: History, full: int) -> np.ndarray:
    """Return how many epochs had been trained after each evaluation, as `search` charges them.

    A promotion trains on from where its parent stopped, so only its additional epochs count.

    Parameters
    ----------
    history : of one run.
    full : the epochs of a proposal that leaves them open, as random search and evolution do.

    Returns
    -------
    (evaluations,) whole numbers.
    """
    as_histories([history])
    full = whole_number("full", full, 0)
    spending, spent = Budget(None, None, sys.maxsize), []
    for record in history:
        spending.charge(record.proposal._replace(epochs=record.proposal.epochs or full), record.metrics)
        spent.append(spending.epochs)
    return np.array(spent, dtype=int)


def curves_by_epochs(histories: Sequence[History], report: Report, max_epochs: int, full: int) -> np.ndarray:
    """Return what each run's incumbent is worth after 1, 2, …, `max_epochs` epochs of training.

    Incumbents are those of `History.incumbent`: a longer training replaces a shorter one.

    Parameters
    ----------
    histories : the runs.
    report : what the incumbent is worth, such as ``lambda g: bench.report(g)["val_accuracy"]``.
    max_epochs : the length of the curves.
    full : see `epochs_spent`.

    Returns
    -------
    (runs, max_epochs); NaN until the first evaluation is paid for. A run that ended early keeps its last value.
    """
    histories = as_histories(histories)
    curves = np.full((len(histories), whole_number("max_epochs", max_epochs, 1)), np.nan)
    for curve, history in zip(curves, histories):
        for spent, record in zip(epochs_spent(history, full), history.incumbent()):
            if record is not None and spent <= max_epochs:
                curve[spent - 1 :] = report(record.genotype)
    return curves


class Fate(NamedTuple):
    """What became of the best architecture of a run.

    winner : the one with the highest true accuracy among all that the run evaluated; ties go to the smaller genotype.
    epochs : how long it was trained.
    survived : whether no other was trained longer.
    chosen : the architecture that the run chose.
    """

    winner: Genotype
    epochs: int
    survived: bool
    chosen: Genotype


def follow_winner(history: History, truth: Report) -> Fate:
    """Return how far the true winner of a run came.

    Parameters
    ----------
    history : of a search that sets the epochs, such as `SuccessiveHalving`.
    truth : the true accuracy of an architecture.
    """
    trained: dict[Genotype, int] = {}
    as_histories([history])
    for record in history:
        trained[record.genotype] = max(trained.get(record.genotype, 0), record.proposal.epochs or 0)
    winner = min(trained, key=lambda genotype: (-truth(genotype), genotype))
    return Fate(winner, trained[winner], trained[winner] == max(trained.values()), history.best().genotype)
