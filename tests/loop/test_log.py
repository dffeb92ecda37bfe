"""The log: a search that was stopped, in whatever way, goes on as if it had not been."""

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from nastutor import search
from nastutor.loop.log_lines import LogError
from nastutor.loop.search import EvaluationError
from nastutor.searchers import LocalSearch, RandomSearch, RegularizedEvolution, Searcher
from nastutor.spaces import CellSpace, SearchSpace, Variable

BUDGET = 60
GRID = SearchSpace([Variable(f"x{i}", (0, 1, 2, 3, 4)) for i in range(4)])


@pytest.fixture(params=["grid", "chains"])
def any_space(request):
    """Small ones: what is tried is the log, and some searchers score all candidates at every step."""
    return GRID if request.param == "grid" else request.getfixturevalue(request.param)


def told(history):
    return [(r.proposal, r.metrics, r.value, r.violation, r.error) for r in history]


class counted:
    """Counts the calls of an evaluator: what the log holds must not be computed again."""

    def __init__(self, evaluate):
        self.evaluate, self.seen = evaluate, []

    def __call__(self, genotype, epochs=None):
        self.seen.append(genotype)  # unlike += 1, safe in threads
        return self.evaluate(genotype)

    @property
    def calls(self):
        return len(self.seen)


def crash_at(evaluate, call):
    """Return an evaluator whose call number `call` (from 0) fails."""
    calls = iter(range(10**6))

    def wrapped(genotype, epochs=None):
        if next(calls) == call:
            raise RuntimeError("the machine went away")
        return evaluate(genotype)

    return wrapped


@contextmanager
def mode(name):
    """The options of a serial, an ordered parallel or a free parallel search."""
    if name == "serial":
        yield {}
        return
    with ThreadPoolExecutor(3) as pool:
        yield {"executor": pool, "ordered": name == "ordered"}


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def without_checksums(data):
    """Return a log as earlier versions wrote it."""
    return re.sub(rb', "crc32": "[0-9a-f]{8}"\}\n', b"}\n", data)


def results_in(path):
    return {line["tell"] for line in lines_of(path) if "tell" in line}


# Going on


@pytest.mark.parametrize("name", ["serial", "ordered"])
def test_a_search_with_a_small_budget_goes_on_to_a_larger_one(make_searcher, any_space, landscape, tmp_path, name):
    with mode(name) as options:
        whole = search(make_searcher(any_space, seed=7), landscape, BUDGET, **options)
        for stop in (1, 9, 31, 60):
            log = tmp_path / f"{stop}.jsonl"
            first = search(make_searcher(any_space, seed=7), landscape, stop, log=log, **options)
            evaluate = counted(landscape)
            second = search(make_searcher(any_space, seed=7), evaluate, BUDGET, log=log, **options)
            assert told(first) == told(whole)[:stop]
            assert told(second) == told(whole)
            assert evaluate.calls == len(second) - len(first)
        third = search(make_searcher(any_space, seed=7), evaluate, BUDGET, log=tmp_path / "9.jsonl", **options)
        assert told(third) == told(whole), "a log that has been gone on with is a log again"
        assert evaluate.calls == len(second) - len(first)


@pytest.mark.parametrize("crashes", [(0,), (1,), (13, 2, 20), (50,)])
@pytest.mark.parametrize("name", ["serial", "ordered"])
def test_a_search_that_crashed_goes_on_and_repeats_only_what_failed(make_searcher, landscape, tmp_path, name, crashes):
    log = tmp_path / "run.jsonl"
    evaluate = counted(landscape)
    with mode(name) as options:
        whole = search(make_searcher(GRID, seed=7), landscape, BUDGET, **options)
        for call in crashes:
            with pytest.raises(EvaluationError, match="the machine went away") as error:
                search(make_searcher(GRID, seed=7), crash_at(evaluate, call), BUDGET, log=log, **options)
            done = told(error.value.history)
            assert done == told(whole)[: len(done)]
        resumed = search(make_searcher(GRID, seed=7), evaluate, BUDGET, log=log, **options)
    assert told(resumed) == told(whole)
    assert evaluate.calls == BUDGET, "every architecture was computed once in all the sessions together"


