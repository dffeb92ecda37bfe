"""Write the quiz bank: one GIFT file a lesson, which Moodle imports.

    python docs/course/write_quiz.py FOLDER

No answer is typed in: the functions in quiz_bank/ compute what is right, and most of what is wrong, from the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gift import to_gift
from quiz_bank import questions
from read_lessons import Lesson, all_lessons, write_each


def gift_of(lesson: Lesson) -> str:
    """Return the questions of a lesson as GIFT."""
    return to_gift(f"nastutor/{lesson.number} {lesson.title.partition(':')[0]}", questions(lesson.number))


if __name__ == "__main__":
    for path in write_each(Path(sys.argv[1]), all_lessons(), ".gift", gift_of):
        print(f"{path}: {path.read_text(encoding='utf-8').count('::[markdown]')} questions")
