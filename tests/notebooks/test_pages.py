"""Lessons as pages (`make pages`): what is in the notebook reaches those who read, hear or print the page."""

import re
from html import escape
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

ROOT = Path(__file__).parents[2]
LESSON = ROOT / "notebooks" / "01_encoding.ipynb"


@pytest.fixture(scope="module")
def page():
    exporter = HTMLExporter(extra_template_basedirs=[str(ROOT / "docs" / "pages")], template_name="lesson")
    return exporter.from_filename(str(LESSON))[0]


def stored_texts():
    cells = nbformat.read(LESSON, as_version=4).cells
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    return [o.metadata["image/png"]["alt"] for o in outputs if "image/png" in o.get("data", {})]


def test_every_picture_keeps_its_words(page):
    pictures = re.findall(r"<img [^>]*?(?=src=|/?>)", page)
    assert len(stored_texts()) >= 5
    assert [text for text in stored_texts() if f'alt="{escape(text, quote=False)}"' not in page] == []
    assert len(pictures) == len(stored_texts())


def test_long_lines_are_wrapped_where_the_page_is_printed(page):
    printed = page.split("@media print {")[-1].split("</style>")[0]
    assert re.search(r"\.jp-Notebook pre \{[^}]*white-space: pre-wrap", printed)
    assert "@page { size: A4" in page
    own = page.split("@page { size: A4")[0].split("<style>")[-1]
    assert ".jp-Notebook pre" in own and "word-break: normal" in own  # JupyterLab's own rules break lines inside words


def test_code_of_the_package_keeps_its_lines_on_a_small_screen(page):
    on_a_screen = page.split("@media screen { .jp-RenderedHTMLCommon samp pre {")[-1].split("}")[0]
    assert "white-space: pre;" in on_a_screen and "overflow-x: auto" in on_a_screen


def test_no_heading_is_left_alone_at_the_end_of_a_printed_page(page):
    printed = page.split("@media print {")[-1].split("</style>")[0]
    assert re.search(r":is\(h1, h2, h3\) \{ break-after: avoid", printed)


def test_controls_leave_their_text_form(page):
    assert escape("<interactive picture: edge_0_1=3") in page
    assert "widget-view+json" not in page
