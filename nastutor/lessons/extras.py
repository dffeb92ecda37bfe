"""What a lesson needs beyond the package: said in one line, before anything fails."""

from __future__ import annotations

from importlib.util import find_spec


class MissingPackageError(ImportError):
    """A package that a lesson needs is not installed."""

    def _render_traceback_(self) -> list[str]:  # what IPython shows in the place of a traceback
        return [str(self)]


def need(*packages: str) -> None:
    """Say how to get the packages that a lesson needs, if one is missing.

    Parameters
    ----------
    packages : as they are imported, such as ``"torch"``.

    Raises
    ------
    MissingPackageError : not all are installed; in a notebook, its one line stands in the place of a traceback.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        names = " and ".join(missing)
        raise MissingPackageError(
            f"This needs {names}, not installed here: run %pip install {' '.join(missing)} in a cell, restart "
            "the kernel, and run the lesson from its first cell. (`python -m nastutor doctor` says which lessons run "
            "without.)",
            name=missing[0],
        )
