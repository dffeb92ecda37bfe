"""What the answers of a one-shot search are worth, beside random search that has as many processor seconds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nastutor.statistics import Band, student_band, student_difference_band
from nastutor.studies.oneshot import OneShotStudy, trainings_for


class Worth(NamedTuple):
    """What runs of a search found, and what random search finds in the same time, as test accuracy.

    Attributes
    ----------
    found : percent, the mean over the runs with Student's t interval.
    worst : percent, of the worst run.
    share_better : 0…1, the share of the cells of the space that are better, mean over the runs.
    seconds : of a run, mean.
    trainings : so many cells can be trained by themselves in these seconds.
    random : percent, the mean of random search after as many trainings.
    lead : points by which the runs are ahead of random search, unpaired, with Welch's t interval.
    """

    found: Band
    worst: float
    share_better: float
    seconds: float
    trainings: int
    random: float
    lead: Band


def worth(study: OneShotStudy, genotypes: np.ndarray, seconds: np.ndarray, random_curves: np.ndarray) -> Worth:
    """Judge the answers of independent runs.

    Parameters
    ----------
    study : that the runs are from; its "training from scratch" prices a training on the same machine.
    genotypes : (runs, 6) the answers.
    seconds : (runs,) processor seconds that each took.
    random_curves : (runs of random search, trainings) percent, the test accuracy of the best so far, chosen by the
        validation accuracy of one training seed.

    Raises
    ------
    ValueError : the time of a run pays for more trainings than there are in the curves.
    """
    accuracy = study.test_accuracy(genotypes)
    price = float(np.mean(seconds))
    trainings = trainings_for(price, float(study("training from scratch", "seconds").mean()))
    if trainings > random_curves.shape[1]:
        raise ValueError(f"{price:.0f} s pay for {trainings} trainings: random search has {random_curves.shape[1]}")
    random = random_curves[:, trainings - 1]
    return Worth(
        found=student_band(accuracy),
        worst=float(accuracy.min()),
        share_better=float(study.share_better(accuracy).mean()),
        seconds=price,
        trainings=trainings,
        random=float(random.mean()),
        lead=student_difference_band(accuracy, random),
    )
