"""Render the lessons' Markdown for slides: no network, no scripts; formulas are drawn by matplotlib's mathtext."""

from __future__ import annotations

import re
from functools import cache
from html import escape

import numpy as np
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from nbconvert.filters import markdown2html

DISPLAY = re.compile(r"\$\$(.+?)\$\$", flags=re.S)
INLINE = re.compile(r"(?<![\\$\w])\$([^$\n]+?)\$(?![\w$])")
POINTS = 12
LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
FLIP = np.array([1, -1] * 3)  # of up to three points: SVG counts downwards
# What the lessons write and mathtext does not know.
SPELLINGS = (
    (r"\\lVert|\\rVert", r"\\Vert"),
    (r"\\textstyle|\\displaystyle", ""),
    (r"\\[bB]igg?[lr]?(?![a-z])", ""),
    (r"\\text\{", r"\\mathrm{"),
    (r"\\operatorname\{", r"\\mathrm{"),
    (r"\\sqrt (\w)", r"\\sqrt{\1}"),
    (r"\\(ge|le)(?![a-z])", r"\\\1q"),
    (r"\\tfrac|\\dfrac", r"\\frac"),
    (r"\\(min|max|arg|log|exp|det)(?![a-z])", r"\\mathrm{\1}\\,"),
)


@cache
def formula(tex: str) -> str:
    """Draw a formula, as an ``svg`` element that stands on the line and has the formula for words.

    Raises
    ------
    ValueError : mathtext does not know something in it.
    """
    spelt = " ".join(tex.split())
    for pattern, instead in SPELLINGS:
        spelt = re.sub(pattern, instead, spelt)
    spelt = re.sub(r"\\mathrm\{([^{}]*)\}", lambda found: rf"\mathrm{{{found[1].replace(' ', chr(92) + ' ')}}}", spelt)
    outline = TextPath((0, 0), f"${spelt}$", size=POINTS)  # of glyphs and of the lines of fractions
    box = outline.get_extents()
    left, low, width, height = box.x0 - 0.5, box.y0 - 0.5, box.width + 1, box.height + 1
    steps = (
        LETTERS[code] + ("" if code == Path.CLOSEPOLY else " ".join(map("{:.2f}".format, points * FLIP[: len(points)])))
        for points, code in outline.iter_segments(simplify=False, curves=True)
    )
    size = f"width:{width / POINTS:.3f}em;height:{height / POINTS:.3f}em;vertical-align:{low / POINTS:.3f}em"
    view = f"{left:.2f} {-low - height:.2f} {width:.2f} {height:.2f}"
    return (
        f'<svg role="img" aria-label="{escape(tex.strip())}" style="{size}" viewBox="{view}" fill="currentColor">'
        f'<path d="{"".join(steps)}"/></svg>'
    )


def html(markdown: str) -> str:
    """Render Markdown; links become plain words, since slides have nothing beside them."""
    drawn: list[str] = []

    def keep(tex: str, block: bool) -> str:
        drawn.append(f'<div class="formula">{formula(tex)}</div>' if block else formula(tex))
        return f"FORMULA{len(drawn) - 1}END"

    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown)
    text = DISPLAY.sub(lambda found: keep(found[1], block=True), text)
    text = INLINE.sub(lambda found: keep(found[1], block=False), text)
    rendered = markdown2html(text)
    return re.sub(r"FORMULA(\d+)END", lambda found: drawn[int(found[1])], rendered)


def sentences(markdown: str, words: int) -> str:
    """Keep the first sentences, at least one, of at most so many words."""
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.?!:])\s+(?=[A-ZÀ-Ý\"*`(])", " ".join(markdown.split())):
        if kept and len(" ".join([*kept, sentence]).split()) > words:
            break
        kept.append(sentence)
    return balanced(" ".join(kept))


def balanced(markdown: str) -> str:
    """Take away a mark of emphasis whose other end was cut off."""
    for mark in (r"\*\*", r"(?<!\*)\*(?!\*)"):
        marks = [found for found in re.finditer(rf"`[^`]*`|\$[^$]*\$|{mark}", markdown) if found[0][0] == "*"]
        if len(marks) % 2:
            # What opens stands before a letter: without its end it is the last; an end alone is the first.
            lone = marks[-1] if markdown[marks[-1].end() :][:1].strip() else marks[0]
            markdown = markdown[: lone.start()] + markdown[lone.end() :]
    return markdown
