"""Damaged logs and other files, by the thousand: the search goes on as it was, or says what is wrong and where.

Whatever is refused is left as it is, to the last byte; and nothing is changed that does not begin like a log.
"""

import json
import re
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nastutor import search
from nastutor.loop import EvaluationError, LogError
from nastutor.searchers import RegularizedEvolution

BUDGET = 20
ADVICE = ("choose another file", "restore the file from a copy")


def flip(data, rng):
    """Change some bytes."""
    data = bytearray(data)
    for place in rng.integers(len(data), size=rng.integers(1, 9)):
        data[place] = rng.integers(256)
    return bytes(data)


def flip_digit(data, rng):
    """Change one digit: the line stays what it was in all but its meaning."""
    places = [match.start() for match in re.finditer(rb"\d", data)]
    place = places[rng.integers(len(places))]
    return data[:place] + str(rng.integers(10)).encode() + data[place + 1 :]


def truncate(data, rng):
    return data[: rng.integers(len(data))]


def change_lines(data, rng):
    """Swap two lines, delete one, repeat one, or put one elsewhere."""
    lines = data.splitlines(keepends=True)
    a, b = rng.integers(len(lines), size=2)
    kind = rng.integers(4)
    if kind == 0:
        lines[a], lines[b] = lines[b], lines[a]
    elif kind == 1:
        del lines[a]
    elif kind == 2:
        lines.insert(a, lines[a])
    else:
        lines.insert(b, lines.pop(a))
    return b"".join(lines)


def overwrite(data, rng):
    """Put zeros, noise or another part of the file in some place, as a broken disk does."""
    size, a, b = rng.integers(1, 200), *rng.integers(len(data), size=2)
    filling = [bytes(size), rng.bytes(size), data[b : b + size], b""][rng.integers(4)]
    return data[:a] + filling + data[a + size :]


def end_lines_otherwise(data, rng):
    ending = [b"\r\n", b"\r", b"", b"\n\n", b" \n"][rng.integers(5)]
    return data.replace(b"\n", ending) if rng.random() < 0.5 else data.rstrip(b"\n") + ending


def append(data, rng):
    return data + [b"\n", b"{}", b"{}\n", rng.bytes(20), data[:50], b"\x00" * 30, b"note to myself\n"][rng.integers(7)]


def other_file(data, rng):
    """Another file altogether."""
    rows = [{"step": int(i), "loss": float(rng.random())} for i in range(rng.integers(1, 20))]
    text = " ".join(["lorem", "ipsum", "dolor"][i] for i in rng.integers(3, size=50))
    files = [
        json.dumps(rows).encode(),
        json.dumps(rows, indent=2).encode() + b"\n",
        "\n".join(map(json.dumps, rows)).encode(),
        text.encode(),
        text.replace(" ", "\n").encode() + b"\n",
        text.encode("utf-16"),
        rng.bytes(rng.integers(1, 3000)),
        data.decode("latin-1").encode("utf-16"),
        b"\xef\xbb\xbf" + data,
        json.dumps(json.loads(data.splitlines()[0]), indent=1).encode(),
    ]
    return files[rng.integers(len(files))]


DAMAGES = [flip, flip_digit, truncate, change_lines, overwrite, end_lines_otherwise, append, other_file]


def run(cells, landscape, name, budget, log, pool):
    """Run one of three searches: serial, parallel in order, with failures on record."""

    def evaluate(genotype):
        if name == "failures" and genotype[0] == 3:
            raise ValueError("no such convolution")
        return landscape(genotype)

    searcher = RegularizedEvolution(cells, seed=7, population_size=6, sample_size=3)
    options = {"executor": pool, "ordered": True} if name == "ordered" else {}
    on_error = "record" if name == "failures" else "raise"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[^ ]*: the last line is cut off")
        return list(search(searcher, evaluate, budget, log=log, on_error=on_error, **options))


def whole_log(cells, landscape, name, folder, pool):
    log = folder / "whole.jsonl"
    run(cells, landscape, name, BUDGET - 5, log, pool)
    return log.read_bytes()


@pytest.mark.parametrize("name", ["serial", "ordered", "failures"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_log_is_gone_on_with_rightly_or_refused_with_file_line_and_advice(
    cells, landscape, tmp_path, name, damage
):
    rng = np.random.default_rng(0)
    path = tmp_path / "run.jsonl"
    with ThreadPoolExecutor(2) as pool:
        log = whole_log(cells, landscape, name, tmp_path, pool)
        expected = run(cells, landscape, name, BUDGET, None, pool)
        for _ in range(140):
            data = damage(log, rng)
            path.write_bytes(data)
            try:
                found = run(cells, landscape, name, BUDGET, path, pool)
            except LogError as error:
                assert re.search(r"run\.jsonl, line \d+", str(error)), data
                assert any(advice in str(error) for advice in ADVICE), data
                assert path.read_bytes() == data
            else:
                assert found == expected, data
                assert data == b"" or data.startswith(b'{"nastutor_log": 1'), data


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_log_without_checksums_is_never_blamed_on_the_evaluator(cells, landscape, tmp_path, damage):
    """A changed digit passes there; but the only errors are those that say that the file is at fault."""
    rng = np.random.default_rng(1)
    path = tmp_path / "run.jsonl"
    with ThreadPoolExecutor(2) as pool:
        log = re.sub(rb', "crc32": "[0-9a-f]{8}"', b"", whole_log(cells, landscape, "serial", tmp_path, pool))
        for _ in range(100):
            data = damage(log, rng)
            path.write_bytes(data)
            try:
                run(cells, landscape, "serial", BUDGET, path, pool)
            except (LogError, EvaluationError) as error:
                assert not isinstance(error, EvaluationError), data
                assert path.read_bytes() == data or "this search asks" in str(error), data
