"""A file runs without torch, on any number of images, and says in words what it cannot do."""

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from nastutor.__main__ import main  # noqa: E402
from nastutor.deploy import Model, export  # noqa: E402
from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.networks.seeded import seeded  # noqa: E402

RNG = np.random.default_rng(0)
IMAGES = RNG.standard_normal((7, 1, 8, 8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model, images, and what is neither."""
    folder = tmp_path_factory.mktemp("deploy")
    with seeded(0):
        network = CellNetwork((3, 1, 0, 4, 2, 1), 4, 1, 2, 1, 5).eval()
    export(network, folder / "model.onnx", torch.from_numpy(IMAGES))
    np.save(folder / "images.npy", IMAGES)
    np.save(folder / "colour.npy", np.zeros((2, 3, 8, 8)))
    np.save(folder / "objects.npy", np.array([{}], dtype=object))
    np.save(folder / "texts.npy", np.array([["a"]]))
    (folder / "text.txt").write_text("no array, and no model")
    (folder / "half.onnx").write_bytes((folder / "model.onnx").read_bytes()[:1000])
    proto = onnx.load(folder / "model.onnx")
    proto.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64
    (folder / "integers.onnx").write_bytes(proto.SerializeToString())
    return folder


def test_any_number_of_images_and_any_kind_of_numbers(folder):
    model = Model(folder / "model.onnx", threads=2)
    assert model.input_shape == (None, 1, 8, 8) and model.classes == 5
    scores = model(IMAGES)
    assert scores.shape == (7, 5) and scores.dtype == np.float32
    assert np.abs(model(IMAGES[2:3]) - scores[2]).max() < 1e-5
    whole = (10 * IMAGES).astype(np.int8)
    assert (model(whole) == model(whole.astype(float))).all() and model(whole.tolist()).shape == (7, 5)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES[:, 0], r"images of shape \(7, 8, 8\): the model takes \(n, 1, 8, 8\)"),
        (IMAGES[:0], r"images of shape \(0, 1, 8, 8\)"),
        (IMAGES[..., :7], r"images of shape \(7, 1, 8, 7\)"),
        (None, "images of type object"),
        ("text", "images of type <U4"),
        ([[1], [2, 3]], "images of type object"),
        (IMAGES * 1j, "images of type complex128"),
    ],
)
def test_other_images_are_refused(folder, images, message):
    with pytest.raises(ValueError, match=message):
        Model(folder / "model.onnx")(images)


@pytest.mark.parametrize("name", ["text.txt", "half.onnx", "images.npy"])
def test_other_files_are_refused(folder, name):
    with pytest.raises(ValueError, match=rf"{name}: no ONNX model that ONNX Runtime opens"):
        Model(folder / name)
    with pytest.raises(ValueError, match="threads 0"):
        Model(folder / "model.onnx", threads=0)


def run(*arguments):
    return main(["run", *map(str, arguments)])


def test_the_command_prints_a_class_for_each_image_and_keeps_the_scores(folder, tmp_path, capsys):
    assert run(folder / "model.onnx", folder / "images.npy", "--scores", tmp_path / "scores.npy") == 0
    scores = np.load(tmp_path / "scores.npy")
    assert [int(line) for line in capsys.readouterr().out.split()] == scores.argmax(axis=1).tolist()
    assert (scores == Model(folder / "model.onnx")(IMAGES)).all()


@pytest.mark.parametrize(
    ("model", "images", "message"),
    [
        ("nothing.onnx", "images.npy", "there is no file"),
        ("model.onnx", "nothing.npy", "there is no file"),
        ("text.txt", "images.npy", "no ONNX model"),
        ("integers.onnx", "images.npy", ""),
        ("model.onnx", "text.txt", "holds no array: write one with numpy.save"),
        ("model.onnx", "objects.npy", "holds no array"),
        ("model.onnx", "texts.npy", "images of type <U1"),
        ("model.onnx", "colour.npy", r"images of shape (2, 3, 8, 8): the model takes (n, 1, 8, 8)"),
        (".", "images.npy", "directory"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(folder, model, images, message, capsys):
    assert run(folder / model, folder / images) == 1
    out, err = capsys.readouterr()
    assert not out and message in err and "Traceback" not in err


def test_the_command_needs_neither_torch_nor_onnx_and_says_what_it_needs(folder):
    def command(*missing):
        code = f"import sys; sys.modules.update(dict.fromkeys({missing})); from nastutor.__main__ import main; "
        code += f"sys.exit(main(['run', {str(folder / 'model.onnx')!r}, {str(folder / 'images.npy')!r}]))"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)

    done = command("torch", "onnx", "scipy", "pandas")
    assert done.returncode == 0 and len(done.stdout.split()) == 7, done.stderr
    done = command("onnxruntime")
    assert done.returncode == 1 and done.stderr.strip() == (
        'ONNX Runtime is missing, which runs ONNX files: pip install "nastutor[deploy]"'
    )
