import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from nastutor import doctor, search
from nastutor.__main__ import main
from nastutor.resources import data_path, notebooks_path
from nastutor.searchers import RandomSearch
from nastutor.spaces import CellSpace


def test_the_doctor_reports_what_is_there(capsys):
    pytest.importorskip("torch")
    assert main(["doctor"]) == 0
    report = capsys.readouterr().out
    assert "all is well" in report
    assert "15,625 architectures" in report
    assert f"{len(list(notebooks_path().glob('*.ipynb')))} in " in report


def with_versions(monkeypatch, **versions):
    """Let the doctor see other versions, or (None) packages that are not installed."""

    def version(name):
        if versions.get(name, "") is None:
            raise PackageNotFoundError(name)
        return versions.get(name, "999")

    monkeypatch.setattr(doctor, "version", version)


def test_the_doctor_says_what_is_missing_and_how_to_get_it(monkeypatch, capsys):
    with_versions(monkeypatch, networkx=None, torch=None, jupyterlab=None)
    assert main(["doctor"]) == 1
    report = capsys.readouterr().out
    assert "networkx is missing: pip install networkx" in report
    lessons = "04, 05, 06, 07, 08, 09, 10, 11, 13, 14, 15, 17, 20"
    assert f"torch is missing for lessons {lessons}: pip install torch" in report
    assert "jupyterlab not installed; to open lessons on this machine: pip install jupyterlab" in report
    assert report.count("  - ") == 2


def test_the_doctor_compares_versions_with_the_lower_bounds(monkeypatch, capsys):
    with_versions(monkeypatch, numpy="1.20.3", torch="1.0+cpu", jupyterlab="3.6")
    assert main(["doctor"]) == 1
    report = capsys.readouterr().out
    assert 'numpy 1.20.3 is too old: pip install "numpy>=' in report
    assert "torch 1.0+cpu is too old for lessons 04, " in report
    assert 'jupyterlab 3.6 is too old: pip install "jupyterlab>=' in report


def test_without_torch_the_doctor_is_not_content(monkeypatch, capsys):
    with_versions(monkeypatch, torch=None)
    assert main(["doctor"]) == 1
    assert "all is well" not in capsys.readouterr().out


def test_the_doctor_opens_every_file_of_data():
    assert set(doctor.DATA_FILES) == {path.name for path in data_path("").glob("*.npz")}


def test_the_doctor_notices_a_checkout_that_was_moved_or_copied(tmp_path):
    root = data_path("").parent
    for name in ("nastutor", "data", "notebooks"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "nastutor", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"lessons do not find this nastutor ({tmp_path / 'nastutor' / '__init__.py'}), but " in done.stdout
    assert "Was the checkout moved or copied? Install it where it is: `make lab`" in done.stdout


def test_the_doctor_notices_a_kernel_of_another_python(monkeypatch, tmp_path, capsys):
    kernelspec = pytest.importorskip("jupyter_client.kernelspec")
    with_versions(monkeypatch)
    for argv, is_well in [(["python3"], True), ([sys.executable], True), ([str(tmp_path / "python")], False)]:
        spec = kernelspec.KernelSpec(argv=argv)
        monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", lambda self, name, spec=spec: spec)
        assert (main(["doctor"]) == 0) is is_well
        assert ("which is not this Python" not in capsys.readouterr().out) is is_well


def test_the_doctor_notices_damaged_data(monkeypatch, tmp_path, capsys):
    (tmp_path / "nasbench201.npz").write_bytes(b"not an archive")
    monkeypatch.setattr("nastutor.arrays.data_path", lambda name: tmp_path / name)
    assert main(["doctor"]) == 1
    report = capsys.readouterr().out
    assert "BROKEN" in report and "nasbench201.npz is damaged" in report


def test_the_doctor_runs_as_a_command():
    done = subprocess.run([sys.executable, "-m", "nastutor", "doctor"], capture_output=True, text=True)
    assert done.stdout.startswith("nastutor ")


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
