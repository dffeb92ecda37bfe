"""What an operation of torch costs in multiply-adds: a rule for each product, and names of what has none.

Operations go by torch's names, as they come when a network runs: ``nn.Linear`` runs ``addmm``, an ``einsum`` runs
``bmm``, ``nn.GRU`` runs an ``addmm`` for each step. What has no rule here and may hold products is refused: an
operation on a parameter that is neither among `WITHOUT_PRODUCTS` nor pointwise by torch's own account, one whose name
speaks of products, and one that is not torch's own. So nothing is counted as free because nobody has thought of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

Rule = Callable[[Sequence[Any], Tensor], int]
"""From an operation's arguments and its first output to its multiply-adds."""


def count_convolution(args: Sequence[Any], output: Tensor) -> int:
    """Each number of the output, or of the input of a transposed one, meets a kernel; so groups and strides count."""
    x, weight, transposed = args[0], args[1], args[6]
    return (x if transposed else output).numel() * weight[0].numel()


def count_product(args: Sequence[Any], output: Tensor) -> int:
    """(…, n, k) · (…, k, m)."""
    left, right = args[:2]
    return left.numel() * right.shape[-1]


def count_added_product(args: Sequence[Any], output: Tensor) -> int:
    """As before, added to the first argument."""
    return count_product(args[1:3], output)


def count_outer_product(args: Sequence[Any], output: Tensor) -> int:
    """Column times row, added to the first argument."""
    return args[1].numel() * args[2].numel()


def count_attention(args: Sequence[Any], output: Tensor) -> int:
    """Queries (…, L, E) meet keys (…, S, E), the shares (…, L, S) meet values (…, S, V); what a mask hides counts."""
    query, key, value = args[:3]
    return query.numel() * key.shape[-2] + query[..., 0].numel() * key.shape[-2] * value.shape[-1]


def count_bilinear(args: Sequence[Any], output: Tensor) -> int:
    """x (n, i), weight (o, i, j), y (n, j): for each of n · o forms, x meets the weight, then the result meets y."""
    x, weight, y = args[:3]
    return len(x) * weight.numel() + len(x) * len(weight) * y.shape[-1]


def count_recurrent(args: Sequence[Any], output: Tensor) -> int:
    """A whole LSTM layer in one direction: each step of each sequence meets both weight matrices."""
    x, from_input, from_state = args[:3]
    return x[..., 0].numel() * (from_input.numel() + from_state.numel())


MACS: Mapping[str, Rule] = {
    "convolution": count_convolution,
    "_convolution": count_convolution,
    "mm": count_product,
    "bmm": count_product,
    "addmm": count_added_product,
    "baddbmm": count_added_product,
    "addbmm": count_added_product,
    "mv": lambda args, output: args[0].numel(),
    "dot": lambda args, output: args[0].numel(),
    "vdot": lambda args, output: args[0].numel(),
    "addmv": lambda args, output: args[1].numel(),
    "addr": count_outer_product,
    "_trilinear": count_bilinear,
    "mkldnn_rnn_layer": count_recurrent,
    "_scaled_dot_product_flash_attention": count_attention,
    "_scaled_dot_product_flash_attention_for_cpu": count_attention,
    "_scaled_dot_product_efficient_attention": count_attention,
    "_scaled_dot_product_cudnn_attention": count_attention,
}
"""The rules by torch's name of the operation."""

_NUMBER_BY_NUMBER = (  # biases, scales, activations, masks, comparisons
    "add sub rsub mul div neg abs sign pow sqrt rsqrt reciprocal exp log log1p sin cos sigmoid tanh erf relu gelu silu "
    "softplus elu leaky_relu hardtanh hardsigmoid hardswish _prelu_kernel lerp addcmul addcdiv maximum minimum clamp "
    "clamp_min clamp_max round floor ceil where masked_fill eq ne lt le gt ge logical_not logical_and isnan complex "
    "log_sigmoid_forward fake_quantize_per_tensor_affine_cachemask fake_quantize_per_channel_affine_cachemask"
)
_COPIES = (
    "clone copy _to_copy cat stack repeat flip roll tril triu constant_pad_nd masked_select masked_scatter scatter "
    "scatter_add index_add index_copy index_put"
)
_SUMS_AND_NORMS = (
    "sum mean prod amax amin max min argmax argmin topk sort cumsum std var _softmax _log_softmax logsumexp "
    "nansum median linalg_vector_norm embedding_renorm "
    "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training "
    "cudnn_batch_norm native_layer_norm native_group_norm _fused_rms_norm _weight_norm_interface"
)
_LOOKUPS = (  # and tables that are stretched to another size
    "embedding _embedding_bag _embedding_bag_forward_only index index_select gather upsample_nearest1d "
    "upsample_nearest2d upsample_linear1d upsample_bilinear2d upsample_bicubic2d"
)
WITHOUT_PRODUCTS = frozenset(f"{_NUMBER_BY_NUMBER} {_COPIES} {_SUMS_AND_NORMS} {_LOOKUPS}".split())
"""What may be done with a parameter and takes no multiply-adds."""

_SPEAKS_OF_PRODUCTS = re.compile(
    "mm$|mm_|mv$|dot$|matmul|conv(?!ert)|attention|lstm|gru|rnn|transformer|(^|_)linear($|_)|fft|linalg|[cp]dist|"
    "(?<!re)solve|cholesky|inverse|matrix_exp|orgqr|ormqr"
)


def count_macs(name: str, args: Sequence[Any], output: Tensor) -> int | None:
    """Return the multiply-adds of an operation, or None where there is no rule.

    Parameters
    ----------
    name : torch's name of it, without the ``_`` of what works in place.
    args : what it was called with.
    output : the first tensor that came out.
    """
    if name.startswith("_embedding_bag") and len(args) > 6 and args[6] is not None:  # rows with weights of their own
        return args[1].numel() * args[0].shape[1]
    rule = MACS.get(name)
    return None if rule is None else rule(args, output)


def may_hold_products(namespace: str, name: str, reads_parameter: bool, is_pointwise: bool) -> bool:
    """Say whether an operation without a rule must be refused.

    Parameters
    ----------
    namespace, name : of the operation: ``aten`` for torch's own.
    reads_parameter : then it must be known to take no multiply-adds; otherwise its name must not speak of them.
    is_pointwise : torch itself says that it works number by number.
    """
    if namespace != "aten":
        return True
    is_free = is_pointwise or name in WITHOUT_PRODUCTS
    return not is_free and (reads_parameter or bool(_SPEAKS_OF_PRODUCTS.search(name)))
