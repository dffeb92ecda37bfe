"""Tables built in shards: nothing finished is lost, nothing damaged is trusted, nothing incomplete is merged."""

import dataclasses
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nastutor.networks import CellNetwork  # noqa: E402
from nastutor.studies import tables  # noqa: E402
from nastutor.studies.tables import (  # noqa: E402
    PLANS,
    SKELETON,
    IncompleteError,
    Plan,
    build,
    merge,
    read_shard,
    shard_path,
    train_shard,
    write_shard,
)
from nastutor.training.datasets import load_dataset  # noqa: E402
from nastutor.training.trainer import Recipe, train  # noqa: E402

PLAN = Plan("digits", Recipe(epochs=2, batch_size=250), cells=5, seeds=(0, 1), skeleton={**SKELETON, "channels": 2})


class InOrder(Executor):
    """Runs what is submitted at once, and counts it."""

    def __init__(self):
        self.count = 0

    def submit(self, fn, /, *args, **kwargs):
        self.count += 1
        future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


@pytest.fixture(autouse=True)
def two_cells_a_shard(monkeypatch):
    monkeypatch.setattr(tables, "SHARD_SIZE", 2)


@pytest.fixture(scope="module")
def shards():
    """The arrays of the plan's three shards, trained once."""
    genotypes = PLAN.genotypes()
    return [train_shard(PLAN, genotypes[start : start + 2]) for start in (0, 2, 4)]


@pytest.fixture
def trained(shards, monkeypatch):
    """Replace the training by its known result: list which shards were asked for."""
    asked = []

    def look_up(plan, genotypes):
        index = next(i for i, shard in enumerate(shards) if np.array_equal(shard["genotypes"], genotypes))
        asked.append(index)
        return shards[index]

    monkeypatch.setattr(tables, "train_shard", look_up)
    return asked


def test_the_glyphs_plan_is_every_canonical_cell_once_in_random_order(cells):
    genotypes = PLANS["glyphs"].genotypes()
    assert len(genotypes) == len(set(genotypes)) == 5_260
    assert set(genotypes) == {cells.canonical(genotype) for genotype in cells}
    assert genotypes != sorted(genotypes) and genotypes == PLANS["glyphs"].genotypes()
    assert PLANS["digits"].genotypes() == genotypes[:500]


def test_rows_are_separate_trainings(shards):
    dataset, row = load_dataset("digits"), shards[0]
    for genotype, val, test in zip(row["genotypes"], row["val_correct"], row["test_correct"]):
        network = partial(CellNetwork, tuple(genotype.tolist()), **PLAN.skeleton)
        for seed in PLAN.seeds:
            alone = train(network, dataset, PLAN.recipe, seed)
            assert np.abs(val[seed] - alone.curve * 400 / 100).max() <= 4  # float32: the last digit may turn an image
            assert abs(test[seed] - alone.test_accuracy * 397 / 100) <= 4
    assert row["val_correct"].shape == (2, 2, 2) and row["val_correct"].dtype == np.uint16
    assert not row["diverged"].any() and (row["train_seconds"] > 0).all()


def test_an_interrupted_build_goes_on_where_it_stopped(tmp_path, trained, monkeypatch, capsys):
    finished = tables.write_shard

    def interrupt(folder, index, *rest):
        if index == 1:
            raise KeyboardInterrupt
        finished(folder, index, *rest)

    monkeypatch.setattr(tables, "write_shard", interrupt)
    monkeypatch.setattr(tables, "as_completed", list)  # in the order in which they were asked for
    with pytest.raises(KeyboardInterrupt):
        build(PLAN, tmp_path, InOrder())
    assert [path.name for path in tmp_path.iterdir()] == ["000.npz"]
    monkeypatch.setattr(tables, "write_shard", finished)
    trained.clear()
    build(PLAN, tmp_path, InOrder())
    assert trained == [1, 2]
    assert "digits: 2 of 5 cells are ready, 2 shards to go" in capsys.readouterr().out
    trained.clear()
    build(PLAN, tmp_path, InOrder())
    assert trained == []


def test_any_executor_will_do(tmp_path, trained, capsys):
    with ThreadPoolExecutor(2) as executor:
        build(PLAN, tmp_path, executor)
    assert sorted(trained) == [0, 1, 2]
    assert "5 of 5 cells, 0 min left" in capsys.readouterr().out


