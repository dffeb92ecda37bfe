"""Search spaces: an architecture is a genotype, a tuple of small integers, one per variable.

A space is an ordered list of categorical variables. Everything that a searcher needs (sampling, mutation, crossover,
neighbourhoods) follows from that list, so it is written here once and every searcher works on every space.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

Genotype = tuple[int, ...]
"""One integer per variable: the index of the choice taken. Immutable and hashable, so a parent cannot be damaged."""

TABULATED = 50_000
"""Spaces without conditions are kept as a list up to this size, so that one number draws a whole genotype."""


@dataclass(frozen=True)
class Variable:
    """A categorical variable of a search space.

    Parameters
    ----------
    name : unique within its space; may not contain ``=`` or ``|``.
    choices : the values, in order; their ``str`` forms must differ and may not contain ``|``.
    when : the conditions under which the variable matters: ``{earlier variable: values}``. All must hold, and a
        condition on a variable that is itself inactive does not hold. Empty: always active.
    """

    name: str
    choices: tuple[Any, ...]
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.choices, str) or not isinstance(self.choices, Iterable):
            raise ValueError(f"variable {self.name!r}: choices must be a list or tuple, got {self.choices!r}")
        object.__setattr__(self, "choices", tuple(self.choices))
        object.__setattr__(self, "when", {name: tuple(values) for name, values in self.when.items()})
        if not self.choices:
            raise ValueError(f"variable {self.name!r} has no choices: give at least one")
        texts = [str(choice) for choice in self.choices]
        if len(set(texts)) < len(texts):
            raise ValueError(f"variable {self.name!r}: choices must read differently, got {', '.join(texts)}")
        if any(self.choices.index(choice) != index for index, choice in enumerate(self.choices)):
            raise ValueError(f"variable {self.name!r}: choices must differ, got equal ones among {', '.join(texts)}")
        if set("=|") & set(self.name) or any("|" in text for text in texts):
            raise ValueError(f"variable {self.name!r}: no '|' in names or choices and no '=' in names")


@cache
def _product(counts: tuple[int, ...]) -> list[Genotype]:
    """List all genotypes of variables with so many choices, in lexicographic order."""
    return list(itertools.product(*map(range, counts)))


class SearchSpace:
    """An ordered list of categorical variables, usable as it is for a space of your own.

    >>> space = SearchSpace([Variable("depth", (1, 2)), Variable("kernel_2", (3, 5), when={"depth": (2,)})])
    >>> space.size, list(space)
    (3, [(0, 0), (1, 0), (1, 1)])

    A variable whose conditions do not hold is *inactive*: it does not change the architecture, and it is zero in
    every genotype that this class makes.

    Raises
    ------
    ValueError : no variables, two of one name, or a condition on a variable that does not come earlier.
    """

    def __init__(self, variables: Iterable[Variable]) -> None:
        self.variables: tuple[Variable, ...] = tuple(variables)
        if not self.variables:
            raise ValueError("a search space needs at least one variable")
        self._counts = tuple(len(variable.choices) for variable in self.variables)
        self._positions: dict[str, int] = {}
        self._conditions: list[tuple[tuple[int, frozenset[int]], ...]] = []
        for position, variable in enumerate(self.variables):
            self._conditions.append(tuple(self._condition(variable, *item) for item in variable.when.items()))
            if variable.name in self._positions:
                raise ValueError(f"two variables are named {variable.name!r}: names must differ")
            self._positions[variable.name] = position
        self._unconditional = not any(self._conditions)
        self._all_active = (True,) * len(self.variables)
        self._total = math.prod(self._counts)
        self._drawn_at_once = self._unconditional and self._total <= TABULATED

    def _condition(self, variable: Variable, name: str, values: Sequence[Any]) -> tuple[int, frozenset[int]]:
        if name not in self._positions:
            earlier = ", ".join(self._positions) or "none"
            raise ValueError(f"{variable.name!r} depends on {name!r}, which is not an earlier variable ({earlier})")
        choices = self.variables[self._positions[name]].choices
        unknown = [value for value in values if value not in choices]
        if unknown:
            raise ValueError(f"{variable.name!r} depends on {name} = {unknown[0]!r}, which is not among {choices}")
        return self._positions[name], frozenset(choices.index(value) for value in values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.variables)} variables, {self.size:,} architectures)"

    def signature(self) -> dict[str, Any]:
        """Name the class and each variable's choices and conditions, as plain JSON values: equal for equal spaces."""
        variables = {
            variable.name: {
                "choices": [str(choice) for choice in variable.choices],
                "when": {name: [str(value) for value in values] for name, values in variable.when.items()},
            }
            for variable in self.variables
        }
        return {"class": type(self).__name__, "variables": variables}

    # Activity and size

    def active(self, genotype: Sequence[int]) -> tuple[bool, ...]:
        """Say which variables change the architecture.

        Parameters
        ----------
        genotype : a genotype, or its first k values.

        Returns
        -------
        One bool per given value; for a proper prefix one more, for the variable that comes next (activity depends on
        earlier variables only, so a controller can mask as it goes).
        """
        count = min(len(genotype) + 1, len(self.variables))
        if self._unconditional:
            return self._all_active[:count]
        mask: list[bool] = []
        for _ in range(count):
            mask.append(self._is_next_active(genotype, mask))
        return tuple(mask)

    def _is_next_active(self, genotype: Sequence[int], mask: Sequence[bool]) -> bool:
        """Extend a mask: say whether the variable that comes after those of `mask` is active."""
        conditions = self._conditions[len(mask)]
        return all(mask[position] and genotype[position] in allowed for position, allowed in conditions)

    @cached_property
    def size(self) -> int:
        """The exact number of architectures that differ in some active variable."""
        last_use = [-1] * len(self.variables)
        for later, conditions in enumerate(self._conditions):
            for earlier, _ in conditions:
                last_use[earlier] = later

        @cache
        def completions(position: int, known: tuple[tuple[int, int | None], ...]) -> int:
            """Count the ways to go on from here; `known` holds the choices that later conditions still ask for."""
            if position == len(self.variables):
                return 1
            values = dict(known)
            is_active = all(values[earlier] in allowed for earlier, allowed in self._conditions[position])
            kept = tuple(item for item in known if last_use[item[0]] > position)
            count = self._counts[position]
            if last_use[position] < 0:
                return (count if is_active else 1) * completions(position + 1, kept)
            options: Iterable[int | None] = range(count) if is_active else (None,)
            return sum(completions(position + 1, (*kept, (position, value))) for value in options)

        return completions(0, ())

    def __iter__(self) -> Iterator[Genotype]:
        """Yield every architecture once, in lexicographic order of genotypes."""
        if self._unconditional:
            yield from itertools.product(*map(range, self._counts))
            return

        def extend(prefix: Genotype) -> Iterator[Genotype]:
            if len(prefix) == len(self.variables):
                yield prefix
                return
            options = range(self._counts[len(prefix)]) if self.active(prefix)[-1] else (0,)
            for value in options:
                yield from extend((*prefix, value))

        yield from extend(())

    # What searchers use

    def sample(self, rng: np.random.Generator) -> Genotype:
        """Draw each active variable uniformly and independently; inactive ones are zero."""
        if self._drawn_at_once:
            return _product(self._counts)[rng.integers(self._total)]
        return self._zero_inactive(tuple(rng.integers(self._counts).tolist()))

    def mutate(self, genotype: Genotype, rng: np.random.Generator) -> Genotype:
        """Return a child in which one active variable, drawn uniformly, has another value, drawn uniformly.

        Variables that become active through the change are drawn afresh; those that become inactive are set to zero.

        Raises
        ------
        ValueError : no active variable has two choices.
        """
        mask = self.active(genotype)
        positions = [i for i, (is_active, count) in enumerate(zip(mask, self._counts)) if is_active and count > 1]
        if not positions:
            raise ValueError(f"nothing to mutate in {genotype}: no active variable has a second choice")
        position = positions[rng.integers(len(positions))]
        value = int(rng.integers(self._counts[position] - 1))
        return self._replace(genotype, position, value + (value >= genotype[position]), rng)

    def crossover(self, a: Genotype, b: Genotype, rng: np.random.Generator, kind: str = "uniform") -> Genotype:
        """Return a child of two parents.

        ``uniform`` takes each variable from either parent with probability one half; ``one_point`` takes the first k
        variables from `a` and the rest from `b`, k drawn uniformly from 1 to the number of variables less one. Where
        a variable is active in the child but not in the parent it should come from, the other parent's value is
        taken, or a fresh one drawn if it is inactive there too.
        """
        length = len(self.variables)
        if kind == "uniform":
            from_a = (rng.random(length) < 0.5).tolist()
        elif kind == "one_point":
            cut = int(rng.integers(1, length)) if length > 1 else 1
            from_a = [position < cut for position in range(length)]
        else:
            raise ValueError(f"crossover kind {kind!r}: choose 'uniform' or 'one_point'")
        if self._unconditional:
            return tuple(x if first else y for first, x, y in zip(from_a, a, b))
        active_a, active_b = self.active(a), self.active(b)
        child: list[int] = []
        is_active: list[bool] = []
        for position, first in enumerate(from_a):
            sources = [(a, active_a), (b, active_b)] if first else [(b, active_b), (a, active_a)]
            values = [parent[position] for parent, mask in sources if mask[position]]
            is_active.append(self._is_next_active(child, is_active))
            if not is_active[-1]:
                child.append(0)
            else:
                child.append(values[0] if values else int(rng.integers(self._counts[position])))
        return tuple(child)

    def neighbors(self, genotype: Genotype) -> list[Genotype]:
        """List the architectures in which exactly one active variable has another value, by variable, then value.

        Variables that become active through the change take their first choice.
        """
        found: list[Genotype] = []
        for position, is_active in enumerate(self.active(genotype)):
            if is_active:
                others = (value for value in range(self._counts[position]) if value != genotype[position])
                found.extend(self._replace(genotype, position, value, None) for value in others)
        return found

    def canonical(self, genotype: Genotype) -> Genotype:
        """Return one genotype for all that surely build the same function; here: inactive variables set to zero."""
        return self._zero_inactive(genotype)

    def _zero_inactive(self, genotype: Genotype) -> Genotype:
        if self._unconditional:
            return genotype
        return tuple(value if is_active else 0 for value, is_active in zip(genotype, self.active(genotype)))

    def _replace(self, genotype: Genotype, position: int, value: int, rng: np.random.Generator | None) -> Genotype:
        """Set one variable; fill those that become active from `rng` (or with 0), zero those that become inactive."""
        child = [*genotype[:position], value]
        if self._unconditional:
            return (*child, *genotype[position + 1 :])
        was_active = self.active(genotype)
        is_active = list(was_active[: position + 1])
        for later in range(position + 1, len(self.variables)):
            is_active.append(self._is_next_active(child, is_active))
            if not is_active[-1]:
                child.append(0)
            elif was_active[later]:
                child.append(genotype[later])
            else:
                child.append(int(rng.integers(self._counts[later])) if rng else 0)
        return tuple(child)

    # Growing architectures: only in spaces that say how

    @property
    def stages(self) -> tuple[int, ...]:
        """The lengths, increasing, at which a prefix stands for an architecture; a prefix is the values decided so far.

        Raises
        ------
        ValueError : the space does not say how its architectures grow.
        """
        raise ValueError(
            f"{self!r} has no stages: progressive search needs a space that grows, such as CellSpace or a "
            "LayerwiseSpace of depths 1, 2, 3, …, or your own with stages, complete and expansions"
        )

    def complete(self, prefix: Sequence[int]) -> Genotype:
        """Return the architecture that a prefix stands for.

        Raises
        ------
        ValueError : the prefix has the length of no stage, or a value outside its variable's choices.
        """
        raise NotImplementedError(f"{type(self).__name__} has stages {self.stages} but does not complete prefixes")

    def expansions(self, prefix: Sequence[int]) -> list[Genotype]:
        """List the prefixes of the next stage that begin with this one, in lexicographic order; none at the last stage.

        Parameters
        ----------
        prefix : of any stage; ``()`` lists the first stage.
        """
        raise NotImplementedError(f"{type(self).__name__} has stages {self.stages} but does not expand prefixes")

    def _count_stages(self, prefix: Sequence[int]) -> int:
        """Return how many stages a prefix has reached, 0 for ``()``."""
        lengths = (0, *self.stages)
        if len(prefix) not in lengths:
            raise ValueError(f"a prefix of {len(prefix)} values, {tuple(prefix)}: the stages have {self.stages}")
        return lengths.index(len(prefix))

    # Checks and readable forms

    def validate(self, genotype: Sequence[int]) -> Genotype:
        """Return the genotype as a tuple of Python integers.

        Raises
        ------
        ValueError : wrong length, something that is not an integer, or a value outside its variable's choices; the
            message names the variable, its value and the choices.
        """
        if isinstance(genotype, str):
            raise ValueError(f"a genotype is a tuple of integers, got the text {genotype!r}: use space.from_string")
        if not isinstance(genotype, Sequence | np.ndarray):
            raise ValueError(f"a genotype is a tuple of {len(self.variables)} integers, got {genotype!r}")
        if len(genotype) != len(self.variables):
            raise ValueError(f"a genotype has {len(self.variables)} values here, got {len(genotype)}: {genotype!r}")
        values = []
        for position, given in enumerate(genotype):
            try:
                value = operator.index(given)
            except TypeError:
                raise ValueError(self._describe_error(position, given)) from None
            if not 0 <= value < self._counts[position]:
                raise ValueError(self._describe_error(position, value))
            values.append(value)
        return tuple(values)

    def _describe_error(self, position: int, value: Any) -> str:
        variable = self.variables[position]
        choices = ", ".join(str(choice) for choice in variable.choices)
        return f"value {value!r} of variable {variable.name!r}: choose 0…{len(variable.choices) - 1} ({choices})"

    def decode(self, genotype: Genotype) -> Mapping[str, Any]:
        """Describe an architecture: the choice taken by each active variable, by name."""
        mask = self.active(genotype)
        items = zip(self.variables, genotype, mask)
        return {variable.name: variable.choices[value] for variable, value, is_active in items if is_active}

    def encode(self, description: Mapping[str, Any]) -> Genotype:
        """Return the genotype of a description; the inverse of `decode`.

        Raises
        ------
        ValueError : an unknown or inactive variable is named, an active one is missing, or a value is no choice.
        """
        left = dict(description)
        genotype: list[int] = []
        is_active: list[bool] = []
        for variable in self.variables:
            is_active.append(self._is_next_active(genotype, is_active))
            if not is_active[-1]:
                genotype.append(0)
                continue
            if variable.name not in left:
                raise ValueError(f"the description lacks {variable.name!r}: give one of {variable.choices}")
            choice = left.pop(variable.name)
            if choice not in variable.choices:
                raise ValueError(f"{variable.name} = {choice!r}: choose one of {variable.choices}")
            genotype.append(variable.choices.index(choice))
        if left:
            inactive = [name for name in left if name in self._positions]
            why = "has no effect here (its conditions do not hold)" if inactive else "is not a variable of this space"
            raise ValueError(f"{(inactive or list(left))[0]!r} {why}")
        return tuple(genotype)

    def to_string(self, genotype: Genotype) -> str:
        """Write an architecture as ``name=choice|name=choice|…``, active variables only."""
        return "|".join(f"{name}={choice}" for name, choice in SearchSpace.decode(self, genotype).items())

    def from_string(self, text: str) -> Genotype:
        """Read what `to_string` writes.

        Raises
        ------
        ValueError : a part is not ``name=choice``, a name is unknown or given twice, or a choice does not exist.
        """
        description: dict[str, Any] = {}
        for part in text.split("|"):
            name, equals, value = part.partition("=")
            if not equals or name not in self._positions or name in description:
                names = ", ".join(self._positions)
                raise ValueError(f"cannot read {part!r} in {text!r}: write name=choice once per variable ({names})")
            choices = self.variables[self._positions[name]].choices
            matches = [choice for choice in choices if str(choice) == value]
            if not matches:
                raise ValueError(f"{name} = {value!r} in {text!r}: choose one of {choices}")
            description[name] = matches[0]
        return SearchSpace.encode(self, description)
