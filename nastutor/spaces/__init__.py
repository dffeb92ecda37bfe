"""Search spaces: what can be built, as genotypes."""

from nastutor.spaces.cell import COMPANIONS, CellSpace
from nastutor.spaces.layerwise import LayerwiseSpace
from nastutor.spaces.space import Genotype, SearchSpace, Variable

__all__ = ["COMPANIONS", "CellSpace", "Genotype", "LayerwiseSpace", "SearchSpace", "Variable"]
