"""The record of a search: every evaluation in the order in which its result came."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from nastutor.arguments import shown
from nastutor.objectives.pareto import is_nondominated
from nastutor.searchers.searcher import Proposal, Value
from nastutor.spaces.space import Genotype

if TYPE_CHECKING:
    import pandas


Merit = Callable[[Sequence[Genotype], Sequence[float]], "np.ndarray | Sequence[float]"]
"""What to choose by: it maps genotypes (n) and their objectives (n) to n numbers, larger is better."""

_OWN_COLUMNS = (*Proposal._fields, "violation", "failure")
RESERVED = ", ".join([*_OWN_COLUMNS, "value_of_…"])


def is_reserved(name: str) -> bool:
    """Return whether `History.to_frame` has a column of that name that is no metric."""
    return name in _OWN_COLUMNS or name.startswith("value_of_")


class Record(NamedTuple):
    """One evaluation.

    proposal : what was asked.
    metrics : what the evaluator returned, as floats; empty if it raised, and without what was no number.
    value : the objective, larger is better; a tuple for several; None if the evaluation failed.
    violation : by how much the constraints are missed, relative to their bounds; 0: feasible.
    error : why it failed, or None.
    """

    proposal: Proposal
    metrics: Mapping[str, float]
    value: Value
    violation: float = 0.0
    error: str | None = None

    @property
    def genotype(self) -> Genotype:
        return self.proposal.genotype

    @property
    def is_feasible(self) -> bool:
        """Whether the evaluation succeeded and meets every constraint."""
        return self.value is not None and self.violation == 0


class History:
    """The records of one search, in the order in which the results came.

    Attributes
    ----------
    objective : the names of the objectives, a leading ``-`` for those that are minimised.
    constraints : the bounds, ``{metric: (lowest, highest)}``.
    interrupted : True if the search was stopped from the keyboard; what was done is here.
    log : the file that the search was logged to, or None.
    """

    def __init__(
        self,
        objective: tuple[str, ...] = ("val_accuracy",),
        constraints: Mapping[str, tuple[float | None, float | None]] | None = None,
        log: str | os.PathLike[str] | None = None,
    ) -> None:
        self.records: list[Record] = []
        self.objective = objective
        self.constraints = dict(constraints or {})
        self.log = log
        self.interrupted = False

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        return self.records[index]

    def __repr__(self) -> str:
        failed = sum(record.value is None for record in self.records)
        parts = [f"{len(self)} evaluations", f"objective {', '.join(self.objective)}"]
        return f"History({', '.join(parts + ([f'{failed} failed'] if failed else []))})"

    def best(self, by: Merit | None = None) -> Record:
        """Return the feasible record with the largest objective; ties go to the smaller genotype.

        Where the evaluations were given different numbers of epochs, only those with the most are compared.

        Parameters
        ----------
        by : None, or a function of the genotypes (n) and their objectives (n,) that returns n numbers: the record with
            the largest is returned, of equal ones the one with the larger objective. `statistics.posterior_mean` makes
            one that is less fooled by luck than the objective itself.

        Raises
        ------
        ValueError : several objectives (use `pareto`), nothing evaluated, or nothing feasible; the message then says
            what came closest. Also if `by` returns anything but n numbers.
        """
        self._need_one_objective()
        feasible = self._feasible()
        most = max((epochs for r in feasible if (epochs := r.proposal.epochs) is not None), default=None)
        compared = [record for record in feasible if record.proposal.epochs == most]
        if by is None:
            return min(compared, key=_rank)
        merits = np.asarray(
            by([record.genotype for record in compared], [_value(record) for record in compared]), float
        )
        if merits.shape != (len(compared),) or np.isnan(merits).any():
            raise ValueError(f"by returned {shown(merits)} for {len(compared)} genotypes: return one number for each")
        return min(zip(merits.tolist(), compared), key=lambda pair: (-pair[0], *_rank(pair[1])))[1]

    def incumbent(self) -> list[Record | None]:
        """Return the best record so far after each evaluation; None before the first feasible one.

        A later record replaces the incumbent if it is strictly better, or was trained for more epochs.
        """
        self._need_one_objective()
        best: Record | None = None
        found = []
        for record in self.records:
            if record.is_feasible and (best is None or _standing(record) > _standing(best)):
                best = record
            found.append(best)
        return found

    def pareto(self) -> list[Record]:
        """Return the feasible records that no other dominates, in order; equal values all belong to the front."""
        feasible = self._feasible()
        values = [record.value if isinstance(record.value, tuple) else (record.value,) for record in feasible]
        return [record for record, is_best in zip(feasible, is_nondominated(np.array(values))) if is_best]

    def to_frame(self) -> pandas.DataFrame:
        """Return a table, one row a record.

        Columns: the proposal's id, genotype, epochs, parents; each metric by its name; value_of_… each objective; the
        violation; the failure, which is the record's `error`.
        """
        import pandas

        rows = []
        for record in self.records:
            values = record.value if isinstance(record.value, tuple) else (record.value,) * len(self.objective)
            row = record.proposal._asdict() | dict(record.metrics)
            row |= {f"value_of_{name}": value for name, value in zip(self.objective, values)}
            rows.append(row | {"violation": record.violation, "failure": record.error})
        return pandas.DataFrame(rows)

    def _need_one_objective(self) -> None:
        if len(self.objective) != 1:
            raise ValueError(
                f"{len(self.objective)} objectives ({', '.join(self.objective)}) have no best: use pareto()"
            )

    def _feasible(self) -> list[Record]:
        feasible = [record for record in self.records if record.is_feasible]
        if feasible:
            return feasible
        evaluated = [record for record in self.records if record.value is not None]
        if not evaluated:
            raise ValueError(f"nothing to choose from: {len(self.records)} evaluations, none succeeded")
        closest = min(evaluated, key=lambda record: (record.violation, record.genotype))
        bounds = ", ".join(f"{name} in {_bounds(limits)}" for name, limits in self.constraints.items())
        values = ", ".join(f"{name} = {closest.metrics[name]:g}" for name in self.constraints)
        raise ValueError(
            f"none of {len(self.records)} evaluations meets {bounds}; the closest is {closest.genotype} with {values}. "
            "Allow that much, or search longer"
        )


def _value(record: Record) -> float:
    assert isinstance(record.value, float)
    return record.value


def _rank(record: Record) -> tuple[float, Genotype]:
    return (-_value(record), record.genotype)


def _standing(record: Record) -> tuple[float, float]:
    return (record.proposal.epochs or 0, _value(record))


def _bounds(limits: tuple[float | None, float | None]) -> str:
    lowest, highest = limits
    return f"[{'−∞' if lowest is None else f'{lowest:g}'}, {'∞' if highest is None else f'{highest:g}'}]"