@pytest.mark.parametrize("stops", [(1,), (10, 11, 30)])
def test_a_parallel_run_in_any_order_is_replayed_as_it_happened_and_goes_on(
    make_searcher, any_space, landscape, tmp_path, stops
):
    rng = np.random.default_rng(0)
    delays = {genotype: rng.random() * 0.002 for genotype in any_space}
    log = tmp_path / "run.jsonl"

    def slow(genotype, epochs=None):
        time.sleep(delays[genotype])
        return landscape(genotype)

    with mode("free") as options:
        before = []
        for stop in (*stops, BUDGET):
            evaluate = counted(slow)
            history = search(make_searcher(any_space, seed=7), evaluate, stop, log=log, **options)
            assert told(history)[: len(before)] == before
            assert evaluate.calls == len(history) - len(before)
            before = told(history)
        assert len({record.proposal.id for record in history}) == len(history)


@pytest.mark.parametrize("call", [0, 5, 40])
def test_a_parallel_run_in_any_order_that_crashed_goes_on(make_searcher, any_space, landscape, tmp_path, call):
    log = tmp_path / "run.jsonl"
    evaluate = counted(landscape)
    with mode("free") as options:
        expected = len(search(make_searcher(any_space, seed=7), landscape, BUDGET, **options))
        if call < expected:
            with pytest.raises(EvaluationError) as error:
                search(make_searcher(any_space, seed=7), crash_at(evaluate, call), BUDGET, log=log, **options)
            done = told(error.value.history)
        else:
            done = told(search(make_searcher(any_space, seed=7), evaluate, BUDGET, log=log, **options))
        history = search(make_searcher(any_space, seed=7), evaluate, BUDGET, log=log, **options)
    assert told(history)[: len(done)] == done
    assert evaluate.calls == len(history) == len({record.proposal.id for record in history})


@pytest.mark.parametrize("name", ["serial", "ordered", "free"])
def test_a_smaller_budget_shows_the_head_of_a_longer_log_and_leaves_the_file_alone(
    make_searcher, landscape, tmp_path, name
):
    log = tmp_path / "run.jsonl"
    with mode(name) as options:
        whole = search(make_searcher(GRID, seed=7), landscape, BUDGET, log=log, **options)
        written = log.read_bytes()
        evaluate = counted(landscape)
        head = search(make_searcher(GRID, seed=7), evaluate, 20, log=log, **options)
    assert len(head) == 20
    assert evaluate.calls == 0
    if name != "free":
        assert told(head) == told(whole)[:20]
    assert log.read_bytes() == written


@pytest.mark.parametrize("name", ["serial", "ordered"])
@pytest.mark.parametrize("failure", ["raises", "returns nan"])
def test_recorded_failures_are_remembered_with_all_they_cost(cells, landscape, tmp_path, name, failure):
    """A failure that is computed again, or charged differently, would make the resumed run another one."""

    def evaluate(genotype):
        metrics = landscape(genotype)
        if genotype[0] == 3:
            if failure == "raises":
                raise MemoryError("does not fit")
            metrics["val_accuracy"] = float("nan")
        return metrics

    log = tmp_path / "run.jsonl"

    def run(evaluate, seconds, **more):
        searcher = RegularizedEvolution(cells, seed=7, population_size=8, sample_size=4)
        return search(searcher, evaluate, max_seconds=seconds, budget=10_000, on_error="record", **more)

    def plain(history):
        return repr(told(history))  # nan is not equal to itself, its text is

    with mode(name) as options:
        whole = run(evaluate, 300, **options)
        first = run(evaluate, 100, log=log, **options)
        again = counted(evaluate)
        resumed = run(again, 300, log=log, **options)
    assert any(record.error for record in first)
    assert plain(resumed) == plain(whole)
    assert again.calls == len(whole) - len(first)


