"""The part of a search space that keeps limits on costs that are known without training."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from nastutor.arguments import as_float, real_number, shown
from nastutor.spaces.space import Genotype, SearchSpace

Costs = Callable[[Genotype], Mapping[str, float]]

TRIES = 200
"""How often a random choice that breaks a limit is made again."""
WALKS = 10
"""In a space too large to look through, from how many draws one walks to where the limits are kept."""
LISTABLE = 200_000
"""Up to this size all architectures of a space are looked through for those that keep the limits, where need be."""


class LimitedSpace(SearchSpace):
    """The architectures of a space that keep limits on their costs: a space like any other, of these alone.

    >>> space = LimitedSpace(CellSpace(), lambda cell: {"poolings": cell.count(4)}, limits={"poolings": 1})
    >>> space.size, (4, 4, 0, 0, 0, 0) in space
    (10240, False)

    What is sampled, mutated or crossed and breaks a limit is thrown away and made again, as Cai et al. 2020 do (arXiv
    1908.09791, section 3.4), which changes no random number where nothing is thrown away. After `TRIES` times, one of
    all architectures within the limits is drawn, or a parent stays as it is.

    Parameters
    ----------
    space : any search space.
    costs : returns the costs of an architecture by name, always the same. They are asked for thousands of times: count
        or look them up, or remember them with `functools.cache`.
    limits : the largest value allowed, by cost.

    Raises
    ------
    ValueError : a limit on a cost that is not there, or limits that no architecture keeps: the message names the one
        that comes closest, and what it costs.

    Notes
    -----
    A space of up to `LISTABLE` architectures is looked through where that is needed: to count (`size`), to list, to say
    that nothing keeps the limits, and to draw where they are so narrow that `TRIES` draws miss them. Then all of that
    is exact, and a sample is drawn from the same distribution as in the space itself, given the limits, or uniformly.

    In a larger space nobody can say how many keep the limits: `size` is refused (`space.space.size` is an upper bound).
    A draw that misses them then walks from neighbour to neighbour, each time to the one that misses them least; where
    that ends outside, it is an architecture that is known to be inside. And limits are refused if neither `TRIES` draws
    nor walks from the `WALKS` best of them come to an architecture that keeps them, which does not prove that there is
    none.
    """

    def __init__(self, space: SearchSpace, costs: Costs, limits: Mapping[str, float]) -> None:
        if not isinstance(space, SearchSpace):
            raise ValueError(f"a LimitedSpace needs a SearchSpace first, got {shown(space)}")
        if not callable(costs):
            raise ValueError(f"costs {shown(costs)}: give a function that returns a genotype's costs by name")
        if not isinstance(limits, Mapping):
            raise ValueError(f"limits {shown(limits)}: give the largest value allowed by name of the cost")
        super().__init__(space.variables)
        self.space, self.costs = space, costs
        self.limits = {
            name: real_number(f"limit on {shown(name)}:", limit, "a finite number") for name, limit in limits.items()
        }
        self._known = self._closest()
        if not self.keeps_limits(self._known):
            raise ValueError(self._describe_miss())

    def __repr__(self) -> str:
        limits = ", ".join(f"{name} ≤ {limit:g}" for name, limit in self.limits.items()) or "no limit"
        return f"LimitedSpace({limits} in {self.space!r})"

    def signature(self) -> dict[str, Any]:
        """Name the space and the limits; the function that counts the costs has no name that can be relied on."""
        return {"class": type(self).__name__, "space": self.space.signature(), "limits": dict(self.limits)}

    # The limits

    def spent(self, genotype: Genotype) -> dict[str, float]:
        """Return what an architecture costs, of the costs that have a limit."""
        costs = self.costs(genotype)
        spent = {}
        for name in self.limits:
            if not isinstance(costs, Mapping) or name not in costs:
                known = ", ".join(map(str, costs)) if isinstance(costs, Mapping) else f"nothing by name: {shown(costs)}"
                raise ValueError(f"limit on {shown(name)}: choose among what costs({genotype}) returns, {known}")
            try:
                spent[name] = as_float(costs[name])
            except Exception:  # each library has its own
                raise ValueError(f"costs({genotype}) has {name} {shown(costs[name])}: return a number") from None
        return spent

    def keeps_limits(self, genotype: Genotype) -> bool:
        """Say whether an architecture keeps all limits."""
        spent = self.spent(genotype)
        return all(spent[name] <= limit for name, limit in self.limits.items())

    def _excess(self, genotype: Genotype) -> float:
        """Return by how much the limits are broken, as shares of them, added up; infinity for a cost that is NaN."""
        excess = 0.0
        for name, cost in self.spent(genotype).items():
            limit = self.limits[name]
            if not cost <= limit:
                excess += math.inf if math.isnan(cost) else (cost - limit) / (abs(limit) or 1.0)
        return excess

    def _closest(self) -> Genotype:
        """Return an architecture that keeps the limits, or else the one that breaks them least of those looked at."""
        rng = np.random.default_rng(0)
        draws = (self.space.sample(rng) for _ in range(TRIES))
        drawn = list(self._until_kept(itertools.chain([(0,) * len(self.variables)], draws)))
        if self.keeps_limits(drawn[-1]):
            return drawn[-1]
        if self.is_listable:
            return self._least(self.space)
        return self._least(self._walk(genotype) for genotype in sorted(set(drawn), key=self._excess)[:WALKS])

    def _least(self, genotypes: Iterable[Genotype]) -> Genotype:
        """Return the first that keeps the limits, or else the first of those that break them least."""
        return min(self._until_kept(genotypes), key=self._excess, default=())

    def _until_kept(self, genotypes: Iterable[Genotype]) -> Iterator[Genotype]:
        for genotype in genotypes:
            yield genotype
            if self.keeps_limits(genotype):
                return

    def _walk(self, genotype: Genotype) -> Genotype:
        """Go to the neighbour that breaks the limits least, again and again, until they are kept or none is better."""
        while not self.keeps_limits(genotype):
            best = self._least(self.space.neighbors(genotype))
            if not best or self._excess(best) >= self._excess(genotype):
                break
            genotype = best
        return genotype

    def _describe_miss(self) -> str:
        limits = " and ".join(f"{name} ≤ {limit:g}" for name, limit in self.limits.items())
        spent = ", ".join(f"{name} {cost:g}" for name, cost in self.spent(self._known).items())
        proof = "" if self.is_listable else f" of those that {TRIES} draws and walks from the best of them came to"
        return f"{limits} cannot be met: the closest{proof} is {self.space.to_string(self._known)}, with {spent}"

    @property
    def is_listable(self) -> bool:
        """Whether the space is small enough to look through all of it."""
        return self.space.is_listable and not self.space.is_larger_than(LISTABLE)

    @cached_property
    def _all(self) -> list[Genotype]:
        return list(filter(self.keeps_limits, self.space))

    @property
    def size(self) -> int:
        """The exact number of architectures that keep the limits.

        Raises
        ------
        ValueError : the space is too large to look through it.
        """
        if not self.is_listable:
            message = f"more than {LISTABLE:,} would have to be looked through to count those that keep the limits"
            raise ValueError(f"{self!r}: {message}")
        return len(self._all)

    def is_larger_than(self, number: int) -> bool:
        """Say whether more than so many architectures keep the limits; "yes" where they cannot be counted."""
        return not self.is_listable or len(self._all) > number

    def __iter__(self) -> Iterator[Genotype]:
        """Yield every architecture within the limits once, in lexicographic order of genotypes."""
        return iter(self._all) if self.is_listable else filter(self.keeps_limits, self.space)

    # What searchers use

    def sample(self, rng: np.random.Generator) -> Genotype:
        """Draw as the space does until the limits are kept."""
        draws = (self.space.sample(rng) for _ in range(TRIES))
        found = next(filter(self.keeps_limits, draws), None)
        return self._rare_sample(rng) if found is None else found

    def _rare_sample(self, rng: np.random.Generator) -> Genotype:
        """Draw where throwing away finds nothing: one of all, or in a large space what a walk comes to."""
        if self.is_listable:
            return self._all[rng.integers(len(self._all))]
        found = self._walk(self.space.sample(rng))
        return found if self.keeps_limits(found) else self._known

    def mutate(self, genotype: Genotype, rng: np.random.Generator) -> Genotype:
        """Mutate as the space does until the limits are kept; where no change does, draw one that keeps them."""
        genotype = self.validate(genotype)
        children = (self.space.mutate(genotype, rng) for _ in range(TRIES))
        child = next(filter(self.keeps_limits, children), None)
        return self._rare_sample(rng) if child is None else child

    def crossover(self, a: Genotype, b: Genotype, rng: np.random.Generator, kind: str = "uniform") -> Genotype:
        """Cross as the space does until the limits are kept; where no child keeps them, return `a`."""
        a, b = self.validate(a), self.validate(b)
        children = (self.space.crossover(a, b, rng, kind) for _ in range(TRIES))
        child = next(filter(self.keeps_limits, children), None)
        return self._zero_inactive(a) if child is None else child

    def neighbors(self, genotype: Genotype) -> list[Genotype]:
        """List the neighbours in the space that keep the limits; there may be none."""
        return list(filter(self.keeps_limits, self.space.neighbors(self.validate(genotype))))

    def canonical(self, genotype: Genotype) -> Genotype:
        """Return one genotype for all that surely build the same function: the space's form, or what stands for it.

        Where that form breaks a limit that others of its function keep, as a latency may that was measured of each, the
        first of those in lexicographic order stands for all. In a space too large to look through, the genotype stands
        for itself there, with zero where inactive.
        """
        genotype = self.validate(genotype)
        form = self.space.canonical(genotype)
        if form == genotype or self.keeps_limits(form):
            return form
        return self._standing_for[form] if self.is_listable else self._zero_inactive(genotype)

    @cached_property
    def _standing_for(self) -> dict[Genotype, Genotype]:
        """What stands for each form of the space that something within the limits has, in a space that is listed."""
        kept = set(self._all)
        standing: dict[Genotype, Genotype] = {}
        for genotype in self._all:
            form = self.space.canonical(genotype)
            standing.setdefault(form, form if form in kept else genotype)
        return standing

    def representatives(self) -> list[Genotype]:
        """List the canonical forms of all architectures, each once, in the order of the first that has it."""
        return list(self._standing_for.values()) if self.is_listable else super().representatives()

    def weights(self, genotype: Genotype) -> float:
        """Return the size of an architecture, as the space does."""
        return self.space.weights(self.validate(genotype))

    # Growing architectures

    @property
    def stages(self) -> tuple[int, ...]:
        """Those of the space."""
        return self.space.stages

    def complete(self, prefix: Sequence[int]) -> Genotype:
        """Return the architecture that a prefix stands for, which has to keep the limits."""
        return self.validate(self.space.complete(prefix))

    def expansions(self, prefix: Sequence[int]) -> list[Genotype]:
        """List the prefixes of the next stage that begin with this one and stand for what keeps the limits."""
        return [more for more in self.space.expansions(prefix) if self.keeps_limits(self.space.complete(more))]

    # Checks and readable forms

    def active(self, genotype: Sequence[int]) -> tuple[bool, ...]:
        """Say which variables change the architecture, as the space does; the limits do not matter here."""
        return self.space.active(genotype)

    def validate(self, genotype: Sequence[int]) -> Genotype:
        """Return the genotype as a tuple of Python integers.

        Raises
        ------
        ValueError : what the space refuses, and a genotype that breaks a limit; the message names the limit.
        """
        values = self.space.validate(genotype)
        for name, cost in self.spent(self._zero_inactive(values)).items():
            if not cost <= self.limits[name]:
                text = self.space.to_string(values)
                raise ValueError(f"{text} breaks the limit {name} ≤ {self.limits[name]:g}: it has {cost:g}")
        return values

    def decode(self, genotype: Genotype) -> Any:
        """Describe an architecture as the space does."""
        return self.space.decode(self.validate(genotype))

    def encode(self, description: Any) -> Genotype:
        """Return the genotype of a description, which has to keep the limits; the inverse of `decode`."""
        return self.validate(self.space.encode(description))

    def to_string(self, genotype: Genotype) -> str:
        """Write an architecture as the space does."""
        return self.space.to_string(self.validate(genotype))

    def from_string(self, text: str) -> Genotype:
        """Read what `to_string` writes; the architecture has to keep the limits."""
        return self.validate(self.space.from_string(text))
