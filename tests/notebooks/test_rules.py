"""The rules that every lesson follows, checked on its stored form."""

import ast
import re
from base64 import b64decode
from functools import cache
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "notebooks").glob("*.md")),
    *LESSONS,
]

MOST_WORDS, MOST_CODE_CELLS, MOST_SECTIONS, MOST_FIGURES, MOST_LINES = 3500, 40, 7, 8, 25
MOST_BYTES = 1_500_000
LONGEST_LINE = 88
PHONE = 360  # pixels, the width of a picture there


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request):
    return request.param


@cache
def read(path):
    """Read a lesson once for all rules, none of which changes it."""
    return nbformat.read(path, as_version=4)


@pytest.fixture
def lesson(path):
    return read(path)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def prose(notebook):
    """The words that are read from start to end: no tables of references, no code."""
    return re.sub(r"```.*?```", "", text(notebook).split("\n## References")[0], flags=re.S)


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def figures(notebook):
    return [o for o in outputs(notebook) if "image/png" in o.get("data", {})]


def width_of_png(encoded):
    """The pixels in a row of a PNG in base 64: bytes 16 to 20 of the file."""
    return int.from_bytes(b64decode(encoded)[16:20], "big")


def test_there_are_lessons():
    assert LESSONS


def test_is_valid_and_has_stable_cell_ids(lesson):
    nbformat.validate(lesson)
    ids = [cell.id for cell in lesson.cells]
    assert len(set(ids)) == len(ids)


def test_every_code_cell_was_executed_in_order(lesson):
    cells = code_cells(lesson)
    assert all(cell.source.strip() for cell in cells)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_no_output_is_an_error_or_a_warning(lesson):
    assert not [o for o in outputs(lesson) if o.output_type == "error" or o.get("name") == "stderr"]


def test_nothing_stored_depends_on_the_machine(lesson):
    for output in outputs(lesson):
        shown = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
        assert not re.search(r"0x[0-9a-f]{6,}|/home/|/root/|/tmp/|site-packages|C:\\\\", shown), shown[:200]


def test_no_code_that_strict_comparison_cannot_take(lesson):
    for cell in code_cells(lesson):
        last = cell.source.rstrip().splitlines()[-1]
        assert not last.endswith(";"), last
        assert not re.search(r"%time|interact\(|Output\(|clear_output|to_jshtml|figure_format", cell.source)


