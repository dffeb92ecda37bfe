"""What binder/ installs, installed in a clean virtual environment: is it enough for a lesson that trains?

Run by `make test-binder`; it downloads some hundred megabytes (torch too, or TORCH_FROM=--find-links=FOLDER).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = [
    pytest.mark.binder,
    pytest.mark.skipif(sys.platform == "win32", reason="Binder runs Linux, and binder/ has scripts for its shell"),
]

ROOT = Path(__file__).parents[2]
LESSON = "06_training_and_budgets.ipynb"


def first_cells(lesson):
    """A copy of a lesson that ends where it has trained a first network."""
    notebook = nbformat.read(lesson, as_version=4)
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and " = train(" in cell.source)
    notebook.cells = notebook.cells[: first + 1]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def test_a_network_is_trained_on_a_processor_in_what_binder_installs(tmp_path):
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, listed):
        (tmp_path / "repository" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "repository" / name)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "environment"], check=True)
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    clean["PATH"] = f"{tmp_path / 'environment' / 'bin'}{os.pathsep}{clean['PATH']}"

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path / "repository", env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("binder/postBuild")
    assert run("python", "-c", "import torch; print(torch.version.cuda)") == "None\n"
    installed = run("python", "-m", "pip", "list").lower()
    assert "jupyterlab " in installed and "nvidia" not in installed

    lesson = tmp_path / "repository" / "notebooks" / LESSON
    nbformat.write(first_cells(lesson), lesson)
    run("binder/start", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(lesson))
    (shown,) = [o for o in nbformat.read(lesson, as_version=4).cells[-1].outputs if o.output_type == "execute_result"]
    assert "live, seed 0" in shown["data"]["text/plain"]
