import re
import shutil
import tomllib

import nbformat
import pytest
from measure_costs import to_toml
from stamp_costs import COSTS, ROOT, TIME_ROW, minutes, stamp_all, time_row

STEM = "00_start_here"


@pytest.fixture
def copy(tmp_path):
    (tmp_path / COSTS).parent.mkdir(parents=True)
    shutil.copy(ROOT / COSTS, tmp_path / COSTS)
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    return tmp_path


def test_no_lesson_takes_more_than_a_minute_and_700_megabytes_and_25_seconds_are_the_mean():
    costs = tomllib.loads((ROOT / COSTS).read_text(encoding="utf-8"))
    assert set(costs) == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert max(cost["seconds"] for cost in costs.values()) <= 60
    assert max(cost["megabytes"] for cost in costs.values()) <= 700
    assert sum(cost["seconds"] for cost in costs.values()) <= 25 * len(costs)


def test_headers_and_readme_say_what_sections_and_measurements_say(copy):
    assert [path.name for path in stamp_all(copy)] == [], "run `python tests/notebooks/stamp_costs.py`"


def test_a_section_that_takes_longer_changes_its_header_and_the_readme_and_nothing_else(copy):
    path = copy / "notebooks" / f"{STEM}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    before = minutes(notebook)
    section = next(cell for cell in notebook.cells if "## 1. " in cell.source)
    section.source = re.sub(r"^(## 1\. .*)\(\d+ minutes\)$", r"\1(100 minutes)", section.source, flags=re.M)
    after = minutes(notebook)
    assert after > before
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    assert stamp_all(copy) == [path, copy / "README.md"]
    assert f"{after} minutes to read" in nbformat.read(path, as_version=4).cells[0].source
    was, now = ((root / "README.md").read_text(encoding="utf-8").splitlines() for root in (ROOT, copy))
    ((old, new),) = [pair for pair in zip(was, now, strict=True) if pair[0] != pair[1]]
    assert new == old.replace(f"| {before} min |", f"| {after} min |")


def test_what_was_measured_reaches_header_and_readme(copy):
    cost = {"seconds": 1235, "megabytes": 4250, "without_torch": {"seconds": 1115, "megabytes": 3350}}
    costs = tomllib.loads((copy / COSTS).read_text(encoding="utf-8"))
    (copy / COSTS).write_text(to_toml(costs | {STEM: cost}), encoding="utf-8")
    path = copy / "notebooks" / f"{STEM}.ipynb"
    assert stamp_all(copy) == [path, copy / "README.md"]
    notebook = nbformat.read(path, as_version=4)
    assert TIME_ROW.search(notebook.cells[0].source)[0] == time_row(minutes(notebook), cost)
    for number in ("1235 s", "1115 s", "4250 MB", "3350 MB"):
        assert number in notebook.cells[0].source and number in (copy / "README.md").read_text(encoding="utf-8")


def test_the_file_of_costs_is_read_as_it_was_written():
    text = (ROOT / COSTS).read_text(encoding="utf-8")
    assert to_toml(tomllib.loads(text)) == text


def test_every_lesson_keeps_the_limits_of_a_small_machine():
    for lesson, cost in tomllib.loads((ROOT / COSTS).read_text(encoding="utf-8")).items():
        assert cost["seconds"] <= 60 and cost["megabytes"] <= 700, lesson


def test_a_lesson_that_was_not_measured_or_has_no_row_is_named(copy):
    path = copy / "notebooks" / "99_new.ipynb"
    shutil.copy(ROOT / "notebooks" / f"{STEM}.ipynb", path)
    with pytest.raises(ValueError, match=r"no \[99_new\]: run `make costs`"):
        stamp_all(copy)
    costs = tomllib.loads((copy / COSTS).read_text(encoding="utf-8"))
    (copy / COSTS).write_text(to_toml(costs | {"99_new": costs[STEM]}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"99_new.ipynb: 1 rows \*\*Time\*\* in its header, 0 in the README"):
        stamp_all(copy)
