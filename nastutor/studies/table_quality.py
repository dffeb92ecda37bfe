"""How much of a trained table is architecture and how much is the luck of the seed.

    python -m nastutor.studies.table_quality data/glyphs_table.npz

A folder of shards will do as well: the order in which cells are trained is random, so the first ones are a fair sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np

from nastutor.arrays import read_arrays
from nastutor.studies import command

PERCENTILES = (0, 10, 25, 50, 75, 90, 100)


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
        would flatter or hide the correlation.
    """
    from scipy.stats import spearmanr

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
            correlations.append(spearmanr(accuracy[chosen, first], accuracy[chosen, second])[0])
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what `measure` finds among the cells that do not compute zero."""
    parser = command.parser_of("table_quality", __doc__)
    parser.add_argument("source", type=command.existing_path, help="a table, or a folder of shards")
    parser.add_argument("images", type=int, nargs="?", default=1000, help="validation images of the dataset")
    chosen = parser.parse_args(arguments)
    genotypes, counts = read_counts(chosen.source)
    accuracy = 100 * counts[(genotypes != 0).any(axis=1), :, -1].astype(float) / chosen.images
    percentiles = np.percentile(accuracy.mean(axis=1), PERCENTILES).round(1)
    print(f"{len(accuracy):,} cells; mean over seeds, percentiles {PERCENTILES}: {percentiles.tolist()}")
    for name, value in measure(accuracy).items():
        print(f"{name:28s}{value:6.2f}")


if __name__ == "__main__":
    main()
