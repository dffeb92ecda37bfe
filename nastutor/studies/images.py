"""Build `data/glyphs.npz` and `data/digits.npz` (run by `make data`).

    python -m nastutor.studies.images glyphs data/glyphs.npz
    python -m nastutor.studies.images digits scikit_learn-….whl data/digits.npz

*Glyphs*: ten letters in two groups that look alike, in the DejaVu faces that matplotlib carries. An outline is
stretched, sheared, turned and moved, its coverage of 8×8 pixels is measured, and contrast and noise are added. All is
geometry on the outlines, so neither a font rasteriser nor the machine's fonts matter. Versions of matplotlib round the
outlines differently: one pixel in 10,000 may change.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from nastutor.arrays import write_arrays
from nastutor.studies import command

LETTERS = "BEFPRCDGOQ"
FACES = tuple(
    f"DejaVu{name}.ttf"
    for name in (
        "Sans",
        "Sans-Bold",
        "Sans-Oblique",
        "Sans-BoldOblique",
        "SansMono",
        "SansMono-Bold",
        "SansMono-Oblique",
        "Serif",
        "Serif-Bold",
        "Serif-Italic",
        "Serif-BoldItalic",
    )
)
IMAGE_SIZE = 8
SUBPIXELS = 4
"""Coverage is measured on SUBPIXELS² points a pixel."""
SCALE, SHEAR, TURN, SHIFT = (0.65, 1.1), 0.4, 0.3, 0.15
"""Range of width and height, and largest shear, angle (radians) and shift; the image has width and height 1."""
DARK, BRIGHT, NOISE = 0.2, 0.7, 0.1
"""Largest level of the ground, lowest level of the letter, and standard deviation of the noise; white is 1."""
GLYPHS_SIZES = (2_560, 1_000, 4_000)
"""Images for training, validation and test."""
DIGITS_SIZES = (1_000, 400, 397)


def glyphs() -> dict[str, np.ndarray]:
    """Return the arrays of `data/glyphs.npz`: each split is a draw of its own, with every class equally often."""
    splits = [draw_glyphs(count, seed) for seed, count in enumerate(GLYPHS_SIZES)]
    images, labels = (np.concatenate(parts) for parts in zip(*splits))
    return {"images": images, "labels": labels, "sizes": np.array(GLYPHS_SIZES)}


def digits(wheel: Path) -> dict[str, np.ndarray]:
    """Return the arrays of `data/digits.npz`: the images of `read_digits`, shuffled once and for all."""
    images, labels = read_digits(wheel)
    order = np.random.default_rng(0).permutation(len(labels))
    return {"images": images[order], "labels": labels[order], "sizes": np.array(DIGITS_SIZES)}


def draw_glyphs(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw noisy letters, every class equally often.

    Parameters
    ----------
    count : number of images, a multiple of ten.
    seed : of the generator; the first images of a longer draw are not those of a shorter one.

    Returns
    -------
    images : (count, 8, 8) uint8, 0…255, bright letters on dark ground; labels : (count,) uint8, positions in `LETTERS`.

    Raises
    ------
    ValueError : `count` is no multiple of ten.
    """
    if count < 1 or count % len(LETTERS):
        raise ValueError(f"count {count}: give a multiple of {len(LETTERS)}")
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(LETTERS))
    outlines = [[_outline(letter, face) for face in FACES] for letter in LETTERS]
    images = np.empty((count, IMAGE_SIZE, IMAGE_SIZE))
    for image, label in zip(images, labels):
        polygons = outlines[label][rng.integers(len(FACES))]
        coverage = _cover(_distort(polygons, rng))
        ground, letter = rng.uniform(0, DARK), rng.uniform(BRIGHT, 1)
        image[:] = ground + (letter - ground) * coverage + rng.normal(0, NOISE, coverage.shape)
    return (255 * images.clip(0, 1)).round().astype(np.uint8), labels.astype(np.uint8)


def _outline(letter: str, face: str) -> list[np.ndarray]:
    """Return the closed polygons of a letter, centred, its larger side of length 1."""
    font = FontProperties(fname=Path(matplotlib.get_data_path()) / "fonts" / "ttf" / face)
    polygons = TextPath((0, 0), letter, size=100, prop=font).to_polygons()
    points = np.concatenate(polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    return [(polygon - (low + high) / 2) / (high - low).max() for polygon in polygons]


def _distort(polygons: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Stretch, shear, turn and move an outline at random."""
    scale = np.diag(rng.uniform(*SCALE, size=2))
    shear = np.array([[1, rng.uniform(-SHEAR, SHEAR)], [0, 1]])
    angle = rng.uniform(-TURN, TURN)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = rng.uniform(-SHIFT, SHIFT, size=2)
    return [polygon @ (turn @ shear @ scale).T + shift for polygon in polygons]


def _cover(polygons: list[np.ndarray]) -> np.ndarray:
    """Return the part of each pixel, 0…1, that lies inside an outline (inside an odd number of its polygons)."""
    side = IMAGE_SIZE * SUBPIXELS
    ticks = (np.arange(side) + 0.5) / side - 0.5
    points = np.stack(np.meshgrid(ticks, -ticks), axis=-1).reshape(-1, 2)  # rows from top to bottom
    inside = np.zeros(len(points), dtype=bool)
    for polygon in polygons:
        inside ^= Outline(polygon).contains_points(points)
    pixels = inside.reshape(IMAGE_SIZE, SUBPIXELS, IMAGE_SIZE, SUBPIXELS)
    return pixels.mean(axis=(1, 3))


def read_digits(wheel: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the UCI handwritten digits from scikit-learn's wheel, as an archive: nothing in it is installed or run.

    Returns
    -------
    images : (1797, 8, 8) uint8, 0…16; labels : (1797,) uint8, 0…9.

    Raises
    ------
    ValueError : the source is not those 1,797 images.
    """
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read("sklearn/datasets/data/digits.csv.gz")).decode("ascii")
    rows = np.array([[float(value) for value in row] for row in csv.reader(io.StringIO(text))])
    expected = rows.shape == (1797, 65) and rows.max() == 16 and np.bincount(rows[:, -1].astype(int)).min() == 174
    if not expected:
        raise ValueError(f"{wheel} does not hold the 1,797 digits of 8×8 pixels with values 0…16")
    return rows[:, :-1].reshape(-1, 8, 8).astype(np.uint8), rows[:, -1].astype(np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the dataset that the command line names."""
    parser = command.parser_of("images", __doc__)
    datasets = parser.add_subparsers(dest="dataset", required=True)
    for name in ("glyphs", "digits"):
        options = datasets.add_parser(name)
        if name == "digits":
            options.add_argument("wheel", type=command.existing_path, help="scikit-learn, as a wheel")
        options.add_argument("file", type=command.npz_path, metavar="FILE.npz")
    chosen = parser.parse_args(arguments)
    arrays = glyphs() if chosen.dataset == "glyphs" else digits(chosen.wheel)
    write_arrays(chosen.file, arrays)
    print(f"{chosen.file}: {len(arrays['labels']):,} images, {chosen.file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
