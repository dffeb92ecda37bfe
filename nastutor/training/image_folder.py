"""A folder of pictures as a dataset: a folder a class, and the test pictures that came with them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from nastutor.arguments import whole_number
from nastutor.training.datasets import Dataset, from_arrays

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
TRAINING_NAMES, TEST_NAMES = ("train", "training"), ("test", "testing")

Pictures = list[tuple[Path, str]]
"""Files with the names of their classes."""


def from_folder(
    folder: str | os.PathLike[str],
    size: int = 32,
    grey: bool = False,
    validation: float = 0.2,
    test: float | str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> Dataset:
    """Make a dataset of a folder of pictures: ``folder/CLASS/picture.png``, whatever the pictures are called.

    With ``folder/train/CLASS`` and ``folder/test/CLASS`` that split into training and test pictures is kept.

    Parameters
    ----------
    folder : holds a folder for each class, or a folder ``train`` and one ``test`` that do.
    size : pictures are scaled to size × size pixels, whatever their shape was.
    grey : one channel in place of three.
    validation : the fraction of the training pictures that a search chooses by.
    test : the fraction of all pictures that is kept for the report, or a folder of them; None: ``folder/test``, or a
        fifth where there is none.
    seed : of the split.

    Returns
    -------
    Images with values 0…1 before they are normalised; `class_names` are the names of the folders, sorted.

    Raises
    ------
    FileNotFoundError : there is no such folder.
    ValueError : fewer than two classes, a class of which there is no picture, test pictures of another class, a file
        that is no picture though its name says so, or fractions that leave a split empty.
    """
    folder, size = Path(folder), whole_number("size", size, lowest=1)
    training = _one_of(folder, TRAINING_NAMES) or folder
    if test is None:
        test = 0.2 if training is folder else _one_of(folder, TEST_NAMES) or 0.2
    pictures = _pictures(training)
    names = sorted({name for _, name in pictures})
    if len(names) < 2:
        found = ", ".join(names) or "none"
        raise ValueError(
            f"{training}: pictures of {found}: give a folder with pictures for each of at least two classes"
        )
    images, labels = _read(pictures, names, size, grey)
    if isinstance(test, str | os.PathLike):
        given = _pictures(Path(test))
        unknown = sorted({name for _, name in given} - set(names))
        if unknown or not given:
            raise ValueError(f"{test}: {f'class {unknown[0]}' if unknown else 'no pictures'}: give {', '.join(names)}")
        return from_arrays(
            images, labels, len(names), validation, _read(given, names, size, grey), seed, folder.name, names
        )
    return from_arrays(images, labels, len(names), validation, test, seed, folder.name, names)


def _one_of(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _pictures(folder: Path) -> Pictures:
    """List the pictures in the folders of a folder, in a fixed order; hidden files are none."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    return [
        (path, inner.name)
        for inner in sorted(folder.iterdir())
        if inner.is_dir() and not inner.name.startswith(".")
        for path in sorted(inner.rglob("*"))
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".")
    ]


def _read(pictures: Pictures, names: list[str], size: int, grey: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, channels, size, size) float32, 0…1, and labels (n,)."""
    from PIL import Image, UnidentifiedImageError

    images = np.empty((len(pictures), 1 if grey else 3, size, size), np.float32)
    for row, (path, _) in enumerate(pictures):
        try:
            with Image.open(path) as picture:
                scaled = picture.convert("L" if grey else "RGB").resize((size, size), Image.Resampling.BILINEAR)
        except (UnidentifiedImageError, OSError) as error:
            raise ValueError(f"{path}: no picture that can be read ({error}); mend it, or take it away") from None
        images[row] = np.moveaxis(np.asarray(scaled, np.float32).reshape(size, size, -1), 2, 0) / 255
    return images, np.array([names.index(name) for _, name in pictures])
