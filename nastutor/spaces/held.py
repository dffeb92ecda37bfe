"""A space of which a part is held: to tune the recipe of one architecture, or the architecture of one recipe."""

from __future__ import annotations

from collections.abc import Collection

from nastutor.arguments import listed, shown
from nastutor.spaces.space import Genotype, SearchSpace


class HeldSpace(SearchSpace):
    """The variables of a space that are free; all others have the values that one genotype gives them.

    >>> from nastutor.spaces import Variable
    >>> space = SearchSpace([Variable("units", (16, 32)), Variable("rate", (0.1, 0.2, 0.3))])
    >>> rates = HeldSpace(space, ["rate"], held=(1, 0))
    >>> [rates.whole(genotype) for genotype in rates]
    [(1, 0), (1, 1), (1, 2)]

    Parameters
    ----------
    space : without conditions.
    free : names of variables of the space, at least one; their order here is the space's.
    held : a genotype of the space; its values of the free variables do not matter.

    Raises
    ------
    ValueError : a space with conditions, a name that it does not have, no name, or no genotype.
    """

    def __init__(self, space: SearchSpace, free: Collection[str], held: Genotype) -> None:
        if not isinstance(space, SearchSpace) or any(variable.when for variable in space.variables):
            raise ValueError(f"space {shown(space)}: give a SearchSpace without conditions")
        names = [variable.name for variable in space.variables]
        asked = listed("free", free)
        if not asked or any(not isinstance(name, str) or name not in names for name in asked):
            raise ValueError(f"free {shown(free)}: list some of {', '.join(names)}")
        self.space, self.held = space, space.validate(held)
        self.free = tuple(position for position, name in enumerate(names) if name in asked)
        super().__init__(space.variables[position] for position in self.free)

    def whole(self, genotype: Genotype) -> Genotype:
        """Return the genotype of the whole space that a genotype of the free variables stands for."""
        values = list(self.held)
        for position, value in zip(self.free, self.validate(genotype)):
            values[position] = value
        return tuple(values)

    def weights(self, genotype: Genotype) -> float:
        """Return the size that the whole space gives."""
        return self.space.weights(self.whole(genotype))
