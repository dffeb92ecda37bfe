"""The book: all links lead somewhere, nothing comes from another host, and what is in the notebooks is on the pages.

Run by `make test-site`, which builds it once.
"""

import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import explorer as explorer_builder
import make_book
import make_pdf
import nbformat
import pytest
from book.docstrings import as_rst
from book.lessons import page_of, slug

pytestmark = pytest.mark.site

LESSONS = sorted((make_book.ROOT / "notebooks").glob("*.ipynb"))
LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("object", "data")}


class Page(HTMLParser):
    """What a page names, links to, loads and shows as pictures."""

    def __init__(self, file):
        super().__init__()
        self.names, self.links, self.loads, self.words, self.folded, self.tables = {""}, [], [], [], 0, 0
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.names |= {values[key] for key in ("id", "name") if values.get(key)}
        self.loads += [values[key] for kind, key in LOADED if kind == tag and key in values]
        if tag == "link" and not {"canonical", "next", "prev", "index", "search"} & set(values.get("rel", "").split()):
            self.loads.append(values["href"])
        if tag in ("a", "link") and values.get("href"):
            self.links.append(values["href"])
        if tag == "img":
            self.words.append(values.get("alt"))
        self.tables += tag == "table"
        self.folded += tag == "details" and "hide" in (values.get("class") or "").split()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole_site")
    explorer_builder.main(folder / "explorer" / "index.html")
    assert make_book.make(folder / "book") == 0, "Sphinx warned, see above"
    return folder


@pytest.fixture(scope="session")
def pages(site):
    return {file: Page(file) for file in sorted((site / "book").rglob("*.html"))}


@pytest.fixture
def lesson(request, site, pages):
    """A notebook as it is stored, and its page."""
    path = request.param
    return nbformat.read(path, as_version=4), pages[site / "book" / "lessons" / f"{path.stem}.html"]


