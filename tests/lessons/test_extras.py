"""A lesson that lacks a package says so in one line, and how to get it."""

import subprocess
import sys

import pytest

from nastutor import need
from nastutor.lessons.extras import MissingPackageError

SHOWN = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from IPython.core.interactiveshell import InteractiveShell
cell = '''
from nastutor import need
need("torch")
from nastutor.networks.controller import Controller
'''
InteractiveShell.instance().run_cell(cell)
"""


def test_what_is_there_is_not_mentioned(capsys):
    assert need("numpy", "json") is None
    assert need() is None
    assert capsys.readouterr().out == ""


def test_what_is_missing_is_named_with_what_to_do():
    with pytest.raises(
        MissingPackageError, match=r"needs absent_one and absent_two, .*%pip install absent_one absent_two"
    ):
        need("absent_one", "numpy", "absent_two")
    with pytest.raises(ImportError) as caught:
        need("absent_one")
    assert caught.value.name == "absent_one"


def test_a_notebook_shows_one_line_and_no_traceback():
    pytest.importorskip("IPython")
    done = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True)
    (line,) = done.stdout.strip().splitlines()
    assert line.startswith("This needs torch, not installed here: run %pip install torch in a cell")
    assert "Traceback" not in done.stderr
