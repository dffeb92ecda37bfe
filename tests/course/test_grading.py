"""Variants, answers that pass between processes, and grades; every kind of submission comes in test_class.py."""

import ast
import csv
import hashlib
import json
import math
import os
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import submissions as sub

from nastutor.__main__ import main
from nastutor.course import Homework, grading, wire
from nastutor.course.assignments import assignment, handout
from nastutor.course.assignments import main as write_assignments
from nastutor.course.command import _write
from nastutor.course.grading import Cell, Grade, answer_name, grade_cells, grade_folder, read_cells
from nastutor.course.homework import VARIANTS, exercises_of, lessons, variant_of
from nastutor.course.sandbox import Sandbox
from nastutor.exercises import Exercise
from nastutor.exercises.answers import Wrong
from nastutor.exercises.called import Called
from nastutor.statistics import Band


def grades_of(kind, student="ada", **limits):
    cells = [cell for cell in kind(student).notebook["cells"] if cell["cell_type"] == "code"]
    cells = [Cell("".join(cell["source"]), sub.marks(cell).get("grade_id", "")) for cell in cells]
    grades = grade_cells(cells, sub.LESSON, student, sub.COURSE, **limits)
    assert [grade.points for grade in grades] == [int(grade.state == "right") for grade in grades]
    return grades


def test_a_variant_is_the_documented_hash_of_course_and_name():
    digest = hashlib.blake2b("nas-2026/zoë".encode(), digest_size=8).digest()
    assert variant_of("nas-2026", "Zoë") == 1 + int.from_bytes(digest, "big") % 999_999 == 646_997


def test_a_variant_depends_on_the_name_and_the_course_and_on_no_way_to_write_a_name():
    assert variant_of("nas", "Zoë ") == variant_of("nas", "ZOE\u0308") != variant_of("nas", "zoe")
    assert variant_of("nas-2026", "ada") != variant_of("nas-2027", "ada")
    numbers = {variant_of("nas", f"student {number}") for number in range(1000)}
    assert len(numbers) >= 998 and min(numbers) >= 1 and max(numbers) <= VARIANTS
    with pytest.raises(ValueError, match="STUDENT is empty"):
        variant_of("nas", "  ")


def test_every_lesson_has_homework_and_an_unknown_one_says_which_there_are():
    assert len(lessons()) >= 20 and {"start_here", "what_holds_up"} <= set(lessons())
    with pytest.raises(ValueError, match=r"no lesson 'nosuch' .* what_holds_up"):
        Homework("nosuch", "nas", "ada")


def test_homework_asks_and_checks_the_variant_of_the_student():
    homework = Homework(sub.LESSON, sub.COURSE, "ada")
    exercise = homework.exercise("q2")
    assert exercise.question == exercises_of(sub.LESSON, variant_of(sub.COURSE, "Ada"))["q2"].question
    assert homework.ask("q2").data == exercise.question and homework.given("q2") == exercise.given
    assert homework.check("q2", exercise.official_answer()) and not homework.check("q2", -1)
    with pytest.raises(ValueError, match="no exercise 'q9' in multi_objective: q1, q2"):
        homework.check("q9", 1)


@pytest.mark.parametrize("lesson", lessons())
def test_every_assignment_can_be_handed_out_and_its_stubs_bind_the_answer(lesson):
    notebook = assignment(lesson, "nas")
    ids = [sub.marks(cell).get("grade_id") for cell in notebook["cells"]]
    exercises = exercises_of(lesson)
    assert [name for name in ids if name in exercises] == list(exercises)
    assert {f"check-{name}" for name in exercises} < set(ids)
    for cell in handout(notebook)["cells"]:
        text = "".join(cell["source"])
        assert "BEGIN" not in text and "official" not in text and "assert" not in text
        if cell["cell_type"] == "code":
            ast.parse(text)
    for name, exercise in exercises.items():
        names = {}
        exec(exercise.stub, names)
        assert answer_name(exercise) in names, name


PLAIN = {
    "number": 3,
    "large": 10**30,
    "half": 0.5,
    "infinity": math.inf,
    "nothing": None,
    "true": True,
    "dots": ...,
    "complex": 1 + 2j,
    "text": "né",
    "tuple": (1, (2.5, "a")),
    "list": [(1, 2), [3]],
    "dictionary": {"a": (1, 2), 3: None, (1, 2): "x"},
}
BECOME = {
    "numpy_integer": (np.int64(3), 3),
    "numpy_bool": (np.True_, True),
    "generator": ((i for i in range(3)), [0, 1, 2]),
    "range": (range(2), [0, 1]),
    "keys": ({1: 2}.keys(), [1]),
    "fraction": (Fraction(1, 2), 0.5),
    "words": (np.array(["a", "b"]), ["a", "b"]),
    "band": (Band(*np.array([2.0, 1.0, 3.0])), Band(2.0, 1.0, 3.0)),
}