def test_hardly_any_cell_is_exempt_from_comparison(lesson):
    cells = code_cells(lesson)
    exempt = [cell for cell in cells if {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", []))]
    assert len(exempt) <= 0.1 * len(cells)
    assert not any("NBVAL_IGNORE_OUTPUT" in cell.source for cell in cells)


def test_opens_with_what_why_and_how_long(lesson):
    first = lesson.cells[0].source
    assert re.match(r"# \S", first)
    for row in ("You will learn", "Before this", "Time", "Needs torch"):
        assert f"**{row}**" in first
    assert 3 <= first.split("**You will learn**")[1].split("\n")[0].count("·") + 1 <= 5


def test_a_lesson_that_needs_torch_asks_for_it_before_it_imports_what_uses_it(lesson):
    """`need` says in one line what is missing and how to get it; a failing import would come before that."""
    needs_torch = "| **Needs torch** | yes |" in lesson.cells[0].source
    assert needs_torch or "| **Needs torch** | no |" in lesson.cells[0].source
    imported = []
    for node in [node for cell in code_cells(lesson) for node in ast.parse(cell.source).body]:
        if ast.unparse(node) == "need('torch')":
            assert needs_torch, "it says that it needs no torch"
            break
        if isinstance(node, ast.ImportFrom):
            imported += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
    else:
        assert not needs_torch, 'the first cell needs need("torch")'
        return
    assert [name for name in imported if re.match("nastutor|torch", name)] == ["nastutor.need"]


def test_has_the_parts_of_a_lesson(lesson):
    written = text(lesson)
    for part in ("\n## Summary\n", "**Common misreadings.**", "\n## References\n", "**Predict"):
        assert part in "\n" + written, f"{part.strip()} is missing"
    summary = written.split("## Summary")[1].split("**Common")[0]
    assert len(re.findall(r"^\d\. ", summary, flags=re.M)) == 5
    assert re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.", written.split("## References")[1])


def test_it_leads_on_to_the_next_lesson(lesson, path):
    number = int(path.name[:2]) + 1
    ending = text(lesson).split("## Summary")[1]
    assert number == len(LESSONS) or re.search(rf"[Ll]esson {number:02d}\b|\[{number:02d}|\({number:02d}_", ending)


def test_claims_are_checked_and_the_algorithm_is_shown(lesson):
    code = "\n".join(cell.source for cell in code_cells(lesson))
    assert "claim(" in code and "verdicts(" in code
    assert "show_source(" in code or ".ask()" in code


def test_a_prediction_is_kept_and_its_answer_is_not_on_the_screen(lesson):
    cells = code_cells(lesson)
    answers = [cell for cell in cells if re.search(r"\.beside\(", cell.source)]
    assert any("predict(" in cell.source for cell in cells) and answers
    assert all(cell.metadata.get("jupyter", {}).get("outputs_hidden") for cell in answers)


def test_no_picture_right_before_an_answer_gives_it_away(lesson):
    """… unless it stood there when the question was asked."""
    for before, cell in zip(code_cells(lesson), code_cells(lesson)[1:]):
        if ".beside(" in cell.source and "= predict(" not in before.source:
            shows = any("image/png" in output.get("data", {}) for output in before.outputs)
            assert not shows or before.metadata.get("jupyter", {}).get("outputs_hidden"), before.source[:200]


def test_every_section_has_something_to_change(lesson):
    sections = re.split(r"^## ", text(lesson), flags=re.M)
    assert [part.split("\n")[0] for part in sections if part[0].isdigit() and "**Try it**" not in part] == []


def test_its_sections_are_numbered_without_a_gap(lesson):
    """A heading that an edit loses takes the definitions below it along."""
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", text(lesson), flags=re.M)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_keeps_the_caps(lesson, path):
    sections = re.findall(r"^## \d\. .*$", text(lesson), flags=re.M)
    assert 3 <= len(sections) <= MOST_SECTIONS
    assert all(re.search(r"\(\d+ minutes?\)$", section) for section in sections), "each section says its minutes"
    assert len(prose(lesson).split()) <= MOST_WORDS
    assert len(code_cells(lesson)) <= MOST_CODE_CELLS
    assert 1 <= len(figures(lesson)) <= MOST_FIGURES
    assert path.stat().st_size <= MOST_BYTES
    assert all(cell.source.count("\n") < MOST_LINES for cell in code_cells(lesson))


def test_after_a_picture_a_sentence_says_what_to_see(lesson):
    """… and one what it does not show, in the text between this picture and the next."""
    cells = lesson.cells
    drawn = [
        i
        for i, c in enumerate(cells)
        if c.cell_type == "code" and any("image/png" in o.get("data", {}) for o in c.outputs)
    ]
    for this, following in zip(drawn, [*drawn[1:], len(cells)]):
        if "you_are_here" not in cells[this].source:
            words = "\n".join(c.source for c in cells[this + 1 : following] if c.cell_type == "markdown")
            assert words, f"no text after the picture of cell {this}"
    assert "not show" in text(lesson)


def test_code_fits_on_a_page_and_on_a_small_screen(lesson):
    lines = [line for cell in code_cells(lesson) for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


def test_every_picture_has_alternative_text(lesson):
    """… in the output's metadata, where exports look for it."""
    texts = [figure.metadata.get("image/png", {}).get("alt", "") for figure in figures(lesson)]
    assert [text for text in texts if len(text) < 30] == []
    assert len(set(texts)) == len(texts)


def test_letters_in_pictures_can_be_read_on_a_phone(lesson):
    """The smallest letters are of ten points (tests/plots), a picture's dots a hundredth of an inch."""
    for figure in figures(lesson):
        assert 10 / 72 * 100 * PHONE / width_of_png(figure.data["image/png"]) >= 7
    sizes = [float(size) for cell in code_cells(lesson) for size in re.findall(r"fontsize=([\d.]+)", cell.source)]
    assert all(size >= 10 for size in sizes)


def test_a_still_picture_is_not_stored_again_with_its_controls(lesson):
    stored = [o for o in outputs(lesson) if "application/vnd.jupyter.widget-view+json" in o.get("data", {})]
    assert stored, "no picture with controls"
    assert [o for o in stored if "image/png" in o.data] == []
    assert "widgets" not in lesson.metadata, "the state of the controls holds the picture once more"


def test_images_in_the_text_have_alternative_text(lesson):
    assert not re.search(r"!\[\s*\]\(", text(lesson))


def test_renders_alike_everywhere(lesson):
    assert not re.search(r"```\{|:::|\{(ref|cite|numref)\}|<(?!/?(details|summary)\b)[a-z]+[ >]", prose(lesson))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_between_files_lead_somewhere(page):
    source = text(read(page)) if page.suffix == ".ipynb" else page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)\)", source)
    local = [target for target in targets if not re.match(r"https?://", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.suffix == ".md"], ids=lambda path: path.name)
def test_links_to_headings_lead_to_one(page):
    for name, anchor in re.findall(r"\]\(([^)#\s:]*\.md|)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        target = (page.parent / name if name else page).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", target, flags=re.M)
        assert anchor in [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings], anchor


def test_the_readme_and_the_glossary_know_every_lesson():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in LESSONS if f"notebooks/{path.name}" not in readme] == []
    glossary = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([^|]+?) \|", glossary, flags=re.M)[2:]
    assert words == sorted(words, key=str.casefold) and len(set(words)) == len(words)
