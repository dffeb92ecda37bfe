"""Anybody's table opens from a CSV file: text stays text, seeds have any name, and errors name the line."""

import doctest
import random
import re

import numpy as np
import pytest
from damage import damaged_copies, put

from nastutor import Benchmark, search
from nastutor.benchmarks import table as table_module
from nastutor.loop.search import EvaluationError
from nastutor.searchers import RandomSearch
from nastutor.spaces import SearchSpace, Variable

SPACE = SearchSpace([Variable("depth", (1, 2, 3)), Variable("kernel", (3, 5), when={"depth": (2, 3)})])
DIGITS = SearchSpace([Variable(f"layer_{i}", (0, 1, 2)) for i in range(3)])


@pytest.fixture
def write(tmp_path):
    def text(*lines):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return text


def test_a_csv_is_opened_under_our_names_and_searched(write):
    path = write(
        "arch,acc,ms,comment",
        "depth=1,90.5,3,fast",
        "depth=2|kernel=3,92,4,",
        "depth=3|kernel=5,91,5.5,slow",
    )
    table = Benchmark.from_csv(path, SPACE, metrics={"val_accuracy": "acc", "latency_ms": "ms"})
    assert table.evaluate((2, 1)) == {"val_accuracy": 91.0, "latency_ms": 5.5}
    assert table.name == "mine.csv"
    assert len(table) == 3
    with pytest.raises(ValueError, match=r"depth=2\|kernel=5 is not among the 3"):
        table.evaluate((1, 1))


def test_nas_bench_201_strings_open_with_the_cell_space(write, cells):
    path = write("arch,val_accuracy", "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|,83.2")
    assert Benchmark.from_csv(path, cells).evaluate((0, 0, 0, 1, 0, 0)) == {"val_accuracy": 83.2}


def test_without_names_every_other_column_is_a_metric(write):
    table = Benchmark.from_csv(write("cell,a,b", "depth=1,1,2"), SPACE, architecture="cell")
    assert table.evaluate((0, 0)) == {"a": 1.0, "b": 2.0}


def test_the_example_of_the_docstring_holds():
    finder = doctest.DocTestFinder()
    (example,) = finder.find(Benchmark.from_csv, "from_csv", globs=vars(table_module))
    assert doctest.DocTestRunner().run(example).failed == 0


def test_text_that_looks_like_a_number_is_text(write):
    path = write("net,acc", "012,1", "002,2", "120,3")
    table = Benchmark.from_csv(path, DIGITS, "net", to_genotype=lambda text: tuple(map(int, text)))
    assert table.genotypes == [(0, 1, 2), (0, 0, 2), (1, 2, 0)]
    with pytest.raises(ValueError, match=r"line 2, column 'net': '012' is no architecture .*write it as 'layer_0=\d\|"):
        Benchmark.from_csv(path, DIGITS, "net")
    with pytest.raises(ValueError, match=r"mine.csv, line 4, column 'net': '120' is no architecture \('120'\)"):
        Benchmark.from_csv(path, DIGITS, "net", to_genotype={"012": (0, 1, 2), "002": (0, 0, 2)}.__getitem__)
    with pytest.raises(ValueError, match=r"line 4.*value 3 of variable 'layer_0'"):
        Benchmark.from_csv(path, DIGITS, "net", to_genotype=lambda text: (3, 0, 0) if text[0] == "1" else (0, 0, 0))


# Seeds


def test_a_seed_column_makes_a_table_of_seeds(write):
    path = write("arch,run,acc", "depth=1,1,20", "depth=1,0,10", "depth=2|kernel=3,0,30", "depth=1,2,60")
    table = Benchmark.from_csv(path, SPACE, seed="run")
    assert table.seeds == 3
    assert table.evaluate((0, 0)) == {"acc": 10.0}
    assert table.report((0, 0)) == {"seeds": 2, "acc": 40.0}
    assert table.report((1, 0))["seeds"] == 0
    with pytest.raises(ValueError, match=r"search_seed 1, which was not trained for every .* choose one of \[0\]"):
        Benchmark.from_csv(path, SPACE, seed="run", search_seed=1)


@pytest.mark.parametrize(
    ("names", "in_order"),
    [
        (("777", "888", "999"), (777, 888, 999)),
        (("20240101", "3", "20240102"), (3, 20240101, 20240102)),
        (("-1", "10", "9"), (-1, 9, 10)),
        (("b", "a", "c d"), ("a", "b", "c d")),
        (("007", "7", "8"), ("007", "7", "8")),
        (("0.5", "1", "1e3"), ("0.5", "1", "1e3")),
        (("9" * 5000, "1", "2"), ("1", "2", "9" * 5000)),
    ],
)
def test_a_seed_may_have_any_name(write, names, in_order):
    rows = [f"{arch},{name},{number}" for arch in ("depth=1", "depth=2|kernel=3") for number, name in enumerate(names)]
    path = write("arch,run,acc", *rows)
    table = Benchmark.from_csv(path, SPACE, seed="run")
    assert table.metrics["acc"].shape == (2, 3) and table.seed_names == in_order
    assert table.search_seed == in_order[0]
    for number, name in enumerate(names):
        assert Benchmark.from_csv(path, SPACE, seed="run", search_seed=name).evaluate((0, 0)) == {"acc": number}
    with pytest.raises(ValueError, match="search_seed 4; choose one of"):
        Benchmark.from_csv(path, SPACE, seed="run", search_seed=4)