def passed(value):
    return wire.decode(json.loads(json.dumps(wire.encode(value))))


@pytest.mark.parametrize("name", PLAIN)
def test_plain_values_arrive_as_they_are(name):
    arrived = passed(PLAIN[name])
    assert arrived == PLAIN[name] and type(arrived) is type(PLAIN[name])


@pytest.mark.parametrize("name", BECOME)
def test_other_values_become_plain_ones(name):
    value, plain = BECOME[name]
    assert passed(value) == plain


@pytest.mark.parametrize("kind", ["float64", "float32", "int16", "bool"])
def test_arrays_keep_numbers_type_and_shape(kind):
    array = np.array([[1.5, math.nan, -math.inf], [0, 1, 2]]).astype(kind) if "f" in kind else np.eye(3, dtype=kind)
    for value in (array, array[:0], array[0, 0:1].reshape(())):
        arrived = passed(value)
        assert arrived.dtype == array.dtype and np.array_equal(arrived, value, equal_nan="f" in kind)
    assert np.array_equal(passed(pd.Series([1.0, 2.0])), [1.0, 2.0])


class Hostile:
    def __repr__(self):
        raise RuntimeError("no")


def test_of_all_else_only_the_text_arrives():
    for value in (Hostile(), object(), len, dict, b"42", [Hostile()], ValueError("no")):
        assert isinstance(passed(value), wire.Unreadable)
    endless = []
    endless.append(endless)
    assert isinstance(passed(endless), wire.Unreadable)


@pytest.mark.parametrize("text", [{"code": "1"}, {}, {"array": [1], "type": "O", "shape": [1]}, {"dict": [[[1], 2]]}])
def test_what_was_not_encoded_is_refused(text):
    with pytest.raises((ValueError, TypeError, StopIteration)):
        wire.decode(text)


@pytest.mark.course
def test_all_right_is_right_and_the_grade_says_of_whom_and_why():
    grades = grades_of(sub.all_right)
    assert [grade.state for grade in grades] == ["right"] * 5
    assert {(grade.student, grade.lesson, grade.variant) for grade in grades} == {
        ("ada", sub.LESSON, variant_of(sub.COURSE, "ada"))
    }


def test_what_the_student_writes_over_changes_no_grade():
    assert {grade.state for grade in grades_of(sub.edited_checks)} == {"wrong"}


def test_a_crash_spoils_no_other_answer():
    grades = grades_of(sub.crashing)
    assert tuple(grade.state for grade in grades) == sub.crashing("ada").states
    messages = [grade.message for grade in grades]
    assert "ZeroDivisionError" in messages[0] and "process that ran the code is gone" in messages[1]
    assert "MemoryError" in messages[2] and "SyntaxError" in messages[3]


@pytest.mark.course
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit, or keep it in part")
def test_memory_has_a_limit():
    with Sandbox({}, memory=2**30) as sandbox:
        sandbox.allow(60)
        with pytest.raises(MemoryError):
            sandbox.run("x = bytearray(2**31)", "x")
        assert sandbox.run("x = len(bytearray(2**20))", "x") == 2**20


def test_what_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(Exercise, "SECONDS", 0.25)
    grades = grades_of(sub.endless, seconds=0.5)
    assert tuple(grade.state for grade in grades) == sub.endless("ada").states
    assert "Stopped after 0.25 seconds" in grades[0].message and "stopped after 0.5 seconds" in grades[2].message


@pytest.mark.course
def test_a_copy_is_wrong_and_told_by_the_name_in_it():
    grades = grades_of(sub.copied, "bob")
    assert tuple(grade.state for grade in grades) == sub.copied("bob").states
    assert grades[1].message.endswith("(The notebook is of 'ada'.)")


def test_the_command_writes_a_line_for_each_exercise_of_each_student(tmp_path, capsys):
    for student, kind in {"ada": sub.all_right, "eve": sub.not_a_notebook}.items():
        sub.write(kind(student), tmp_path / "class" / student)
    (tmp_path / "class" / "idle").mkdir()
    (tmp_path / "class" / "eve" / "notes.ipynb").write_text("{}")
    arguments = ["grade", str(tmp_path / "class"), "--course", sub.COURSE, "--output", str(tmp_path / "grades.csv")]
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[:3] == [
        f"{s}  {sub.LESSON}  {n} of 5" for s, n in (("ada", 5), ("eve", 0), ("idle", 0))
    ]
    assert "left out, since it is called as no lesson: eve, notes.ipynb" in told.err
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["points"] for row in rows] == ["1"] * 5 + ["0"] * 10
    assert "no notebook of format 4" in rows[5]["message"] and "was handed in" in rows[-1]["message"]


