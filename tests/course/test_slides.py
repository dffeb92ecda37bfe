"""The slides of a lesson: complete, readable without a network, and no answer before its question."""

import re
import shutil
import subprocess

import pytest
from read_lessons import ROOT, Lesson, all_lessons, predictions, write_each
from render import balanced, formula, html, sentences
from write_slides import deck, finished

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SMALL = ROOT / "notebooks" / "19_what_holds_up.ipynb"
# One of them always, all of them in the course's own tests.
in_course = pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.stem, marks=[] if path == SMALL else pytest.mark.course) for path in LESSONS],
)
chromium = shutil.which("chromium") or shutil.which("google-chrome")


@in_course
def test_a_deck_is_complete_and_gives_no_answer_away(path):
    lesson = Lesson.open(path)
    page = deck(lesson)
    slides = re.findall(r'<section class="([^"]+)">\n(.*?)\n</section>', page, flags=re.S)
    asked = given = 0
    for kind, body in slides:
        asked += kind == "question"
        given += body.count("class='answer'")
        assert given <= asked
    cells = [cell for part in lesson.parts for cell in part.cells if cell.cell_type == "code"]
    assert asked == sum(len(predictions(part)) for part in lesson.parts)
    assert given == sum(
        output.get("text", "").count("You had not predicted") for cell in cells for output in cell.outputs
    )
    stored = sum("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs)
    pictures = re.findall(r'<img alt="([^"]*)" src="([^"]{30})', page)
    assert len(pictures) == stored and all(len(words) > 40 for words, _ in pictures)
    captions = [re.sub("<[^>]+>", "", body.partition('class="caption">')[2]) for _, body in slides if "<img" in body]
    assert all(len(caption) > 40 for caption in captions), "a picture without its message"
    assert not [body for _, body in slides if re.search(r":\s*(</p>)?\s*(</div>\s*)*$", body)], (
        "a slide that breaks off"
    )
    written = "\n\n".join(cell.source for part in lesson.parts for cell in part.cells if cell.cell_type == "markdown")
    said = [output for cell in cells for output in cell.outputs if "text/markdown" in output.get("data", {})]
    assert page.count('class="words"') == sum(output.data["text/markdown"].startswith("|") for output in said)
    assert page.count('"shown words"') == len(re.findall(r"(?:^|\n\n)\|", written))
    assert [kind for kind, _ in slides].count("part") >= len(lesson.parts) + 1
    assert page.count("<li>") >= 5 + len(lesson.exercises)


@in_course
def test_a_deck_needs_no_network_and_leaves_no_markup(path):
    page = deck(Lesson.open(path))
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page) and "url(" not in page and "@import" not in page
    words = re.sub(r"<script>.*?</script>|<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)
    assert not re.findall(r"\\(?:frac|text|sum|alpha|mathrm)|\$\$|FORMULA\d", words)


def test_all_lessons_have_a_deck(tmp_path):
    lessons = all_lessons()[-1:]
    (written,) = write_each(tmp_path / "slides", lessons, ".html", deck)
    assert written.name == f"{lessons[0].name}.html" and written.stat().st_size < 3e6


@pytest.mark.course
@pytest.mark.skipif(chromium is None, reason="needs Chromium")
@pytest.mark.parametrize(("address", "number"), [("", 1), ("#3", 3), ("#9999", None)])
def test_a_browser_shows_one_slide_that_the_address_names(tmp_path, address, number):
    (written,) = write_each(tmp_path, [Lesson.open(SMALL)], ".html", deck)
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", written.as_uri() + address]
    page = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    classes = re.findall(r'<section class="([^"]+)"', page)
    shown = [place for place, names in enumerate(classes, start=1) if "shown" in names.split()]
    assert shown == [number or len(classes)]
    assert f">{shown[0]} / {len(classes)}<" in page


@pytest.mark.course
@pytest.mark.skipif(chromium is None, reason="needs Chromium")
@pytest.mark.parametrize("name", ["04_reinforcement_learning", "15_once_for_all"])
def test_no_slide_is_too_full_for_its_page(tmp_path, name):
    """By the browser, on a projector's page: the decks that have the fullest slides."""
    measure = """<script>document.body.dataset.full = slides.map((slide, place) => {
        slides.forEach((other) => other.classList.toggle("shown", other === slide));
        return slide.scrollHeight > slide.clientHeight + 1 ? place + 1 : 0;
    }).filter(Boolean).join(" ") || "none";</script></body>"""
    page = tmp_path / "deck.html"
    page.write_text(
        deck(Lesson.open(ROOT / "notebooks" / f"{name}.ipynb")).replace("</body>", measure), encoding="utf-8"
    )
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,720", "--dump-dom"]
    found = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=300).stdout
    assert 'data-full="none"' in found, re.findall(r'data-full="([^"]*)"', found)


def test_a_formula_is_a_drawing_with_words():
    drawn = formula(r"R = \text{accuracy} \cdot \left(\frac{a}{T}\right)^{w}, \quad a \le T")
    assert drawn.startswith("<svg") and "aria-label" in drawn and not re.search(r"Z[\d.-]", drawn)
    with pytest.raises(ValueError):
        formula(r"\nosuchthing{x}")


def test_links_and_formulas_are_rendered_in_place():
    page = html("See [lesson 02](02_evaluation.ipynb) for $p_i$ and *why*:\n\n$$x = 1$$")
    assert "<a" not in page and "lesson 02" in page and page.count("<svg") == 2 and "<em>why</em>" in page


def test_a_sentence_that_leads_to_what_is_not_shown_is_left_out():
    assert finished("It holds. So again with new trainings:") == "It holds."
    assert finished("Only this leads on:") == "Only this leads on:"


def test_emphasis_that_was_cut_leaves_no_mark():
    assert sentences("One *two* three. *Four five. Six* seven.", 5) == "One *two* three. Four five."
    assert balanced("one two* `a * b` *three*") == "one two `a * b` *three*"
    assert balanced("**one** *two*") == "**one** *two*"
    assert balanced("$z^*$ is *one* `a*`") == "$z^*$ is *one* `a*`"


def test_sentences_are_kept_whole():
    assert sentences("One two. Three four. Five.", 4) == "One two. Three four."
    assert sentences("One two three.", 1) == "One two three."
