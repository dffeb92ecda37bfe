import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor

from nastutor import show
from nastutor.lessons.show import figure_of

WORDS = "Two bars: the left one is twice\n    as high as the right one."


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_the_figure_of_whatever_was_drawn():
    figure, axes = plt.subplots(2, 2)
    outer = plt.figure()
    inner = outer.subfigures(1, 2)[0].subfigures(2, 1)[1]
    for drawn in (figure, axes, axes[1, 1], list(axes[0])):
        assert figure_of(drawn) is figure
    for drawn in (outer, inner, inner.subplots(), inner.subplots(1, 2)):
        assert figure_of(drawn) is outer


@pytest.mark.parametrize("drawn", [None, [], np.array([]), "axes", 3, np.zeros(4), {"ax": 1}])
def test_what_was_not_drawn_is_refused(drawn):
    with pytest.raises(TypeError, match="a figure, axes or an array of axes can be shown"):
        show(drawn, WORDS)


@pytest.mark.parametrize("words", ["", " \n"])
def test_a_picture_without_words_is_refused(words):
    with pytest.raises(ValueError, match="alternative text is empty"):
        show(plt.figure(), words)


def test_is_shown_once_and_the_words_reach_the_notebook_and_its_export():
    code = f"import matplotlib.pyplot as plt\nfrom nastutor import show\nshow(plt.subplots()[1], {WORDS!r})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    ExecutePreprocessor(timeout=600).preprocess(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    assert output.metadata["image/png"]["alt"] == "Two bars: the left one is twice as high as the right one."
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert 'alt="Two bars: the left one is twice as high as the right one."' in page