def test_seconds_that_were_spent_before_count_when_going_on(cells, landscape, tmp_path):
    log = tmp_path / "run.jsonl"
    first = search(RandomSearch(cells, seed=7), landscape, max_seconds=100, log=log)
    evaluate = counted(landscape)
    assert told(search(RandomSearch(cells, seed=7), evaluate, max_seconds=100, log=log)) == told(first)
    assert evaluate.calls == 0


@pytest.mark.parametrize("name", ["serial", "ordered", "free"])
def test_a_log_without_checksums_is_read_and_gone_on_with(cells, landscape, tmp_path, name):
    log = tmp_path / "run.jsonl"
    with mode(name) as options:
        first = search(RegularizedEvolution(cells, seed=7), landscape, 20, log=log, **options)
        log.write_bytes(without_checksums(log.read_bytes()).replace(b"\n", b"\r\n"))  # as once on Windows
        evaluate = counted(landscape)
        second = search(RegularizedEvolution(cells, seed=7), evaluate, BUDGET, log=log, **options)
        assert told(second)[: len(first)] == told(first)
        assert evaluate.calls == len(second) - len(first)
        third = search(RegularizedEvolution(cells, seed=7), evaluate, BUDGET, log=log, **options)
        assert told(third) == told(second)
        assert evaluate.calls == len(second) - len(first)


def test_a_real_benchmark_is_read_back_to_the_last_bit(open_table, tmp_path):
    table, log = open_table("cifar100"), tmp_path / "run.jsonl"
    first = search(LocalSearch(table.space, seed=1), table.evaluate, 50, log=log)
    second = search(LocalSearch(table.space, seed=1), crash_at(table.evaluate, 0), 50, log=log)
    assert told(second) == told(first)
    assert second.log == log


def test_numpy_numbers_are_logged_as_numbers(cells, tmp_path):
    def evaluate(genotype):
        return {"val_accuracy": np.float32(sum(genotype)) / 7, "params": np.int64(5), "ok": np.bool_(True)}

    log = tmp_path / "run.jsonl"
    first = search(RandomSearch(cells, seed=np.int64(3)), evaluate, 10, log=log)
    second = search(RandomSearch(cells, seed=np.int64(3)), evaluate, 20, log=log)
    assert told(second)[:10] == told(first)


def test_epochs_and_parents_are_logged_and_compared(cells, tmp_path):
    class Promote(Searcher):
        def __init__(self, space, seed=0, epochs=3):
            super().__init__(space, seed)
            self.epochs = epochs

        def settings(self):
            return {"class": "Promote"}  # hides the argument, so that only the asks can tell

        def ask(self):
            return self._propose((0,) * 6, self.epochs * (1 + self.asked), tuple(range(self.asked)[-1:]))

        def tell(self, proposal, value, violation=0.0):
            self._receive(proposal, value, violation)

    def evaluate(genotype, epochs):
        return {"val_accuracy": 90.0 + epochs}

    log = tmp_path / "run.jsonl"
    search(Promote(cells), evaluate, 3, log=log)
    asks = [line for line in lines_of(log) if "ask" in line]
    assert [(ask["epochs"], ask.get("parents", [])) for ask in asks] == [(3, []), (6, [0]), (9, [1])]
    with pytest.raises(LogError, match=r"line 2: the log has .*\"epochs\": 3.* but this search asks .*\"epochs\": 4"):
        search(Promote(cells, epochs=4), evaluate, 3, log=log)


# What may be lost when a process dies

