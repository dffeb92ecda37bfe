"""Where the data that ships lies: in the wheel inside the package, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path


def data_path(name: str) -> Path:
    """Return the path of a data file.

    Raises
    ------
    FileNotFoundError : the file is in neither place.
    """
    package = Path(__file__).parent
    places = [package / "data" / name, package.parent / "data" / name]
    for path in places:
        if path.exists():
            return path
    raise FileNotFoundError(
        f"{name} is missing: looked for {' and '.join(map(str, places))}. "
        "Install nastutor again, or in a checkout restore it with `git checkout data`."
    )
