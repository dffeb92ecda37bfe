"""Search spaces: what can be built, as genotypes."""

from nastutor.spaces.cell import CellSpace
from nastutor.spaces.space import Genotype, SearchSpace, Variable

__all__ = ["CellSpace", "Genotype", "SearchSpace", "Variable"]
