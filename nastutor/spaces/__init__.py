"""Search spaces: what can be built, as genotypes."""

from nastutor.spaces.cell import COMPANIONS, CellSpace
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.layerwise import LayerwiseSpace
from nastutor.spaces.space import Genotype, SearchSpace, Variable

__all__ = ["COMPANIONS", "CellSpace", "ElasticSpace", "Genotype", "LayerwiseSpace", "SearchSpace", "Variable"]
