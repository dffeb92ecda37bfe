"""Retrain 20 randomly drawn cells of the glyphs table: are its rows what training gives? (`make retrain`)

    python tests/bench/retrain.py [data/glyphs_table.npz or a folder of shards] [--cells 20] [--same-seeds]

Each cell is trained three times, with seeds that are neither in the table nor used for another cell (`--same-seeds`:
with those of the table, which on the machine and torch that made it gives the same numbers). The difference to the
table's mean is divided by the standard deviation that it has if nothing but the seeds differ
(`standardised_difference`; the seed noise is that of the 200 cells with the nearest mean), and `judge` says of all
together whether the table is reproduced within seed noise.

About 80 seconds of processor time. The exit status is 1 if the table is not reproduced.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

from nastutor.networks import CellNetwork
from nastutor.studies.table_quality import judge, noise_near, read_counts, standardised_difference
from nastutor.studies.tables import PLANS
from nastutor.training import load_dataset, train_replicas

PLAN = PLANS["glyphs"]
FIRST_SEED = 100


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", nargs="?", type=Path, default=Path("data/glyphs_table.npz"))
    parser.add_argument("--cells", type=int, default=20)
    parser.add_argument("--draw", type=int, default=0, help="seed of the draw of the cells")
    parser.add_argument("--same-seeds", action="store_true", help="train with the seeds of the table")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    genotypes, accuracy = read_accuracies(options.source)
    start, z = time.process_time(), []
    for i, row in enumerate(np.random.default_rng(options.draw).choice(len(genotypes), options.cells, replace=False)):
        first, count = FIRST_SEED + i * len(PLAN.seeds), len(PLAN.seeds)
        new = retrain(genotypes[row], PLAN.seeds if options.same_seeds else range(first, first + count))
        known = accuracy[row]
        noise = noise_near(accuracy, known.mean())
        z.append(standardised_difference(new, known, noise))
        numbers = f"table {known.mean():6.2f}  again {new.mean():6.2f}  seed noise {noise:.2f}  difference {z[-1]:+.2f}"
        print(f"{genotypes[row]}  {numbers} standard deviations", flush=True)
    reproduced, line = judge(np.array(z), options.same_seeds)
    print(f"{line} ({time.process_time() - start:.0f} s of processor time)")
    return 0 if reproduced else 1


def read_accuracies(source):
    """Return the genotypes and (cells, seeds) accuracies, percent, after the last epoch."""
    genotypes, counts = read_counts(source)
    images = len(load_dataset(PLAN.dataset).labels["validation"])
    return [tuple(row) for row in genotypes.tolist()], 100 * counts[:, :, -1].astype(float) / images


def retrain(genotype, seeds):
    """Return the accuracies, percent, of a cell trained as the plan says with each of the seeds."""
    build = partial(CellNetwork, genotype, **PLAN.skeleton)
    done = train_replicas(build, load_dataset(PLAN.dataset), PLAN.recipe, list(seeds), progress=False)
    return np.array([training.val_accuracy for training in done])


if __name__ == "__main__":
    sys.exit(main())
