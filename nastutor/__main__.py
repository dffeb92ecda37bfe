"""The commands ``python -m nastutor doctor`` and ``python -m nastutor copy DIR``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from nastutor.doctor import examine
from nastutor.resources import notebooks_path


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0 if all is well, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m nastutor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say what is installed, what is missing, and how to get it")
    copy = commands.add_parser("copy", help="put the lessons into a folder of your own, to work on")
    copy.add_argument("folder", type=Path, metavar="DIR")
    options = parser.parse_args(arguments)
    if options.command == "doctor":
        report, is_well = examine()
        print(report)
        return 0 if is_well else 1
    return copy_lessons(options.folder)


def copy_lessons(folder: Path) -> int:
    """Copy the lessons, the glossary and the pictures; what is there already, be it a broken link, is left alone."""
    source = notebooks_path()
    files = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.suffix in (".ipynb", ".md", ".png")]
    files = [name for name in files if ".ipynb_checkpoints" not in name.parts]
    kept = [name for name in files if os.path.lexists(folder / name)]
    try:
        for name in files:
            if name not in kept:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, folder / name)
    except (FileExistsError, NotADirectoryError) as error:
        print(f"{error.filename} is in the way, since it is no folder: name another, or move it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot copy to {folder}: {error}", file=sys.stderr)
        return 1
    print(f"copied {len(files) - len(kept)} files to {folder}; open them with: jupyter lab {folder}")
    if kept:
        print(f"left alone, since they are there already: {', '.join(map(str, kept))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