KILLED = """
import os, sys, time
from concurrent.futures import ThreadPoolExecutor
from nastutor import search
from nastutor.searchers import RegularizedEvolution
from nastutor.spaces import CellSpace

log, journal, workers = sys.argv[1], open(sys.argv[2], "a"), int(sys.argv[3])

def evaluate(genotype):
    time.sleep(0.002)
    journal.write("".join(map(str, genotype)) + "\\n")
    journal.flush()
    return {"val_accuracy": float(sum(genotype))}

options = {"executor": ThreadPoolExecutor(workers)} if workers else {}
search(RegularizedEvolution(CellSpace(), seed=3), evaluate, 100_000, log=log, **options)
"""


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("finished", [1, 40])
def test_kill_9_loses_nothing_but_what_is_in_flight(cells, tmp_path, workers, finished):
    log, journal = tmp_path / "run.jsonl", tmp_path / "journal.txt"
    command = [sys.executable, "-c", KILLED, str(log), str(journal), str(workers)]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 600
        while not journal.exists() or journal.read_text().count("\n") < finished:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()

    computed = Counter(journal.read_text().split())
    text = log.read_bytes()
    entries = [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]
    genotypes = {entry["ask"]: "".join(map(str, entry["genotype"])) for entry in entries if "ask" in entry}
    kept = [genotypes[entry["tell"]] for entry in entries if "tell" in entry]
    assert computed.total() >= finished
    assert (computed - Counter(kept)).total() <= max(workers, 1)

    def evaluate(genotype):
        return {"val_accuracy": float(sum(genotype))}

    budget = len(kept) + 30
    if workers:
        with ThreadPoolExecutor(workers) as pool:
            resumed = search(RegularizedEvolution(cells, seed=3), evaluate, budget, log=log, executor=pool)
    else:
        resumed = search(RegularizedEvolution(cells, seed=3), evaluate, budget, log=log)
        assert told(resumed) == told(search(RegularizedEvolution(cells, seed=3), evaluate, budget))
    assert ["".join(map(str, record.genotype)) for record in resumed][: len(kept)] == kept
    assert len(resumed) == budget


@pytest.mark.parametrize("name", ["ordered", "free"])
def test_a_failure_in_parallel_keeps_the_results_of_its_neighbors(cells, landscape, tmp_path, name):
    """The first of three fails at once; the other two are under way, finish, and are in the log."""
    log = tmp_path / "run.jsonl"
    first = RandomSearch(cells, seed=0).ask().genotype
    three = threading.Barrier(3, timeout=6000)

    def evaluate(genotype):
        three.wait()  # all are under way
        if genotype == first:
            raise RuntimeError("the machine went away")
        time.sleep(0.1)
        return landscape(genotype)

    with mode(name) as options, pytest.raises(EvaluationError, match="the machine went away"):
        search(RandomSearch(cells, seed=0), evaluate, 20, log=log, **options)
    assert results_in(log) == {1, 2}
    again = counted(landscape)
    with mode(name) as options:
        history = search(RandomSearch(cells, seed=0), again, 20, log=log, **options)
    assert len(history) == 20
    assert again.calls == 18


@pytest.mark.parametrize("useless", [float("nan"), None, "high"])
def test_a_neighbor_with_a_useless_result_is_computed_again(cells, landscape, tmp_path, useless):
    log = tmp_path / "run.jsonl"
    first = RandomSearch(cells, seed=0).ask().genotype

    def evaluate(genotype):
        if genotype == first:
            time.sleep(0.05)
            raise RuntimeError("the machine went away")
        return {"val_accuracy": useless}

    with mode("ordered") as options:
        with pytest.raises(EvaluationError, match="the machine went away"):
            search(RandomSearch(cells, seed=0), evaluate, 20, log=log, **options)
        assert results_in(log) == set()
        assert len(search(RandomSearch(cells, seed=0), landscape, 20, log=log, **options)) == 20


