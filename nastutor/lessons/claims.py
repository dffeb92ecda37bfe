"""Claims: statements that a lesson makes, checked where they are made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nastutor.statistics.bands import Band

if TYPE_CHECKING:
    from IPython.display import Markdown


class Claim(NamedTuple):
    """A statement that held: its measured value, and the margin that it had to reach."""

    text: str
    value: float
    margin: float


class ClaimError(AssertionError):
    """A statement that does not hold."""


ledger: list[Claim] = []
"""Every claim that held in this session, in order."""


def claim(text: str, value: float, margin: float) -> None:
    """State something and check it: `value` must be at least `margin`.

    Prints the statement with its numbers and adds it to `ledger`.

    Parameters
    ----------
    text : the statement, e.g. "evolution beats random search on CIFAR-10 (95 % band)".
    value : what was measured, oriented so that larger is in favour, e.g. the lower end of a confidence interval.
    margin : what it must reach.

    Raises
    ------
    ClaimError : the margin is missed, or the value is not a finite number.
    """
    value, margin = float(value), float(margin)
    if not (math.isfinite(value) and value >= margin):
        raise ClaimError(
            f"does not hold here: {text}: measured {value:.4g}, needs at least {margin:.4g} "
            "(if you changed something above, this may well be right)"
        )
    ledger.append(Claim(text, value, margin))
    print(f"holds: {text} (measured {value:.4g}, needs at least {margin:.4g})")


def claim_on(text: str, bands: Mapping[str, Band], at_least: int = 0) -> dict[str, str]:
    """Ask one statement on several tables, and print where it repeats.

    Parameters
    ----------
    text : the statement.
    bands : by table, what was measured with its interval, oriented so that above zero is in favour.
    at_least : on how many tables it must hold; that many are a claim, which enters the `ledger`.

    Returns
    -------
    By table ``"holds"`` (all of the interval is above zero), ``"does not hold"`` (all of it is below), or ``"cannot be
    told"``.

    Raises
    ------
    ClaimError : it holds on fewer tables.
    """
    found = {table: band.verdict() for table, band in bands.items()}
    print(f"{text}: holds on {list(found.values()).count('holds')} of {len(found)} tables")
    for table, band in bands.items():
        print(f"  {found[table]:<15} {table}: {band}")
    if at_least:
        claim(f"{text} (tables on which it holds)", list(found.values()).count("holds"), at_least)
    return found


def verdicts(
    rows: Sequence[tuple[str, str, str]],
    header: tuple[str, str, str] = ("What the paper says", "What we measured", "Does it hold here?"),
) -> Markdown:
    """Return a Markdown table: what the paper says, what was measured here, whether it holds here."""
    from IPython.display import Markdown

    head, *body = (f"| {' | '.join(row)} |" for row in (header, *rows))
    return Markdown("\n".join([head, "|---|---|---|", *body]))
