"""A CSV file becomes a dataset: columns as the training rows show them, nothing of the test in them."""

import numpy as np
import pandas
import pytest

from nastutor.spaces import LayerwiseSpace
from nastutor.training import TableEncoder, from_csv


def table(rows=60, seed=0):
    """Make rows whose kind follows from two columns, with gaps, a constant, and a column that gives it away."""
    rng = np.random.default_rng(seed)
    length, colour = rng.normal(size=rows), rng.choice(["red", "green", "blue"], size=rows)
    kind = np.where((length > 0) == (colour == "red"), "oak", "elm")
    frame = pandas.DataFrame(
        {"row": range(rows), "length": 50 + 10 * length, "colour": colour, "same": 1, "kind": kind}
    )
    frame.loc[::7, "length"] = np.nan
    frame.loc[::11, "colour"] = None
    return frame


def test_columns_become_channels_by_the_training_rows_alone(tmp_path):
    table().to_csv(tmp_path / "trees.csv", index=False)
    dataset, encoder = from_csv(tmp_path / "trees.csv", target="kind", ignore=["row"])
    assert [column.name for column in encoder.columns] == ["length", "colour"]
    assert dataset.shape == (encoder.channels, 1, 1) == (4, 1, 1) and dataset.class_names == ("elm", "oak")
    assert {split: len(labels) for split, labels in dataset.labels.items()} == {
        "train": 36,
        "validation": 12,
        "test": 12,
    }
    training = dataset.images["train"] * dataset.std + dataset.mean
    length = training[:, 0, 0, 0]
    assert length.mean() == pytest.approx(0, abs=1e-5)  # a missing one counts as the mean
    assert set(np.unique(training[:, 1:].round(4))) == {0, 1} and (training[:, 1:].sum(axis=1).round(4) <= 1).all()


def test_other_rows_are_encoded_alike_whatever_they_hold():
    encoder = TableEncoder(pandas.DataFrame({"x": [1.0, 3.0], "colour": ["red", "blue"]}))
    encoded = encoder.encode(pandas.DataFrame({"colour": ["red", "mauve", None], "x": [3, None, 101], "more": 1}))
    assert encoded.shape == (3, 3, 1, 1) and encoded.dtype == np.float32
    assert encoded[:, :, 0, 0].tolist() == [[1, 0, 1], [0, 0, 0], [99, 0, 0]]
    with pytest.raises(ValueError, match="column 'x' is missing; there are colour"):
        encoder.encode(pandas.DataFrame({"colour": ["red"]}))
    with pytest.raises(ValueError, match="column 'x' held numbers"):
        encoder.encode(pandas.DataFrame({"colour": ["red"], "x": ["many"]}))


def test_a_test_file_of_its_own_is_the_test_and_leaks_nothing(tmp_path):
    table().to_csv(tmp_path / "trees.csv", index=False)
    table(20, seed=1).assign(length=lambda rows: 1000 * rows.length).to_csv(tmp_path / "test.csv", index=False)
    dataset, encoder = from_csv(tmp_path / "trees.csv", "kind", test=tmp_path / "test.csv", ignore=["row"])
    assert len(dataset.labels["test"]) == 20 and len(dataset.labels["train"]) == 48
    assert 30 < encoder.columns[0].center < 70


@pytest.mark.parametrize("columns", [1, 4, 5, 30])
def test_any_number_of_columns_will_do(tmp_path, columns):
    numbers = np.random.default_rng(0).normal(size=(40, columns))
    frame = pandas.DataFrame(numbers, columns=[f"x{i}" for i in range(columns)]).assign(kind=["oak", "elm"] * 20)
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert from_csv(tmp_path / "t.csv", "kind")[0].shape == (columns, 1, 1)


def test_a_network_of_the_tabular_space_learns_it(tmp_path):
    pytest.importorskip("torch")
    from functools import partial

    from nastutor.networks import LayerwiseNetwork
    from nastutor.training import Recipe, TrainingEvaluator

    table(400).to_csv(tmp_path / "trees.csv", index=False)
    dataset, _ = from_csv(tmp_path / "trees.csv", "kind", ignore=["row"])
    space = LayerwiseSpace.tabular()
    build = partial(LayerwiseNetwork, space=space, in_channels=dataset.shape[0], classes=2)
    genotype = space.from_string("conv-f32-k1-s1-relu-batch|conv-f32-k1-s1-relu-batch")
    found = TrainingEvaluator(build, dataset, Recipe(epochs=12, batch_size=16))(genotype)
    assert found["test_accuracy"] > 75  # half of the rows without a length can only be guessed


@pytest.mark.parametrize(
    "content, arguments, message",
    [
        ("a,b\n1,x\n", {"target": "c"}, "no column 'c'; there are a, b"),
        ("a,b\n1,x\n2,y\n", {"target": "b", "ignore": ["z"]}, "no column 'z'"),
        ("a,b\n1,x\n2,\n", {"target": "b"}, "1 rows have no 'b'"),
        ("a,b\n1,x\n2,y\n", {"target": "b"}, "none is left for validation"),
        ("", {"target": "b"}, "no table that can be read"),
        ("a;b\n1;x\n", {"target": "b"}, "columns are separated by commas, here by semicolons"),
        ("a;b\n1,5;x\n2;y\n", {"target": "b"}, "save it as CSV with commas, and with points in its numbers"),
        ("a\tb\n1\tx\n", {"target": "b"}, "columns are separated by commas, here by tabs"),
        ("a,b\n" + "7,x\n7,y\n" * 9, {"target": "b"}, "no column of a, b says anything"),
        ("a,b\n" + "".join(f"t{i},{'xy'[i % 2]}\n" for i in range(90)), {"target": "b"}, "different texts"),
        ("a,b\n" + "1,x\n2,x\n" * 9, {"target": "b"}, "give at least 2"),
        ("a,b\n" + "1,x\ninf,y\n" * 9, {"target": "b"}, "column 'a' holds infinite numbers"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, content, arguments, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        from_csv(tmp_path / "t.csv", **arguments)


def test_the_tabular_space_has_49_forms_a_layer():
    assert LayerwiseSpace.tabular().size == sum(49**depth for depth in range(1, 5))