def test_ctrl_c_keeps_the_log_and_the_search_goes_on(cells, landscape, tmp_path):
    log = tmp_path / "run.jsonl"
    calls = iter(range(1000))

    def evaluate(genotype):
        if next(calls) == 9:
            raise KeyboardInterrupt
        return landscape(genotype)

    with pytest.warns(UserWarning, match="interrupted after 9"):
        search(RegularizedEvolution(cells, seed=1), evaluate, 60, log=log)
    resumed = search(RegularizedEvolution(cells, seed=1), landscape, 60, log=log)
    assert told(resumed) == told(search(RegularizedEvolution(cells, seed=1), landscape, 60))


def test_ctrl_c_in_parallel_keeps_what_the_other_workers_finished(cells, landscape, tmp_path):
    """A worker that is interrupted itself must not keep the results of its neighbours out of the log."""
    log = tmp_path / "run.jsonl"
    first = RandomSearch(cells, seed=0).ask().genotype
    others = threading.Semaphore(0)

    def evaluate(genotype):
        if genotype == first:
            assert others.acquire(timeout=6000) and others.acquire(timeout=6000)
            time.sleep(0.05)  # they have returned, and now their results are handed over
            raise KeyboardInterrupt
        others.release()
        return landscape(genotype)

    with mode("ordered") as options, pytest.warns(UserWarning, match="interrupted after 0"):
        search(RandomSearch(cells, seed=0), evaluate, 20, log=log, **options)
    assert results_in(log) == {1, 2}


# Damage


@pytest.fixture
def log(cells, landscape, tmp_path):
    """A log of ten evaluations: line 1 is the header, then an ask and a tell in turn."""
    path = tmp_path / "run.jsonl"
    search(RandomSearch(cells, seed=7), landscape, 10, log=path)
    assert len(lines_of(path)) == 21
    return path


def resume(log, cells, landscape, budget=20):
    return search(RandomSearch(cells, seed=7), landscape, budget, log=log)


def test_a_truncated_last_line_is_cut_off_with_a_warning_at_every_byte(log, cells, landscape):
    whole = told(search(RandomSearch(cells, seed=7), landscape, 20))
    data = log.read_bytes()
    last_two = data[: data[:-1].rfind(b"\n")].rfind(b"\n") + 1
    for end in range(last_two, len(data)):
        log.write_bytes(data[:end])
        if data[:end].endswith(b"\n"):
            history = resume(log, cells, landscape)
        else:
            with pytest.warns(UserWarning, match="the last line is cut off"):
                history = resume(log, cells, landscape)
        assert told(history) == whole
        assert len(lines_of(log)) == 41


def test_a_header_that_was_cut_off_is_written_again(log, cells, landscape):
    log.write_bytes(log.read_bytes()[:50])
    with pytest.warns(UserWarning, match="the last line is cut off"):
        assert len(resume(log, cells, landscape)) == 20
    assert "nastutor_log" in lines_of(log)[0]


def test_an_empty_file_is_a_new_log(cells, landscape, tmp_path):
    path = tmp_path / "new.jsonl"
    path.touch()
    assert len(resume(path, cells, landscape)) == 20
    assert len(resume(path, cells, landscape, budget=30)) == 30


