"""Eight bits in place of 32: weights and activations of an ONNX model as integers.

After Jacob et al. 2018 (arXiv 1712.05877): a number r is kept as the integer q with r ≈ scale · (q − zero). Each output
channel of a weight has a scale of its own, known from the weights. What an activation ranges over is only seen when
images pass: *static* quantization lets a few training images through once (calibration) and fixes the scales.
Arithmetic is then done on integers, and a weight has a quarter of the bytes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx

from nastutor.arguments import as_numbers
from nastutor.arrays import replacing
from nastutor.deploy.runtime import Model

BATCH = 32


def quantize(source: str | os.PathLike[str], path: str | os.PathLike[str], images: Any) -> None:
    """Write an int8 version of an ONNX file, by ONNX Runtime's static quantization.

    Parameters
    ----------
    source : a file that `export` wrote.
    path : of the new file; what is there is replaced.
    images : (n, channels, height, width), of the training images: a hundred are enough. Never those that it is judged
        by.

    Raises
    ------
    FileNotFoundError, ValueError, ImportError : see `Model`, of the file and of its images.
    """
    array = as_numbers("images", images).astype(np.float32)
    Model(source)(array[:1])  # refuses a file or images that do not fit, in words
    content = quantized(onnx.load(os.fspath(source)), array)
    with replacing(path) as file:
        file.write(content)


def quantized(model: onnx.ModelProto, images: np.ndarray) -> bytes:
    """Return the bytes of an int8 version of a model, calibrated on images; see `quantize`."""
    with TemporaryDirectory() as folder, _without_advice():
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

        source, path = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(onnx.shape_inference.infer_shapes(model), source)
        quantize_static(
            source, path, _Batches(images), QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )  # fmt: skip
        return path.read_bytes()


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep back ONNX Runtime's advice to prepare a model first: `to_onnx` has done it."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


class _Batches:
    """Hands over batches of images one by one, as ONNX Runtime's calibration asks for them."""

    def __init__(self, images: np.ndarray) -> None:
        self._batches: Iterator[np.ndarray] = iter(np.array_split(images, range(BATCH, len(images), BATCH)))

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"images": batch}
