import inspect
import re

import nbformat
import pytest
from nbconvert import HTMLExporter

from nastutor import show_source
from nastutor.spaces import CellSpace, SearchSpace


def test_shows_each_source_under_its_name():
    shown = show_source(CellSpace.canonical, SearchSpace).data
    assert re.findall(r"^`([\w.]+)`$", shown, flags=re.M) == [
        "nastutor.spaces.cell.CellSpace.canonical",
        "nastutor.spaces.space.SearchSpace",
    ]
    assert "\n```python\ndef canonical(self" in shown, "a method is shifted to the left margin"
    assert inspect.getsource(SearchSpace).rstrip() in shown


def test_code_has_a_fixed_width_in_exported_pages():
    """There, code in an output has the font of the element around it."""
    output = nbformat.v4.new_output("execute_result", {"text/markdown": show_source(CellSpace.canonical).data})
    cell = nbformat.v4.new_code_cell("show_source(CellSpace.canonical)", outputs=[output], execution_count=1)
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    (inside,) = re.findall(r"<samp>(.*?)</samp>", page, flags=re.S)
    assert re.match(r'\s*<div class="highlight"><pre>.*canonical.*</pre>\s*</div>\s*$', inside, flags=re.S)


def test_what_has_no_source_is_refused():
    with pytest.raises(TypeError):
        show_source(3)
