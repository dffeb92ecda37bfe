"""The ledger: every claim that the lessons test, with our number, its interval and a verdict, on each table.

    python -m nastutor.studies.verdicts data/ledger.csv            # compute all, and write it
    python -m nastutor.studies.verdicts --check data/ledger.csv    # compute all, and compare

One rule for all: a claim is a number that is above zero where it holds. Its 95 % interval lies above zero (holds),
below (does not hold), or on both sides or nowhere (cannot be told). What cannot be asked here is listed too, with the
reason.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nastutor.resources import data_path
from nastutor.statistics import Band
from nastutor.studies import command
from nastutor.studies.ledger import search_ledger, sequence_ledger
from nastutor.studies.paper_claims import PAPER_CLAIMS

OUT_OF_REACH = "out of reach"
VERDICTS = ("holds", "does not hold", "cannot be told", OUT_OF_REACH)
DIGITS = 4
"""Decimals that are stored: what differs by less than one of them is the same."""


class Verdict(NamedTuple):
    """One claim on one table.

    claim : its id, under which it is on other tables too.
    lesson : where it is looked into.
    paper : who claims it.
    text : the claim, as it is measured.
    table : on which.
    runs : what the interval is over.
    mean, low, high : the number that is above zero where the claim holds; NaN where it is out of reach, or where there
        is none, as for a correlation with what is equal for all.
    verdict : ``"holds"``, ``"does not hold"``, ``"cannot be told"`` or ``"out of reach"``.
    """

    claim: str
    lesson: str
    paper: str
    text: str
    table: str
    runs: str
    mean: float
    low: float
    high: float
    verdict: str

    @property
    def number(self) -> str:
        """The number with its interval, or that there is none."""
        return "no number" if math.isnan(self.mean) else f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"


NOT_HERE = (
    ("imagenet", "03", "Zoph et al. 2018 (NASNet), 1707.07012", "a cell found on CIFAR-10 is the best on ImageNet",
     "no table has ImageNet; ImageNet16-120 stands in for it in 'transfer'"),
    ("gpu-days", "04", "Pham et al. 2018 (ENAS), 1802.03268", "ENAS is a thousand times cheaper than NASNet",
     "NASNet's search is not repeated here; the factor depends on what a search ends with"),
    ("gdas-hours", "11", "Dong & Yang 2019 (GDAS), 1910.04465", "GDAS searches in four GPU hours",
     "no GPU, and another supernet"),
    ("test-accuracy", "10", "Dong & Yang 2020 (NAS-Bench-201), 2001.00326", "test accuracies of ten searches",
     "the table that ships has validation accuracies"),
    ("twelve-epochs", "03", "Dong & Yang 2020 (NAS-Bench-201), 2001.00326",
     "evolution above REINFORCE and random search in equal seconds",
     "their signal after 12 epochs is not in the table that ships"),
    ("larger-models", "17", "Poli et al. 2024 (MAD), 2403.17844", "made-up tasks rank models as large text models rank",
     "no model here has more than 50,000 weights"),
    ("puzzle", "15", "Bercovich et al. 2024 (Puzzle), 2411.19146",
     "scores of single replaced blocks of a large model add up",
     "no large model here"),
    ("asha", "06", "Li et al. 2020 (ASHA), 1810.05934", "asynchronous halving scales to hundreds of workers",
     "two processors"),
)  # fmt: skip
"""Claim, lesson, paper, text, why it is not asked here."""


def compute() -> Iterator[Verdict]:
    """Ask every claim again, on every table; a minute on one core."""
    for (claim, table), band in search_ledger().items():
        yield _row(claim.id, claim.lesson, claim.paper, claim.text, table, "stored runs of searches", band)
    for (claim, table), band in sequence_ledger().items():
        runs = "stored runs of searches, a quarter of the evaluations"
        yield _row(claim.id, claim.lesson, claim.paper, claim.text, table, runs, band)
    for paper_claim in PAPER_CLAIMS:
        for table, measure in paper_claim.measures.items():
            yield _row(*paper_claim[:4], table, paper_claim.runs, measure())
    for claim_id, lesson, paper, text, why in NOT_HERE:
        yield Verdict(claim_id, lesson, paper, text, "none", why, math.nan, math.nan, math.nan, OUT_OF_REACH)


def load_verdicts(path: Path | None = None) -> list[Verdict]:
    """Read the stored ledger; None: the one that ships.

    Raises
    ------
    ValueError : the file is damaged.
    FileNotFoundError : it is missing.
    """
    path = data_path("ledger.csv") if path is None else path
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    try:
        if tuple(lines[0]) != Verdict._fields:
            raise ValueError(f"the first line is {lines[0]}")
        rows = [(*line[:6], *map(float, line[6:9]), *line[9:]) for line in lines[1:]]
        return [Verdict(*row) for row in rows]  # type: ignore[arg-type]
    except (IndexError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged ({error}): make it again with `make ledger`") from None


def write(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write the ledger as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Verdict._fields)
        writer.writerows(verdicts)


def differences(stored: Sequence[Verdict], computed: Sequence[Verdict]) -> list[str]:
    """Say what differs: claims that one side lacks, other verdicts, other numbers."""
    old, new = ({(row.claim, row.table): row for row in rows} for rows in (stored, computed))
    found = [f"{' on '.join(key)}: only in the {name} ledger" for name, one, other in
             (("stored", old, new), ("computed", new, old)) for key in one if key not in other]  # fmt: skip
    for key in old.keys() & new.keys():
        one, other = old[key], new[key]
        if one.verdict != other.verdict:
            found.append(f"{' on '.join(key)}: {one.verdict} is stored, {other.verdict} computed")
        elif not np.allclose(one[6:9], other[6:9], rtol=0, atol=10**-DIGITS, equal_nan=True):
            found.append(f"{' on '.join(key)}: {one[6:9]} is stored, {other[6:9]} computed")
    return sorted(found)


def summary(rows: Sequence[Verdict]) -> str:
    """Return a line on one claim: its id, where it holds and where not, its text."""
    counts = Counter(row.verdict for row in rows)
    said = ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS if verdict in counts)
    return f"{rows[0].claim:24s} {said:50s} {rows[0].text}"


def over(rows: Sequence[Verdict]) -> str:
    """Say what the intervals of one claim are over; where that differs, with the tables."""
    tables: dict[str, list[str]] = {}
    for row in rows:
        tables.setdefault(row.runs, []).append(row.table)
    if len(tables) == 1:
        return rows[0].runs
    return "; ".join(f"{runs} ({', '.join(names)})" for runs, names in tables.items())


def _row(claim: str, lesson: str, paper: str, text: str, table: str, runs: str, band: Band) -> Verdict:
    mean, low, high = (round(float(number), DIGITS) for number in band)
    return Verdict(claim, lesson, paper, text, table, runs, mean, low, high, band.verdict())


def main() -> int:
    """Write the file, or compare it with what is computed; return 1 where it differs."""
    parser = command.parser_of("verdicts", __doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something differs")
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    options = parser.parse_args()
    if options.file.suffix != ".csv":
        parser.error(f"{options.file}: name a file that ends in .csv")
    computed = list(compute())
    if not options.check:
        write(computed, options.file)
        print(f"{options.file}: {len(computed)} rows")
        return 0
    found = differences(load_verdicts(options.file), computed)
    print(*(found or [f"{len(computed)} rows, all as they are stored"]), sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
