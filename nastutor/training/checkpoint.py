"""Save a trained network together with its genotype, and load it again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from nastutor.spaces.space import Genotype


def save_network(network: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write a network's genotype, weights and running statistics: all of it or, if interrupted, nothing.

    Parameters
    ----------
    network : built from a genotype that it keeps as ``network.genotype``.
    path : of the file.
    """
    path = Path(path)
    partial_path = path.with_name(path.name + ".partial")
    torch.save({"genotype": list(network.genotype), "state": network.state_dict()}, partial_path)  # type: ignore[arg-type]
    os.replace(partial_path, path)


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
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        genotype, state = tuple(saved["genotype"]), dict(saved["state"])
    except FileNotFoundError:
        raise
    except Exception as error:  # a damaged file fails in many ways
        raise ValueError(f"{path} is damaged or was not written by save_network: {error}") from error
    dtype = next(tensor.dtype for tensor in state.values() if tensor.is_floating_point())
    network = build(genotype).to(dtype)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(
            f"{path} holds a network of {genotype} with other sizes than `build` makes: {error}"
        ) from error
    return network.eval()
