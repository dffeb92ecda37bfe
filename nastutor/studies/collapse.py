"""Cures on a supernet of eight cells, on which DARTS collapses, and trained ones of two. Stored by ``make studies``.

    python -m nastutor.studies.collapse data/collapse_study.npz

`none` takes part in every mixture and is left out when a cell is derived, as in the papers; what deriving it would give
is in the stored α. Beside these runs belong "DARTS, eight cells" and the others of `nastutor.studies.oneshot`, which
are of another day and machine: compare them as independent runs, not seed by seed. To read the file takes no torch.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nastutor.arrays import read_data
from nastutor.studies import command
from nastutor.studies.oneshot import (
    ALPHA_LEARNING_RATE,
    FASTER,
    MIXTURE,
    SINGLE_PATH,
    SKELETON,
    OneShotStudy,
    recipe,
    run_differentiable,
    run_from_scratch,
    search_by_gradient,
    supernet,
    trajectory,
)
from nastutor.studies.repeated_runs import Arrays, Methods, make_runs

if TYPE_CHECKING:
    from nastutor.networks.supernet import Supernet

RUNS = 6
TUNING_EPOCHS = 5
"""After each edge that perturbation has decided, as in its paper."""
TUNING_RATE = 0.01
"""Of the weights, at the start of tuning."""
STEPS = (0.003, 0.01, 0.03, 0.1)
"""Lengths of a step of α over which the loss is differenced; Adam moves each entry by about 0.003 in these runs."""
EIGHT = {**FASTER, "cells": 8, "with_none": False}
TWO = {
    "method": "darts",
    **MIXTURE,
    "cells": SKELETON["cells_per_stage"],
    "alpha_learning_rate": ALPHA_LEARNING_RATE,
    "with_none": False,
}
PARTIAL_CHANNELS = {"partial_channels": 2, "relax": "normalized_edges"}


def run_with_selection(seed: int, keep_weights: bool, **settings: Any) -> Arrays:
    """Run first-order DARTS, and derive a cell from the last mixture by perturbation too.

    Returns
    -------
    What `run_differentiable` does, and by_perturbation, by_perturbation_and_tuning (6,); lost (6, 5), see `Selection`;
    weights : (P,) of the supernet in the order of its parameters, if they are kept.
    """
    import torch

    from nastutor.oneshot.perturbation import select_by_perturbation
    from nastutor.training import load_dataset

    done = search_by_gradient(seed, partial_channels=1, **settings)
    judged = done.network, done.alphas[-1], load_dataset("glyphs"), recipe(learning_rate=TUNING_RATE), seed
    plain, tuned = (select_by_perturbation(*judged, tuning_epochs=epochs) for epochs in (0, TUNING_EPOCHS))
    arrays = trajectory(done) | {
        "by_perturbation": np.array(plain.genotype, np.uint8),
        "by_perturbation_and_tuning": np.array(tuned.genotype, np.uint8),
        "lost": plain.lost.astype(np.float32),
    }
    if keep_weights:
        arrays["weights"] = torch.nn.utils.parameters_to_vector(done.network.parameters()).detach().numpy()
    return arrays


def run_until_curved(seed: int, **settings: Any) -> Arrays:
    """Run first-order DARTS until the curvature in α ends it, by the rule of RobustDARTS.

    Returns
    -------
    genotype (6,); stopped_after () epochs, or all of the recipe's; eigenvalues and seconds (epochs of the recipe,):
    NaN and 0 after the stop.
    """
    from nastutor.oneshot import StopAtEigenvalue

    done = search_by_gradient(seed, partial_channels=1, stop=StopAtEigenvalue(), eigenvalue_images=64, **settings)
    rest = settings["epochs"] - len(done.seconds)
    return {
        "genotype": np.array(done.genotype, np.uint8),
        "stopped_after": np.array(len(done.seconds)),
        "eigenvalues": np.pad(done.eigenvalues, (0, rest), constant_values=np.nan).astype(np.float32),
        "seconds": np.pad(done.seconds, (0, rest)).astype(np.float32),
    }


def run_felt(seed: int) -> Arrays:
    """Measure the gradient that α feels after three epochs of first-order DARTS (float64), on a pair of batches a seed.

    Returns
    -------
    errors (lengths of `STEPS`, gradients of `FeltErrors`), seconds ().
    """
    import torch

    from nastutor.networks.batch_norm import batch_statistics
    from nastutor.oneshot.darts import supernet_losses
    from nastutor.oneshot.felt_gradient import felt_errors
    from nastutor.training import load_dataset

    start = time.process_time()
    done = search_by_gradient(
        0, partial_channels=1, **TWO, dtype="float64", stop=lambda records: 2 if len(records) == 3 else None
    )
    data, rows = load_dataset("glyphs"), slice(64 * seed, 64 * (seed + 1))
    batches = [
        (torch.from_numpy(data.images[split][rows]).double(), torch.from_numpy(data.labels[split][rows]))
        for split in ("train", "validation")
    ]
    weights, (train_loss, val_loss) = supernet_losses(done.network, batches, lambda alpha: alpha.softmax(1))
    alpha = torch.tensor(done.alphas[-1], requires_grad=True)
    with batch_statistics(done.network):
        errors = felt_errors(train_loss, val_loss, weights, alpha, MIXTURE["learning_rate"], STEPS)
    return {"errors": np.array(errors), "seconds": np.array(time.process_time() - start)}


METHODS: Methods = {
    "training from scratch": (run_from_scratch, {}),
    "weight decay": (run_differentiable, {**EIGHT, "weight_decay": 27e-4}),
    "partial channels": (run_differentiable, {**EIGHT, **PARTIAL_CHANNELS, "warm_up": 18}),
    "dropped skips": (run_differentiable, {**EIGHT, "relax": "DroppedSkips", "rate": 0.5}),
    "GDAS": (
        run_differentiable,
        {"method": "gdas", "alpha_learning_rate": 0.01, **SINGLE_PATH, "cells": 8, "with_none": False},
    ),
    "stop by curvature": (run_until_curved, EIGHT),
    "two cells, first order": (run_with_selection, {**TWO, "keep_weights": True}),
    "two cells, partial channels": (run_differentiable, {**TWO, **PARTIAL_CHANNELS, "warm_up": 15}),
    "felt gradient": (run_felt, {}),
}
"""What is run: a function of a seed, and its settings. Searches are on eight cells where not two are
named. Weight decay is nine times the usual, one of the factors of RobustDARTS; α waits for 15 of 50 epochs, as in
PC-DARTS's code, which has a quarter of the channels where these runs have half."""


