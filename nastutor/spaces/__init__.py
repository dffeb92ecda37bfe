"""Search spaces: what can be built, as genotypes."""

from nastutor.spaces.cell import COMPANIONS, CellSpace
from nastutor.spaces.elastic import ElasticSpace
from nastutor.spaces.fcnet import FCNetSpace
from nastutor.spaces.graph import GraphSpace
from nastutor.spaces.held import HeldSpace
from nastutor.spaces.layerwise import LayerwiseSpace
from nastutor.spaces.limited import LimitedSpace
from nastutor.spaces.sequence import SequenceSpace
from nastutor.spaces.space import Genotype, SearchSpace
from nastutor.spaces.unseen import Unseen
from nastutor.spaces.variable import Variable

__all__ = [
    "COMPANIONS",
    "CellSpace",
    "ElasticSpace",
    "FCNetSpace",
    "Genotype",
    "GraphSpace",
    "HeldSpace",
    "LayerwiseSpace",
    "LimitedSpace",
    "SearchSpace",
    "SequenceSpace",
    "Unseen",
    "Variable",
]
