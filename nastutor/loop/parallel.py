"""The loop with several evaluations under way."""

from __future__ import annotations

import contextlib
import warnings
from concurrent.futures import FIRST_COMPLETED, Future, wait

from nastutor.loop.outcome import Outcome
from nastutor.loop.pool import Pool
from nastutor.loop.run import EvaluationError, Run
from nastutor.searchers.searcher import Proposal


def run_in_parallel(run: Run, pool: Pool, workers: int, ordered: bool) -> None:
    """Ask, evaluate, tell with `workers` evaluations under way; tell as they come, or in the order of the asks."""
    under_way = _UnderWay(run, pool, ordered)
    try:
        for proposal in list(run.open.values()):  # asked before an interruption, never told
            under_way.start(proposal)
        while True:
            while len(run.open) < workers and (asked := run.ask()) is not None:
                under_way.start(asked)
            if not run.open:
                return
            while not (ready := under_way.ready()):
                under_way.collect()
            for proposal in ready:
                run.tell(proposal, under_way.done.pop(proposal.id))
    except KeyboardInterrupt:
        pool.is_interrupted = True
        if not all(future.done() for future in under_way.running):
            warnings.warn("interrupted: waiting for what is being computed; interrupt again to leave it", stacklevel=3)
        try:
            under_way.finish()
        finally:
            under_way.tell_what_went_well()
        raise
    except Exception:
        under_way.finish()  # what is being computed is not thrown away
        raise
    finally:
        under_way.keep_what_went_well()


class _UnderWay:
    """What was asked and not told: being computed (`running`), or computed and waiting for its turn (`done`, by id)."""

    def __init__(self, run: Run, pool: Pool, ordered: bool) -> None:
        self.run, self.pool, self.ordered = run, pool, ordered
        self.running: dict[Future[Outcome], Proposal] = {}
        self.done: dict[int, Outcome] = {}

    def start(self, proposal: Proposal) -> None:
        known = self.run.recorded(proposal)
        if known is not None:
            self.done[proposal.id] = known
        else:
            self.running[self.pool.submit(proposal)] = proposal

    def collect(self) -> None:
        """Wait for whatever ends next. What overtakes others is logged at once, so that a killed run keeps it."""
        for future in wait(self.running, return_when=FIRST_COMPLETED).done:
            outcome = self.pool.outcome(future, self.running[future])
            proposal = self.running.pop(future)
            if outcome is None:  # its worker died
                self.running[self.pool.submit(proposal)] = proposal
            else:
                self.done[proposal.id] = outcome
                if self.ordered:
                    self.run.keep(proposal, outcome)

    def ready(self) -> list[Proposal]:
        """Return what can be told now, in the order of the asks."""
        proposals = list(self.run.open.values())
        return [proposal for proposal in proposals[: 1 if self.ordered else None] if proposal.id in self.done]

    def finish(self) -> None:
        """Drop what has not begun, and wait for the rest."""
        for future in [future for future in self.running if future.cancel()]:
            del self.running[future]
        wait(self.running)

    def gather(self) -> dict[int, Outcome]:
        """Return what is done and went well, by id; what failed may have failed because of what ends the search."""
        for future in [future for future in self.running if future.done() and not future.cancelled()]:
            proposal = self.running.pop(future)
            if future.exception() is None:
                self.done[proposal.id] = future.result()
        return {number: outcome for number, outcome in self.done.items() if outcome.error is None}

    def tell_what_went_well(self) -> None:
        """Tell what can be told, after an interruption."""
        self.done = self.gather()
        while ready := self.ready():
            for proposal in ready:
                with contextlib.suppress(EvaluationError):
                    self.run.tell(proposal, self.done.pop(proposal.id))

    def keep_what_went_well(self) -> None:
        """Log what has not been told."""
        for number, outcome in self.gather().items():
            self.run.keep(self.run.open[number], outcome)
