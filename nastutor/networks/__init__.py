"""Torch modules built from genotypes. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.networks.cell_network import CellNetwork
    from nastutor.networks.elastic_network import ElasticNetwork
    from nastutor.networks.layerwise_network import LayerwiseNetwork
    from nastutor.networks.sequence_model import SequenceModel
    from nastutor.networks.sequence_supernet import SequenceSupernet
    from nastutor.networks.supernet import Supernet

_HOME = {
    "CellNetwork": "cell_network",
    "ElasticNetwork": "elastic_network",
    "LayerwiseNetwork": "layerwise_network",
    "SequenceModel": "sequence_model",
    "SequenceSupernet": "sequence_supernet",
    "Supernet": "supernet",
}

__all__ = ["CellNetwork", "ElasticNetwork", "LayerwiseNetwork", "SequenceModel", "SequenceSupernet", "Supernet"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nastutor.networks' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.networks.{_HOME[name]}"), name)
