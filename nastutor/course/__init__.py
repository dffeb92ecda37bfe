"""Assignments for a class: a variant for each student, and grades that trust nothing but the answers.

`Homework` is what a student's notebook uses; `python -m nastutor.course.assignments` writes the notebooks, and
`python -m nastutor grade` grades what comes back.
"""

from nastutor.course.homework import Homework

__all__ = ["Homework"]