def test_two_notebooks_of_one_lesson_are_told_and_not_chosen_from(tmp_path):
    for place in ("first", "second"):
        sub.write(sub.all_right("ada"), tmp_path / "ada" / place)
    (grade, *_) = grade_folder(tmp_path, sub.COURSE)
    assert grade.points == 0 and "Which of 2 counts?" in grade.message


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (lambda folder: None, [], "is not there: give a folder that holds a folder for each student"),
        (lambda folder: folder.write_text("x"), [], "is a file: give a folder"),
        (lambda folder: folder.mkdir(), [], "holds no folder"),
        (lambda folder: (folder / "ada").mkdir(parents=True), [], "no notebook that is called as a lesson"),
        (lambda folder: (folder / "ada").mkdir(parents=True), ["--lesson", "nosuch"], "there is no lesson 'nosuch'"),
        (lambda folder: (folder / "ada").mkdir(parents=True), ["--seconds", "0"], "more than 0 seconds"),
    ],
)
def test_a_folder_without_a_class_is_refused_and_nothing_is_written(make, options, message, tmp_path, capsys):
    make(tmp_path / "class")
    output = tmp_path / "grades.csv"
    assert main(["grade", str(tmp_path / "class"), "--course", "nas", "--output", str(output), *options]) == 1
    assert message in capsys.readouterr().err and not output.exists()


def test_the_course_folder_is_written_and_an_unknown_lesson_leaves_none(tmp_path, capsys):
    assert write_assignments([str(tmp_path / "no"), "nas", sub.LESSON, "nosuch"]) == 1
    assert "there is no lesson 'nosuch'" in capsys.readouterr().err and not (tmp_path / "no").exists()
    assert write_assignments([str(tmp_path / "course"), "nas", sub.LESSON]) == 0
    assert len(read_cells(tmp_path / "course" / "handout" / f"{sub.LESSON}.ipynb")) == 3 + 3 * 5
    assert (tmp_path / "course" / "nbgrader_config.py").exists()


CELLS = {
    "%%time\nx = 1": 1,
    "%time x = 2": 2,
    "%matplotlib inline\nlen?\n!echo no\nx = 3": 3,
    "x = (7\n    % 4)\ny = '''\n% no magic\n! no command\n'''": 3,
    "import asyncio\nawait asyncio.sleep(0)\nx = 4": 4,
    "files = !ls\nhere = %pwd\nx = 5": 5,
    "%%capture out\nprint('much')\nx = 6": 6,
    "get_ipython().events.register('post_execute', print)\nx = 7": 7,
}


def test_a_cell_runs_as_it_does_in_a_notebook_and_the_rest_of_a_class_survives_any_text():
    with Sandbox({}) as sandbox:
        sandbox.allow(60)
        assert {source: sandbox.run(source, "x") for source in CELLS} == CELLS
        in_place = sandbox.run("def x(values):\n    values.sort()\n    return values[0]", "x")
        with pytest.raises(Wrong, match="changes what it is given"):
            Called(in_place)(np.array([2, 1]))
        assert sandbox.run("def x(values):\n    return sorted(values)[0]", "x")(np.array([2, 1])) == 1
        bad = sandbox.run("class X:\n    def __repr__(self): return '=1+1 \\ud800'\nx = X()", "x")
        assert repr(bad) == "=1+1 \ud800"


def test_the_csv_file_holds_no_formula_and_any_text(tmp_path):
    grades = [Grade(name, "lesson", "q1", 1, "wrong", 0, f"{name} is no number") for name in ("=1+1", "@x", "\ud800")]
    _write(tmp_path / "grades.csv", grades)
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["student"] for row in rows] == ["'=1+1", "'@x", "\\ud800"]
    assert [row["message"][0] for row in rows] == ["'", "'", "\\"]
    assert variant_of("nas", "\udce9") != variant_of("nas", "\udce8")  # names that are no UTF-8


def test_one_submission_that_the_grader_cannot_take_costs_no_other(tmp_path, monkeypatch):
    for student in ("ada", "bob"):
        sub.write(sub.empty(student), tmp_path / student)
    notebook = tmp_path / "bob" / f"{sub.LESSON}.ipynb"
    notebook.write_bytes(b"\xef\xbb\xbf" + notebook.read_bytes())  # as some editors save it
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "bob" / "pipe.ipynb")

    def fails_for_ada(cells, lesson, student, *rest):
        if student == "ada":
            raise RuntimeError("no")
        return [Grade(student, lesson, "q1", 1, "right", 1, f"{len(cells)} cells")]

    monkeypatch.setattr(grading, "grade_cells", fails_for_ada)
    grades = list(grade_folder(tmp_path, sub.COURSE))
    assert {grade.message for grade in grades if grade.student == "ada"} == {
        "The grader failed (RuntimeError: no): grade this one by hand."
    }
    assert [grade.points for grade in grades if grade.student == "bob"] == [1]
