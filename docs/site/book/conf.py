"""Sphinx's settings for the book; make_book.py writes the pages' sources and runs Sphinx on them."""

from book.docstrings import literal_docstrings, skip_fields
from sphinx.application import Sphinx

project = "nastutor"
author = "The nastutor authors"
copyright = "the nastutor authors; text and figures CC BY 4.0, code MIT"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.viewcode"]

# Lessons keep their stored outputs; what a reader is to predict first stays folded.
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # outputs such as the verdicts are tables, which plain CommonMark has not
nb_code_prompt_show = "Show the result"
nb_code_prompt_hide = "Hide the result"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_heading_slug_func = "book.lessons.slug"

# Large libraries that documenting the package needs not.
autodoc_mock_imports = ["torch", "onnx", "onnxruntime"]
autodoc_member_order = "bysource"
viewcode_follow_imported_members = False  # aliases of torch and of builtin types have no page
default_role = "py:obj"
add_module_names = False
toc_object_entries_show_parents = "hide"

# MathJax 2 lies in static/mathjax: nothing is loaded from elsewhere. Firefox loads no fonts from a parent folder of a
# page that is opened as a file; it draws MathML itself.
mathjax_path = "mathjax/MathJax.js"
mathjax2_config = {
    "config": ["TeX-AMS-MML_HTMLorMML-full.js"],
    "tex2jax": {"ignoreClass": "tex2jax_ignore", "processClass": "math"},
    "MMLorHTML": {"prefer": {"Firefox": "MML"}},
    "HTML-CSS": {
        "availableFonts": [],
        "webFont": "STIX-Web",
        "imageFont": None,
        "scale": 90,
        "linebreaks": {"automatic": True},
    },
    "messageStyle": "none",
    "showMathMenu": False,
}

html_theme = "furo"
html_title = "nastutor"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_copy_source = False
html_show_search_summary = False  # it fetches pages, which browsers refuse to a page that is opened as a file
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """Read the package's docstrings as they are written here."""
    app.connect("autodoc-process-docstring", literal_docstrings)
    app.connect("autodoc-skip-member", skip_fields)
