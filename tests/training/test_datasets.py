"""The datasets that ship, their generators, and a reader's own arrays."""

import doctest
import hashlib

import matplotlib
import numpy as np
import pytest

from nastutor.resources import data_path
from nastutor.studies import images as image_sources
from nastutor.training import datasets
from nastutor.training.datasets import GLYPHS_LETTERS, SPLITS, from_arrays, load_dataset

SIZES = {"glyphs": (2_560, 1_000, 4_000), "digits": (1_000, 400, 397)}


@pytest.mark.parametrize("name", SIZES)
def test_shipped_datasets_have_their_splits(name):
    dataset = load_dataset(name)
    assert tuple(len(dataset.labels[split]) for split in SPLITS) == SIZES[name]
    assert dataset.shape == (1, 8, 8) and dataset.classes == 10
    for split, size in zip(SPLITS, SIZES[name]):
        images, labels = dataset.images[split], dataset.labels[split]
        assert images.shape == (size, 1, 8, 8) and images.dtype == np.float32
        assert labels.shape == (size,) and labels.dtype == np.int64 and set(labels) == set(range(10))
    assert dataset.images["train"].mean() == pytest.approx(0, abs=1e-4)
    assert dataset.images["train"].std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", SIZES)
def test_no_image_is_in_two_splits(name):
    images = np.concatenate([load_dataset(name).images[split] for split in SPLITS])
    assert len(np.unique(images, axis=0)) == len(images) == sum(SIZES[name])


