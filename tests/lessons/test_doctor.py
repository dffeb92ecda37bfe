import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from nastutor.__main__ import main
from nastutor.lessons import doctor
from nastutor.resources import data_path, notebooks_path


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
