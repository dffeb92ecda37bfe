"""Small networks with their multiply-adds by hand, and one example of every layer of torch that has parameters."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

zeros = torch.zeros


class Case(NamedTuple):
    """A network, what it is called with, and its multiply-adds; `by_torch` says that torch's own counter knows them."""

    name: str
    network: nn.Module
    inputs: tuple
    macs: int
    by_torch: bool = True


class Function(nn.Module):
    """Calls a function with the inputs, then parameters of the given shapes."""

    def __init__(self, function, *shapes):
        super().__init__()
        self.function, self.weights = function, nn.ParameterList(nn.Parameter(torch.ones(shape)) for shape in shapes)

    def forward(self, *inputs):
        return self.function(*inputs, *self.weights)


class Inference(nn.Sequential):
    """Runs its modules in inference mode, where torch hands whole layers to whoever watches."""

    def forward(self, x):
        with torch.inference_mode():
            return super().forward(x)


class Packed(nn.Module):
    """An LSTM over two sequences of 5 and 3 steps."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)

    def forward(self, x):
        return self.lstm(nn.utils.rnn.pack_padded_sequence(x, [5, 3]))[0].data


class Padded(nn.Module):
    """An encoder that is told which tokens are padding, where torch would drop them."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoder(encoder_layer(), 2)

    def forward(self, x):
        return self.encoder(x, src_key_padding_mask=torch.tensor([[False] * 3 + [True] * 2, [False] * 5]))


def encoder_layer(**arguments):
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **arguments)


def attention(batch, queries, keys, width, values=None):
    """Multiply-adds of queries with keys, and of the shares with the values; `width` over all heads."""
    return batch * queries * keys * (width + (values or width))


def projected(batch, queries, keys, width=8):
    """The same with the projections of the queries, keys, values and of the output."""
    return attention(batch, queries, keys, width) + batch * width**2 * (2 * queries + 2 * keys)


BATCH, STEPS = 2, 5
ENCODER = projected(BATCH, STEPS, STEPS) + BATCH * STEPS * 2 * 8 * 16
DECODER = projected(BATCH, 4, 4) + projected(BATCH, 4, STEPS) + BATCH * 4 * 2 * 8 * 16

