"""Zero-cost proxies of language models: those of images, asked of the network between embedding and one answer."""

from __future__ import annotations

from torch import Tensor, nn

from nastutor.networks.sequence_model import SequenceModel
from nastutor.training import zero_cost
from nastutor.training.sequences import NOT_ASKED

PROXIES = ("grad_norm", "snip", "jacob_cov", "synflow")
"""Those of `nastutor.training.zero_cost` that can be asked here."""


class AtPosition(nn.Module):
    """What a language model makes of embedded sequences at one position: (B, 1, length, width) → (B, classes)."""

    def __init__(self, network: SequenceModel, position: int) -> None:
        super().__init__()
        self.blocks, self.head, self.position = network.blocks, network.head, position

    def forward(self, embedded: Tensor) -> Tensor:
        return self.head(self.blocks(embedded.squeeze(1)))[:, self.position]


def score_model(network: SequenceModel, tokens: Tensor, targets: Tensor) -> dict[str, float]:
    """Score an untrained language model by each of `PROXIES`, from one batch.

    To the proxies a sequence is an image of one channel, its embedding, and its label the answer at the last position
    at which all are asked something. The embedding itself is not scored: all architectures have the same.

    Parameters
    ----------
    tokens, targets : (B, length), B at least 2, see `SequenceTask`.

    Raises
    ------
    ValueError : no position at which all sequences are asked something, and what the proxies refuse.

    Notes
    -----
    `synflow` asks how much flows through a network whose weights are all positive, and adds up over layers. A gate
    multiplies what it gates: the flow through a convolution here is of the third degree in its input, so each one
    counts for more than all other layers together. `naswot` counts units with an activation, of which half of the
    stacks have none; `fisher` takes the second axis for channels, and here it is positions: neither is asked.
    """
    positions = (targets != NOT_ASKED).all(dim=0).nonzero()
    if not len(positions):
        raise ValueError("there is no position at which all sequences are asked something")
    position = int(positions.max())
    embedded = network.embedding(tokens)[:, None]
    between = AtPosition(network, position)
    return {name: zero_cost.PROXIES[name](between, embedded, targets[:, position]) for name in PROXIES}
