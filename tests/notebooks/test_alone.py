"""Each lesson runs by itself: in an empty folder, against the built wheel, as on Colab; without torch if it says so."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbclient
import nbformat
import pytest
from hatchling.builders.wheel import WheelBuilder
from stamp_links import ROOT, stamp

ADDRESS, TAG = "https://github.com/somebody/lessons", "v0.0.1"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))

SITE = """
import os
import sys
import google.colab

class NoTorch:
    def find_spec(name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name=name)

if os.environ["TORCH"] == "no":
    sys.meta_path.insert(0, NoTorch)
"""

STARTUP = """
from IPython.core.magic import register_line_magic

@register_line_magic
def pip(line):
    with open("pip.txt", "a") as file:
        file.write(line + "\\n")
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, unpacked: what pip would install."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def environment(wheel, tmp_path, monkeypatch):
    """An empty folder, and a kernel that finds the wheel, a stand-in for google.colab, and at first no torch."""
    stand_in = tmp_path / "stand_in"
    (stand_in / "google" / "colab").mkdir(parents=True)
    (stand_in / "google" / "colab" / "__init__.py").touch()
    (stand_in / "sitecustomize.py").write_text(SITE)
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text(STARTUP)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [stand_in, wheel])))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TORCH", "no")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    empty = tmp_path / "empty"
    empty.mkdir()
    return empty


def test_the_stand_ins_stand(environment, wheel):
    code = "import sys, nastutor; print(nastutor.__file__); print('google.colab' in sys.modules); import torch"
    done = subprocess.run([sys.executable, "-c", code], cwd=environment, capture_output=True, text=True)
    where, is_colab = done.stdout.split()
    assert Path(where).is_relative_to(wheel) and is_colab == "True"
    assert "torch" in done.stderr and done.returncode == 1


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_alone(path, environment, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    (needs_torch,) = re.findall(r"\*\*Needs torch\*\* \| (yes|no) \|", notebook.cells[0].source)
    if needs_torch == "yes":
        pytest.importorskip("torch")
    monkeypatch.setenv("TORCH", needs_torch)
    stamp(notebook, path.name, ADDRESS, TAG)
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(environment)}}).execute()
    installs = (environment / "pip.txt").read_text().splitlines()
    assert installs == [f'install -q "nastutor @ git+{ADDRESS}@{TAG}"']
    assert {file.name for file in environment.iterdir()} == {"pip.txt"}, "a lesson leaves no files behind"
