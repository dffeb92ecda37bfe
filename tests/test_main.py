import contextlib
import io
import json
import os
import shutil
import subprocess
import sys

import pytest

from nastutor import search
from nastutor.__main__ import main
from nastutor.resources import data_path
from nastutor.searchers import RandomSearch
from nastutor.spaces import CellSpace


@pytest.mark.parametrize("command", [["ledger"], ["ledger", "sharing"], ["--help"]])
def test_letters_that_a_file_cannot_hold_are_replaced(monkeypatch, command):
    """As on Windows, whose code page has no Greek letters and no arrows."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    with contextlib.suppress(SystemExit):  # of --help
        main(command)
    stream.flush()
    assert len(stream.buffer.getvalue()) > 200


@pytest.mark.skipif(os.name == "nt", reason="Windows has another error for it")
def test_who_reads_the_first_line_only_sees_no_traceback():
    command = [sys.executable, "-m", "nastutor", "ledger"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


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
    assert "copied 1 files" in said and f'python -m jupyterlab "{folder}"' in said
    assert "left alone, since they are there already: 00_start_here.ipynb" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a privilege to make links")
def test_what_is_no_folder_is_not_copied_into(tmp_path, capsys):
    for name in ("file", "lessons/images"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for folder, wrong in [("file", "file"), ("file/in/it", "file"), ("link", "link"), ("lessons", "lessons/images")]:
        assert main(["copy", str(tmp_path / folder)]) == 1
        assert f"{tmp_path / wrong}" in capsys.readouterr().err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x" and not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a privilege to make links")
def test_copying_writes_through_no_link(tmp_path, capsys):
    outside, folder = tmp_path / "outside", tmp_path / "lessons"
    folder.mkdir()
    (folder / "glossary.md").symlink_to(outside)
    (folder / "00_start_here.ipynb").mkdir()
    assert main(["copy", str(folder)]) == 0
    assert not outside.exists() and (folder / "01_encoding.ipynb").exists()
    assert "left alone, since they are there already: 00_start_here.ipynb, glossary.md" in capsys.readouterr().out


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path, monkeypatch, capsys):
    def refuse(source, target):
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(shutil, "copyfile", refuse)
    assert main(["copy", str(tmp_path)]) == 1
    assert f"cannot copy to {tmp_path}: [Errno 13] Permission denied" in capsys.readouterr().err


def test_missing_data_are_named_with_the_cure():
    with pytest.raises(FileNotFoundError, match=r"data/none.npz is missing.*git checkout data"):
        data_path("none.npz")


def test_the_audit_prints_the_checklist_and_tells_by_its_exit_status_whether_something_fails(tmp_path, capsys):
    cells = CellSpace()
    search(RandomSearch(cells), lambda genotype: {"val_accuracy": float(sum(genotype))}, 5, log=tmp_path / "run.jsonl")
    assert main(["audit", str(tmp_path / "run.jsonl")]) == 1
    printed = capsys.readouterr().out
    assert "fail       Are there enough runs?  RandomSearch: 1" in printed
    assert "pass       Did all runs end?" in printed
    assert main(["audit", str(tmp_path / "none.jsonl")]) == 1
    assert "there is no file" in capsys.readouterr().err
    (tmp_path / "letter").write_text("Dear all")
    assert main(["audit", str(tmp_path / "letter")]) == 1
    assert "letter, line 1: not a log" in capsys.readouterr().err


def test_the_ledger_is_listed_and_one_claim_shown_with_its_numbers(capsys):
    assert main(["ledger"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 40 and any(line.startswith("aging ") for line in lines)
    assert main(["ledger", "aging"]) == 0
    shown = capsys.readouterr().out
    assert "Real et al. 2019" in shown and shown.count("[") == 10
    assert main(["ledger", "asha"]) == 0
    assert "not asked here: two processors" in capsys.readouterr().out
    assert main(["ledger", "ageing"]) == 1
    assert "there is no claim 'ageing': choose one of" in capsys.readouterr().err
