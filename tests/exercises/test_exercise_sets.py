"""The machinery of exercises: verdicts, progress, files."""

import array
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from nastutor.exercises import Exercise, ExerciseSet, Verdict
from nastutor.exercises.answers import LONGEST, NotAttempted, Wrong, compare, describe, number, pair, sequence
from nastutor.exercises.called import Called
from nastutor.exercises.exercise import Mistake
from nastutor.exercises.exercise_set import FILE_KEY
from nastutor.exercises.time_limit import OutOfTime, within


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


THREE = {
    "int": 3,
    "float": 3.0,
    "fraction": Fraction(3),
    "decimal": Decimal(3),
    "numpy_int": np.int64(3),
    "numpy_float": np.float32(3),
    "array_without_axes": np.array(3),
    "array_of_one": np.array([3.0]),
    "matrix_of_one": np.array([[3]]),
    "array_of_objects": np.array(Fraction(3)),
    "series": pd.Series([3], index=["x"]),
    "frame": pd.DataFrame({"x": [3.0]}),
}


@pytest.mark.parametrize("kind", THREE)
def test_any_scalar_is_a_number(kind):
    assert number(THREE[kind]) == 3.0


def test_a_tensor_of_one_is_a_number_and_a_tensor_is_a_sequence():
    torch = pytest.importorskip("torch")
    for tensor in (torch.tensor(3), torch.tensor([3.0]), torch.tensor([[3.0]], requires_grad=True), 3 * torch.ones(())):
        assert number(tensor) == 3.0
    assert sequence(torch.tensor([1.0, 2.0], requires_grad=True), 2, "two numbers") == [1.0, 2.0]
    for answer in (torch.tensor(True), torch.tensor([3, 3]), torch.tensor([]), torch.tensor(1j)):
        with pytest.raises(Wrong, match="A number is asked for"):
            number(answer)


NO_NUMBERS = ["3", b"3", True, np.True_, None, [3], (3,), {3}, object(), lambda: 3, int, np.float64, 3j, np.array(3j)]
NO_NUMBERS += [np.array([3, 3]), np.array([]), np.array("3"), np.array([None]), pd.Series([1, 2]), pd.Series([True])]


@pytest.mark.parametrize("answer", NO_NUMBERS)
def test_only_numbers_are_numbers(answer):
    with pytest.raises(Wrong, match="A number is asked for"):
        number(answer)


@pytest.mark.parametrize("answer", [float("nan"), np.nan, Decimal("nan"), Decimal("snan"), 10**400, np.inf], ids=repr)
def test_only_finite_numbers_are_numbers(answer):
    with pytest.raises(Wrong, match="A finite number is asked for"):
        number(answer)


def test_infinity_is_a_number_where_it_is_allowed():
    assert number(np.inf, infinity=True) == number(Decimal("inf"), infinity=True) == float("inf")


SEQUENCES = {
    "list": [0, 1, 2],
    "tuple": (0, 1, 2),
    "range": range(3),
    "generator": (value for value in range(3)),
    "map": map(int, "012"),
    "keys": {0: "a", 1: "b", 2: "c"}.keys(),
    "values": {"a": 0, "b": 1, "c": 2}.values(),
    "array": np.arange(3),
    "python_array": array.array("i", [0, 1, 2]),
    "series": pd.Series([0, 1, 2], index=[7, 8, 9]),
    "index": pd.Index([0, 1, 2]),
}


@pytest.mark.parametrize("kind", SEQUENCES)
def test_whatever_gives_values_one_by_one_is_a_sequence(kind):
    assert sequence(SEQUENCES[kind], 3, "three numbers") == [0, 1, 2]


@pytest.mark.parametrize("answer", [3, "abc", b"abc", {"a": 1}, np.array(3), list, None], ids=repr)
def test_only_sequences_are_sequences(answer):
    with pytest.raises(Wrong, match="The answer is three numbers: got"):
        sequence(answer, 3, "three numbers")


def test_of_an_endless_sequence_no_more_is_read_than_is_asked_for():
    endless = itertools.count()
    with pytest.raises(Wrong, match="got more than 3 values"):
        sequence(endless, 3, "three numbers")
    assert next(endless) == 4
    with pytest.raises(Wrong, match="got more than 100,000 values"):
        sequence(endless, None, "numbers")
    assert next(endless) == 4 + LONGEST + 2


def endless_loop():
    while True:
        pass


