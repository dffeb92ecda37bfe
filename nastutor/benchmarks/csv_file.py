"""Reading anybody's table of architectures from a CSV file: each value is text until it is known what it stands for."""

from __future__ import annotations

import csv
import io
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nastutor.arguments import check_commas, shown
from nastutor.spaces.space import Genotype, SearchSpace

_WORDS = dict.fromkeys(("", "nan", "na", "n/a", "null", "none"), math.nan) | {"true": 1.0, "false": 0.0}
"""What stands for a number that is missing, and for yes and no."""
_SHOWN = 60
"""So many characters of a value are shown in a message."""


class CsvTable(NamedTuple):
    """What a file holds.

    genotypes : one an architecture, in the order of the file.
    metrics : by name, (rows,) or, where there is a column of seeds, (rows, seeds); NaN where nothing is given.
    seeds : their names in the file, in order, whole numbers if all of them are, else text; 0 without a column of seeds.
    """

    genotypes: list[Genotype]
    metrics: dict[str, np.ndarray]
    seeds: Sequence[int | str]


@dataclass(frozen=True)
class _Sheet:
    """The text of a file: its columns by name, and of each row after the header the line where it begins."""

    path: Path
    positions: dict[str, int]
    lines: list[int]
    rows: list[list[str]]

    def column(self, name: str, argument: str) -> Iterator[tuple[int, str]]:
        """Return the lines and values of a column, which `argument` of `from_csv` names."""
        if not isinstance(name, str) or name not in self.positions:
            known = ", ".join(self.positions)
            raise ValueError(f"{self.path} has no column {name!r}: it has {known}: name one in {argument}")
        position = self.positions[name]
        return ((line, fields[position]) for line, fields in zip(self.lines, self.rows))


def read_csv(
    path: str | os.PathLike[str],
    space: SearchSpace,
    architecture: str,
    metrics: Mapping[str, str] | None,
    seed: str | None,
    to_genotype: Callable[[str], Sequence[int]] | None,
) -> CsvTable:
    """Read a table; arguments and errors: see `Benchmark.from_csv`."""
    if not isinstance(space, SearchSpace):
        raise ValueError(f"space {shown(space)}: give a SearchSpace, such as CellSpace()")
    sheet = _read_sheet(Path(path))
    genotypes = [
        _genotype(text, f"{path}, line {line}, column {architecture!r}", space, to_genotype)
        for line, text in sheet.column(architecture, "architecture=")
    ]
    seeds = None if seed is None else _seeds(sheet, seed)
    if metrics is not None and not isinstance(metrics, Mapping):
        raise ValueError(f'metrics {metrics!r}: give {{"val_accuracy": "acc"}}, our name and the name of the column')
    chosen = (
        {name: name for name in sheet.positions if name not in (architecture, seed)} if metrics is None else metrics
    )
    values = {name: _numbers(sheet, column, is_chosen=metrics is not None) for name, column in chosen.items()}
    _check_repeats(sheet, genotypes, seeds)
    return CsvTable(genotypes, values, [0]) if seeds is None else _by_seed(path, genotypes, seeds, values)


def _read_sheet(path: Path) -> _Sheet:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")  # with or without the mark that spreadsheets put first
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: this is no text in UTF-8; save the table as CSV in UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"{path}, line {line}: a zero byte, so the file is damaged or no text; write it again")
    check_commas(path, next(filter(str.strip, text.splitlines()), ""))
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    lines, rows, line = [], [], 1
    try:
        for fields in reader:
            if any(fields):
                lines.append(line)
                rows.append(fields)
            line = reader.line_num + 1  # a text in quotes may go over lines
    except csv.Error as error:
        raise ValueError(f"{path}, line {line}: {error}; is a quotation mark missing, or one too many?") from None
    if len(rows) < 2:
        raise ValueError(f"{path} has no architectures: give a header and a line for each")
    header = rows.pop(0)
    start = lines.pop(0)
    for line, fields in zip(lines, rows):
        if len(fields) != len(header):
            raise ValueError(
                f"{path}, line {line} has {len(fields)} values, the header {len(header)}: give one a column"
            )
    names = [name.strip() for name in header if name.strip()]  # pandas writes its index under no name
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{path}, line {start}: two columns are called {repeated[0]!r}: give each its own name")
    return _Sheet(path, {name.strip(): i for i, name in enumerate(header) if name.strip()}, lines, rows)


