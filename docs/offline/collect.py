"""Collect in a folder, for a USB stick, what a room without internet needs.

    python docs/offline/collect.py build/wheelhouse [--without-torch] [--torch-index ADDRESS]

    wheels/            nastutor and all that JupyterLab and the lessons need, as pip installs it
    constraints.txt    their exact versions
    lessons/           the lessons, to be read without installing anything
    site/              the pages of `make site`, if they were built
    install.py         what everybody runs: an environment, the wheels, a copy of the lessons
    README.md          what to do with all of it

The wheels are those of the system and the Python that collect them. For a room of several kinds of computers run this
on one of each kind, into the same folder: what is there is kept.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = ROOT / "docs" / "offline"
SITE = ROOT / "build" / "site"
LESSON_FILES = ("*.ipynb", "*.md", "images/*.png")


def collect(folder: Path, with_torch: bool, torch_index: str | None) -> None:
    """Fill the folder, and print how large its parts are."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    _collect_wheels(wheels, f"{ROOT}[lab]")
    _print_size("without torch", wheels)
    if with_torch:
        if torch_index:  # torch alone: what it needs comes from where everything else comes from
            _collect_wheels(wheels, "torch", "--no-deps", "--index-url", torch_index)
        _collect_wheels(wheels, f"{ROOT}[lab,torch,deploy]")
        _print_size("with torch", wheels)
    for pattern in LESSON_FILES:
        for path in (ROOT / "notebooks").glob(pattern):
            copy = folder / "lessons" / path.relative_to(ROOT / "notebooks")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    for path in (ROOT / "constraints.txt", OFFLINE / "install.py", OFFLINE / "README.md"):
        shutil.copyfile(path, folder / path.name)
    if SITE.is_dir():
        shutil.copytree(SITE, folder / "site", dirs_exist_ok=True)
    _print_size("all of it", folder)


def _collect_wheels(folder: Path, requirement: str, *options: str) -> None:
    """Let pip download wheels, and make them of what is only there as source."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "-c", str(ROOT / "constraints.txt")]
    command += ["--find-links", str(folder), "--wheel-dir", str(folder), *options, requirement]
    subprocess.run(command, check=True)


def _print_size(what: str, folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    print(f"{folder}, {what}: {len(files)} files, {megabytes:,.0f} MB", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without-torch", action="store_true", help="lessons that need no torch are enough")
    parser.add_argument("--torch-index", help="a pip index to take torch from, such as one of CPU builds")
    options = parser.parse_args()
    collect(options.folder, not options.without_torch, options.torch_index)
