"""The explorer, built once, in headless Chromium."""

from importlib.util import find_spec

import explorer as explorer_builder
import pytest

collect_ignore = [] if find_spec("jupyter_server_mathjax") else ["test_book.py"]
"""What the extra `site` installs; `make test` does without."""


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """The explorer's one file."""
    file = tmp_path_factory.mktemp("site") / "index.html"
    explorer_builder.main(file)
    return file


@pytest.fixture(scope="session")
def explorer(chromium, page_file):
    """A tab that shows the page, for its functions."""
    page = chromium.new_page()
    page.goto(page_file.as_uri())
    yield page
    page.close()
