"""The plans and notes of the course: whole for every lesson, and what is computed in them is up to date."""

import re
import shutil
import tomllib

import pytest
from read_lessons import ROOT, Lesson, all_lessons, predictions
from write_notes import fill, plain, plans, workshop, write_all

LESSONS = all_lessons()
COURSE = ROOT / "docs" / "course"
LONGEST = {"90 minutes": 90, "one day": 8 * 60, "two days": 8 * 60}  # the last: its second day
HEADINGS = ["Goal", "Minutes", "Questions for the room", "When time is short", "Wrong answers to expect"]

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def notes(lesson):
    return (COURSE / "notes" / f"{lesson.name}.md").read_text(encoding="utf-8")


@lessons
def test_notes_have_every_part_and_are_short(lesson):
    text = notes(lesson)
    assert text.startswith(f"# {lesson.number} ")
    assert re.findall(r"^## (.+)$", text, flags=re.M) == HEADINGS
    asked = text.partition("## Questions for the room")[2].partition("\n## ")[0]
    answers = re.findall(r"^\d\. \*[^*]+\*(.*)$", asked, flags=re.M)
    assert 2 <= len(answers) <= 4
    assert all(len(answer.split()) >= 4 for answer in answers), "a question for the room without what to expect"
    by_hand = re.sub(r"<!-- .+?<!-- end of .+? -->", "", text, flags=re.S)
    assert 120 <= len(by_hand.split()) <= 400


def test_every_lesson_has_notes():
    assert {lesson.name for lesson in LESSONS} <= {path.stem for path in (COURSE / "notes").glob("*.md")}


def test_a_term_has_thirteen_weeks_and_every_lesson_once():
    weeks = plans()["term"]
    taught = [name for week in weeks for name in week["lessons"]]
    assert len(weeks) == 13 and taught == sorted(set(taught))
    assert {lesson.number for lesson in LESSONS} <= set(taught)


@pytest.mark.parametrize("name", LONGEST)
def test_a_workshop_fits_into_its_time(name):
    parts = plans()["workshops"][name]
    used = [(part["lesson"], which) for part in parts if "lesson" in part for which in part["sections"]]
    assert len(used) == len(set(used))
    rows = workshop(name, LESSONS).splitlines()
    together = int(rows[-1].split("|")[-2])
    assert 0.6 * LONGEST[name] <= together <= LONGEST[name]


@pytest.mark.course
def test_writing_again_changes_nothing(tmp_path):
    """But for the digits in what checks say: of live training they may be another processor's."""

    def without_digits(text):
        said = text.partition("<!-- wrong answers")
        return said[0] + re.sub(r"\d+(\.\d+)?", "0", said[2])

    shutil.copytree(COURSE, tmp_path / "course")
    for path in write_all(tmp_path / "course"):
        after = path.read_text(encoding="utf-8")
        before = (COURSE / path.relative_to(tmp_path / "course")).read_text(encoding="utf-8")
        assert without_digits(after) == without_digits(before), f"{path.name} is out of date: run `make notes`"


@lessons
def test_every_wrong_answer_of_the_exercises_is_in_the_notes(lesson):
    text = notes(lesson)
    for exercise in lesson.exercises:
        assert exercise.question.splitlines()[0] in text, f"{exercise.name}: run `make notes`"
        for mistake, kind in exercise.MISTAKES.items():
            said = re.findall(rf"^   - \*{re.escape(mistake)}\*: (.+)$", text, flags=re.M)
            messages = [re.sub(r"\\([*_|<>~])", r"\1", line) for line in said]
            assert any(re.search(kind.says, line) for line in messages), f"{exercise.name}, {mistake}: run `make notes`"


def test_a_message_is_no_markup_and_its_code_stays_code():
    assert plain("a *b* is c_d, `e_f` *not* ") == r"a \*b\* is c\_d, `e_f` \*not\*"


def test_blocks_are_filled_once_and_unknown_ones_refused():
    text = "a\n<!-- one -->\nold\n<!-- end of one -->\nb\n"
    filled = fill(text, {"one": "new"})
    assert filled == fill(filled, {"one": "new"}) and "new" in filled and "old" not in filled
    with pytest.raises(ValueError, match="0 blocks 'two'"):
        fill(text, {"one": "new", "two": "new"})
    with pytest.raises(ValueError, match="nobody writes: one"):
        fill(text, {})


def test_a_lesson_is_split_where_its_sections_begin():
    lesson = Lesson.open(ROOT / "notebooks" / "00_start_here.ipynb")
    costs = tomllib.loads((ROOT / "tests/notebooks/costs.toml").read_text(encoding="utf-8"))
    assert f"{lesson.minutes} minutes to read, about {costs[lesson.name]['seconds']} seconds" in lesson.row("Time")
    assert lesson.minutes == sum(part.minutes for part in lesson.parts)
    assert lesson.seconds == costs[lesson.name]["seconds"]
    assert [part.title[0] for part in lesson.parts] == list("1234567")
    assert len(lesson.summary) == 5 and lesson.misreadings.startswith("*")
    code = "\n".join(cell.source for cell in lesson.notebook.cells if cell.cell_type == "code")
    assert sum(len(predictions(part)) for part in lesson.parts) == code.count("predict(")
