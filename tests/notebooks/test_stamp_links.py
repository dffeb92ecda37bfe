import re
import shutil
from pathlib import Path

import nbformat
import pytest
from stamp_links import COLAB_TAG, ROOT, read_address, stamp_all, write_address

ADDRESS = "https://github.com/somebody/lessons"


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "nastutor").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "nastutor/__init__.py", tmp_path / "nastutor")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


def lessons(root):
    return {p.name: nbformat.read(p, as_version=4) for p in sorted((root / "notebooks").glob("*.ipynb"))}


def test_the_lessons_say_what_pyproject_says(copy):
    assert stamp_all(copy) == [], "run `make links` and then `make notebooks`"


def test_every_lesson_gets_badges_and_a_first_cell_for_colab(copy):
    write_address(copy / "pyproject.toml", ADDRESS)
    assert read_address(copy / "pyproject.toml") == ADDRESS
    assert len(stamp_all(copy, tag="v9.9.9")) == len(lessons(copy))
    for name, notebook in lessons(copy).items():
        first, install = notebook.cells[:2]
        assert first.source.startswith("# ")
        assert f"/github/somebody/lessons/blob/v9.9.9/notebooks/{name})" in first.source
        assert f"/gh/somebody/lessons/v9.9.9?labpath=notebooks%2F{name})" in first.source
        assert len(re.findall(r"!\[[^\]]+\]\(", first.source)) == 2
        assert install.metadata["tags"] == [COLAB_TAG]
        assert '"nastutor @ git+https://github.com/somebody/lessons@v9.9.9"' in install.source
        assert not re.search(r"\b(numpy|torch)\b", install.source)


def test_stamping_again_replaces_and_stamping_the_same_changes_nothing(copy):
    write_address(copy / "pyproject.toml", ADDRESS)
    stamp_all(copy)
    assert stamp_all(copy) == []
    write_address(copy / "pyproject.toml", "https://github.com/other/home")
    stamp_all(copy)
    for notebook in lessons(copy).values():
        assert "somebody/lessons" not in notebook.cells[0].source + notebook.cells[1].source
        assert sum(COLAB_TAG in cell.metadata.get("tags", []) for cell in notebook.cells) == 1
    text = (copy / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count("[project.urls]") == 1


def test_without_an_address_everything_goes_away_again(copy):
    before = {name: nbformat.writes(notebook) for name, notebook in lessons(copy).items()}
    plain = (copy / "pyproject.toml").read_text(encoding="utf-8")
    write_address(copy / "pyproject.toml", ADDRESS)
    stamp_all(copy)
    (copy / "pyproject.toml").write_text(plain, encoding="utf-8")
    stamp_all(copy)
    assert {name: nbformat.writes(notebook) for name, notebook in lessons(copy).items()} == before


@pytest.mark.parametrize("bad", ["somebody/lessons", "https://github.com/somebody", "http://github.com/a/b", ""])
def test_other_addresses_are_refused(copy, bad):
    with pytest.raises(ValueError, match="https://github.com/OWNER/NAME"):
        write_address(copy / "pyproject.toml", bad)


def test_the_address_stands_in_one_place_only():
    address = read_address(ROOT / "pyproject.toml")
    if address is None:
        pytest.skip("no address yet")
    pages = [p for p in Path(ROOT).rglob("*") if p.suffix in (".py", ".md", ".cff", ".yml") and ".venv" not in p.parts]
    assert [page for page in pages if address in page.read_text(encoding="utf-8")] == []
