"""Growth in depth, with real training: chains of 1…4 layers, found with equal budgets. Stored by ``make studies``.

    python -m nastutor.studies.depth data/depth_study.npz

Every evaluation trains a network on the digits. A chain that several runs ask for is trained once, since the same seed
would give the same network. What is trained is written at once, so a build that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nastutor import searchers
from nastutor.arrays import read_arrays, read_data, write_arrays
from nastutor.loop.search import search
from nastutor.searchers import Searcher
from nastutor.spaces import LayerwiseSpace
from nastutor.spaces.space import Genotype
from nastutor.studies import command
from nastutor.studies.searches import incumbent_rows

BUDGET = 40
RUNS = 20
EPOCHS = 3
SEEDS = (0, 1)
"""Of the training that a search sees, and of the one that is reported."""
SPACE = LayerwiseSpace.small()


class Method(NamedTuple):
    """A searcher by class name, its settings that are not the defaults, and the depths that it may build."""

    searcher: str
    settings: Mapping[str, Any]
    depths: tuple[int, ...] = SPACE.depths


METHODS: Mapping[str, Method] = {
    "RandomSearch": Method("RandomSearch", {}),
    "RandomSearch, 4 layers": Method("RandomSearch", {}, depths=(4,)),
    "RegularizedEvolution": Method("RegularizedEvolution", {"population_size": 10, "sample_size": 3}),
    "ProgressiveSearch": Method("ProgressiveSearch", {"beam_size": 10}),
}
"""What is compared. Progressive search has four stages, so ten chains a stage use the budget up."""


class DepthStudy(NamedTuple):
    """What was trained, and what each run evaluated.

    genotypes : n chains of `SPACE`.
    val_accuracy, test_accuracy : (n, 2) percent, a column each of `SEEDS`; NaN where that seed was not trained, as the
        second was not for a chain that was never the best of a run.
    rows : by method, (runs, evaluations): the numbers of the chains.
    correlations : by method with a surrogate, (runs, stages): its rank correlation with the results of what
        it chose; NaN where there was no surrogate yet.
    """

    genotypes: list[Genotype]
    val_accuracy: np.ndarray
    test_accuracy: np.ndarray
    rows: dict[str, np.ndarray]
    correlations: dict[str, np.ndarray]

    def rows_of(self, method: str) -> np.ndarray:
        """Return the numbers of the chains of each run, (runs, evaluations).

        Raises
        ------
        ValueError : there is no such method; the message says which there are.
        """
        if not isinstance(method, str) or method not in self.rows:
            raise ValueError(f"no runs of {method!r}: there are {'; '.join(self.rows)}")
        return self.rows[method]

    def curves(self, method: str) -> np.ndarray:
        """Return the incumbent's test accuracy by the seed that was not searched, (runs, evaluations), percent."""
        rows = self.rows_of(method)
        return self.test_accuracy[incumbent_rows(rows, self.val_accuracy[rows, 0]), 1]

    def depths(self, method: str) -> np.ndarray:
        """Return how many layers each evaluated chain has, (runs, evaluations)."""
        return np.array([SPACE.depths[genotype[0]] for genotype in self.genotypes])[self.rows_of(method)]


def load_depth_study(path: Path | None = None) -> DepthStudy:
    """Open the study that ships, or one that was built elsewhere."""
    stored = read_arrays(path) if path else read_data("depth_study.npz", "studies")
    parts = {
        kind: {name.removeprefix(f"{kind}/"): array for name, array in stored.items() if name.startswith(f"{kind}/")}
        for kind in ("rows", "correlations")
    }
    genotypes = [tuple(row) for row in stored["genotypes"].tolist()]
    return DepthStudy(genotypes, stored["val_accuracy"], stored["test_accuracy"], **parts)


class Trainings:
    """Trains chains and remembers the results: those of a finished study, and those noted since, line by line.

    Parameters
    ----------
    path : the study, which need not exist; the notes lie beside it.
    """

    def __init__(self, path: Path) -> None:
        self.notes = path.with_suffix(".trainings.jsonl")
        self.results: dict[tuple[Genotype, int], tuple[float, float]] = {}  # of each chain and seed
        if path.exists() and str(read_arrays(path)["recipe"]) == describe_recipe():
            study = load_depth_study(path)
            for column, seed in enumerate(SEEDS):
                found = zip(study.val_accuracy[:, column].tolist(), study.test_accuracy[:, column].tolist())
                known = {(g, seed): pair for g, pair in zip(study.genotypes, found) if not np.isnan(pair[0])}
                self.results |= known
        for line in self.notes.read_text(encoding="utf-8").splitlines() if self.notes.exists() else []:
            genotype, seed, recipe, *accuracies = json.loads(line)
            if recipe == describe_recipe():
                self.results[tuple(genotype), seed] = tuple(accuracies)

    def __call__(self, genotype: Genotype, seed: int = SEEDS[0]) -> dict[str, float]:
        """Return val_accuracy and test_accuracy, percent, of a chain of `SPACE`."""
        if (genotype, seed) not in self.results:
            self.results[genotype, seed] = train_chain(genotype, seed)
            with self.notes.open("a", encoding="utf-8") as lines:
                print(json.dumps([genotype, seed, describe_recipe(), *self.results[genotype, seed]]), file=lines)
        return dict(zip(("val_accuracy", "test_accuracy"), self.results[genotype, seed]))


