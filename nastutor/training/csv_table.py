"""A CSV file as a dataset: a row is an image of one pixel, with a channel for each column.

So all that is there for images serves for tables: `LayerwiseSpace.tabular` has their networks (a 1×1 convolution of one
pixel is a linear layer), `TrainingEvaluator` trains them, `nastutor.deploy` exports them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nastutor.arguments import check_commas
from nastutor.training.datasets import Dataset, from_arrays

if TYPE_CHECKING:
    import pandas

MOST_LEVELS = 50
"""A column of text with more different values than this names its rows, rather than describing them."""


class Column(NamedTuple):
    """How a column becomes channels.

    name : of the column.
    levels : of a column of text, its values: each has a channel that is 1 where the column has it; a value that is not
        among them leaves all at 0. None: a column of numbers.
    center, scale : what is taken off numbers, and what they are then divided by. A missing one becomes the center.
    """

    name: str
    levels: tuple[str, ...] | None = None
    center: float = 0.0
    scale: float = 1.0


class TableEncoder:
    """Turns rows of a table into numbers, by what the training rows look like.

    Attributes
    ----------
    columns : what they are turned by, see `Column`.

    Parameters
    ----------
    training : the rows to learn scales and levels from; no others, or the test would leak into the training.
    ignore : names of columns to leave out: the answer, names of rows, whatever is known only afterwards.

    Raises
    ------
    ValueError : a column of text with too many values, one with infinite numbers, or no column that says anything.
    """

    def __init__(self, training: pandas.DataFrame, ignore: Sequence[str] = ()) -> None:
        from pandas.api.types import is_numeric_dtype

        self.columns: list[Column] = []
        for name in training.columns.drop(list(ignore)):
            values = training[name]
            if is_numeric_dtype(values):
                numbers = values.astype(float)
                if np.isinf(numbers).any():
                    raise ValueError(f"column {name!r} holds infinite numbers: mend them, or name it in `ignore`")
                center, scale = float(numbers.mean()), float(numbers.std(ddof=0))
                if np.isfinite(scale) and scale > 0:  # a constant says nothing
                    self.columns.append(Column(name, None, center, scale))
                continue
            levels = tuple(sorted(values.dropna().astype(str).unique()))
            if len(levels) > MOST_LEVELS:
                raise ValueError(
                    f"column {name!r} has {len(levels):,} different texts, for instance {levels[0]!r}: at most "
                    f"{MOST_LEVELS} are read as kinds; turn it into numbers, or name it in `ignore`"
                )
            if len(levels) > 1:
                self.columns.append(Column(name, levels))
        if not self.columns:
            raise ValueError(
                f"no column of {', '.join(map(str, training.columns))} says anything: give one that varies"
            )

    @property
    def channels(self) -> int:
        """Numbers a row."""
        return sum(len(column.levels or "1") for column in self.columns)

    def encode(self, rows: pandas.DataFrame) -> np.ndarray:
        """Return rows as images of one pixel, (n, channels, 1, 1) float32.

        Raises
        ------
        ValueError : a column is missing, or holds text where the training rows held numbers.
        """
        parts = []
        for name, levels, center, scale in self.columns:
            if name not in rows.columns:
                raise ValueError(f"column {name!r} is missing; there are {', '.join(map(str, rows.columns))}")
            if levels is None:
                try:
                    numbers = rows[name].astype(float)
                except ValueError as error:
                    raise ValueError(f"column {name!r} held numbers in the training rows: {error}") from None
                parts.append(((numbers.fillna(center) - center) / scale).to_numpy()[:, None])
            else:
                parts.append(rows[name].astype(str).to_numpy()[:, None] == np.array(levels)[None, :])
        return np.concatenate(parts, axis=1, dtype=np.float32)[:, :, None, None]


def from_csv(
    path: str | os.PathLike[str],
    target: str,
    ignore: Sequence[str] = (),
    validation: float = 0.2,
    test: float | str | os.PathLike[str] = 0.2,
    seed: int = 0,
) -> tuple[Dataset, TableEncoder]:
    """Make a dataset of a CSV file, to predict one of its columns from the others.

    Parameters
    ----------
    path : of the file; its first line names the columns. A path that ends in .gz or .zip is unpacked.
    target : the column to predict; each different value is a class.
    ignore : columns that must not be used: numbers of rows, and whatever is known only once the answer is.
    validation : the fraction of the rows that a search chooses by.
    test : the fraction that is kept for the report, or another CSV file that is.
    seed : of the split.

    Returns
    -------
    The dataset, (n, channels, 1, 1), with `class_names`; and what turns other rows into the same numbers. Scales and
    levels are those of the training rows alone.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : columns that no commas separate, no such column, one class, rows without an answer, fractions that
        leave a split empty, or columns that `TableEncoder` refuses.
    """
    import pandas

    def read(source: str | os.PathLike[str]) -> pandas.DataFrame:
        try:
            check_commas(source, ",".join(map(str, pandas.read_csv(source, nrows=0).columns)))
            frame = pandas.read_csv(source)
        except (pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise ValueError(f"{source}: no table that can be read: {error}") from None
        for column in (target, *ignore):
            if column not in frame.columns:
                raise ValueError(f"{source}: no column {column!r}; there are {', '.join(map(str, frame.columns))}")
        unanswered = int(frame[target].isna().sum())
        if unanswered:
            raise ValueError(f"{source}: {unanswered} rows have no {target!r}; take them away")
        return frame

    frame = read(path)
    order = np.random.default_rng(seed).permutation(len(frame))
    parts: dict[str, pandas.DataFrame] = {}
    start = 0
    for split, share in (("validation", validation), ("test", test)):
        if isinstance(share, str | os.PathLike):
            parts[split] = read(share)
            continue
        count = int(share * len(frame)) if 0 < share < 1 else 0
        parts[split] = frame.iloc[order[start : start + count]]
        start += count
    parts["train"] = frame.iloc[order[start:]]
    empty = [split for split, rows in parts.items() if rows.empty]
    if empty:
        raise ValueError(
            f"{path}: of {len(frame)} rows none is left for {empty[0]}: give fractions above 0 that add up to less "
            "than 1"
        )
    names = sorted(parts["train"][target].astype(str).unique())
    sets = {}
    encoder = TableEncoder(parts["train"], [target, *ignore])
    for split, rows in parts.items():
        answers = rows[target].astype(str)
        unknown = sorted(set(answers) - set(names))
        if unknown:
            raise ValueError(f"{path}: no training row has {target} {unknown[0]!r}; give more rows, or take it away")
        sets[split] = encoder.encode(rows), answers.map(names.index).to_numpy()
    dataset = from_arrays(
        *sets["train"], len(names), sets["validation"], sets["test"], name=os.path.basename(path), class_names=names
    )
    return dataset, encoder
