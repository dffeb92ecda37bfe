"""Tables with learning curves, and tables whose rows stand for classes of architectures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nastutor import Benchmark, search
from nastutor.searchers import Hyperband, RandomSearch
from nastutor.spaces import LayerwiseSpace, SearchSpace, Variable

SPACE = SearchSpace([Variable("width", (8, 16, 32)), Variable("kernel", (3, 5))])
GENOTYPES = list(SPACE)
ROWS, SEEDS, EPOCHS = len(GENOTYPES), 3, 27
ACCURACY = np.random.default_rng(0).uniform(10, 90, (ROWS, SEEDS, EPOCHS))
SECONDS = np.linspace(10, 60, ROWS)
METRICS = {"train_seconds": SECONDS, "params": np.arange(ROWS), "test_accuracy": ACCURACY[:, :, -1] - 1}


def table(metrics=METRICS, curves=None, **options):
    curves = {"val_accuracy": ACCURACY} if curves is None else curves
    return Benchmark(SPACE, GENOTYPES, metrics, "mine", curves=curves, **options)


@given(st.integers(0, ROWS - 1), st.integers(0, SEEDS - 1), st.integers(1, EPOCHS))
def test_the_search_reads_the_curve_of_its_seed(row, seed, epochs):
    found = table(search_seed=seed).evaluate(GENOTYPES[row], epochs=epochs)
    assert found["val_accuracy"] == ACCURACY[row, seed, epochs - 1]
    assert found["train_seconds"] == pytest.approx(SECONDS[row] * epochs / EPOCHS, rel=1e-12)
    assert found["params"] == row


def test_without_epochs_and_with_all_of_them_the_training_is_complete():
    bench = table(search_seed=1)
    for row, genotype in enumerate(GENOTYPES):
        complete = bench.evaluate(genotype)
        assert complete == bench.evaluate(genotype, epochs=EPOCHS)
        assert complete["val_accuracy"] == ACCURACY[row, 1, -1]
        assert complete["test_accuracy"] == ACCURACY[row, 1, -1] - 1


def test_what_was_measured_at_the_end_alone_is_not_known_earlier():
    assert set(table().evaluate((0, 0), epochs=EPOCHS - 1)) == {"val_accuracy", "train_seconds", "params"}


def test_stored_seconds_are_read_not_scaled():
    seconds = np.cumsum(np.random.default_rng(1).uniform(1, 2, (ROWS, SEEDS, EPOCHS)), axis=2)
    bench = table({}, {"val_accuracy": ACCURACY, "train_seconds": seconds})
    assert bench.evaluate((1, 0), epochs=5)["train_seconds"] == seconds[2, 0, 4]
    assert bench.evaluate((1, 0))["train_seconds"] == seconds[2, 0, -1]


def test_seconds_of_each_seed_are_scaled_as_well():
    bench = table({"train_seconds": np.outer(SECONDS, [1.0, 2.0, 3.0])}, search_seed=2)
    assert bench.evaluate(GENOTYPES[3], epochs=9)["train_seconds"] == pytest.approx(SECONDS[3] * 3 * 9 / EPOCHS)


def test_reports_and_values_are_of_the_end_of_training():
    bench = table(search_seed=1)
    for row, genotype in enumerate(GENOTYPES):
        assert bench.report(genotype)["val_accuracy"] == pytest.approx(ACCURACY[row, [0, 2], -1].mean())
    np.testing.assert_array_equal(bench.values("val_accuracy", "search"), ACCURACY[:, 1, -1])


@given(st.integers(0, SEEDS - 1), st.integers(1, EPOCHS))
def test_the_search_never_sees_the_seeds_that_are_reported(seed, epochs):
    changed = ACCURACY.copy()
    changed[:, [i for i in range(SEEDS) if i != seed]] += 1
    other = table(curves={"val_accuracy": changed}, search_seed=seed)
    for genotype in GENOTYPES:
        same = table(search_seed=seed).evaluate(genotype, epochs=epochs)["val_accuracy"]
        assert other.evaluate(genotype, epochs=epochs)["val_accuracy"] == same


@pytest.mark.parametrize("epochs", [0, -1, EPOCHS + 1, 1.0, 2.5, "3", True])
def test_epochs_outside_the_curves_are_refused(epochs):
    with pytest.raises(ValueError, match=rf"mine: epochs {epochs!r}: choose a whole number, 1…27"):
        table().evaluate((0, 0), epochs=epochs)


def test_epochs_may_be_a_numpy_integer():
    assert table().evaluate((0, 0), epochs=np.int64(3)) == table().evaluate((0, 0), epochs=3)


@pytest.mark.parametrize(
    ("metrics", "curves", "message"),
    [
        ({}, {"acc": ACCURACY[:, :, 0]}, r"curve acc has shape \(6, 3\); give \(6, seeds, epochs\)"),
        ({}, {"acc": ACCURACY[:-1]}, r"curve acc has shape \(5, 3, 27\)"),
        ({}, {"acc": ACCURACY[:, :, :0]}, r"curve acc has shape \(6, 3, 0\)"),
        ({}, {"a": ACCURACY, "b": ACCURACY[:, :, 1:]}, r"different numbers of epochs: \[26, 27\]"),
        ({}, {"a": ACCURACY, "b": ACCURACY[:, 1:]}, r"different numbers of seeds: \[2, 3\]"),
        ({"b": ACCURACY[:, :2, 0]}, {"a": ACCURACY}, r"different numbers of seeds: \[2, 3\]"),
        ({"acc": np.ones(ROWS)}, {"acc": ACCURACY}, "acc is given as a metric and as a curve; give the curve alone"),
    ],
)
def test_curves_that_do_not_fit_are_refused(metrics, curves, message):
    with pytest.raises(ValueError, match=message):
        table(metrics, curves)


def test_a_seed_with_a_gap_in_a_curve_may_not_be_searched():
    accuracy = ACCURACY.copy()
    accuracy[4, 1, 3] = np.nan
    with pytest.raises(ValueError, match=r"search_seed 1, which was not trained for every .* choose one of \[0, 2\]"):
        table(curves={"val_accuracy": accuracy}, search_seed=1)


def test_a_search_over_a_table_of_curves_is_charged_what_it_trains():
    """Hyperband trains 357 epochs of 27 for one sweep; random search, complete trainings."""
    bench = table({"train_seconds": np.full(ROWS, 27.0)})
    history = search(Hyperband(SPACE, seed=0), bench.evaluate, max_seconds=329.5)
    assert len(history) == 68 and len(search(Hyperband(SPACE, seed=0), bench.evaluate, max_seconds=330.5)) == 69
    assert history.best().proposal.epochs == EPOCHS
    assert len(search(RandomSearch(SPACE, seed=0), bench.evaluate, max_seconds=330)) == 13


# Rows that stand for classes


def test_every_architecture_of_a_class_finds_the_row_of_its_canonical_form(cells):
    representatives = sorted({cells.canonical(genotype) for genotype in cells})
    accuracy = np.arange(2 * len(representatives), dtype=float).reshape(-1, 2)
    bench = Benchmark(cells, representatives, {"val_accuracy": accuracy}, key=cells.canonical)
    row = {genotype: i for i, genotype in enumerate(representatives)}
    for _ in range(2):  # the second time from memory
        for genotype in cells:
            expected = 2 * row[cells.canonical(genotype)]
            assert bench.evaluate(genotype) == {"val_accuracy": expected}
            assert bench.report(list(genotype))["val_accuracy"] == expected + 1
    assert len(bench) == len(representatives) == len(bench.genotypes)


def test_a_key_is_asked_once_about_what_is_no_row():
    space = LayerwiseSpace.small()
    row, other = space.from_string("conv-f8-k1-s1-relu-batch"), space.from_string("dilated_conv-f8-k1-s1-relu-batch")
    asked = []

    def key(genotype):
        asked.append(genotype)
        return space.canonical(genotype)

    bench = Benchmark(space, [row], {"val_accuracy": np.ones(1)}, key=key)
    for _ in range(3):
        assert bench.evaluate(row) == bench.evaluate(other) == bench.evaluate(list(other)) == {"val_accuracy": 1.0}
    assert asked == [other]


def test_without_a_key_and_outside_all_classes_the_missing_architecture_is_named():
    space = LayerwiseSpace.small()
    row, other = space.from_string("conv-f8-k1-s1-relu-batch"), space.from_string("dilated_conv-f8-k1-s1-relu-batch")
    with pytest.raises(ValueError, match="dilated_conv-f8-k1-s1-relu-batch is not among the 1 architectures"):
        Benchmark(space, [row], {"acc": np.ones(1)}).evaluate(other)
    with pytest.raises(ValueError, match="identity is not among the 1 architectures"):
        Benchmark(space, [row], {"acc": np.ones(1)}, key=space.canonical).evaluate(space.from_string("identity"))
    with pytest.raises(ValueError, match="value 9 of variable 'depth'"):
        Benchmark(space, [row], {"acc": np.ones(1)}, key=space.canonical).evaluate((9,) * 33)
