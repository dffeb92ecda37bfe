"""An int8 file is smaller, classifies as before, and is made without a word."""

import logging

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from nastutor.deploy import Model, export, quantize  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.training.datasets import load_dataset  # noqa: E402
from nastutor.training.trainer import Recipe, train  # noqa: E402


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A network that has learnt a little, as float32 and as int8, and images that it has not seen."""
    folder, data = tmp_path_factory.mktemp("int8"), load_dataset("digits")
    network = train(lambda: CellNetwork((3, 1, 2, 1, 4, 3), 8, 2, 1, 1), data, Recipe(epochs=8)).network
    images = torch.from_numpy(data.images["validation"][:10])
    export(network, folder / "float.onnx", images)
    quantize(folder / "float.onnx", folder / "int8.onnx", data.images["train"][:100])
    export(network, folder / "float_raw.onnx", images, data.mean, data.std)
    quantize(folder / "float_raw.onnx", folder / "int8_raw.onnx", data.images["train"][:100] * data.std + data.mean)
    return folder, data


def test_it_classifies_as_before_from_a_third_of_the_bytes_at_most(files):
    folder, data = files
    scores = [Model(folder / name)(data.images["validation"]) for name in ("float.onnx", "int8.onnx")]
    assert 0 < np.abs(scores[0] - scores[1]).max() < 0.2 * np.ptp(scores[0])
    accuracies = [100 * np.mean(each.argmax(axis=1) == data.labels["validation"]) for each in scores]
    assert accuracies[0] > 60 and abs(accuracies[1] - accuracies[0]) < 3
    weights = [sum(len(c.raw_data) for c in onnx.load(folder / name).graph.initializer) for name in
               ("float.onnx", "int8.onnx")]  # fmt: skip
    assert weights[1] < weights[0] / 3


def test_images_may_be_raw_if_the_file_normalises_them(files):
    folder, data = files
    images = data.images["validation"]
    expected = Model(folder / "int8.onnx")(images)
    found = Model(folder / "int8_raw.onnx")(images * data.std + data.mean)
    assert np.mean(expected.argmax(axis=1) == found.argmax(axis=1)) > 0.97


def test_the_integers_are_there(files):
    folder, _ = files
    graph = onnx.load(folder / "int8.onnx").graph
    kinds = {node.op_type for node in graph.node}
    assert {"QuantizeLinear", "DequantizeLinear", "Conv"} <= kinds
    kernels = [c for c in graph.initializer if c.data_type == onnx.TensorProto.INT8 and len(c.dims) == 4]
    assert len(kernels) == 1 + 2 * 3


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


def test_nothing_is_printed_and_logging_is_as_before(files, tmp_path, capfd):
    folder, data = files
    before, kept = logging.root.manager.disable, Kept()
    logging.root.addHandler(kept)
    quantize(folder / "float.onnx", tmp_path / "again.onnx", data.images["train"][:40])
    logging.root.removeHandler(kept)
    assert logging.root.manager.disable == before and not kept.records
    assert capfd.readouterr() == ("", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.onnx"]


def test_more_images_than_a_batch_set_the_ranges(files, tmp_path):
    """The last one counts: it is ten times as bright."""
    folder, data = files
    images = data.images["train"][:70].copy()
    images[-1] *= 10
    quantize(folder / "float.onnx", tmp_path / "bright.onnx", images)
    scores = [
        Model(path)(10 * data.images["validation"][:50]) for path in (folder / "int8.onnx", tmp_path / "bright.onnx")
    ]
    true = Model(folder / "float.onnx")(10 * data.images["validation"][:50])
    errors = [np.abs(each - true).mean() for each in scores]
    assert errors[1] < errors[0] / 2


def test_what_does_not_fit_is_refused(files, tmp_path):
    folder, data = files
    with pytest.raises(ValueError, match=r"images of shape \(1, 8, 8\)"):
        quantize(folder / "float.onnx", tmp_path / "x.onnx", data.images["train"][:5, 0])
    with pytest.raises(FileNotFoundError):
        quantize(folder / "nothing.onnx", tmp_path / "x.onnx", data.images["train"][:5])
    assert not list(tmp_path.iterdir())
