"""Write what can be computed into the plans and notes: minutes, predictions, wrong answers and what the checks say.

    python docs/course/write_notes.py

It fills the blocks between ``<!-- NAME: … -->`` and ``<!-- end of NAME -->`` and leaves all other text alone. Minutes
come from the titles of the lessons' sections, the plans from plans.toml, wrong answers from the exercises' MISTAKES.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from read_lessons import Lesson, all_lessons, judged, predictions

HERE = Path(__file__).parent
NOTICE = "written by make notes, change what it is written from"


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """Put contents between the marks of blocks.

    Raises
    ------
    ValueError : a block is not there exactly once, or there is one of another name.
    """
    for name, content in blocks.items():
        mark = re.compile(rf"<!-- {name}(:[^>]*)? -->\n.*?<!-- end of {name} -->", flags=re.S)
        text, count = mark.subn(
            lambda _, name=name, content=content: f"<!-- {name}: {NOTICE} -->\n{content}\n<!-- end of {name} -->", text
        )
        if count != 1:
            raise ValueError(f"{count} blocks {name!r}: write <!-- {name} --> and <!-- end of {name} --> once")
    if others := set(re.findall(r"<!-- end of (.+?) -->", text)) - set(blocks):
        raise ValueError(f"blocks that nobody writes: {', '.join(sorted(others))}")
    return text


def table(titles: list[str], rows: list[list[str]], right: tuple[int, ...] = ()) -> str:
    """Write a Markdown table; `right` are the columns of numbers."""
    rule = ["--:" if column in right else "---" for column in range(len(titles))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [titles, rule, *rows])


# A lesson's notes


def about(lesson: Lesson) -> str:
    """Say in a line what the lesson takes."""
    torch = lesson.row("Needs torch")
    return (
        f"{lesson.minutes} minutes to read, {lesson.seconds} seconds to run, needs torch: {torch} · "
        f"[the lesson](../../../notebooks/{lesson.path.name}) · before it: "
        + re.sub(r"\]\((\d\d_\w+\.ipynb)\)", r"](../../../notebooks/\1)", lesson.row("Before this"))
    )


def minutes_of(lesson: Lesson) -> str:
    """List the sections with their minutes, and what each asks to predict."""
    rows = [
        [part.title, str(part.minutes), "; ".join(f"*{asked.question}*" for asked in predictions(part))]
        for part in lesson.parts
    ]
    listed = table(
        ["Section", "Minutes", "Asks to predict"], [*rows, ["together", str(lesson.minutes), ""]], right=(1,)
    )
    return (
        f"{listed}\n\nA section uses what those before it have computed: run also what you do not show "
        "(*Run All Above Selected Cell*)."
    )


def wrong_answers(lesson: Lesson) -> str:
    """List the exercises as the lesson asks them, the mistakes that the checks know, and what they say to each."""
    lines = []
    for number, exercise in enumerate(lesson.exercises, start=1):
        question = f"**{exercise.TITLE}.** {exercise.question}".replace("?.**", "?**")
        first, *rest = question.splitlines()
        lines += [f"{number}. {first}", *(f"   {line}".rstrip() for line in rest)]
        lines += [""] if rest else []
        for mistake, kind in exercise.MISTAKES.items():
            message = judged(exercise, kind.answer(**exercise.given)).message
            if not re.search(kind.says, message):
                raise RuntimeError(f"{lesson.name}, {exercise.name}, {mistake}: {message!r}, not {kind.says!r}")
            lines.append(f"   - *{mistake}*: {plain(message)}")
    return "\n".join(lines)


def plain(message: str) -> str:
    """Keep Markdown from reading a message of a check as markup; what stands in backquotes stays code."""
    pieces = re.split(r"(`[^`]*`)", " ".join(message.split()))
    return "".join(piece if piece.startswith("`") else re.sub(r"(?<!\\)([*_|<>~])", r"\\\1", piece) for piece in pieces)


def notes_of(lesson: Lesson) -> dict[str, str]:
    """Return the blocks of a lesson's notes."""
    return {"about": about(lesson), "minutes": minutes_of(lesson), "wrong answers": wrong_answers(lesson)}


# The plans


def plans() -> dict[str, Any]:
    """Read the plans: which lessons and sections, and the minutes of practice between them."""
    return tomllib.loads((HERE / "plans.toml").read_text(encoding="utf-8"))


def list_of_lessons(lessons: list[Lesson]) -> str:
    """List all lessons with their minutes, notes, and number of exercises."""
    rows = [
        [
            f"[{lesson.number} {lesson.title.partition(':')[0]}](notes/{lesson.name}.md)",
            str(lesson.minutes),
            str(len(lesson.exercises)),
            lesson.row("Needs torch"),
        ]
        for lesson in lessons
    ]
    together = [str(sum(lesson.minutes for lesson in lessons)), str(sum(len(lesson.exercises) for lesson in lessons))]
    titles = ["Lesson, with its notes", "Minutes to read", "Exercises", "Needs torch"]
    return table(titles, [*rows, ["together", *together, ""]], right=(1, 2))


def term(lessons: list[Lesson]) -> str:
    """Write the plan of a term, a row a week."""
    by_number = {lesson.number: lesson for lesson in lessons}
    rows = []
    for number, week in enumerate(plans()["term"], start=1):
        there = [by_number[name] for name in week["lessons"] if name in by_number]
        names = ", ".join(f"{lesson.number} {lesson.title.partition(':')[0]}" for lesson in there)
        rows.append([str(number), names, str(sum(lesson.minutes for lesson in there)), week["in_class"]])
    return table(["Week", "Read before class", "Minutes", "In class (90 minutes)"], rows, right=(0, 2))


def workshop(name: str, lessons: list[Lesson]) -> str:
    """Write the plan of a workshop, a row a part, with the minutes that it adds up to."""
    by_number = {lesson.number: lesson for lesson in lessons}
    rows, together = [], 0
    for part in plans()["workshops"][name]:
        minutes = part.get("practice", 0)
        text = part["what"]
        if number := part.get("lesson"):
            read = [by_number[number].parts[which - 1] for which in part["sections"]]
            minutes += sum(section.minutes for section in read)
            text = f"{number}, section {', '.join(map(str, part['sections']))}: {text}"
        together += minutes
        rows.append([text, str(minutes), str(together)])
    return table(["Part", "Minutes", "So far"], rows, right=(1, 2))


def readme(lessons: list[Lesson]) -> dict[str, str]:
    """Return the blocks of the course's README."""
    workshops = {f"workshop {name}": workshop(name, lessons) for name in plans()["workshops"]}
    return {"lessons": list_of_lessons(lessons), "term": term(lessons)} | workshops


def write_all(folder: Path) -> list[Path]:
    """Fill all blocks below a folder; return the files that changed."""
    lessons = all_lessons()
    blocks = {folder / "README.md": readme(lessons)}
    blocks |= {folder / "notes" / f"{lesson.name}.md": notes_of(lesson) for lesson in lessons}
    changed = []
    for path, content in blocks.items():
        before = path.read_text(encoding="utf-8")
        after = fill(before, content)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    print("written:", ", ".join(str(path.relative_to(HERE)) for path in write_all(HERE)) or "nothing to change")
