"""Stamp the repository's address into the lessons: badges, and a first cell that installs the package on Colab.

    python tests/notebooks/stamp_links.py [--repo https://github.com/OWNER/NAME] [--tag v0.1.0]

The address stands in one place, ``[project.urls]`` of pyproject.toml; --repo writes it there. Without an address the
lessons have neither badges nor that cell. Run by `make links`; the lessons must be executed again afterwards.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat

ROOT = Path(__file__).parents[2]
BADGES = re.compile(r"\n\n\[!\[Open in Colab\].*$", flags=re.M)
COLAB_TAG = "colab"


def read_address(pyproject: Path) -> str | None:
    """Return the repository's address, None if it is not set."""
    return tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"].get("urls", {}).get("Repository")


def write_address(pyproject: Path, address: str) -> None:
    """Write the repository's address; ValueError if it is not of the form that Colab and Binder need."""
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", address):
        raise ValueError(f"repository {address!r}: give https://github.com/OWNER/NAME")
    text = re.sub(r"\n\[project\.urls\]\n[^\[]*", "\n", pyproject.read_text(encoding="utf-8"))
    section = f'[project.urls]\nRepository = "{address}"\n\n'
    pyproject.write_text(
        text.replace("[project.optional-dependencies]", section + "[project.optional-dependencies]", 1), encoding="utf-8"
    )


def stamp(notebook: nbformat.NotebookNode, name: str, address: str | None, tag: str) -> None:
    """Make badges and first cell say this address and tag; remove them if there is no address."""
    first = notebook.cells[0]
    first.source = BADGES.sub("", first.source)
    notebook.cells = [cell for cell in notebook.cells if COLAB_TAG not in cell.metadata.get("tags", [])]
    if address is None:
        return
    path = address.removeprefix("https://github.com/")
    colab = f"https://colab.research.google.com/github/{path}/blob/{tag}/notebooks/{name}"
    binder = f"https://mybinder.org/v2/gh/{path}/{tag}?labpath={quote(f'notebooks/{name}', safe='')}"
    badges = (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab}) "
        f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder})"
    )
    title, _, rest = first.source.partition("\n")
    first.source = f"{title}\n\n{badges}\n{rest}"
    install = f'import sys\n\nif "google.colab" in sys.modules:\n    %pip install -q "nastutor @ git+{address}@{tag}"'
    cell = nbformat.v4.new_code_cell(install, id="colab", metadata={"tags": [COLAB_TAG]})
    notebook.cells.insert(1, cell)


def stamp_all(root: Path, tag: str | None = None) -> list[Path]:
    """Stamp every lesson below `root`; return those that changed."""
    address = read_address(root / "pyproject.toml")
    version = re.search(r'__version__ = "(.+)"', (root / "nastutor/__init__.py").read_text(encoding="utf-8"))
    assert version is not None
    changed = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        before = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(before, as_version=4)
        stamp(notebook, path.name, address, tag or f"v{version[1]}")
        after = nbformat.writes(notebook) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo")
    parser.add_argument("--tag")
    options = parser.parse_args()
    if options.repo:
        write_address(ROOT / "pyproject.toml", options.repo)
    changed = stamp_all(ROOT, options.tag)
    print(f"{len(changed)} lessons changed" + ("; run `make notebooks` now" if changed else ""))
