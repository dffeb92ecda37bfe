"""nbgrader's autograding by `nastutor.course.grading`: in the place of the kernel that would run the checks too."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Unicode

from nastutor.course.assignments import check_cell
from nastutor.course.grading import CELL_SECONDS, Cell, Grade, answer_name, grade_cells
from nastutor.course.homework import exercises_of
from nastutor.course.sandbox import MEMORY
from nastutor.exercises.exercise import RIGHT


class ForgetStrangeCells(NbGraderPreprocessor):
    """Takes nbgrader's marks from cells that the assignment does not have, and from all but the last of one id.

    Both would stop the grading: nbgrader leaves an empty mark on a cell that is there twice, and then refuses it.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with marks on known cells alone."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            for place, cell in enumerate(nb.cells):
                grade_id = _grade_id(cell)
                if grade_id in map(_grade_id, nb.cells[place + 1 :]):
                    cell.metadata.pop("nbgrader", None)
                try:
                    gradebook.find_source_cell(grade_id, about["notebook"], about["assignment"])
                except MissingEntry:
                    cell.metadata.pop("nbgrader", None)
        return nb, resources


class GradeAnswers(NbGraderPreprocessor):
    """Writes under each check what the grader finds, as an error unless it is right: by that nbgrader gives points."""

    course = Unicode(help="The name of the course, as it was given to the assignments.").tag(config=True)
    seconds = Float(CELL_SECONDS, help="Of processor time, for a cell.").tag(config=True)
    gigabytes = Float(MEMORY / 2**30, help="Of memory, for a student.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with the verdicts; a check that is not there any more is put at the end."""
        lesson, student = resources["nbgrader"]["notebook"], resources["nbgrader"]["student"]
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        ids = [_grade_id(cell) for cell in code]
        found = [Cell(cell.source, grade_id) for cell, grade_id in zip(code, ids)]
        checks = dict(zip(ids, code))
        memory = int(self.gigabytes * 2**30)
        for grade in grade_cells(found, lesson, student, self.course, self.seconds, memory):
            if f"check-{grade.exercise}" not in checks:
                bound = answer_name(exercises_of(lesson)[grade.exercise])
                nb.cells.append(from_dict(check_cell(grade.exercise, bound)))
                nb.cells[-1].source = "".join(nb.cells[-1].source)
                nb.cells[-1].id = f"check-{grade.exercise}"
                checks[f"check-{grade.exercise}"] = nb.cells[-1]
            checks[f"check-{grade.exercise}"].outputs = [_output(grade)]
        return nb, resources


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _output(grade: Grade) -> NotebookNode:
    text = f"{grade.state.capitalize()}. {grade.message}"
    if grade.state == RIGHT:
        return from_dict({"output_type": "stream", "name": "stdout", "text": text})
    return from_dict({"output_type": "error", "ename": "AssertionError", "evalue": text, "traceback": [text]})
