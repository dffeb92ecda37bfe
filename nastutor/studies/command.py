"""The command lines of studies: ``python -m nastutor.studies.NAME`` and the file that it makes."""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def parser_of(name: str, documentation: str | None) -> argparse.ArgumentParser:
    """Return a parser for the command of a module of this room, which its documentation begins by describing."""
    first_line = (documentation or "").partition("\n")[0]
    return argparse.ArgumentParser(prog=f"python -m nastutor.studies.{name}", description=first_line)


def npz_path(text: str) -> Path:
    """Return the path of a file of arrays, which need not exist yet.

    Raises
    ------
    ArgumentTypeError : another ending, or a folder.
    """
    path = Path(text)
    if path.suffix != ".npz" or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: name a file that ends in .npz")
    return path


def existing_path(text: str) -> Path:
    """Return the path of a file or folder that exists.

    Raises
    ------
    ArgumentTypeError : there is none.
    """
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such file")
    return path


def new_processes(workers: int | None = None, initializer: Callable[[], object] | None = None) -> ProcessPoolExecutor:
    """Return a pool of so many processes (None: one a processor), each of which begins with `initializer`.

    They are spawned, not forked: a fork of a process with threads inherits the locks that these hold, and may wait for
    ever.
    """
    return ProcessPoolExecutor(workers or os.cpu_count(), multiprocessing.get_context("spawn"), initializer)


def run(
    build: Callable[[Path], None], name: str, documentation: str | None, arguments: Sequence[str] | None = None
) -> None:
    """Make the file that the command line names."""
    parser = parser_of(name, documentation)
    parser.add_argument("file", type=npz_path, metavar="FILE.npz", help="is made, or completed if it is there")
    build(parser.parse_args(arguments).file)
