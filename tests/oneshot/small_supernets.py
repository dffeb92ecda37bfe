"""A supernet and images so small that a run takes a second."""

from functools import cache, partial

import numpy as np

from nastutor.networks import Supernet
from nastutor.oneshot import SupernetRecipe
from nastutor.spaces.cell import CellSpace
from nastutor.training.datasets import from_arrays

SPACE = CellSpace()
SMALL = {"channels": 4, "cells_per_stage": 1, "stages": 1, "in_channels": 1, "classes": 3}
BUILD = partial(Supernet, SPACE, **SMALL)
RECIPE = SupernetRecipe(epochs=3, batch_size=16, learning_rate=0.1, dtype="float64")


@cache
def small_data():
    """Three classes of 6×6 images, a bright corner each, in noise: 90 training images, 30 and 30 others."""
    rng = np.random.default_rng(0)
    labels = np.arange(150) % 3
    images = rng.normal(0, 1, (150, 6, 6))
    for image, label in zip(images, labels):
        image[3 * (label // 2) :, 3 * (label % 2) :][:3, :3] += 1.5
    return from_arrays(images, labels)
