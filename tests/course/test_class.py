"""A class of every kind of submission, graded by the command and by nbgrader: from an empty folder to a CSV file."""

import csv
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import submissions as sub

from nastutor.course.assignments import handout, write_course

pytestmark = pytest.mark.course


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def call(*command, folder):
    """Run a command as in an activated environment: nbgrader looks for its database's tool on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_grades_every_kind_as_it_should_be(tmp_path):
    expected = sub.write_class(tmp_path / "submitted")
    command = [sys.executable, "-m", "nastutor", "grade", "submitted", "--course", sub.COURSE, "--seconds", "5"]
    call(*command, "--gigabytes", "2", folder=tmp_path)
    found = defaultdict(dict)
    for row in read(tmp_path / "grades.csv"):
        found[row["student"]][row["exercise"]] = row["state"]
    assert found == expected


def test_nbgrader_grades_every_kind_as_it_should_be(tmp_path):
    pytest.importorskip("nbgrader")
    write_course(tmp_path, sub.COURSE, [sub.LESSON])
    expected = sub.write_class(tmp_path / "submitted", Path(sub.LESSON))
    nbgrader = [sys.executable, "-m", "nbgrader"]
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    call(*nbgrader, "generate_assignment", sub.LESSON, folder=tmp_path)
    call(*nbgrader, "release_assignment", sub.LESSON, f"--Exchange.root={tmp_path / 'exchange'}", folder=tmp_path)
    released = next((tmp_path / "exchange").rglob(f"{sub.LESSON}.ipynb"))
    sources = [cell["source"] for cell in json.loads(released.read_text(encoding="utf-8"))["cells"]]
    own = handout(json.loads((tmp_path / "source" / sub.LESSON / f"{sub.LESSON}.ipynb").read_text(encoding="utf-8")))
    assert ["".join(s).rstrip() for s in sources] == ["".join(cell["source"]).rstrip() for cell in own["cells"]]
    call(*nbgrader, "autograde", sub.LESSON, "--GradeAnswers.seconds=5", folder=tmp_path)
    call(*nbgrader, "export", "--to", "grades.csv", folder=tmp_path)
    points = {
        row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in read(tmp_path / "grades.csv")
    }
    assert points == {s: (list(states.values()).count(sub.RIGHT), 5) for s, states in expected.items()}
    for student, states in expected.items():
        graded = json.loads((tmp_path / "autograded" / student / sub.LESSON / f"{sub.LESSON}.ipynb").read_text())
        checks = {sub.marks(cell).get("grade_id"): cell["outputs"] for cell in graded["cells"] if sub.marks(cell)}
        told = {
            name: output[0].get("evalue") or output[0]["text"] for name in states if (output := checks[f"check-{name}"])
        }
        assert {name: "".join(text).lower().startswith(states[name]) for name, text in told.items()} == dict.fromkeys(
            states, True
        )


def test_the_lecturers_notebook_passes_its_own_checks(tmp_path):
    write_course(tmp_path, sub.COURSE, [sub.LESSON])
    notebook = tmp_path / "source" / sub.LESSON / f"{sub.LESSON}.ipynb"
    call(
        sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(notebook), folder=tmp_path
    )
