"""`python -m nastutor grade`: a folder of submissions in, a CSV file of grades out."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from nastutor.arrays import replacing
from nastutor.course.grading import Grade, grade_folder, submissions
from nastutor.course.homework import lessons


def grade_class(folder: Path, course: str, only: Sequence[str], output: Path, seconds: float, memory: int) -> int:
    """Grade, print a line for each student and lesson, and write one for each exercise; return 0 if all is well.

    See `nastutor.course.grading.grade_folder` for the arguments; `output` is the CSV file to write.
    """
    if seconds <= 0 or memory <= 0:
        print("give more than 0 seconds and more than 0 gigabytes", file=sys.stderr)
        return 1
    grades: list[Grade] = []
    try:
        found = grade_folder(folder, course, only, seconds, memory)
        for (student, lesson), group in groupby(found, key=lambda grade: (grade.student, grade.lesson)):
            new = list(group)
            grades += new
            print(f"{student}  {lesson}  {sum(grade.points for grade in new)} of {len(new)}", flush=True)
        for student, paths in submissions(folder).items():
            for path in paths:
                if path.stem not in lessons():
                    print(f"left out, since it is called as no lesson: {student}, {path.name}", file=sys.stderr)
        _write(output, grades)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(grades)} grades in {output}")
    return 0


def _write(path: Path, grades: Sequence[Grade]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([Grade._fields, *(map(_no_formula, grade) for grade in grades)])
    with replacing(path) as file:
        file.write(text.getvalue().encode("utf-8", errors="backslashreplace"))


def _no_formula(field: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would compute: names and messages are others' texts."""
    return f"'{field}" if isinstance(field, str) and field.startswith(("=", "+", "-", "@", "\t", "\r")) else field
