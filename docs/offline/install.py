"""Install nastutor from this stick, without internet: ``python install.py [FOLDER] [--without-torch]``.

FOLDER (``nastutor`` in the current folder, if none is named) gets an environment and a copy of the lessons.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

STICK = Path(__file__).resolve().parent


def install(folder: Path, with_torch: bool) -> None:
    """Make an environment of the wheels on the stick, copy the lessons, and say how to start."""
    environment = folder.resolve() / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    python = binaries / "python"
    has_torch = any((STICK / "wheels").glob("torch-*.whl"))
    extras = "lab,torch,deploy" if with_torch and has_torch else "lab"
    print("Installing: a minute or two ...", flush=True)
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"]
    pip += ["--find-links", STICK / "wheels", "-c", STICK / "constraints.txt", f"nastutor[{extras}]"]
    if subprocess.run(pip).returncode:
        sys.exit(
            f"This stick has no wheels for {platform.system()} ({platform.machine()}) with Python "
            f"{platform.python_version()}, or not all. It has: {', '.join(kinds())}. Take a Python that it has wheels "
            "for, or collect them on a computer of this kind (see README.md)."
        )
    lessons = folder.resolve() / "lessons"
    subprocess.run([python, "-m", "nastutor", "copy", lessons], check=True)
    subprocess.run([python, "-m", "nastutor", "doctor"])  # without torch it is not content, and says so
    call = "& " if sys.platform == "win32" else ""  # as PowerShell calls a program whose path is in quotes
    print(f'\nTo start, now and every time:\n\n    {call}"{binaries / "jupyter-lab"}" "{lessons}"\n')


def kinds() -> list[str]:
    """Return the Pythons and systems that numpy's wheels on the stick are for."""
    return sorted("-".join(path.stem.split("-")[2:]) for path in (STICK / "wheels").glob("numpy-*.whl"))


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  (whatever Python a room has runs this file)
        sys.exit(f"Python 3.11 or newer is needed, this is {platform.python_version()}")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("nastutor"))
    parser.add_argument("--without-torch", action="store_true", help="save its space: many lessons need none")
    options = parser.parse_args()
    install(options.folder, not options.without_torch)
