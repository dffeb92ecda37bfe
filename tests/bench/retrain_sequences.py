"""Retrain 10 randomly drawn rows of the table of small language models: are they what training gives? (`make retrain`)

    python tests/bench/retrain_sequences.py [--rows 10] [--same-seeds]

A row is a stack and a task, the tasks in turn. Each is trained three times, with seeds that are neither in the table
nor used for another row (`--same-seeds`: with those of the table, which on the machine and torch that made it gives the
same numbers to the last bit). What is compared is the logarithm of the validation bits, because among stacks that solve
a task bits differ by factors, and accuracies not at all; the seed noise is that of the 20 rows of the task with the
nearest mean. `judge` says of all together whether the table is reproduced within seed noise.

About two and a half minutes of processor time. The exit status is 1 if the table is not reproduced.
"""

import argparse
import sys
import time

import numpy as np
import torch

from nastutor import load_benchmark
from nastutor.studies.sequences import SEEDS, TASKS
from nastutor.studies.table_quality import judge, noise_near, standardised_difference
from nastutor.training.sequence_trainer import train_sequences
from nastutor.training.sequences import load_task

FIRST_SEED, NEAREST = 100, 20


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--draw", type=int, default=0, help="seed of the draw of the rows")
    parser.add_argument("--same-seeds", action="store_true", help="train with the seeds of the table")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    start, z, equal = time.process_time(), [], 0
    for i, draw in enumerate(np.random.default_rng(options.draw).random(options.rows)):
        task = TASKS[i % len(TASKS)]
        table = load_benchmark("sequences", task=task)
        bits = table.metrics["val_bits"]
        row, first = int(draw * len(table)), FIRST_SEED + i * len(SEEDS)
        new = retrain(table.genotypes[row], task, SEEDS if options.same_seeds else range(first, first + len(SEEDS)))
        equal += np.array_equal(new, bits[row])
        noise = noise_near(np.log(bits), np.log(bits[row]).mean(), NEAREST)
        z.append(standardised_difference(np.log(new), np.log(bits[row]), noise))
        numbers = f"table {bits[row].mean():.4f}  again {new.mean():.4f} bits  difference {z[-1]:+.2f}"
        name = table.space.to_string(table.genotypes[row])
        print(f"{task:9s}{name}  {numbers} standard deviations", flush=True)
    reproduced, line = judge(np.array(z), options.same_seeds)
    if options.same_seeds:
        print(f"{equal} of {len(z)} rows are equal to the last bit")
    print(f"{line} ({time.process_time() - start:.0f} s of processor time)")
    return 0 if reproduced else 1


def retrain(genotype, task, seeds):
    """Return the validation bits of a stack trained with each of the seeds, rounded as the table stores them."""
    done = train_sequences(genotype, load_task(task), seeds=list(seeds))
    return np.array([training.losses[-1] for training in done], np.float32).astype(float)


if __name__ == "__main__":
    sys.exit(main())
