"""The machinery of exercises: verdicts, progress, files."""

import json
import os

import pytest

from nastutor.exercises import Exercise, ExerciseSet, Verdict
from nastutor.exercises.answers import Called, NotAttempted, Wrong, compare, describe, number, pair
from nastutor.exercises.exercise import FILE_KEY


def double(x):
    return 2 * x


class Doubled(Exercise):
    TITLE = "Doubling"
    QUESTION = "What is twice {x}?"
    STUB = "answer = ..."
    HINTS = ("Add it to itself.", "Then stop.")
    GIVEN = {"x": 3}  # noqa: RUF012
    OFFICIAL = staticmethod(double)

    def draw(self, rng):
        return {"x": int(rng.integers(10, 99))}

    def judge(self, answer):
        compare(answer, 2 * self.given["x"], 0, [(self.given["x"] ** 2, "That is the square.")])
        return "Well counted."


@pytest.fixture
def lesson():
    return ExerciseSet("doubling", "99 Doubling", [Doubled, Doubled])


def test_the_three_states(lesson):
    first, _ = lesson
    assert repr(first.check()) == "Not attempted. Put your answer in place of the three dots."
    assert repr(first.check(9)) == "Wrong. That is the square."
    assert repr(first.check(7)) == "Wrong. 7 is too large."
    assert repr(first.check(6)) == "Right. Well counted."
    assert first.check(6) and not first.check(7)


def test_a_fault_in_a_check_is_told_and_not_raised(lesson):
    class Broken(Doubled):
        def judge(self, answer):
            raise ZeroDivisionError("at <object at 0x7f00>")

    verdict = Broken("q1", {}).check(6)
    assert verdict == Verdict("wrong", "This check cannot read 6 as an answer (ZeroDivisionError: at <object>).")


def test_hints_come_one_at_a_time_and_each_variant_has_its_own(lesson):
    first, _ = lesson
    assert [first.hint() for _ in range(3)] == [
        "Hint 1 of 2: Add it to itself.",
        "Hint 2 of 2: Then stop.",
        "Hint 2 of 2: Then stop.",
    ]
    assert first.variant(1).hint().startswith("Hint 1")


def test_the_summary_counts_and_what_was_right_stays_right(lesson):
    first, second = lesson
    first.check(6)
    first.check(7)
    second.check(1)
    second.variant(2).check(0)
    assert repr(lesson.summary()) == "\n".join(
        [
            "99 Doubling: 1 of 2 right",
            "q1      right          Doubling",
            "q2      wrong          Doubling",
            "q2 (2)  wrong          Doubling",
        ]
    )


def test_progress_is_saved_and_loaded(lesson, tmp_path):
    first, second = lesson
    first.check(6)
    second.variant(4).check(0)
    assert lesson.save(tmp_path / "progress.json") == "99 Doubling: saved 2 results"
    other = ExerciseSet("doubling", "99 Doubling", [Doubled, Doubled])
    assert other.load(tmp_path / "progress.json") == lesson.summary()
    next(iter(other)).check(7)
    assert other.progress == {"q1": "right", "q2 (4)": "wrong"}


def test_one_file_holds_several_lessons_and_forgets_nothing_right(lesson, tmp_path):
    path = tmp_path / "progress.json"
    other = ExerciseSet("halving", "98 Halving", [Doubled, Doubled, Doubled])
    first, second = lesson
    first.check(6)
    second.check(1)
    lesson.save(path)
    list(other)[2].check(6)
    other.save(path)
    again = ExerciseSet("doubling", "99 Doubling", [Doubled, Doubled])
    for exercise, answer in zip(again, (1, 6)):
        exercise.check(answer)
    assert again.save(path) == "99 Doubling: saved 2 results"
    again.load(path)
    assert again.progress == {"q1": "right", "q2": "right"}
    other.load(path)
    assert other.progress == {"q3": "right"}
    assert [file.name for file in tmp_path.iterdir()] == ["progress.json"]