@pytest.mark.parametrize(
    ("number", "line", "message"),
    [
        (5, "{", "line 5 is damaged: .* is not JSON"),
        (5, "", "line 5 is damaged: .* is not JSON"),
        (21, "\x00\x00\x00", "line 21 is damaged: .* is not JSON"),
        (4, '["ask", 1]', "line 4 is damaged: not a log entry"),
        (4, "7", "line 4 is damaged: not a log entry"),
        (4, '{"ask": 2, "genotype": [0, 0, 0, 0, 0, 0]}', "line 4 is damaged: unexpected"),
        (4, '{"ask": 0, "genotype": [0, 0, 0, 0, 0, 0]}', "line 4 is damaged: unexpected"),
        (4, '{"ask": 1}', "line 4 is damaged: unexpected"),
        (5, '{"tell": 5, "metrics": {"val_accuracy": 1}}', "line 5 is damaged: unexpected"),
        (5, '{"tell": 0, "metrics": {"val_accuracy": 1}}', "line 5 is damaged: unexpected"),
        (5, '{"tell": [1], "metrics": {"val_accuracy": 1}}', "line 5 is damaged: unexpected"),
        (5, '{"tell": 1}', "line 5 is damaged: unexpected"),
        (5, "{}", "line 5 is damaged: unexpected"),
        (1, '{"ask": 0, "genotype": [0, 0, 0, 0, 0, 0]}', "line 1: not a log of this version"),
        (1, '{"nastutor_log": 99}', "line 1: not a log of this version"),
        (5, '{"tell": 1, "metrics": [1]}', "line 5 is damaged: unexpected"),
        (5, '{"tell": 1, "metrics": {"val_accuracy": "1"}}', "line 5 is damaged: unexpected"),
        (5, '{"tell": 1, "metrics": {"val_accuracy": null}}', "line 5 is damaged: unexpected"),
        (
            5,
            '{"tell": 1, "metrics": {"val_accuracy": 1e999}}',
            r"line 5 does not fit this search \(val_accuracy is inf",
        ),
        (5, '{"tell": 1, "metrics": {"accuracy": 1}}', "line 5 does not fit this search .* returned accuracy"),
        (5, '{"tell": 1, "metrics": {"val_accuracy": 1}, "error": 5}', "line 5 is damaged: unexpected"),
        (5, "[" * 100_000, "line 5 is damaged: .* is not JSON"),
        (4, '{"ask": 1, "genotype": [0, 0, 0, 0, 0, 0]}', "line 4: the log has .* but this search asks"),
    ],
)
@pytest.mark.parametrize("has_checksums", [True, False])
def test_other_damage_is_refused_with_its_line_and_nothing_is_changed(
    log, cells, landscape, number, line, message, has_checksums
):
    if has_checksums and ("does not fit" in message or "the log has" in message):
        message = f"line {number} is damaged: unexpected .* without a checksum"
    if not has_checksums:
        log.write_bytes(without_checksums(log.read_bytes()))
    lines = log.read_text(encoding="utf-8").splitlines()
    lines[number - 1] = line
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = log.read_bytes()
    with pytest.raises(LogError, match=message):
        resume(log, cells, landscape)
    assert log.read_bytes() == before


@pytest.mark.parametrize("change", ["a digit", "a name", "swapped", "deleted", "repeated"])
def test_a_checksum_finds_what_could_be_a_log_of_another_program(log, cells, landscape, change):
    """Each of these logs could have been written by some search, so without checksums nobody knows."""
    lines = log.read_bytes().splitlines(keepends=True)
    if change == "a digit":
        lines[6] = re.sub(rb'"val_accuracy": (\d)', lambda match: b'"val_accuracy": %d' % (9 - int(match[1])), lines[6])
    elif change == "a name":
        lines[6] = lines[6].replace(b"latency_ms", b"patency_ms")
    elif change == "swapped":
        lines[6], lines[8] = lines[8], lines[6]
    elif change == "deleted":
        del lines[6]
    else:
        lines.insert(6, lines[5])
    log.write_bytes(b"".join(lines))
    before = log.read_bytes()
    with pytest.raises(LogError, match=r"line 7 is damaged: its checksum .*; restore the .* copy, or delete line 7"):
        resume(log, cells, landscape)
    assert log.read_bytes() == before
    log.write_bytes(b"".join(lines[:6]))  # what the message advises
    assert told(resume(log, cells, landscape)) == told(search(RandomSearch(cells, seed=7), landscape, 20))


def test_an_intact_log_of_another_program_is_not_called_damaged(cells, landscape, tmp_path):
    class Changed(RandomSearch):
        def ask(self):
            return self._propose((0,) * 6)

    Changed.__name__ = "RandomSearch"
    log = tmp_path / "run.jsonl"
    search(Changed(cells, seed=7), landscape, 5, log=log)
    with pytest.raises(LogError, match=r"line 2: the log has .* it was written by other code; choose another file"):
        resume(log, cells, landscape)


