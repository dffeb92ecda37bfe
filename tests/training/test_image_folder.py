"""A folder of pictures becomes a dataset: the split that it has is kept, and what is wrong is named."""

import numpy as np
import pytest
from PIL import Image

from nastutor.training import from_folder

SHADES = {"cat": 40, "dog": 120, "owl": 220}


def paint(folder, count=10, ending="png", size=(12, 9), classes=SHADES):
    """Write pictures of one shade a class, of one colour channel or three."""
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            shade = (SHADES[name], 0, 255) if number % 2 else SHADES[name]
            Image.new("RGB" if number % 2 else "L", size, shade).save(folder / name / f"{number}.{ending}")


@pytest.mark.parametrize("ending", ["png", "bmp", "gif", "JPEG"])
def test_a_folder_a_class_is_split_at_random(tmp_path, ending):
    paint(tmp_path, ending=ending)
    (tmp_path / "cat" / "notes.txt").write_text("no picture")
    dataset = from_folder(tmp_path, size=8, grey=True)
    assert {split: len(labels) for split, labels in dataset.labels.items()} == {"train": 18, "validation": 6, "test": 6}
    assert dataset.shape == (1, 8, 8) and dataset.class_names == ("cat", "dog", "owl")


def test_pixels_and_classes_come_from_the_files(tmp_path):
    paint(tmp_path)
    dataset = from_folder(tmp_path, size=4, validation=0.2, test=0.2)
    assert dataset.shape == (3, 4, 4)
    for split, images in dataset.images.items():
        pixels = 255 * (images * dataset.std + dataset.mean)
        shades = np.array(list(SHADES.values()))[dataset.labels[split]]
        assert np.allclose(pixels[:, 0], shades[:, None, None], atol=0.01)
        assert np.isin(pixels[:, 2].round(), [40, 120, 220, 255]).all()


@pytest.mark.parametrize("names", [("train", "test"), ("training", "testing")])
def test_test_pictures_that_came_with_the_data_are_the_test(tmp_path, names):
    paint(tmp_path / names[0], count=10)
    paint(tmp_path / names[1], count=4, classes=("cat", "dog"))
    dataset = from_folder(tmp_path, size=4)
    assert len(dataset.labels["test"]) == 8 and set(dataset.labels["test"]) == {0, 1}
    assert len(dataset.labels["train"]) + len(dataset.labels["validation"]) == 30
    elsewhere = from_folder(tmp_path / names[0], size=4, test=tmp_path / names[1])
    assert elsewhere.fingerprint() == dataset.fingerprint()


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        from_folder(tmp_path / "none")
    with pytest.raises(ValueError, match="pictures of none: give a folder"):
        from_folder(tmp_path)
    paint(tmp_path / "train", classes=("cat", "dog"))
    with pytest.raises(ValueError, match="size 0"):
        from_folder(tmp_path, size=0)
    paint(tmp_path / "test", classes=("cat", "owl"))
    with pytest.raises(ValueError, match="class owl: give cat, dog"):
        from_folder(tmp_path)
    (tmp_path / "train" / "dog" / "x.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"x\.png: no picture that can be read"):
        from_folder(tmp_path)