ZOO = [
    Case("linear", nn.Linear(3, 4), (zeros(2, 3),), 2 * 12),
    Case("linear on a vector", nn.Linear(3, 4), (zeros(3),), 12),
    Case("linear of rank 4", nn.Linear(3, 4, bias=False), (zeros(2, 2, 2, 3),), 8 * 12),
    Case("functional linear", Function(F.linear, (4, 3), (4,)), (zeros(2, 3),), 2 * 12),
    Case("bilinear", nn.Bilinear(3, 4, 5), (zeros(2, 3), zeros(2, 4)), 2 * 5 * (3 * 4 + 4), False),
    Case("weight norm", nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), (zeros(2, 3),), 2 * 12),
    # spectral norm multiplies the weight with two vectors in each pass
    Case("spectral norm", nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)), (zeros(2, 3),), 24 + 12 + 4, False),
    Case("conv1d", nn.Conv1d(4, 6, 3, groups=2), (zeros(2, 4, 10),), 2 * 6 * 8 * 2 * 3),
    Case("conv2d", nn.Conv2d(3, 4, 3, stride=2, padding=1), (zeros(1, 3, 5, 5),), 4 * 9 * 3 * 9),
    Case("depthwise", nn.Conv2d(4, 4, 3, padding=1, groups=4), (zeros(1, 4, 5, 5),), 4 * 25 * 9),
    Case("dilated", nn.Conv2d(3, 4, 3, dilation=2), (zeros(1, 3, 7, 7),), 4 * 9 * 3 * 9),
    Case("circular", nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), (zeros(1, 3, 5, 5),), 4 * 25 * 27),
    Case("conv3d", nn.Conv3d(2, 3, 2, stride=2), (zeros(1, 2, 4, 4, 4),), 3 * 8 * 2 * 8),
    Case("transposed 1d", nn.ConvTranspose1d(4, 6, 3), (zeros(2, 4, 5),), 2 * 4 * 5 * 6 * 3),
    Case("transposed 2d", nn.ConvTranspose2d(4, 6, 3, 2, groups=2), (zeros(2, 4, 5, 5),), 2 * 4 * 25 * 3 * 9),
    Case("transposed 3d", nn.ConvTranspose3d(4, 6, 2), (zeros(1, 4, 3, 3, 3),), 4 * 27 * 6 * 8),
    Case("rnn", nn.RNN(3, 4, 2, nonlinearity="relu"), (zeros(5, 2, 3),), 10 * 4 * (3 + 4 + 4 + 4)),
    Case("gru", nn.GRU(3, 4, 2, bidirectional=True), (zeros(5, 2, 3),), 10 * 2 * 12 * (3 + 4 + 8 + 4)),
    Case("lstm", nn.LSTM(3, 4), (zeros(5, 2, 3),), 10 * 16 * (3 + 4)),
    Case("lstm of one sequence", nn.LSTM(3, 4, bias=False), (zeros(5, 3),), 5 * 16 * (3 + 4)),
    Case(
        "lstm of two layers, both directions, batch first", nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True),
        (zeros(2, 5, 3),), 10 * 2 * 16 * (3 + 4 + 8 + 4),
    ),
    Case(
        "lstm with projections", nn.LSTM(3, 4, 2, proj_size=2), (zeros(5, 2, 3),),
        10 * (16 * (3 + 2) + 8 + 16 * (2 + 2) + 8),
    ),
    # all sequences are prolonged to 8 steps here: 3 of them both, and 2 of them one
    Case("lstm over packed sequences", Packed(), (zeros(5, 2, 3),), 8 * 16 * (3 + 4)),
    Case("lstm cell", nn.LSTMCell(3, 4), (zeros(2, 3),), 2 * 16 * (3 + 4)),
    Case("gru cell", nn.GRUCell(3, 4), (zeros(2, 3),), 2 * 12 * (3 + 4)),
    Case("rnn cell", nn.RNNCell(3, 4), (zeros(2, 3),), 2 * 4 * (3 + 4)),
    Case("lstm in inference mode", Inference(nn.LSTM(3, 4)), (zeros(5, 2, 3),), 10 * 16 * (3 + 4), False),
    Case("convolution in inference mode", Inference(nn.Conv2d(3, 4, 3)), (zeros(1, 3, 5, 5),), 4 * 9 * 27, False),
    Case("encoder in inference mode", Inference(encoder_layer()), (zeros(2, 5, 8),), ENCODER, False),
    Case("attention", nn.MultiheadAttention(8, 2), (zeros(5, 2, 8), *[zeros(6, 2, 8)] * 2), projected(2, 5, 6)),
    Case(
        "attention of other widths", nn.MultiheadAttention(8, 2, kdim=3, vdim=5, batch_first=True),
        (zeros(2, 5, 8), zeros(2, 6, 3), zeros(2, 6, 5)), attention(2, 5, 6, 8) + 2 * (2 * 5 * 64 + 6 * 8 * (3 + 5)),
    ),
    Case("encoder layer", encoder_layer(), (zeros(2, 5, 8),), ENCODER, False),
    Case("norm first, gelu", encoder_layer(norm_first=True, activation="gelu"), (zeros(2, 5, 8),), ENCODER, False),
    Case("encoder of two layers", nn.TransformerEncoder(encoder_layer(), 2), (zeros(2, 5, 8),), 2 * ENCODER, False),
    Case("encoder with padding", Padded(), (zeros(2, 5, 8),), 2 * ENCODER, False),
    Case("decoder layer", nn.TransformerDecoderLayer(8, 2, 16), (zeros(4, 2, 8), zeros(5, 2, 8)), DECODER, False),
    Case(
        "transformer", nn.Transformer(8, 2, 1, 1, 16, batch_first=True), (zeros(2, 5, 8), zeros(2, 4, 8)),
        ENCODER + DECODER, False,
    ),
    Case(
        "functional attention", Function(F.scaled_dot_product_attention),
        (zeros(2, 3, 5, 4), zeros(2, 3, 6, 4), zeros(2, 3, 6, 4)), attention(6, 5, 6, 4), False,
    ),
    Case(
        "functional attention, other values", Function(F.scaled_dot_product_attention),
        (zeros(2, 3, 5, 4), zeros(2, 3, 6, 4), zeros(2, 3, 6, 7)), attention(6, 5, 6, 4, 7),
    ),
    Case(
        "causal attention", Function(lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True)),
        (zeros(2, 3, 5, 4),), attention(6, 5, 5, 4), False,
    ),
    Case("mv", Function(lambda x, w: torch.mv(w, x), (3, 4)), (zeros(4),), 12, False),
    Case("addmv", Function(lambda x, w, b: torch.addmv(b, w, x), (3, 4), (3,)), (zeros(4),), 12, False),
    Case("dot", Function(torch.dot, (4,)), (zeros(4),), 4, False),
    Case("vdot", Function(torch.vdot, (4,)), (zeros(4),), 4, False),
    Case("inner", Function(torch.inner, (4,)), (zeros(3, 4),), 12, False),
    Case("vecdot", Function(torch.linalg.vecdot, (4,)), (zeros(3, 4),), 12, False),
    Case("bmm", Function(torch.bmm, (2, 4, 5)), (zeros(2, 3, 4),), 2 * 3 * 4 * 5),
    Case("baddbmm", Function(lambda x, w, b: b.baddbmm(x, w), (2, 4, 5), (2, 3, 5)), (zeros(2, 3, 4),), 120),
    Case("addbmm", Function(lambda x, w, b: b.addbmm(x, w), (2, 4, 5), (3, 5)), (zeros(2, 3, 4),), 120, False),
    Case("addmm in place", Function(lambda x, w: zeros(2, 5).to(x).addmm_(x, w), (4, 5)), (zeros(2, 4),), 40, False),
    Case("addr", Function(lambda x, w, b: torch.addr(b, x, w), (4,), (3, 4)), (zeros(3),), 12, False),
    Case("matmul", Function(torch.matmul, (2, 4, 5)), (zeros(6, 2, 3, 4),), 6 * 2 * 3 * 4 * 5),
    Case("matmul with a vector", Function(torch.matmul, (4,)), (zeros(6, 2, 3, 4),), 6 * 2 * 3 * 4, False),
    Case("vector with matmul", Function(torch.matmul, (6, 4, 5)), (zeros(4),), 6 * 4 * 5),
    Case("einsum", Function(lambda x, w: torch.einsum("bij,kij->bk", x, w), (7, 3, 4)), (zeros(2, 3, 4),), 2 * 7 * 12),
    Case("einsum by batch", Function(lambda x, w: torch.einsum("bi,bi->b", x, w), (2, 3)), (zeros(2, 3),), 6),
    Case("tensordot", Function(lambda x, w: torch.tensordot(x, w, 2), (4, 5, 6)), (zeros(3, 4, 5),), 3 * 4 * 5 * 6),
    Case("vmap", Function(lambda x, w: torch.vmap(lambda row: w @ row)(x), (5, 4)), (zeros(2, 4),), 2 * 20),
    Case("by hand", Function(lambda x, w: (x[:, None] * w).sum(-1), (5, 4)), (zeros(2, 4),), 2 * 20, False),
    Case("without parameters", Function(lambda x, y: (x[:, None] * y).sum(-1)), (zeros(2, 4), zeros(5, 4)), 40, False),
    Case("outer product", Function(torch.outer, (3,)), (zeros(4),), 0),
    Case("embedding", nn.Embedding(10, 4), (zeros(2, 5, dtype=torch.long),), 0),
    Case("sums of embeddings", nn.EmbeddingBag(10, 4), (zeros(2, 5, dtype=torch.long),), 0),
    Case(
        "weighted sums of embeddings",
        Function(lambda rows, shares, w: F.embedding_bag(rows, w, per_sample_weights=shares, mode="sum"), (10, 4)),
        (zeros(2, 5, dtype=torch.long), zeros(2, 5)), 2 * 5 * 4, False,
    ),
    Case("architecture weights", Function(lambda x, a: x * a.softmax(0)[0], (5,)), (zeros(2, 4),), 0),
    Case("mean of products", Function(lambda x, w: (x * w).mean(-1), (4,)), (zeros(3, 4),), 12, False),
    Case("a learned mean", Function(lambda x, w: (x * w.softmax(0)).sum(-1), (4,)), (zeros(3, 4),), 12, False),
    Case("cosine", Function(lambda x, w: F.cosine_similarity(x, w[None]), (4,)), (zeros(3, 4),), 12, False),
    Case("scores by the input", Function(lambda x, w: (x * (x + w).sigmoid()).mean(-1), (4,)), (zeros(3, 4),), 0),
    Case("renormed embedding", nn.Embedding(10, 4, max_norm=1.0), (zeros(2, 5, dtype=torch.long),), 0),
    Case("pointwise of parameters", Function(lambda x, w: x * F.mish(w).atan().exp2(), (4,)), (zeros(3, 4),), 0),
    Case(
        "quantized weights", Function(lambda x, w: F.linear(x, torch.fake_quantize_per_tensor_affine(w, 0.1, 0, -8, 7)),
        (3, 4)), (zeros(2, 4),), 24,
    ),
]  # fmt: skip

