"""How much of a trained table is architecture and how much is the luck of the seed.

    python -m nastutor.studies.table_quality data/glyphs_table.npz
    python -m nastutor.studies.table_quality data/sequences_table.npz

A folder of shards will do as well: the order in which cells are trained is random, so the first ones are a fair sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np

from nastutor.arrays import read_arrays
from nastutor.statistics import rank_correlation
from nastutor.studies import command

PERCENTILES = (0, 10, 25, 50, 75, 90, 100)
COMMON, SMALLEST, LARGEST, FARTHEST = 0.15, 0.5, 1.6, 5.0
"""What `judge` takes for seed noise."""


def read_counts(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a table or the shards in a folder.

    Returns
    -------
    genotypes : (cells, edges); val_correct : (cells, seeds, epochs), of 1,000 glyphs or 400 digits.
    """
    files = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    if not files:
        raise FileNotFoundError(f"no shards in {path}")
    genotypes, counts = [], []
    for file in files:
        stored = read_arrays(file)
        genotypes.append(stored["genotypes"])
        counts.append(stored["val_correct"])
    return np.concatenate(genotypes), np.concatenate(counts)


def read_accuracies(path: Path, images: int) -> dict[str, np.ndarray]:
    """Read what seeds of each architecture reached, (architectures, seeds), by a title.

    Of cells that is the accuracy, without those that compute zero; of language models, for each task, the accuracy and
    the bits below zero, so that more is better.
    """
    stored = read_arrays(path) if path.is_file() else {}
    tasks = [name.removesuffix("/right") for name in stored if name.endswith("/right")]
    if not tasks:
        genotypes, counts = read_counts(path)
        accuracy = 100 * counts[(genotypes != 0).any(axis=1), :, -1].astype(float) / images
        return {f"{len(accuracy):,} cells": accuracy}
    found = {}
    for task in tasks:
        accuracy = stored[f"{task}/right"][:, :, -1].astype(float)
        found[f"{len(accuracy)} language models, accuracy on {task}"] = accuracy
        found[f"{len(accuracy)} language models, −bits on {task}"] = -stored[f"{task}/bits"][:, :, -1].astype(float)
    return found


def measure(accuracy: np.ndarray) -> dict[str, float]:
    """Compare seeds and architectures.

    Parameters
    ----------
    accuracy : (cells, 3 seeds), percent.

    Returns
    -------
    seed_noise, seed_noise_top_half : standard deviation over the seeds of a cell (root mean square over cells), points.
    spread, spread_top_half : standard deviation over the cells of their mean, points.
    rank_correlation, rank_correlation_top_half, rank_correlation_top_decile : Spearman's, between two seeds, on the
        cells that the *third* seed puts there, and averaged over the three choices: a choice by the same numbers
        would flatter or hide the correlation. NaN where all that are chosen reach the same.
    """
    mean = accuracy.mean(axis=1)
    better = mean >= np.median(mean)
    found = {
        "seed_noise": float(np.sqrt(accuracy.var(axis=1, ddof=1).mean())),
        "seed_noise_top_half": float(np.sqrt(accuracy[better].var(axis=1, ddof=1).mean())),
        "spread": float(mean.std()),
        "spread_top_half": float(mean[better].std()),
    }
    for name, part in [("", 1.0), ("_top_half", 0.5), ("_top_decile", 0.1)]:
        correlations = []
        for first, second, third in permutations(range(3)):
            chosen = np.argsort(-accuracy[:, third], kind="stable")[: max(2, round(part * len(accuracy)))]
            correlations.append(rank_correlation(accuracy[chosen, first], accuracy[chosen, second]))
        found[f"rank_correlation{name}"] = float(np.mean(correlations))
    return found


def noise_near(accuracy: np.ndarray, mean: float, cells: int = 200) -> float:
    """Return the seed noise of the cells whose mean accuracy is nearest to `mean`: good cells are less noisy than bad.

    Parameters
    ----------
    accuracy : (cells, seeds), percent; at least two seeds.
    mean : percent.
    cells : how many to take; all, if there are fewer. Three seeds of one cell alone say little about its noise.

    Returns
    -------
    The standard deviation over the seeds, root mean square over those cells, points.
    """
    nearest = np.argsort(np.abs(accuracy.mean(axis=1) - mean), kind="stable")[:cells]
    return float(np.sqrt(accuracy[nearest].var(axis=1, ddof=1).mean()))


def standardised_difference(new: np.ndarray, known: np.ndarray, noise: float) -> float:
    """Return how far the mean of new trainings of a cell is from the mean of those known, in standard deviations.

    If nothing but the seed differs, a mean of m trainings has the standard deviation noise/√m, so the difference has
    noise·√(1/m + 1/n), and the result lies within −2…2 in about 95 of 100 cases.

    Parameters
    ----------
    new, known : (m,) and (n,) accuracies, percent.
    noise : standard deviation over the seeds, points.
    """
    new, known = np.atleast_1d(new), np.atleast_1d(known)
    return float((new.mean() - known.mean()) / (noise * np.sqrt(1 / len(new) + 1 / len(known))))


def judge(z: np.ndarray, same_seeds: bool = False) -> tuple[bool, str]:
    """Return whether architectures that were trained again are as the table says, and a line that says why.

    Standardised differences of several should have mean 0 and standard deviation 1. The table is reproduced within
    seed noise if

    - their mean is within 3·√(1/n + 0.15²) of 0: a table that is off as a whole is caught. All rows share the seeds of
      the table, and with them the order of what is trained on, so all are a little lucky or unlucky together: that is
      the 0.15;
    - the root of their mean square is between 0.5 and 1.6: rows that are wrong one by one are caught. In samples of 20
      from the seeds of the glyphs table it was outside in one of 1,000;
    - none is beyond 5.

    Parameters
    ----------
    z : (n,), see `standardised_difference`.
    same_seeds : whether the seeds were those of the table; then the differences may be smaller.
    """
    limit = 3 * np.sqrt(1 / len(z) + COMMON**2)
    smallest = 0.0 if same_seeds else SMALLEST
    size = np.sqrt((z**2).mean())
    reproduced = abs(z.mean()) <= limit and smallest <= size <= LARGEST and abs(z).max() <= FARTHEST
    line = (
        f"{len(z)} rows: mean {z.mean():+.2f} (within ±{limit:.2f}), root mean square {size:.2f} (expected 1, "
        f"{smallest:g} to {LARGEST:g}), farthest {z[abs(z).argmax()]:+.2f} (at most {FARTHEST:g}): "
        f"{'reproduced within seed noise' if reproduced else 'NOT reproduced'}"
    )
    return bool(reproduced), line


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what `measure` finds among the cells that do not compute zero."""
    parser = command.parser_of("table_quality", __doc__)
    parser.add_argument("source", type=command.existing_path, help="a table, or a folder of shards")
    parser.add_argument("images", type=int, nargs="?", default=1000, help="validation images of the dataset")
    chosen = parser.parse_args(arguments)
    for title, accuracy in read_accuracies(chosen.source, chosen.images).items():
        percentiles = np.percentile(accuracy.mean(axis=1), PERCENTILES).round(2)
        print(f"{title}; mean over seeds, percentiles {PERCENTILES}: {percentiles.tolist()}")
        for name, value in measure(accuracy).items():
            print(f"{name:28s}{value:8.3f}")


if __name__ == "__main__":
    main()