class CollapseStudy(OneShotStudy):
    """What is stored, judged as in `OneShotStudy`; by "method/name" for the methods of this module."""

    def supernet(self, seed: int) -> Supernet:
        """Return the supernet of two cells as first-order DARTS left it; its α is ``alphas`` after the last epoch."""
        import torch

        network = supernet()
        weights = torch.from_numpy(self("two cells, first order", "weights")[seed])
        torch.nn.utils.vector_to_parameters(weights, network.parameters())
        return network


def describe(method: str) -> str:
    """Say with which settings a method runs, as JSON."""
    function, settings = METHODS[method]
    parts = {"method": function.__name__, **settings, "skeleton": dict(SKELETON)}
    if function is run_with_selection:
        parts["tuning"] = [TUNING_EPOCHS, TUNING_RATE]
    if function is run_felt:
        parts |= {**TWO, "steps": STEPS}
    return json.dumps(parts, sort_keys=True)


def build(path: Path, executor: Executor | None = None) -> None:
    """Make the runs that the file lacks, in new processes or in those of an executor, and write it after each."""
    make_runs(path, METHODS, {method: describe(method) for method in METHODS}, RUNS, executor)


@cache
def load_collapse_study() -> CollapseStudy:
    """Open the study that ships."""
    return CollapseStudy(read_data("collapse_study.npz", "studies"))


if __name__ == "__main__":
    command.run(build, "collapse", __doc__)
