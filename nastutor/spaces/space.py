"""Search spaces: an architecture is a genotype, a tuple of small integers, one per variable.

A space is an ordered list of categorical variables. Everything that a searcher needs (sampling, mutation, crossover,
neighbourhoods) follows from that list, so it is written here once and every searcher works on every space.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from operator import contains, index
from typing import Any

import numpy as np
from numpy.random import Generator

from nastutor.arguments import one_of, shown
from nastutor.spaces.counting import Count, count_architectures
from nastutor.spaces.variable import Variable

Genotype = tuple[int, ...]
"""One integer per variable: the index of the choice taken. Immutable and hashable, so a parent cannot be damaged."""

CROSSOVERS = ("uniform", "one_point")
TABULATED = 50_000
"""Spaces without conditions are kept as a list up to this size, so that one number draws a whole genotype."""


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

    Whatever takes a genotype checks it, see `validate`. Methods that draw raise ValueError for anything but a numpy
    generator.

    Raises
    ------
    ValueError : no variables, two of one name, or a condition on a variable that does not come earlier.
    """

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._positions: dict[str, int] = {}
        self._numbers: list[dict[Any, int]] = []  # of each variable's choices
        self._conditions: list[tuple[tuple[int, frozenset[int]], ...]] = []
        checked: list[Variable] = []
        if not isinstance(variables, Iterable) or isinstance(variables, np.ndarray):
            raise ValueError(f"a search space is made of a list of variables, got {shown(variables)}")
        for position, variable in enumerate(variables):
            if not isinstance(variable, Variable):
                raise ValueError(f"variable {position} is {shown(variable)}: give a Variable(name, choices)")
            self._conditions.append(tuple(self._condition(variable, *item) for item in variable.when.items()))
            checked.append(variable)
            if variable.name in self._positions:
                raise ValueError(f"two variables are named {variable.name!r}: names must differ")
            self._positions[variable.name] = position
            self._numbers.append({choice: number for number, choice in enumerate(variable.choices)})
        if not checked:
            raise ValueError("a search space needs at least one variable")
        self.variables = tuple(checked)
        self._counts = tuple(map(len, self._numbers))
        self._values = tuple(frozenset(range(count)) for count in self._counts)
        self._types = (int,) * len(self._counts)
        self._unconditional = not any(self._conditions)
        self._all_active = (True,) * len(self.variables)
        self._with_choice = [position for position, count in enumerate(self._counts) if count > 1]
        self._total = math.prod(self._counts)
        self._drawn_at_once = self._unconditional and self._total <= TABULATED

    def _condition(self, variable: Variable, name: str, values: Sequence[Any]) -> tuple[int, frozenset[int]]:
        if name not in self._positions:
            earlier = shown(tuple(self._positions)) if self._positions else "there is none"
            raise ValueError(f"{variable.name!r} depends on {shown(name)}, which is not an earlier variable: {earlier}")
        numbers = self._numbers[self._positions[name]]
        unknown = [value for value in values if value not in numbers]
        if unknown:
            message = f"{variable.name!r} depends on {name} = {shown(unknown[0])}, which is not among"
            raise ValueError(f"{message} {shown(tuple(numbers))}")
        return self._positions[name], frozenset(numbers[value] for value in values)

    def __repr__(self) -> str:
        number, is_exact = self._count
        text = f"{number:,}" if number < 10**100 else f"about 10^{math.floor(math.log10(number))}"
        return f"{type(self).__name__}({len(self.variables)} variables, {'' if is_exact else '≥ '}{text} architectures)"

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
        return self._activity(self._checked(genotype))

    def _activity(self, genotype: Sequence[int]) -> tuple[bool, ...]:
        count = min(len(genotype) + 1, len(self.variables))
        if self._unconditional:
            return self._all_active[:count]
        mask: list[bool] = []
        for conditions in self._conditions[:count]:  # as `_is_next_active`, whose calls would take most of the time
            for position, allowed in conditions:
                if not mask[position] or genotype[position] not in allowed:
                    mask.append(False)
                    break
            else:
                mask.append(True)
        return tuple(mask)

    def _is_next_active(self, genotype: Sequence[int], mask: Sequence[bool]) -> bool:
        """Extend a mask: say whether the variable that comes after those of `mask` is active."""
        for position, allowed in self._conditions[len(mask)]:
            if not mask[position] or genotype[position] not in allowed:
                return False
        return True

    @cached_property
    def _count(self) -> Count:
        return count_architectures(self._counts, self._conditions)

    @property
    def size(self) -> int:
        """The exact number of architectures that differ in some active variable.

        Raises
        ------
        ValueError : the conditions are so tangled that nobody knows a quick way to count; the message says how many
            architectures there are at least. `is_larger_than` still works.
        """
        number, is_exact = self._count
        if not is_exact:
            raise ValueError(f"{self!r}: the conditions are too tangled to count exactly; ask space.is_larger_than(n)")
        return number

    def is_larger_than(self, number: int) -> bool:
        """Say whether there are more than so many architectures; "yes" where they cannot be counted."""
        return not self._count.is_exact or self._count.number > number

    @property
    def is_listable(self) -> bool:
        """Whether iteration comes from each architecture to the next without looking through others for long."""
        return True

    def __iter__(self) -> Iterator[Genotype]:
        """Yield every architecture once, in lexicographic order of genotypes."""
        if self._unconditional:
            yield from itertools.product(*map(range, self._counts))
            return
        genotype = (0,) * len(self.variables)
        while True:
            yield genotype
            mask = self._activity(genotype)
            larger = (i for i in reversed(range(len(mask))) if mask[i] and genotype[i] + 1 < self._counts[i])
            position = next(larger, None)
            if position is None:
                return
            # What comes after starts again with zeros, whether it is active (the first choice) or not.
            genotype = (*genotype[:position], genotype[position] + 1, *(0,) * (len(mask) - position - 1))

    def __contains__(self, genotype: object) -> bool:
        """Say whether something is a genotype of this space."""
        try:
            self.validate(genotype)  # type: ignore[arg-type]
        except ValueError:
            return False
        return True

    # What searchers use

    def sample(self, rng: np.random.Generator) -> Genotype:
        """Draw each active variable uniformly and independently; inactive ones are zero."""
        if not isinstance(rng, Generator):
            raise _no_generator(rng)
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
        if not isinstance(rng, Generator):
            raise _no_generator(rng)
        genotype = self.validate(genotype)
        positions = self._with_choice
        if not self._unconditional:
            mask = self._activity(genotype)
            positions = [position for position in positions if mask[position]]
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
        if not isinstance(rng, Generator):
            raise _no_generator(rng)
        a, b = self.validate(a), self.validate(b)
        length = len(self.variables)
        if one_of("crossover kind", kind, CROSSOVERS) == "uniform":
            from_a = (rng.random(length) < 0.5).tolist()
        else:
            cut = int(rng.integers(1, length)) if length > 1 else 1
            from_a = [position < cut for position in range(length)]
        if self._unconditional:
            return tuple(x if first else y for first, x, y in zip(from_a, a, b))
        active_a, active_b = self._activity(a), self._activity(b)
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
        genotype = self.validate(genotype)
        found: list[Genotype] = []
        for position, is_active in enumerate(self._activity(genotype)):
            if is_active:
                others = (value for value in range(self._counts[position]) if value != genotype[position])
                found.extend(self._replace(genotype, position, value, None) for value in others)
        return found

    def canonical(self, genotype: Genotype) -> Genotype:
        """Return one genotype for all that surely build the same function; here: inactive variables set to zero."""
        return self._zero_inactive(self.validate(genotype))

    def representatives(self) -> list[Genotype]:
        """List the canonical forms of all architectures, each once, in the order of the first that has it."""
        return list(self._representatives)

    @cached_property
    def _representatives(self) -> tuple[Genotype, ...]:
        return tuple(dict.fromkeys(map(self.canonical, self)))  # kept, since runs come by the hundred

    def weights(self, genotype: Genotype) -> float:
        """Return the size of an architecture, a number that grows with its number of weights.

        Raises
        ------
        ValueError : the space does not say what its architectures weigh.
        """
        raise ValueError(f"{self!r} does not say what its architectures weigh: give a cost, a function of a genotype")

    def _zero_inactive(self, genotype: Genotype) -> Genotype:
        if self._unconditional:
            return genotype
        return tuple(value if is_active else 0 for value, is_active in zip(genotype, self._activity(genotype)))

    def _replace(self, genotype: Genotype, position: int, value: int, rng: np.random.Generator | None) -> Genotype:
        """Set one variable; fill those that become active from `rng` (or with 0), zero those that become inactive."""
        child = [*genotype[:position], value]
        if self._unconditional:
            return (*child, *genotype[position + 1 :])
        was_active = self._activity(genotype)
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
        if not _is_sequence(prefix) or len(prefix) not in lengths:
            of = f" of {len(prefix)} values" if _is_sequence(prefix) else ""
            raise ValueError(f"a prefix{of}, {shown(prefix)}: the stages have {self.stages}")
        return lengths.index(len(prefix))

    # Checks and readable forms

    def validate(self, genotype: Sequence[int]) -> Genotype:
        """Return the genotype as a tuple of Python integers.

        Parameters
        ----------
        genotype : a tuple, list or array of one integer a variable; inactive variables may have any of their values.

        Raises
        ------
        ValueError : wrong length, something that is not an integer, or a value outside its variable's choices; the
            message names the variable, its value and the choices.
        """
        values = self._checked(genotype)
        if len(values) != len(self.variables):
            raise ValueError(f"a genotype has {len(self.variables)} values here, got {len(values)}: {shown(genotype)}")
        return values

    def _checked(self, genotype: Sequence[int], start: int = 0) -> Genotype:
        """Return values of the first variables (or those from `start` on), as many as are given, as Python integers."""
        allowed = self._values[start:]
        if (
            type(genotype) is tuple
            and len(genotype) <= len(allowed)
            and tuple(map(type, genotype)) == self._types[: len(genotype)]
            and all(map(contains, allowed, genotype))
        ):
            return genotype  # the quick way for what was made here: half a microsecond for a cell
        count = len(self.variables) - start
        if not _is_sequence(genotype):
            hint = ": use space.from_string" if isinstance(genotype, str) else ""
            raise ValueError(f"a genotype is a tuple of {count} integers, got {shown(genotype)}{hint}")
        if len(genotype) > count:
            raise ValueError(f"a genotype has {count} values here, got {len(genotype)}: {shown(genotype)}")
        values = []
        for position, given in enumerate(genotype, start):
            try:
                value = -1 if isinstance(given, bool | np.bool_) else index(given)  # True is no 1 here
            except TypeError:
                raise ValueError(self._describe_error(position, given)) from None
            if not 0 <= value < self._counts[position]:
                raise ValueError(self._describe_error(position, given))
            values.append(value)
        return tuple(values)

    def _describe_error(self, position: int, value: Any) -> str:
        variable = self.variables[position]
        choices = ", ".join(str(choice) for choice in variable.choices[:40])
        more = ", …" if len(variable.choices) > 40 else ""
        last = len(variable.choices) - 1
        return f"value {shown(value)} of variable {variable.name!r}: choose 0…{last} ({choices}{more})"

    def decode(self, genotype: Genotype) -> Mapping[str, Any]:
        """Describe an architecture: the choice taken by each active variable, by name."""
        genotype = self.validate(genotype)
        items = zip(self.variables, genotype, self._activity(genotype))
        return {variable.name: variable.choices[value] for variable, value, is_active in items if is_active}

    def encode(self, description: Mapping[str, Any]) -> Genotype:
        """Return the genotype of a description; the inverse of `decode`.

        Raises
        ------
        ValueError : not a mapping, an unknown or inactive variable is named, an active one is missing, or a value is no
            choice.
        """
        if not isinstance(description, Mapping):
            raise ValueError(f"describe an architecture by a dict of choices by name, got {shown(description)}")
        left = dict(description)
        genotype: list[int] = []
        is_active: list[bool] = []
        for variable, numbers in zip(self.variables, self._numbers):
            is_active.append(self._is_next_active(genotype, is_active))
            if not is_active[-1]:
                genotype.append(0)
                continue
            if variable.name not in left:
                raise ValueError(f"the description lacks {variable.name!r}: give one of {shown(variable.choices)}")
            choice = left.pop(variable.name)
            try:
                genotype.append(numbers[choice])
            except (KeyError, TypeError):
                message = f"{variable.name} = {shown(choice)}: choose one of {shown(variable.choices)}"
                raise ValueError(message) from None
        if left:
            inactive = [name for name in left if name in self._positions]
            why = "has no effect here (its conditions do not hold)" if inactive else "is not a variable of this space"
            raise ValueError(f"{shown((inactive or list(left))[0])} {why}")
        return tuple(genotype)

    def to_string(self, genotype: Genotype) -> str:
        """Write an architecture as ``name=choice|name=choice|…``, active variables only."""
        return "|".join(f"{name}={choice}" for name, choice in SearchSpace.decode(self, genotype).items())

    def from_string(self, text: str) -> Genotype:
        """Read what `to_string` writes.

        Raises
        ------
        ValueError : not a text, a part is not ``name=choice``, a name is unknown or given twice, or a choice does not
            exist.
        """
        if not isinstance(text, str):
            raise ValueError(f"an architecture is written name=choice|name=choice|…, got {shown(text)}")
        description: dict[str, Any] = {}
        for part in text.split("|"):
            name, equals, value = part.partition("=")
            if not equals or name not in self._positions or name in description:
                names = shown(tuple(self._positions))
                message = f"cannot read {shown(part)} in {shown(text)}: write name=choice once per variable"
                raise ValueError(f"{message} {names}")
            choices = self._choices_by_text[self._positions[name]]
            if value not in choices:
                raise ValueError(f"{name} = {shown(value)} in {shown(text)}: choose one of {shown(tuple(choices))}")
            description[name] = choices[value]
        return SearchSpace.encode(self, description)

    @cached_property
    def _choices_by_text(self) -> list[dict[str, Any]]:
        return [{str(choice): choice for choice in variable.choices} for variable in self.variables]


def _is_sequence(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview)


def _no_generator(rng: object) -> ValueError:
    return ValueError(f"rng {shown(rng)}: give a generator of numpy, such as np.random.default_rng(0)")
