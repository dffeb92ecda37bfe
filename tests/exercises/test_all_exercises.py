"""What every exercise of every lesson must do: as it stands there, and in twenty variants in `make test-long`."""

import importlib
import itertools
import re
import string
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from nastutor.benchmarks.nasbench201 import DATASETS
from nastutor.exercises import Exercise
from nastutor.exercises.answers import describe
from nastutor.exercises.exercise import NOT_ATTEMPTED, RIGHT, WRONG

LESSONS = (
    "start_here",
    "encoding",
    "evaluation",
    "evolution",
    "reinforcement",
    "progressive",
    "budgets",
    "zero_cost",
    "darts",
    "weight_sharing",
    "collapse",
    "cures",
    "multi_objective",
    "hardware_aware",
    "latency",
    "once_for_all",
    "graph_networks",
    "language_models",
    "architecture_or_recipe",
    "what_holds_up",
    "your_own_problem",
)
NEED_TORCH = (
    "reinforcement.q4",
    "reinforcement.q5",
    "weight_sharing.q2",
    "weight_sharing.q3",
    "latency.q2",
    "latency.q3",
    "latency.q4",
    "latency.q5",
    "language_models.q2",
    "language_models.q3",
)
EXERCISES = {
    f"{lesson}.{exercise.name}": (lesson, exercise.name)
    for lesson in LESSONS
    for exercise in importlib.import_module(f"nastutor.exercises.{lesson}").exercises
}
ONE, TWENTY = range(1), range(20)
in_twenty_variants = pytest.mark.long


class Hostile:
    """Refuses to be printed, compared or asked for its truth."""

    def __repr__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    def __bool__(self):
        raise RuntimeError("no")

    __hash__ = None


SILLY = {
    "text": "forty-two",
    "empty_text": "",
    "bytes": b"42",
    "negative": -1,
    "huge": 10**400,
    "float": 3.7,
    "nan": float("nan"),
    "infinity": float("inf"),
    "complex": 1 + 2j,
    "fraction": Fraction(1, 3),
    "true": True,
    "empty_list": [],
    "empty_tuple": (),
    "nested": [[1, 2], [3]],
    "wrong_length": (1, 2, 3, 4, 5, 6, 7),
    "pair_of_text": ("a", "b"),
    "list_of_dots": [..., ..., ..., ..., ...],
    "dictionary": {"a": 1},
    "set": {1, 2},
    "array": np.zeros((3, 4)),
    "empty_array": np.array([]),
    "nan_array": np.full(2, np.nan),
    "object": object(),
    "hostile": Hostile(),
    "class": dict,
    "builtin": len,
    "type": int,
    "no_arguments": lambda: 1,
    "any_arguments": lambda *args: args,
    "returns_text": lambda *args: "text",
    "returns_nan": lambda *args: float("nan"),
    "returns_array": lambda *args: np.zeros((2, 2)),
    "returns_hostile": lambda *args: Hostile(),
    "returns_function": lambda *args: lambda: None,
    "raises": lambda *args: 1 / 0,
    "generator": (value for value in "abc"),
    "exception": ValueError("no"),
}


@pytest.fixture(params=EXERCISES, scope="module")  # all tests of an exercise in a row: it keeps what it computed
def exercise(request) -> Exercise:
    if request.param in NEED_TORCH:
        pytest.importorskip("torch")
    lesson, name = EXERCISES[request.param]
    return getattr(importlib.import_module(f"nastutor.exercises.{lesson}"), name)


def stub_of(exercise):
    names = {}
    exec(exercise.stub, names)
    return list(names.values())[-1]


@pytest.fixture(params=[pytest.param(ONE, id="standard"), pytest.param(TWENTY, id="twenty", marks=in_twenty_variants)])
def numbers(request):
    return request.param


def variants_of(exercise, numbers):
    """Return the variants of these numbers; beside twenty, those by dataset where there is one. No question twice."""
    names = tuple(DATASETS) if "dataset" in exercise.given and numbers is TWENTY else ()
    found = {}
    for which in (*numbers, *names):
        variant = exercise.variant(which)
        if all(variant.given != other.given for other in found.values()):
            found[which] = variant
    return found


@cache
def official_answer(variant):
    """Compute it once for all tests."""
    return variant.official_answer()


@cache
def official_verdict(variant):
    return variant.check(official_answer(variant))


@cache
def verdicts_on_silly(exercise):
    return {name: exercise.check(answer) for name, answer in SILLY.items()}


def test_the_official_solution_passes_in_every_variant(exercise, numbers):
    for which, variant in variants_of(exercise, numbers).items():
        verdict = official_verdict(variant)
        assert verdict.state == RIGHT, f"variant {which}: {verdict}"


