"""Take the picture of the explorer that the README shows, in headless Chromium.

    python docs/site/take_picture.py build/site/explorer/index.html docs/site/explorer.png

Needs playwright and Chromium, CHROMIUM says where. Run by `make site-picture`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from make_pdf import CHROMIUM
from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = {"width": 1240, "height": 1100}
STATE = "#table=cifar100"


def main(page_file: Path, picture: Path) -> None:
    """Open the page, and store what its first section looks like."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE)
        page.goto(page_file.as_uri() + STATE)
        page.locator("section").first.screenshot(path=picture)
        browser.close()
    Image.open(picture).quantize(64).save(picture, optimize=True)  # a third of the bytes


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:]))