def train_chain(genotype: Genotype, seed: int) -> tuple[float, float]:
    """Train one chain on the digits; return its validation and test accuracy, percent."""
    from nastutor.networks import LayerwiseNetwork
    from nastutor.training import TrainingEvaluator, load_dataset

    evaluate = TrainingEvaluator(lambda g: LayerwiseNetwork(g, SPACE), load_dataset("digits"), _recipe(), seed)
    metrics = evaluate(genotype)
    return metrics["val_accuracy"], metrics["test_accuracy"]


def make(method: str, seed: int) -> Searcher:
    """Return the searcher of one run."""
    name, settings, depths = METHODS[method]
    space = LayerwiseSpace(depths=depths, filters=SPACE.choices["filters"])
    return getattr(searchers, name)(space, seed=seed, **settings)


def run_once(method: str, seed: int, evaluate: Any) -> tuple[list[Genotype], list[float]]:
    """Run one search; return its chains, as genotypes of `SPACE`, and the correlations of its surrogate, if any."""
    searcher = make(method, seed)

    def in_space(genotype: Genotype) -> Genotype:
        return SPACE.encode(searcher.space.decode(genotype))  # type: ignore[arg-type]

    history = search(searcher, lambda genotype: evaluate(in_space(genotype)), BUDGET, progress=False)
    if len(history) < BUDGET:  # `search` keeps what an interrupted run had; a study has no use for half a run
        raise KeyboardInterrupt
    correlations = [guess.correlation for guess in getattr(searcher, "trajectory", [])]
    return [in_space(record.genotype) for record in history], correlations


def build(path: Path) -> None:
    """Run everything and write the file, unless it is there, made with the present settings."""
    settings = {f"settings/{name}": json.dumps(make(name, 0).settings(), sort_keys=True) for name in METHODS}
    settings |= {"recipe": describe_recipe(), "runs": str(RUNS)}
    if path.exists() and settings == {n: str(a) for n, a in read_arrays(path).items() if a.dtype.kind == "U"}:
        print(f"{path} is up to date")
        return
    trainings = Trainings(path)
    arrays = {name: np.array(text) for name, text in settings.items()}
    chains: dict[Genotype, int] = {}  # numbered as they come
    for method in METHODS:
        start = time.perf_counter()
        runs = [run_once(method, seed, trainings) for seed in range(RUNS)]
        rows = np.array([[chains.setdefault(g, len(chains)) for g in genotypes] for genotypes, _ in runs], np.uint16)
        seen = np.array([trainings(genotype)["val_accuracy"] for genotype in chains])
        for row in np.unique(incumbent_rows(rows, seen[rows])).tolist():
            trainings(list(chains)[row], SEEDS[1])
        arrays[f"rows/{method}"] = rows
        if runs[0][1]:
            arrays[f"correlations/{method}"] = np.array([correlations for _, correlations in runs])
        print(f"{method}: {RUNS} runs in {time.perf_counter() - start:.0f} s", flush=True)
    found = np.array([[trainings.results.get((g, seed), (np.nan, np.nan)) for seed in SEEDS] for g in chains])
    arrays |= {"genotypes": np.array(list(chains), np.uint8)}
    arrays |= {"val_accuracy": found[:, :, 0], "test_accuracy": found[:, :, 1]}
    write_arrays(path, arrays)
    trainings.notes.unlink(missing_ok=True)
    print(f"{path}: {len(chains)} chains, {path.stat().st_size / 1e6:.2f} MB")


def describe_recipe() -> str:
    """Say how every chain is trained, as JSON."""
    return json.dumps({"dataset": "digits"} | asdict(_recipe()))


def _recipe() -> Any:
    from nastutor.training import Recipe

    return Recipe(epochs=EPOCHS)


if __name__ == "__main__":
    command.run(build, "depth", __doc__)
