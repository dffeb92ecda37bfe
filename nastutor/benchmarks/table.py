"""Tabular benchmarks: architectures that somebody trained, opened with the seed that a search may see."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from nastutor.arguments import listed, whole_number
from nastutor.benchmarks.checks import (
    count_epochs,
    count_seeds,
    find_column,
    numbers,
    pairs_of_metrics,
    valid_genotypes,
)
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
    genotypes : one a row, all different, at least one. A table may hold a part of its space.
    metrics : by name, an array (rows,) of values that do not depend on the training seed, or (rows, seeds); NaN where
        a seed was not trained.
    name : for messages.
    search_seed : the seed whose values `evaluate` returns, one of `seed_names`. It must have been trained for every
        row.
    curves : learning curves, by name an array (rows, seeds, epochs), the value after 1, 2, …, E epochs. The last epoch
        becomes the metric of that name.
    key : a function from any genotype to the one that stands for it in the table, such as ``space.canonical`` where
        each row is the canonical form of a class; it is asked about genotypes that are no row. None: only rows count.
    seed_names : what the seeds are called, in the order of the columns, numbers or text. None: 0…seeds−1.
    reported_as : where one split is for searching and another for reporting: the metric that `evaluate` shows, and the
        metric that `report` shows in its place, such as ``{"val_accuracy": "test_accuracy"}``.

    Attributes
    ----------
    metrics, curves : what was given; the last epoch of each curve is a metric. The arrays are read-only.
    seeds : how many.
    search_column : the column of the search seed, 0…seeds−1.
    epochs : of the curves, or None.

    Raises
    ------
    ValueError : no architecture or no metric, shapes that do not fit, values that are no numbers or all NaN, a genotype
        outside the space or given twice, a seed that may not be searched, a name that is both a metric and a curve.
    """

    def __init__(
        self,
        space: SearchSpace,
        genotypes: Iterable[Genotype],
        metrics: Mapping[str, np.ndarray],
        name: str = "benchmark",
        search_seed: int | str = 0,
        curves: Mapping[str, np.ndarray] | None = None,
        key: Callable[[Genotype], Genotype] | None = None,
        seed_names: Sequence[int | str] | None = None,
        reported_as: Mapping[str, str] | None = None,
    ) -> None:
        self.space, self.name, self.key = space, name, key
        self.genotypes = valid_genotypes(name, space, genotypes)
        self._rows = {genotype: row for row, genotype in enumerate(self.genotypes)}
        self.curves = numbers(name, curves or {}, "curves")
        given = numbers(name, metrics, "metrics")
        self.epochs = count_epochs(name, len(self), self.curves, given)
        self.metrics = {metric: values[:, :, -1] for metric, values in self.curves.items()} | given
        self.seeds = count_seeds(name, len(self), self.metrics)
        self.seed_names = tuple(range(self.seeds) if seed_names is None else listed("seed_names", seed_names))
        self.reported_as = pairs_of_metrics(name, reported_as or {}, self.metrics)
        self._see(search_seed)

    def _see(self, search_seed: int | str) -> None:
        """Take one of the seeds as what a search sees."""
        arrays = [*self.metrics.values(), *self.curves.values()]
        self.search_column = find_column(self.name, search_seed, self.seed_names, arrays)
        self.search_seed = self.seed_names[self.search_column]
        # Python lists of floats: reading one number from an array costs more than everything else in `evaluate`.
        self._columns = {
            metric: (values if values.ndim == 1 else values[:, self.search_column]).tolist()
            for metric, values in self.metrics.items()
            if metric not in self.reported_as.values()
        }
        self._constants = {
            metric: column
            for metric, column in self._columns.items()
            if self.metrics[metric].ndim == 1 and metric != "train_seconds"
        }
        self._curves: dict[str, list[list[float]]] = {}  # filled by the first look at them
        self._reported: dict[str, list[float]] = {}  # by the first report

    def searched_by(self, search_seed: int | str) -> Benchmark:
        """Return the same table, of which a search sees another seed; the arrays are shared.

        Raises
        ------
        ValueError : a seed that may not be searched.
        """
        other = copy.copy(self)
        other.genotypes, other.metrics, other.curves = [*self.genotypes], {**self.metrics}, {**self.curves}
        other._see(search_seed)
        return other

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
        if not self._curves:
            self._curves = {metric: values[:, self.search_column].tolist() for metric, values in self.curves.items()}
        found = {metric: curves[row][epochs - 1] for metric, curves in self._curves.items()}
        found |= {metric: column[row] for metric, column in self._constants.items()}
        if "train_seconds" in self._columns and "train_seconds" not in found:
            found["train_seconds"] = self._columns["train_seconds"][row] * epochs / self.epochs
        return found

    def _check_epochs(self, epochs: int) -> int:
        if self.epochs is None:
            raise ValueError(f"{self.name} has no learning curves: leave epochs out (got {epochs})")
        is_whole = type(epochs) is int or (isinstance(epochs, Integral) and not isinstance(epochs, bool))
        if not (is_whole and 1 <= epochs <= self.epochs):
            raise ValueError(f"{self.name}: epochs {epochs!r}: choose a whole number, 1…{self.epochs}")
        return epochs

    def report(self, genotype: Genotype) -> dict[str, float]:
        """Return the metrics averaged over the seeds that the search did not see, and ``seeds``, how many those are.

        A metric that is reported as another (see the class) is left out.

        Where there are learning curves, these are the values at their end.

        Metrics that do not depend on the seed are returned as they are. With no other seed, those that do are NaN.
        """
        row = self._row(genotype)
        if not self._reported:
            self._reported = {"seeds": self._count_others()} | {
                metric: self.values(metric).tolist() for metric in self.metrics if metric not in self.reported_as
            }
        return {metric: column[row] for metric, column in self._reported.items()}

    def _count_others(self) -> list[float]:
        """Count the seeds that the search did not see and that were trained, by row."""
        seeded = [values for values in self.metrics.values() if values.ndim == 2]
        if not seeded:
            return [0] * len(self)
        return (~np.isnan(seeded[-1][:, self._other_seeds()])).sum(axis=1).tolist()

    def report_seeds(self, genotype: Genotype, metric: str = "val_accuracy") -> np.ndarray:
        """Return a metric of an architecture for each seed that the search did not see, NaN where it was not trained.

        Raises
        ------
        ValueError : an architecture or a metric that is not in the table, or one that does not depend on the seed.
        """
        row = self._row(genotype)
        if not isinstance(metric, str) or metric not in self.metrics or self.metrics[metric].ndim == 1:
            seeded = ", ".join(name for name, values in self.metrics.items() if values.ndim > 1)
            raise ValueError(f"{self.name} has no metric {metric!r} by seed: choose one of {seeded}")
        return self.metrics[metric][row, self._other_seeds()]

    def reported(self, metric: str) -> str:
        """Return the name under which `report` shows a metric: its own, or that of `reported_as`."""
        return self.reported_as.get(metric, metric)

    def noise_pool(self, size: int = 100, metric: str = "val_accuracy") -> np.ndarray:
        """Return what the best architectures reach by each seed that the search did not see: how noisy good ones are.

        Two or three trainings of one architecture say little about its noise; those of a hundred good ones together do.
        This is the `pool` of `statistics.crossed_band`.

        Parameters
        ----------
        size : how many architectures, the best by the mean of all seeds; in a smaller table all of them.
        metric : with a minus before its name less is better.

        Returns
        -------
        (size, seeds − 1), NaN where a seed was not trained.

        Raises
        ------
        ValueError : a size below 1, or a metric that is not in the table or does not depend on the seed.
        """
        count = whole_number("size", size, 1)
        name = metric.removeprefix("-") if isinstance(metric, str) else metric
        sign = -1 if name == metric else 1
        best = np.argsort(sign * self.values(name, "all"), kind="stable")[:count]
        return np.stack([self.report_seeds(self.genotypes[row], name) for row in best])

    def values(self, metric: str, seeds: str = "report") -> np.ndarray:
        """Return a metric for all architectures, in the order of `genotypes`: for analysis, not for searching.

        Parameters
        ----------
        metric : a name of `metrics`.
        seeds : ``"search"``, the seed that the search sees; ``"report"``, the mean over the others; ``"all"``, the
            mean over all that were trained.
        """
        if not isinstance(metric, str) or metric not in self.metrics:
            raise ValueError(f"{self.name} has no metric {metric!r}: choose one of {', '.join(self.metrics)}")
        if not isinstance(seeds, str) or seeds not in ("search", "report", "all"):
            raise ValueError(f"seeds {seeds!r}: choose 'search', 'report' or 'all'")
        values = self.metrics[metric]
        if values.ndim == 1:
            return values.copy()
        if seeds == "search":
            return values[:, self.search_column].copy()
        chosen = values if seeds == "all" else values[:, self._other_seeds()]
        trained = (~np.isnan(chosen)).sum(axis=1)
        means = np.where(trained > 0, np.nansum(chosen, axis=1) / np.maximum(trained, 1), np.nan)
        return np.round(means, _DECIMALS)

    def _other_seeds(self) -> list[int]:
        return [seed for seed in range(self.seeds) if seed != self.search_column]

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
            names = [metric] if values.ndim == 1 else [f"{metric}_seed{seed}" for seed in self.seed_names]
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
        search_seed: int | str | None = None,
        to_genotype: Callable[[str], Sequence[int]] | None = None,
    ) -> Benchmark:
        """Open anybody's table.

        Parameters
        ----------
        path : a CSV file in UTF-8, its columns separated by commas, with a header, and a line for each architecture
            (or, with `seed`, for each architecture and seed).
        space : what the architectures are of.
        architecture : the name of their column. It holds what ``space.to_string`` writes, such as
            ``depth=2|kernel=3`` for a `SearchSpace`, or what `to_genotype` reads. It is read as text: ``0012`` keeps
            its zeros.
        metrics : ``{"val_accuracy": "acc"}``: our name, the column's name. None: every other column, as it is named.
            A cell that is empty (or nan, NA, null) is NaN.
        seed : the column with the training seed, a number or any text, or None. With it, every metric has one value a
            seed.
        search_seed : the seed that a search may see, as it is called in that column; it must be there for every
            architecture. None: the first, in the order of numbers, or of the alphabet.
        to_genotype : a function that reads what your file writes, from the text to a genotype of `space`.

        Raises
        ------
        ValueError : a file that is no such table, a column that is missing, a value that is no number, a text that is
            no architecture, one that comes twice (with the same seed), or a seed that may not be searched; the message
            names the file, the line and the column, and says what to do.
        FileNotFoundError : there is no such file.

        Examples
        --------
        A file that writes each of three layers as a digit, the kernel's size halved:

        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from nastutor.spaces import SearchSpace, Variable
        >>> space = SearchSpace([Variable(f"kernel_{i}", (1, 3, 5)) for i in range(3)])
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "mine.csv")
        ...     _ = path.write_text("net,run,acc\\n012,20240101,91.5\\n012,20240102,91.1\\n002,20240101,90.8\\n")
        ...     bench = Benchmark.from_csv(
        ...         path, space, "net", {"val_accuracy": "acc"}, seed="run", to_genotype=lambda text: [*map(int, text)]
        ...     )
        >>> bench.evaluate((0, 1, 2)), bench.report((0, 1, 2)), bench.search_seed
        ({'val_accuracy': 91.5}, {'seeds': 1, 'val_accuracy': 91.1}, 20240101)
        """
        name = os.path.basename(path)
        table = read_csv(path, space, architecture, metrics, seed, to_genotype)
        if search_seed is None:
            search_seed = table.seeds[0]
        chosen = next((seed for seed in table.seeds if str(seed) == str(search_seed)), search_seed)
        return cls(space, table.genotypes, table.metrics, name, chosen, seed_names=table.seeds)