@pytest.mark.parametrize("space", [None, SearchSpace])
def test_a_space_is_asked_for_and_no_class(write, space):
    with pytest.raises(ValueError, match=r"space .*: give a SearchSpace, such as CellSpace\(\)"):
        Benchmark.from_csv(write("arch,acc", "depth=1,1"), space)


def test_another_column_than_the_seeds_is_noticed_before_it_fills_the_memory(write):
    space = SearchSpace([Variable("width", tuple(range(500)))])
    path = write("arch,acc", *(f"width={i},{i / 7}" for i in range(500)))
    with pytest.raises(ValueError, match=r"500 seeds, and none was trained for all 500 architectures.*Is this the col"):
        Benchmark.from_csv(path, space, seed="acc", metrics={"acc": "acc"})


# What files look like


def test_a_frame_is_read_back_from_its_csv(tmp_path):
    accuracy = np.array([[i, i + 1, i + 2] for i in range(5)], dtype=float)
    accuracy[1, 2] = accuracy[3, 1] = np.nan
    table = Benchmark(SPACE, list(SPACE), {"val_accuracy": accuracy, "params": np.arange(5)})
    table.to_frame().to_csv(tmp_path / "out.csv")  # with pandas' index in a column without a name
    again = Benchmark.from_csv(tmp_path / "out.csv", SPACE, architecture="architecture")
    for i in range(3):
        np.testing.assert_array_equal(again.values(f"val_accuracy_seed{i}"), accuracy[:, i])
    assert again.genotypes == table.genotypes and list(again.metrics) == [*list(again.metrics)[:3], "params"]


@pytest.mark.parametrize(
    "content",
    [
        b"arch,acc,failed\ndepth=1,NaN,True\ndepth=2|kernel=3,2,False\n",
        b"\xef\xbb\xbfarch,acc,failed\r\ndepth=1,,true\r\ndepth=2|kernel=3,2.0,false\r\n",
        b'\n"arch", "acc", "failed"\n\n"depth=1", n/a, 1\n   \n,,\n"depth=2|kernel=3", " 2e0 ", 0',
        b"acc,arch,failed\rnull,depth=1,1\r2,depth=2|kernel=3,0\r",
    ],
)
def test_files_of_other_programs_open(tmp_path, content):
    (tmp_path / "mine.csv").write_bytes(content)
    table = Benchmark.from_csv(tmp_path / "mine.csv", SPACE)
    assert table.evaluate((1, 0)) == {"acc": 2.0, "failed": 0.0}
    assert np.isnan(table.evaluate((0, 0))["acc"]) and table.evaluate((0, 0))["failed"] == 1


def test_an_empty_cell_is_noticed_by_the_search_that_meets_it(write):
    table = Benchmark.from_csv(write("arch,val_accuracy", "depth=1,", "depth=2|kernel=3,2"), SPACE)
    searcher = RandomSearch(SearchSpace([Variable("depth", (1,)), Variable("kernel", (3,))]))
    with pytest.raises(EvaluationError, match="val_accuracy is nan"):
        search(searcher, table.evaluate, 1)


