"""What `make release` built in dist/, installed where nothing else is: as whoever gets it from an index does.

Run by `make release`; it downloads what nastutor and its extra `lab` need, in the newest versions.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from nastutor import __version__
from nastutor.lessons.doctor import DATA_FILES

pytestmark = pytest.mark.release

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
LESSONS = ROOT / "notebooks"
WHEEL, ARCHIVE = f"nastutor-{__version__}-py3-none-any.whl", f"nastutor-{__version__}.tar.gz"
LARGEST_MB = 20
LESSON = "01_encoding.ipynb"

TABLES = """
from nastutor import load_benchmark, search
from nastutor.arrays import read_arrays
from nastutor.lessons.doctor import DATA_FILES
from nastutor.resources import data_path
from nastutor.searchers import RegularizedEvolution
import nastutor

assert "site-packages" in nastutor.__file__, nastutor.__file__
for name in DATA_FILES:
    read_arrays(data_path(name), "")
for name in ("nasbench201", "glyphs", "digits", "nasbench_graph", "sequences", "fcnet"):
    bench = load_benchmark(name)
    assert len(bench) > 0, name
bench = load_benchmark("nasbench201", dataset="cifar10", search_seed=0)
history = search(RegularizedEvolution(bench.space, seed=1), bench.evaluate, budget=200)
print(bench.report(history.best().genotype)["val_accuracy"] > 90)
"""


class Environment:
    """A virtual environment in a folder of its own, from which no checkout is seen."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
        binaries = folder / "environment" / ("Scripts" if sys.platform == "win32" else "bin")
        unwanted = ("PYTHONPATH", "VIRTUAL_ENV", "MPLBACKEND")
        self.variables = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.variables["PATH"] = f"{binaries}{os.pathsep}{self.variables['PATH']}"
        self.python = binaries / "python"

    def run(self, *arguments, fails=False):
        """Run its Python; return what it prints."""
        return self._call(self.python, *arguments, fails=fails)

    def install(self, requirement):
        """Install as whoever downloads it: with pip, or with uv for `make release UV=uv`."""
        uv = os.environ.get("UV")
        pip = [uv, "pip", "install", "--python", self.python] if uv else [self.python, "-m", "pip", "install"]
        self._call(*pip, "--quiet", requirement)

    def _call(self, *command, fails=False):
        done = subprocess.run(command, cwd=self.folder, env=self.variables, capture_output=True, text=True)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def with_wheel(tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp("empty"))
    environment.install(f"{DIST / WHEEL}[lab]")
    return environment


@pytest.fixture(scope="module")
def with_archive(tmp_path_factory):
    environment = Environment(tmp_path_factory.mktemp("empty"))
    environment.install(DIST / ARCHIVE)
    return environment


@pytest.fixture(params=["with_wheel", "with_archive"])
def environment(request):
    return request.getfixturevalue(request.param)


def test_the_wheel_and_the_source_archive_of_this_version_are_there_and_the_wheel_is_small():
    assert {path.name for path in DIST.iterdir()} == {WHEEL, ARCHIVE}
    assert (DIST / WHEEL).stat().st_size <= LARGEST_MB * 10**6


def test_the_doctor_misses_nothing_but_torch(environment):
    report = environment.run("-m", "nastutor", "doctor", fails=True)
    problems = report.split("to mend:\n")[1].splitlines()
    assert len(problems) == 1 and "torch is missing for lessons 04, " in problems[0], report
    assert f"{len(DATA_FILES)} of {len(DATA_FILES)} files are whole" in report


def test_every_table_opens_and_a_search_finds_a_good_cell(environment):
    assert environment.run("-c", TABLES) == "True\n"


def test_all_lessons_are_copied(environment):
    environment.run("-m", "nastutor", "copy", "lessons")
    copied, ours = ({path.name for path in f.glob("*.ipynb")} for f in (environment.folder / "lessons", LESSONS))
    assert copied == ours


def test_a_copied_lesson_runs(with_wheel):
    with_wheel.run("-m", "nastutor", "copy", "copies")
    with_wheel.run("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", f"copies/{LESSON}")
    lesson = nbformat.read(with_wheel.folder / "copies" / LESSON, as_version=4)
    assert all(cell.execution_count for cell in lesson.cells if cell.cell_type == "code")
