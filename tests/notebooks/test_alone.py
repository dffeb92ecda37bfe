"""`make test` runs every lesson alone, as on Colab, and sees what would fail there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from alone import lay_out
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from stamp_links import ROOT

ABOUT = "# A lesson\n| **Time** | 1 minute to read, about {} seconds of one core to run |\n| **Needs torch** | {} |"
GOOD = "import nastutor\nprint(nastutor.load_benchmark('nasbench201', dataset='cifar10', search_seed=0).space.size)"
TORCH = "from importlib.util import find_spec\nassert find_spec('torch')"
NOT_THE_WHEELS = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{GOOD}"
LESSONS = {  # name: (seconds, needs torch, code, what it prints)
    "good": (3, "no", GOOD, "15625\n"),
    "torch_that_is_needed": (1, "yes", TORCH, ""),
    "torch_if_there": (2, "no", "try:\n    import torch\n    print(1)\nexcept ModuleNotFoundError:\n    print(2)", "1\n"),
    "torch_unsaid": (5, "no", TORCH, ""),
    "code_that_is_not_the_wheels": (4, "no", NOT_THE_WHEELS, "15625\n"),
    "a_file_and_another_output": (6, "no", "open('left.txt', 'w').close()\nprint(3)", "4\n"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    lessons = []
    for name, (seconds, needs_torch, code, printed) in LESSONS.items():
        cell = new_code_cell(code, execution_count=1, outputs=[new_output("stream", name="stdout", text=printed)] if printed else [])
        lessons.append(tmp_path_factory.mktemp("lessons") / f"{name}.ipynb")
        cells = [new_markdown_cell(ABOUT.format(seconds, needs_torch)), cell]
        nbformat.write(new_notebook(cells=cells), lessons[-1])
    folder = tmp_path_factory.mktemp("alone")
    lay_out(folder, lessons)
    return folder


def test_every_lesson_is_there_the_longest_first(folder):
    order = [Path(line).relative_to(folder).parts[:2] for line in (folder / "longest_first.txt").read_text().split()]
    assert order == [
        ("without_torch", "a_file_and_another_output"),
        ("without_torch", "torch_unsaid"),
        ("without_torch", "code_that_is_not_the_wheels"),
        ("without_torch", "good"),
        ("with_torch", "torch_if_there"),
        ("without_torch", "torch_if_there"),
        ("with_torch", "torch_that_is_needed"),
    ]
    assert all([file.name for file in (folder / a / b).iterdir()] == [f"{b}.ipynb"] for a, b in order)


def failures(folder, lessons, **environment):
    """Run lessons as the Makefile does; the names of folder and lesson, and the number of the cell, that fail."""
    outer = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", *lessons]
    done = subprocess.run(command, env=outer | environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {tuple(found) for found in re.findall(r"^FAILED (\w+)/.*/(\w+)\.ipynb::Cell (\d)", done.stdout, re.M)}


@pytest.mark.long
def test_what_fails_on_colab_fails_here(folder):
    pytest.importorskip("torch")
    path = os.pathsep.join([str(folder / "site"), str(ROOT / "tests" / "light")])
    found = failures(folder, ["@longest_first.txt"], PYTHONPATH=path, IPYTHONDIR=str(folder / "ipython"))
    assert found == {
        ("without_torch", "torch_unsaid", "1"),
        ("without_torch", "code_that_is_not_the_wheels", "2"),
        ("without_torch", "a_file_and_another_output", "1"),
        ("without_torch", "a_file_and_another_output", "2"),
    }
