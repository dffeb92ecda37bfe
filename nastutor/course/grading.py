"""Grading submitted notebooks: of a submission nothing counts but the answers.

The question is computed again from the lesson, the exercise and the name of the student's folder; the answer is taken
from a process of its own (`Sandbox`), and the package's check runs here. What a notebook shows, what its checks print,
a progress file beside it: none of it is read.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nastutor.course.homework import exercises_of, lessons, variant_of
from nastutor.course.sandbox import MEMORY, Sandbox
from nastutor.exercises import Exercise
from nastutor.exercises.answers import describe_error
from nastutor.exercises.exercise import NOT_ATTEMPTED, RIGHT, WRONG
from nastutor.exercises.time_limit import OutOfTime

CELL_SECONDS = 60
"""Of processor time, for one cell."""


class Grade(NamedTuple):
    """One line of the grades: what a student gets for an exercise, and why."""

    student: str
    lesson: str
    exercise: str
    variant: int
    state: str
    points: int
    message: str


class Cell(NamedTuple):
    """A code cell: its source, and the id by which an assignment knows it (empty: one that the student added)."""

    source: str
    grade_id: str = ""


def answer_name(exercise: Exercise) -> str:
    """Return the name that an answer cell binds: the last one that the stub binds."""
    last = ast.parse(exercise.stub).body[-1]
    if isinstance(last, ast.FunctionDef):
        return last.name
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        return last.targets[0].id
    raise ValueError(f"the stub of {exercise.name} ({exercise.TITLE}) binds no name")


def read_cells(path: Path) -> list[Cell]:
    """Return the code cells of a notebook.

    Raises
    ------
    ValueError : it is no notebook of format 4.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        return [Cell("".join(cell["source"]), str(_grade_id(cell["metadata"]))) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path.name} is no notebook of format 4 ({describe_error(error)})") from None


def _grade_id(metadata: dict[str, Any]) -> Any:
    return metadata.get("nbgrader", {}).get("grade_id", "")


def grade_cells(
    cells: Sequence[Cell], lesson: str, student: str, course: str, seconds: float = CELL_SECONDS, memory: int = MEMORY
) -> list[Grade]:
    """Grade the code cells of one submission.

    Parameters
    ----------
    cells : in order; of several with one id the last counts.
    lesson, student, course : see `nastutor.course.homework`; the name is the folder's, whatever the notebook says.
    seconds : of processor time, for each cell; functions have those of their exercise.
    memory : bytes.

    Returns
    -------
    One for each exercise, in order.

    Raises
    ------
    ValueError : no such lesson.
    """
    number = variant_of(course, student)
    exercises = exercises_of(lesson, number)
    verdicts = _Run(exercises, seconds, memory).verdicts(cells)
    typed = _typed_name(cells)
    hint = "" if typed is None or variant_of(course, typed or "?") == number else f" (The notebook is of {typed!r}.)"
    return [
        Grade(student, lesson, name, number, state, int(state == RIGHT), message + hint * (state == WRONG))
        for name, (state, message) in verdicts.items()
    ]


def _typed_name(cells: Sequence[Cell]) -> str | None:
    """Return what a notebook gives for the student's name. It decides nothing: it explains why answers may not fit."""
    for cell in cells:
        if cell.source.lstrip().startswith("STUDENT ="):
            try:
                return str(ast.literal_eval(cell.source.split("=", 1)[1].split("#")[0].strip()))
            except (ValueError, SyntaxError):
                return None
    return None


