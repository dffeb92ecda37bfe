"""The one loop of all searches: ask, evaluate, tell, until the budget is spent; its log and its history."""

from nastutor.loop.history import History, Record
from nastutor.loop.log_lines import LogError
from nastutor.loop.logged import LoggedSearch, read_log
from nastutor.loop.pool import WorkerError
from nastutor.loop.run import EvaluationError
from nastutor.loop.search import Evaluator, repeat, search

__all__ = [
    "EvaluationError",
    "Evaluator",
    "History",
    "LogError",
    "LoggedSearch",
    "Record",
    "WorkerError",
    "read_log",
    "repeat",
    "search",
]