def test_glyphs_have_every_class_equally_often():
    for split, size in zip(SPLITS, SIZES["glyphs"]):
        assert np.bincount(load_dataset("glyphs").labels[split]).tolist() == [size // 10] * 10
    assert GLYPHS_LETTERS == image_sources.LETTERS


@pytest.mark.long
def test_the_generator_draws_the_shipped_glyphs():
    drawn = image_sources.glyphs()
    with np.load(data_path("glyphs.npz"), allow_pickle=False) as shipped:
        assert sorted(drawn) == sorted(shipped)
        assert np.array_equal(drawn["labels"], shipped["labels"]) and np.array_equal(drawn["sizes"], shipped["sizes"])
        differing = (drawn["images"] != shipped["images"]).sum()
    # Of 483,840 pixels; matplotlib 3.8 rounds its outlines otherwise, and 57 differ.
    assert differing == 0 if matplotlib.__version__ == "3.11.2" else differing < 1_000


def test_a_seed_fixes_the_glyphs_and_another_changes_them():
    first, again, other = (image_sources.draw_glyphs(20, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_glyphs_are_drawn_in_equal_numbers_only():
    with pytest.raises(ValueError, match="count 15: give a multiple of 10"):
        image_sources.draw_glyphs(15)


def test_the_digits_are_the_1797_of_uci():
    with np.load(data_path("digits.npz"), allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images.max() == 16 and images.sum() == 561_718
    lines = sorted(row.tobytes() for row in np.column_stack([images.reshape(-1, 64), labels]))
    assert hashlib.sha256(b"".join(lines)).hexdigest()[:16] == "f67d6a29d0e1f70e"


def test_an_unknown_dataset_names_those_that_ship():
    with pytest.raises(ValueError, match="dataset 'mnist': choose digits or glyphs"):
        load_dataset("mnist")
    with pytest.raises(ValueError, match=r"dataset \['digits'\]: choose digits or glyphs"):
        load_dataset(["digits"])


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (60, 5, 4), dtype=np.uint8), np.arange(60) % 3


def test_own_arrays_are_split_without_loss(arrays):
    images, labels = arrays
    dataset = from_arrays(images, labels, validation=0.25, test=0.1)
    assert [len(dataset.labels[split]) for split in SPLITS] == [39, 15, 6]
    assert dataset.shape == (1, 5, 4) and dataset.classes == 3
    together = np.concatenate([dataset.images[split] for split in SPLITS])[:, 0] * dataset.std + dataset.mean
    assert {row.tobytes() for row in together.round().astype(np.uint8)} == {row.tobytes() for row in images}
    for split in SPLITS:
        for image, label in zip(dataset.images[split], dataset.labels[split]):
            row = (image[0] * dataset.std + dataset.mean).round().astype(np.uint8)
            assert labels[(images == row).all(axis=(1, 2)).argmax()] == label


def test_the_seed_fixes_the_split(arrays):
    first, again, other = (from_arrays(*arrays, seed=seed).images["test"] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_labels_may_be_whole_floats_and_images_in_colour():
    dataset = from_arrays(np.random.default_rng(0).random((40, 3, 6, 6)), np.arange(40.0) % 2)
    assert dataset.shape == (3, 6, 6) and dataset.labels["train"].dtype == np.int64


def test_a_given_test_set_is_the_test_set(arrays):
    images, labels = arrays
    for colour in (images[:9], images[:9, None]):  # one channel may be written or not
        dataset = from_arrays(images, labels, validation=0.25, test=(colour, labels[:9]))
        assert [len(dataset.labels[split]) for split in SPLITS] == [45, 15, 9]
        assert np.array_equal(dataset.labels["test"], labels[:9])
        again = dataset.images["test"][:, 0] * dataset.std + dataset.mean
        assert np.array_equal(again.round().astype(np.uint8), images[:9])
    trained = dataset.images["train"]
    assert trained.mean() == pytest.approx(0, abs=1e-6) and trained.std() == pytest.approx(1, abs=1e-6)


def test_with_all_sets_given_nothing_is_drawn(arrays):
    images, labels = arrays
    own = {"validation": (images[40:50], labels[40:50]), "test": (images[50:], labels[50:])}
    first, second = (from_arrays(images[:40], labels[:40], seed=seed, **own) for seed in (0, 1))
    assert [len(first.labels[split]) for split in SPLITS] == [40, 10, 10]
    assert set(map(bytes, first.images["train"])) == set(map(bytes, second.images["train"]))
    for split in SPLITS[1:]:
        assert np.array_equal(first.images[split], second.images[split])
        assert np.array_equal(first.labels[split], own[split][1])
    only_test_drawn = from_arrays(images, labels, validation=own["validation"])
    assert [len(only_test_drawn.labels[split]) for split in SPLITS] == [48, 10, 12]


def test_the_example_of_the_docstring_holds():
    (example,) = doctest.DocTestFinder().find(from_arrays, "from_arrays", globs=vars(datasets))
    assert doctest.DocTestRunner().run(example).failed == 0


def test_the_fingerprint_tells_a_changed_label_or_pixel(arrays):
    images, labels = arrays
    part = (images[:9], labels[:9])
    first = from_arrays(*arrays, test=part).fingerprint()
    assert first == from_arrays(*arrays, test=part).fingerprint()
    assert first != from_arrays(*arrays, test=(images[:9], (labels[:9] + 1) % 3)).fingerprint()
    assert first != from_arrays(*arrays, test=(images[1:10], labels[:9])).fingerprint()


def bad(**changes):
    images, labels = np.random.default_rng(0).random((40, 6, 6)), np.arange(40) % 4
    return {"images": images, "labels": labels} | changes


@pytest.mark.parametrize(
    "arguments, message",
    [
        (bad(images=np.ones((40, 36))), r"images \(40, 36\): give \(n, height, width\)"),
        (bad(images=np.ones((40, 6, 6, 3))), "channels last: give np.moveaxis"),
        (bad(images=np.ones((0, 6, 6))), r"images \(0, 6, 6\)"),
        (bad(labels=np.arange(39) % 4), r"labels \(39,\) for images"),
        (bad(labels=np.eye(4)[np.arange(40) % 4]), r"labels \(40, 4\) for images .* give \(40,\)"),
        (bad(images=np.full((40, 6, 6), np.nan)), "none NaN or infinite"),
        (bad(images=np.full((40, 6, 6), "a")), "must be real numbers"),
        (bad(labels=np.arange(40) / 2), "labels must be whole numbers"),
        (bad(labels=np.array(["cat", "dog"] * 20)), "labels must be whole numbers"),
        (bad(labels=np.arange(40) % 4 - 1), "labels from -1 to 2"),
        (bad(labels=np.arange(40) % 4 + 1, classes=4), "labels from 1 to 4: with 4 classes give 0…3"),
        (bad(labels=np.zeros(40, int)), "1 class: give at least 2"),
        (bad(classes=5), "no training image of class 4"),
        (bad(validation=0.6, test=0.4), "leave a split empty"),
        (bad(test=0.0), "leave a split empty"),
        (bad(test=np.nan), "give a fraction of the images"),
        (bad(test=-0.5, validation=0.5), "leave a split empty"),
        (bad(test=(np.ones((3, 6, 6)), np.arange(3)), validation=1.0), "validation 1.0 of 40 images leave a split"),
        (bad(test="0.2"), r"test '0\.2': give a fraction of the images, or \(images, labels\)"),
        (bad(validation=None), "validation None: give a fraction"),
        (bad(test=(np.ones((3, 6, 6)),)), "give a fraction of the images, or"),
        (bad(test=(np.ones((3, 5, 6)), np.arange(3))), r"test images of \(1, 5, 6\): give \(1, 6, 6\)"),
        (bad(test=(np.ones((3, 3, 6, 6)), np.arange(3))), r"test images of \(3, 6, 6\): give \(1, 6, 6\)"),
        (bad(test=(np.ones((3, 6, 6)), np.arange(2))), r"test labels \(2,\) for images \(3, 6, 6\): give \(3,\)"),
        (bad(test=(np.ones((3, 6, 6)), np.array([0, 1, 4]))), "test labels from 0 to 4: with 4 classes give 0…3"),
        (bad(validation=(np.ones((0, 6, 6)), np.ones(0, int))), r"validation images \(0, 6, 6\): give"),
        (bad(validation=(np.full((2, 6, 6), np.inf), np.ones(2, int))), "validation images .* none NaN or infinite"),
        (bad(images=[[[1.0]], [[1.0, 2.0]]]), "images and labels must be arrays"),
        (bad(classes=2.5), "classes 2.5: give a whole number, at least 2"),
        (bad(classes="4"), "classes '4': give a whole number"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        from_arrays(**arguments)


def test_a_wheel_without_the_digits_is_refused(tmp_path):
    import gzip
    import zipfile

    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("sklearn/datasets/data/digits.csv.gz", gzip.compress(b"1,2\n3,4\n"))
    with pytest.raises(ValueError, match="does not hold the 1,797 digits"):
        image_sources.read_digits(tmp_path / "other.whl")
