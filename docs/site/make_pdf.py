"""Print the book's lessons as PDF files, in headless Chromium.

    python docs/site/make_pdf.py build/site/book build/site/pdf

Results that are folded in the book are open on paper. Needs playwright and Chromium, CHROMIUM says where. Run by
`make pdf`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MARGINS = dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
FORMULAS_ARE_DRAWN = "() => !window.MathJax?.Hub || (MathJax.isReady && !MathJax.Hub.queue.pending)"


def print_lesson(browser: Browser, page_file: Path, pdf_file: Path) -> None:
    """Print one page of the book on A4."""
    page = browser.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_function(FORMULAS_ARE_DRAWN, timeout=120_000)
    page.evaluate("() => document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    page.evaluate("() => Promise.all([...document.images].map(image => image.decode()))")
    page.evaluate("() => Promise.all(document.getAnimations().map(fading => fading.finished))")  # else it is pale
    page.pdf(path=pdf_file, format="A4", margin=MARGINS)
    page.close()


def main(book: Path, folder: Path) -> None:
    """Print all lessons of a book into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for file in sorted((book / "lessons").glob("[0-9]*.html")):
            print_lesson(browser, file, folder / f"{file.stem}.pdf")
        browser.close()


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