# Errors


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (["cell,acc", "depth=1,1"], {}, r"mine.csv has no column 'arch': it has cell, acc: name one in architecture="),
        (
            ["arch,acc", "depth=1,1"],
            {"metrics": {"val_accuracy": "accuracy"}},
            "has no column 'accuracy'.* in metrics=",
        ),
        (["arch,acc", "depth=1,1"], {"metrics": {"val_accuracy": 2}}, "has no column 2"),
        (["arch,acc", "depth=1,1"], {"metrics": "acc"}, "metrics 'acc': give {"),
        (["arch,acc", "depth=1,1"], {"metrics": {}}, "mine.csv has no metrics"),
        (["arch,acc", "depth=1,1"], {"seed": "seed"}, "has no column 'seed': it has arch, acc: name one in seed="),
        (["arch,acc", "depth=1,1"], {"architecture": None}, "has no column None"),
        (["arch;acc", "depth=1;1"], {}, "columns are separated by commas, here by semicolons"),
        (["arch;acc", "depth=1;91,5"], {}, "save it as CSV with commas, and with points in its numbers"),
        (["arch\tacc", "depth=1\t1"], {}, "columns are separated by commas, here by tabs"),
        (["arch,acc", "depth=1,1", "depth=9,1"], {}, r"mine.csv, line 3, column 'arch': 'depth=9' is no architecture"),
        (["arch,acc", "depth=1,1", ",1"], {}, r"mine.csv, line 3, column 'arch': '' is no architecture"),
        (["arch,acc", "depth=1,1", "", "", "depth=9,1"], {}, "mine.csv, line 5, column 'arch'"),
        (['arch,"acc', '"', "depth=9,1"], {}, "mine.csv, line 3, column 'arch'"),
        (["arch,a,note", 'depth=1,1,"of', 'two, ""lines"""', "depth=9,1,"], {}, "mine.csv, line 4, column 'arch'"),
        (["arch,acc", "depth=1,high"], {}, "line 2, column 'acc': 'high' is no number.*choose the columns: metrics="),
        (["arch,acc", "depth=1,1_000"], {"metrics": {"a": "acc"}}, "'1_000' is no number: write 91.5, or nothing"),
        (["arch,acc", 'depth=1,"91,5"'], {}, "line 2, column 'acc': '91,5' is no number: write 91.5"),
        (["arch,acc", "depth=1," + "x" * 999], {}, f"'{'x' * 60}…' is no number"),
        (["arch,acc", "depth=1,"], {}, "acc is NaN everywhere"),
        (["arch,acc", "depth=1,1", "depth=1,2"], {}, "lines 2 and 3 hold the same architecture: .*seed="),
        (
            ["arch,s,acc", "depth=1,0,1", "depth=1,0,2"],
            {"seed": "s"},
            "lines 2 and 3 hold .*both with seed 0; keep one",
        ),
        (["arch,s,acc", "depth=1,,1"], {"seed": "s"}, "line 2, column 's' is empty: name the seed of each line"),
        (["arch,acc,acc", "depth=1,1,2"], {}, "line 1: two columns are called 'acc'"),
        (["arch,acc", "depth=1,1,2"], {}, "mine.csv, line 2 has 3 values, the header 2"),
        (["arch,acc", "depth=1"], {}, "mine.csv, line 2 has 1 values, the header 2"),
        (["arch,acc", 'depth=1,"1'], {}, "mine.csv, line 2: unexpected end of data; is a quotation mark missing"),
        (["arch,acc", '"depth"=1,1'], {}, "mine.csv, line 2: .*; is a quotation mark missing, or one too many"),
        (["arch,acc", "depth=1,\0"], {}, "mine.csv, line 2: a zero byte"),
        (["arch,acc"], {}, "mine.csv has no architectures: give a header and a line for each"),
        ([""], {}, "mine.csv has no architectures"),
    ],
)
def test_a_bad_csv_is_refused_with_what_is_wrong(write, lines, options, message):
    with pytest.raises(ValueError, match=message):
        Benchmark.from_csv(write(*lines), SPACE, **options)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_named_with_the_line(tmp_path, encoding):
    path = tmp_path / "mine.csv"
    path.write_bytes("arch,acc,note\ndepth=1,2,grün\n".encode(encoding))
    line = {"utf-16": 1, "latin-1": 2}[encoding]
    with pytest.raises(ValueError, match=rf"mine.csv, line {line}: this is no text in UTF-8; save the table as CSV"):
        Benchmark.from_csv(path, SPACE)


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.csv"):
        Benchmark.from_csv(tmp_path / "absent.csv", SPACE)
    with pytest.raises(IsADirectoryError, match=tmp_path.name):
        Benchmark.from_csv(tmp_path, SPACE)
    with pytest.raises(TypeError, match="expected str, bytes or"):
        Benchmark.from_csv(3, SPACE)


def edited_copies(text, count):
    """Yield copies with a few characters, fields or lines put in, left out, doubled or exchanged."""
    rng = random.Random(0)
    signs = ['"', ",", ";", "\n", "\r", "\t", "\0", "|", "=", "_", "é", "\ufeff", "nan", "-1", "1e999", "9" * 400, "'"]
    for _ in range(count):
        lines = text.split("\n")
        for _ in range(rng.randint(1, 3)):
            i = rng.randrange(len(lines))
            line, at, to = lines[i], rng.randrange(len(lines[i]) + 1), rng.randrange(len(lines))
            lines[i] = rng.choice(
                [line[:at] + rng.choice(signs) + line[at:], line[:at], line[at:], line + line, lines[to]]
            )
        yield "\n".join(lines).encode()


def test_whatever_is_in_a_file_it_opens_or_is_refused_in_our_words(tmp_path):
    """3,000 damaged files, opened with and without a column of seeds; the message names the file."""
    rows = [f'{SPACE.to_string(genotype)},{seed},{90 + seed}.5,"a, b"' for genotype in SPACE for seed in (7, 20240101)]
    text = "\n".join(["arch,seed,acc,note", *rows, ""])
    path, opened, refused = tmp_path / "fuzz.csv", 0, 0
    for content in [*damaged_copies(text.encode(), 1_000), *edited_copies(text, 2_000)]:
        put(path, content)
        try:
            Benchmark.from_csv(path, SPACE, metrics={"val_accuracy": "acc"}, seed="seed")
            opened += 1
        except ValueError as error:
            assert re.search(r"fuzz\.csv", str(error)), (content, error)
            refused += 1
    assert opened > 200 and refused > 2_000