def test_each_typical_mistake_is_refused_in_every_variant_with_a_message_of_its_own(exercise, numbers):
    assert len(exercise.MISTAKES) >= 2
    for which, variant in variants_of(exercise, numbers).items():
        for name, mistake in exercise.MISTAKES.items():
            verdict = variant.replies[name]
            assert verdict.state == WRONG, f"variant {which}, {name}: {verdict}"
            assert exercise.DECIMALS is None or variant.refuses(name), f"variant {which}, {name}, rounded"
            fitting = [other for other, known in exercise.MISTAKES.items() if re.search(known.says, verdict.message)]
            assert name in fitting, f"variant {which}, {name}: {verdict}"
            assert mistake.shares or fitting == [name], f"variant {which}: {fitting} get {verdict}"


@in_twenty_variants
def test_variants_have_many_answers_or_the_exercise_says_why_not(exercise):
    variants = [exercise.variant(which) for which in TWENTY]
    if exercise.ASKS_FOR_FUNCTION:  # one function answers all of them, so the questions must differ
        different = len({variant.question for variant in variants})
    else:
        different = len({describe(official_answer(variant), limit=1000) for variant in variants})
    assert (different >= 10) == (exercise.FEW_ANSWERS == ""), f"{different} different answers in {len(variants)}"
    assert exercise.FEW_ANSWERS == "" or re.fullmatch(r"[A-Z].{20,}\.", exercise.FEW_ANSWERS)


def test_verdicts_are_plain_text_without_addresses_and_the_same_each_time(exercise):
    firsts = {"the official one": official_verdict(exercise), **verdicts_on_silly(exercise)}
    answers = {"the official one": official_answer(exercise), **SILLY}
    for name, first in firsts.items():
        if name != "generator":  # it is at its end the second time
            assert exercise.check(answers[name]) == first, name
        assert repr(first).split(". ")[0] in ("Right", "Wrong", "Not attempted")
        assert " at 0x" not in repr(first)


def test_stubs_are_not_attempted(exercise):
    stub = stub_of(exercise)
    for answer in (stub, ..., None):
        assert exercise.check(answer).state == NOT_ATTEMPTED
    assert exercise.check().state == NOT_ATTEMPTED


def test_functions_without_a_body_are_not_attempted_where_a_function_is_asked_for(exercise):
    def raises(*args, **kwargs):
        raise NotImplementedError

    expected = NOT_ATTEMPTED if exercise.ASKS_FOR_FUNCTION else WRONG
    for answer in (raises, lambda *args: None, lambda *args: ...):
        assert exercise.check(answer).state == expected


def test_silly_answers_are_wrong_and_nothing_is_raised(exercise):
    for name, verdict in verdicts_on_silly(exercise).items():
        assert verdict.state in ((WRONG, NOT_ATTEMPTED) if name == "list_of_dots" else (WRONG,)), f"{name}: {verdict}"
        assert len(verdict.message) > 10, name


def test_questions_hints_and_solutions_can_be_shown(exercise):
    assert "{" not in exercise.question.replace("{(0, 1)", "").replace('{"', "").replace("`{evaluations: runs}`", "")
    assert 1 <= len(exercise.HINTS) <= 2
    hints = [exercise.hint() for _ in range(3)]
    assert hints[-1] == hints[-2] and repr(hints[0]).startswith("Hint ")
    assert "def " in exercise.solution().data


@in_twenty_variants
def test_variants_are_the_same_each_time_and_differ_from_one_another(exercise):
    variants = variants_of(exercise, TWENTY)
    assert variants[0] is exercise and exercise.variant(1) is variants[1]
    again = type(exercise)("q0", {})
    assert all(again.variant(which).given == exercise.variant(which).given for which in (1, 2, 3))
    assert variants[1].given != exercise.given and set(variants[1].given) == set(exercise.given)
    if "dataset" in exercise.given:
        assert [exercise.variant(name).given["dataset"] for name in DATASETS] == list(DATASETS)


def test_a_question_names_every_parameter(exercise):
    named = {field for _, field, _, _ in string.Formatter().parse(exercise.QUESTION)}
    assert set(exercise.given) <= named


@in_twenty_variants
def test_a_drawn_question_is_another_than_the_standard_one(exercise):
    assert exercise.question not in [exercise.variant(which).question for which in TWENTY[1:]]


@pytest.mark.parametrize("which", [-1, "MNIST"])
def test_unknown_variants_are_refused_with_what_there_is(exercise, which):
    with pytest.raises(ValueError, match="give a number from 0"):
        exercise.variant(which)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_three_to_five_exercises_of_which_one_is_open(lesson):
    exercises = list(importlib.import_module(f"nastutor.exercises.{lesson}").exercises)
    assert 3 <= len(exercises) <= 5
    assert sum("open-ended" in exercise.TITLE for exercise in exercises) == 1


def endless(*args):
    while True:
        pass


def test_an_answer_without_end_is_stopped_and_told(exercise, monkeypatch):
    monkeypatch.setattr(type(exercise), "SECONDS", 0.01)
    assert exercise.check(itertools.count()).state == WRONG
    verdict = exercise.check(endless)
    assert verdict.state == WRONG
    if exercise.ASKS_FOR_FUNCTION:
        assert "Stopped after 0.01 seconds" in verdict.message
