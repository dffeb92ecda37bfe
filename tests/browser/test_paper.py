"""Lessons on paper: the pages of `make pages`, laid out as for A4, in Chromium. Run by `make test-browser`."""

from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from test_lessons import LESSONS, ROOT

pytestmark = pytest.mark.browser

A4 = 680  # pixels between the margins: 180 mm of 96 to the inch

CUT_OFF = """
page => [...document.querySelectorAll("pre, table, img, .jp-RenderedHTMLCommon")]
    .filter(thing => thing.getBoundingClientRect().right > page + 1 || thing.scrollWidth > thing.clientWidth + 1)
    .filter(thing => thing.clientWidth > 0)
    .map(thing => thing.tagName + ": " + thing.textContent.slice(0, 80))
"""


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_nothing_is_cut_off_on_paper(path, chromium, tmp_path: Path):
    exporter = HTMLExporter(extra_template_basedirs=[str(ROOT / "docs" / "pages")], template_name="lesson")
    file = tmp_path / "lesson.html"
    file.write_text(exporter.from_filename(str(path))[0], encoding="utf-8")
    page = chromium.new_page(viewport={"width": A4, "height": 1000})
    page.emulate_media(media="print")
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    assert page.evaluate(CUT_OFF, A4) == []
    page.close()