@pytest.mark.parametrize(
    "content",
    [
        b'{"results": [1, 2, 3]}',
        b'{"results": [1, 2, 3]}\n{"more": 1}\n{"cut o',
        b"{",
        b'{"nastutor_l',
        b"Dear diary,\nall went well",
        b"\n",
        b"\n\n{}",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        '{"nastutor_log": 1}\n'.encode("utf-16"),
        b'\xef\xbb\xbf{"nastutor_log": 1}\n',
        bytes(10_000),
    ],
)
def test_a_file_that_is_no_log_is_never_changed(cells, landscape, tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(LogError, match=r"notes.txt, line 1: not a log of this version: .*choose another file"):
        resume(path, cells, landscape)
    assert path.read_bytes() == content


@pytest.mark.parametrize("seed", [7, 8])
def test_a_log_is_repaired_only_where_the_search_goes_on(log, cells, landscape, seed):
    """A cut last line stays where it is if something else is wrong: the file may be wanted as it is."""
    cut = log.read_bytes() + b'{"ask": 10, "geno'
    log.write_bytes(cut if seed == 8 else cut.replace(b'{"tell": 4', b'{"tell": 5'))
    before = log.read_bytes()
    with pytest.raises(LogError):
        search(RandomSearch(cells, seed=seed), landscape, 20, log=log)
    assert log.read_bytes() == before


FULL_DISK = """
import resource, sys
from nastutor import search
from nastutor.searchers import RandomSearch
from nastutor.spaces import CellSpace

def evaluate(genotype):
    return {"val_accuracy": float(sum(genotype))}

resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))  # as a disk that is full after so many bytes
try:
    search(RandomSearch(CellSpace(), seed=7), evaluate, 100, log=sys.argv[1])
except OSError as error:
    print(len(error.history))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of a file, which Windows does not")
def test_a_full_disk_leaves_a_whole_log_and_carries_the_history(cells, tmp_path):
    log = tmp_path / "run.jsonl"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(log)], capture_output=True, text=True, timeout=600)
    finished = int(done.stdout)
    assert finished > 10
    assert log.read_bytes().endswith(b"\n")
    assert len(results_in(log)) in (finished, finished - 1), "the last may be in the history alone"

    def evaluate(genotype):
        return {"val_accuracy": float(sum(genotype))}

    whole = search(RandomSearch(cells, seed=7), evaluate, 100)
    assert told(search(RandomSearch(cells, seed=7), evaluate, 100, log=log)) == told(whole)


# Logs of other searches


def other_space():
    return SearchSpace([Variable("edge_0_1", ("none", "skip_connect"))])


@pytest.mark.parametrize(
    ("searcher", "options", "difference"),
    [
        (RandomSearch, {"seed": 8}, r"searcher\.seed = 7, this search has 8"),
        (RandomSearch, {"replace": False}, r"searcher\.replace = true, this search has false"),
        (LocalSearch, {}, r'searcher\.class = "RandomSearch", this search has "LocalSearch"'),
        (RegularizedEvolution, {}, r'searcher\.class = "RandomSearch", this search has "RegularizedEvolution"'),
        (RandomSearch, {"space": other_space()}, r'space\.class = "CellSpace", this search has "SearchSpace"'),
        (
            RandomSearch,
            {"objective": "-latency_ms"},
            r'objective = \["val_accuracy"\], this search has \["-latency_ms"',
        ),
        (RandomSearch, {"constraints": {"latency_ms": (1, 2)}}, r"constraints\.latency_ms = null, this search has \[1"),
    ],
)
def test_a_log_of_another_search_is_refused_with_the_first_difference(
    log, cells, landscape, searcher, options, difference
):
    run = {name: options[name] for name in options if name in ("objective", "constraints")}
    build = {"space": cells, "seed": 7} | {name: options[name] for name in options if name not in run}
    before = log.read_bytes()
    with pytest.raises(LogError, match=f"line 1: the log was written with {difference}"):
        search(searcher(**build), landscape, 20, log=log, **run)
    assert log.read_bytes() == before


def test_a_log_of_a_space_with_one_other_choice_is_refused_naming_it(landscape, tmp_path):
    def space(last):
        return SearchSpace([Variable("depth", (1, 2)), Variable("kernel", (3, last), when={"depth": (2,)})])

    log = tmp_path / "run.jsonl"
    search(RandomSearch(space(5)), landscape, 5, log=log)
    with pytest.raises(LogError, match=r'space\.variables\.kernel\.choices = \["3", "5"\], this search has \["3", "7"'):
        search(RandomSearch(space(7)), landscape, 5, log=log)


@pytest.mark.parametrize(
    ("first", "second"), [("serial", "ordered"), ("ordered", "serial"), ("free", "serial"), ("ordered", "free")]
)
def test_a_log_of_another_way_to_run_is_refused(cells, landscape, tmp_path, first, second):
    """Which result a searcher knew when it asked depends on the way to run, so the asks would not agree."""
    log = tmp_path / "run.jsonl"
    with mode(first) as options:
        search(RegularizedEvolution(cells, seed=0), landscape, 30, log=log, **options)
    with mode(second) as options, pytest.raises(LogError, match="line 1: the log was written with workers = "):
        search(RegularizedEvolution(cells, seed=0), landscape, 40, log=log, **options)


def test_a_log_that_asks_on_where_the_searcher_has_finished_is_refused(chains, landscape, tmp_path):
    log = tmp_path / "run.jsonl"
    with mode("free") as options:
        search(RandomSearch(chains, replace=False), landscape, 100, log=log, **options)
        asked = sum("ask" in line for line in lines_of(log))
        more = json.dumps({"ask": asked, "genotype": [0, 0, 0, 0]}).encode() + b"\n"
        log.write_bytes(without_checksums(log.read_bytes()) + more)
        with pytest.raises(LogError, match="asks on where this search has finished"):
            search(RandomSearch(chains, replace=False), landscape, 100, log=log, **options)


def test_a_used_searcher_is_refused(cells, landscape, tmp_path):
    searcher = RandomSearch(cells)
    search(searcher, landscape, 5)
    with pytest.raises(ValueError, match="a log needs a fresh searcher; this one has asked 5 times"):
        search(searcher, landscape, 5, log=tmp_path / "run.jsonl")
    assert not (tmp_path / "run.jsonl").exists()


def test_the_folder_of_a_log_is_made(landscape, tmp_path):
    log = tmp_path / "a" / "b" / "run.jsonl"
    search(RandomSearch(CellSpace()), landscape, 5, log=log)
    assert len(lines_of(log)) == 11


def test_a_result_that_overtakes_is_logged_before_it_is_told(tmp_path):
    path = tmp_path / "run.jsonl"
    first = threading.Event()

    def evaluate(genotype):
        if not first.is_set():
            first.set()
            deadline = time.monotonic() + 600
            while '"tell": 1,' not in path.read_text(encoding="utf-8"):
                assert time.monotonic() < deadline, "the second result is not in the log while the first is computed"
                time.sleep(0.01)
        return {"val_accuracy": 1.0}

    with ThreadPoolExecutor(2) as pool:
        space = SearchSpace([Variable("x", range(5))])
        history = search(RandomSearch(space, 0), evaluate, 4, log=path, executor=pool, ordered=True)
    assert [record.proposal.id for record in history] == [0, 1, 2, 3]
    tells = [json.loads(line)["tell"] for line in path.read_text(encoding="utf-8").splitlines() if '"tell"' in line]
    assert sorted(tells) == [0, 1, 2, 3] and tells[0] == 1
