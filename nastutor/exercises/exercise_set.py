"""The exercises of a lesson together: how far a reader has come with them, and the file that keeps it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nastutor.exercises.exercise import NOT_ATTEMPTED, RIGHT, STATES, Exercise, Text

FILE_KEY = "nastutor progress"
"""The one key of a progress file; under it ``{lesson: {exercise: state}}``."""


class ExerciseSet:
    """The exercises of a lesson, ``q1``, ``q2``, …, and how far a reader has come with them.

    Parameters
    ----------
    lesson : the module's name, which a progress file is checked for.
    title : for the summary.
    kinds : the exercises, in order.
    """

    def __init__(self, lesson: str, title: str, kinds: Sequence[type[Exercise]]) -> None:
        self.lesson, self.title = lesson, title
        self.progress: dict[str, str] = {}
        self.exercises = [kind(f"q{number}", self.progress) for number, kind in enumerate(kinds, start=1)]

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.exercises)

    def summary(self) -> Text:
        """Return the state of each exercise, and of each variant that was attempted, as a short table."""
        titles = {exercise.name: exercise.TITLE for exercise in self.exercises}
        variants = [name for name in self.progress if name not in titles]
        right = sum(self.progress.get(name) == RIGHT for name in titles)
        lines = [f"{self.title}: {right} of {len(titles)} right"]
        names = sorted([*titles, *variants], key=lambda name: (name.split()[0], name))
        width = max(map(len, names))
        for name in names:
            lines.append(f"{name:<{width}}  {self.progress.get(name, NOT_ATTEMPTED):<13}  {titles[name.split()[0]]}")
        return Text("\n".join(lines))

    def save(self, path: str | os.PathLike[str]) -> Text:
        """Add the progress to a JSON file, which several lessons may share: what it says is right stays right.

        Raises
        ------
        ValueError : the file exists and is damaged or no progress file; it is left as it is.
        """
        lessons = self._read(path) if Path(path).exists() else {}
        known = lessons.get(self.lesson, {})
        lessons[self.lesson] = known | {name: s for name, s in self.progress.items() if known.get(name) != RIGHT}
        target = Path(path).resolve()
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            unfinished.write_text(json.dumps({FILE_KEY: lessons}, indent=2) + "\n", encoding="utf-8")
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)
        return Text(f"{self.title}: saved {len(lessons[self.lesson])} results")

    def load(self, path: str | os.PathLike[str]) -> Text:
        """Take over this lesson's progress from a file, in place of what is known here, and return the summary.

        Raises
        ------
        FileNotFoundError : there is no such file.
        ValueError : the file is damaged, or holds nothing of this lesson; nothing is changed then.
        """
        if not Path(path).exists():
            raise FileNotFoundError(f"no progress file {path}: write one first with save")
        lessons = self._read(path)
        if self.lesson not in lessons:
            there = ", ".join(lessons) or "none"
            raise ValueError(f"{path} holds nothing of the lesson {self.lesson!r} (lessons there: {there}): save first")
        self.progress.clear()
        self.progress.update(lessons[self.lesson])
        return self.summary()

    def _read(self, path: str | os.PathLike[str]) -> dict[str, dict[str, str]]:
        """Return the progress of all lessons in a file; raise ValueError unless all of it can be used."""
        advice = "remove it, or choose another name"
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} is damaged ({error}): {advice}") from None
        lessons = content.get(FILE_KEY) if isinstance(content, dict) and len(content) == 1 else None
        if not isinstance(lessons, dict) or not all(isinstance(progress, dict) for progress in lessons.values()):
            raise ValueError(f"{path} is no progress file, which holds {FILE_KEY!r} and nothing else: {advice}")
        names = {exercise.name for exercise in self.exercises}
        for lesson, progress in lessons.items():
            for name, state in progress.items():
                is_known = re.fullmatch(r"q\d+( \(.+\))?", name) and state in STATES
                if not is_known or (lesson == self.lesson and name.split()[0] not in names):
                    known = f"{', '.join(sorted(names))} and {', '.join(STATES)}"
                    found = f"{name!r} of {lesson!r} is {state!r}"
                    raise ValueError(f"{path} is damaged: it says that {found}; known are {known}: {advice}")
        return lessons
