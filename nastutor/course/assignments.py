"""Writes the assignments of a course: ``python -m nastutor.course.assignments FOLDER COURSE [LESSON …]``.

``FOLDER/handout/LESSON.ipynb`` goes to the students. ``FOLDER/source`` and ``FOLDER/nbgrader_config.py`` make it a
course folder of nbgrader, which makes the same handout of them, and grades by `nastutor.course.autograde`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from nastutor.course.grading import answer_name
from nastutor.course.homework import exercises_of, lessons

CONFIG = '''"""What nbgrader reads here: answers are graded by nastutor, outside of the process in which they run."""

from nbgrader.preprocessors import (
    AssignLatePenalties, CheckCellMetadata, ClearOutput, LimitOutput, OverwriteCells,
    OverwriteKernelspec, SaveAutoGrades,
)

from nastutor.course.autograde import ForgetStrangeCells, GradeAnswers

c = get_config()
c.CourseDirectory.course_id = c.GradeAnswers.course = {course!r}
c.ClearSolutions.code_stub = {{"python": ""}}
c.Autograde.sanitize_preprocessors = [
    ForgetStrangeCells, ClearOutput, OverwriteKernelspec, OverwriteCells, CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    GradeAnswers, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata,
]
'''

INTRODUCTION = """# {title}: assignment

Write your name as it was registered for this course between the quotes of the first cell, and run all cells. The
questions have numbers of your own: the answer of somebody else does not fit. Put each answer in the place of the dots;
the check below it says whether it is right, as often as you like. You may add cells.

What counts is the answer that its cell computes when the notebook is run again from top to bottom, within a minute for
each cell. Hand in this one file under its name, `{lesson}.ipynb`."""


def main(arguments: list[str] | None = None) -> int:
    """Write the assignments; return 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m nastutor.course.assignments", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("course", metavar="COURSE", help="a name that changes each term, such as nas-2026")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help=f"some of {', '.join(lessons())}; none: all")
    options = parser.parse_args(arguments)
    try:
        write_course(options.folder, options.course, options.lessons or lessons())
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{options.folder}: assignments of {len(options.lessons or lessons())} lessons, for the course {options.course}"
    )
    return 0


def write_course(folder: Path, course: str, names: tuple[str, ...] | list[str]) -> None:
    """Write a course folder; files of the same names are written anew.

    Raises
    ------
    ValueError : no such lesson; nothing is written then.
    """
    written = {name: assignment(name, course) for name in names}
    (folder / "handout").mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(CONFIG.format(course=course), encoding="utf-8")
    for name, source in written.items():
        (folder / "source" / name).mkdir(parents=True, exist_ok=True)
        _write(folder / "source" / name / f"{name}.ipynb", source)
        _write(folder / "handout" / f"{name}.ipynb", handout(source))


def _write(path: Path, notebook: dict[str, Any]) -> None:
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def assignment(lesson: str, course: str) -> dict[str, Any]:
    """Return the notebook of an assignment, the lecturer's: with solutions and hidden tests, as nbgrader marks them.

    See `nastutor.course.homework` for the lesson and the course.
    """
    exercises = exercises_of(lesson)
    title = sys.modules[type(exercises["q1"]).__module__].exercises.title
    imports = "import numpy as np\n\nfrom nastutor import load_benchmark, search"
    if any("`ex." in exercise.QUESTION + " ".join(exercise.HINTS) for exercise in exercises.values()):
        imports += f"\nfrom nastutor.exercises import {lesson} as ex"
    setup = (
        f"from nastutor.course import Homework\n\nhomework = Homework({lesson!r}, course={course!r}, student=STUDENT)"
    )
    cells = [
        _cell("markdown", INTRODUCTION.format(title=title, lesson=lesson)),
        _cell("code", _with_solution('STUDENT = ""', 'STUDENT = "the lecturer"'), "student", solution=True),
        _cell("code", setup, "setup", locked=True),
        _cell("code", imports),
    ]
    for name, exercise in exercises.items():
        bound = answer_name(exercise)
        official = f"{bound} = homework.exercise({name!r}).official_answer()"
        cells += [
            _cell("markdown", f"## {name}. {exercise.TITLE}"),
            _cell("code", f"homework.ask({name!r})", f"ask-{name}", locked=True),
            _cell("code", _with_solution(exercise.stub, official), name, solution=True),
            check_cell(name, bound),
        ]
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place:02d}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def handout(source: dict[str, Any]) -> dict[str, Any]:
    """Return the students' notebook of an assignment: without solutions and hidden tests, as nbgrader releases it."""
    cells = []
    for cell in source["cells"]:
        text = re.sub(
            r"\n### BEGIN (SOLUTION|HIDDEN TESTS)\n.*\n### END \1", "", "".join(cell["source"]), flags=re.DOTALL
        )
        cells.append(cell | {"source": text.splitlines(keepends=True)})
    return source | {"cells": cells}


def check_cell(name: str, bound: str) -> dict[str, Any]:
    """Return the cell that checks an answer, and that nbgrader grades.

    The hidden test is for the lecturer's own run. When a submission is graded, this cell is not run: what the student's
    code can reach, it can change.
    """
    check = f"homework.check({name!r}, {bound})"
    hidden = f"verdict = {check}\nassert verdict, verdict.message"
    source = f"{check}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
    return _cell("code", source, f"check-{name}", grade=True, locked=True, points=1)


def _with_solution(stub: str, solution: str) -> str:
    return f"{stub}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"


def _cell(kind: str, source: str, grade_id: str = "", **flags: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if grade_id:
        known = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        cell["metadata"]["nbgrader"] = known | {"grade_id": grade_id} | flags
    return cell


if __name__ == "__main__":
    sys.exit(main())
