"""Write the quiz bank: one GIFT file a lesson, which Moodle imports.

    python docs/course/write_quiz.py FOLDER

No answer is typed in: the functions in quiz_bank/ compute what is right, and most of what is wrong, from the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gift import to_gift
from quiz_bank import questions
from read_lessons import Lesson, all_lessons


def gift_of(lesson: Lesson) -> str:
    """Return the questions of a lesson as GIFT."""
    return to_gift(f"nastutor/{lesson.number} {lesson.title.partition(':')[0]}", questions(lesson.number))


def write_all(folder: Path, lessons: list[Lesson]) -> list[Path]:
    """Write a file for each lesson; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for lesson in lessons:
        written.append(folder / f"{lesson.number}.gift")
        written[-1].write_text(gift_of(lesson), encoding="utf-8")
    return written


if __name__ == "__main__":
    for path in write_all(Path(sys.argv[1]), all_lessons()):
        print(f"{path}: {path.read_text(encoding='utf-8').count('::[markdown]')} questions")
