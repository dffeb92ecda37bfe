"""Watch a network at work: every operation that torch executes, and the tensors that are alive."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from nastutor.hardware.costs import LayerCosts
from nastutor.hardware.mac_rules import count_macs, may_hold_products

_POOLING = {"mean", "sum", "amax", "max"}  # without their own name: global average pooling and its like
_ADDS_UP = {"sum", "mean", "nansum"}
_LOOKUPS = {"embedding", "index", "index_select", "gather"}  # read as many numbers of the table as they put out


class LayerCounter(TorchDispatchMode):
    """Counts what is executed inside ``with LayerCounter(network, inputs):``; see `layer_costs` for the definitions.

    Attributes
    ----------
    layers : of the operations so far, in order.
    peak_memory : most bytes of activations that were alive at once.
    params : numbers of the network's parameters that were read, each counted once.
    refusal : why the counts are worth nothing, once something was executed that has no rule.
    """

    def __init__(self, network: nn.Module, inputs: Sequence[Tensor]) -> None:
        super().__init__()
        self.network = type(network).__name__
        self.weights: dict[int, str] = {}
        self.number_bytes: dict[int, int] = {}  # of a parameter: a view may take two of its numbers for a complex one
        owners = dict(network.named_modules())
        for name, weight in network.named_parameters():
            owner = owners[name.rpartition(".")[0]]
            self.weights[_storage(weight)] = f"{name} of {type(owner).__name__}"
            self.number_bytes[_storage(weight)] = weight.element_size()
        self.fixed = {_storage(tensor) for tensor in network.buffers()}  # and what was made of nothing but these
        self.learned = set(self.weights)  # storages of parameters, and of what no input had a part in
        self.constants = self.fixed | self.learned
        self.holders: Counter[int] = Counter()  # how many tensors share each storage that was made since
        self.views: set[tuple[int, int, torch.Size, tuple[int, ...]]] = set()
        self.read: dict[tuple[int, int], Tensor] = {}  # by storage and bytes of a number: which numbers were read
        self.layers: list[LayerCosts] = []
        self.products: set[int] = set()  # storages of factors multiplied number by number, one of them learned
        given = {_storage(tensor): tensor.untyped_storage().nbytes() for tensor in inputs}
        self.constants |= set(given)
        self.alive = self.peak_memory = sum(given.values())
        self.refusal = ""

    @property
    def params(self) -> int:
        return sum(
            int(numbers.sum()) * size // self.number_bytes[storage] for (storage, size), numbers in self.read.items()
        )

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.is_inference_mode_enabled():  # what torch composes of other operations then comes in one piece
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        result = func(*args, **kwargs)
        inputs, outputs = list(_tensors((args, kwargs))), list(_tensors(result))
        for tensor in inputs + outputs:
            if tensor.layout is not torch.strided or tensor.is_nested:
                self._refuse(f"{func} of {self.network} works on a sparse or nested tensor: let it work on dense ones")
        for output in outputs:
            self._keep_account(output)
        self._note_what_is_learned({_storage(x) for x in inputs}, {_storage(x) for x in outputs})
        moves_nothing = {_storage(x) for x in outputs} <= {_storage(x) for x in inputs} and (
            not func._schema.is_mutable or torch.Tag.inplace_view in func.tags
        )
        if outputs and not moves_nothing and "empty" not in func._schema.name:
            self._add(func, args, inputs, outputs)
        return result

    def _note_what_is_learned(self, inputs: set[int], outputs: set[int]) -> None:
        """Keep account of what is made of parameters and constants alone: a factor like a parameter itself."""
        if any(storage not in self.fixed and storage not in self.learned for storage in inputs):
            self.fixed -= outputs - self.constants
            self.learned -= outputs - self.constants
        elif inputs & self.learned:
            self.learned |= outputs
        else:
            self.fixed |= outputs

    def _add(self, func: Any, args: Any, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        namespace, name = func._schema.name.split("::")
        weights = [tensor for tensor in inputs if _storage(tensor) in self.weights]
        for tensor in weights:
            self._note_reading(tensor)
        base = name.removesuffix("_")
        macs = count_macs(base, args, outputs[0])
        is_broadcast = outputs[0].numel() > max((tensor.numel() for tensor in inputs), default=0)
        if base == "mul" and (is_broadcast or any(_storage(tensor) in self.learned for tensor in inputs)):
            self.products.add(_storage(outputs[0]))
        elif base in _ADDS_UP and _storage(inputs[0]) in self.products:  # now it is a product of matrices
            macs = inputs[0].numel()
        if macs is None and may_hold_products(namespace, base, bool(weights), torch.Tag.pointwise in func.tags):
            place = f"reads {self.weights[_storage(weights[0])]}" if weights else f"in {self.network}"
            self._refuse(
                f"{namespace}::{name} {place}: there is no rule for its multiply-adds. Write it with convolutions, "
                "matrix products (matmul, einsum, linear), attention or recurrent layers, or leave it out and add its "
                "count by hand. On a GPU, count a copy of the network on the CPU"
            )
        numbers = {id(tensor): tensor.numel() for tensor in inputs}
        if base in _LOOKUPS:
            numbers[id(args[0])] = outputs[0].numel()
        elif base.startswith("_embedding_bag"):
            numbers[id(args[0])] = args[1].numel() * args[0].shape[1]
        self.layers.append(
            LayerCosts(
                _kind(base, macs),
                name,
                macs or 0,
                sum(numbers[id(x)] * x.element_size() // self.number_bytes[_storage(x)] for x in weights),
                sum(numbers[id(tensor)] * tensor.element_size() for tensor in inputs),
                sum(output.numel() * output.element_size() for output in outputs),
                sum(output.numel() for output in outputs),
            )
        )

    def _refuse(self, reason: str) -> None:
        self.refusal = self.refusal or reason  # kept, since the network's own code may catch the error
        raise ValueError(self.refusal)

    def _note_reading(self, view: Tensor) -> None:
        """Mark the numbers of a parameter that a view of it covers; views may overlap."""
        key = (_storage(view), int(view.storage_offset()), view.size(), view.stride())
        if key in self.views or view.numel() == 0:
            return
        self.views.add(key)
        size = view.untyped_storage().nbytes() // view.element_size()
        numbers = self.read.setdefault((key[0], view.element_size()), torch.zeros(size, dtype=torch.bool))
        once = [1 if step == 0 else length for length, step in zip(view.size(), view.stride())]  # expanded: no copies
        numbers.as_strided(once, view.stride(), view.storage_offset()).fill_(True)

    def _keep_account(self, tensor: Tensor) -> None:
        """Count the memory of a tensor until the last one that shares it is freed."""
        key, size = _storage(tensor), tensor.untyped_storage().nbytes()
        if key in self.constants:
            return
        self.holders[key] += 1
        if self.holders[key] == 1:
            self.alive += size
            self.peak_memory = max(self.peak_memory, self.alive)
        weakref.finalize(tensor, self._free, key, size)

    def _free(self, key: int, size: int) -> None:
        self.holders[key] -= 1
        if self.holders[key] == 0:
            for kept in (self.products, self.learned, self.fixed):
                kept.discard(key)
            self.alive -= size


def _kind(name: str, macs: int | None) -> str:
    if name.endswith("convolution"):
        return "convolution"
    if macs is not None:
        return "linear"
    if any(norm in name for norm in ("batch_norm", "layer_norm", "group_norm", "rms_norm")):
        return "norm"
    return "pooling" if "pool" in name or name in _POOLING else "elementwise"


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in arguments or results, however they are nested."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        yield from _tensors(tuple(value.values()))


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata
