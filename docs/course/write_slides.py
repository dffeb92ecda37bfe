"""Write the slides of each lesson: one HTML file, which any browser opens without a network.

    python docs/course/write_slides.py FOLDER

Everything on them is the lesson's: titles of sections, formulas, predictions before their answers, the stored pictures
and tables with their captions, what was checked, what to try, the summary.
"""

from __future__ import annotations

import re
import sys
from html import escape
from itertools import takewhile
from pathlib import Path
from string import Template

import nbformat
from read_lessons import PREDICTION, Lesson, Section, all_lessons, printed, write_each
from render import DISPLAY, balanced, html, sentences

TEMPLATE = Template((Path(__file__).parent / "deck.html").read_text(encoding="utf-8"))
ANSWER = re.compile(r"^(It is .+) You had not predicted anything\.$", flags=re.M)
CHECKED = re.compile(r"^holds: (.+) \(measured .+\)$", flags=re.M)
CAPTION = re.compile(r"\*[^*]")  # in italics, at least its beginning; bold is "Predict" or "Try it"
TABLE = re.compile(r"\|.+\|\n\|[ :|-]+\|\n")
CAPTION_WORDS, TEXT_WORDS = 110, 60
MOST_ROWS, MOST_COLUMNS = 13, 6


def slide(kind: str, body: str) -> str:
    """Return a slide."""
    return f'<section class="{kind}">\n{body}\n</section>'


def deck(lesson: Lesson) -> str:
    """Return the page with all slides of a lesson."""
    slides = [title_slide(lesson)]
    for part in lesson.parts:
        slides += slides_of(lesson, part)
    slides += last_slides(lesson)
    return TEMPLATE.substitute(title=escape(f"{lesson.number} {lesson.title}"), slides="\n".join(slides))


def title_slide(lesson: Lesson) -> str:
    """Return the first slide: what the lesson is about and what one will learn."""
    goals = "".join(f"<li>{html_line(goal)}</li>" for goal in lesson.row("You will learn").split(" · "))
    head = f"<p class='where'>Lesson {lesson.number}</p><h1>{escape(lesson.title)}</h1>{html(lesson.about)}"
    return slide("title", f"{head}<p>You will learn</p><ul>{goals}</ul><p class='where'>nastutor, CC BY 4.0</p>")


def last_slides(lesson: Lesson) -> list[str]:
    """Return the summary, what is often misread, and the exercises."""
    points = "".join(f"<li>{html_line(point)}</li>" for point in lesson.summary)
    titles = "".join(f"<li>{escape(exercise.TITLE)}</li>" for exercise in lesson.exercises)
    found = [slide("text", f"<h2>Summary</h2><ol>{points}</ol>")]
    if lesson.misreadings:
        found.append(slide("text", f"<h2>Common misreadings</h2>{html(lesson.misreadings)}"))
    return [*found, slide("part", f"<h2>Exercises</h2><ol>{titles}</ol>")]


def slides_of(lesson: Lesson, part: Section) -> list[str]:
    """Return the slides of a section, in the order of its cells, so that no answer comes before its question."""
    where = f"<p class='where'>{lesson.number} · {escape(part.title)}</p>"
    found, checked, tries, before = [], [], [], ""
    for number, cell in enumerate(part.cells):
        if cell.cell_type == "markdown":
            found += formula_slides(cell.source, where)
            found += table_slides(cell.source, where)
            tries += map(finished, re.findall(r"\*\*Try it\*\*: (.+)", cell.source))
            continue
        caption = caption_after(part.cells[number + 1 :])
        # The words under a picture are said with it, and by no table or answer before or after.
        pictured = [
            any(map(picture, other.get("outputs", [])))
            for other in takewhile(lambda other: other.cell_type == "code", part.cells[number:])
        ]
        found += result_slides(cell, where, caption, is_said=caption == before or any(pictured[1:]))
        before = caption if pictured[0] else before
        checked += CHECKED.findall(printed(cell))
    lists = ""
    for title, kind, lines in (("What was checked", "checked", checked), ("Try it", "tries", tries)):
        items = "".join(f"<li>{html_line(sentences(line, TEXT_WORDS))}</li>" for line in lines)
        lists += f"<h2>{title}</h2><ul class='{kind}'>{items}</ul>" if lines else ""
    if lists:
        found.append(slide("text", where + lists))
    head = f"<p class='where'>Lesson {lesson.number} · {part.minutes} minutes</p><h1>{html_line(part.title)}</h1>"
    return [slide("part", head + opening(part)), *found]


def opening(part: Section) -> str:
    """Return the first sentences of a section, unless a formula follows, which has a slide with them."""
    cell = part.cells[0]
    text = cell.source if cell.cell_type == "markdown" else ""
    paragraph, _, rest = text.partition("\n\n")
    is_prose = (
        paragraph
        and not paragraph.startswith(("|", "-", "#", "```", "1.", "$$", "**Try"))
        and not CAPTION.match(paragraph)
    )
    if not is_prose or rest.startswith("$$"):
        return ""
    listed = rest.partition("\n\n")[0]
    if listed.startswith(("- ", "1. ")) and len(listed.split()) < 2 * TEXT_WORDS:
        return html(f"{sentences(paragraph, TEXT_WORDS)}\n\n{listed}")
    return html(finished(sentences(paragraph, TEXT_WORDS)))


def finished(text: str) -> str:
    """Leave out a last sentence that leads to what is not on the slide."""
    return re.sub(r"(?<=[.?!*)]) [^.?!]+:$", "", text.rstrip())


