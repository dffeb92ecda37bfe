"""The commands that make the files of data/: wrong arguments are answered with how the command is used."""

import ast
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from nastutor import studies
from nastutor.studies import command

FOLDER = Path(studies.__file__).parent
COMMANDS = sorted(path.stem for path in FOLDER.glob("*.py") if "__main__" in path.read_text(encoding="utf-8"))
NEED_TORCH = ("tables",)


def call(monkeypatch, name, *arguments):
    if name in NEED_TORCH:
        pytest.importorskip("torch")
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    monkeypatch.delitem(sys.modules, f"nastutor.studies.{name}", raising=False)  # runpy warns of what is loaded
    with pytest.raises(SystemExit) as stop:
        runpy.run_module(f"nastutor.studies.{name}", run_name="__main__")
    return stop.value.code


@pytest.mark.parametrize("name", COMMANDS)
def test_wrong_arguments_are_answered_with_the_usage(monkeypatch, capsys, name):
    for arguments in [(), ("a", "b", "c", "d"), ("--fast",), ("nowhere.txt",)]:
        assert call(monkeypatch, name, *arguments) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"usage: python -m nastutor.studies.{name} ")
        assert "error: " in said.splitlines()[-1]
    assert call(monkeypatch, name, "--help") == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


def test_every_module_that_makes_a_file_is_a_command():
    others = {
        "__init__",
        "command",
        "paper_claims",
        "recipe_claims",
        "repeated_runs",
        "source",
        "ledger",
        "equal_seconds",
        "paper_measures",
    }  # shared, or reading
    assert {path.stem for path in FOLDER.glob("*.py")} - others == set(COMMANDS)


def test_a_path_is_a_file_of_arrays_that_need_not_exist(tmp_path):
    made = []
    command.run(made.append, "depth", "What it makes.\n\nAnd how.", [str(tmp_path / "new" / "depth.npz")])
    assert made == [tmp_path / "new" / "depth.npz"]
    for wrong in (tmp_path, tmp_path / "depth.csv"):
        with pytest.raises(SystemExit):
            command.run(made.append, "depth", "What it makes.", [str(wrong)])
    assert len(made) == 1


def test_what_is_to_be_read_must_exist(capsys, tmp_path):
    parser = command.parser_of("nasbench201", "What it makes.")
    parser.add_argument("wheel", type=command.existing_path)
    with pytest.raises(SystemExit):
        parser.parse_args([str(tmp_path / "absent.whl")])
    assert "there is no such file" in capsys.readouterr().err


def test_workers_are_at_least_one(monkeypatch, capsys):
    assert call(monkeypatch, "tables", "digits", "--workers", "0") == 2
    assert "--workers 0: give at least 1" in capsys.readouterr().err


def test_a_command_is_a_command():
    done = subprocess.run([sys.executable, "-m", "nastutor.studies.searches"], capture_output=True, text=True)
    assert done.returncode == 2 and "usage: python -m nastutor.studies.searches [-h] FILE.npz" in done.stderr


def test_no_pool_of_the_package_is_forked():
    """A fork of a process with threads may wait for ever; which start method is the default depends on the system."""
    made = [
        ast.unparse(node)
        for path in FOLDER.parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("ProcessPoolExecutor", "Pool")
    ]
    pools = [call for call in made if not call.startswith("Pool(executor")]  # the loop's own, of the reader's executor
    assert len(pools) == 1 and "get_context('spawn')" in pools[0], pools
