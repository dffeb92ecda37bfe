"""Watch a network at work: every operation that torch executes, and the tensors that are alive."""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from nastutor.hardware.costs import LayerCosts

_LINEAR = {"mm", "addmm", "bmm", "baddbmm"}
_POOLING = {"mean", "sum", "amax", "max"}  # without their own name: global average pooling and its like


class LayerCounter(TorchDispatchMode):
    """Counts what is executed inside ``with LayerCounter(network, images):``; see `layer_costs` for the definitions.

    Attributes
    ----------
    layers : of the operations so far, in order.
    peak_memory : most bytes of activations that were alive at once.
    params : numbers of the network's parameters that were read, each counted once.
    """

    def __init__(self, network: nn.Module, images: Tensor) -> None:
        super().__init__()
        self.weights = {_storage(tensor): tensor for tensor in network.parameters()}
        self.known = {_storage(tensor) for tensor in network.buffers()} | set(self.weights)
        self.seen: dict[tuple[int, int, tuple[int, ...]], int] = {}
        self.layers: list[LayerCosts] = []
        self.alive = self.peak_memory = 0
        self._keep_account(images)

    @property
    def params(self) -> int:
        return sum(self.seen.values())

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        for output in outputs:
            self._keep_account(output)
        name = func.overloadpacket.__name__
        is_view = not func._schema.is_mutable and {_storage(x) for x in outputs} <= {_storage(x) for x in inputs}
        if outputs and not is_view and not name.startswith("empty"):
            self._add(name, args, inputs, outputs)
        return result

    def _add(self, name: str, args: Any, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        params = 0
        for tensor in inputs:
            if _storage(tensor) in self.weights:
                params += tensor.numel()
                key = (_storage(tensor), int(tensor.storage_offset()), tuple(sorted(tensor.shape)))
                self.seen[key] = tensor.numel()
        kind, macs = "elementwise", 0
        if name == "convolution":
            kind, macs = "convolution", (args[0] if args[6] else outputs[0]).numel() * args[1][0].numel()
        elif name in _LINEAR:
            kind, macs = "linear", outputs[0].numel() * inputs[-1].shape[-2]
        elif name.endswith("_norm"):
            kind = "norm"
        elif "pool" in name or name in _POOLING:
            kind = "pooling"
        size = sum(output.numel() for output in outputs)
        self.layers.append(LayerCosts(kind, name, macs, params, _bytes(inputs), _bytes(outputs), size))

    def _keep_account(self, tensor: Tensor) -> None:
        """Count the memory of a tensor until it is freed, unless it is known already."""
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self.known or size == 0:
            return
        self.known.add(key)
        self.alive += size
        self.peak_memory = max(self.peak_memory, self.alive)
        weakref.finalize(storage, self._free, key, size)

    def _free(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.alive -= size


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def _bytes(tensors: list[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
