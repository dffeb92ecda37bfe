"""Lay the lessons out as somebody finds them who opened one on Colab, for `make test` to run there.

    python tests/notebooks/alone.py build/alone

    build/alone/site/                        the built wheel, unpacked: what pip would have installed
    build/alone/ipython/                     a start-up file that plays Colab
    build/alone/with_torch/NN_topic/         a folder with that lesson and nothing else
    build/alone/without_torch/NN_topic/      the lessons that need no torch, and there find none
    build/alone/longest_first.txt            all those copies, in an order that keeps two processes busy to the end

A copy has two cells more than its lesson: the one that installs the package on Colab comes first, and the last one fails
if the lesson was not alone (other code than the wheel's) or leaves a file behind.
"""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from hatchling.builders.wheel import WheelBuilder
from stamp_links import ROOT, stamp

ADDRESS, TAG = "https://github.com/somebody/lessons", "v0.0.1"

# IPython runs this before the first cell.
STARTUP = '''
import os
import sys
import types

sys.modules["google.colab"] = types.ModuleType("google.colab")
colab_installs = []

@get_ipython().register_magic_function
def pip(line):
    """Only write down what is to be installed: the wheel is there."""
    colab_installs.append(line)

class NoTorch:
    def find_spec(name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name=name)

if "without_torch" in os.getcwd():
    sys.meta_path.insert(0, NoTorch)
'''

ALONE = """
import os
import nastutor

assert nastutor.__file__.startswith({site!r}), f"this is not the wheel's code: {{nastutor.__file__}}"
assert os.listdir() == [{name!r}], f"a lesson leaves no files behind: {{os.listdir()}}"
assert colab_installs == [{install!r}], f"on Colab this is installed: {{colab_installs}}"
"""


def lay_out(folder: Path, lessons: Sequence[Path]) -> None:
    """Make the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text(STARTUP, encoding="utf-8")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    copies = {}
    for lesson in lessons:
        notebook = nbformat.read(lesson, as_version=4)
        about = notebook.cells[0].source
        (seconds,) = re.findall(r"about (\d+) seconds? of one core", about)
        (needs_torch,) = re.findall(r"\*\*Needs torch\*\* \| (yes|no) \|", about)
        uses_torch = needs_torch == "yes" or any("import torch" in cell.source for cell in notebook.cells)
        if uses_torch:
            copies[_write(notebook, folder / "with_torch", lesson.name)] = int(seconds)
        if needs_torch == "no":
            copy = nbformat.from_dict(notebook)
            if uses_torch:  # its stored outputs are those with torch
                _ignore_outputs(copy)
            copies[_write(copy, folder / "without_torch", lesson.name)] = int(seconds)
    longest_first = sorted(copies, key=lambda copy: -copies[copy])
    (folder / "longest_first.txt").write_text("\n".join(map(str, longest_first)) + "\n", encoding="utf-8")


def _ignore_outputs(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "nbval-ignore-output"})


def _write(notebook: nbformat.NotebookNode, folder: Path, name: str) -> Path:
    """Write a lesson with its first and last cell into a folder of its own."""
    copy = nbformat.from_dict(notebook)
    stamp(copy, name, ADDRESS, TAG)
    install = f'install -q "nastutor @ git+{ADDRESS}@{TAG}"'
    site = str(folder.resolve().parent / "site")
    copy.cells.append(nbformat.v4.new_code_cell(ALONE.format(site=site, name=name, install=install)))
    path = folder / Path(name).stem / name
    path.parent.mkdir(parents=True)
    nbformat.write(copy, path)
    return path


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]), sorted((ROOT / "notebooks").glob("*.ipynb")))