def test_a_file_without_the_lesson_says_which_there_are(lesson, tmp_path):
    path = tmp_path / "progress.json"
    ExerciseSet("halving", "98 Halving", [Doubled]).save(path)
    with pytest.raises(ValueError, match=r"holds nothing of the lesson 'doubling' \(lessons there: halving\)"):
        lesson.load(path)


def test_a_save_that_fails_leaves_the_file_as_it_was(lesson, tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    lesson.save(path)
    before = path.read_bytes()

    def fails(*args):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fails)
    next(iter(lesson)).check(6)
    with pytest.raises(OSError, match="disk full"):
        lesson.save(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def progress_file(lessons):
    return json.dumps({FILE_KEY: lessons})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is damaged"),
        ("", "is damaged"),
        ("\x00\x01", "is damaged"),
        ("[" * 100_000, "is damaged"),
        ("[1, 2]", "no progress file"),
        ("{}", "no progress file"),
        ('{"doubling": {"q1": "right"}}', "no progress file"),
        (progress_file([1]), "no progress file"),
        (progress_file({"doubling": [1]}), "no progress file"),
        (json.dumps({FILE_KEY: {}, "notes": 1}), "no progress file"),
        (progress_file({"doubling": {"q7": "right"}}), "'q7' of 'doubling' is 'right'; known are q1, q2"),
        (progress_file({"doubling": {"q1": "perfect"}}), "'q1' of 'doubling' is 'perfect'"),
        (progress_file({"doubling": {"q1": ["right"]}}), "'q1' of 'doubling' is"),
        (progress_file({"doubling": {"": "right"}}), "'' of 'doubling' is 'right'"),
        (progress_file({"doubling": {}, "evolution": {"q9": "perfect"}}), "'q9' of 'evolution' is 'perfect'"),
    ],
)
def test_files_that_cannot_be_used_are_refused_and_neither_side_changes(lesson, tmp_path, content, message):
    next(iter(lesson)).check(6)
    path = tmp_path / "progress.json"
    path.write_text(content, encoding="utf-8")
    for refuse in (lesson.load, lesson.save):
        with pytest.raises(ValueError, match=r"progress\.json") as error:
            refuse(path)
        assert message in str(error.value)
    assert lesson.progress == {"q1": "right"}
    assert path.read_text(encoding="utf-8") == content and len(list(tmp_path.iterdir())) == 1


def test_a_binary_file_is_damaged_and_a_missing_one_is_missing(lesson, tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is damaged"):
        lesson.load(tmp_path / "binary")
    with pytest.raises(FileNotFoundError, match="write one first with save"):
        lesson.load(tmp_path / "none.json")


def test_the_file_is_readable(lesson, tmp_path):
    next(iter(lesson)).check(6)
    lesson.save(tmp_path / "progress.json")
    assert json.loads((tmp_path / "progress.json").read_text()) == {FILE_KEY: {"doubling": {"q1": "right"}}}


def test_a_function_that_fails_is_shown_with_its_input():
    def fails_for_two(x):
        if x == 2:
            raise KeyError("no such edge")
        return x or None

    function = Called(fails_for_two)
    with pytest.raises(NotAttempted):
        function(0)
    assert function(1) == 1
    with pytest.raises(Wrong, match=r"fails for the input 2: KeyError: 'no such edge'"):
        function(2)
    with pytest.raises(Wrong, match="returns None for the input 0"):
        function(0)


@pytest.mark.parametrize("answer", ["3", True, None, [3], object(), lambda: 3, float("nan")])
def test_only_numbers_are_numbers(answer):
    with pytest.raises(Wrong, match="number is asked for"):
        number(answer)


@pytest.mark.parametrize("answer", [5, (1,), (1, 2, 3), "ab", (2, 1), (1, "b")])
def test_only_pairs_are_intervals(answer):
    with pytest.raises(Wrong):
        pair(answer)


def test_descriptions_are_one_short_line():
    assert describe(object()) == "<object object>"
    assert len(describe(list(range(1000)))) == 70
    assert "\n" not in describe("a\nb" * 3)
