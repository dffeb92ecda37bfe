"""Runs an ONNX file by ONNX Runtime, which is all that it needs: no torch, no training code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from nastutor.arguments import shown, whole_number

INSTALL = 'pip install "nastutor[deploy]"'


class Model:
    """A network in an ONNX file, ready to run on this machine's processor.

    Parameters
    ----------
    source : the file, or its bytes.
    threads : how many ONNX Runtime may use; they sleep while they wait.

    Attributes
    ----------
    input_shape : (batch, channels, height, width) of its images, None where any number goes.
    classes : the length of a row of scores.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : it holds no ONNX model, or one of several inputs or another kind of numbers.
    ImportError : ONNX Runtime is not installed.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes, threads: int = 1) -> None:
        runtime = _onnxruntime()
        if not isinstance(source, str | bytes | os.PathLike):
            raise ValueError(f"source {shown(source)}: give the path of an ONNX file, or its bytes")
        name = "these bytes" if isinstance(source, bytes) else os.fspath(source)
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = whole_number("threads", threads, lowest=1)
        options.log_severity_level = 3  # errors only
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # each of ONNX Runtime's own kinds
            raise ValueError(f"{name}: no ONNX model that ONNX Runtime opens: {error}") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        found = [each.type for each in (*inputs, *outputs)]
        if found != ["tensor(float)", "tensor(float)"]:
            raise ValueError(f"{name}: a model with {', '.join(found)}: one float32 input and output is run here")
        self._input = inputs[0].name
        self.input_shape = tuple(size if isinstance(size, int) else None for size in inputs[0].shape)
        self.classes = outputs[0].shape[-1]

    def __call__(self, images: Any) -> np.ndarray:
        """Return the scores of images, (n, classes) float32.

        Parameters
        ----------
        images : (n, channels, height, width), numbers of any kind; they are taken as float32.

        Raises
        ------
        ValueError : another shape, no image at all, or something that is no array of numbers.
        """
        try:
            array = np.asarray(images)
        except ValueError:  # rows of unequal length
            array = np.empty(0, object)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"images of type {array.dtype}: give an array of numbers")
        fits = [wanted is None or size == wanted for size, wanted in zip(array.shape, self.input_shape)]
        if array.ndim != len(self.input_shape) or not array.size or not all(fits):
            expected = ", ".join("n" if size is None else str(size) for size in self.input_shape)
            raise ValueError(f"images of shape {array.shape}: the model takes ({expected})")
        return self._session.run(None, {self._input: np.ascontiguousarray(array, np.float32)})[0]


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(f"ONNX Runtime is missing, which runs ONNX files: {INSTALL}") from error
    return onnxruntime
