"""Save a trained network together with its genotype, and load it again; files of torch that are whole, or refused."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nastutor.arguments import shown
from nastutor.arrays import replacing
from nastutor.spaces.space import Genotype


def write_checkpoint(path: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Write tensors, numbers and text: all of it or, if interrupted, nothing. A folder that is missing is made."""
    with replacing(path) as file:
        torch.save(dict(content), file)


def read_checkpoint(path: str | os.PathLike[str], kind: str, advice: str) -> dict[str, Any]:
    """Read what `write_checkpoint` wrote. Nothing in the file is run: it may hold numbers and names only.

    Parameters
    ----------
    path : of the file.
    kind : what the file should be, and `advice` what to do if it is not, for the message.

    Raises
    ------
    FileNotFoundError : no such file.
    ValueError : the file is damaged or holds something else.
    """
    content = Path(path).read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.testzip() is not None:  # torch.load does not look whether weights are what was written
                raise ValueError("a checksum is wrong")
        return dict(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
    except Exception as error:  # a damaged file fails in many ways
        raise ValueError(f"{path} is damaged or is no {kind}: {advice}") from error


def save_network(network: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write a network's genotype, weights and running statistics: all of it or, if interrupted, nothing.

    Parameters
    ----------
    network : built from a genotype that it keeps as ``network.genotype``.
    path : of the file; a folder that is missing is made.

    Raises
    ------
    ValueError : the network does not keep its genotype.
    """
    genotype = getattr(network, "genotype", None)
    if genotype is None:
        raise ValueError(f"a {type(network).__name__} does not say of which genotype: set network.genotype")
    write_checkpoint(path, {"genotype": list(genotype), "state": network.state_dict()})


def load_network(path: str | os.PathLike[str], build: Callable[[Genotype], nn.Module]) -> nn.Module:
    """Read what `save_network` wrote. Nothing in the file is run: it may hold numbers and names only.

    Parameters
    ----------
    path : of the file.
    build : makes the network of a genotype, with the sizes that the saved one had, for instance
        ``functools.partial(CellNetwork, channels=8)``.

    Returns
    -------
    The network, in evaluation mode, with the saved precision, on the CPU.

    Raises
    ------
    FileNotFoundError : no such file.
    ValueError : the file is damaged or holds something else, or `build` makes a network of other sizes.
    """
    if not callable(build):
        raise ValueError(f"build {shown(build)}: give a function that makes the network of a genotype")
    saved = read_checkpoint(path, "file of save_network", "save the network again")
    genotype, state = saved.get("genotype", ""), saved.get("state", {})
    is_whole = isinstance(genotype, list) and isinstance(state, dict)
    if not is_whole or not all(isinstance(weights, Tensor) for weights in state.values()):
        raise ValueError(f"{path} is no file of save_network: it holds {', '.join(map(str, saved)) or 'nothing'}")
    dtype = next((weights.dtype for weights in state.values() if weights.is_floating_point()), torch.float32)
    try:
        network = build(tuple(genotype)).to(dtype)
        network.load_state_dict(state)
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"{path} holds a network of {tuple(genotype)} with other sizes than `build` makes: {error}"
        ) from error
    return network.eval()
