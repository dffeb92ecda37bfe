"""Exercises that check themselves, one module a lesson: ``from nastutor.exercises import evolution as ex``."""

from nastutor.exercises.exercise import Exercise, ExerciseSet, Verdict

__all__ = ["Exercise", "ExerciseSet", "Verdict"]