@pytest.mark.parametrize("is_main", [True, False])
def test_what_does_not_end_is_stopped_in_any_thread(is_main):
    stopped = []

    def try_it():
        with pytest.raises(OutOfTime):
            within(0.2, endless_loop)
        stopped.append(True)

    if is_main:
        try_it()
    else:
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join(600)
    assert stopped


def naps():
    while True:
        time.sleep(0.01)


def sleeps():
    time.sleep(10_000)


@pytest.mark.parametrize("function", [naps, sleeps])
def test_what_waits_for_ever_is_stopped_too(function, monkeypatch):
    if function is sleeps and not hasattr(signal, "SIGURG"):
        pytest.skip("nothing ends a wait on Windows")
    monkeypatch.setattr("nastutor.exercises.time_limit.PATIENCE", 1)
    before = signal.getsignal(signal.SIGURG) if hasattr(signal, "SIGURG") else None
    with pytest.raises(OutOfTime):
        within(0.2, function)
    assert not hasattr(signal, "SIGURG") or signal.getsignal(signal.SIGURG) == before


def test_what_ends_is_not_disturbed_even_in_the_last_moment():
    """Functions that end about when the limit falls: each is stopped or not, and nothing comes later."""

    def lasts(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
        return seconds

    for seconds in np.linspace(0.05, 0.15, 11):
        with contextlib.suppress(OutOfTime):
            assert within(0.05, lambda seconds=seconds: lasts(seconds)) == seconds
        lasts(0.01)
    assert within(60, lambda: 3) == 3


def test_a_function_that_says_itself_that_it_is_out_of_time_is_not_watched_any_longer():
    def gives_up():
        raise OutOfTime

    with pytest.raises(OutOfTime):
        within(0.2, gives_up)
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass


def test_after_a_limit_python_is_as_it_was():
    """A profiler goes on: it would not end if the interpreter still looked for an exception at every step."""
    code = (
        "from nastutor.exercises.time_limit import within; import cProfile; within(9, int); cProfile.run('sorted([])')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600, stdout=subprocess.DEVNULL)


class Endless(Doubled):
    SECONDS = 0.2


def swallows_errors():
    while True:
        with contextlib.suppress(Exception):
            pass


@pytest.mark.parametrize("function", [endless_loop, swallows_errors])
def test_an_answer_that_never_ends_is_wrong_and_the_next_check_works(function, monkeypatch):
    monkeypatch.setattr(Endless, "judge", lambda self, answer: answer() if callable(answer) else "Well counted.")
    exercise = Endless("q1", {})
    assert repr(exercise.check(function)) == f"Wrong. Stopped after 0.2 seconds: does {describe(function)} ever end?"
    assert exercise.check(6)


def test_a_function_that_leaves_python_is_a_wrong_answer(monkeypatch):
    monkeypatch.setattr(Doubled, "judge", lambda self, answer: Called(answer)())
    assert "SystemExit" in Doubled("q1", {}).check(sys.exit).message


class Squared(Doubled):
    MISTAKES = {  # noqa: RUF012
        "squared": Mistake(lambda x: x**2, "the square"),
        "added two": Mistake(lambda x: x + 2, "too (small|large)"),
    }

    def draw(self, rng):
        return {"x": int(rng.choice([0, 2, 5]))}  # 0² = 2 · 0, and 2² = 2 + 2 = 2 · 2


def test_a_variant_that_does_not_tell_a_mistake_from_the_truth_is_not_offered():
    progress = {}
    exercise = Squared("q1", progress)
    assert {exercise.variant(which).given["x"] for which in range(1, 30)} == {5}
    assert progress == {}


def test_an_exercise_without_any_variant_that_separates_says_so(monkeypatch):
    monkeypatch.setattr(Squared, "draw", lambda self, rng: {"x": 0})
    with pytest.raises(RuntimeError, match="q1 has no variant 1 that tells its typical mistakes"):
        Squared("q1", {}).variant(1)


@pytest.mark.parametrize("answer", [5, (1,), (1, 2, 3), "ab", (2, 1), (1, "b")])
def test_only_pairs_are_intervals(answer):
    with pytest.raises(Wrong):
        pair(answer)


def test_descriptions_are_one_short_line():
    assert describe(object()) == "<object object>"
    assert len(describe(list(range(1000)))) == 70
    assert "\n" not in describe("a\nb" * 3)
