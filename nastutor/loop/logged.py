"""Read the log of a search without going on with it: its settings, and the history as far as it got."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from nastutor.loop.goal import Goal
from nastutor.loop.history import History, Record
from nastutor.loop.log_lines import Lines, LogError, outcome_of
from nastutor.searchers.searcher import Proposal


class LoggedSearch(NamedTuple):
    """What a log says of a search.

    path : of the log.
    searcher : the method's class and arguments, the seed too, as plain values.
    space : the space's class and variables, as plain values.
    workers : how many evaluations were under way at once; "any, in any order" where that was not fixed.
    history : all results, in the order in which the searcher was told them: that of the asks, but where `workers` says
        otherwise. A log has a result as soon as it comes, so results that overtook others stand before them there.
    unfinished : how many proposals have no result: the search was stopped, or still runs.
    """

    path: Path
    searcher: dict[str, Any]
    space: dict[str, Any]
    workers: int | str
    history: History
    unfinished: int


def read_log(path: str | os.PathLike[str]) -> LoggedSearch:
    """Read a log of `search`, that of a search which still runs too; the file is left as it is.

    Raises
    ------
    FileNotFoundError : there is no such file.
    LogError : no log, one that holds nothing, or a damaged one.
    """
    path = Path(path)
    lines = Lines(path, path.read_bytes())
    if not lines.entries:
        raise LogError(f"{path}: an empty log; name one that `search(…, log=…)` has written")
    lines.index()
    header = lines.entries[0].content
    try:
        goal = Goal(header["objective"], header["constraints"])
        searcher, space, workers = dict(header["searcher"]), dict(header["space"]), header["workers"]
        history = History(goal.names, goal.constraints, path)
        for id in sorted(lines.tells) if isinstance(workers, int) else lines.tells:
            asked, outcome = lines.asks[id].content, outcome_of(lines.tells[id].content)
            assert outcome is not None  # as `index` has found
            proposal = Proposal(id, tuple(asked["genotype"]), asked.get("epochs"), tuple(asked.get("parents", ())))
            judged = (None, 0.0, outcome.error) if outcome.error else goal.judge(outcome.metrics, proposal)
            history.records.append(Record(proposal, outcome.metrics, *judged))
    except (KeyError, TypeError, ValueError) as error:
        raise LogError(f"{path}: the log does not fit together ({error}); name another") from None
    return LoggedSearch(path, searcher, space, workers, history, len(lines.asks) - len(lines.tells))
