"""Small image datasets with fixed splits: two that ship, and a reader's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from nastutor.arrays import read_data

SPLITS = ("train", "validation", "test")
GLYPHS_LETTERS = "BEFPRCDGOQ"
"""The letter of each class of glyphs."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images in three splits, normalised with the mean and standard deviation of the training images.

    Attributes
    ----------
    name : for messages.
    images : by split (``"train"``, ``"validation"``, ``"test"``), (n, channels, height, width) float32.
    labels : by split, (n,) int64, 0…classes−1.
    classes : number of classes.
    mean, std : of the training images before they were normalised, in the units that were given.
    """

    name: str
    images: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    classes: int
    mean: float
    std: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.images["train"].shape[1:]
        return channels, height, width

    def fingerprint(self) -> str:
        """Return twelve hexadecimal digits that differ, in all likelihood, where some image or label does."""
        digest = hashlib.sha256()
        for split in sorted(self.images):
            digest.update(self.images[split].tobytes() + self.labels[split].tobytes())
        return digest.hexdigest()[:12]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(self.labels[split]):,} {split}" for split in SPLITS)
        return f"Dataset({self.name}: {sizes}, {self.classes} classes, {'×'.join(map(str, self.shape))})"


@cache
def load_dataset(name: str) -> Dataset:
    """Load a dataset that ships.

    Parameters
    ----------
    name : ``"glyphs"``, noisy letters drawn for this project, or ``"digits"``, the UCI handwritten digits. Both are 8×8
        grey images of ten classes; `data/README.md` says where they come from and how large the splits are.

    Raises
    ------
    ValueError : an unknown name, or the data file is damaged.
    FileNotFoundError : the data file is missing.
    """
    if name not in ("digits", "glyphs"):
        raise ValueError(f"dataset {name!r}: choose digits or glyphs, or make your own with from_arrays")
    stored = read_data(f"{name}.npz", "data")
    labels, sizes = stored["labels"].astype(np.int64), stored["sizes"].tolist()
    return _split(name, stored["images"][:, None], labels, np.arange(len(labels)), sizes, classes=10)


def from_arrays(
    images: np.ndarray,
    labels: np.ndarray,
    classes: int | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
    name: str = "your data",
) -> Dataset:
    """Make a dataset of your own images, split at random.

    Parameters
    ----------
    images : (n, height, width) or (n, channels, height, width), any real numbers.
    labels : (n,) whole numbers, 0…classes−1.
    classes : how many there are; None counts up to the highest label.
    validation, test : the fractions of the images for these splits; the rest is for training.
    seed : of the split.
    name : for messages.

    Raises
    ------
    ValueError : shapes that do not fit, numbers that are not finite, labels that are no whole numbers or out of range,
        fewer than two classes, fractions that leave a split empty, a class without a training image.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim == 4 and images.shape[1] > 4 >= images.shape[3]:
        raise ValueError(f"{name}: images {images.shape} have their channels last: give np.moveaxis(images, -1, 1)")
    if images.ndim not in (3, 4) or 0 in images.shape:
        raise ValueError(f"{name}: images {images.shape}: give (n, height, width) or (n, channels, height, width)")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{name}: labels {labels.shape} for images {images.shape}: give ({len(images)},)")
    if images.dtype.kind not in "uifb" or not np.isfinite(images).all():
        raise ValueError(f"{name}: images of type {images.dtype} must be real numbers, none NaN or infinite")
    if labels.dtype.kind not in "uif" or not np.array_equal(labels, np.floor(labels)):
        raise ValueError(f"{name}: labels must be whole numbers from 0, got {labels[:5]}… of type {labels.dtype}")
    count = int(labels.max()) + 1 if classes is None else classes
    if labels.min() < 0 or labels.max() >= count:
        raise ValueError(
            f"{name}: labels from {labels.min()} to {labels.max()}: with {count} classes give 0…{count - 1}"
        )
    if count < 2:
        raise ValueError(f"{name}: {count} class: give at least 2")
    sizes = (len(labels) - int(validation * len(labels)) - int(test * len(labels)), int(validation * len(labels)))
    if validation <= 0 or test <= 0 or min(*sizes, len(labels) - sum(sizes)) < 1:
        raise ValueError(
            f"{name}: validation {validation} and test {test} of {len(labels)} images leave a split empty: "
            "give fractions above 0 that add up to less than 1"
        )
    order = np.random.default_rng(seed).permutation(len(labels))
    if images.ndim == 3:
        images = images[:, None]
    return _split(name, images, labels.astype(np.int64), order, sizes, count)


def _split(
    name: str, images: np.ndarray, labels: np.ndarray, order: np.ndarray, sizes: tuple[int, ...], classes: int
) -> Dataset:
    """Cut (in this order) into three splits and normalise."""
    parts = dict(zip(SPLITS, np.split(order, np.cumsum(sizes[:2]))))
    missing = set(range(classes)) - set(labels[parts["train"]].tolist())
    if missing:
        raise ValueError(f"{name}: no training image of class {min(missing)}: give more images, or fewer classes")
    train = images[parts["train"]].astype(np.float64)
    mean, std = float(train.mean()), float(train.std()) or 1.0
    return Dataset(
        name=name,
        images={split: ((images[rows] - mean) / std).astype(np.float32) for split, rows in parts.items()},
        labels={split: labels[rows] for split, rows in parts.items()},
        classes=classes,
        mean=mean,
        std=std,
    )
