"""From a trained network to a file that another runtime serves. Names are loaded when they are first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nastutor.deploy.graph import to_onnx
    from nastutor.deploy.int8 import quantize
    from nastutor.deploy.onnx_file import export
    from nastutor.deploy.runtime import Model

_HOME = {"Model": "runtime", "export": "onnx_file", "quantize": "int8", "to_onnx": "graph"}

__all__ = ["Model", "export", "quantize", "to_onnx"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nastutor.deploy' has no attribute {name!r}")
    return getattr(import_module(f"nastutor.deploy.{_HOME[name]}"), name)
