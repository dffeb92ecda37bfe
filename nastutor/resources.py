"""Where the data and the lessons lie: in the wheel inside the package, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path


def data_path(name: str) -> Path:
    """Return the path of a data file.

    Raises
    ------
    FileNotFoundError : it is in neither place.
    """
    return _find(f"data/{name}")


def notebooks_path() -> Path:
    """Return the folder of the lessons.

    Raises
    ------
    FileNotFoundError : it is in neither place.
    """
    return _find("notebooks")


def _find(name: str) -> Path:
    package = Path(__file__).parent
    places = [package / name, package.parent / name]
    for path in places:
        if path.exists():
            return path
    raise FileNotFoundError(
        f"{name} is missing: looked for {' and '.join(map(str, places))}. "
        f"Install nastutor again, or in a checkout restore it with `git checkout {name.split('/')[0]}`."
    )
