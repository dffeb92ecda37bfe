"""Functions that answer are judged outside of their process as inside: the right one, and each typical mistake."""

import re

import pytest

from nastutor.course.homework import exercises_of, lessons
from nastutor.course.sandbox import Sandbox

pytestmark = pytest.mark.course

CASES = [
    (lesson, name)
    for lesson in lessons()
    for name, exercise in exercises_of(lesson).items()
    if exercise.ASKS_FOR_FUNCTION
]
SEEN_INSIDE_ALONE = {("hardware_aware", "q2", "autograd"), ("language_models", "q2", "torch's own")}
"""How an answer comes about is not seen from outside: what torch computes is right there, and seen in the lesson."""
NEED_TORCH = {("weight_sharing", "q3"), ("language_models", "q2"), ("language_models", "q3"), ("latency", "q4")}


@pytest.mark.parametrize(("lesson", "name"), CASES, ids=map(".".join, CASES))
def test_a_function_is_judged_from_outside_as_it_is_inside(lesson, name):
    if (lesson, name) in NEED_TORCH:
        pytest.importorskip("torch")
    exercise = exercises_of(lesson, 1)[name]
    kind = type(exercise)
    given = f"from {kind.__module__} import {kind.__name__} as kind\n"
    with Sandbox({name: exercise.given}) as sandbox:

        def verdict_on(source):
            sandbox.allow(600)
            answer = sandbox.run(given + source, "answer")
            return exercise.verdict(answer, wait=sandbox.allow(600))

        assert verdict_on("answer = kind.OFFICIAL").state == "right"
        for which, mistake in exercise.MISTAKES.items():
            verdict = verdict_on(f"answer = kind.MISTAKES[{which!r}].answer(**homework.given({name!r}))")
            if (lesson, name, which) in SEEN_INSIDE_ALONE:
                assert verdict.state == "right"
            else:
                assert verdict.state == "wrong" and re.search(mistake.says, verdict.message), f"{which}: {verdict}"