IMAGE, TOKENS = zeros(2, 4, 6, 6), zeros(2, 5, dtype=torch.long)
LAYERS = {
    "AdaptiveLogSoftmaxWithLoss": (
        nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], div_value=2), (zeros(3, 8), torch.tensor([0, 7, 15])),
    ),
    "BatchNorm1d": (nn.BatchNorm1d(4), (zeros(2, 4),)),
    "BatchNorm2d": (nn.BatchNorm2d(4), (IMAGE,)),
    "BatchNorm3d": (nn.BatchNorm3d(4), (zeros(2, 4, 3, 3, 3),)),
    "Bilinear": (nn.Bilinear(3, 4, 5), (zeros(2, 3), zeros(2, 4))),
    "Conv1d": (nn.Conv1d(4, 2, 3), (zeros(2, 4, 6),)),
    "Conv2d": (nn.Conv2d(4, 2, 3), (IMAGE,)),
    "Conv3d": (nn.Conv3d(4, 2, 2), (zeros(2, 4, 3, 3, 3),)),
    "ConvTranspose1d": (nn.ConvTranspose1d(4, 2, 3), (zeros(2, 4, 6),)),
    "ConvTranspose2d": (nn.ConvTranspose2d(4, 2, 3), (IMAGE,)),
    "ConvTranspose3d": (nn.ConvTranspose3d(4, 2, 2), (zeros(2, 4, 3, 3, 3),)),
    "Embedding": (nn.Embedding(10, 4), (TOKENS,)),
    "EmbeddingBag": (nn.EmbeddingBag(10, 4), (TOKENS,)),
    "GRU": (nn.GRU(3, 4), (zeros(5, 2, 3),)),
    "GRUCell": (nn.GRUCell(3, 4), (zeros(2, 3),)),
    "GroupNorm": (nn.GroupNorm(2, 4), (IMAGE,)),
    "InstanceNorm1d": (nn.InstanceNorm1d(4, affine=True), (zeros(2, 4, 6),)),
    "InstanceNorm2d": (nn.InstanceNorm2d(4, affine=True), (IMAGE,)),
    "InstanceNorm3d": (nn.InstanceNorm3d(4, affine=True), (zeros(2, 4, 3, 3, 3),)),
    "LSTM": (nn.LSTM(3, 4), (zeros(5, 2, 3),)),
    "LSTMCell": (nn.LSTMCell(3, 4), (zeros(2, 3),)),
    "LayerNorm": (nn.LayerNorm(4), (zeros(2, 4),)),
    "Linear": (nn.Linear(4, 3), (zeros(2, 4),)),
    "MultiheadAttention": (nn.MultiheadAttention(8, 2, add_bias_kv=True), (zeros(5, 2, 8),) * 3),
    "PReLU": (nn.PReLU(4), (IMAGE,)),
    "RNN": (nn.RNN(3, 4), (zeros(5, 2, 3),)),
    "RNNCell": (nn.RNNCell(3, 4), (zeros(2, 3),)),
    "SyncBatchNorm": (nn.SyncBatchNorm(4), (IMAGE,)),
    "Transformer": (nn.Transformer(8, 2, 1, 1, 16, batch_first=True), (zeros(2, 5, 8), zeros(2, 4, 8))),
    "TransformerDecoder": (nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2), (zeros(4, 2, 8),) * 2),
    "TransformerDecoderLayer": (nn.TransformerDecoderLayer(8, 2, 16), (zeros(4, 2, 8),) * 2),
    "TransformerEncoder": (nn.TransformerEncoder(encoder_layer(), 2), (zeros(2, 5, 8),)),
    "TransformerEncoderLayer": (encoder_layer(), (zeros(2, 5, 8),)),
}  # fmt: skip
"""By the name of the class; lazy layers are not among them."""
if hasattr(nn, "RMSNorm"):
    LAYERS["RMSNorm"] = (nn.RMSNorm(4), (zeros(2, 4),))
if hasattr(nn, "LinearCrossEntropyLoss"):
    LAYERS["LinearCrossEntropyLoss"] = (nn.LinearCrossEntropyLoss(4, 3), (zeros(2, 4), zeros(2, dtype=torch.long)))
