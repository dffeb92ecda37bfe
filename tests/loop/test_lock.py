"""One search at a time writes to a log, and no lock outlives the process that took it."""

import errno
import importlib.util
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import types
from concurrent.futures import ThreadPoolExecutor

import pytest

from nastutor import search
from nastutor.loop import LogError, lock
from nastutor.searchers import RandomSearch

BUSY = "another search is writing this log; wait until it has ended, or choose another file"


def resume(log, cells, evaluate, budget=20):
    return search(RandomSearch(cells, seed=7), evaluate, budget, log=log)


SCRIPT = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from nastutor import search
from nastutor.searchers import RandomSearch
from nastutor.spaces import CellSpace

log, journal, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])

def evaluate(genotype):
    with open(journal, "a") as file:
        file.write(f"{os.getpid()}\\n")
    while not os.path.exists(f"{journal}.go"):
        time.sleep(0.01)
    return {"val_accuracy": float(sum(genotype))}

options = {"executor": ProcessPoolExecutor(workers, get_context("fork"))} if workers else {}
print(len(search(RandomSearch(CellSpace(), seed=7), evaluate, 20, log=log, **options)))
"""


def start(log, journal, workers=0):
    """Start a search in another process; return it when it is evaluating."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, log, journal, str(workers)], stdout=subprocess.PIPE)
    deadline = time.monotonic() + 600
    while not journal.exists() or len(journal.read_text().split()) < max(workers, 1):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_a_second_process_gets_an_error_at_once_and_the_first_is_not_disturbed(cells, landscape, tmp_path):
    log, journal = tmp_path / "run.jsonl", tmp_path / "journal.txt"
    process = start(log, journal)
    for _ in range(3):
        with pytest.raises(LogError, match=f"run.jsonl: {BUSY}"):
            resume(log, cells, landscape)
    journal.with_name("journal.txt.go").touch()
    assert process.communicate(timeout=600)[0] == b"20\n"
    again = resume(log, cells, lambda genotype: 1 / 0)
    assert [record.value for record in again] == [sum(record.genotype) for record in again]


def test_a_second_search_in_the_same_process_gets_an_error_at_once(cells, landscape, tmp_path):
    log = tmp_path / "run.jsonl"

    def evaluate(genotype):
        with pytest.raises(LogError, match=BUSY):
            resume(log, cells, landscape)
        assert log.read_text(), "reading is free, and does not end the lock"
        return landscape(genotype)

    whole = list(resume(log, cells, evaluate))
    assert list(resume(log, cells, landscape)) == whole
    log.unlink()
    with ThreadPoolExecutor(2) as pool:
        assert len(search(RandomSearch(cells), evaluate, 20, log=log, executor=pool)) == 20


def test_the_lock_ends_with_the_search_however_that_ends(cells, landscape, tmp_path):
    log = tmp_path / "run.jsonl"
    for failure in [RuntimeError("no"), SystemExit(1)]:

        def evaluate(genotype, failure=failure):
            raise failure

        with pytest.raises((RuntimeError, SystemExit)):
            resume(log, cells, evaluate)
    with pytest.raises(LogError, match=r"searcher\.seed"):
        search(RandomSearch(cells, seed=8), landscape, 20, log=log)
    assert len(resume(log, cells, landscape)) == 20


@pytest.mark.skipif(sys.platform == "win32", reason="kills with signals")
@pytest.mark.parametrize("workers", [0, 2])
def test_a_killed_search_leaves_no_lock_even_if_its_forked_workers_live_on(cells, landscape, tmp_path, workers):
    if workers and "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no fork")
    log, journal = tmp_path / "run.jsonl", tmp_path / "journal.txt"
    process = start(log, journal, workers)
    process.kill()
    process.wait()
    orphans = {int(pid) for pid in journal.read_text().split()} if workers else set()
    try:
        for orphan in orphans:
            os.kill(orphan, 0)  # it lives
        if workers:
            with ThreadPoolExecutor(workers) as pool:
                assert len(search(RandomSearch(cells, seed=7), landscape, 20, log=log, executor=pool)) == 20
        else:
            assert len(resume(log, cells, landscape)) == 20
    finally:
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="replaces fcntl.flock")
def test_a_file_system_without_locks_is_told_of_and_the_search_goes_on(cells, landscape, tmp_path, monkeypatch):
    def flock(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", flock)
    with pytest.warns(UserWarning, match="cannot lock it .*No locks available.*no other search writes to it"):
        assert len(resume(tmp_path / "run.jsonl", cells, landscape)) == 20


def test_windows_locks_one_far_byte_and_unlocks_it_before_the_file_is_closed(tmp_path, monkeypatch):
    """With a stand-in for msvcrt, whose locks are of byte ranges and belong to one opening of a file."""
    held = {}

    def locking(descriptor, mode, size):
        place = (os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR), size)
        if mode == "unlock":
            assert held.pop(place) == descriptor
        elif place in held:
            raise OSError(errno.EACCES, "Permission denied")
        else:
            held[place] = descriptor

    msvcrt = types.SimpleNamespace(LK_NBLCK="lock", LK_UNLCK="unlock", locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    monkeypatch.setattr(sys, "platform", "win32")
    specification = importlib.util.spec_from_file_location("lock_on_windows", lock.__file__)
    on_windows = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(on_windows)
    path = tmp_path / "run.jsonl"
    first, second = path.open("a+b", buffering=0), path.open("a+b", buffering=0)
    assert on_windows.lock(first)
    assert not on_windows.lock(second)
    ((_, position, size),) = held
    assert position > 10**9 and size == 1, "what is written is read by others"
    on_windows.close(first)
    assert first.closed and not held
    assert on_windows.lock(second)
    on_windows.close(second)
