"""Make the book: all lessons with their stored outputs, glossary, ledger, questions, and the package's documentation.

    python docs/site/make_book.py build/site/book

Nothing is executed and nothing is downloaded. The pages' sources are written beside the book, in book-source. Run by
`make site-book`.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import jupyter_server_mathjax
import nbformat
from book.lessons import page_of
from book.pages import ROOMS, glossary_page, ledger_page, room_page
from sphinx.cmd.build import main as sphinx

SITE = Path(__file__).parent
ROOT = SITE.parents[1]
# What a page's formulas need of MathJax: a quarter of its files.
MATHJAX = (
    "LICENSE",
    "MathJax.js",
    "config/TeX-AMS-MML_HTMLorMML-full.js",
    "extensions/TeX/*.js",
    "fonts/HTML-CSS/STIX-Web/woff/*",
    "jax/element/mml/**/*.js",
    "jax/output/HTML-CSS/**/*.js",
)


def make(book: Path) -> int:
    """Write the book into a folder, which is made anew; return Sphinx's exit status, 0 if there was no warning."""
    source = book.with_name(f"{book.name}-source")
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(book, ignore_errors=True)
    shutil.copytree(SITE / "book", source, ignore=shutil.ignore_patterns("__pycache__"))
    names = write_lessons(source / "lessons")
    (source / "index.md").write_text(index_page(names), encoding="utf-8")
    (source / "ledger.md").write_text(ledger_page({name[:2]: name for name in names}), encoding="utf-8")
    questions = (SITE / "book" / "questions.md").read_text(encoding="utf-8")
    (source / "questions.md").write_text(questions.replace("(../../../notebooks/", "(lessons/"), encoding="utf-8")
    shutil.copyfile(ROOT / "docs" / "benchmark.md", source / "benchmark.md")
    (source / "api").mkdir()
    for room in ROOMS:
        (source / "api" / f"{room}.rst").write_text(room_page(room), encoding="utf-8")
    copy_mathjax(source / "static" / "mathjax")
    status = sphinx(["-q", "-W", "--keep-going", str(source), str(book)])
    shutil.rmtree(book / ".doctrees")
    for name in names:
        shutil.copyfile(ROOT / "notebooks" / f"{name}.ipynb", book / "lessons" / f"{name}.ipynb")
    return status


def write_lessons(folder: Path) -> list[str]:
    """Write the lessons and the glossary as Sphinx reads them; return the lessons' names, in order."""
    folder.mkdir()
    shutil.copytree(ROOT / "notebooks" / "images", folder / "images")
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    glossary = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    names = {path.stem[:2]: path.stem for path in paths}
    (folder / "glossary.md").write_text(glossary_page(glossary, names), encoding="utf-8")
    for path in paths:
        nbformat.write(page_of(nbformat.read(path, as_version=4), path.name), folder / path.name)
    return [path.stem for path in paths]


def index_page(names: list[str]) -> str:
    """Return the first page, with the README's table of lessons, and the lessons in the list of pages."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = re.search(r"^\| Lesson \|.*?(?=\n\n)", readme, re.M | re.S)
    if table is None:
        raise ValueError("README.md has no table of lessons: it begins with '| Lesson |'")
    entries = "\n".join(f"{name.replace('_', ' ')} <lessons/{name}>" for name in names)
    page = (SITE / "book" / "index.template").read_text(encoding="utf-8")
    return page.replace("LESSONS_TABLE", table[0].replace("(notebooks/", "(lessons/")).replace("LESSONS", entries)


def copy_mathjax(folder: Path) -> None:
    """Copy the part of MathJax that draws TeX with its own fonts."""
    static = Path(jupyter_server_mathjax.__file__).parent / "static"
    for file in (file for pattern in MATHJAX for file in static.glob(pattern)):
        copy = folder / file.relative_to(static)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


if __name__ == "__main__":
    sys.exit(make(Path(sys.argv[1]).resolve()))
