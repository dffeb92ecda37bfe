"""Read what a lesson's notebook holds: sections with minutes, predictions, stored outputs, summary, exercises."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from nastutor.exercises import Exercise, Verdict

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"^## (?P<title>.+?)(?: \((?P<minutes>\d+) minutes?\))?$", flags=re.M)
PREDICTION = re.compile(r"^Predict: (?P<question>.+)\nPossible: (?P<possible>.+)\n", flags=re.M)


@dataclass(frozen=True)
class Section:
    """A section of a lesson: its title, the minutes to read it (0: none stated), and its cells."""

    title: str
    minutes: int
    cells: tuple[nbformat.NotebookNode, ...]


@dataclass(frozen=True)
class Prediction:
    """What a reader is asked before a result is shown: the question, and which guesses are possible."""

    question: str
    possible: str


def printed(cell: nbformat.NotebookNode) -> str:
    """Return the text that a code cell has printed or returned, but for tables and pictures."""
    parts = [
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
        if not {"image/png", "text/html"} & set(output.get("data", {}))
    ]
    return "".join(part if part.endswith("\n") else part + "\n" for part in parts)


@dataclass(frozen=True)
class Lesson:
    """A notebook of the suite, with its stored outputs."""

    path: Path
    notebook: nbformat.NotebookNode

    @classmethod
    def open(cls, path: Path) -> Lesson:
        """Read a notebook."""
        return cls(path, nbformat.read(path, as_version=4))

    @property
    def name(self) -> str:
        """``"02_evaluation"``."""
        return self.path.stem

    @property
    def number(self) -> str:
        """``"02"``."""
        return self.name[:2]

    @property
    def header(self) -> str:
        """The text of the first cell: title, what it is about, what one will learn."""
        return self.notebook.cells[0].source

    @property
    def title(self) -> str:
        """The title, without its number."""
        return self.header.splitlines()[0].removeprefix("# ")

    @property
    def about(self) -> str:
        """The sentence under the title."""
        return next(line for line in self.header.splitlines()[1:] if line and not line.startswith(("[", "|")))

    def row(self, label: str) -> str:
        """Return a cell of the table in the header, such as ``"Needs torch"``."""
        found = re.search(rf"^\| \*\*{label}\*\* \| (.+) \|$", self.header, flags=re.M)
        if not found:
            raise ValueError(f"{self.name}: its header has no row {label!r}")
        return found[1]

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """All sections, those without minutes too (Exercises, Summary, References)."""
        found: list[tuple[str, int, list[nbformat.NotebookNode]]] = []
        for cell in self.notebook.cells[1:]:
            pieces = _split(cell) if cell.cell_type == "markdown" else [(None, 0, cell)]
            for title, minutes, piece in pieces:
                if title is not None:
                    found.append((title, minutes, []))
                if found:
                    found[-1][2].append(piece)
        return tuple(Section(title, minutes, tuple(cells)) for title, minutes, cells in found)

    @property
    def parts(self) -> tuple[Section, ...]:
        """The sections that are read, those with minutes."""
        return tuple(section for section in self.sections if section.minutes)

    @property
    def minutes(self) -> int:
        """The minutes to read it all."""
        return sum(section.minutes for section in self.sections)

    @property
    def seconds(self) -> int:
        """The seconds of one core that it takes to run."""
        costs = tomllib.loads((ROOT / "tests/notebooks/costs.toml").read_text(encoding="utf-8"))
        return costs[self.name]["seconds"]

    def text_of(self, title: str) -> str:
        """Return the text of a section without code, such as ``"Summary"``."""
        section = next(section for section in self.sections if section.title == title)
        return "\n\n".join(cell.source for cell in section.cells if cell.cell_type == "markdown").strip()

    @property
    def summary(self) -> list[str]:
        """The points of the summary, Markdown."""
        return re.findall(r"^\d+\. (.+)$", self.text_of("Summary"), flags=re.M)

    @property
    def misreadings(self) -> str:
        """The common misreadings, one paragraph of Markdown."""
        found = re.search(r"\*\*Common misreadings\.?\*\*[.:]? *(.+)$", self.text_of("Summary"), flags=re.M)
        return found[1] if found else ""

    @cached_property
    def exercises(self) -> list[Exercise]:
        """The exercises, each as the lesson asks it."""
        code = "\n".join(cell.source for cell in self.notebook.cells if cell.cell_type == "code")
        found = re.search(r"from nastutor\.exercises import (\w+) as ex$", code, flags=re.M)
        if not found:
            raise ValueError(f"{self.name} imports no exercises as ex")
        return list(importlib.import_module(f"nastutor.exercises.{found[1]}").exercises)


def predictions(section: Section) -> list[Prediction]:
    """Return what a section asks its reader to predict."""
    return [
        Prediction(found["question"], found["possible"])
        for cell in section.cells
        if cell.cell_type == "code"
        for found in PREDICTION.finditer(printed(cell))
    ]


def judged(exercise: Exercise, answer: object) -> Verdict:
    """Judge an answer with time enough on the clock: what is written must not depend on how busy the machine is."""
    return exercise.verdict(answer, wait=600)


def _split(cell: nbformat.NotebookNode) -> Iterator[tuple[str | None, int, nbformat.NotebookNode]]:
    """Split a Markdown cell at its titles of sections."""
    titles = list(SECTION.finditer(cell.source))
    before = cell.source[: titles[0].start()].strip() if titles else cell.source.strip()
    if before:
        yield None, 0, nbformat.v4.new_markdown_cell(before)
    for title, following in zip(titles, [*titles[1:], None]):
        text = cell.source[title.end() : following.start() if following else None].strip()
        yield title["title"], int(title["minutes"] or 0), nbformat.v4.new_markdown_cell(text)


def all_lessons() -> list[Lesson]:
    """Open every lesson, in reading order."""
    return [Lesson.open(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def write_each(folder: Path, lessons: Sequence[Lesson], ending: str, text: Callable[[Lesson], str]) -> list[Path]:
    """Write a file for each lesson, called as it is, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for lesson in lessons:
        written.append(folder / f"{lesson.name}{ending}")
        written[-1].write_text(text(lesson), encoding="utf-8")
    return written