def flip_a_byte(path, at=None):
    """Change one byte; by default one of the compressed counts."""
    content = bytearray(path.read_bytes())
    at = content.index(b"val_correct.npy") + 60 if at is None else at
    content[at] ^= 0xFF
    path.write_bytes(bytes(content))


def rewrite(path, **changes):
    with np.load(path) as archive:
        arrays = dict(archive)
    np.savez_compressed(path, **{**arrays, **changes})


DAMAGE = {
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:700]),
    "empty": lambda path: path.write_bytes(b""),
    "a byte changed": lambda path: flip_a_byte(path),
    "another number": lambda path: rewrite(path, test_correct=np.zeros((2, 2), np.uint16)),
    "no npz": lambda path: path.write_text("accuracy,92"),
    "of other cells": lambda path: path.write_bytes(path.with_name("000.npz").read_bytes()),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_shard_is_not_merged_but_computed_again(tmp_path, trained, shards, damage):
    build(PLAN, tmp_path, InOrder())
    DAMAGE[damage](shard_path(tmp_path, 1))
    with pytest.raises(IncompleteError, match=r"needs 3 shards; in .* 1 are missing or damaged: 001\. Compute"):
        merge(PLAN, tmp_path, tmp_path / "table.npz")
    assert not (tmp_path / "table.npz").exists()
    trained.clear()
    build(PLAN, tmp_path, InOrder())
    assert trained == [1]
    merge(PLAN, tmp_path, tmp_path / "table.npz")


def test_every_changed_byte_is_noticed_or_harmless(tmp_path, shards):
    write_shard(tmp_path, 0, shards[0], PLAN.describe())
    path, genotypes = shard_path(tmp_path, 0), PLAN.genotypes()[:2]
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        flip_a_byte(path, at)
        try:
            arrays = read_shard(tmp_path, 0, genotypes, PLAN.describe())
        except ValueError as error:
            assert "another plan" in str(error)
            arrays = None
        if arrays is not None:
            assert all(np.array_equal(arrays[name], shards[0][name]) for name in shards[0])
        path.write_bytes(whole)


def test_the_table_is_in_the_order_of_the_genotypes_and_loses_nothing(tmp_path, trained, shards):
    build(PLAN, tmp_path, InOrder())
    merge(PLAN, tmp_path, tmp_path / "table.npz")
    with np.load(tmp_path / "table.npz", allow_pickle=False) as table:
        rows = list(map(tuple, table["genotypes"].tolist()))
        assert rows == sorted(PLAN.genotypes())
        assert table["val_images"] == 400 and table["test_images"] == 397
        assert str(table["plan"]) == PLAN.describe()
        for shard in shards:
            for i, genotype in enumerate(map(tuple, shard["genotypes"].tolist())):
                for name in shard:
                    assert np.array_equal(table[name][rows.index(genotype)], shard[name][i])


def test_shards_of_another_plan_are_neither_used_nor_overwritten(tmp_path, trained):
    build(PLAN, tmp_path, InOrder())
    before = shard_path(tmp_path, 0).read_bytes()
    other = dataclasses.replace(PLAN, recipe=Recipe(epochs=2, batch_size=125))
    for action in [lambda: build(other, tmp_path, InOrder()), lambda: merge(other, tmp_path, tmp_path / "table.npz")]:
        with pytest.raises(ValueError, match="belongs to another plan"):
            action()
    assert shard_path(tmp_path, 0).read_bytes() == before


def test_a_failing_training_stops_the_build_and_keeps_what_is_done(tmp_path, shards, monkeypatch):
    def fail_at_the_last(plan, genotypes):
        if len(genotypes) == 1:
            raise MemoryError("no memory")
        return next(shard for shard in shards if np.array_equal(shard["genotypes"], genotypes))

    monkeypatch.setattr(tables, "train_shard", fail_at_the_last)
    monkeypatch.setattr(tables, "as_completed", list)
    with pytest.raises(MemoryError, match="no memory"):
        build(PLAN, tmp_path, InOrder())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000.npz", "001.npz"]


@pytest.mark.long
def test_the_command_builds_in_other_processes_and_merges(tmp_path, monkeypatch, capsys):
    plan = dataclasses.replace(PLAN, cells=2, recipe=Recipe(epochs=1, batch_size=500))
    monkeypatch.setitem(PLANS, "digits", plan)
    tables.main(["digits", "--workers", "1", "--data", str(tmp_path)])
    assert "2 of 2 cells, 0 min left" in capsys.readouterr().out
    with np.load(tmp_path / "digits_table.npz") as table:
        assert table["val_correct"].shape == (2, 2, 1)