class _Run:
    """Runs the cells in order, and checks each answer right after its cell, as a reader does.

    A cell that does not end, or that ends the process, is left out: a new process runs the cells before it again and
    goes on behind it.
    """

    def __init__(self, exercises: dict[str, Exercise], seconds: float, memory: int) -> None:
        self.exercises, self.seconds, self.memory = exercises, seconds, memory
        self.given = {name: exercise.given for name, exercise in exercises.items()}
        self.ended: list[tuple[str, str]] = []  # the cells that a new process has to run again
        self.sandbox = Sandbox(self.given, memory)

    def verdicts(self, cells: Sequence[Cell]) -> dict[str, tuple[str, str]]:
        """Return state and message of each exercise."""
        gone = (NOT_ATTEMPTED, "The answer's cell is not in the notebook.")
        found = dict.fromkeys(self.exercises, gone)
        last = {cell.grade_id: place for place, cell in enumerate(cells)}
        try:
            for place, cell in enumerate(cells):
                is_ours = cell.grade_id == "setup" or cell.grade_id.startswith(("ask-", "check-"))
                if is_ours:
                    continue
                is_answer = cell.grade_id in self.exercises and last[cell.grade_id] == place
                verdict = self._run(cell, self.exercises[cell.grade_id] if is_answer else None)
                if is_answer:
                    found[cell.grade_id] = verdict
        finally:
            self.sandbox.end()
        return found

    def _run(self, cell: Cell, exercise: Exercise | None) -> tuple[str, str]:
        name = "" if exercise is None else answer_name(exercise)
        try:
            self.sandbox.allow(self.seconds)
            answer = self.sandbox.run(cell.source, name)
        except OutOfTime:
            return self._restart(f"The cell was stopped after {self.seconds:g} seconds: does it ever end?")
        except Exception as error:
            if self.sandbox.has_ended:
                return self._restart(str(error))
            self.ended.append((cell.source, name))
            return WRONG, f"The cell fails: {describe_error(error)}."
        self.ended.append((cell.source, name))
        if exercise is None:
            return NOT_ATTEMPTED, ""
        verdict = exercise.verdict(answer, wait=self.sandbox.allow(exercise.SECONDS))
        if self.sandbox.has_ended or self.sandbox.is_busy:
            self._restart("")
        return verdict.state, verdict.message

    def _restart(self, message: str) -> tuple[str, str]:
        """Start a new process as far as the last one came, and hand on what is to be said of the cell that ended it."""
        self.sandbox.end()
        self.sandbox = Sandbox(self.given, self.memory)
        for source, name in list(self.ended):
            try:
                self.sandbox.allow(self.seconds)
                self.sandbox.run(source, name)
            except (Exception, OutOfTime):
                if self.sandbox.has_ended:  # it ended before, and now it does not: do without it
                    self.ended.remove((source, name))
                    return self._restart(message)
        return WRONG, message


def grade_folder(
    folder: Path, course: str, only: Sequence[str] = (), seconds: float = CELL_SECONDS, memory: int = MEMORY
) -> Iterator[Grade]:
    """Grade a class: a folder for each student, called as the student, with notebooks called as the lessons.

    Parameters
    ----------
    folder : ``FOLDER/STUDENT/…/LESSON.ipynb``, at any depth (nbgrader's ``submitted`` is one).
    course : as it was given to the assignments.
    only : these lessons; empty: all of which there is a notebook.
    seconds, memory : see `grade_cells`.

    Yields
    ------
    The grades of each student and lesson; who hands in nothing has them too.

    Raises
    ------
    ValueError : what `folder` is not, or an unknown lesson.
    """
    notebooks = submissions(folder)
    found = {path.stem for paths in notebooks.values() for path in paths}
    unknown = [lesson for lesson in only if lesson not in lessons()]
    if unknown:
        exercises_of(unknown[0])  # says which there are
    wanted = list(only) or sorted(found & set(lessons()))
    if not wanted:
        names = ", ".join(sorted(path.name for paths in notebooks.values() for path in paths)) or "no notebook at all"
        raise ValueError(
            f"{folder} has no notebook that is called as a lesson, such as evaluation.ipynb, but {names}; the lessons: "
            f"{', '.join(lessons())}"
        )
    for student, paths in notebooks.items():
        for lesson in wanted:
            yield from _grade_one(
                [path for path in paths if path.stem == lesson], lesson, student, course, seconds, memory
            )


def submissions(folder: Path) -> dict[str, list[Path]]:
    """Return the notebooks of each student, by the names of their folders.

    Raises
    ------
    ValueError : it is no folder, or holds no folders.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise ValueError(f"{folder} {what}: give a folder that holds a folder for each student, STUDENT/LESSON.ipynb")
    students = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not students:
        raise ValueError(
            f"{folder} holds no folder: give one that holds a folder for each student, STUDENT/LESSON.ipynb"
        )
    return {path.name: [p for p in sorted(path.rglob("*.ipynb")) if _counts(p, path)] for path in students}


def _counts(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)  # .ipynb_checkpoints
    return path.is_file() and not is_hidden  # a pipe would be read for ever


def _grade_one(
    paths: Sequence[Path], lesson: str, student: str, course: str, seconds: float, memory: int
) -> list[Grade]:
    state, message = NOT_ATTEMPTED, f"No {lesson}.ipynb was handed in."
    if len(paths) == 1:
        try:
            return grade_cells(read_cells(paths[0]), lesson, student, course, seconds, memory)
        except (OSError, ValueError) as error:
            state, message = WRONG, str(error)
        except Exception as error:  # whatever one student did, the class gets its grades
            state, message = WRONG, f"The grader failed ({describe_error(error)}): grade this one by hand."
    elif paths:
        state, message = WRONG, f"Which of {len(paths)} counts? {', '.join(map(str, paths))}: leave one there."
    number = variant_of(course, student)
    return [Grade(student, lesson, name, number, state, 0, message) for name in exercises_of(lesson)]