def html_line(text: str) -> str:
    """Render a line, without the paragraph around it; the number of a title begins no list."""
    number = re.match(r"\d+\. ", text)
    rest = text[number.end() :] if number else text
    return (number[0] if number else "") + re.sub(r"^<p>|</p>$", "", html(rest).strip())


def formula_slides(text: str, where: str) -> list[str]:
    """Return a slide for each paragraph with formulas of its own line, with what stands before it."""
    found = []
    paragraphs = text.split("\n\n")
    for before, paragraph in zip(["", *paragraphs], paragraphs):
        if DISPLAY.fullmatch(paragraph.strip().rstrip(".,")) or paragraph.strip().startswith("$$"):
            words = "" if before.strip().startswith("$$") else sentences(last_sentences(before), TEXT_WORDS)
            found.append(slide("text", f"{where}{html(words)}{html(paragraph)}"))
    return found


def last_sentences(paragraph: str, words: int = TEXT_WORDS) -> str:
    """Keep the last sentences, at least one, of at most so many words."""
    kept: list[str] = []
    for sentence in reversed(re.split(r"(?<=[.?!])\s+(?=[A-Z*`(])", " ".join(paragraph.split()))):
        if kept and len(" ".join([sentence, *kept]).split()) > words:
            break
        kept.insert(0, sentence)
    return balanced(" ".join(kept))


def table_slides(text: str, where: str) -> list[str]:
    """Return a slide for each table of the text, with what stands before it."""
    paragraphs = text.split("\n\n")
    return [
        slide("result", f'{where}<div class="below">{said}<div class="shown words">{html(paragraph)}</div></div>')
        for before, paragraph in zip(["", *paragraphs], paragraphs)
        if TABLE.match(paragraph) and paragraph.count("\n") <= MOST_ROWS
        for said in [f'<div class="caption">{html(sentences(last_sentences(before), TEXT_WORDS))}</div>']
    ]


def caption_after(cells: tuple[nbformat.NotebookNode, ...]) -> str:
    """Return what the next Markdown cell says below a picture or a table: where it is from, and what one sees."""
    for cell in cells:
        if cell.cell_type == "code" and PREDICTION.search(printed(cell)):
            return ""  # what comes after the question may give the answer away
        if cell.cell_type == "markdown":
            first = next((text for text in cell.source.split("\n\n") if CAPTION.match(text)), "")
            return finished(sentences(first.partition("**Try it**")[0].partition("**Predict**")[0], CAPTION_WORDS))
    return ""


def result_slides(cell: nbformat.NotebookNode, where: str, caption: str, is_said: bool = False) -> list[str]:
    """Return the slides of a code cell: the question of a prediction, or its answer with pictures and tables.

    The caption stands by each picture, and by a table or an answer unless it `is_said` already.
    """
    text = printed(cell)
    found = [
        slide(
            "question",
            f"{where}<h2>Predict: {html_line(asked['question'])}</h2><p>Possible: {escape(asked['possible'])}</p>",
        )
        for asked in PREDICTION.finditer(text)
    ]
    answers = "".join(f"<p class='answer'>{html_line(answer)}</p>" for answer in ANSWER.findall(text))
    shown = [("beside", body, caption or alternative(o)) for o in cell.outputs if (body := picture(o))]
    below = "" if is_said or shown else caption
    shown += [("below", body, "") for o in cell.outputs if (body := claims(o))]
    shown += [("below", body, below) for o in cell.outputs if (body := result_table(o))]
    for kind, body, words in shown:
        said = f'<div class="caption">{answers if kind == "beside" else ""}{html(words)}</div>'
        above = answers if kind == "below" else ""
        found.append(slide("result", f'{where}<div class="{kind}">{above}<div class="shown">{body}</div>{said}</div>'))
        answers = ""
    if answers:
        lines = [line for line in text.splitlines() if line and not line.startswith(("It is", "holds:", "Predict:"))]
        said = "".join(f"<li>{escape(line)}</li>" for line in lines[:6] if len(line) < 220)
        found.append(slide("part", f"{where}{answers}<ul>{said}</ul>{html('' if is_said else caption)}"))
    return found


def alternative(output: nbformat.NotebookNode) -> str:
    """Return the words that stand for a stored picture."""
    return str(output.get("metadata", {}).get("image/png", {}).get("alt", ""))


def picture(output: nbformat.NotebookNode) -> str:
    """Return a stored picture with its alternative text, or nothing."""
    if "image/png" not in output.get("data", {}):
        return ""
    return (
        f'<img alt="{escape(alternative(output))}" src="data:image/png;base64,{output["data"]["image/png"].strip()}">'
    )


def claims(output: nbformat.NotebookNode) -> str:
    """Return a table of what papers say and what was measured, which a lesson's end shows, or nothing."""
    text = str(output.get("data", {}).get("text/markdown", ""))
    return f'<div class="words">{html(text)}</div>' if TABLE.match(text) else ""


def result_table(output: nbformat.NotebookNode) -> str:
    """Return a stored table that is small enough to be read from the last row, or nothing."""
    stored = output.get("data", {}).get("text/html", "")
    found = re.search(r"<table.*</table>", stored, flags=re.S)
    if not found:
        return ""
    rows = re.findall(r"<tr.*?</tr>", found[0], flags=re.S)
    columns = max(len(re.findall(r"<t[hd]", row)) for row in rows)
    if len(rows) > MOST_ROWS or columns > MOST_COLUMNS:
        return ""
    return re.sub(r' (?:border|class|style)="[^"]*"', "", found[0])


if __name__ == "__main__":
    for path in write_each(Path(sys.argv[1]), all_lessons(), ".html", deck):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
