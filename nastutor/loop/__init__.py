"""The one loop of all searches: ask, evaluate, tell, until the budget is spent; its log and its history."""

from nastutor.loop.history import History, Record
from nastutor.loop.log import LogError
from nastutor.loop.pool import WorkerError
from nastutor.loop.run import EvaluationError
from nastutor.loop.search import Evaluator, repeat, search

__all__ = ["EvaluationError", "Evaluator", "History", "LogError", "Record", "WorkerError", "repeat", "search"]