def _genotype(
    text: str, place: str, space: SearchSpace, to_genotype: Callable[[str], Sequence[int]] | None
) -> Genotype:
    try:
        return space.validate(space.from_string(text) if to_genotype is None else to_genotype(text))
    except Exception as error:  # a function of the reader's own may fail in many ways
        example = space.to_string(space.sample(np.random.default_rng(0)))
        advice = (
            f"write it as {example!r}, or give a function to_genotype" if to_genotype is None else "see to_genotype"
        )
        raise ValueError(f"{place}: {_shown(text)} is no architecture ({error}): {advice}") from error


def _numbers(sheet: _Sheet, column: str, is_chosen: bool) -> np.ndarray:
    found = []
    for line, text in sheet.column(column, "metrics="):
        word = text.strip().lower()
        try:
            found.append(_WORDS[word] if word in _WORDS else float(word.replace("_", "?")))  # Python reads 1_000
        except ValueError:
            advice = "" if is_chosen else ', or choose the columns: metrics={"val_accuracy": "acc"}'
            raise ValueError(
                f"{sheet.path}, line {line}, column {column!r}: {_shown(text)} is no number: write 91.5, or nothing "
                f"where none is known{advice}"
            ) from None
    return np.array(found)


def _seeds(sheet: _Sheet, column: str) -> Sequence[int | str]:
    """Return the seed of each row."""
    names = []
    for line, text in sheet.column(column, "seed="):
        if not text.strip():
            raise ValueError(f"{sheet.path}, line {line}, column {column!r} is empty: name the seed of each line")
        names.append(text.strip())
    try:
        numbers = [int(name) for name in names]
    except ValueError:
        return names
    return numbers if list(map(str, numbers)) == names else names


def _check_repeats(sheet: _Sheet, genotypes: list[Genotype], seeds: Sequence[int | str] | None) -> None:
    """Refuse an architecture that comes twice (with the same seed)."""
    seen: dict[tuple[Genotype, int | str | None], int] = {}
    for line, genotype, seed in zip(sheet.lines, genotypes, seeds or repeat(None)):
        first = seen.setdefault((genotype, seed), line)
        if first != line:
            why = (
                'if they are trainings with different seeds, name the column that tells them apart: seed="…"'
                if seed is None
                else f"both with seed {seed!r}; keep one"
            )
            raise ValueError(f"{sheet.path}: lines {first} and {line} hold the same architecture: {why}")


def _by_seed(
    path: str | os.PathLike[str],
    genotypes: list[Genotype],
    seeds: Sequence[int | str],
    values: Mapping[str, np.ndarray],
) -> CsvTable:
    """Turn one row per (architecture, seed) into one row per architecture with a column per seed."""
    rows = {genotype: row for row, genotype in enumerate(dict.fromkeys(genotypes))}
    counts = Counter(seeds)
    names = sorted(counts)
    if max(counts.values()) < len(rows):
        raise ValueError(
            f"{path}: {len(names)} seeds, and none was trained for all {len(rows)} architectures: a search needs one "
            "that was. Is this the column of the seeds?"
        )
    columns = {name: column for column, name in enumerate(names)}
    tables = {metric: np.full((len(rows), len(names)), np.nan) for metric in values}
    for metric, table in tables.items():
        table[[rows[genotype] for genotype in genotypes], [columns[seed] for seed in seeds]] = values[metric]
    return CsvTable(list(rows), tables, names)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
