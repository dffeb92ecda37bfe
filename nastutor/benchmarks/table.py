"""Tabular benchmarks: architectures that somebody trained, opened with the seed that a search may see."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from nastutor.benchmarks.csv_file import read_csv
from nastutor.spaces.space import Genotype, SearchSpace

if TYPE_CHECKING:
    import pandas

_DECIMALS = 9
"""Means are rounded to this, so that equal ones are equal whatever the order of their sum: ranks must not be luck."""


class Benchmark:
    """A table of measured architectures.

    What a search selects on is never what is reported: `evaluate` gives the metrics of one training seed, `report`
    the mean over the *other* seeds.

    Parameters
    ----------
    space : the search space of the genotypes.
    genotypes : one a row, all different. A table may hold a part of its space.
    metrics : by name, an array (rows,) of values that do not depend on the training seed, or (rows, seeds); NaN where
        a seed was not trained.
    name : for messages.
    search_seed : the column that `evaluate` returns, 0…seeds−1. It must have been trained for every row.
    curves : learning curves, by name an array (rows, seeds, epochs), the value after 1, 2, …, E epochs. The last epoch
        becomes the metric of that name.
    key : a function from any genotype to the one that stands for it in the table, such as ``space.canonical`` where
        each row is the canonical form of a class; it is asked about genotypes that are no row. None: only rows count.

    Raises
    ------
    ValueError : shapes that do not fit, a genotype outside the space or given twice, a seed that may not be searched,
        a name that is both a metric and a curve.
    """

    def __init__(
        self,
        space: SearchSpace,
        genotypes: Iterable[Genotype],
        metrics: Mapping[str, np.ndarray],
        name: str = "benchmark",
        search_seed: int = 0,
        curves: Mapping[str, np.ndarray] | None = None,
        key: Callable[[Genotype], Genotype] | None = None,
    ) -> None:
        self.space, self.name, self.key = space, name, key
        self.genotypes = [space.validate(genotype) for genotype in genotypes]
        self._rows = {genotype: row for row, genotype in enumerate(self.genotypes)}
        if len(self._rows) < len(self.genotypes):
            raise ValueError(f"{name}: {len(self.genotypes) - len(self._rows)} architectures are given twice")
        self.curves = {metric: np.asarray(values, dtype=float) for metric, values in (curves or {}).items()}
        self.epochs = self._count_epochs(metrics)
        self.metrics = {metric: values[:, :, -1] for metric, values in self.curves.items()}
        self.metrics |= {metric: np.asarray(values, dtype=float) for metric, values in metrics.items()}
        self.seeds = self._count_seeds()
        self.search_seed = self._check_seed(search_seed)
        # Python lists of floats: reading one number from an array costs more than everything else in `evaluate`.
        self._columns = {
            metric: (values if values.ndim == 1 else values[:, self.search_seed]).tolist()
            for metric, values in self.metrics.items()
        }
        self._curves = {metric: values[:, self.search_seed].tolist() for metric, values in self.curves.items()}
        self._constants = {
            metric: column
            for metric, column in self._columns.items()
            if self.metrics[metric].ndim == 1 and metric != "train_seconds"
        }

    def _count_epochs(self, metrics: Mapping[str, np.ndarray]) -> int | None:
        rows = len(self.genotypes)
        for metric, values in self.curves.items():
            if values.ndim != 3 or len(values) != rows or 0 in values.shape[1:]:
                raise ValueError(f"{self.name}: curve {metric} has shape {values.shape}; give ({rows}, seeds, epochs)")
            if metric in metrics:
                raise ValueError(f"{self.name}: {metric} is given as a metric and as a curve; give the curve alone")
        counts = {values.shape[2] for values in self.curves.values()}
        if len(counts) > 1:
            raise ValueError(f"{self.name}: curves with different numbers of epochs: {sorted(counts)}")
        return counts.pop() if counts else None

    def _count_seeds(self) -> int:
        rows = len(self.genotypes)
        for metric, values in self.metrics.items():
            if values.ndim not in (1, 2) or len(values) != rows:
                raise ValueError(f"{self.name}: {metric} has shape {values.shape}; give ({rows},) or ({rows}, seeds)")
        counts = {values.shape[1] for values in self.metrics.values() if values.ndim == 2}
        if len(counts) > 1:
            raise ValueError(f"{self.name}: metrics with different numbers of seeds: {sorted(counts)}")
        return counts.pop() if counts else 1

    def _check_seed(self, seed: int) -> int:
        seeded = [values for values in [*self.metrics.values(), *self.curves.values()] if values.ndim > 1]
        allowed = [i for i in range(self.seeds) if not any(np.isnan(values[:, i]).any() for values in seeded)]
        if seed not in allowed:
            incomplete = isinstance(seed, int) and 0 <= seed < self.seeds
            why = ", which was not trained for every architecture" if incomplete else ""
            raise ValueError(f"{self.name}: search_seed {seed!r}{why}; choose one of {allowed}")
        return seed

    def __len__(self) -> int:
        return len(self.genotypes)

    def __repr__(self) -> str:
        metrics = ", ".join(self.metrics)
        return f"Benchmark({self.name}: {len(self):,} architectures, search seed {self.search_seed}, {metrics})"

    def evaluate(self, genotype: Genotype, epochs: int | None = None) -> dict[str, float]:
        """Return the metrics of an architecture, trained with the search seed.

        Parameters
        ----------
        genotype : the architecture.
        epochs : how long it was trained, 1…E; None: to the end. Below E the curves are read at that epoch,
            ``train_seconds`` (if it has no curve) is the share epochs/E, metrics that do not depend on the seed stay,
            and those that do, but have no curve, are left out: nobody measured them there.

        Raises
        ------
        ValueError : an architecture that is not in the table, `epochs` without learning curves or outside them.
        """
        row = self._row(genotype)
        if epochs is None or self._check_epochs(epochs) == self.epochs:
            return {metric: column[row] for metric, column in self._columns.items()}
        found = {metric: curves[row][epochs - 1] for metric, curves in self._curves.items()}
        found |= {metric: column[row] for metric, column in self._constants.items()}
        if "train_seconds" in self._columns and "train_seconds" not in found:
            found["train_seconds"] = self._columns["train_seconds"][row] * epochs / self.epochs
        return found

    def _check_epochs(self, epochs: int) -> int:
        if self.epochs is None:
            raise ValueError(f"{self.name} has no learning curves: leave epochs out (got {epochs})")
        if isinstance(epochs, bool) or not isinstance(epochs, Integral) or not 1 <= epochs <= self.epochs:
            raise ValueError(f"{self.name}: epochs {epochs!r}: choose a whole number, 1…{self.epochs}")
        return epochs

    def report(self, genotype: Genotype) -> dict[str, float]:
        """Return the metrics averaged over the seeds that the search did not see, and ``seeds``, how many those are.

        Where there are learning curves, these are the values at their end.

        Metrics that do not depend on the seed are returned as they are. With no other seed, those that do are NaN.
        """
        row = self._row(genotype)
        others = self._other_seeds()
        found: dict[str, float] = {"seeds": 0}
        for metric, values in self.metrics.items():
            if values.ndim == 1:
                found[metric] = float(values[row])
            else:
                trained = values[row, others][~np.isnan(values[row, others])]
                found[metric] = round(float(trained.mean()), _DECIMALS) if trained.size else float("nan")
                found["seeds"] = int(trained.size)
        return found

    def values(self, metric: str, seeds: str = "report") -> np.ndarray:
        """Return a metric for all architectures, in the order of `genotypes`: for analysis, not for searching.

        Parameters
        ----------
        metric : a name of `metrics`.
        seeds : ``"search"``, the seed that the search sees; ``"report"``, the mean over the others; ``"all"``, the
            mean over all that were trained.
        """
        if metric not in self.metrics:
            raise ValueError(f"{self.name} has no metric {metric!r}: choose one of {', '.join(self.metrics)}")
        if seeds not in ("search", "report", "all"):
            raise ValueError(f"seeds {seeds!r}: choose 'search', 'report' or 'all'")
        values = self.metrics[metric]
        if values.ndim == 1:
            return values.copy()
        if seeds == "search":
            return values[:, self.search_seed].copy()
        chosen = values if seeds == "all" else values[:, self._other_seeds()]
        trained = (~np.isnan(chosen)).sum(axis=1)
        means = np.where(trained > 0, np.nansum(chosen, axis=1) / np.maximum(trained, 1), np.nan)
        return np.round(means, _DECIMALS)

    def _other_seeds(self) -> list[int]:
        return [seed for seed in range(self.seeds) if seed != self.search_seed]

    def _row(self, genotype: Genotype) -> int:
        try:
            return self._rows[genotype]
        except (KeyError, TypeError):  # a list or an array names an architecture too
            valid = self.space.validate(genotype)
            row = self._rows.get(valid)
            if row is None and self.key is not None:
                row = self._rows.get(self.key(valid))
            if row is not None:
                self._rows[valid] = row  # remembered, because keys may take long
                return row
            text = self.space.to_string(valid)
            raise ValueError(f"{text} is not among the {len(self):,} architectures of {self.name}") from None

    def to_frame(self) -> pandas.DataFrame:
        """Return the table: one row an architecture, one column a metric (and seed)."""
        import pandas

        columns: dict[str, object] = {"architecture": [self.space.to_string(genotype) for genotype in self.genotypes]}
        for metric, values in self.metrics.items():
            names = [metric] if values.ndim == 1 else [f"{metric}_seed{seed}" for seed in range(self.seeds)]
            columns |= dict(zip(names, values.reshape(len(values), -1).T))
        return pandas.DataFrame(columns)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        space: SearchSpace,
        architecture: str = "arch",
        metrics: Mapping[str, str] | None = None,
        seed: str | None = None,
        search_seed: int = 0,
    ) -> Benchmark:
        """Open anybody's table.

        Parameters
        ----------
        path : a CSV file with a header, one row an architecture (or, with `seed`, one row an architecture and seed).
        space : its strings (`SearchSpace.to_string`) are what the architecture column holds.
        architecture : the name of that column.
        metrics : ``{"val_accuracy": "acc"}``: our name, the column's name. None: every other column, as it is named.
        seed : the column with the training seed, numbered from 0, or None. With it, every metric has one value a seed.
        search_seed : see `Benchmark`.

        Raises
        ------
        ValueError : a column that is missing, a value that is no number, a string that the space does not know (with
            its line), or an architecture that comes twice.
        """
        genotypes, values = read_csv(path, space, architecture, metrics, seed)
        return cls(space, genotypes, values, name=os.path.basename(path), search_seed=search_seed)
