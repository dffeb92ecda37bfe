"""The quiz bank, one module a lesson: each has a function ``questions`` that computes what is right."""

import importlib

from gift import Question


def questions(number: str) -> list[Question]:
    """Return the questions of a lesson, such as ``"02"``."""
    return importlib.import_module(f"quiz_bank.lesson_{number}").questions()
