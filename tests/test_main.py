import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from nastutor import doctor
from nastutor.__main__ import main
from nastutor.resources import data_path, notebooks_path


def test_the_doctor_reports_what_is_there(capsys):
    assert main(["doctor"]) == 0
    report = capsys.readouterr().out
    assert "all is well" in report
    assert "15,625 architectures" in report
    assert f"{len(list(notebooks_path().glob('*.ipynb')))} in " in report


def test_the_doctor_says_what_is_missing_and_how_to_get_it(monkeypatch, capsys):
    def version(name):
        if name in ("networkx", "torch"):
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    assert main(["doctor"]) == 1
    report = capsys.readouterr().out
    assert "networkx is missing: pip install networkx" in report
    assert "needed for the lessons that train networks, from 04 on: pip install torch" in report


def test_the_doctor_notices_damaged_data(monkeypatch, tmp_path, capsys):
    (tmp_path / "nasbench201.npz").write_bytes(b"not an archive")
    monkeypatch.setattr("nastutor.arrays.data_path", lambda name: tmp_path / name)
    assert main(["doctor"]) == 1
    report = capsys.readouterr().out
    assert "BROKEN" in report and "is damaged" in report


def test_the_doctor_runs_as_a_command():
    done = subprocess.run([sys.executable, "-m", "nastutor", "doctor"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("nastutor ")


def test_copied_lessons_are_whole_and_a_second_copy_leaves_edits_alone(tmp_path, capsys):
    folder = tmp_path / "my" / "lessons"
    assert main(["copy", str(folder)]) == 0
    lesson = folder / "00_start_here.ipynb"
    assert json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    assert (folder / "glossary.md").exists() and (folder / "images" / "results.png").exists()
    lesson.write_text("mine", encoding="utf-8")
    (folder / "glossary.md").unlink()
    assert main(["copy", str(folder)]) == 0
    assert lesson.read_text(encoding="utf-8") == "mine"
    assert (folder / "glossary.md").exists()
    said = capsys.readouterr().out
    assert "copied 1 files" in said
    assert "left alone, since they are there already: 00_start_here.ipynb" in said


def test_copying_onto_a_file_is_refused(tmp_path, capsys):
    target = tmp_path / "file"
    target.write_text("x", encoding="utf-8")
    assert main(["copy", str(target)]) == 1
    assert "name a folder" in capsys.readouterr().err


def test_missing_data_are_named_with_the_cure():
    with pytest.raises(FileNotFoundError, match=r"data/none.npz is missing.*git checkout data"):
        data_path("none.npz")
