"""Exercises that check themselves, one module a lesson: ``from nastutor.exercises import evolution as ex``."""

from nastutor.exercises.exercise import Exercise, Verdict
from nastutor.exercises.exercise_set import ExerciseSet

__all__ = ["Exercise", "ExerciseSet", "Verdict"]
