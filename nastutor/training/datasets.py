"""Small image datasets with fixed splits: two that ship, and a reader's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real

import numpy as np

from nastutor.arguments import generator, listed, real_number, shown
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
    class_names : what the classes are called, in the order of their numbers; empty if nobody said it.
    """

    name: str
    images: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    classes: int
    mean: float
    std: float
    class_names: tuple[str, ...] = ()

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
    if not isinstance(name, str) or name not in ("digits", "glyphs"):
        raise ValueError(f"dataset {shown(name)}: choose digits or glyphs, or make your own with from_arrays")
    return _read_dataset(name)


@cache
def _read_dataset(name: str) -> Dataset:
    stored = read_data(f"{name}.npz", "data")
    cuts = np.cumsum(stored["sizes"])[:2]
    images = np.split(stored["images"][:, None], cuts)
    labels = np.split(stored["labels"].astype(np.int64), cuts)
    return _normalised(name, dict(zip(SPLITS, zip(images, labels))), classes=10)


def from_arrays(
    images: np.ndarray,
    labels: np.ndarray,
    classes: int | None = None,
    validation: float | tuple[np.ndarray, np.ndarray] = 0.2,
    test: float | tuple[np.ndarray, np.ndarray] = 0.2,
    seed: int = 0,
    name: str = "your data",
    class_names: Sequence[str] = (),
) -> Dataset:
    """Make a dataset of your own images, with the validation and test images that you have, or split at random.

    Parameters
    ----------
    images : (n, height, width) or (n, channels, height, width), any real numbers.
    labels : (n,) whole numbers, 0…classes−1.
    classes : how many there are; None counts up to the highest label.
    validation, test : for each of these splits either the fraction of `images` that it takes, or its own
        ``(images, labels)``, in the same units. What neither takes is for training.
    seed : of the split.
    name : for messages.
    class_names : what the classes are called, as many as there are, or none.

    Raises
    ------
    ValueError : shapes that do not fit, numbers that are not finite, labels that are no whole numbers or out of range,
        fewer than two classes, fractions that leave a split empty, a class without a training image, another number of
        names.

    Examples
    --------
    A test set that came with the data, and a fifth of the other images for validation:

    >>> rng = np.random.default_rng(0)
    >>> digits, test_digits = (rng.integers(0, 256, (n, 28, 28)) for n in (600, 100))
    >>> from_arrays(digits, np.arange(600) % 10, test=(test_digits, np.arange(100) % 10))
    Dataset(your data: 480 train, 120 validation, 100 test, 10 classes, 1×28×28)
    """
    own = {"train": _checked(name, "", images, labels)}
    fractions: dict[str, float] = {}
    for split, part in zip(SPLITS[1:], (validation, test)):
        if isinstance(part, Real) and not isinstance(part, bool):
            fractions[split] = real_number(f"{name}: {split}", part, "a fraction of the images, or (images, labels)")
        elif isinstance(part, tuple | list) and len(part) == 2:
            own[split] = _checked(name, f"{split} ", *part)
        else:
            raise ValueError(f"{name}: {split} {shown(part)}: give a fraction of the images, or (images, labels)")
    count = _count_classes(name, own, classes)
    class_names = listed("class_names", class_names)
    if class_names and len(class_names) != count:
        raise ValueError(f"{name}: {len(class_names)} class_names for {count} classes: give one for each, or none")
    images, labels = own["train"]
    sizes = {split: int(part * len(labels)) if 0 < part < 1 else 0 for split, part in fractions.items()}
    sizes["train"] = len(labels) - sum(sizes.values())
    if min(sizes.values()) < 1:
        given = " and ".join(f"{split} {part}" for split, part in fractions.items())
        raise ValueError(
            f"{name}: {given} of {len(labels)} images leave a split empty: give fractions above 0 that add up to less "
            "than 1"
        )
    order = generator(seed).permutation(len(labels))
    for split in SPLITS:
        if split in sizes:
            rows, order = np.split(order, [sizes[split]])
            own[split] = images[rows], labels[rows]
    return _normalised(name, own, count, class_names)


def _checked(name: str, which: str, images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, channels, height, width) and labels (n,) int64; `which` set they are, for messages."""
    try:
        images, labels = np.asarray(images), np.asarray(labels)
    except (ValueError, TypeError, MemoryError, RuntimeError) as error:  # the last by torch
        raise ValueError(f"{name}: {which}images and labels must be arrays: {error}") from None
    what = f"{name}: {which}images {images.shape}"
    if images.ndim == 4 and min(images.shape[1:3]) > 4 >= images.shape[3]:  # a row of a table is 9×1×1, say
        raise ValueError(f"{what} have their channels last: give np.moveaxis(images, -1, 1)")
    if images.ndim not in (3, 4) or 0 in images.shape:
        raise ValueError(f"{what}: give (n, height, width) or (n, channels, height, width)")
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{name}: {which}labels {labels.shape} for images {images.shape}: give ({len(images)},)")
    if images.dtype.kind not in "uifb" or not np.isfinite(images).all():
        raise ValueError(f"{what} of type {images.dtype} must be real numbers, none NaN or infinite")
    if labels.dtype.kind not in "uif" or not np.array_equal(labels, np.floor(labels)):
        raise ValueError(
            f"{name}: {which}labels must be whole numbers from 0, got {labels[:5]}… of type {labels.dtype}"
        )
    return images if images.ndim == 4 else images[:, None], labels.astype(np.int64)


def _count_classes(name: str, sets: Mapping[str, tuple[np.ndarray, np.ndarray]], classes: int | None) -> int:
    """Return the number of classes, if all sets have images of one shape, and labels within the classes."""
    count = int(sets["train"][1].max()) + 1 if classes is None else classes
    if isinstance(count, bool) or not isinstance(count, Integral):
        raise ValueError(f"{name}: classes {shown(classes)}: give a whole number, at least 2")
    if count < 2:
        raise ValueError(f"{name}: {count} class: give at least 2")
    shape = sets["train"][0].shape[1:]
    for split, (images, labels) in sets.items():
        which = "" if split == "train" else f"{split} "
        if images.shape[1:] != shape:
            raise ValueError(f"{name}: {which}images of {images.shape[1:]}: give {shape}, as the others have")
        if labels.min() < 0 or labels.max() >= count:
            raise ValueError(
                f"{name}: {which}labels from {labels.min()} to {labels.max()}: with {count} classes give 0…{count - 1}"
            )
    return count


def _normalised(
    name: str, sets: Mapping[str, tuple[np.ndarray, np.ndarray]], classes: int, class_names: Sequence[str] = ()
) -> Dataset:
    """Make a dataset of images and labels by split, in the scale of the training images."""
    images, labels = sets["train"]
    seen = set(labels.tolist())
    missing = next((number for number in range(classes) if number not in seen), None)
    if missing is not None:
        raise ValueError(f"{name}: no training image of class {missing}: give more images, or fewer classes")
    mean, std = float(images.mean(dtype=np.float64)), float(images.std(dtype=np.float64)) or 1.0
    return Dataset(
        name=name,
        images={split: ((sets[split][0] - mean) / std).astype(np.float32) for split in SPLITS},
        labels={split: sets[split][1] for split in SPLITS},
        classes=classes,
        mean=mean,
        std=std,
        class_names=tuple(class_names),
    )
