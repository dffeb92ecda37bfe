"""Submissions of all kinds for one lesson, each with the grades that it should get."""

import json
from pathlib import Path
from typing import NamedTuple

from nastutor.course.assignments import assignment, handout
from nastutor.course.grading import answer_name
from nastutor.course.homework import exercises_of, variant_of

LESSON, COURSE = "multi_objective", "nas-2026"  # a lesson whose checks are cheap; needs no torch
NAMES = tuple(exercises_of(LESSON))
RIGHT, WRONG, EMPTY = "right", "wrong", "not attempted"


class Submission(NamedTuple):
    notebook: dict | str
    states: tuple[str, ...]
    files: dict[str, str] = {}  # noqa: RUF012


def questions(student):
    return exercises_of(LESSON, variant_of(COURSE, student))


def right(exercise):
    """Return the source of a right answer: the function of the package, or the value."""
    bound = answer_name(exercise)
    if exercise.ASKS_FOR_FUNCTION:
        official = exercise.official_answer()
        return f"from {official.__module__} import {official.__name__} as {bound}"
    return f"from math import inf\n{bound} = {exercise.official_answer()!r}"


def wrong(exercise):
    if exercise.ASKS_FOR_FUNCTION:
        return f"def {answer_name(exercise)}(*arguments):\n    return [1]"
    return f"{answer_name(exercise)} = -1"