def outputs_of(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_no_link_is_broken(site, pages):
    ids = {file: page.names for file, page in pages.items()}
    broken = defaultdict(list)
    for file, page in pages.items():
        for link in {*page.links, *page.loads}:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (file.parent / unquote(address.path)).resolve() if address.path else file
            known = ids.get(target, {"", unquote(address.fragment)} if target.is_file() else set())
            if unquote(address.fragment) not in known:
                broken[str(file.relative_to(site))].append(link)
    assert not broken, dict(broken)
    assert sum(len(page.links) for page in pages.values()) > 5_000  # else nothing was looked at


def test_no_page_loads_anything_from_another_host(site, pages):
    loaded = {link for page in pages.values() for link in page.loads}
    styles = [file.read_text(encoding="utf-8") for file in (site / "book").rglob("*.css")]
    loaded |= {link for style in styles for link in re.findall(r"(?:url\(|@import )['\"]?([^'\")]+)", style)}
    assert [link for link in loaded if urlsplit(link).netloc] == []
    assert len(loaded) > 20


@pytest.mark.parametrize("lesson", LESSONS, indirect=True, ids=lambda path: path.stem)
def test_what_follows_a_prediction_is_folded(lesson):
    notebook, page = lesson
    hidden = [c for c in notebook.cells if c.metadata.get("jupyter", {}).get("outputs_hidden") and c.get("outputs")]
    pictures = [sum("image/png" in output.get("data", {}) for output in cell.outputs) for cell in hidden]
    assert hidden
    assert page.folded == len(hidden) + sum(count - 1 for count in pictures if count > 1)


@pytest.mark.parametrize("lesson", LESSONS, indirect=True, ids=lambda path: path.stem)
def test_every_picture_is_there_with_its_words(lesson):
    notebook, page = lesson
    stored = [o.metadata["image/png"]["alt"] for o in outputs_of(notebook) if "image/png" in o.get("data", {})]
    assert stored
    assert [words for words in page.words if words in stored] == stored


@pytest.mark.parametrize("lesson", LESSONS, indirect=True, ids=lambda path: path.stem)
def test_every_table_is_a_table(lesson):
    """Those of the text, those that are computed in Markdown (verdicts), and pandas' own."""
    notebook, page = lesson
    outputs = [output.get("data", {}) for output in outputs_of(notebook)]
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    texts += [data.get("text/markdown", "") for data in outputs]
    written = sum(len(re.findall(r"^ *\|(?: *:?-+:? *\|)+$", text, re.M)) for text in texts)
    assert page.tables == written + sum("<table" in data.get("text/html", "") for data in outputs)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_notebook_itself_can_be_downloaded(path, site, pages):
    copy = site / "book" / "lessons" / path.name
    assert copy.read_bytes() == path.read_bytes()
    assert path.name in pages[copy.with_suffix(".html")].links


def test_each_question_leads_to_a_section_of_a_lesson(site, pages):
    text = (Path(make_book.SITE) / "book" / "questions.md").read_text(encoding="utf-8")
    questions = text.split("\n## ")[1:]
    assert len(questions) >= 12
    assert [q.splitlines()[0] for q in questions if not re.search(r"notebooks/\d\d_\w+\.ipynb#\d", q)] == []
    leading = {urlsplit(link).path for link in pages[site / "book" / "questions.html"].links if "#" in link}
    assert len([path for path in leading if path.startswith("lessons/")]) >= 10


def test_each_word_of_the_glossary_leads_to_its_lessons(pages, site):
    text = (make_book.ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    named = [number for row in rows for number in re.findall(r"\d\d", row.rsplit("|", 2)[1])]
    links = [link for link in pages[site / "book" / "lessons" / "glossary.html"].links if re.match(r"\d\d_", link)]
    assert len(named) > 150
    # The list of pages at the left links to each lesson once more.
    assert len(links) >= len(named) + len(LESSONS)


def test_pages_in_chromium(site, chromium):
    """Opened as files: formulas are drawn, a phone needs no sideways scrolling, and the search finds a word."""
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    asked, failed, errors = [], [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: request.url.startswith("file") and failed.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    for name in ("index", "questions", "ledger", "api/searchers", "lessons/09_darts", "lessons/02_evaluation"):
        page.goto((site / "book" / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    page.wait_for_function("document.querySelectorAll('.MathJax').length > 0", timeout=60_000)
    assert page.locator(".MathJax_Error").count() == 0
    page.goto((site / "book" / "search.html").as_uri() + "?q=supernet")
    page.wait_for_selector("ul.search li a", timeout=60_000)
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    assert failed == [] and errors == []
    page.close()


def test_a_printed_lesson_has_its_results_open(site, chromium, tmp_path):
    lesson = site / "book" / "lessons" / "09_darts.html"
    make_pdf.print_lesson(chromium, lesson, tmp_path / "lesson.pdf")
    printed = (tmp_path / "lesson.pdf").read_bytes()
    assert printed.startswith(b"%PDF") and printed.count(b"/Subtype /Image") >= len(Page(lesson).words)
    # Shadows are fainter, all else is opaque: nothing was printed while it faded in.
    assert [value for value in map(float, re.findall(rb"/ca ([.\d]+)", printed)) if 0.11 < value < 1] == []


@pytest.mark.parametrize("name", ["02_evaluation", "11_curing_darts"])
def test_nothing_is_cut_on_paper(name, site, chromium):
    """A4 without its margins is 680 points wide; on paper nobody scrolls."""
    page = chromium.new_page(viewport={"width": 680, "height": 1000})
    page.goto((site / "book" / "lessons" / f"{name}.html").as_uri())
    page.emulate_media(media="print")
    wide = "() => [...document.querySelectorAll('article table, article pre, article img')]"
    wide += ".filter((e) => e.getBoundingClientRect().right > 681).map((e) => e.textContent.slice(0, 60))"
    assert page.evaluate(wide) == []
    page.close()


def test_anchors_do_not_move_when_minutes_are_measured_again():
    assert slug("3. The winner's curse, and how to report (10 minutes)") == "3-the-winners-curse-and-how-to-report"
    assert slug("Exercises") == "exercises"


def test_badges_become_links_and_the_cell_for_colab_goes():
    markdown = nbformat.v4.new_markdown_cell(
        "# Title\n\n[![Open in Colab](https://a.b/c.svg)](https://colab/x) [![Open in Binder](https://d.e/f.svg)]"
        "(https://binder/y)\n\nText."
    )
    colab = nbformat.v4.new_code_cell("%pip install", metadata={"tags": ["colab"]})
    page = page_of(nbformat.v4.new_notebook(cells=[markdown, colab]), "00_x.ipynb")
    (cell,) = page.cells
    assert "[Open in Colab](https://colab/x) · [Open in Binder](https://binder/y)\n\nText." in cell.source
    assert ".svg" not in cell.source


def test_docstrings_become_lists_and_literal_blocks():
    text = """What it does.

    if a: b

Parameters
----------
a, b : the first,
    and more of it.
c_ : |x|

Returns
-------
A number."""
    assert [line for line in as_rst(text.splitlines()) if line] == [
        "What it does.",
        "::",
        "    if a: b",
        ".. rubric:: Parameters",
        "- **a, b**: the first,",
        "  and more of it.",
        r"- **c_**: \|x\|",
        ".. rubric:: Returns",
        "A number.",
    ]
