"""The state of one search: what was asked, told, charged and written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nastutor.loop.budget import Budget
from nastutor.loop.goal import Goal
from nastutor.loop.history import History, Record
from nastutor.loop.log import Log
from nastutor.loop.log_lines import LogError
from nastutor.loop.outcome import Outcome, evaluated
from nastutor.searchers.searcher import Proposal, Searcher, Value


class EvaluationError(RuntimeError):
    """An evaluation failed. `history` holds everything before it."""

    history: History


def run_serially(run: Run) -> None:
    """Ask, evaluate, tell, until the budget is spent or the searcher has finished."""
    while (proposal := run.ask()) is not None:
        run.tell(proposal, run.recorded(proposal) or evaluated(run.evaluate, proposal))


class Run:
    """The state of one search: what was asked, told, charged and written down."""

    def __init__(
        self,
        searcher: Searcher,
        evaluate: Callable[..., Mapping[str, Any]],
        goal: Goal,
        budget: Budget,
        on_error: str,
        log: Log | None,
        is_free: bool,
        when_told: Callable[[], None],
    ) -> None:
        self.searcher, self.evaluate, self.goal, self.budget = searcher, evaluate, goal, budget
        self.on_error, self.log, self.is_free, self.when_told = on_error, log, is_free, when_told
        self.history = History(goal.names, goal.constraints, log.path if log else None)
        self.open: dict[int, Proposal] = {}

    def ask(self) -> Proposal | None:
        if self.budget.is_spent(len(self.history) + len(self.open)):
            return None
        proposal = self.searcher.ask()
        if proposal is not None:
            self.open[proposal.id] = proposal
            if self.log is not None:
                self.log.ask(proposal)
        elif self.log is not None and self.is_free:
            self.log.wait()
        return proposal

    def recorded(self, proposal: Proposal) -> Outcome | None:
        """Return the result that the log holds, if it does."""
        outcome = self.log.result(proposal) if self.log is not None else None
        if self.log is not None and outcome is not None and outcome.error is None:
            try:
                misfit = self._judge(proposal, outcome)[2]
            except ValueError as error:
                misfit = str(error)
            if misfit is not None:  # it would not have been written
                line = self.log.line_of_result(proposal)
                raise LogError(f"{self.log.path}, line {line} does not fit this search ({misfit}); choose another file")
        return outcome

    def tell(self, proposal: Proposal, outcome: Outcome) -> None:
        value, violation, error = self._judge(proposal, outcome)
        if error is not None and self.on_error == "raise":
            message = f"evaluation {len(self.history)} of genotype {proposal.genotype} failed: {error}"
            message += f"; the {len(self.history)} before it are kept in this exception's .history"
            raise EvaluationError(message) from outcome.cause
        self.budget.charge(proposal, outcome.metrics, has_failed=error is not None)
        del self.open[proposal.id]
        self.history.records.append(Record(proposal, outcome.metrics, value, violation, error))
        if self.log is not None:
            self.log.tell(proposal, outcome, error)
        self.searcher.tell(proposal, value, violation)
        self.when_told()

    def keep(self, proposal: Proposal, outcome: Outcome) -> None:
        """Log a result before it is told, so that a search that ends here need not compute it again."""
        if self.log is None:
            return
        try:
            error = self._judge(proposal, outcome)[2]
        except (TypeError, ValueError):  # what cannot be used is computed again
            return
        if error is None or self.on_error == "record":
            self.log.tell(proposal, outcome, error)

    def replay(self, log: Log) -> None:
        """Repeat the log's asks and tells in the order in which they happened."""
        for entry in log.entries[1:]:
            if "wait" in entry.content:
                self.searcher.ask()
            elif "ask" in entry.content:
                if self.budget.is_spent(len(self.history) + len(self.open)):
                    return
                if self.ask() is None:
                    raise LogError(f"{log.path}, line {entry.line}: the log asks on where this search has finished")
            elif (proposal := self.open.get(entry.content["tell"])) is not None:
                outcome = self.recorded(proposal)
                assert outcome is not None
                self.tell(proposal, outcome)

    def _judge(self, proposal: Proposal, outcome: Outcome) -> tuple[Value, float, str | None]:
        """Return what `Goal.judge` makes of an outcome; raise TypeError or ValueError for what no search can use."""
        if outcome.mistake is not None:
            raise TypeError(outcome.mistake)
        if outcome.error is not None:
            self.goal.check_names(outcome.metrics)
            return None, 0.0, outcome.error
        return self.goal.judge(outcome.metrics, proposal)