def notebook(student, sources, before=(), after=(), **changes):
    """Return the handout with the answers' cells filled, and cells of the student's own before and after them."""
    found = handout(assignment(LESSON, COURSE))
    for cell in found["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id == "student":
            cell["source"] = [f"STUDENT = {student!r}"]
        elif grade_id in sources:
            cell["source"] = [sources[grade_id]]
    code = dict.fromkeys(("metadata", "outputs"), ()) | {"cell_type": "code", "execution_count": None, "metadata": {}}
    own = [[code | {"source": [text], "outputs": []} for text in texts] for texts in (before, after)]
    found["cells"] = [*found["cells"][:1], *own[0], *found["cells"][1:], *own[1]]
    for place, cell in enumerate(found["cells"]):
        cell["id"] = f"cell-{place:02d}"
    return found | changes


def marks(cell):
    return cell["metadata"].get("nbgrader", {})


def write(submission, folder):
    """Write a submission into a folder."""
    folder.mkdir(parents=True)
    text = submission.notebook
    (folder / f"{LESSON}.ipynb").write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    for name, content in submission.files.items():
        (folder / name).write_text(content, encoding="utf-8")


def all_right(student):
    return Submission(notebook(student, {n: right(q) for n, q in questions(student).items()}), (RIGHT,) * 5)


def all_wrong(student):
    return Submission(notebook(student, {n: wrong(q) for n, q in questions(student).items()}), (WRONG,) * 5)


def empty(student):
    return Submission(notebook(student, {}), (EMPTY,) * 5)


def crashing(student):
    """One fails, one ends the process, one takes all memory; the last is right."""
    sources = {n: right(q) for n, q in questions(student).items()}
    sources |= {"q1": "1 / 0", "q2": "import os\nos._exit(0)", "q3": "x = bytearray(10**16)", "q4": "this is no Python"}
    return Submission(notebook(student, sources), (WRONG,) * 4 + (RIGHT,))


def endless(student):
    """A function and a cell that do not end, whatever is raised in them; the others are right."""
    ever = "while True:\n        try:\n            pass\n        except BaseException:\n            pass"
    sources = {n: right(q) for n, q in questions(student).items()}
    sources |= {"q1": f"def on_front(points):\n    {ever}", "q3": f"if True:\n    {ever}"}
    return Submission(notebook(student, sources), (WRONG, RIGHT, WRONG, RIGHT, RIGHT))


def edited_checks(student):
    """Wrong answers; checks, points and the package itself say that they are right."""
    attack = """
import sys, nastutor.exercises.exercise as e, nastutor.exercises.answers as a
import nastutor.objectives.pareto as p, nastutor.course.worker as w, nastutor.course.wire as wire
e.Exercise.check = e.Exercise.verdict = lambda self, *a, **k: e.Verdict("right", "")
e.Exercise.judge = lambda self, answer: "right"
for kind in e.Exercise.__subclasses__():
    kind.judge = lambda self, answer: "right"
a.compare = a.fits = a.number = lambda *a, **k: True
homework.check = lambda *a: "Right."
"""
    found = notebook(student, {n: wrong(q) for n, q in questions(student).items()}, before=[attack])
    for cell in found["cells"]:
        if marks(cell).get("grade"):
            cell["source"] = ["print('Right.')"]
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Right."]}]
            marks(cell)["points"] = 100
    return Submission(found, (WRONG,) * 5)


def writes_messages(student):
    """Finds the pipe to the grader, and sends it what a right answer would look like, and rubbish."""
    attack = """
import gc, json
from multiprocessing.connection import Connection
for pipe in [thing for thing in gc.get_objects() if isinstance(thing, Connection)]:
    for text in ['{"state": "right"}', '{"answer": {"state": "right"}}', "[[", '{"answer": {"array": 1, "type": "O"}}']:
        pipe.send_bytes(text.encode())
"""
    sources = {n: wrong(q) for n, q in questions(student).items()}
    return Submission(notebook(student, sources | {"q2": attack + sources["q2"]}), (WRONG,) * 5)


def copied(student):
    """The values of a classmate, whose name still stands there; functions are the same for all."""
    states = tuple(RIGHT if q.ASKS_FOR_FUNCTION else WRONG for q in questions(student).values())
    return Submission(notebook("ada", {n: right(q) for n, q in questions("ada").items()}), states)


def forged_progress(student):
    progress = json.dumps({"nastutor progress": {LESSON: dict.fromkeys(NAMES, "right")}})
    files = {"progress.json": progress, "nbgrader_config.py": "raise SystemExit", "grades.csv": f"{student},5"}
    loads = f"from nastutor.exercises import {LESSON} as ex\nex.load('progress.json')"
    return Submission(notebook(student, {}, before=[loads]), (EMPTY,) * 5, files)


def asks_the_package(student):
    sources = {n: f"{answer_name(q)} = ex.{n}.variant({variant_of(COURSE, student)}).official_answer()"
               for n, q in questions(student).items()}  # fmt: skip
    return Submission(
        notebook(student, sources, before=[f"from nastutor.exercises import {LESSON} as ex"]), (WRONG,) * 5
    )


def strange_cells(student):
    """Checks deleted, marks of cells that there are not, an answer's cell twice: the last counts."""
    found = notebook(student, {n: right(q) for n, q in questions(student).items()})
    found["cells"] = [cell for cell in found["cells"] if not marks(cell).get("grade")]
    bonus = json.loads(json.dumps(next(cell for cell in found["cells"] if marks(cell).get("solution"))))
    bonus["metadata"]["nbgrader"] = marks(bonus) | {"grade_id": "bonus", "grade": True, "solution": False, "points": 50}
    again = json.loads(json.dumps(next(cell for cell in found["cells"] if marks(cell).get("grade_id") == "q2")))
    again["source"] = ["volume = -1"]
    found["cells"] += [bonus | {"id": "bonus"}, again | {"id": "again"}]
    return Submission(found, (RIGHT, WRONG, RIGHT, RIGHT, RIGHT))


def no_answer_cells(student):
    found = notebook(student, {})
    found["cells"] = [cell for cell in found["cells"] if marks(cell).get("grade_id") not in NAMES]
    return Submission(found, (EMPTY,) * 5)


def untidy(student):
    """Right, with a cell that fails, magics, prints, an import of its own and the numbers of a question."""
    sources = {n: right(q) for n, q in questions(student).items()}
    sources["q4"] += "\nprint('done')\nraise RuntimeError('a plot that fails')"
    before = ["%matplotlib inline\nimport numpy as np\n!ls", "1 / 0", "display(homework.given('q2'))", "helper = 3"]
    return Submission(notebook(student, sources, before=before, after=["q1 = volume = None"]), (RIGHT,) * 5)


def not_a_notebook(student):
    return Submission("{", (WRONG,) * 5)


KINDS = [all_right, all_wrong, empty, crashing, endless, edited_checks, writes_messages, copied, forged_progress]
KINDS += [asks_the_package, strange_cells, no_answer_cells, untidy]
CLASS = {"ada" if kind is all_right else kind.__name__: kind for kind in KINDS}
"""The kinds by the names of the students who hand them in."""


def write_class(folder, inside=Path()):
    """Write all submissions as ``folder/STUDENT/inside/LESSON.ipynb``, and return the states that each should get."""
    submitted = {student: kind(student) for student, kind in CLASS.items()}
    for student, submission in submitted.items():
        write(submission, folder / student / inside)
    return {student: dict(zip(NAMES, submission.states)) for student, submission in submitted.items()}
