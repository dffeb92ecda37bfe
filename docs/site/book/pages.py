"""Pages of the book that are computed: the ledger, the glossary's links, and one for each room of the package."""

from __future__ import annotations

import importlib
import pkgutil
import re
from itertools import groupby

from nastutor.studies.verdicts import OUT_OF_REACH, VERDICTS, Verdict, load_verdicts, over

ROOMS = (
    "spaces",
    "searchers",
    "loop",
    "objectives",
    "benchmarks",
    "networks",
    "training",
    "oneshot",
    "hardware",
    "deploy",
    "statistics",
    "plots",
    "lessons",
)
"""The rooms that readers import from; exercises are left out, since their files hold the solutions."""


def ledger_page(lessons: dict[str, str]) -> str:
    """Return the ledger in Markdown: each claim under its lesson, with its number on every table.

    Parameters
    ----------
    lessons : the name of each lesson's file, by its number, ``{"03": "03_evolutionary_search", …}``.
    """
    rows = sorted(load_verdicts(), key=lambda row: row.lesson)
    counts = ", ".join(f"{sum(row.verdict == verdict for row in rows)} {verdict}" for verdict in VERDICTS)
    claims = len({row.claim for row in rows})
    parts = [
        f"# The ledger\n\n{claims} claims of papers and lessons, each on every table that can answer: {counts}.\n\n"
        "A claim is a number that is above zero where it holds. *Holds*: its 95 % interval lies above zero; *does not "
        "hold*: below; *cannot be told*: on both sides. The same list: `python -m nastutor ledger`; `make ledger` "
        "computes it again."
    ]
    for lesson, of_lesson in groupby(rows, key=lambda row: row.lesson):
        name = lessons[lesson]
        parts.append(f"## Lesson {lesson}\n\nLooked into in [{name.replace('_', ' ')}](lessons/{name}.ipynb).")
        claims_of_lesson = sorted(of_lesson, key=lambda row: row.claim)
        parts += [_claim(list(rows)) for _, rows in groupby(claims_of_lesson, key=lambda row: row.claim)]
    return "\n\n".join(parts) + "\n"


def _claim(rows: list[Verdict]) -> str:
    first = rows[0]
    head = f"### {first.claim}\n\n{first.text}.\n\n*{first.paper}*"
    if first.verdict == OUT_OF_REACH:
        return f"{head}\n\nOut of reach: {first.runs}."
    lines = [f"| {row.table} | {row.number} | {row.verdict} |" for row in rows]
    table = "\n".join(["| Table | Number, 95 % interval | Verdict |", "|---|---|---|", *lines])
    return f"{head}; interval over {over(rows)}.\n\n{table}"


def glossary_page(glossary: str, lessons: dict[str, str]) -> str:
    """Return the glossary with links in its last column: a word's lessons are one click away."""

    def linked(numbers: re.Match[str]) -> str:
        return re.sub(r"\d\d", lambda number: f"[{number[0]}]({lessons[number[0]]}.ipynb)", numbers[0])

    return re.sub(r"(?<=\| )\d\d(, \d\d)* \|$", linked, glossary, flags=re.M)


def room_page(room: str) -> str:
    """Return a room's page in reStructuredText: its own words, what it hands on, then its files one by one."""
    package = importlib.import_module(f"nastutor.{room}")
    title = f"nastutor.{room}"
    handed_on = sorted(getattr(package, "__all__", []))
    parts = [f"{title}\n{'=' * len(title)}", f".. automodule:: {title}\n   :no-members:"]
    if handed_on:
        names = ", ".join(f"``{name}``" for name in handed_on)
        parts.append(f"By ``from {title} import …``: {names}.")
    for name in modules_of(room):
        parts.append(f"{name}\n{'-' * len(name)}\n\n.. automodule:: {title}.{name}\n   :members:")
    return "\n\n".join(parts) + "\n"


def modules_of(room: str) -> list[str]:
    """Return the names of a room's files, in the order of the alphabet."""
    package = importlib.import_module(f"nastutor.{room}")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
