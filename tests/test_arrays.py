"""Files of arrays: a damaged one is named with what to do, whoever reads it and wherever the damage is."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from damage import damaged_copies, put

from nastutor import load_benchmark
from nastutor.arrays import read_arrays, read_data, read_unfinished, replacing, write_arrays
from nastutor.resources import data_path
from nastutor.studies import (
    collapse,
    depth,
    once_for_all,
    once_for_all_latencies,
    once_for_all_variants,
    oneshot,
    proxies,
    proxyless,
    recipes,
    runtimes,
    searches,
    sequence_latencies,
    sequence_sharing,
)
from nastutor.training.datasets import _read_dataset
from nastutor.training.sequences import load_task

READERS = {
    "collapse_study.npz": collapse.load_collapse_study.__wrapped__,
    "depth_study.npz": depth.load_depth_study,
    "digits.npz": partial(_read_dataset.__wrapped__, "digits"),
    "digits_table.npz": partial(load_benchmark, "digits"),
    "fcnet.npz": partial(load_benchmark, "fcnet"),
    "glyphs.npz": partial(_read_dataset.__wrapped__, "glyphs"),
    "glyphs_table.npz": partial(load_benchmark, "glyphs"),
    "jargon.npz": partial(load_task.__wrapped__, "text"),
    "latencies.npz": None,  # needs torch: see below
    "more_studies.npz": partial(searches.load_study, "cora", "RandomSearch"),
    "nasbench201.npz": partial(load_benchmark, "nasbench201"),
    "nasbench_graph.npz": partial(load_benchmark, "nasbench_graph"),
    "once_for_all.npz": once_for_all.load_once_for_all,
    "once_for_all_latencies.npz": once_for_all_latencies.load_elastic_latencies,
    "once_for_all_variants.npz": once_for_all_variants.load_variants,
    "oneshot_study.npz": oneshot.load_oneshot_study.__wrapped__,
    "proxyless.npz": partial(proxyless.load_proxyless, "gdas", "microcontroller", 0.1),
    "recipes.npz": partial(recipes.load_recipes, "protein", "jointly"),
    "runtimes.npz": runtimes.load_runtimes,
    "sequence_latencies.npz": sequence_latencies.load_sequence_latencies,
    "sequence_sharing.npz": partial(sequence_sharing.load_sharing, "recall"),
    "sequence_studies.npz": partial(searches.load_study, "text", "RandomSearch"),
    "sequences_table.npz": partial(load_benchmark, "sequences"),
    "studies.npz": partial(searches.load_study, "cifar10", "RandomSearch"),
    "zero_cost.npz": partial(proxies.load_proxies, "glyphs"),
}
CURE = r"is damaged.*restore it with `git checkout data`, install nastutor again, or make it again with `make [a-z-]+`"
MAKEFILE = Path(__file__).parents[1] / "Makefile"


def reader(name):
    if name == "latencies.npz":
        pytest.importorskip("torch")
        from nastutor.studies.latencies import load_latencies

        return partial(load_latencies, "glyphs")
    return READERS[name]


def test_every_file_that_ships_has_a_reader_here():
    assert {path.name for path in data_path("").glob("*.npz")} == set(READERS)


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_data_file_is_named_with_the_cure_by_its_reader(tmp_path, monkeypatch, name):
    whole, read, noticed = data_path(name).read_bytes(), reader(name), 0
    path = tmp_path / "here" / name
    monkeypatch.setattr("nastutor.arrays.data_path", lambda asked: path if asked == name else data_path(asked))
    for number, content in enumerate(damaged_copies(whole, 20)):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        put(path, content)
        try:
            read()
        except ValueError as error:
            assert re.search(CURE, str(error)) and str(path) in str(error)
            noticed += 1
    assert noticed >= 12


def test_the_target_that_is_advised_makes_the_file(tmp_path, monkeypatch):
    recipes = MAKEFILE.read_text(encoding="utf-8")
    for name in READERS:
        path = tmp_path / name
        path.write_bytes(b"")
        monkeypatch.setattr(
            "nastutor.arrays.data_path", lambda asked, name=name, path=path: path if asked == name else data_path(asked)
        )
        with pytest.raises(ValueError, match="is damaged") as caught:
            reader(name)()
        target = re.search(r"`make ([a-z-]+)`", str(caught.value))[1]
        recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", recipes, re.MULTILINE)[1]
        assert f"data/{name}" in recipe or f"studies.tables {name.removesuffix('_table.npz')}" in recipe


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A file with numbers, text and a scalar, and what is in it."""
    path = tmp_path_factory.mktemp("arrays") / "small.npz"
    rng = np.random.default_rng(0)
    arrays = {
        "rows": rng.integers(0, 9, (50, 6)).astype(np.uint8),
        "accuracy": rng.random((50, 3)),
        "plan": np.array('{"epochs": 12}'),
        "images": np.array(400),
    }
    write_arrays(path, arrays)
    return path, arrays


def test_whatever_is_damaged_is_noticed_or_harmless(tmp_path, small):
    """Either the error that names the file, or (in parts that nothing depends on) the very same arrays."""
    whole, noticed = small[0].read_bytes(), 0
    path = tmp_path / "small.npz"
    for content in damaged_copies(whole, 600, seed=1):
        put(path, content)
        try:
            found = read_arrays(path)
            assert found.keys() == small[1].keys()
            assert all(np.array_equal(found[name], array) for name, array in small[1].items())
        except ValueError as error:
            assert re.search(r"small\.npz is damaged.*: write it again", str(error))
            noticed += 1
    assert noticed > 480


def test_code_in_a_file_is_not_run_and_nobody_is_told_to_allow_it(tmp_path):
    np.savez(tmp_path / "objects.npz", x=np.array([print, None], dtype=object))
    np.save(tmp_path / "one.npy", np.zeros(3))
    for name in ("objects.npz", "one.npy"):
        with pytest.raises(ValueError, match=f"{name} is damaged, or no file of arrays") as caught:
            read_arrays(tmp_path / name)
        assert "pickle" not in str(caught.value) and caught.value.__suppress_context__


def test_an_array_that_is_not_there_is_named_with_the_file(small):
    with pytest.raises(ValueError, match=r"small\.npz has no array 'latency', so it is damaged or of another version"):
        read_arrays(small[0])["latency"]


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.npz"):
        read_arrays(tmp_path / "absent.npz")
    assert read_unfinished(tmp_path / "absent.npz") == {}
    with pytest.raises(FileNotFoundError, match=r"absent\.npz is missing: looked for .* and .*`git checkout data`"):
        read_data("absent.npz", "data")


def test_a_damaged_file_of_a_build_says_how_to_start_anew(tmp_path):
    (tmp_path / "studies.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match="move it away, and all of it is made again"):
        read_unfinished(tmp_path / "studies.npz")


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "folder" / "table.npz"
    write_arrays(path, {"x": np.arange(3)})
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half of")
        raise KeyboardInterrupt
    assert read_arrays(path)["x"].tolist() == [0, 1, 2]
    write_arrays(path, {"x": np.arange(4)})
    assert read_arrays(path)["x"].tolist() == [0, 1, 2, 3]
    assert [item.name for item in path.parent.glob("*.npz")] == ["table.npz"]
